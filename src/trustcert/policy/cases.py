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
else it was issued at its ``sampled_at`` or at ``at``.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from trustcert.claims import Claims, from_application
from trustcert.encoding import documents, instants
from trustcert.encoding.documents import Document, Instant
from trustcert.errors import inside
from trustcert.policy import files
from trustcert.policy.circumstances import Circumstances, Companion
from trustcert.policy.journeys import Stop, plan
from trustcert.policy.model import Policy
from trustcert.report import Reason, Verdict
from trustcert.values import PublicValue

__all__ = ["Beside", "CaseResult", "Expected", "PolicyCase", "from_document", "load_cases", "run"]


class Expected(enum.Enum):
    """What a checkpoint must show."""

    PASS = "pass"  # noqa: S105 - a verdict
    HOLD = "hold"
    DENY = "deny"


class Beside(Document, frozen=True, kw_only=True):
    """A credential that is shown beside the one in question."""

    issuer: str
    credential: dict[str, Any]

    def claims(self, at: int) -> Claims:
        """Return the claims, issued at ``at`` where the credential does not say when.

        Raises:
            MalformedError: the credential is no application; ``where`` is the place.
        """
        fields = dict(self.credential)
        with inside("credential"):
            stated = fields.pop("issued_at", fields.get("sampled_at", int(at)))
            with inside("issued_at"):
                issued_at = instants.read(stated)
            # numbers in cases are invented, and need no salt
            return from_application(
                fields, issuer=self.issuer, issued_at=issued_at, cost=0, random=bytes
            )


class PolicyCase(Beside, frozen=True, kw_only=True):
    """One example: a credential, what is known beside it, and what the policy must say.

    ``reasons`` are all of them, in any order.
    """

    name: str
    at: Instant
    expect: Expected
    reasons: frozenset[Reason] | None = None
    valid_until: Instant | None = None
    departed_at: Instant | None = None
    number: str | None = None
    live: bool = False
    beside: Annotated[tuple[Beside, ...], Meta(max_length=64)] = ()

    def circumstances(self) -> Circumstances:
        """Return what is known beside the credential.

        Raises:
            MalformedError: a credential beside is no application.
        """
        companions = []
        for index, other in enumerate(self.beside):
            with inside(f"beside[{index}]"):
                companions.append(Companion(claims=other.claims(self.at), issuer=other.issuer))
        return Circumstances(
            departed_at=self.departed_at,
            number=self.number,
            companions=tuple(companions),
            is_live=self.live,
        )


class _Cases(Document, frozen=True, kw_only=True):
    cases: Annotated[tuple[PolicyCase, ...], Meta(min_length=1, max_length=10_000)]


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
        MalformedError: a field is missing, unknown or wrong, said with file and path; or there is
            no case at all, since an empty test would pass.
    """
    return files.read(path, from_document)


def from_document(document: Mapping[str, Any]) -> tuple[PolicyCase, ...]:
    """Return the cases in decoded JSON.

    Raises:
        MalformedError: a field is missing, unknown or wrong, or there is no case.
    """
    cases = documents.read(_Cases, document).cases
    for index, case in enumerate(cases):
        with inside(f"cases[{index}]"):
            case.claims(case.at)
            case.circumstances()
    return cases


def run(policy: Policy, cases: tuple[PolicyCase, ...]) -> Iterator[CaseResult]:
    """Yield what ``policy`` says of each case, validity included."""
    for case in cases:
        at = int(case.at)
        stop = Stop(policy=policy, arrives=at, leaves=at)
        claims, known = case.claims(case.at), case.circumstances()
        said = plan(claims, case.issuer, [stop], circumstances=known).stops[0]
        reasons = tuple(finding.reason for finding in said.findings)
        problems = []
        if said.verdict.signal.lower() != case.expect.value:
            problems.append(f"expected {case.expect.name}, got {said.verdict.signal}")
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
