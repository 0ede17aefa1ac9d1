"""Rules of EU member states over EU certificates, as a part of a destination's policy.

::

    "certlogic": {"country": "DE", "region": null,
                  "rules": [{"Identifier": "VR-DE-0001", "Type": "Acceptance", "Country": "DE",
                             "Version": "1.0.0", "Engine": "CERTLOGIC", "EngineVersion": "0.7.5",
                             "CertificateType": "Vaccination", "ValidFrom": "…", "ValidTo": "…",
                             "Description": [{"lang": "en", "desc": "…"}], "Logic": {…}}],
                  "value_sets": {"vaccines-covid-19-names": ["EU/1/20/1528"]}}

The rules are those of the EU's gateway, unchanged. Of the destination the acceptance rules
count, of the issuing country the invalidation rules; of each identifier the highest version that
is in force. Every rule must hold: one that does not is named; one that cannot be evaluated, or is
for a newer engine, leaves the question open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any, Final

from trustcert.claims import Claims
from trustcert.encoding import instants
from trustcert.encoding.fields import each, member, only, optional, required, text, typed
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.limits import LOGIC_RULES
from trustcert.policy import certlogic, rule_expiry
from trustcert.report import Finding, Reason, Step, Verdict
from trustcert.values import Value

__all__ = ["NAME", "CertRule", "CertRules"]

NAME: Final = "certlogic"
_ENGINE: Final = "CERTLOGIC"
_ENGINE_VERSION: Final = (1, 3, 99)
"""The newest version of the language that is spoken here."""

_VERSION: Final = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})", re.ASCII)
_TYPES: Final = {"Acceptance": True, "Invalidation": False}
_KINDS: Final = {"General": None, "Test": "t", "Vaccination": "v", "Recovery": "r"}
_EVENTS: Final = ("v", "t", "r")

_Judged = tuple[list[Finding], list[int]]


class CertRule(Value, frozen=True, kw_only=True):
    """One rule. ``event`` is ``v``, ``t`` or ``r``, None for all; times are Unix seconds."""

    _shown = (
        "identifier",
        "accepts",
        "country",
        "region",
        "version",
        "is_spoken",
        "event",
        "start",
        "end",
        "description",
    )

    identifier: str
    accepts: bool
    country: str
    region: str | None
    version: tuple[int, ...]
    is_spoken: bool
    event: str | None
    start: int
    end: int
    description: str
    logic: Any


class CertRules:
    """The rules of a destination, and the document that they were read from."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read the field ``certlogic`` of a policy's document.

        Raises:
            MalformedError: a field is missing, unknown or wrong; ``where`` is its path.
        """
        only(document, {"country", "region", "rules", "value_sets"})
        sets = optional(document, "value_sets", dict) or {}
        region = document.get("region")
        self.country = required(document, "country", str)
        self.region = None if region is None else typed(region, str, where="region")
        self.rules = each(document, "rules", _rule, limit=LOGIC_RULES)
        self.value_sets = {name: _value_set(name, value) for name, value in sets.items()}
        self.document = document

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CertRules) and other.document == self.document

    __hash__ = None  # type: ignore[assignment]  # the document is a dict

    @classmethod
    def from_json(cls, value: Any) -> CertRules:
        """Return the rules in a JSON value."""
        return cls(typed(value, dict))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the schema of what this project defines of it; the rules are the gateway's."""
        return {
            "type": "object",
            "description": "Rules of the EU's gateway, unchanged, with the value sets they use",
            "properties": {
                "country": {"type": "string"},
                "region": {"type": ["string", "null"]},
                "rules": {"type": "array", "items": {"type": "object"}, "maxItems": LOGIC_RULES},
                "value_sets": {"type": "object"},
            },
            "required": ["country"],
            "additionalProperties": False,
        }

    def judge(self, claims: Claims, at: int) -> _Judged | None:
        """Return what the rules object to, or None where no rule is for these claims."""
        certificate = claims.original
        kind = None if certificate is None else _event_of(certificate)
        if certificate is None or kind is None:
            return None
        chosen = list(self.applicable(kind, claims.issuer, at))
        if not chosen:
            return None
        budget = certlogic.Budget()
        world = _World(rules=self, claims=claims, certificate=certificate)
        objections = [_objection(rule, world, at, budget) for rule in chosen]
        findings = [finding for finding in objections if finding is not None]
        moments = [rule.end for rule in chosen]
        if not findings:
            ends = [rule_expiry.ends(rule.logic, world.at, at, budget) for rule in chosen]
            moments += [end for end in ends if end is not None]
        return findings, moments

    def applicable(self, kind: str, issuer: str, at: int) -> Iterator[CertRule]:
        """Yield the rules in force at ``at``, each in its highest version, in a fixed order."""
        newest: dict[str, list[CertRule]] = {}
        for rule in self.rules:
            if rule.country != (self.country if rule.accepts else issuer):
                continue
            if rule.region is not None and rule.region != self.region:
                continue
            if rule.event not in (None, kind) or not rule.start <= at < rule.end:
                continue
            same = newest.setdefault(rule.identifier, [])
            if same and rule.version > same[0].version:
                same.clear()
            if not same or rule.version == same[0].version:
                same.append(rule)
        for _, same in sorted(newest.items()):
            yield from same

    def to_json(self) -> Any:
        """Return the rules as they stand in the policy's document."""
        return self.document


