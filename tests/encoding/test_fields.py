from __future__ import annotations

from typing import Any

import pytest

from trustcert.encoding import fields
from trustcert.errors import LimitExceededError, MalformedError, inside


def where(call: Any, *arguments: Any, **named: Any) -> tuple[str, str]:
    with pytest.raises(MalformedError) as caught:
        call(*arguments, **named)
    return caught.value.where, caught.value.problem


@pytest.mark.parametrize(
    ("value", "kind"),
    [("a", str), (1, int), (1.5, float), (1, float), (True, bool), (b"a", bytes), ([], list),
     ({}, dict)],
)  # fmt: skip
def test_a_value_of_its_kind_passes(value: Any, kind: type) -> None:
    assert fields.typed(value, kind) is value
    assert fields.required({"a": value}, "a", kind) is value
    assert fields.optional({"a": value}, "a", kind) is value


@pytest.mark.parametrize(
    ("value", "kind", "named"),
    [
        (True, int, "an integer"),
        (True, float, "a number"),
        (1, bool, "true or false"),
        (1.0, int, "an integer"),
        ("1", int, "an integer"),
        (b"a", str, "a text"),
        ("a", bytes, "a byte string"),
        ("a", list, "a list"),
        ((), list, "a list"),
        ([], dict, "a map"),
        (None, str, "a text"),
        (1, frozenset, "frozenset"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_place(
    value: Any, kind: type, named: str
) -> None:
    assert where(fields.typed, value, kind, where="x") == ("x", f"must be {named}")
    assert where(fields.optional, {"x": value}, "x", kind) == ("x", f"must be {named}")


def test_what_is_required_must_be_there() -> None:
    assert where(fields.required, {}, "x", str) == ("x", "is missing")
    assert where(fields.required, {"x": None}, "x", str) == ("x", "is missing")
    assert where(fields.required, {4: 1}, 4, bytes) == ("4", "must be a byte string")


def test_what_is_optional_may_be_absent_but_not_null() -> None:
    assert fields.optional({}, "x", str) is None
    assert where(fields.optional, {"x": None}, "x", str) == ("x", "must be a text")


def test_each_reads_every_entry_and_names_the_one_that_does_not_fit() -> None:
    assert fields.each({"x": ["a", "b"]}, "x", fields.text) == ("a", "b")
    assert fields.each({}, "x", fields.text) == ()
    assert where(fields.each, {"x": ["a", 1]}, "x", fields.text) == ("x[1]", "must be a text")
    assert where(fields.each, {"x": "ab"}, "x", fields.text) == ("x", "must be a list")


def test_each_holds_lists_to_their_limit() -> None:
    assert len(fields.each({"x": ["a"] * 3}, "x", fields.text, limit=3)) == 3
    with pytest.raises(LimitExceededError, match="x: has over 3 entries"):
        fields.each({"x": ["a"] * 4}, "x", fields.text, limit=3)


def test_a_field_that_nobody_reads_is_refused() -> None:
    fields.only({"a": 1}, {"a", "b"})
    place, problem = where(fields.only, {"a": 1, "c": 2}, {"b", "a"})
    assert (place, problem) == ("c", "unknown field (known are: a, b)")


def test_a_member_is_looked_up_and_the_choices_are_listed() -> None:
    assert fields.member("b", {"a": 1, "b": 2}) == 2
    assert where(fields.member, "c", {"a": 1, "b": 2}, where="x") == ("x", "must be one of: a, b")


def test_places_nest_as_the_error_climbs() -> None:
    def read(entry: Any) -> Any:
        with inside("jwk"):
            return fields.required(entry, "crv", str)

    assert where(fields.each, {"keys": [{"crv": "a"}, {}]}, "keys", read)[0] == "keys[1].jwk.crv"
