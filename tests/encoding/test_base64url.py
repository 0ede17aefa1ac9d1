from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import unhurried

from trustcert.encoding import base64url
from trustcert.errors import MalformedError

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"f", "Zg"),
        (b"fo", "Zm8"),
        (b"foo", "Zm9v"),
        (b"foob", "Zm9vYg"),
        (b"fooba", "Zm9vYmE"),
        (b"foobar", "Zm9vYmFy"),
        (b"\xfb\xff\xfe", "-__-"),
    ],
)
def test_the_examples_of_rfc_4648_without_padding(data: bytes, text: str) -> None:
    assert base64url.encode(data) == text
    assert base64url.decode(text) == data


@unhurried
@given(st.binary(max_size=300))
def test_it_is_the_standard_library_s_and_reads_back(data: bytes) -> None:
    text = base64url.encode(data)
    assert text == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert base64url.decode(text) == data


@unhurried
@given(st.text(ALPHABET + "+/= \n", max_size=12) | st.text(max_size=6))
def test_one_text_a_value(text: str) -> None:
    try:
        data = base64url.decode(text)
    except MalformedError:
        return
    assert base64url.encode(data) == text


@pytest.mark.parametrize(
    "text",
    ["Zg==", "Zg=", "Z", "Zm9vY", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9v", "Zm9v\n", "Zm9\u00e9", "="],
)
def test_padding_other_alphabets_lone_characters_and_spare_bits_are_refused(text: str) -> None:
    with pytest.raises(MalformedError, match="base64url"):
        base64url.decode(text)
