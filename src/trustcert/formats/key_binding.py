"""Key binding (RFC 9901 sections 4.3 and 7.3): a holder's proof, made for one verifier and moment.

A KB-JWT of type ``kb+jwt`` holds ``iat``, ``aud``, ``nonce`` and ``sd_hash``, the digest of the
presentation that it ends. Whether one is demanded is the verifier's decision, never the message's.
"""

from __future__ import annotations

from typing import Any, Final

from trustcert import jose
from trustcert.encoding import base64url, json
from trustcert.encoding.fields import optional, required, typed
from trustcert.errors import MalformedError, UnsupportedError, VerificationError
from trustcert.formats.disclosure import DEFAULT_HASH, HASHES, digest, hash_of
from trustcert.formats.envelope import Envelope, KeyBinding
from trustcert.keys import PublicKey, Signer
from trustcert.limits import CLOCK_SKEW, JSON_ITEMS, MESSAGE_CHARACTERS, TIME_MAX
from trustcert.report import Finding, Reason, Step, Verdict
from trustcert.sentences import sentence
from trustcert.values import PublicValue

__all__ = ["TYP", "WINDOW", "Bound", "Challenge", "bind", "judge", "read"]

TYP: Final = "kb+jwt"
WINDOW: Final = 90
"""Seconds by which a proof may be older than the check."""

_PARAMETERS: Final = frozenset({"alg", "typ", "kid"})
_STEPS: Final = {
    Reason.PRESENTATION_NEEDED: Step.POLICY,
    Reason.PRESENTATION_NOT_HERE: Step.VALIDITY,
}


class Challenge(PublicValue, frozen=True, kw_only=True):
    """What a verifier demands a holder to sign: its own name, and a nonce that it never used."""

    audience: str
    nonce: str
    window: int = WINDOW


class Bound(PublicValue, frozen=True, kw_only=True):
    """What a verifier makes of a proof: what is wrong with it, or until when it counts."""

    findings: tuple[Finding, ...] = ()
    until: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether the holder proved possession of the key, now."""
        return not self.findings


def read(token: str, presented: str) -> KeyBinding:
    """Return the key binding in ``token``, which ends the presentation ``presented``.

    Raises:
        MalformedError: not a JWT of this kind; ``where`` is the part.
        UnsupportedError: another type, algorithm or header parameter.
    """
    found = jose.read(token, "kb_jwt", parameters=_PARAMETERS)
    if "typ" not in found.header:
        raise MalformedError("is missing", where="kb_jwt.header.typ")
    if found.header["typ"] != TYP:
        raise UnsupportedError(f"kb_jwt.header.typ must be {TYP}")
    return KeyBinding(
        algorithms=(found.algorithm,),
        signed=found.signed,
        signature=found.signature,
        payload=found.payload,
        presented=presented.encode("ascii"),
    )


def judge(
    envelope: Envelope,
    holder_key: PublicKey | None,
    challenge: Challenge,
    at: int,
    *,
    leeway: int = CLOCK_SKEW,
) -> Bound:
    """Return whether the proof of a verified ``envelope`` answers ``challenge`` at ``at``.

    The holder's clock may be ``leeway`` seconds ahead.
    """
    binding = envelope.binding
    if binding is None:
        detail = sentence("no proof of the holder's key")
        return _refused(Reason.PRESENTATION_NEEDED, detail, "kb_jwt")
    if holder_key is None:
        detail = sentence("the credential names no key of its holder")
        return _refused(Reason.PRESENTATION_WRONG, detail, "claims.cnf")
    if holder_key.algorithm not in binding.algorithms:
        detail = sentence("the header has another algorithm than the holder's key")
        return _refused(Reason.PRESENTATION_WRONG, detail, "kb_jwt.header.alg")
    try:
        holder_key.verify(binding.signature, binding.signed)
        return _judge_claims(envelope, binding, challenge, at, leeway)
    except VerificationError:
        told = sentence("not made by the holder's key")
        return _refused(Reason.PRESENTATION_WRONG, told, "kb_jwt.signature")
    except MalformedError as error:
        where = f"kb_jwt.{error.where}".rstrip(".")
        return _refused(Reason.PRESENTATION_WRONG, error.problem, where)


def _judge_claims(
    envelope: Envelope, binding: KeyBinding, challenge: Challenge, at: int, leeway: int
) -> Bound:
    payload = typed(json.decode(binding.payload, limit=MESSAGE_CHARACTERS, items=JSON_ITEMS), dict)
    issued_at = required(payload, "iat", int)
    hidden = typed(json.decode(envelope.payload, limit=MESSAGE_CHARACTERS, items=JSON_ITEMS), dict)
    expected = digest(binding.presented.decode("ascii"), hash_of(hidden))
    if required(payload, "sd_hash", str) != expected:
        detail = sentence("the proof is for another presentation")
        return _refused(Reason.PRESENTATION_WRONG, detail, "kb_jwt.sd_hash")
    if required(payload, "aud", str) != challenge.audience:
        detail = sentence("the proof is for another verifier")
        return _refused(Reason.PRESENTATION_NOT_HERE, detail, "kb_jwt.aud")
    if required(payload, "nonce", str) != challenge.nonce:
        detail = sentence("the nonce is not the one that was asked for")
        return _refused(Reason.PRESENTATION_STALE, detail, "kb_jwt.nonce")
    ends = min(issued_at + challenge.window + 1, optional(payload, "exp", int) or TIME_MAX)
    begins = max(issued_at, optional(payload, "nbf", int) or 0)
    if at >= ends:
        detail = sentence(
            "the proof ended {away} s ago; it counts for {window} s",
            away=at - ends + 1,
            window=challenge.window,
        )
    elif at + leeway < begins:
        detail = sentence(
            "the proof is of {away} s ahead; up to {leeway} s are accepted",
            away=begins - at,
            leeway=leeway,
        )
    else:
        return Bound(until=ends)
    return _refused(Reason.PRESENTATION_STALE, detail, "kb_jwt.iat")


def _refused(reason: Reason, detail: str, where: str) -> Bound:
    step = _STEPS.get(reason, Step.SIGNATURE)
    finding = Finding(step=step, verdict=Verdict.INVALID, reason=reason, detail=detail, where=where)
    return Bound(findings=(finding,))


def bind(presented: str, challenge: Challenge, signer: Signer, *, at: int) -> str:
    """Return the KB-JWT with which the holder's key answers ``challenge`` for ``presented``.

    ``presented`` is the SD-JWT with the disclosures that are shown, up to its last tilde.
    """
    payload = {
        "iat": at,
        "aud": challenge.audience,
        "nonce": challenge.nonce,
        "sd_hash": digest(presented, _named_hash(presented)),
    }
    return jose.sign(json.encode(payload), signer, {"typ": TYP})


def _named_hash(presented: str) -> Any:
    parts = presented.partition("~")[0].split(".")
    if len(parts) != 3:
        return HASHES[DEFAULT_HASH]
    payload = typed(
        json.decode(base64url.decode(parts[1]), limit=MESSAGE_CHARACTERS, items=JSON_ITEMS), dict
    )
    return hash_of(payload)
