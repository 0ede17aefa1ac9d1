"""The native claims as a JSON Web Token (RFC 7519) in a compact JWS (RFC 7515).

The header holds exactly ``alg``, ``kid`` and ``typ`` (``tc+jwt``: RFC 8725 section 3.11 asks for
explicit typing); ``crit``, ``jwk``, ``x5u`` and their like are not spoken. The key fixes the
algorithm; ``alg`` must agree with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trustcert import jose
from trustcert.claims import Claims, codec
from trustcert.encoding import json
from trustcert.encoding.fields import required
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.formats import layers as layers_of
from trustcert.formats.envelope import Envelope
from trustcert.formats.layers import Layer
from trustcert.keys import Signer
from trustcert.limits import TEXT_CHARACTERS

__all__ = ["LONGEST", "NAME", "TYP", "claims", "decode", "encode", "layers", "recognises"]

NAME: Final = "jwt"
TYP: Final = "tc+jwt"
LONGEST: Final = TEXT_CHARACTERS

_PARAMETERS: Final = frozenset({"alg", "kid", "typ", "zip"})


def recognises(text: str) -> bool:
    """Return whether ``text`` begins like a JSON object in base64url and has three parts."""
    return text.startswith("eyJ") and text.count(".") == 2 and "~" not in text


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``.

    Raises:
        MalformedError: not a compact JWS in canonical base64url.
        UnsupportedError: another ``typ``, an algorithm or a header parameter not spoken here.
    """
    if len(text) > LONGEST:
        raise LimitExceededError(f"credential text of over {LONGEST} characters")
    token = jose.read(text, NAME, parameters=_PARAMETERS)
    if "zip" in token.header:
        raise UnsupportedError("a compressed JWS, as in a SMART Health Card: give its shc:/ text")
    with inside("jwt.header"):
        kid, typ = required(token.header, "kid", str), required(token.header, "typ", str)
        if not kid.isascii():
            raise MalformedError("must be ASCII", where="kid")
    if typ != TYP:
        raise UnsupportedError(f"jwt.header.typ must be {TYP}")
    return Envelope(
        format=NAME,
        kid=token.kid,
        algorithms=(token.algorithm,),
        signed=token.signed,
        signature=token.signature,
        payload=token.payload,
    )


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope.

    Raises:
        MalformedError: not the JSON claims set of a credential.
        UnsupportedError: a type, name or value that is not known here.
    """
    return codec.from_json(envelope.payload)


def layers(text: str) -> Iterator[Layer]:
    """Yield the layers of ``text``, nothing of it verified."""
    return layers_of.of_jws(text)


def encode(claims: Claims, signer: Signer) -> str:
    """Return ``claims`` signed by ``signer`` as text.

    Raises:
        MalformedError: a claim has a value that does not fit.
        LimitExceededError: the text has over :data:`LONGEST` characters.
    """
    payload = json.encode(codec.to_json(claims))
    header = {"kid": signer.public_key.kid.hex(), "typ": TYP}
    text = jose.sign(payload, signer, header)
    if len(text) > LONGEST:
        raise LimitExceededError(f"credential text of over {LONGEST} characters")
    return text
