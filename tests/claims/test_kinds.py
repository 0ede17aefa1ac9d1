from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import FIELDS, texts, unhurried

from trustcert.claims.fields import Label
from trustcert.claims.kinds import DATE, INSTANT, Kind, choice, integer, octets, text
from trustcert.claims.labels import LABELS
from trustcert.claims.vocabulary import Colour
from trustcert.encoding import base64url, cbor, json
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.limits import TIME_MAX

COLOUR = choice({1: Colour.GREEN, 4: Colour.RED})
ROWS = [row for row in LABELS if row.name in FIELDS]


@settings(unhurried, max_examples=300)
@given(st.sampled_from(ROWS).flatmap(lambda row: st.tuples(st.just(row), FIELDS[row.name])))
def test_every_claim_reads_back_in_both_forms(case: tuple[Label, Any]) -> None:
    row, value = case
    packed = cbor.decode_deterministic(cbor.encode(row.kind.pack(value)))
    assert row.kind.unpack(packed) == value
    shown = json.decode(json.encode(row.kind.show(value)), limit=100_000)
    assert row.kind.read(shown) == value


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.binary(max_size=20) | st.sampled_from(Colour) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner,
                                                                max_size=3),
    max_leaves=4,
)  # fmt: skip


@settings(unhurried, max_examples=300)
@given(st.sampled_from(ROWS), ANYTHING)
def test_whatever_is_read_is_a_value_or_a_clean_refusal(row: Label, value: Any) -> None:
    for read in (row.kind.unpack, row.kind.read):
        try:
            read(value)
        except (MalformedError, UnsupportedError):
            continue


def bad(call: Any, value: Any) -> str:
    with pytest.raises(MalformedError) as caught:
        call(value)
    return caught.value.problem


DIRECTIONS = ("pack", "unpack", "show", "read")


class TestText:
    @unhurried
    @given(texts(400))
    def test_any_characters_stay_exactly_as_given(self, value: str) -> None:
        for way in DIRECTIONS:
            assert getattr(text(), way)(value) == value

    def test_nothing_is_normalised(self) -> None:
        for value in ("\uf900", "e\u0301", "\u212b", "\U0002053f\U000e0100", "\ue000", " a "):
            assert text().unpack(value) == value

    @pytest.mark.parametrize("way", DIRECTIONS)
    def test_the_length_is_held(self, way: str) -> None:
        kind = text(3)
        assert getattr(kind, way)("\U0002053f" * 3)
        with pytest.raises(LimitExceededError, match="has over 3 characters"):
            getattr(kind, way)("abcd")

    @pytest.mark.parametrize("way", DIRECTIONS)
    @pytest.mark.parametrize(
        "value", ["", "\0", "a\nb", "\t", "\x1b", "\x7f", "\x85", "\x9f", "\ud800", "a\udfff"]
    )
    def test_controls_and_surrogates_are_refused(self, value: str, way: str) -> None:
        assert "control characters" in bad(getattr(text(), way), value)

    @pytest.mark.parametrize("value", [None, 1, b"a", ["a"], True])
    def test_only_a_text_is_one(self, value: Any) -> None:
        assert bad(text().unpack, value) == "must be a text"


class TestNumbers:
    @pytest.mark.parametrize("value", [1, 99])
    def test_an_integer_at_its_bounds(self, value: int) -> None:
        for way in DIRECTIONS:
            assert getattr(integer(1, 99), way)(value) == value

    @pytest.mark.parametrize("value", [0, 100, -1, 1 << 64, 1.0, True, "1", None, b"1"])
    def test_anything_else_is_no_integer(self, value: Any) -> None:
        for way in DIRECTIONS:
            assert bad(getattr(integer(1, 99), way), value) == "must be an integer from 1 to 99"

    def test_octets_at_their_bounds_and_in_both_forms(self) -> None:
        kind = octets(2, 3)
        for value in (b"\0\0", b"\xff\xff\xff"):
            assert kind.unpack(kind.pack(value)) == value
            assert kind.read(kind.show(value)) == value
            assert kind.show(value) == base64url.encode(value)
        for wrong in (b"", b"1", b"1234", "12", None, 12, [1, 2]):
            for way in ("pack", "unpack", "show"):
                assert bad(getattr(kind, way), wrong) == "must be 2 to 3 bytes"

    @pytest.mark.parametrize("value", ["", "AA", "AAA=", "AAB", "AAAAAA", "A A", 12, None, b"AAA"])
    def test_octets_in_json_are_canonical_base64url(self, value: Any) -> None:
        bad(octets(2, 3).read, value)


