"""The seven steps of a check, in the order of the report.

1. format: decode the text to an untrusted envelope.
2. issuer: find the trusted keys under the envelope's kid; is what we hold fresh?
3. signature: find the key that signed.
4. claims: read the payload; find the owner of the key that the payload names.
5. validity: compare the times of the credential and of its key with the time of the check.
6. status: ask the status lists that the credential names (:mod:`trustcert.verifier.status`).
7. policy: ask the destination's rules (:mod:`trustcert.policy`).

Steps 1 to 4 each need the one before: where one fails, the check ends. Steps 5 to 7 are each
answered whatever the others say, so that a report names everything that is wrong.
"""

from __future__ import annotations

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
from trustcert.formats import Compatibility, Envelope, key_binding, shown_kid
from trustcert.identifiers.licence import is_issued_in
from trustcert.keys import Algorithm, PublicKey
from trustcert.limits import KEYS_PER_KID
from trustcert.presentation import Presented
from trustcert.registry.trust import USAGES, KeyState, TrustedKey
from trustcert.report import Reason, Step, Verdict
from trustcert.sentences import sentence
from trustcert.verifier.check import Check
from trustcert.verifier.status import judge_status
from trustcert.verifier.territory import place_outside

__all__ = ["take_steps"]

_REFUSED_KEYS = {
    KeyState.WITHDRAWN: Reason.KEY_WITHDRAWN,
    KeyState.COMPROMISED: Reason.KEY_COMPROMISED,
}
_KEY_STATES = {
    KeyState.WITHDRAWN: sentence("withdrawn"),
    KeyState.COMPROMISED: sentence("compromised"),
}


def take_steps(check: Check, text: str | bytes) -> None:
    """Take the seven steps, as far as they can be taken."""
    presented, envelope = _decode(check, text)
    if envelope is None:
        return
    keys = _find_keys(check, envelope)
    if not keys:
        return
    signers = _find_signers(check, envelope, keys)
    if not signers:
        return
    _read_claims(check, envelope, signers)
    claims, owner = check.claims, check.owner
    if claims is None or owner is None:
        return
    _judge_validity(check, envelope, claims, owner, presented)
    check.step = Step.STATUS
    judge_status(check, envelope, claims, owner)
    _judge_policy(check, claims, owner)


# 1 format


def _decode(check: Check, text: str | bytes) -> tuple[Presented | None, Envelope | None]:
    """Return the presentation around the credential, if there is one, and the envelope."""
    presented = None
    try:
        if not isinstance(text, str):
            text = bytes(text).decode("ascii")
        if presentation.recognises(text):
            presented = presentation.open_presented(text)
            text = presented.credential
        envelope = formats.decode(text)
    except (UnicodeDecodeError, TypeError):
        check.refuse(Reason.NOT_A_CODE, sentence("not a text of a credential"))
    except LimitExceededError as error:
        check.refuse(Reason.LIMIT_EXCEEDED, error.problem, error.where)
    except MalformedError as error:
        _refuse_text(check, str(text), error)
    except UnsupportedError as error:
        check.refuse(Reason.UNSUPPORTED, str(error))
    else:
        lacking = envelope.compatibility - check.settings.compatibility
        if not lacking:
            check.envelope = envelope
            return presented, envelope
        names = ", ".join(sorted(switch.value for switch in lacking))
        check.refuse(Reason.UNSUPPORTED, sentence("needs the switch {names}", names=names))
    return presented, None


def _refuse_text(check: Check, text: str, error: MalformedError) -> None:
    part = formats.part_of(text)
    if part is not None:
        told = sentence("part {number} of {total}", number=part.number, total=part.total)
        check.refuse(Reason.PARTS_MISSING, told, "parts")
        return
    known = formats.recognise(text) is not None or presentation.recognises(text)
    reason = Reason.MALFORMED if known else Reason.NOT_A_CODE
    check.refuse(reason, error.problem, error.where)


# 2 issuer


def _find_keys(check: Check, envelope: Envelope) -> tuple[TrustedKey, ...]:
    """Return the keys that may have signed; hold where the clock or the registry is wrong."""
    check.step = Step.ISSUER
    if not envelope.signature:
        check.refuse(Reason.NOT_SIGNED, sentence("carries no signature"), "signature")
        return ()
    if check.at < check.clock_floor - check.settings.leeway:
        check.hold(
            Reason.CLOCK_BEHIND,
            sentence("the clock should be at or after {time}", time=spoken(check.clock_floor)),
        )
    trust = check.settings.trust
    try:
        keys = trust.keys_for(envelope.kid) + _keys_of_chain(check, envelope)
    except MalformedError as error:
        check.refuse(Reason.MALFORMED, error.problem, error.where)
        return ()
    except UnsupportedError as error:
        check.refuse(Reason.UNSUPPORTED, str(error), "certificates")
        return ()
    if envelope.issuer is not None:
        keys = tuple(key for key in keys if envelope.issuer in key.names)
    times = {trust.as_of_issuer(key.issuer) for key in keys} or {trust.as_of}
    if len(times) == 1:  # else the owner's counts, which step 4 finds
        check.note_age("registry", times.pop(), Reason.REGISTRY_STALE)
    check.note_age("registry", check.settings.rules_as_of, Reason.REGISTRY_STALE)
    if not keys:
        told = sentence("no trusted key {kid}", kid=shown_kid(envelope.kid))
        check.hold(Reason.KEY_UNKNOWN, told)
    return keys


