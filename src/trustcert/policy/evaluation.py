"""The state of one policy evaluation: its inputs, the credentials beside, the findings."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable
from typing import Final

from trustcert.claims import Claims, CredentialType
from trustcert.claims.codes import disease_of, disease_of_code
from trustcert.claims.types import Details
from trustcert.policy.circumstances import Circumstances
from trustcert.policy.model import Part, Policy, Rule
from trustcert.report import Finding, Reason, Step, Verdict
from trustcert.values import PublicValue

__all__ = ["Evaluation", "Shown", "claim_path", "events_of", "lists_disease", "worst"]

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

    def any_rule(self, attempts: Iterable[Callable[[Evaluation], None]]) -> None:
        """Keep what the most favourable attempt notes: one of several rules suffices.

        Where none passes, one that cannot be answered goes before one that says no.
        """
        self._best(attempts, (Verdict.INVALID, Verdict.INDETERMINATE))

    def any_fact(self, attempts: Iterable[Callable[[Evaluation], None]]) -> None:
        """Keep what the most favourable attempt notes: one of several facts suffices.

        Where none passes, a refusal goes before what is open: another fact never softens it.
        """
        self._best(attempts, (Verdict.INDETERMINATE, Verdict.INVALID))

    def _best(
        self, attempts: Iterable[Callable[[Evaluation], None]], worst_first: tuple[Verdict, ...]
    ) -> None:
        def favour(tried: Evaluation) -> tuple[int, int, list[str]]:
            verdict = worst([finding.verdict for finding in tried.findings])
            rank = (*worst_first, Verdict.VALID).index(verdict)
            told = sorted(f"{x.reason.value} {x.detail}" for x in tried.findings)
            return rank, min(tried.moments, default=_NEVER), told

        tried, forks = list(attempts), []
        if len(tried) == 1:
            tried[0](self)
            return
        for attempt in tried:
            fork = copy.copy(self)
            fork.findings, fork.moments = [], []
            attempt(fork)
            forks.append(fork)
        if forks:
            best = max(forks, key=favour)
            self.findings += best.findings
            self.moments += best.moments


def worst(verdicts: Collection[Verdict]) -> Verdict:
    """Return the verdict of several findings; VALID where there are none."""
    if Verdict.INVALID in verdicts:
        return Verdict.INVALID
    return Verdict.INDETERMINATE if verdicts else Verdict.VALID


def events_of(claims: Claims) -> tuple[Details, ...]:
    """Return every event that the credential asserts, among them the one in ``details``."""
    return claims.events or (claims.details,)


def lists_disease(listed: Collection[str], event: Details) -> bool:
    """Decide whether a list names the disease of an event, by its code or by another of it."""
    disease = disease_of(event)
    return getattr(event, "disease", None) in listed or (
        disease is not None and any(disease_of_code(entry) is disease for entry in listed)
    )


def claim_path(name: str) -> str:
    """Return where a claim of the credential stands in a report."""
    return f"claims.credential.{name}"
