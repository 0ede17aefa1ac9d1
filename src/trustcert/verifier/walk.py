"""One walk through the seven steps of a check: what each finds, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from trustcert import formats, presentation
from trustcert import policy as policies
from trustcert.claims import Claims
from trustcert.encoding.instants import spoken
from trustcert.errors import (
    LimitExceededError,
    MalformedError,
    UnsupportedError,
    VerificationError,
)
from trustcert.formats import Challenge, Compatibility, Envelope, key_binding, shown_kid
from trustcert.identifiers.licence import is_issued_in
from trustcert.identifiers.masking import mask_name
from trustcert.keys import Algorithm, PublicKey
from trustcert.limits import KEYS_PER_KID
from trustcert.policy import Circumstances
from trustcert.presentation import Presented
from trustcert.registry.anchors import USAGES, ForeignTrust
from trustcert.registry.trust import KeyState, TrustedKey
from trustcert.report import PASSED, Finding, Reason, Report, Step, Verdict, verdict_of
from trustcert.verifier import status
from trustcert.verifier.places import outside

if TYPE_CHECKING:
    from trustcert.verifier import Verifier

_REFUSED_KEYS: Final = {
    KeyState.WITHDRAWN: Reason.KEY_WITHDRAWN,
    KeyState.COMPROMISED: Reason.KEY_COMPROMISED,
}
_WARNINGS: Final = {
    Reason.REGISTRY_STALE: Reason.REGISTRY_OLD,
    Reason.STATUS_STALE: Reason.STATUS_OLD,
}
_SEVEN_PASSED: Final = tuple(PASSED.values())

# bound once: Python 3.11 looks a member of an enumeration up through a hook, every time
_FORMAT, _ISSUER, _SIGNATURE, _CLAIMS, _VALIDITY, _STATUS, _POLICY = Step
_VALID: Final = Verdict.VALID
_REGISTRY_STALE: Final = Reason.REGISTRY_STALE


class Walk:
    """One walk through the steps: what was found so far."""

    __slots__ = (
        "ages", "at", "circumstances", "claims", "envelope", "floor", "moments", "objections",
        "owner", "presented", "step", "verifier",
    )  # fmt: skip

    def __init__(self, verifier: Verifier, at: int, circumstances: Circumstances) -> None:
        self.verifier = verifier
        self.at = at
        self.circumstances = circumstances
        self.presented: Presented | None = None
        self.step = _FORMAT
        self.floor = 0
        self.objections: list[Finding] = []
        self.moments: list[int] = []
        self.ages: dict[str, int] = {}
        self.envelope: Envelope | None = None
        self.owner: TrustedKey | None = None
        self.claims: Claims | None = None

    def stop(self, verdict: Verdict, reason: Reason, detail: str = "", where: str = "") -> None:
        """Note an objection of the current step."""
        self.objections.append(
            Finding(step=self.step, verdict=verdict, reason=reason, detail=detail, where=where)
        )

    def _refuse(self, reason: Reason, detail: str, where: str) -> None:
        self.stop(Verdict.INVALID, reason, detail, where)

    def walk(self, text: str | bytes) -> None:
        """Take the steps in order, as far as they can be answered."""
        envelope = self._format(text)
        if envelope is None or (envelope.compatibility and self._lacks_a_switch(envelope)):
            return
        self.envelope = envelope
        self.step = _ISSUER
        if not envelope.signature:
            self.stop(Verdict.INVALID, Reason.NOT_SIGNED, "carries no signature", "signature")
            return
        keys = self._issuer(envelope)
        if not keys:
            return
        self.step = _SIGNATURE
        signers = self._signature(envelope, keys)
        if not signers:
            return
        self.step = _CLAIMS
        claims = self._claims(envelope, signers)
        if claims is None or self.owner is None:
            return
        self.claims = claims
        if self.presented is not None:
            self._shown(self.presented, claims)
        elif self.circumstances.challenge is not None:
            self._bound(envelope, claims, self.circumstances.challenge)
        self.step = _ISSUER
        if len(keys) > 1 and self._apart(keys):
            aged = self.verifier.trust.as_of_issuer(self.owner.issuer)
            self.age("registry", aged, _REGISTRY_STALE)
        self._key_state(self.owner)
        self.step = _VALIDITY
        self._validity(claims, self.owner)
        self.step = _STATUS
        status.judge(self, envelope, claims, self.owner)
        self.step = _POLICY
        self._policy(claims, self.owner)

    def _format(self, text: str | bytes) -> Envelope | None:
        try:
            if not isinstance(text, str):
                text = bytes(text).decode("ascii")
            if presentation.recognises(text):
                self.presented = presentation.open_presented(text)
                text = self.presented.credential
            return formats.decode(text)
        except (UnicodeDecodeError, TypeError):
            self.stop(Verdict.INVALID, Reason.NOT_A_CODE, "not a text of a credential")
        except LimitExceededError as error:
            self.stop(Verdict.INVALID, Reason.LIMIT_EXCEEDED, error.problem, error.where)
        except MalformedError as error:
            part = formats.part_of(str(text))
            if part is not None:
                detail = f"part {part.number} of {part.total}"
                self.stop(Verdict.INVALID, Reason.PARTS_MISSING, detail, "parts")
                return None
            known = formats.recognise(str(text)) or presentation.recognises(str(text))
            reason = Reason.MALFORMED if known else Reason.NOT_A_CODE
            self.stop(Verdict.INVALID, reason, error.problem, error.where)
        except UnsupportedError as error:
            self.stop(Verdict.INVALID, Reason.UNSUPPORTED, str(error))
        return None

    def _lacks_a_switch(self, envelope: Envelope) -> bool:
        lacking = envelope.compatibility - self.verifier.compatibility
        if lacking:
            names = ", ".join(sorted(switch.value for switch in lacking))
            self.stop(Verdict.INVALID, Reason.UNSUPPORTED, f"needs the switch {names}")
        return bool(lacking)

    def _issuer(self, envelope: Envelope) -> tuple[TrustedKey, ...]:
        trust, at = self.verifier.trust, self.at
        floor, seen = trust.clock_floor, self.circumstances.clock_floor
        self.floor = floor = seen if seen > floor else floor  # noqa: FURB136 - of two, far cheaper
        if at < floor:
            due = f"the clock should be at or after {spoken(floor)}"
            self.stop(Verdict.INDETERMINATE, Reason.CLOCK_BEHIND, due)
        keys = trust.keys_for(envelope.kid)
        if envelope.certificates and isinstance(trust, ForeignTrust):
            usage = USAGES.get(envelope.format)
            try:
                keys += trust.keys_of_chain(envelope.certificates, usage=usage, at=at)
            except MalformedError as error:
                self.stop(Verdict.INVALID, Reason.MALFORMED, error.problem, error.where)
                return ()
            except UnsupportedError as error:
                self.stop(Verdict.INVALID, Reason.UNSUPPORTED, str(error), "certificates")
                return ()
        if envelope.issuer is not None:
            keys = tuple(key for key in keys if envelope.issuer in key.names)
        aged = trust.as_of_issuer(keys[0].issuer) if keys else trust.as_of
        if len(keys) > 1 and self._apart(keys):
            aged = None
        self.age("registry", aged, _REGISTRY_STALE)
        rules = self.verifier.rules_as_of
        if rules != aged:
            self.age("registry", rules, _REGISTRY_STALE)
        if not keys:
            detail = f"no trusted key {shown_kid(envelope.kid)}"
            self.stop(Verdict.INDETERMINATE, Reason.KEY_UNKNOWN, detail)
        return keys

    def _apart(self, keys: tuple[TrustedKey, ...]) -> bool:
        """Return whether keys under one kid stand in registries of several ages."""
        trust = self.verifier.trust
        return len({trust.as_of_issuer(key.issuer) for key in keys}) > 1

    def age(self, name: str, as_of: int | None, reason: Reason) -> None:
        """Note how old data is, and object where it is too old; the oldest of a name counts.

        Data without an age is never too old.
        """
        if as_of is None:
            return
        age = self.at - as_of if self.at > as_of else 0
        if age >= self.ages.get(name, 0):
            self.ages[name] = age
        ages = self.verifier.ages
        hold = ages.hold
        if age >= hold:
            detail = f"{name} data is {age // 3600} h old, at most {hold // 3600} h are accepted"
            self.stop(Verdict.INDETERMINATE, reason, detail)
            return
        self.moments.append(as_of + hold)
        if age >= ages.warn:
            detail = f"{name} data is {age // 3600} h old; sync before {spoken(as_of + hold)}"
            self.stop(Verdict.VALID, _WARNINGS[reason], detail)

    def _signature(
        self, envelope: Envelope, keys: tuple[TrustedKey, ...]
    ) -> tuple[TrustedKey, ...]:
        """Return the owners of the key that made the signature."""
        failed: set[PublicKey] = set()
        detail = ""
        for entry in keys:
            row = self._row(entry, envelope)
            if row is None or (failed and (entry.key in failed or len(failed) >= KEYS_PER_KID)):
                continue
            try:
                entry.key.verify(envelope.signature, envelope.signed, row)
            except VerificationError as error:
                failed.add(entry.key)
                detail = error.report.findings[0].detail
            else:
                if len(keys) == 1:
                    return keys
                return tuple([other for other in keys if other.key == entry.key])
        if failed:
            self.stop(Verdict.INVALID, Reason.SIGNATURE_WRONG, detail, "signature")
        else:
            detail = f"key {shown_kid(envelope.kid)} has another algorithm than the header"
            self.stop(Verdict.INVALID, Reason.ALGORITHM_MISMATCH, detail)
        return ()

    def _row(self, entry: TrustedKey, envelope: Envelope) -> Algorithm | None:
        """Return the row by which a key may have made the signature; the key decides."""
        own = entry.key.algorithm
        if own in envelope.algorithms:
            return own
        if Compatibility.ES256_P384 not in self.verifier.compatibility:
            return None
        return next((row for row in envelope.algorithms if row.instead_of is own), None)

    def _claims(self, envelope: Envelope, signers: tuple[TrustedKey, ...]) -> Claims | None:
        try:
            claims = formats.open_claims(envelope)
        except MalformedError as error:
            error.under("claims")
            self.stop(Verdict.INVALID, Reason.CLAIMS_MALFORMED, error.problem, error.where)
            return None
        except UnsupportedError as error:
            self.stop(Verdict.INDETERMINATE, Reason.UNSUPPORTED, str(error), "claims")
            return None
        kind = claims.details.type._value_  # .value is a call of Python
        named = allowed = None
        for entry in signers:
            if claims.issuer in entry.names:
                named = named or entry
                if entry.types is None or kind in entry.types:
                    allowed = entry
                    break
        if named is None:
            owners = ", ".join(sorted({entry.issuer for entry in signers}))
            detail = f"signed with a key of {owners}, which the payload does not name"
            self.stop(Verdict.INVALID, Reason.ISSUER_MISMATCH, detail, "claims.iss")
            return None
        self.owner = allowed or named
        if allowed is None:
            detail = f"{named.issuer} may not issue {kind} with key {shown_kid(envelope.kid)}"
            self.stop(Verdict.INVALID, Reason.TYPE_NOT_ALLOWED, detail)
        identifier = getattr(claims.details, "identifier", None)
        if identifier is not None and not is_issued_in(identifier, self.owner.issuer):
            detail = f"the licence identifier is not of {self.owner.issuer}"
            self._refuse(Reason.IDENTIFIER_MISMATCH, detail, "claims.credential.identifier")
        if self.owner.divisions and (place := outside(self.owner, claims)) is not None:
            detail = f"{self.owner.issuer} speaks for {', '.join(self.owner.divisions)} only"
            self._refuse(Reason.DIVISION_NOT_ALLOWED, detail, place)
        return claims

    def _key_state(self, owner: TrustedKey) -> None:
        """Judge the key that signed; which one that is, only the signature said."""
        if owner.state in _REFUSED_KEYS:
            since = "" if owner.since is None else f" since {spoken(owner.since)}"
            detail = f"key {owner.key.kid.hex()} of {owner.issuer} is {owner.state.value}{since}"
            self.stop(Verdict.INVALID, _REFUSED_KEYS[owner.state], detail)
        if owner.good_until is not None:
            if self.at >= owner.good_until:
                detail = f"the entry of {owner.issuer} expired {spoken(owner.good_until)}"
                self.stop(Verdict.INDETERMINATE, Reason.REGISTRY_STALE, detail)
            else:
                self.moments.append(owner.good_until)

    def _shown(self, presented: Presented, claims: Claims) -> None:
        known = self.circumstances
        showing = presentation.judge(
            presented, claims, at=self.at, here=known.here, purpose=known.purpose
        )
        self.objections += showing.findings
        if showing.until is not None:
            self.moments.append(showing.until)
        self.circumstances = replace(known, is_live=showing.is_live)

    def _bound(self, envelope: Envelope, claims: Claims, challenge: Challenge) -> None:
        showing = key_binding.judge(envelope, claims.holder_key, challenge, self.at)
        self.objections += showing.findings
        if showing.until is not None:
            self.moments.append(showing.until)
            self.circumstances = replace(self.circumstances, is_live=True)

    def _validity(self, claims: Claims, owner: TrustedKey) -> None:
        at = self.at
        ahead = at + self.verifier.leeway
        if claims.issued_at > ahead:
            detail = f"issued {spoken(claims.issued_at)}"
            self.stop(self._early(), Reason.ISSUED_IN_FUTURE, detail, "claims.iat")
        if claims.not_before is not None and claims.not_before > ahead:
            detail = f"valid from {spoken(claims.not_before)}"
            self.stop(self._early(), Reason.NOT_YET_VALID, detail, "claims.nbf")
        if claims.expires is not None:
            if at >= claims.expires:
                self._refuse(Reason.EXPIRED, f"expired {spoken(claims.expires)}", "claims.exp")
            else:
                self.moments.append(claims.expires)
        if not owner.signs_at(claims.issued_at):
            detail = f"issued outside the window of key {owner.key.kid.hex()}"
            self._refuse(Reason.OUTSIDE_KEY_WINDOW, detail, "claims.iat")

    def _early(self) -> Verdict:
        """Return what is in the future for: nothing, by a clock that is known to be behind."""
        return Verdict.INVALID if self.at >= self.floor else Verdict.INDETERMINATE

    def _policy(self, claims: Claims, owner: TrustedKey) -> None:
        policy = self.verifier.policy
        if policy is None:
            self.stop(Verdict.INDETERMINATE, Reason.POLICY_MISSING, "no policy of a destination")
            return
        objections, moments = policies.evaluate(
            policy, claims, owner.issuer, self.at, self.circumstances
        )
        self.objections += objections
        self.moments += moments

    def _findings(self) -> tuple[Finding, ...]:
        """Return the objections, and a pass for each step that was answered without one."""
        found: list[Finding] = []
        for step in Step:
            found += [f for f in self.objections if f.step is step] or [PASSED[step]]
            if step is self.step:
                break
        return tuple(found)

    def report(self) -> Report:
        """Return the report of what was found."""
        findings, verdict = _SEVEN_PASSED, _VALID
        if self.objections or self.step is not _POLICY:
            findings = self._findings()
            verdict = verdict_of(findings)
        envelope, claims, owner = self.envelope, self.claims, self.owner
        if envelope is None:
            return Report(verdict=verdict, findings=findings, at=self.at)
        kid = shown_kid(envelope.kid)
        if claims is None or owner is None:
            return Report(
                verdict=verdict,
                findings=findings,
                at=self.at,
                format=envelope.format,
                kid=kid,
                ages=self.ages,
            )
        name = claims.holder.name
        return Report(
            verdict=verdict,
            findings=findings,
            at=self.at,
            format=envelope.format,
            kid=kid,
            issuer=owner.issuer,
            type=claims.type.value,
            issued_at=claims.issued_at,
            not_before=claims.not_before,
            expires=claims.expires,
            valid_until=min(self.moments, default=None) if verdict is Verdict.VALID else None,
            ages=self.ages,
            holder=None if name is None else mask_name(name),
            id=claims.signed_name(owner.issuer),
        )