def _keys_of_chain(check: Check, envelope: Envelope) -> tuple[TrustedKey, ...]:
    if not envelope.certificates:
        return ()
    usage = USAGES.get(envelope.format)
    return check.settings.trust.keys_of_chain(envelope.certificates, usage=usage, at=check.at)


# 3 signature


def _find_signers(
    check: Check, envelope: Envelope, keys: tuple[TrustedKey, ...]
) -> tuple[TrustedKey, ...]:
    """Return the entries of the key that made the signature: one key may have several owners."""
    check.step = Step.SIGNATURE
    failed: set[PublicKey] = set()
    untried = False
    detail = ""
    for entry in _likely_first(envelope, keys):
        algorithm = _algorithm_of(check, entry, envelope)
        if algorithm is None or entry.key in failed:
            continue
        if len(failed) >= KEYS_PER_KID:
            untried = True
            break
        try:
            entry.key.verify(envelope.signature, envelope.signed, algorithm)
        except VerificationError as error:
            failed.add(entry.key)
            detail = error.report.findings[0].detail
        else:
            return tuple(other for other in keys if other.key == entry.key)
    kid = shown_kid(envelope.kid)
    if untried:
        detail = sentence(
            "more than {most} keys are listed under {kid}; not all were tried",
            most=KEYS_PER_KID,
            kid=kid,
        )
        check.hold(Reason.KEY_UNKNOWN, detail, "signature")
    elif failed:
        check.refuse(Reason.SIGNATURE_WRONG, detail, "signature")
    else:
        told = sentence("key {kid} has another algorithm than the header", kid=kid)
        check.refuse(Reason.ALGORITHM_MISMATCH, told)
    return ()


def _likely_first(envelope: Envelope, keys: tuple[TrustedKey, ...]) -> tuple[TrustedKey, ...]:
    """Return ``keys``, where they are too many to try, with those of the named issuer first.

    The name is read before the signature holds: it says only what is tried first.
    """
    if len(keys) <= KEYS_PER_KID:
        return keys
    try:
        name = formats.open_claims(envelope).issuer
    except (MalformedError, UnsupportedError):
        return keys
    return tuple(sorted(keys, key=lambda entry: name not in entry.names))


def _algorithm_of(check: Check, entry: TrustedKey, envelope: Envelope) -> Algorithm | None:
    """Return the algorithm by which a key may have signed; the key decides, not the header."""
    own = entry.key.algorithm
    if own in envelope.algorithms:
        return own
    if Compatibility.ES256_P384 not in check.settings.compatibility:
        return None
    return next((row for row in envelope.algorithms if row.instead_of is own), None)


# 4 claims


def _read_claims(check: Check, envelope: Envelope, signers: tuple[TrustedKey, ...]) -> None:
    """Read the payload into ``check.claims``, and find the owner of the key that it names."""
    check.step = Step.CLAIMS
    try:
        claims = formats.open_claims(envelope)
    except MalformedError as error:
        error.under("claims")
        check.refuse(Reason.CLAIMS_MALFORMED, error.problem, error.where)
        return
    except UnsupportedError as error:
        check.hold(Reason.UNSUPPORTED, str(error), "claims")
        return
    owners_of_chain = {entry.issuer for entry in signers}
    if not claims.issuer and envelope.certificates and len(owners_of_chain) == 1:
        # some formats name their issuer by the certificate in the message alone
        claims = replace(claims, issuer=signers[0].issuer)
    kind = claims.type.value
    named = [entry for entry in signers if claims.issuer in entry.names]
    if not named:
        owners = ", ".join(sorted({entry.issuer for entry in signers}))
        detail = sentence(
            "signed with a key of {owners}, which the payload does not name", owners=owners
        )
        check.refuse(Reason.ISSUER_MISMATCH, detail, "claims.iss")
        return
    allowed = [entry for entry in named if entry.types is None or kind in entry.types]
    owner = (allowed or named)[0]
    check.claims, check.owner = claims, owner
    if not allowed:
        detail = sentence(
            "{issuer} may not issue {type} with key {kid}",
            issuer=owner.issuer,
            type=kind,
            kid=shown_kid(envelope.kid),
        )
        check.refuse(Reason.TYPE_NOT_ALLOWED, detail)
    _judge_owner(check, owner)
    _judge_territory(check, claims, owner)


