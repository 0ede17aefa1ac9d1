"""Compact, the native format: ``TC1:`` and base45 of an untagged COSE_Sign1 over a CWT.

``docs/format.md`` is its specification. No compression: on claims of this kind it gains nothing,
and what is never inflated cannot explode. Deterministic CBOR throughout: one credential and one
signature have one text.
"""

from __future__ import annotations

from typing import Final

from trustcert.claims import Claims, codec
from trustcert.encoding import base45, cbor
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.formats import cose
from trustcert.formats.envelope import Envelope
from trustcert.keys import Signer
from trustcert.limits import TEXT_CHARACTERS

NAME: Final = "compact"
PREFIX: Final = "TC1:"
_PREFIX_SIZE: Final = len(PREFIX)


_LATER: Final = tuple(f"TC{version}:" for version in range(2, 10))
_KNOWN: Final = (PREFIX, *_LATER)


def recognises(text: str) -> bool:
    """Return whether ``text`` begins with ``TC1:``, or as a version to come would."""
    return text.startswith(_KNOWN)


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``.

    Raises:
        MalformedError: not base45 of a strict COSE_Sign1.
        UnsupportedError: a later version, an algorithm or a header parameter not spoken here.
    """
    if text[:_PREFIX_SIZE] != PREFIX:
        if text.startswith(_LATER):
            raise UnsupportedError(f"version {text[2]} of this format is not known here")
        raise MalformedError(f"must begin with {PREFIX}")
    protected, payload, signature, signed = cose.split(base45.decode(text[_PREFIX_SIZE:]))
    algorithm, kid = cose.header(protected)
    return Envelope(
        format=NAME,
        kid=kid,
        algorithms=(algorithm,),
        signed=signed,
        signature=signature,
        payload=payload,
    )


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope.

    Raises:
        MalformedError: not the deterministic CWT of a credential.
        UnsupportedError: a type, label or code that is not known here.
    """
    return codec.from_cbor(envelope.payload)


def encode(claims: Claims, signer: Signer) -> str:
    """Return ``claims`` signed by ``signer`` as text.

    Raises:
        MalformedError: a claim has a value that does not fit.
        LimitExceededError: the text has over :data:`~trustcert.limits.TEXT_CHARACTERS`.
    """
    key = signer.public_key
    payload = cbor.encode(codec.to_cbor(claims))
    protected = cose.protected_header(key.algorithm, key.kid)
    signature = signer.sign(cose.to_be_signed(protected, payload))
    text = PREFIX + base45.encode(cose.join(protected, payload, signature))
    if len(text) > TEXT_CHARACTERS:
        raise LimitExceededError(f"credential text of over {TEXT_CHARACTERS} characters")
    return text
