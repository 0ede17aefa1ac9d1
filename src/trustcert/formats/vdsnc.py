"""ICAO visible digital seals for non-constrained environments (VDS-NC): JSON with a seal (read).

``{"data": {"hdr": {…}, "msg": {…}}, "sig": {"alg", "sigvl", "cer"}}``. The signature, raw r‖s in
base64 of either alphabet, covers the canonical form of ``data`` (RFC 8785): where another form
travelled, that is compatibility switch ``not_canonical``. The signer's certificate ``cer`` counts
if a pinned country signing authority issued it (ICAO Doc 9303-13, TR *VDS for non-constrained
environments* 1.4). A seal says neither when it was made nor when it ends: it holds while its
signer's certificate does.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, Final

from trustcert.claims import Claims
from trustcert.encoding import jcs, json
from trustcert.encoding.fields import required, typed
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.formats import layers as layers_of
from trustcert.formats.content import lenient, vds
from trustcert.formats.envelope import Compatibility, Envelope
from trustcert.formats.layers import Layer
from trustcert.keys import ESP256, ESP384, Algorithm, certificate
from trustcert.limits import CERTIFICATE_BYTES, TEXT_CHARACTERS

__all__ = ["LONGEST", "NAME", "claims", "decode", "layers", "recognises"]

NAME: Final = "vds_nc"
LONGEST: Final = TEXT_CHARACTERS

_ALGORITHMS: Final[dict[str, tuple[Algorithm, ...]]] = {"ES256": (ESP256,), "ES384": (ESP384,)}
_BLANK: Final = " \t\r\n"


def recognises(text: str) -> bool:
    """Return whether ``text`` begins like a JSON object."""
    return text[:64].lstrip(_BLANK).startswith("{")


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``.

    Raises:
        MalformedError: not a seal; ``where`` is the place.
        UnsupportedError: another algorithm, or a certificate with a key not spoken here.
    """
    source = typed(json.decode(text, limit=TEXT_CHARACTERS), dict)
    if "verifiableCredential" in source:
        raise UnsupportedError("the content of a .smart-health-card file: give the file itself")
    data, seal = required(source, "data", dict), required(source, "sig", dict)
    with inside("data"):
        header = required(data, "hdr", dict)
        with inside("hdr"):
            issuer = required(header, "is", str)
            required(header, "t", str)
        signed = jcs.canonical(data)
    is_canonical = signed.decode() in text
    with inside("sig"):
        rows = _ALGORITHMS.get(required(seal, "alg", str))
        if rows is None:
            raise UnsupportedError("sig.alg is not an algorithm of this format")
        signature = _octets(seal, "sigvl")
        signer = _octets(seal, "cer")
        if len(signer) > CERTIFICATE_BYTES:
            raise MalformedError("is too long", where="cer")
        with inside("cer"):
            kid = certificate.read(signer).digest[:8]
    return Envelope(
        format=NAME,
        kid=kid,
        algorithms=rows,
        signed=signed,
        signature=signature,
        payload=signed,
        issuer=issuer,
        certificates=(signer,),
        compatibility=frozenset(() if is_canonical else {Compatibility.NOT_CANONICAL}),
    )


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope.

    Raises:
        MalformedError: the message is not what its type says; ``where`` is the place.
        UnsupportedError: a type that is no proof of vaccination or testing.
    """
    data: Mapping[str, Any] = json.decode(envelope.payload, limit=2 * TEXT_CHARACTERS)
    header, message = required(data, "hdr", dict), required(data, "msg", dict)
    with inside("msg"):
        holder, details, events = vds.read(required(header, "t", str), message)
    signer = certificate.read(envelope.certificates[0])
    number = lenient.words(message.get("uvci")) or lenient.words(message.get("utci"))
    return Claims(
        issuer=required(header, "is", str),
        issued_at=signer.not_before,
        expires=signer.not_after,
        id=None if number is None else number.encode(),
        holder=holder,
        details=details,
        original=data,
        events=events,
    )


def layers(text: str) -> Iterator[Layer]:
    """Yield the layers of ``text``, nothing of it verified."""
    return layers_of.of_json(text)


def _octets(source: Mapping[str, Any], name: str) -> bytes:
    """Return the bytes of a base64 text: with or without padding, of either alphabet."""
    text = required(source, name, str).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise MalformedError("must be base64", where=name) from None