def _judge_owner(check: Check, owner: TrustedKey) -> None:
    """Judge the key's entry in the registry; which entry counts, only the payload says."""
    as_of = check.settings.trust.as_of_issuer(owner.issuer)
    check.note_age("registry", as_of, Reason.REGISTRY_STALE)
    if owner.state in _REFUSED_KEYS:
        reason, detail = _REFUSED_KEYS[owner.state], _told_of_key(owner)
        check.refuse(reason, detail)
    if owner.good_until is not None:
        what = sentence("the entry of {issuer}", issuer=owner.issuer)
        check.good_until(owner.good_until, Reason.REGISTRY_STALE, what)


def _told_of_key(owner: TrustedKey) -> str:
    kid, issuer = owner.key.kid.hex(), owner.issuer
    state = _KEY_STATES[owner.state]
    if owner.since is None:
        return sentence("key {kid} of {issuer} is {state}", kid=kid, issuer=issuer, state=state)
    return sentence(
        "key {kid} of {issuer} is {state} since {time}",
        kid=kid,
        issuer=issuer,
        state=state,
        time=spoken(owner.since),
    )


def _judge_territory(check: Check, claims: Claims, owner: TrustedKey) -> None:
    identifier = getattr(claims.details, "identifier", None)
    if identifier is not None and not is_issued_in(identifier, owner.issuer):
        detail = sentence("the licence identifier is not of {issuer}", issuer=owner.issuer)
        check.refuse(Reason.IDENTIFIER_MISMATCH, detail, "claims.credential.identifier")
    if owner.divisions and (place := place_outside(owner, claims)) is not None:
        detail = sentence(
            "{issuer} speaks for {divisions} only",
            issuer=owner.issuer,
            divisions=", ".join(owner.divisions),
        )
        check.refuse(Reason.DIVISION_NOT_ALLOWED, detail, place)


# 5 validity


def _judge_validity(
    check: Check,
    envelope: Envelope,
    claims: Claims,
    owner: TrustedKey,
    presented: Presented | None,
) -> None:
    """Judge the times of the credential, and the presentation or proof that was made with it."""
    check.step = Step.VALIDITY
    _judge_presentation(check, envelope, claims, presented)
    at, ahead = check.at, check.at + check.settings.leeway
    early = Verdict.INVALID if at >= check.clock_floor else Verdict.INDETERMINATE
    if claims.issued_at > ahead:
        detail = sentence("issued {time}", time=spoken(claims.issued_at))
        check.note(early, Reason.ISSUED_IN_FUTURE, detail, "claims.iat")
    if claims.not_before is not None and claims.not_before > ahead:
        detail = sentence("valid from {time}", time=spoken(claims.not_before))
        check.note(early, Reason.NOT_YET_VALID, detail, "claims.nbf")
    if claims.expires is not None:
        if at >= claims.expires:
            detail = sentence("expired {time}", time=spoken(claims.expires))
            check.refuse(Reason.EXPIRED, detail, "claims.exp")
        else:
            check.changes.append(claims.expires)
    if not owner.signs_at(claims.issued_at):
        detail = sentence("issued outside the window of key {kid}", kid=owner.key.kid.hex())
        check.refuse(Reason.OUTSIDE_KEY_WINDOW, detail, "claims.iat")


def _judge_presentation(
    check: Check, envelope: Envelope, claims: Claims, presented: Presented | None
) -> None:
    """Judge the presentation around the credential, and the answer to a challenge that was set.

    A challenge must be answered, whatever stands around the credential.
    """
    known = check.circumstances
    showings: list[presentation.Showing | key_binding.Bound] = []
    if presented is not None:
        showings.append(
            presentation.judge(
                presented, claims, at=check.at, here=known.here, purpose=known.purpose
            )
        )
    if known.challenge is not None:
        leeway = check.settings.leeway
        showings.append(
            key_binding.judge(envelope, claims.holder_key, known.challenge, check.at, leeway=leeway)
        )
    for showing in showings:
        check.findings += showing.findings
        if showing.until is not None:
            check.changes.append(showing.until)
    if showings:
        is_live = any(showing.is_live for showing in showings)
        check.circumstances = replace(known, is_live=is_live)


# 7 policy


def _judge_policy(check: Check, claims: Claims, owner: TrustedKey) -> None:
    """Judge by the destination's policy: recognition, then the rule of the type."""
    check.step = Step.POLICY
    policy = check.settings.policy
    if policy is None:
        check.hold(Reason.POLICY_MISSING, sentence("no policy of a destination"))
        return
    objections, moments = policies.evaluate(
        policy, claims, owner.issuer, check.at, check.circumstances
    )
    check.findings += objections
    check.changes += moments
