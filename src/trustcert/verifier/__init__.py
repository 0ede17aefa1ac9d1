"""The seven steps of a check: format, issuer, signature, claims, validity, status, policy.

A step that cannot be answered stops those that build on it: without a key there is no signature
to check, without a signature nothing of the payload is parsed. Validity, status and policy are
each answered whatever the others say, so that a report names everything that is wrong. Nothing
here reads a clock, a disk or the network: time is an argument and trust data is in memory.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from trustcert import policy as policies
from trustcert.claims import Claims
from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError, VerificationError
from trustcert.formats import Compatibility
from trustcert.limits import CLOCK_SKEW
from trustcert.policy import Circumstances, Companion, Policy
from trustcert.policy.circumstances import NOTHING
from trustcert.registry.trust import Trust
from trustcert.report import Reason, Report, Step, Verdict
from trustcert.values import PublicValue
from trustcert.verifier.check import Check, Settings
from trustcert.verifier.steps import take_steps

__all__ = ["LEEWAY", "Credential", "Verifier"]

_EVERY_SWITCH: Final = frozenset(Compatibility)
LEEWAY: Final = CLOCK_SKEW
"""Seconds by which clocks may differ: an issue time may be ahead, the device's clock behind.

It never prolongs a credential."""


class Credential(PublicValue, frozen=True, kw_only=True):
    """Everything checked: the claims of a credential, and the report with VALID.

    Only :meth:`Verifier.verify` makes one.
    """

    claims: Claims
    report: Report


class Verifier:
    """Judges credentials by trust data and one destination's policy.

    Immutable, without I/O: share it between threads; it can be pickled to processes if its trust
    data can.
    """

    def __init__(
        self,
        trust: Trust,
        *,
        destination: str | None = None,
        policy: Policy | None = None,
        leeway: int = LEEWAY,
        compatibility: frozenset[Compatibility] = _EVERY_SWITCH,
    ) -> None:
        """Take trust data, and either a ``policy`` or the ``destination`` whose signed one counts.

        Where the registry holds no policy of ``destination``, nothing is ever VALID (reason
        ``policy_missing``). ``leeway`` is for how many seconds clocks may differ.
        ``compatibility`` are the departures of foreign issuers from their formats that are
        accepted.

        Raises:
            TypeError: both a policy and a destination, or neither.
            MalformedError: the destination's policy document is not what it should be.
        """
        if (policy is None) == (destination is None):
            raise TypeError("give either policy= or destination=; trustcert.PINNED is a policy")
        rules_as_of = None
        if destination is not None:
            document = trust.policy_document(destination)
            policy = None if document is None else policies.from_document(document)
            if policy is not None and policy.destination != destination:
                raise MalformedError(f"must be {destination}", where="destination")
            rules_as_of = trust.as_of_issuer(destination)
        self.settings = Settings(
            trust=trust,
            policy=policy,
            ages=policies.Ages() if policy is None else policy.ages,
            leeway=leeway,
            compatibility=compatibility,
            rules_as_of=rules_as_of,
        )

    @property
    def trust(self) -> Trust:
        """The trust data."""
        return self.settings.trust

    @property
    def policy(self) -> Policy | None:
        """The policy, None where the registry holds none of the destination."""
        return self.settings.policy

    @property
    def ages(self) -> policies.Ages:
        """From which age of trust data on a check warns and holds."""
        return self.settings.ages

    def check(
        self,
        text: str | bytes,
        *,
        at: float | str | datetime,
        circumstances: Circumstances = NOTHING,
    ) -> Report:
        """Return what the seven steps find in ``text`` at ``at``; never raises for any text.

        ``at`` is an aware datetime, Unix seconds or an RFC 3339 text. ``circumstances`` are what
        is known beside: the journey, the document shown, other credentials.

        Raises:
            MalformedError: ``at`` is not a point in time.
        """
        return self._judge(text, instant(at), circumstances)[0]

    def verify(
        self,
        text: str | bytes,
        *,
        at: float | str | datetime,
        circumstances: Circumstances = NOTHING,
    ) -> Credential:
        """Return the credential in ``text``, with everything checked at ``at``.

        Raises:
            VerificationError: the verdict is not VALID; the error carries the report.
            MalformedError: ``at`` is not a point in time.
        """
        report, claims = self._judge(text, instant(at), circumstances)
        if report.verdict is not Verdict.VALID or claims is None:
            raise VerificationError(report)
        return Credential(claims=claims, report=report)

    def companion(self, text: str | bytes, *, at: float | str | datetime) -> Companion:
        """Return a credential to be shown beside another: every step but the policy must hold.

        Raises:
            VerificationError: another step than the policy objects; the error carries the report.
            MalformedError: ``at`` is not a point in time.
        """
        report, claims = self._judge(text, instant(at), NOTHING)
        sound = all(finding.step is Step.POLICY for finding in report.objections)
        if claims is None or report.issuer is None or not sound:
            raise VerificationError(report)
        return Companion(claims=claims, issuer=report.issuer)

    def _judge(
        self, text: str | bytes, at: int, circumstances: Circumstances
    ) -> tuple[Report, Claims | None]:
        check = Check(self.settings, at, circumstances)
        try:
            take_steps(check, text)
        except Exception as error:  # noqa: BLE001 - a failure of ours must hold, not crash a gate
            check.hold(Reason.INTERNAL, type(error).__name__)
        return check.report(), check.claims
