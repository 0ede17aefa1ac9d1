"""Values of signed foreign content: read where they can be, None where they cannot.

The issuer has vouched for the content, and its own verifiers take what no schema allows. What
cannot be read is left out of the claims and stays in their ``original``; nothing is guessed that
a policy could take for a pass.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from trustcert.errors import MalformedError
from trustcert.limits import CLAIM_CHARACTERS, NAME_CHARACTERS, TIME_MAX


def words(value: Any, limit: int = CLAIM_CHARACTERS) -> str | None:
    """Return a text of 1 to ``limit`` characters, exactly as it is; None for anything else."""
    return value if type(value) is str and value and len(value) <= limit else None


def name(*parts: Any) -> str | None:
    """Return the parts that are texts, joined by a space; None where there is none."""
    given = [part for part in parts if type(part) is str and part]
    return words(" ".join(given), NAME_CHARACTERS)


def full_name(given: Any, family: Any) -> str | None:
    """Return the same as :func:`name` of two parts; most names have both."""
    if type(given) is str and type(family) is str and given and family:
        whole = f"{given} {family}"
        return whole if len(whole) <= NAME_CHARACTERS else None
    return name(given, family)


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


def count(value: Any) -> int | None:
    """Return an integer of 0 to 99; None for anything else."""
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
