"""Compact, the native format: ``TC1:`` and base45 of an untagged COSE_Sign1 over a CWT.

``docs/format.md`` is its specification. There is no compression. CBOR is deterministic throughout,
so that one credential with one signature has one text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trustcert import cose
from trustcert.claims import Claims, codec
from trustcert.encoding import base45, cbor
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.formats import layers as layers_of
from trustcert.formats.envelope import Envelope
from trustcert.formats.layers import Layer
from trustcert.keys import ALGORITHMS, Signer
from trustcert.limits import TEXT_CHARACTERS

__all__ = ["LONGEST", "NAME", "PREFIX", "claims", "decode", "encode", "layers", "recognises"]

NAME: Final = "compact"
PREFIX: Final = "TC1:"
LONGEST: Final = TEXT_CHARACTERS

_LATER: Final = tuple(f"TC{version}:" for version in range(2, 10))
_KNOWN: Final = (PREFIX, *_LATER)
_PARAMETERS: Final = {cose.ALG, cose.KID}
_ALGORITHMS: Final = {row.cose: (row,) for row in ALGORITHMS}


def recognises(text: str) -> bool:
    """Return whether ``text`` begins with ``TC1:``, or as a later version would."""
    return text.startswith(_KNOWN)


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``.

    Raises:
        MalformedError: not base45 of a deterministic COSE_Sign1.
        UnsupportedError: a later version, an algorithm or a header parameter not spoken here.
    """
    if text.startswith(_LATER):
        raise UnsupportedError(f"version {text[2]} of this format is not known here")
    if not text.startswith(PREFIX):
        raise MalformedError(f"must begin with {PREFIX}")
    message = cose.read_deterministic(base45.decode(text.removeprefix(PREFIX)))
    parameters = message.protected.keys()
    if not parameters >= _PARAMETERS:
        raise MalformedError("must hold alg and kid", where="cose.protected")
    if parameters != _PARAMETERS:
        raise UnsupportedError("cose.protected holds a parameter that is not known here")
    return Envelope(
        format=NAME,
        kid=message.kid(),
        algorithms=message.algorithms(_ALGORITHMS),
        signed=message.signed,
        signature=message.signature,
        payload=message.payload,
    )


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope.

    Raises:
        MalformedError: not the deterministic CWT of a credential.
        UnsupportedError: a type, label or code that is not known here.
    """
    return codec.from_cbor(envelope.payload)


def layers(text: str) -> Iterator[Layer]:
    """Yield the layers of ``text``, nothing of it verified."""
    return layers_of.of_base45(text.partition(":")[2])


def encode(claims: Claims, signer: Signer) -> str:
    """Return ``claims`` signed by ``signer`` as text.

    Raises:
        MalformedError: a claim has a value that does not fit.
        LimitExceededError: the text has over :data:`LONGEST` characters.
    """
    key = signer.public_key
    payload = cbor.encode(codec.to_cbor(claims))
    header = {cose.ALG: key.algorithm.cose, cose.KID: key.kid}
    text = PREFIX + base45.encode(cose.sign(header, payload, signer))
    if len(text) > LONGEST:
        raise LimitExceededError(f"credential text of over {LONGEST} characters")
    return text
