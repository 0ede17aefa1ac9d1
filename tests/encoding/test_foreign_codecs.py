"""Base32, digit pairs and canonical JSON: against slow twins, and one text for one value."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.encoding import base32, cbor, cbor_spans, digit_pairs, jcs
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import MESSAGE_CHARACTERS, TEXT_CHARACTERS

JWS_ALPHABET = "".join(map(chr, range(45, 123)))


@given(st.binary(max_size=200))
def test_base32_as_the_standard_library_has_it(data: bytes) -> None:
    text = base64.b32encode(data).decode().rstrip("=")
    assert base32.encode(data) == text
    assert base32.decode(text) == data


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=40))
def test_base32_has_one_text_for_one_value(text: str) -> None:
    try:
        data = base32.decode(text)
    except MalformedError:
        return
    assert base32.encode(data) == text


@pytest.mark.parametrize("text", ["A", "AAA", "AAAAAA", "AB", "aa", "A1", "AA======", "A_", " A"])
def test_base32_refuses(text: str) -> None:
    with pytest.raises(MalformedError):
        base32.decode(text)
    with pytest.raises(LimitExceededError):
        base32.decode("A" * (TEXT_CHARACTERS + 1))


@given(st.text(JWS_ALPHABET, max_size=300))
def test_digit_pairs_as_the_loop_has_them(text: str) -> None:
    digits = "".join(f"{ord(character) - 45:02d}" for character in text)
    assert digit_pairs.encode(text) == digits
    assert digit_pairs.decode(digits) == text


@pytest.mark.parametrize("digits", ["1", "78", "99", "1a", "+1", "\u0661\u0661", "1 ", "_1"])
def test_digit_pairs_refuse(digits: str) -> None:
    with pytest.raises(MalformedError):
        digit_pairs.decode(digits)
    with pytest.raises(LimitExceededError):
        digit_pairs.decode("0" * (MESSAGE_CHARACTERS + 1))


@pytest.mark.parametrize("text", ["{", " ", ",", "é"])
def test_characters_without_a_pair_are_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        digit_pairs.encode(text)


def test_canonical_json_of_rfc_8785() -> None:
    names = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "ö": 7}
    ordered = ["\r", "1", "\x80", "ö", "\u20ac", "\U0001f600", "\ufb33"]
    text = jcs.canonical(names).decode()
    places = [text.index(f":{names[name]}") for name in ordered]
    assert places == sorted(places)
    assert (
        jcs.canonical({"b": [True, None, "é\n"], "a": -1})
        == b'{"a":-1,"b":[true,null,"\xc3\xa9\\n"]}'
    )


@pytest.mark.parametrize("value", [1.5, 1e3, 1 << 53, "\ud800", {"\udc00": 1}])
def test_what_has_no_exact_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(MalformedError):
        jcs.canonical([value])


@given(
    st.recursive(
        st.integers(-(2**63), 2**63) | st.binary() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_the_end_of_an_item_is_where_decoding_ends(value: object) -> None:
    data = cbor.encode(value)
    assert cbor_spans.item_end(data + b"rest", 0) == len(data)
    if isinstance(value, list):
        spans = cbor_spans.array_spans(data, 0)
        assert [cbor.decode(data[slice(*span)]) for span in spans] == cbor.decode(data)
    if isinstance(value, dict):
        found = cbor_spans.map_spans(data, 0)
        assert {key: cbor.decode(data[slice(*span)]) for key, span in found.items()} == value


@given(st.binary(max_size=60))
def test_spans_of_anything_end_inside_it_or_are_refused(data: bytes) -> None:
    for find in (cbor_spans.array_spans, cbor_spans.map_spans):
        try:
            find(data, 0)
        except MalformedError:
            continue
    try:
        assert cbor_spans.item_end(data, 0) <= len(data)
    except MalformedError:
        return
