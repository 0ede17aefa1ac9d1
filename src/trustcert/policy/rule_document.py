"""The rule of one type as JSON values, in and out; the form stands in ``docs/policy.md``.

Reading is strict: an unknown field is refused, since whoever wrote it meant something by it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from trustcert.claims import Colour, CredentialType, Outcome
from trustcert.encoding.fields import each, member, only, optional, required, text, typed
from trustcert.errors import MalformedError, inside
from trustcert.identifiers import divisions
from trustcert.policy.model import (
    Exemption,
    Immunity,
    Journeyed,
    JudgeAt,
    Origin,
    Paper,
    Part,
    Recovered,
    Rule,
    Series,
    Window,
)

E = TypeVar("E", bound=enum.Enum)

MAX_HOURS: Final = 24 * 366
"""No window or age is longer than a year: a larger number is a slip of units."""

MAX_DAYS: Final = 3_660
"""No immunity is set for longer than ten years."""

_FIELDS: Final = {
    "colours", "results", "test", "series", "vaccination", "recovery", "travel", "refresh_hours",
    "paper", "identity", "live", "beside", "exemptions",
}  # fmt: skip


def read(source: Any) -> Rule:
    """Return the rule in decoded JSON.

    Raises:
        MalformedError: a field is unknown or wrong; ``where`` is its path.
    """
    source = typed(source, dict)
    only(source, _FIELDS)
    return Rule(
        colours=named_set(source, "colours", Colour) if "colours" in source else None,
        outcomes=named_set(source, "results", Outcome) if "results" in source else None,
        window=_part(source, "test", _window),
        series=_part(source, "series", _series),
        immunity=_part(source, "vaccination", _immunity),
        recovered=_part(source, "recovery", _recovered),
        journeyed=_part(source, "travel", _journeyed),
        refresh_hours=integer(source, "refresh_hours", 1, MAX_HOURS),
        paper=choice(source, "paper", Paper),
        identity=optional(source, "identity", bool) or False,
        live=optional(source, "live", bool) or False,
        beside=types(source, "beside"),
        exemptions=each(source, "exemptions", _exemption, limit=64),
    )


def written(rule: Rule) -> dict[str, Any]:
    """Return ``rule`` as JSON values, as :func:`read` reads them."""
    immunity, recovered, journeyed = rule.immunity, rule.recovered, rule.journeyed
    return present(
        {
            "colours": None if rule.colours is None else texts(rule.colours),
            "results": None if rule.outcomes is None else texts(rule.outcomes),
            "test": None if rule.window is None else _window_json(rule.window),
            "series": None if rule.series is None else _series_json(rule.series),
            "vaccination": None if immunity is None else _immunity_json(immunity),
            "recovery": None if recovered is None else _recovered_json(recovered),
            "travel": None if journeyed is None else _journeyed_json(journeyed),
            "refresh_hours": rule.refresh_hours,
            "paper": None if rule.paper is None else rule.paper.value,
            "identity": rule.identity or None,
            "live": rule.live or None,
            "beside": texts(rule.beside) or None,
            "exemptions": [_exemption_json(entry) for entry in rule.exemptions] or None,
        }
    )


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are there."""
    return {name: value for name, value in values.items() if value is not None}


def choice(source: Mapping[str, Any], key: str, vocabulary: type[E]) -> E | None:
    """Return the member of ``vocabulary`` that the field names, or None where it is absent."""
    value = optional(source, key, str)
    return None if value is None else named(vocabulary, value, key)


def named(vocabulary: type[E], value: str, where: str = "") -> E:
    """Return the member of ``vocabulary`` with this text."""
    return member(value, {entry.value: entry for entry in vocabulary}, where=where)


def named_set(source: Mapping[str, Any], key: str, vocabulary: type[E]) -> frozenset[E]:
    """Return the members that the required list ``key`` names."""
    required(source, key, list)
    return frozenset(each(source, key, lambda value: named(vocabulary, text(value))))


def types(source: Mapping[str, Any], key: str) -> frozenset[CredentialType]:
    """Return the types that the list ``key`` names; none where it is absent."""
    return named_set(source, key, CredentialType) if key in source else frozenset()


def texts(members: frozenset[E]) -> list[str]:
    """Return the texts of ``members``, in order."""
    return sorted(entry.value for entry in members)


def integer(source: Mapping[str, Any], key: str, least: int, most: int) -> int | None:
    """Return the integer ``key`` from ``least`` to ``most``, or None where it is absent."""
    value = optional(source, key, int)
    if value is not None and not least <= value <= most:
        raise MalformedError(f"must be {least} to {most}", where=key)
    return value


def needed(source: Mapping[str, Any], key: str, least: int, most: int) -> int:
    """Return the integer ``key``, which must be there."""
    required(source, key, int)
    return integer(source, key, least, most) or 0


def division(value: Any) -> str:
    """Return the id of a division, as ``CN-42-01``."""
    return divisions.parse_id(text(value)).id


def _part(source: Mapping[str, Any], key: str, build: Any) -> Any:
    if key not in source:
        return None
    with inside(key):
        return build(typed(source[key], dict))


