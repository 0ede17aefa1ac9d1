"""Policies as JSON values: the ``policy.json`` that a province signs in the registry.

::

    {"destination": "CN-44", "version": 7, "issued": "2020-03-09T00:00:00+08:00",
     "ages": {"warn_hours": 24, "hold_hours": 48},
     "recognises": [{"issuer": "CN-51", "types": ["health_proof"], "mutual": true,
                     "from": "2020-02-15T00:00:00+08:00", "until": "2020-12-31T00:00:00+08:00"}],
     "rules": {"health_proof": {"colours": ["green"], "results": ["no_abnormality"],
                                "test": {"hours": 72, "origin": "sampled", "inclusive": true}}}}

``docs/policy.md`` has every field. Only ``destination`` is required; nothing else may stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from trustcert.claims import Colour, CredentialType
from trustcert.encoding import instants
from trustcert.encoding.fields import each, only, optional, required, text, typed
from trustcert.errors import MalformedError, inside
from trustcert.policy import bundle_document, cert_rules, rule_document
from trustcert.policy.model import (
    ANY_ISSUER,
    HOUR,
    Ages,
    Combination,
    Exclusion,
    ForeignRules,
    Jurisdiction,
    Policy,
    Recognition,
)
from trustcert.policy.rule_document import (
    MAX_HOURS,
    choice,
    division,
    integer,
    named,
    named_set,
    present,
    texts,
    types,
)

LANGUAGES: Final[Mapping[str, Callable[[Any], ForeignRules]]] = {cert_rules.NAME: cert_rules.read}
"""Rules in other languages: the field of the document, and what reads it."""

_FIELDS: Final = {
    "destination", "version", "issued", "from", "until", "ages", "recognises", "rules",
    "vocabularies", "colours", "bundles",
}  # fmt: skip


def from_document(document: Mapping[str, Any]) -> Policy:
    """Return the policy in decoded JSON.

    Raises:
        MalformedError: a field is missing, unknown or wrong; ``where`` is its path and the
            message what is allowed.
    """
    only(document, {*_FIELDS, *LANGUAGES})
    start, end = _span(document)
    how, whose = _colours(optional(document, "colours", dict) or {})
    return Policy(
        destination=required(document, "destination", str),
        version=integer(document, "version", 1, 1 << 31) or 1,
        issued=_instant(document, "issued"),
        start=start,
        end=end,
        ages=_ages(optional(document, "ages", dict) or {}),
        recognitions=each(document, "recognises", _recognition),
        rules=_table(document, "rules", rule_document.read, _type),
        vocabularies=_table(document, "vocabularies", _vocabulary, str),
        combination=how,
        jurisdictions=whose,
        bundles=bundle_document.read_all(document),
        foreign={name: _foreign(name, document) for name in LANGUAGES if name in document},
    )


def to_document(policy: Policy) -> dict[str, Any]:
    """Return ``policy`` as JSON values, as :func:`from_document` reads them."""
    return present(
        {
            "destination": policy.destination,
            "version": policy.version,
            "issued": _time(policy.issued),
            "from": _time(policy.start),
            "until": _time(policy.end),
            "ages": {
                "warn_hours": policy.ages.warn // HOUR,
                "hold_hours": policy.ages.hold // HOUR,
            },
            "recognises": [_recognition_json(line) for line in policy.recognitions or ()],
            "rules": {
                kind.value: rule_document.written(rule) for kind, rule in policy.rules.items()
            },
            "vocabularies": {
                issuer: {word: colour.value for word, colour in words.items()}
                for issuer, words in policy.vocabularies.items()
            }
            or None,
            "colours": _colours_json(policy),
            "bundles": bundle_document.written_all(policy.bundles) or None,
        }
        | {name: rules.to_json() for name, rules in policy.foreign.items()}
    )


def _table(
    document: Mapping[str, Any],
    key: str,
    read: Callable[[Any], Any],
    name_of: Callable[[str], Any],
) -> dict[Any, Any]:
    found = {}
    for name, value in (optional(document, key, dict) or {}).items():
        with inside(f"{key}.{name}"):
            found[name_of(name)] = read(value)
    return found


def _type(name: str) -> CredentialType:
    return named(CredentialType, name)


def _foreign(name: str, document: Mapping[str, Any]) -> ForeignRules:
    with inside(name):
        return LANGUAGES[name](document[name])


def _vocabulary(source: Any) -> dict[str, Colour]:
    words = typed(source, dict)
    return {word: named(Colour, text(value), word) for word, value in words.items()}


def _colours(source: Mapping[str, Any]) -> tuple[Combination, frozenset[Jurisdiction]]:
    with inside("colours"):
        only(source, {"combine", "jurisdiction"})
        how = choice(source, "combine", Combination) or Combination.WORST
        if "jurisdiction" not in source:
            return how, frozenset(Jurisdiction)
        return how, named_set(source, "jurisdiction", Jurisdiction)


def _colours_json(policy: Policy) -> dict[str, Any] | None:
    plain = policy.jurisdictions == frozenset(Jurisdiction)
    if plain and policy.combination is Combination.WORST:
        return None
    return {"combine": policy.combination.value, "jurisdiction": texts(policy.jurisdictions)}


def _ages(source: Mapping[str, Any]) -> Ages:
    with inside("ages"):
        only(source, {"warn_hours", "hold_hours"})
        given = {
            name: hours * HOUR
            for name in ("warn", "hold")
            if (hours := integer(source, f"{name}_hours", 1, MAX_HOURS)) is not None
        }
        ages = Ages(**given)
        if ages.warn > ages.hold:
            raise MalformedError("must not be above hold_hours", where="warn_hours")
        return ages


def _recognition(source: Any) -> Recognition:
    source = typed(source, dict)
    only(source, {"issuer", "types", "from", "until", "excludes", "through", "beside", "mutual"})
    start, end = _span(source)
    issuer, through = required(source, "issuer", str), optional(source, "through", str)
    if issuer == ANY_ISSUER and through is None:
        raise MalformedError('"*" needs an intermediary: give through', where="issuer")
    return Recognition(
        issuer=issuer,
        types=named_set(source, "types", CredentialType),
        start=start,
        end=end,
        excludes=each(source, "excludes", _exclusion, limit=4096),
        through=through,
        beside=types(source, "beside"),
        mutual=optional(source, "mutual", bool) or False,
    )


def _exclusion(source: Any) -> Exclusion:
    source = typed(source, dict)
    only(source, {"division", "from", "until"})
    required(source, "division", str)
    start, end = _span(source)
    with inside("division"):
        return Exclusion(division=division(source["division"]), start=start, end=end)


def _recognition_json(line: Recognition) -> dict[str, Any]:
    return present(
        {
            "issuer": line.issuer,
            "types": texts(line.types),
            "from": _time(line.start),
            "until": _time(line.end),
            "excludes": [_exclusion_json(entry) for entry in line.excludes] or None,
            "through": line.through,
            "beside": texts(line.beside) or None,
            "mutual": line.mutual or None,
        }
    )


def _exclusion_json(entry: Exclusion) -> dict[str, Any]:
    return present(
        {"division": entry.division, "from": _time(entry.start), "until": _time(entry.end)}
    )


def _span(source: Mapping[str, Any]) -> tuple[int | None, int | None]:
    start, end = _instant(source, "from"), _instant(source, "until")
    if start is not None and end is not None and end <= start:
        raise MalformedError("must be after from", where="until")
    return start, end


def _instant(source: Mapping[str, Any], key: str) -> int | None:
    if key not in source:
        return None
    with inside(key):
        return instants.read(source[key])


def _time(seconds: int | None) -> str | None:
    return None if seconds is None else instants.rfc3339(seconds)
