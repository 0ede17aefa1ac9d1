from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from tests.strategies import instants as moments
from tests.strategies import unhurried

from trustcert.encoding import instants
from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError
from trustcert.limits import TIME_MAX


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0),
        (TIME_MAX, TIME_MAX),
        (1.999, 1),
        ("1970-01-01T00:00:00Z", 0),
        ("2020-03-02T09:00:00+08:00", 1_583_110_800),
        ("2020-03-02T01:00:00Z", 1_583_110_800),
        ("2020-03-02T01:00:00.999999999Z", 1_583_110_800),
        ("2020-03-01T15:30:00-09:30", 1_583_110_800),
        ("9999-12-31T23:59:59Z", TIME_MAX),
        (datetime(2020, 3, 2, 1, tzinfo=UTC), 1_583_110_800),
        (datetime(2020, 3, 2, 9, tzinfo=instants.CHINA), 1_583_110_800),
    ],
)
def test_numbers_texts_and_datetimes_become_seconds(value: Any, expected: int) -> None:
    assert instant(value) == expected


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (-1, "1970 to 9999"),
        (-0.5, "1970 to 9999"),
        (TIME_MAX + 1, "1970 to 9999"),
        (float("nan"), "1970 to 9999"),
        (float("inf"), "1970 to 9999"),
        (10**400, "1970 to 9999"),
        ("1969-12-31T23:59:59Z", "1970 to 9999"),
        ("0001-01-01T00:00:00+23:59", "1970 to 9999"),
        ("9999-12-31T23:59:59-00:01", "1970 to 9999"),
        ("2020-03-02T09:00:00", "without a zone"),
        ("2020-03-02", "without a zone"),
        (datetime(2020, 3, 2, 9), "without a zone"),  # noqa: DTZ001 - that is the slip
        ("2020-02-30T00:00:00Z", "RFC 3339"),
        ("yesterday", "RFC 3339"),
        ("1583110800", "RFC 3339"),
        ("", "RFC 3339"),
    ],
)
def test_what_is_no_point_in_time_is_refused(value: Any, problem: str) -> None:
    with pytest.raises(MalformedError, match=problem):
        instant(value)


@unhurried
@given(moments)
def test_texts_read_back(seconds: int) -> None:
    assert instant(instants.rfc3339(seconds)) == seconds
    assert instant(instants.rfc3339(seconds, UTC)) == seconds
    assert instant(instants.datetime_of(seconds)) == seconds


def test_texts_are_in_the_zone_of_china() -> None:
    assert instants.rfc3339(0) == "1970-01-01T08:00:00+08:00"
    assert instants.rfc3339(0, UTC) == "1970-01-01T00:00:00Z"
    assert instants.spoken(0) == "1970-01-01 08:00 (UTC+08:00)"
    assert instants.spoken(0, timezone(-timedelta(hours=3))) == "1969-12-31 21:00 (UTC-03:00)"


def test_where_the_year_would_be_10000_the_zone_is_utc() -> None:
    last = TIME_MAX - 8 * 3600
    assert instants.spoken(last) == "9999-12-31 23:59 (UTC+08:00)"
    assert instants.spoken(last + 1) == "9999-12-31 16:00 (UTC)"
    assert instants.rfc3339(TIME_MAX) == "9999-12-31T23:59:59Z"


@pytest.mark.parametrize("value", [1.5, True, None, [], {}])
def test_a_field_holds_an_integer_or_a_text(value: Any) -> None:
    assert instants.read(7) == 7
    assert instants.read("1970-01-01T00:00:07Z") == 7
    with pytest.raises(MalformedError, match="must be Unix seconds or an RFC 3339 time"):
        instants.read(value)
