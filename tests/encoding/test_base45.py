from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import unhurried

from trustcert.encoding import base45
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import TEXT_CHARACTERS

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MOST_BYTES = TEXT_CHARACTERS // 3 * 2


def slow_encode(data: bytes) -> str:
    """RFC 9285 section 4, word for word: a pair of bytes is c + d * 45 + e * 45 * 45."""
    out = []
    for at in range(0, len(data), 2):
        n = int.from_bytes(data[at : at + 2], "big")
        out.append(ALPHABET[n % 45] + ALPHABET[n // 45 % 45])
        if at + 1 < len(data):
            out.append(ALPHABET[n // 2025])
    return "".join(out)


def slow_decode(text: str) -> bytes | None:
    out = b""
    for at in range(0, len(text), 3):
        group = [ALPHABET.find(c) for c in text[at : at + 3]]
        value = sum(digit * 45**place for place, digit in enumerate(group))
        size = len(group) - 1
        if -1 in group or size == 0 or value >= 256**size:
            return None
        out += value.to_bytes(size, "big")
    return out


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"", ""),
    ],
)
def test_the_examples_of_rfc_9285(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@unhurried
@given(st.binary(max_size=600))
def test_encoding_is_that_of_the_standard_and_reads_back(data: bytes) -> None:
    text = base45.encode(data)
    assert text == slow_encode(data)
    assert base45.decode(text) == data


@unhurried
@given(st.text(ALPHABET, max_size=60) | st.text(max_size=20))
def test_decoding_takes_exactly_what_the_standard_takes(text: str) -> None:
    expected = slow_decode(text)
    if expected is None:
        with pytest.raises(MalformedError):
            base45.decode(text)
    else:
        assert base45.decode(text) == expected
        assert base45.encode(expected) == text


def test_every_pair_of_bytes_and_every_single_byte() -> None:
    for pair in range(65536):
        data = pair.to_bytes(2, "big")
        assert base45.decode(base45.encode(data)) == data
    for single in range(256):
        assert base45.decode(slow_encode(bytes((single,)))) == bytes((single,))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("A", "lone digit"),
        ("BB8B", "lone digit"),
        ("GGW", "over 65535"),
        (":::", "over 65535"),
        ("BB8GGW", "over 65535"),
        ("GGWBB8", "over 65535"),
        ("::", "over 255"),
        ("BB8U5", None),
        ("BB8V5", "over 255"),
        ("bb8", "alphabet"),
        ("BB8\n", "alphabet"),
        ("BB,", "alphabet"),
        ("BB\u00e9", "alphabet"),
        ("\uff22B8", "alphabet"),
        ("BB\ud800", "alphabet"),
    ],
)
def test_what_is_outside_is_refused(text: str, problem: str | None) -> None:
    if problem is None:
        assert base45.decode(text)
        return
    with pytest.raises(MalformedError, match=problem):
        base45.decode(text)


def test_the_largest_group_of_two_and_of_three() -> None:
    assert base45.decode("FGW") == b"\xff\xff"
    assert base45.decode("U5") == b"\xff"


def test_a_text_at_the_limit_is_read_and_one_past_it_is_not() -> None:
    assert base45.decode("0" * TEXT_CHARACTERS) == bytes(MOST_BYTES)
    with pytest.raises(LimitExceededError):
        base45.decode("0" * (TEXT_CHARACTERS + 1))
    assert len(base45.encode(bytes(MOST_BYTES))) == TEXT_CHARACTERS
    with pytest.raises(LimitExceededError):
        base45.encode(bytes(MOST_BYTES + 1))