class TestInstant:
    @pytest.mark.parametrize("value", [0, TIME_MAX])
    def test_a_time_at_its_bounds(self, value: int) -> None:
        for way in DIRECTIONS:
            assert getattr(INSTANT, way)(value) == value

    @pytest.mark.parametrize("value", [-1, TIME_MAX + 1, 1 << 64, 1.0, True, None, b"", [1]])
    def test_anything_else_is_no_time(self, value: Any) -> None:
        for way in DIRECTIONS:
            bad(getattr(INSTANT, way), value)

    def test_json_reads_a_text_and_cbor_does_not(self) -> None:
        assert INSTANT.read("1970-01-01T08:00:01+08:00") == 1
        assert INSTANT.show(1) == 1
        bad(INSTANT.unpack, "1970-01-01T08:00:01+08:00")


class TestDate:
    @pytest.mark.parametrize(
        ("value", "days"),
        [
            (date(1850, 1, 1), -43829),
            (date(1969, 12, 31), -1),
            (date(1970, 1, 1), 0),
            (date(2020, 2, 29), 18321),
            (date(9999, 12, 31), 2932896),
        ],
    )
    def test_a_date_is_days_in_cbor_and_iso_8601_in_json(self, value: date, days: int) -> None:
        assert DATE.pack(value) == days
        assert DATE.unpack(days) == value
        assert DATE.show(value) == value.isoformat()
        assert DATE.read(value.isoformat()) == value

    @pytest.mark.parametrize("days", [-43830, 2932897, 1 << 64, 0.0, True, "1990-01-01", None])
    def test_anything_else_is_no_date_in_cbor(self, days: Any) -> None:
        assert "days since 1970-01-01" in bad(DATE.unpack, days)

    @pytest.mark.parametrize(
        "value",
        ["1849-12-31", "1990-02-30", "19900131", "1990-W05-3", "1990-1-1", "1990-01-31T00:00:00",
         "", "１990-01-31", 1990, None],
    )  # fmt: skip
    def test_anything_else_is_no_date_in_json(self, value: Any) -> None:
        bad(DATE.read, value)

    @pytest.mark.parametrize(
        "value", [datetime(1990, 1, 31, tzinfo=UTC), date(1849, 12, 31), "1990-01-31", 7]
    )
    def test_what_would_not_read_back_is_not_written(self, value: Any) -> None:
        bad(DATE.pack, value)
        bad(DATE.show, value)


class TestChoice:
    def test_a_member_is_a_code_in_cbor_and_a_word_in_json(self) -> None:
        assert (COLOUR.pack(Colour.RED), COLOUR.show(Colour.RED)) == (4, "red")
        assert (COLOUR.unpack(4), COLOUR.read("red")) == (Colour.RED, Colour.RED)

    @pytest.mark.parametrize("value", [Colour.GREY, "red", 4, None])
    def test_what_has_no_code_is_not_written(self, value: Any) -> None:
        for way in ("pack", "show"):
            assert bad(getattr(COLOUR, way), value) == "must be one of: green, red"

    def test_an_unknown_code_is_unsupported_since_a_newer_issuer_may_know_it(self) -> None:
        for read, value in ((COLOUR.unpack, 2), (COLOUR.unpack, -1), (COLOUR.read, "grey")):
            with pytest.raises(UnsupportedError):
                read(value)

    @pytest.mark.parametrize("value", ["red", True, 1.0, None, b"", [4]])
    def test_a_value_of_another_kind_is_malformed(self, value: Any) -> None:
        assert bad(COLOUR.unpack, value) == "must be an integer"
        if type(value) is not str:
            assert bad(COLOUR.read, value) == "must be a text"


def test_a_kind_is_four_functions() -> None:
    assert all(callable(getattr(text(), way)) for way in DIRECTIONS)
    assert isinstance(text(), Kind)
