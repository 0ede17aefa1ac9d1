"""Unix seconds of birthdays, midnights and month ends in China (one time zone, +08:00)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from trustcert.encoding.instants import CHINA, HOUR, instant
from trustcert.errors import MalformedError
from trustcert.limits import TIME_MAX

__all__ = [
    "begins",
    "birthday",
    "day_of",
    "end_of_month",
    "midnight",
]

_LAST: Final = TIME_MAX - 8 * HOUR
"""The last second of the year 9999 in China."""


def birthday(born: date, years: int) -> int:
    """Return when somebody born on ``born`` completes ``years`` years, Unix seconds.

    Midnight at which the birthday begins; who was born on 29 February completes a year on
    1 March where the year has no such day. Before 1970 it is 0, after 9999 that year's end.
    """
    try:
        day = born.replace(year=born.year + years)
    except ValueError:
        if born.year + years > 9999:
            return TIME_MAX
        day = date(born.year + years, 3, 1)
    return begins(day)


def midnight(day: date) -> int:
    """Return when ``day`` begins in China, Unix seconds; 1970-01-01 itself began before them.

    Raises:
        MalformedError: outside the years 1970 to 9999.
    """
    return instant(datetime(day.year, day.month, day.day, tzinfo=CHINA))


@lru_cache(maxsize=4096)
def begins(day: date, days: int = 0) -> int:
    """Return when the day that is ``days`` after ``day`` begins in China, Unix seconds.

    0 where that is before 1970, and the last second of 9999 where it is after: for judging what
    an issuer signed, which must not fail.
    """
    try:
        return midnight(day + timedelta(days=days))
    except (MalformedError, OverflowError):
        return 0 if day.year < 1980 else TIME_MAX


def day_of(at: int) -> date:
    """Return the day in China at ``at`` (Unix seconds)."""
    return datetime.fromtimestamp(min(at, _LAST), CHINA).date()


def end_of_month(day: date, *, months: int = 12) -> int:
    """Return when the month that is ``months`` after that of ``day`` is over, Unix seconds.

    So a pension's proof of life counts: from any day of June 2023 to the end of June 2024.

    Raises:
        MalformedError: outside the years 1970 to 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months + 1, 12)
    if year > 9999:
        raise MalformedError("time outside the years 1970 to 9999")
    return midnight(date(year, month + 1, 1))
