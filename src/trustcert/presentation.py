"""Presentations: a credential shown by its holder, live or as a copy for one use (加注件).

::

    TCL1:165<base45 of the part, 165 characters><the credential's own text>

    part      = [claims, signature]                                   deterministic CBOR
    claims    = {1: at, 2: expires, 3: verifier, 4: purpose, 5: guardian,
                 6: nonce, 7: audience}, as a byte string
    signature = by the holder's key over ["trustcert presentation 1", claims,
                                          SHA-256 of the credential's text]

``at`` is when it was made, Unix seconds. A live presentation has nothing else (but ``guardian``,
and ``nonce`` and ``audience`` where a verifier asked for them) and counts for a moment.
A copy has ``expires``, ``verifier`` and
``purpose`` and counts for that verifier and purpose until then; it may be printed or sent.

The key is the credential's ``cnf``, or, where ``guardian`` holds a SubjectPublicKeyInfo, one of
the keys whose thumbprints the credential lists in ``guardians``. The guardian of a minor presents
until the 18th birthday. The digest in the signature binds this presentation to this text, not to
names: whoever re-encodes the credential asks the holder again.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from msgspec.structs import replace

from trustcert.claims import Claims, birthday, thumbprint
from trustcert.claims.kinds import INSTANT, octets, text
from trustcert.encoding import base45, cbor
from trustcert.encoding.instants import DAY, spoken
from trustcert.errors import (
    LimitExceededError,
    MalformedError,
    UnsupportedError,
    VerificationError,
    inside,
)
from trustcert.keys import PublicKey, Signer
from trustcert.limits import TEXT_CHARACTERS
from trustcert.report import Finding, Reason, Step, Verdict
from trustcert.sentences import sentence
from trustcert.values import PublicValue

__all__ = [
    "ADULT",
    "COPY_DAYS",
    "LIVE_SECONDS",
    "PREFIX",
    "Presented",
    "Showing",
    "Use",
    "answer",
    "copy_for",
    "judge",
    "judge_answer",
    "open_presented",
    "present",
    "recognises",
]

PREFIX: Final = "TCL1:"
_PREFIX_SIZE: Final = len(PREFIX)
LIVE_SECONDS: Final = 90
"""For how long a live presentation counts, and how far clocks may differ: what the Dutch
CoronaCheck used, whose codes were renewed within 90 seconds."""

ADULT: Final = 18
"""The age at which a guardian's right to present ends (Civil Code article 17)."""

COPY_DAYS: Final = 366
"""Longest life of a copy."""

_CONTEXT: Final = "trustcert presentation 1"
_AT, _EXPIRES, _VERIFIER, _PURPOSE, _GUARDIAN, _NONCE, _AUDIENCE = range(1, 8)
_LENGTH: Final = 3
_KINDS: Final = {
    _AT: ("at", INSTANT),
    _EXPIRES: ("expires", INSTANT),
    _VERIFIER: ("verifier", text(128)),
    _PURPOSE: ("purpose", text(128)),
    _GUARDIAN: ("guardian", octets(32, 256)),
    _NONCE: ("nonce", text(128)),
    _AUDIENCE: ("audience", text(128)),
}


class Presented(PublicValue, frozen=True, kw_only=True):
    """A presentation, parsed and untrusted: ``credential`` is the text inside it."""

    credential: str
    at: int
    signed: bytes
    signature: bytes
    expires: int | None = None
    verifier: str | None = None
    purpose: str | None = None
    guardian: PublicKey | None = None
    nonce: str | None = None
    audience: str | None = None

    @property
    def is_copy(self) -> bool:
        """Whether it is a copy for one use, and not live."""
        return self.expires is not None


class Use(PublicValue, frozen=True, kw_only=True):
    """What a copy is for: one verifier and one purpose, until ``expires`` (Unix seconds)."""

    verifier: str
    purpose: str
    expires: int


class Showing(PublicValue, frozen=True, kw_only=True):
    """What a verifier makes of a presentation: objections, and when it stops counting."""

    findings: tuple[Finding, ...]
    until: int | None = None
    is_live: bool = False


def recognises(text: str) -> bool:
    """Return whether ``text`` begins like a presentation."""
    return text[:_PREFIX_SIZE] == PREFIX  # of every text: startswith takes arguments slowly


def present(credential: str, signer: Signer, *, at: int, guardian: bool = False) -> str:
    """Return a live presentation of a credential's text, to be made anew every minute.

    Raises:
        LimitExceededError: the text has over :data:`~trustcert.limits.TEXT_CHARACTERS`.
    """
    return _signed(credential, signer, {_AT: at}, guardian=guardian)


