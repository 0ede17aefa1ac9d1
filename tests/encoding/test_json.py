from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import unhurried

from trustcert.encoding import json
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import DEPTH, INTEGER_DIGITS

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | TEXT
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@unhurried
@given(VALUES)
def test_values_read_back(value: Any) -> None:
    assert json.decode(json.encode(value), limit=10_000) == value
    assert json.decode(json.encode_pretty(value), limit=10_000) == value


def test_it_is_minified_utf_8_in_the_order_given() -> None:
    assert json.encode({"b": 1, "a": "胡"}) == '{"b":1,"a":"胡"}'.encode()
    assert json.encode_pretty({"b": [1]}) == b'{\n  "b": [\n    1\n  ]\n}\n'


@unhurried
@given(st.binary(max_size=30) | st.text(max_size=30))
def test_anything_decodes_or_is_malformed(data: bytes | str) -> None:
    try:
        json.decode(data, limit=100)
    except MalformedError:
        return


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b"[1,]", "not JSON"),
        (b"01", "not JSON"),
        (b'"\x00"', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'"\xff"', "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b"NaN", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"Infinity", "Infinity is not JSON"),
        (b"1e999", "number out of range"),
        (b"-1e999", "number out of range"),
    ],
)
def test_what_is_not_json_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(MalformedError, match=problem):
        json.decode(data, limit=100)


def test_the_place_of_a_slip_is_named() -> None:
    with pytest.raises(MalformedError, match="at line 2, column 3"):
        json.decode(b"{\n  x", limit=100)


@pytest.mark.parametrize(
    "data", [b'{"a":1,"a":2}', b'{"x":{"a":1,"b":2,"a":1}}', b'{"a":1,"\\u0061":2}']
)
def test_a_doubled_name_is_refused_and_named(data: bytes) -> None:
    with pytest.raises(MalformedError, match="duplicate name") as caught:
        json.decode(data, limit=100)
    assert caught.value.where == "a"


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (rb'"\ud800"', ""),
        (rb'{"a": [1, "x\udfffy"]}', "a[1]"),
        (rb'{"a": {"\ud83d": 1}}', "a"),
        (rb'["\ud800\u0041"] ', "[0]"),
    ],
)
def test_half_a_character_is_refused_at_its_place(data: bytes, where: str) -> None:
    with pytest.raises(MalformedError, match="half of a surrogate pair") as caught:
        json.decode(data, limit=100)
    assert caught.value.where == where


def test_whole_characters_may_be_escaped() -> None:
    assert json.decode(rb'{"\u00e9": "\ud83d\ude00"}', limit=100) == {"é": "😀"}
    assert json.decode(rb'"\\ud800"', limit=100) == r"\ud800"


def test_the_size_is_held_in_bytes_and_in_characters() -> None:
    assert json.decode(b'"abc"', limit=5) == "abc"
    assert json.decode('"胡志君"', limit=5) == "胡志君"
    for data in (b'"abcd"', '"胡志君4"', '"胡志君"'.encode()):
        with pytest.raises(LimitExceededError, match="over 5"):
            json.decode(data, limit=5)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_at_the_limit_is_read_and_one_deeper_is_not(opening: str, closing: str) -> None:
    def nested(depth: int) -> str:
        return opening * depth + "0" + closing * depth

    json.decode(nested(DEPTH), limit=1_000)
    for deeper in (DEPTH + 1, 100_000):
        with pytest.raises(LimitExceededError, match="nested deeper"):
            json.decode(nested(deeper), limit=1_000_000)


def test_many_lists_side_by_side_and_brackets_in_texts_are_no_depth() -> None:
    assert len(json.decode("[" + "[],{}," * 50 + "0]", limit=1_000)) == 101
    assert json.decode('"' + "[{" * 100 + '"', limit=1_000)
    assert json.decode('["\\"' + "[" * 100 + '"]', limit=1_000)
    assert json.decode('["\\\\","[[[[[[[[[[[[[[[[[[["]', limit=1_000)


def test_integers_at_the_limit_are_read_and_one_digit_more_is_not() -> None:
    most = "9" * INTEGER_DIGITS
    assert json.decode(most, limit=100) == int(most)
    for longer in (most + "9", "-" + most, "9" * 5_000):
        with pytest.raises(MalformedError, match="digits"):
            json.decode(longer, limit=10_000)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json.encode(value)


@pytest.mark.parametrize("unit", ["[", '{"a":', '[{"a":', '{"a":['])
@pytest.mark.parametrize("beside", ["", '"[[[[[[{{{{{\\"", ', "[],[],[{}],"])
def test_depth_counts_lists_and_maps_alike(unit: str, beside: str) -> None:
    levels = unit.count("[") + unit.count("{")
    close = "".join({"[": "]", "{": "}"}[c] for c in reversed(unit) if c in "[{")
    for depth in (DEPTH - 1, DEPTH + 1):
        times = depth // levels
        text = "[" + beside + unit * times + "0" + close * times + "]"
        if 1 + times * levels <= DEPTH:
            assert json.decode(text, limit=10_000)
        else:
            with pytest.raises(LimitExceededError):
                json.decode(text, limit=10_000)