def _window(source: Mapping[str, Any]) -> Window:
    only(source, {"hours", "days", "count", "origin", "otherwise", "inclusive", "judge_at"})
    if ("hours" in source) == ("days" in source):
        raise MalformedError("must be given, either hours or days", where="hours")
    days = integer(source, "days", 1, MAX_HOURS // 24)
    hours = needed(source, "hours", 1, MAX_HOURS) if days is None else days * 24
    count = optional(source, "count", str) or "elapsed"
    calendar = member(count, {"elapsed": False, "calendar_days": True}, where="count")
    if calendar and days is None:
        raise MalformedError("calendar_days counts days, not hours", where="count")
    return Window(
        hours=hours,
        origin=named(Origin, required(source, "origin", str), "origin"),
        inclusive=False if calendar else required(source, "inclusive", bool),
        calendar=calendar,
        judge_at=choice(source, "judge_at", JudgeAt) or JudgeAt.ENTRY,
        otherwise=choice(source, "otherwise", Origin),
    )


def _window_json(window: Window) -> dict[str, Any]:
    late = window.judge_at is not JudgeAt.ENTRY
    return present(
        {
            "hours": None if window.calendar else window.hours,
            "days": window.hours // 24 if window.calendar else None,
            "count": "calendar_days" if window.calendar else None,
            "origin": window.origin.value,
            "otherwise": None if window.otherwise is None else window.otherwise.value,
            "inclusive": None if window.calendar else window.inclusive,
            "judge_at": window.judge_at.value if late else None,
        }
    )


def _series(source: Mapping[str, Any]) -> Series:
    only(source, {"tests", "apart_hours", "within_hours", "origin"})
    found = Series(
        tests=needed(source, "tests", 2, 16),
        apart_hours=needed(source, "apart_hours", 1, MAX_HOURS),
        within_hours=needed(source, "within_hours", 1, MAX_HOURS),
        origin=choice(source, "origin", Origin) or Origin.SAMPLED,
    )
    if (found.tests - 1) * found.apart_hours > found.within_hours:
        raise MalformedError("is too short for the tests to be apart", where="within_hours")
    return found


def _series_json(series: Series) -> dict[str, Any]:
    return {
        "tests": series.tests,
        "apart_hours": series.apart_hours,
        "within_hours": series.within_hours,
        "origin": series.origin.value,
    }


def _immunity(source: Mapping[str, Any]) -> Immunity:
    only(source, {"diseases", "vaccines", "complete", "delay_days", "valid_days", "booster"})
    booster = optional(source, "booster", dict) or {}
    with inside("booster"):
        only(booster, {"from_dose", "delay_days", "valid_days"})
        from_dose = needed(booster, "from_dose", 1, 99) if booster else None
        booster_days = integer(booster, "valid_days", 1, MAX_DAYS)
        booster_delay = integer(booster, "delay_days", 0, MAX_DAYS) or 0
    complete = optional(source, "complete", bool)
    return Immunity(
        diseases=_listed(source, "diseases"),
        vaccines=_listed(source, "vaccines"),
        complete=complete is not False,
        delay_days=integer(source, "delay_days", 0, MAX_DAYS) or 0,
        valid_days=integer(source, "valid_days", 1, MAX_DAYS),
        booster_from=from_dose,
        booster_delay_days=booster_delay,
        booster_valid_days=booster_days,
    )


def _listed(source: Mapping[str, Any], key: str) -> frozenset[str] | None:
    """Return the allow-list ``key``: it must be there, and ``["*"]`` is everything."""
    required(source, key, list)
    found = frozenset(each(source, key, text))
    if "*" in found and len(found) > 1:
        raise MalformedError('"*" stands alone', where=key)
    return None if "*" in found else found


def _immunity_json(immunity: Immunity) -> dict[str, Any]:
    booster = None
    if immunity.booster_from is not None:
        booster = present(
            {
                "from_dose": immunity.booster_from,
                "delay_days": immunity.booster_delay_days,
                "valid_days": immunity.booster_valid_days,
            }
        )
    return present(
        {
            "diseases": ["*"] if immunity.diseases is None else sorted(immunity.diseases),
            "vaccines": ["*"] if immunity.vaccines is None else sorted(immunity.vaccines),
            "complete": None if immunity.complete else False,
            "delay_days": immunity.delay_days,
            "valid_days": immunity.valid_days,
            "booster": booster,
        }
    )


def _recovered(source: Mapping[str, Any]) -> Recovered:
    only(source, {"from_days", "until_days"})
    found = Recovered(
        from_days=integer(source, "from_days", 0, MAX_DAYS) or 0,
        until_days=integer(source, "until_days", 0, MAX_DAYS),
    )
    if found.until_days is not None and found.until_days < found.from_days:
        raise MalformedError("must not be below from_days", where="until_days")
    return found


def _recovered_json(recovered: Recovered) -> dict[str, Any]:
    return present({"from_days": recovered.from_days, "until_days": recovered.until_days})


def _journeyed(source: Mapping[str, Any]) -> Journeyed:
    only(source, {"hours", "avoid"})
    return Journeyed(
        hours=needed(source, "hours", 1, MAX_HOURS),
        avoid=frozenset(each(source, "avoid", division)),
    )


def _journeyed_json(journeyed: Journeyed) -> dict[str, Any]:
    return present({"hours": journeyed.hours, "avoid": sorted(journeyed.avoid) or None})


def _exemption(source: Any) -> Exemption:
    source = typed(source, dict)
    only(source, {"waives", "from_age", "below_age"})
    from_age = integer(source, "from_age", 0, 150)
    below_age = integer(source, "below_age", 1, 150)
    if from_age is None and below_age is None:
        raise MalformedError("must be given, from_age or below_age", where="below_age")
    if below_age is not None and below_age <= (from_age or 0):
        raise MalformedError("must be above from_age", where="below_age")
    return Exemption(
        waives=named_set(source, "waives", Part), from_age=from_age or 0, below_age=below_age
    )


def _exemption_json(exemption: Exemption) -> dict[str, Any]:
    return present(
        {
            "waives": texts(exemption.waives),
            "from_age": exemption.from_age,
            "below_age": exemption.below_age,
        }
    )
