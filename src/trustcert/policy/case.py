"""One credential before one policy: what is asked, and what was found so far."""

from __future__ import annotations

from typing import Final

from trustcert.claims import Claims, CredentialType
from trustcert.claims.holders import same_body, same_holder
from trustcert.policy.circumstances import Circumstances, Companion
from trustcert.policy.model import Part, Policy, Rule
from trustcert.report import Finding, Reason, Step, Verdict

_NOTHING: Final[frozenset[CredentialType]] = frozenset()
_NO_PART: Final[frozenset[Part]] = frozenset()


class Case:
    """What every check of a policy reads and writes; lives for one evaluation."""

    __slots__ = (
        "at", "beside", "circumstances", "claims", "findings", "issuer", "moments", "policy",
        "rule", "waived",
    )  # fmt: skip

    def __init__(
        self, policy: Policy, claims: Claims, issuer: str, at: int, circumstances: Circumstances
    ) -> None:
        self.policy = policy
        self.claims = claims
        self.issuer = issuer
        self.at = at
        self.circumstances = circumstances
        self.findings: list[Finding] = []
        self.moments: list[int] = []
        self.rule: Rule | None = policy.rules.get(claims.details.type)
        self.beside: frozenset[CredentialType] = _NOTHING
        self.waived: frozenset[Part] = _NO_PART

    def hold(self, reason: Reason, detail: str, where: str = "") -> None:
        """Note that it cannot be said: the verdict is at best INDETERMINATE."""
        self.findings.append(
            Finding(
                step=Step.POLICY,
                verdict=Verdict.INDETERMINATE,
                reason=reason,
                detail=detail,
                where=where,
            )
        )

    def refuse(self, reason: Reason, detail: str, where: str = "") -> None:
        """Note that the policy says no."""
        self.findings.append(
            Finding(
                step=Step.POLICY,
                verdict=Verdict.INVALID,
                reason=reason,
                detail=detail,
                where=where,
            )
        )

    def companions(self) -> list[Companion]:
        """Return the companions that are of the credential's holder."""
        mine, number = self.claims, self.circumstances.number
        found = []
        for companion in self.circumstances.companions:
            other = companion.claims
            if mine.details.of_bodies:
                same = same_body(mine.holder, other.holder)
            else:
                same = same_holder(mine.holder, other.holder, number)
            if same:
                found.append(companion)
        return found

    def until(self, moment: int | None) -> None:
        """Note when something that holds now stops holding; None is never."""
        if moment is not None:
            self.moments.append(moment)


def place(name: str) -> str:
    """Return where a claim of the credential stands in a report."""
    return f"claims.credential.{name}"
