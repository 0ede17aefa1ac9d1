"""Readers of foreign values that return None for a value that they cannot read.

The issuer has vouched for the content, and its own verifiers take what no schema allows. What
cannot be read is left out of the claims and stays in their ``original``; nothing is guessed that
a policy could take for a pass.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from trustcert.errors import MalformedError
from trustcert.limits import CLAIM_CHARACTERS, NAME_CHARACTERS, TIME_MAX

__all__ = ["CUT", "count", "day", "is_over", "moment", "name", "seconds", "words"]

CUT: Final = "…"
"""The mark at the end of a name that is longer than a claim may be."""

_PART_OF_A_DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


def words(value: Any, limit: int = CLAIM_CHARACTERS) -> str | None:
    """Return a text of 1 to ``limit`` characters, exactly as it is; None for anything else."""
    return value if type(value) is str and value and len(value) <= limit else None


def name(*parts: Any) -> str | None:
    """Return the parts that are texts, joined by a space; None where there is none.

    A name of over :data:`~trustcert.limits.NAME_CHARACTERS` is cut and ends in :data:`CUT`: whoever
    compares it with a document sees that it is not whole, and no whole name equals it.
    """
    whole = " ".join(part for part in parts if type(part) is str and part)
    if len(whole) > NAME_CHARACTERS:
        return whole[: NAME_CHARACTERS - 1] + CUT
    return whole or None


def day(value: Any) -> date | None:
    """Return the date that a text begins with (``2021-02-18T…`` too); None where it has none.

    ``19900131`` is a date, ``1990`` and ``1990-01`` are not: half a date is no date.
    """
    if type(value) is not str:
        return None
    if len(value) > 10 and value[10] in "T ":
        value = value[:10]
    try:
        return date.fromisoformat(value) if len(value) in (8, 10) else None
    except ValueError:
        return None


def moment(value: Any) -> int | None:
    """Return Unix seconds of a date-time text, UTC where it names no zone; None for others."""
    if type(value) is not str or len(value) < 11:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    seconds = math.floor(found.timestamp())
    return seconds if 0 <= seconds <= TIME_MAX else None


def is_over(end: Any, at: int) -> bool:
    """Decide whether a period that ends at ``end`` was over at ``at`` (Unix seconds).

    The end is a date-time, a day, a month or a year, which belongs to the period whole. What is
    none of these counts as over.
    """
    found = moment(end)
    if found is not None:
        return found < at
    if type(end) is not str or not _PART_OF_A_DATE.fullmatch(end):
        return True
    return end < datetime.fromtimestamp(at, UTC).date().isoformat()[: len(end)]


def count(value: Any) -> int | None:
    """Return an integer of 0 to 99, also one that was written as 2.0; None for anything else."""
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= 99 else None


def seconds(source: Mapping[Any, Any], key: Any, where: str, *, up: bool = False) -> int | None:
    """Return the NumericDate ``key`` of ``source`` in whole seconds; None where there is none.

    Fractions are cut off, or rounded ``up`` for a time that ends something: at no whole second
    does that change the answer.

    Raises:
        MalformedError: no number, or outside the years 1970 to 9999.
    """
    value = source.get(key)
    if value is None or (type(value) is int and 0 <= value <= TIME_MAX):
        return value
    if type(value) not in (int, float) or not 0 <= value <= TIME_MAX:
        raise MalformedError("must be Unix seconds of the years 1970 to 9999", where=where)
    return int(math.ceil(value) if up else math.floor(value))
