"""Until when a credential is accepted: at one destination, and at each stop of a journey."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from trustcert.claims import Claims
from trustcert.encoding.instants import spoken
from trustcert.errors import MalformedError
from trustcert.policy.circumstances import NOTHING, Circumstances
from trustcert.policy.evaluate import evaluate
from trustcert.policy.evaluation import worst
from trustcert.policy.model import Policy
from trustcert.report import Finding, Reason, Step, Verdict
from trustcert.values import PublicValue

__all__ = ["Plan", "Stop", "StopReport", "plan", "valid_until"]


class Stop(PublicValue, frozen=True, kw_only=True):
    """One place of a journey: its policy, and when one arrives and leaves, Unix seconds."""

    policy: Policy
    arrives: int
    leaves: int


class StopReport(PublicValue, frozen=True, kw_only=True):
    """What one place will say: at arrival, and until when it lasts.

    ``fails_at`` is the first moment of the stay at which the proof does not pass, None if there is
    none. ``valid_until`` is when it stops passing, the journey aside; None while it does not pass
    at arrival, or where nothing ends it.
    """

    destination: str | None
    arrives: int
    leaves: int
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    valid_until: int | None = None
    fails_at: int | None = None


class Plan(PublicValue, frozen=True, kw_only=True):
    """A journey judged before it is made: every stop, and the first at which it fails."""

    stops: tuple[StopReport, ...]

    @property
    def first_failure(self) -> StopReport | None:
        """The first stop at which the proof does not last, None where it lasts throughout."""
        return next((stop for stop in self.stops if stop.fails_at is not None), None)


def valid_until(
    policy: Policy,
    claims: Claims,
    issuer: str,
    *,
    at: int,
    circumstances: Circumstances = NOTHING,
) -> int | None:
    """Return when ``claims`` stop passing under ``policy``; ``at`` where they do not pass now.

    None where nothing ends them. Revocation and the age of trust data are not foreseen here: a
    verifier's report has them.
    """
    findings, end = _judged(policy, claims, issuer, at, circumstances)
    return at if findings else end


def plan(
    claims: Claims,
    issuer: str,
    route: Sequence[Stop],
    *,
    circumstances: Circumstances = NOTHING,
) -> Plan:
    """Return what every stop of ``route`` will say to a credential of ``issuer``.

    Each stop is judged at its arrival and over the stay; the departure that a test may count at
    is when the stop before was left, or ``circumstances`` say.

    Raises:
        MalformedError: a stop is left before it is reached, or reached before the last was left;
            ``where`` is the stop.
    """
    _check(route)
    reports = []
    departed = circumstances.departed_at
    for stop in route:
        known = replace(circumstances, departed_at=departed)
        reports.append(_at_stop(stop, claims, issuer, known))
        departed = stop.leaves
    return Plan(stops=tuple(reports))


def _check(route: Sequence[Stop]) -> None:
    before = 0
    for place, stop in enumerate(route):
        if not before <= stop.arrives <= stop.leaves:
            raise MalformedError("must come after the one before", where=f"route[{place}]")
        before = stop.leaves


def _at_stop(stop: Stop, claims: Claims, issuer: str, circumstances: Circumstances) -> StopReport:
    findings, end = _judged(stop.policy, claims, issuer, stop.arrives, circumstances)
    fails_at = stop.arrives if findings else end
    if fails_at is not None and fails_at > stop.leaves:
        fails_at = None
    return StopReport(
        destination=stop.policy.destination,
        arrives=stop.arrives,
        leaves=stop.leaves,
        verdict=worst([finding.verdict for finding in findings]),
        findings=tuple(findings),
        valid_until=None if findings else end,
        fails_at=fails_at,
    )


def _judged(
    policy: Policy, claims: Claims, issuer: str, at: int, circumstances: Circumstances
) -> tuple[list[Finding], int | None]:
    """Return the objections of validity and policy at ``at``, and when there will be one."""
    findings = _validity(claims, at)
    objections, moments = evaluate(policy, claims, issuer, at, circumstances)
    if claims.expires is not None:
        moments.append(claims.expires)
    return findings + objections, min(moments, default=None)


def _validity(claims: Claims, at: int) -> list[Finding]:
    found = []
    if claims.not_before is not None and at < claims.not_before:
        found.append((Reason.NOT_YET_VALID, f"valid from {spoken(claims.not_before)}"))
    if claims.issued_at > at:
        found.append((Reason.ISSUED_IN_FUTURE, f"issued {spoken(claims.issued_at)}"))
    if claims.expires is not None and at >= claims.expires:
        found.append((Reason.EXPIRED, f"expired {spoken(claims.expires)}"))
    return [
        Finding(step=Step.VALIDITY, verdict=Verdict.INVALID, reason=reason, detail=detail)
        for reason, detail in found
    ]
