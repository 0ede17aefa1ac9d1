"""Key binding (RFC 9901 sections 4.3 and 7.3): a holder's proof, made for one verifier and moment.

A KB-JWT of type ``kb+jwt`` holds ``iat``, ``aud``, ``nonce`` and ``sd_hash``, the digest of the
presentation that it ends. Whether one is demanded is the verifier's decision, never the message's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustcert.encoding import base64url, json
from trustcert.encoding.fields import required, typed
from trustcert.errors import MalformedError, UnsupportedError, VerificationError, inside
from trustcert.formats.disclosure import DEFAULT_HASH, HASHES, digest, hash_of
from trustcert.formats.envelope import Envelope, KeyBinding
from trustcert.keys import ALGORITHMS, Algorithm, PublicKey, Signer
from trustcert.limits import MESSAGE_CHARACTERS
from trustcert.report import Finding, Reason, Step, Verdict
from trustcert.values import PublicValue

TYP: Final = "kb+jwt"
WINDOW: Final = 90
"""Seconds by which a proof may be older, or by the holder's clock newer, than the check."""

_HEADER_NAMES: Final = frozenset({"alg", "typ", "kid"})
_BY_JOSE: Final[dict[str, Algorithm]] = {row.jose: row for row in ALGORITHMS} | {
    row.jose_polymorphic: row for row in ALGORITHMS if row.jose_polymorphic
}


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


def read(token: str, presented: str) -> KeyBinding:
    """Return the key binding in ``token``, which ends the presentation ``presented``.

    Raises:
        MalformedError: not a JWT of this kind; ``where`` is the part.
        UnsupportedError: another type, algorithm or header parameter.
    """
    with inside("kb_jwt"):
        parts = token.split(".")
        if len(parts) != 3:
            raise MalformedError("must have three parts")
        with inside("header"):
            header = typed(json.decode(base64url.decode(parts[0]), limit=MESSAGE_CHARACTERS), dict)
            alg, typ = required(header, "alg", str), required(header, "typ", str)
        if typ != TYP:
            raise UnsupportedError(f"kb_jwt.header.typ must be {TYP}")
        if not _HEADER_NAMES.issuperset(header):
            raise UnsupportedError("kb_jwt.header holds a parameter that is not known here")
        row = _BY_JOSE.get(alg)
        if row is None:
            raise UnsupportedError("kb_jwt.header.alg is not an algorithm of this format")
        with inside("payload"):
            payload = base64url.decode(parts[1])
        with inside("signature"):
            signature = base64url.decode(parts[2])
    return KeyBinding(
        algorithms=(row,),
        signed=token.rpartition(".")[0].encode("ascii"),
        signature=signature,
        payload=payload,
        presented=presented.encode("ascii"),
    )


def judge(envelope: Envelope, holder_key: PublicKey | None, challenge: Challenge, at: int) -> Bound:
    """Return whether the proof of a verified ``envelope`` answers ``challenge`` at ``at``."""
    binding = envelope.binding
    if binding is None:
        return _refused(Reason.PRESENTATION_NEEDED, "no proof of the holder's key", "kb_jwt")
    if holder_key is None:
        detail = "the credential names no key of its holder"
        return _refused(Reason.PRESENTATION_WRONG, detail, "claims.cnf")
    if holder_key.algorithm not in binding.algorithms:
        detail = "the header has another algorithm than the holder's key"
        return _refused(Reason.PRESENTATION_WRONG, detail, "kb_jwt.header.alg")
    try:
        holder_key.verify(binding.signature, binding.signed)
        return _judge_claims(envelope, binding, challenge, at)
    except VerificationError:
        detail, where = "not made by the holder's key", "kb_jwt.signature"
    except MalformedError as error:
        detail, where = error.problem, f"kb_jwt.{error.where}".rstrip(".")
    return _refused(Reason.PRESENTATION_WRONG, detail, where)


def _judge_claims(envelope: Envelope, binding: KeyBinding, challenge: Challenge, at: int) -> Bound:
    payload = typed(json.decode(binding.payload, limit=MESSAGE_CHARACTERS), dict)
    issued_at = required(payload, "iat", int)
    hidden = typed(json.decode(envelope.payload, limit=MESSAGE_CHARACTERS), dict)
    expected = digest(binding.presented.decode("ascii"), hash_of(hidden))
    if required(payload, "sd_hash", str) != expected:
        detail = "the proof is for another presentation"
        return _refused(Reason.PRESENTATION_WRONG, detail, "kb_jwt.sd_hash")
    if required(payload, "aud", str) != challenge.audience:
        detail = "the proof is for another verifier"
        return _refused(Reason.PRESENTATION_NOT_HERE, detail, "kb_jwt.aud")
    if required(payload, "nonce", str) != challenge.nonce:
        detail = "the nonce is not the one that was asked for"
        return _refused(Reason.PRESENTATION_STALE, detail, "kb_jwt.nonce")
    if abs(at - issued_at) > challenge.window or _expired(payload, at):
        detail = f"the proof is not of the last {challenge.window} s"
        return _refused(Reason.PRESENTATION_STALE, detail, "kb_jwt.iat")
    return Bound(until=issued_at + challenge.window + 1)


def _refused(reason: Reason, detail: str, where: str) -> Bound:
    step = _STEPS.get(reason, Step.SIGNATURE)
    finding = Finding(step=step, verdict=Verdict.INVALID, reason=reason, detail=detail, where=where)
    return Bound(findings=(finding,))


def _expired(payload: Mapping[str, Any], at: int) -> bool:
    """Return whether the proof's own ``exp`` or ``nbf``, where it has them, say no."""
    times = {name: typed(payload[name], int) for name in ("exp", "nbf") if name in payload}
    return at >= times.get("exp", at + 1) or at < times.get("nbf", at)


def bind(presented: str, challenge: Challenge, signer: Signer, *, at: int) -> str:
    """Return the KB-JWT with which the holder's key answers ``challenge`` for ``presented``.

    ``presented`` is the SD-JWT with the disclosures that are shown, up to its last tilde.
    """
    algorithm = signer.public_key.algorithm
    header = {"alg": algorithm.jose, "typ": TYP}
    payload = {
        "iat": at,
        "aud": challenge.audience,
        "nonce": challenge.nonce,
        "sd_hash": digest(presented, _named_hash(presented)),
    }
    signed = f"{base64url.encode(json.encode(header))}.{base64url.encode(json.encode(payload))}"
    return f"{signed}.{base64url.encode(signer.sign(signed.encode('ascii')))}"


def _named_hash(presented: str) -> Any:
    parts = presented.partition("~")[0].split(".")
    if len(parts) != 3:
        return HASHES[DEFAULT_HASH]
    payload = typed(json.decode(base64url.decode(parts[1]), limit=MESSAGE_CHARACTERS), dict)
    return hash_of(payload)