def answer(  # noqa: PLR0913 - what the verifier asked for, and what present takes
    credential: str,
    signer: Signer,
    *,
    nonce: str,
    audience: str,
    at: int,
    guardian: bool = False,
) -> str:
    """Return a live presentation that answers a verifier's challenge: its ``nonce`` and name.

    Raises:
        MalformedError: the nonce or the name is empty or too long.
        LimitExceededError: the text has over :data:`~trustcert.limits.TEXT_CHARACTERS`.
    """
    claims = {_AT: at, _NONCE: nonce, _AUDIENCE: audience}
    return _signed(credential, signer, claims, guardian=guardian)


def copy_for(credential: str, signer: Signer, use: Use, *, at: int, guardian: bool = False) -> str:
    """Return a copy of a credential's text (加注件) for one use.

    Raises:
        MalformedError: it would expire before it is made or live longer than a year, or a text
            is empty or too long.
        LimitExceededError: the text has over :data:`~trustcert.limits.TEXT_CHARACTERS`.
    """
    if not at < use.expires <= at + COPY_DAYS * DAY:
        raise MalformedError(f"must be in the {COPY_DAYS} days after it is made", where="expires")
    claims = {_AT: at, _EXPIRES: use.expires, _VERIFIER: use.verifier, _PURPOSE: use.purpose}
    return _signed(credential, signer, claims, guardian=guardian)


def open_presented(shown: str) -> Presented:
    """Return the untrusted presentation in ``shown``.

    Raises:
        MalformedError: not the text of a presentation.
        UnsupportedError: a claim or a kind of key that is not known here.
    """
    if not recognises(shown):
        raise MalformedError(f"must begin with {PREFIX}")
    if len(shown) > TEXT_CHARACTERS:
        raise LimitExceededError(f"presentation of over {TEXT_CHARACTERS} characters")
    head = len(PREFIX) + _LENGTH
    digits = shown[len(PREFIX) : head]
    if len(digits) != _LENGTH or not (digits.isascii() and digits.isdigit()):
        raise MalformedError("must say its length", where="presentation")
    end = head + int(digits)
    part, credential = shown[head:end], shown[end:]
    if not credential or recognises(credential):
        raise MalformedError("must hold a credential", where="presentation")
    with inside("presentation"):
        return _read(base45.decode(part), credential)


def judge(
    presented: Presented,
    claims: Claims,
    *,
    at: int,
    here: str | None = None,
    purpose: str | None = None,
) -> Showing:
    """Return what is wrong with ``presented``, whose credential has these verified ``claims``.

    ``here`` and ``purpose`` are the verifier and the use that a copy must be made for; a copy is
    refused where ``here`` is None, since nobody says that it is for this place.
    """
    objection = _unauthorised(presented, claims, at)
    if objection is not None:
        return Showing(findings=(objection,))
    key = claims.holder_key if presented.guardian is None else presented.guardian
    if key is None or not _verifies(key, presented):
        detail = sentence("not signed by the holder's key")
        return Showing(findings=(_finding(Reason.PRESENTATION_WRONG, detail),))
    ends = [] if presented.guardian is None else [_guarded_until(claims)]
    if presented.is_copy:
        objection = _not_here(presented, at, here, purpose)
        ends.append(presented.expires)
    else:
        objection = _stale(presented, at)
        ends.append(presented.at + LIVE_SECONDS + 1)
    if objection is not None:
        return Showing(findings=(objection,))
    until = min([end for end in ends if end is not None], default=None)
    return Showing(findings=(), until=until, is_live=not presented.is_copy)


def judge_answer(
    presented: Presented, *, nonce: str, audience: str, at: int, window: int
) -> Showing:
    """Return what is wrong with ``presented`` as the answer to a challenge.

    The signature over it is judged by :func:`judge`.
    """
    objection = None
    if presented.audience != audience:
        objection = _finding(Reason.PRESENTATION_NOT_HERE, "the answer is for another verifier")
    elif presented.nonce != nonce:
        detail = "the nonce is not the one that was asked for"
        objection = _finding(Reason.PRESENTATION_STALE, detail)
    elif at > presented.at + window:
        detail = f"the answer counts for {window} s"
        objection = _finding(Reason.PRESENTATION_STALE, detail)
    if objection is not None:
        return Showing(findings=(objection,))
    return Showing(findings=(), until=presented.at + window + 1)


def _signed(credential: str, signer: Signer, claims: dict[int, Any], *, guardian: bool) -> str:
    if guardian:
        claims[_GUARDIAN] = signer.public_key.spki
    body = {label: _packed(label, value) for label, value in claims.items()}
    encoded = cbor.encode(body)
    signature = signer.sign(_to_be_signed(encoded, credential))
    part = base45.encode(cbor.encode([encoded, signature]))
    shown = f"{PREFIX}{len(part):0{_LENGTH}}{part}{credential}"
    if len(part) >= 10**_LENGTH or len(shown) > TEXT_CHARACTERS:
        raise LimitExceededError(f"presentation of over {TEXT_CHARACTERS} characters")
    return shown


