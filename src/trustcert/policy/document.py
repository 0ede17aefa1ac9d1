"""Policies as JSON, the ``policy.json`` that a province signs in the registry.

::

    {"destination": "CN-44",
     "ages": {"warn_hours": 24, "hold_hours": 48},
     "recognises": [{"issuer": "CN-51", "types": ["health_proof"],
                     "from": "2020-02-15T00:00:00+08:00", "until": "2020-12-31T00:00:00+08:00"}],
     "rules": {"health_proof": {"colours": ["green"], "results": ["no_abnormality"],
                                "test": {"hours": 72, "origin": "sampled", "inclusive": true}}}}

``ages``, ``from``, ``until`` and everything inside a rule may be left out; nothing else may stand.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from trustcert.claims import Colour, CredentialType, Outcome
from trustcert.encoding import instants
from trustcert.encoding.fields import each, member, only, optional, required, typed
from trustcert.errors import MalformedError, inside
from trustcert.policy.model import HOUR, Ages, Origin, Policy, Recognition, Rule, Window

E = TypeVar("E", bound=enum.Enum)

_MAX_HOURS: Final = 24 * 366
"""No window or age is longer than a year: a larger number is a slip of units."""


def from_document(document: Mapping[str, Any]) -> Policy:
    """Return the policy in decoded JSON.

    Raises:
        MalformedError: a field is missing, unknown or wrong; ``where`` is its path and the
            message what is allowed.
    """
    only(document, {"destination", "ages", "recognises", "rules"})
    rules = optional(document, "rules", dict) or {}
    return Policy(
        destination=required(document, "destination", str),
        ages=_ages(optional(document, "ages", dict) or {}),
        recognitions=each(document, "recognises", _recognition),
        rules={_kind(name, "rules"): _rule(name, rule) for name, rule in rules.items()},
    )


def to_document(policy: Policy) -> dict[str, Any]:
    """Return ``policy`` as JSON values, as :func:`from_document` reads them."""
    return {
        "destination": policy.destination,
        "ages": {
            "warn_hours": policy.ages.warn // HOUR,
            "hold_hours": policy.ages.hold // HOUR,
        },
        "recognises": [_recognition_json(line) for line in policy.recognitions or ()],
        "rules": {kind.value: _rule_json(rule) for kind, rule in policy.rules.items()},
    }


def _ages(source: Mapping[str, Any]) -> Ages:
    with inside("ages"):
        only(source, {"warn_hours", "hold_hours"})
        given = {
            name: _hours(source, f"{name}_hours") * HOUR
            for name in ("warn", "hold")
            if f"{name}_hours" in source
        }
        ages = Ages(**given)
        if ages.warn > ages.hold:
            raise MalformedError("must not be above hold_hours", where="warn_hours")
        return ages


def _recognition(source: Any) -> Recognition:
    source = typed(source, dict)
    only(source, {"issuer", "types", "from", "until"})
    return Recognition(
        issuer=required(source, "issuer", str),
        types=_set(source, "types", CredentialType),
        start=_instant(source, "from"),
        end=_instant(source, "until"),
    )


def _recognition_json(line: Recognition) -> dict[str, Any]:
    out: dict[str, Any] = {"issuer": line.issuer, "types": _texts(line.types)}
    if line.start is not None:
        out["from"] = instants.rfc3339(line.start)
    if line.end is not None:
        out["until"] = instants.rfc3339(line.end)
    return out


def _rule(name: str, source: Any) -> Rule:
    with inside(f"rules.{name}"):
        source = typed(source, dict)
        only(source, {"colours", "results", "test"})
        return Rule(
            colours=_set(source, "colours", Colour) if "colours" in source else None,
            outcomes=_set(source, "results", Outcome) if "results" in source else None,
            window=_window(source["test"]) if "test" in source else None,
        )


def _rule_json(rule: Rule) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if rule.colours is not None:
        out["colours"] = _texts(rule.colours)
    if rule.outcomes is not None:
        out["results"] = _texts(rule.outcomes)
    if rule.window is not None:
        out["test"] = {
            "hours": rule.window.hours,
            "origin": rule.window.origin.value,
            "inclusive": rule.window.inclusive,
        }
    return out


def _window(source: Any) -> Window:
    with inside("test"):
        source = typed(source, dict)
        only(source, {"hours", "origin", "inclusive"})
        return Window(
            hours=_hours(source, "hours"),
            origin=_named(Origin, required(source, "origin", str), "origin"),
            inclusive=required(source, "inclusive", bool),
        )


def _hours(source: Mapping[str, Any], key: str) -> int:
    hours = required(source, key, int)
    if not 1 <= hours <= _MAX_HOURS:
        raise MalformedError(f"must be 1 to {_MAX_HOURS} hours", where=key)
    return hours


def _instant(source: Mapping[str, Any], key: str) -> int | None:
    if key not in source:
        return None
    with inside(key):
        return instants.read(source[key])


def _kind(name: str, where: str) -> CredentialType:
    return _named(CredentialType, name, where)


def _named(vocabulary: type[E], value: str, where: str = "") -> E:
    return member(value, {entry.value: entry for entry in vocabulary}, where=where)


def _set(source: Mapping[str, Any], key: str, vocabulary: type[E]) -> frozenset[E]:
    required(source, key, list)
    return frozenset(each(source, key, lambda value: _named(vocabulary, typed(value, str))))


def _texts(members: frozenset[E]) -> list[str]:
    return sorted(entry.value for entry in members)
