"""The state of one check: what the steps have found so far, and the report of it."""

from __future__ import annotations

import hashlib

from trustcert.claims import Claims
from trustcert.encoding.instants import spoken
from trustcert.formats import Compatibility, Envelope, shown_kid
from trustcert.identifiers.masking import mask_name
from trustcert.policy import Ages, Circumstances, Policy
from trustcert.registry.trust import Trust, TrustedKey
from trustcert.report import PASSED, Finding, Reason, Report, Step, Verdict, verdict_of
from trustcert.sentences import sentence
from trustcert.values import Value

__all__ = ["Check", "Settings"]

_WARNINGS = {
    Reason.REGISTRY_STALE: Reason.REGISTRY_OLD,
    Reason.STATUS_STALE: Reason.STATUS_OLD,
}


_DATA = {"registry": sentence("registry data"), "status": sentence("status data")}


class Settings(Value, frozen=True, kw_only=True):
    """What a verifier judges by. ``rules_as_of`` is when the policy was last known to be newest."""

    trust: Trust
    policy: Policy | None
    ages: Ages
    leeway: int
    compatibility: frozenset[Compatibility]
    rules_as_of: int | None = None


class Check:
    """One check of one credential: its inputs, and what was found so far."""

    def __init__(self, settings: Settings, at: int, circumstances: Circumstances) -> None:
        """Begin at the first step."""
        self.settings = settings
        self.at = at
        self.circumstances = circumstances
        self.step = Step.FORMAT
        self.findings: list[Finding] = []
        self.changes: list[int] = []
        """The moments, Unix seconds, at which something that holds now will stop holding."""
        self.ages: dict[str, int] = {}
        self._noted: set[tuple[str, int]] = set()
        self.envelope: Envelope | None = None
        self.claims: Claims | None = None
        self.owner: TrustedKey | None = None

    @property
    def clock_floor(self) -> int:
        """The newest time that is known to have passed."""
        return max(self.settings.trust.clock_floor, self.circumstances.clock_floor)

    def note(self, verdict: Verdict, reason: Reason, detail: str = "", where: str = "") -> None:
        """Note a finding of the current step, or of the step that its reason belongs to."""
        step = self.step if self.step in reason.steps else reason.step
        self.findings.append(
            Finding(step=step, verdict=verdict, reason=reason, detail=detail, where=where)
        )

    def hold(self, reason: Reason, detail: str, where: str = "") -> None:
        """Note that the step cannot be answered: the verdict is at best INDETERMINATE."""
        self.note(Verdict.INDETERMINATE, reason, detail, where)

    def refuse(self, reason: Reason, detail: str = "", where: str = "") -> None:
        """Note that the step says no: the verdict is INVALID."""
        self.note(Verdict.INVALID, reason, detail, where)

    def good_until(self, end: int, reason: Reason, what: str) -> None:
        """Hold if ``what`` has expired at ``end``; else note that the verdict changes then."""
        if self.at >= end:
            self.hold(reason, sentence("{what} expired {time}", what=what, time=spoken(end)))
        else:
            self.changes.append(end)

    def note_age(self, name: str, as_of: int | None, reason: Reason) -> None:
        """Note how old trust data is; warn or hold where it is too old.

        Data of one name and age is noted once; of several ages the report says the greatest.
        Data without an age is never too old.
        """
        if as_of is None or (name, as_of) in self._noted:
            return
        self._noted.add((name, as_of))
        age, ages = max(0, self.at - as_of), self.settings.ages
        self.ages[name] = max(age, self.ages.get(name, 0))
        if age >= ages.hold:
            self.hold(
                reason,
                sentence(
                    "{data} is {age} h old, at most {most} h are accepted",
                    data=_DATA[name],
                    age=age // 3600,
                    most=ages.hold // 3600,
                ),
            )
            return
        self.changes.append(as_of + ages.hold)
        if age >= ages.warn:
            advice = sentence(
                "{data} is {age} h old; sync before {time}",
                data=_DATA[name],
                age=age // 3600,
                time=spoken(as_of + ages.hold),
            )
            self.note(Verdict.VALID, _WARNINGS[reason], advice)

    def _by_step(self) -> tuple[Finding, ...]:
        found: list[Finding] = []
        for step in Step:
            found += [f for f in self.findings if f.step is step] or [PASSED[step]]
            if step is self.step:
                break
        return tuple(found)

    def report(self) -> Report:
        """Return the report: a pass for each step that was taken without a finding."""
        if self.step is Step.POLICY and not self.findings:
            findings, verdict = tuple(PASSED.values()), Verdict.VALID
        else:
            findings = self._by_step()
            verdict = verdict_of(findings)
        envelope, claims, owner = self.envelope, self.claims, self.owner
        if envelope is None:
            return Report(verdict=verdict, findings=findings, at=self.at)
        if claims is None or owner is None:
            return Report(
                verdict=verdict,
                findings=findings,
                at=self.at,
                format=envelope.format,
                kid=shown_kid(envelope.kid),
                ages=self.ages,
            )
        name = claims.holder.name
        return Report(
            verdict=verdict,
            findings=findings,
            at=self.at,
            format=envelope.format,
            kid=shown_kid(envelope.kid),
            issuer=owner.issuer,
            type=claims.type.value,
            issued_at=claims.issued_at,
            not_before=claims.not_before,
            expires=claims.expires,
            valid_until=min(self.changes, default=None) if verdict is Verdict.VALID else None,
            ages=self.ages,
            holder=None if name is None else mask_name(name),
            id=claims.signed_name(owner.issuer),
            digest=hashlib.sha256(envelope.payload).digest(),
            tested_at=getattr(claims.details, "sampled_at", None),
        )