class _World(Value, frozen=True, kw_only=True):
    """What a rule may look at: the certificate, and what is known beside it."""

    _shown = ("rules", "claims")

    rules: CertRules
    claims: Claims
    certificate: Mapping[str, Any]

    def at(self, moment: int) -> Mapping[str, Any]:
        """Return the data of a rule for a check at ``moment``."""
        claims, zone = self.claims, UTC
        expires = claims.issued_at if claims.expires is None else claims.expires - 1
        return {
            "payload": self.certificate,
            "external": {
                "validationClock": instants.rfc3339(moment, zone),
                "valueSets": self.rules.value_sets,
                "countryCode": self.rules.country,
                "region": self.rules.region,
                "issuerCountryCode": claims.issuer,
                "iat": instants.rfc3339(claims.issued_at, zone),
                "exp": instants.rfc3339(expires, zone),
            },
        }


def _objection(rule: CertRule, world: _World, at: int, budget: certlogic.Budget) -> Finding | None:
    name = f"{rule.identifier} {'.'.join(map(str, rule.version))}"
    if not rule.is_spoken:
        return _finding(Reason.RULE_OPEN, f"{name} is for a newer engine", rule)
    try:
        found = certlogic.evaluate(rule.logic, world.at(at), budget)
    except (MalformedError, UnsupportedError) as error:
        return _finding(Reason.RULE_OPEN, f"{name}: {error}", rule)
    if found is True:
        return None
    if found is not False:
        return _finding(Reason.RULE_OPEN, f"{name} gives neither true nor false", rule)
    return _finding(Reason.RULE_FAILED, f"{name}: {rule.description}".rstrip(": "), rule)


def _finding(reason: Reason, detail: str, rule: CertRule) -> Finding:
    failed = reason is Reason.RULE_FAILED
    return Finding(
        step=Step.POLICY,
        verdict=Verdict.INVALID if failed else Verdict.INDETERMINATE,
        reason=reason,
        detail=detail,
        where=f"{NAME}.{rule.identifier}",
    )


def _event_of(certificate: Mapping[str, Any]) -> str | None:
    if type(certificate.get("ver")) is not str:
        return None
    return next((kind for kind in _EVENTS if certificate.get(kind)), None)


def _rule(value: Any) -> CertRule:
    source = typed(value, dict)
    region = source.get("Region")
    with inside("Version"):
        version = _version(required(source, "Version", str))
    with inside("EngineVersion"):
        engine = _version(required(source, "EngineVersion", str))
    logic = typed(source.get("Logic"), dict, where="Logic")
    return CertRule(
        identifier=required(source, "Identifier", str),
        accepts=member(required(source, "Type", str), _TYPES, where="Type"),
        country=required(source, "Country", str),
        region=None if region in (None, "") else typed(region, str, where="Region"),
        version=version,
        is_spoken=required(source, "Engine", str) == _ENGINE and engine <= _ENGINE_VERSION,
        event=member(required(source, "CertificateType", str), _KINDS, where="CertificateType"),
        start=_instant(source, "ValidFrom"),
        end=_instant(source, "ValidTo"),
        description=_description(source),
        logic=logic,
    )


def _description(source: Mapping[str, Any]) -> str:
    """Return the rule's own words, in English where it has them."""
    entries = each(source, "Description", lambda entry: typed(entry, dict), limit=64)
    words = {entry.get("lang"): entry.get("desc") for entry in entries}
    found = words.get("en") or next(iter(words.values()), "")
    return found[:200] if type(found) is str else ""


def _value_set(name: str, value: Any) -> list[str]:
    """Return the codes of a value set: a list, or the gateway's document of one."""
    with inside(f"value_sets.{name}"):
        if type(value) is dict:
            return list(required(value, "valueSetValues", dict))
        return [text(code) for code in typed(value, list)]


def _version(value: str) -> tuple[int, ...]:
    match = _VERSION.fullmatch(value)
    if match is None:
        raise MalformedError("must be three numbers, as 1.0.0")
    return tuple(map(int, match.groups()))


def _instant(source: Mapping[str, Any], name: str) -> int:
    with inside(name):
        return instants.read(required(source, name, str))
