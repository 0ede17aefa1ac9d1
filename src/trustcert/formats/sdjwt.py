"""SD-JWT verifiable credentials (RFC 9901): claims that the holder chooses to show (read, write).

``<JWT>~<disclosure>~…~`` and, where the holder proves possession of a key, a KB-JWT behind the
last tilde. The JWT's header holds ``alg``, ``typ`` (``dc+sd-jwt``, of old ``vc+sd-jwt``) and
``kid`` or ``x5c``. Its payload names its kind in ``vct``: this library's own
``urn:trustcert:credential`` over the claims of the JWT form, or a person's identification data of
the European wallet. ``iss``, ``nbf``, ``exp``, ``cnf``, ``vct`` and ``status`` are never hidden.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from trustcert import jose
from trustcert.claims import Claims, Holder, Identity, codec, confirmation
from trustcert.claims.external_status import ExternalStatus, from_claim
from trustcert.claims.labels import CREDENTIAL_NAME, fields_of
from trustcert.encoding import json
from trustcert.encoding.fields import each, optional, required, text, typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.formats import disclosure, key_binding
from trustcert.formats import layers as layers_of
from trustcert.formats.content import lenient
from trustcert.formats.disclosure import Random
from trustcert.formats.envelope import Envelope
from trustcert.formats.key_binding import Challenge
from trustcert.formats.layers import Layer
from trustcert.keys import Signer, certificate
from trustcert.limits import DISCLOSURES, HEADER_WITH_CHAIN_BYTES, JSON_ITEMS, MESSAGE_CHARACTERS

__all__ = [
    "DECOYS",
    "LONGEST",
    "NAME",
    "TYP",
    "VCT",
    "claims",
    "decode",
    "encode",
    "issue",
    "layers",
    "present",
    "recognises",
]

NAME: Final = "sd_jwt"
TYP: Final = "dc+sd-jwt"
VCT: Final = "urn:trustcert:credential"
LONGEST: Final = MESSAGE_CHARACTERS
DECOYS: Final = 2
"""Decoy digests beside the real ones, by default."""

_TYPES: Final = frozenset({TYP, "vc+sd-jwt", f"application/{TYP}", "application/vc+sd-jwt"})
_PARAMETERS: Final = frozenset(
    {"alg", "typ", "kid", "x5c", "x5t", "x5t#S256", "trust_chain", "vctm"}
)
"""``x5t``, ``x5t#S256``, ``trust_chain`` (OpenID Federation) and ``vctm`` (type metadata) are
passed over: none of them can restrict what is signed."""
_NEVER_HIDDEN: Final = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})
_PERSONS: Final = (
    "urn:eudi:pid:",
    "urn:eu.europa.ec.eudi:pid:",
    "eu.europa.ec.eudi.pid.",
)


def recognises(text: str) -> bool:
    """Return whether ``text`` begins like a JSON object in base64url and holds a tilde."""
    return text.startswith("eyJ") and "~" in text


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``.

    Raises:
        MalformedError: not an SD-JWT in canonical base64url; ``where`` is the part.
        UnsupportedError: another ``typ``, an algorithm or a header parameter not spoken here.
    """
    if len(text) > MESSAGE_CHARACTERS:
        raise LimitExceededError(f"credential text of over {MESSAGE_CHARACTERS} characters")
    if "~" not in text:
        raise MalformedError("must hold a tilde", where="disclosures")
    if text.count("~") > DISCLOSURES + 1:
        raise LimitExceededError(f"over {DISCLOSURES} disclosures", where="disclosures")
    encoded, *shown, last = text.split("~")
    if not text.isascii() or not all(shown):
        raise MalformedError("must be base64url", where="disclosures")
    token = jose.read(encoded, "jwt", parameters=_PARAMETERS, header_bytes=HEADER_WITH_CHAIN_BYTES)
    with inside("jwt.header"):
        typ = required(token.header, "typ", str)
    if typ.lower() not in _TYPES:
        raise UnsupportedError(f"jwt.header.typ must be {TYP}")
    presented = text[: len(text) - len(last)]
    return Envelope(
        format=NAME,
        kid=token.kid,
        algorithms=(token.algorithm,),
        signed=token.signed,
        signature=token.signature,
        payload=token.payload,
        attached=tuple(part.encode("ascii") for part in shown),
        certificates=token.certificates("jwt"),
        binding=key_binding.read(last, presented) if last else None,
    )


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope: those always shown and those disclosed.

    Raises:
        MalformedError: a disclosure or a claim is not what it should be; ``where`` names it.
        UnsupportedError: a ``vct``, a claim or a hash algorithm that is not known here.
    """
    payload = typed(json.decode(envelope.payload, limit=MESSAGE_CHARACTERS, items=JSON_ITEMS), dict)
    found = disclosure.reveal(payload, [part.decode("ascii") for part in envelope.attached])
    hidden = _NEVER_HIDDEN.intersection(found.paths.values())
    if hidden:
        raise MalformedError("must not be selectively disclosed", where=min(hidden))
    vct = required(found.claims, "vct", str)
    if vct == VCT:
        native = {name: value for name, value in found.claims.items() if name != "vct"}
        return codec.from_names(native)
    if vct.startswith(_PERSONS):
        return _person(found.claims, vct, envelope.certificates)
    raise UnsupportedError("vct is not a kind of credential that is known here")


def layers(text: str) -> Iterator[Layer]:
    """Yield the layers of ``text``, nothing of it verified."""
    return layers_of.of_jws(text)


def encode(claims: Claims, signer: Signer) -> str:
    """Return ``claims`` signed by ``signer``, all that only describes hidden, with decoys.

    Raises:
        MalformedError: a claim has a value that does not fit.
        LimitExceededError: longer than :data:`~trustcert.limits.MESSAGE_CHARACTERS`.
    """
    return issue(claims, signer)


def issue(
    claims: Claims,
    signer: Signer,
    *,
    hidden: Collection[str] | None = None,
    decoys: int = DECOYS,
    random: Random = secrets.token_bytes,
) -> str:
    """Return ``claims`` signed by ``signer`` as an SD-JWT with all its disclosures.

    ``hidden`` are the paths of the claims that the holder may hold back, ``credential.name`` or
    ``credential.name_aliases[]`` for each entry of a list; None is all that may be. What may
    restrict, as a birth date or the digest of a document, is always shown.

    Raises:
        MalformedError: a claim has a value that does not fit, a path names nothing, or a claim
            without which the credential says nothing would be hidden.
        LimitExceededError: longer than :data:`~trustcert.limits.MESSAGE_CHARACTERS`.
    """
    payload = codec.to_json(claims) | {"vct": VCT}
    if hidden is None:
        names = _hidable(claims).intersection(payload[CREDENTIAL_NAME])
        hidden = [f"{CREDENTIAL_NAME}.{name}" for name in names]
    _check_hidden(claims, hidden)
    body, disclosures = disclosure.hide(payload, hidden, decoys=decoys, random=random)
    key = signer.public_key
    token = jose.sign(json.encode(body), signer, {"typ": TYP, "kid": key.kid.hex()})
    text = "~".join((token, *disclosures, ""))
    if len(text) > LONGEST:
        raise LimitExceededError(f"credential text of over {LONGEST} characters")
    return text


def present(
    text: str,
    shown: Collection[str],
    *,
    challenge: Challenge | None = None,
    signer: Signer | None = None,
    at: int | None = None,
) -> str:
    """Return the SD-JWT ``text`` with no disclosures but those of the claims ``shown``.

    ``shown`` are paths; what encloses a claim is shown with it, and so is everything inside it.
    With a ``challenge`` the holder's key (``signer``) binds the presentation at ``at``.

    Raises:
        MalformedError: not an SD-JWT, a path that no disclosure is for, or a challenge without a
            key and a time.
    """
    envelope = decode(text)
    payload = typed(json.decode(envelope.payload, limit=MESSAGE_CHARACTERS, items=JSON_ITEMS), dict)
    held = [part.decode("ascii") for part in envelope.attached]
    found = disclosure.reveal(payload, held)
    chosen = {part for part in held for path in shown if _covers(path, found.paths[part])}
    for path in shown:
        if not any(_covers(path, place) for place in found.paths.values()):
            raise MalformedError("no disclosure is for this", where=path)
    for part in list(chosen):
        above = found.parents[part]
        while above is not None:
            chosen.add(above)
            above = found.parents[above]
    token = text.partition("~")[0]
    presented = "~".join((token, *(part for part in held if part in chosen), ""))
    if challenge is None:
        return presented
    if signer is None or at is None:
        raise MalformedError("a challenge needs the holder's key and the time", where="signer")
    return presented + key_binding.bind(presented, challenge, signer, at=at)


def _covers(path: str, place: str) -> bool:
    return place == path or place.startswith((f"{path}.", f"{path}["))


def _hidable(claims: Claims) -> set[str]:
    return {row.name for _, row in fields_of(claims.type) if row.hidable}


def _check_hidden(claims: Claims, hidden: Collection[str]) -> None:
    """Refuse to hide what may restrict: without it, a holder could pass who must not."""
    free = {f"{CREDENTIAL_NAME}.{name}" for name in _hidable(claims)}
    wrong = {path for path in hidden if path.removesuffix("[]") not in free}
    if wrong:
        raise MalformedError("must always be shown", where=min(wrong))


def _person(source: Mapping[str, Any], vct: str, chain: tuple[bytes, ...]) -> Claims:
    """Return a person's identification data.

    ``iss`` and ``iat`` are optional where the message brings its signer's certificate: without
    ``iss`` the issuer is empty and whoever the certificate belongs to; ``iat`` is then ``nbf``, or
    when the certificate began.
    """
    not_before = lenient.seconds(source, "nbf", "nbf")
    issued_at = lenient.seconds(source, "iat", "iat")
    if issued_at is None:
        issued_at = not_before
    if issued_at is None and chain:
        issued_at = certificate.read(chain[0]).not_before
    if issued_at is None:
        raise MalformedError("is missing", where="iat")
    issuer = optional(source, "iss", str) if chain else required(source, "iss", str)
    key = optional(source, "cnf", dict)
    with inside("cnf"):
        holder_key = None if key is None else confirmation.from_json(key)
    nations = each(source, "nationalities", text, limit=16)
    return Claims(
        issuer=issuer or "",
        issued_at=issued_at,
        not_before=not_before,
        expires=lenient.seconds(source, "exp", "exp", up=True),
        holder=Holder(
            name=lenient.name(source.get("given_name"), source.get("family_name")),
            birth_date=lenient.day(source.get("birthdate", source.get("birth_date"))),
            nationality=lenient.words(nations[0], 3) if nations else None,
        ),
        details=Identity(title=vct, authority=lenient.words(source.get("issuing_authority"))),
        holder_key=holder_key,
        original=source,
        external_status=_status(source),
    )


def _status(source: Mapping[str, Any]) -> tuple[ExternalStatus, ...]:
    with inside("status"):
        return from_claim(source["status"]) if "status" in source else ()
