"""One credential before one policy: what is asked, what is shown beside, what was found."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Final

from trustcert.claims import Claims, CredentialType
from trustcert.claims.profiles import Details
from trustcert.policy.circumstances import Circumstances
from trustcert.policy.model import Part, Policy, Rule
from trustcert.report import Finding, Reason, Step, Verdict
from trustcert.values import PublicValue

__all__ = ["Evaluation", "Shown", "events_of", "place"]

_NEVER: Final = 1 << 62


class Shown(PublicValue, frozen=True, kw_only=True):
    """A credential of the same holder that is shown beside, as the policy judges it alone.

    ``reasons`` are what the policy objects to in it, and ``moments`` (Unix seconds) when that
    may change. It counts for nothing that a reason speaks against.
    """

    claims: Claims
    issuer: str
    reasons: frozenset[Reason]
    moments: tuple[int, ...]

    @property
    def until(self) -> int | None:
        """The first of the moments, None where there is none."""
        return min(self.moments, default=None)


class Evaluation:
    """What every part of a policy reads and writes; lives for one check."""

    def __init__(
        self, policy: Policy, claims: Claims, issuer: str, at: int, circumstances: Circumstances
    ) -> None:
        """Begin without findings, and with nothing shown beside."""
        self.policy = policy
        self.claims = claims
        self.issuer = issuer
        self.at = at
        self.circumstances = circumstances
        self.findings: list[Finding] = []
        self.moments: list[int] = []
        self.shown: tuple[Shown, ...] = ()
        self.rule: Rule | None = policy.rules.get(claims.type)
        self.waived: frozenset[Part] = frozenset()
        self.beside: tuple[frozenset[CredentialType], ...] = (frozenset(),)
        """What each line of recognition asks to be shown too; one of them must be met."""

    def hold(self, reason: Reason, detail: str, where: str = "") -> None:
        """Note that it cannot be said: the verdict is at best INDETERMINATE."""
        self._note(Verdict.INDETERMINATE, reason, detail, where)

    def refuse(self, reason: Reason, detail: str, where: str = "") -> None:
        """Note that the policy says no."""
        self._note(Verdict.INVALID, reason, detail, where)

    def _note(self, verdict: Verdict, reason: Reason, detail: str, where: str) -> None:
        self.findings.append(
            Finding(step=Step.POLICY, verdict=verdict, reason=reason, detail=detail, where=where)
        )

    def until(self, moment: int | None) -> None:
        """Note when something that holds now stops holding; None is never."""
        if moment is not None:
            self.moments.append(int(moment))

    def best_of(self, attempts: Iterable[Callable[[Evaluation], None]]) -> None:
        """Keep what the most favourable of several attempts notes, whatever their order.

        One of them suffices. Of those that pass it is the one that does so longest.
        """
        tried = []
        for attempt in attempts:
            fork = copy.copy(self)
            fork.findings, fork.moments = [], []
            attempt(fork)
            tried.append(fork)
        best = max(tried, key=_favour)
        self.findings += best.findings
        self.moments += best.moments


def _favour(tried: Evaluation) -> tuple[int, int, list[str]]:
    verdicts = {finding.verdict for finding in tried.findings}
    rank = 2 if not verdicts else 0 if Verdict.INVALID in verdicts else 1
    told = sorted(f"{finding.reason.value} {finding.detail}" for finding in tried.findings)
    return rank, min(tried.moments, default=_NEVER), told


def events_of(claims: Claims) -> tuple[Details, ...]:
    """Return every event that the credential asserts, among them the one in ``details``."""
    events: tuple[Details, ...] = getattr(claims, "events", ())
    return events or (claims.details,)


def place(name: str) -> str:
    """Return where a claim of the credential stands in a report."""
    return f"claims.credential.{name}"
