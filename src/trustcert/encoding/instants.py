"""Points in time: Unix seconds inside, RFC 3339 texts and aware datetimes at the edge."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from trustcert.errors import MalformedError
from trustcert.limits import TIME_MAX

__all__ = ["CHINA", "DAY", "HOUR", "datetime_of", "instant", "read", "rfc3339", "spoken"]

HOUR: Final = 3_600
"""Seconds of an hour."""

DAY: Final = 24 * HOUR
"""Seconds of a day."""

CHINA: Final = timezone(timedelta(hours=8))
"""The one official time zone of China (UTC+08:00, no summer time)."""


def instant(value: float | str | datetime) -> int:
    """Return Unix seconds (NumericDate, RFC 7519 section 2) of a number, a text or a datetime.

    A text is RFC 3339 with a zone, as ``2026-03-01T08:00:00+08:00``. Fractions are cut off.

    Raises:
        MalformedError: no zone, not a time, or outside the years 1970 to 9999.
    """
    if type(value) is int and 0 <= value <= TIME_MAX:
        return value
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise MalformedError("time without a zone")
        value = value.timestamp()
    if not 0 <= value <= TIME_MAX:  # NaN too compares false
        raise MalformedError("time outside the years 1970 to 9999")
    return math.floor(value)


def rfc3339(seconds: int, zone: timezone = CHINA) -> str:
    """Return ``seconds`` as an RFC 3339 text in ``zone``."""
    return _moment(seconds, zone).isoformat().replace("+00:00", "Z")


def spoken(seconds: int, zone: timezone = CHINA) -> str:
    """Return ``seconds`` for people: ``2026-03-01 08:00 (UTC+08:00)``."""
    moment = _moment(seconds, zone)
    return f"{moment:%Y-%m-%d %H:%M} ({moment.tzname()})"


def datetime_of(seconds: int) -> datetime:
    """Return ``seconds`` as an aware datetime in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def read(value: Any) -> int:
    """Return the instant that a JSON field holds: an integer or an RFC 3339 text.

    Raises:
        MalformedError: it holds something else.
    """
    if type(value) is int or type(value) is str:
        return instant(value)
    raise MalformedError("must be Unix seconds or an RFC 3339 time")


def _moment(seconds: int, zone: timezone) -> datetime:
    """Return ``seconds`` in ``zone``; in UTC where the zone's year would be 10000."""
    try:
        return datetime.fromtimestamp(seconds, zone)
    except (OverflowError, ValueError):
        return datetime.fromtimestamp(seconds, UTC)


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise MalformedError("not an RFC 3339 time, as 2026-03-01T08:00:00+08:00") from None