def _packed(label: int, value: Any) -> Any:
    name, kind = _KINDS[label]
    with inside(name):
        return kind.pack(value)


def _to_be_signed(claims: bytes, credential: str) -> bytes:
    digest = hashlib.sha256(credential.encode("utf-8", "surrogatepass")).digest()
    return cbor.encode([_CONTEXT, claims, digest])


def _read(part: bytes, credential: str) -> Presented:
    found = cbor.decode_deterministic(part)
    if type(found) is not list or [type(entry) for entry in found] != [bytes, bytes]:
        raise MalformedError("must be [claims, signature]")
    encoded, signature = found
    body = cbor.decode_deterministic(encoded)
    if type(body) is not dict or _AT not in body:
        raise MalformedError("must say when it was made")
    values: dict[str, Any] = {}
    for label, value in body.items():
        if label not in _KINDS:
            raise UnsupportedError(f"presentation claim {label!r:.40} is not known here")
        name, kind = _KINDS[label]
        with inside(name):
            values[name] = kind.unpack(value)
    copied = [name in values for name in ("expires", "verifier", "purpose")]
    if any(copied) != all(copied):
        raise MalformedError("a copy has expires, verifier and purpose")
    if ("nonce" in values) != ("audience" in values) or ("nonce" in values and any(copied)):
        raise MalformedError("an answer has nonce and audience, and is no copy")
    if "guardian" in values:
        with inside("guardian"):
            values["guardian"] = PublicKey(values["guardian"])
    signed = _to_be_signed(encoded, credential)
    return Presented(credential=credential, signed=signed, signature=signature, **values)


def _verifies(key: PublicKey, presented: Presented) -> bool:
    try:
        key.verify(presented.signature, presented.signed)
    except VerificationError:
        return False
    return True


def _unauthorised(presented: Presented, claims: Claims, at: int) -> Finding | None:
    if presented.guardian is None:
        if claims.holder_key is None:
            detail = sentence("the credential names no holder's key")
            return _finding(Reason.PRESENTATION_WRONG, detail)
        return None
    if thumbprint(presented.guardian) not in (claims.holder.guardians or ()):
        detail = sentence("not a guardian that the credential lists")
        return _finding(Reason.GUARDIAN_REFUSED, detail)
    if claims.holder.birth_date is None:
        detail = sentence("the credential does not say whether the holder is {age}", age=ADULT)
        return replace(_finding(Reason.GUARDIAN_REFUSED, detail), verdict=Verdict.INDETERMINATE)
    until = _guarded_until(claims)
    if until is not None and at >= until:
        detail = sentence("the holder is {age} since {time}", age=ADULT, time=spoken(until))
        return _finding(Reason.GUARDIAN_REFUSED, detail)
    return None


def _guarded_until(claims: Claims) -> int | None:
    """Return the 18th birthday of a holder who was a minor at issue, else None."""
    born = claims.holder.birth_date
    if born is None:
        return None
    adult = birthday(born, ADULT)
    return adult if claims.issued_at < adult else None


def _not_here(
    presented: Presented, at: int, here: str | None, purpose: str | None
) -> Finding | None:
    if here is None or presented.verifier != here:
        detail = sentence("the copy is for another verifier")
        return _finding(Reason.PRESENTATION_NOT_HERE, detail)
    if purpose is not None and presented.purpose != purpose:
        detail = sentence("the copy is for another purpose")
        return _finding(Reason.PRESENTATION_NOT_HERE, detail)
    if presented.at > at + LIVE_SECONDS:
        detail = sentence("the copy says it was made in the future")
        return _finding(Reason.PRESENTATION_NOT_HERE, detail)
    if presented.expires is not None and at >= presented.expires:
        detail = sentence("the copy expired {time}", time=spoken(presented.expires))
        return _finding(Reason.PRESENTATION_NOT_HERE, detail)
    return None


def _stale(presented: Presented, at: int) -> Finding | None:
    away = at - presented.at
    if abs(away) <= LIVE_SECONDS:
        return None
    if away > 0:
        detail = sentence(
            "shown {away} s ago, at most {most} s are accepted", away=away, most=LIVE_SECONDS
        )
    else:
        detail = sentence(
            "shown {away} s in the future, at most {most} s are accepted",
            away=-away,
            most=LIVE_SECONDS,
        )
    return Finding(
        step=Step.VALIDITY,
        verdict=Verdict.INDETERMINATE,
        reason=Reason.PRESENTATION_STALE,
        detail=detail,
        where="presentation.at",
    )


def _finding(reason: Reason, detail: str) -> Finding:
    step = Step.VALIDITY if reason is Reason.PRESENTATION_NOT_HERE else Step.SIGNATURE
    return Finding(
        step=step, verdict=Verdict.INVALID, reason=reason, detail=detail, where="presentation"
    )
