"""A policy tested by examples: what it must say of this credential, at this time.

::

    [[cases]]
    name = "exactly 72 hours, inclusive"
    at = "2026-03-04T09:00:00+08:00"
    issuer = "CN-51"
    credential = {type = "health_proof", colour = "green", sampled_at = "2026-03-01T09:00:00+08:00"}
    expect = "pass"
    valid_until = "2026-03-04T09:00:01+08:00"

``credential`` is an application (:mod:`trustcert.claims.application`) and may say ``issued_at``,
else it was issued at its ``sampled_at`` or at ``at``. ``expect`` is pass, hold or deny;
``reasons`` (all of them, in any order), ``valid_until``, ``departed_at``, ``number``, ``live`` and
``beside`` (a list of ``{issuer, credential}``) may be given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from trustcert.claims import Claims, from_application
from trustcert.claims.application import Random
from trustcert.encoding import instants
from trustcert.encoding.fields import each, member, only, optional, required, text, typed
from trustcert.errors import MalformedError, inside
from trustcert.policy import files
from trustcert.policy.circumstances import Circumstances, Companion
from trustcert.policy.journeys import Stop, plan
from trustcert.policy.model import Policy
from trustcert.policy.rule_document import named
from trustcert.report import Reason, Verdict
from trustcert.values import PublicValue

_FIELDS: Final = {
    "name", "at", "issuer", "credential", "expect", "reasons", "valid_until", "departed_at",
    "number", "live", "beside",
}  # fmt: skip
_VERDICTS: Final = {verdict.signal.lower(): verdict for verdict in Verdict}


class PolicyCase(PublicValue, frozen=True, kw_only=True):
    """One example: a credential, the circumstances, and what the policy must say."""

    name: str
    at: int
    issuer: str
    claims: Claims
    circumstances: Circumstances
    expect: Verdict
    reasons: frozenset[Reason] | None = None
    valid_until: int | None = None


class CaseResult(PublicValue, frozen=True, kw_only=True):
    """What the policy said; ``problems`` is empty where it said what was expected."""

    name: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    valid_until: int | None
    problems: tuple[str, ...]


def load_cases(path: Path) -> tuple[PolicyCase, ...]:
    """Return the cases in a ``.toml`` or ``.json`` file.

    Raises:
        MalformedError: a field is missing, unknown or wrong, said with file, line and path; or
            there is no case at all, since an empty test would pass.
    """
    return files.read(path, from_document)


def from_document(document: Mapping[str, Any]) -> tuple[PolicyCase, ...]:
    """Return the cases in decoded JSON.

    Raises:
        MalformedError: a field is missing, unknown or wrong, or there is no case.
    """
    only(document, {"cases"})
    required(document, "cases", list)
    found = each(document, "cases", _case)
    if not found:
        raise MalformedError("must hold a case", where="cases")
    return found


def run(policy: Policy, cases: tuple[PolicyCase, ...]) -> Iterator[CaseResult]:
    """Yield what ``policy`` says of each case, validity included."""
    for case in cases:
        stop = Stop(policy=policy, arrives=case.at, leaves=case.at)
        said = plan(case.claims, case.issuer, [stop], circumstances=case.circumstances).stops[0]
        reasons = tuple(finding.reason for finding in said.findings)
        problems = []
        if said.verdict is not case.expect:
            problems.append(f"expected {case.expect.signal}, got {said.verdict.signal}")
        if case.reasons is not None and case.reasons != set(reasons):
            names = ", ".join(sorted(reason.value for reason in reasons)) or "none"
            problems.append(f"other reasons than expected: {names}")
        if case.valid_until is not None and case.valid_until != said.valid_until:
            until = said.valid_until
            problems.append(f"valid until {'no end' if until is None else instants.rfc3339(until)}")
        yield CaseResult(
            name=case.name,
            verdict=said.verdict,
            reasons=reasons,
            valid_until=said.valid_until,
            problems=tuple(problems),
        )


def _case(source: Any) -> PolicyCase:
    source = typed(source, dict)
    only(source, _FIELDS)
    at = _instant(source, "at")
    if at is None:
        raise MalformedError("is missing", where="at")
    issuer = required(source, "issuer", str)
    reasons = None
    if "reasons" in source:
        reasons = frozenset(each(source, "reasons", lambda value: named(Reason, text(value))))
    return PolicyCase(
        name=required(source, "name", str),
        at=at,
        issuer=issuer,
        claims=_claims(source, issuer, at),
        circumstances=_circumstances(source, at),
        expect=member(required(source, "expect", str), _VERDICTS, where="expect"),
        reasons=reasons,
        valid_until=_instant(source, "valid_until"),
    )


def _circumstances(source: Mapping[str, Any], at: int) -> Circumstances:
    def beside(value: Any) -> Companion:
        entry = typed(value, dict)
        only(entry, {"issuer", "credential"})
        issuer = required(entry, "issuer", str)
        return Companion(claims=_claims(entry, issuer, at), issuer=issuer)

    return Circumstances(
        departed_at=_instant(source, "departed_at"),
        number=optional(source, "number", str),
        companions=each(source, "beside", beside, limit=64),
        is_live=optional(source, "live", bool) or False,
    )


def _claims(source: Mapping[str, Any], issuer: str, at: int) -> Claims:
    fields = dict(required(source, "credential", dict))
    with inside("credential"):
        stated = fields.pop("issued_at", fields.get("sampled_at", at))
        with inside("issued_at"):
            issued_at = instants.read(stated)
        return from_application(fields, issuer=issuer, issued_at=issued_at, cost=0, random=_NO_SALT)


_NO_SALT: Final[Random] = bytes
"""Cases name nobody: their numbers are invented, and need no salt."""


def _instant(source: Mapping[str, Any], key: str) -> int | None:
    if key not in source:
        return None
    with inside(key):
        return instants.read(source[key])
