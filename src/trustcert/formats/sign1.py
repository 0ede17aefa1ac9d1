"""COSE_Sign1 (RFC 9052) as foreign issuers write it: tagged or not, headers in either bucket.

Looser than :mod:`trustcert.formats.cose` in nothing that is signed: the protected bytes that
arrived go into the Sig_structure, an empty map as an empty string (RFC 9052 section 4.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from trustcert.encoding import cbor, cbor_spans
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.formats import cose
from trustcert.values import Value

ALG: Final = 1
CRIT: Final = 2
KID: Final = 4

TAG_SIGN1: Final = b"\xd2"
TAG_CWT: Final = b"\xd8\x3d"

_CONTEXT: Final = b"\x84\x6aSignature1"
_EMPTY: Final = b"\x40"
_EMPTY_MAP: Final = b"\xa0"
_BYTE_STRING: Final = 2
_ARRAY_OF_4: Final = b"\x84"


class Sign1(Value, frozen=True, kw_only=True):
    """A parsed message: headers decoded, ``payload`` not; ``signed`` is the Sig_structure."""

    tagged: bool
    protected: Mapping[Any, Any]
    unprotected: Mapping[Any, Any]
    payload: bytes
    signature: bytes
    signed: bytes


def parse(data: bytes, *, external: bytes = b"") -> Sign1:
    """Return the COSE_Sign1 that ``data`` is: with tag 18, tag 61 around 18, or no tag.

    ``external`` is data that the application supplies and the signature covers.

    Raises:
        MalformedError: anything else; ``where`` is the part.
        UnsupportedError: a critical header parameter.
    """
    parts, unprotected = split(data, external=external)
    protected, payload, signature, signed = parts
    return Sign1(
        tagged=data[:1] == TAG_SIGN1 or data[:2] == TAG_CWT,
        protected=header(protected, "cose.protected"),
        unprotected=header(unprotected, "cose.unprotected"),
        payload=payload,
        signature=signature,
        signed=signed,
    )


def split(data: bytes, *, external: bytes = b"") -> tuple[cose.Parts, bytes]:
    """Return the parts of the same message, and its unprotected header; no header is decoded.

    Raises:
        MalformedError: as :func:`parse`.
    """
    if data[:1] == TAG_SIGN1:
        data = data[1:]
    elif data[:3] == TAG_CWT + TAG_SIGN1:
        data = data[3:]
    if not external:
        parts = cose.usual(data)
        if parts is not None and parts[0] != _EMPTY_MAP:
            return parts, _EMPTY_MAP
    if data[:1] != _ARRAY_OF_4:
        raise MalformedError("must be an array of four", where="cose")
    protected, after = _byte_string(data, 1, "cose.protected")
    from_here = _EMPTY if protected == _EMPTY_MAP else data[1:after]
    bucket = after
    with inside("cose.unprotected"):
        after = cbor_spans.item_end(data, bucket)
    unprotected = data[bucket:after]
    body = after
    payload, after = _byte_string(data, body, "cose.payload")
    travelled = data[body:after]
    signature, after = _byte_string(data, after, "cose.signature")
    if after != len(data):
        raise MalformedError("bytes behind the signature", where="cose")
    outside = cbor.encode(external) if external else _EMPTY
    return (protected, payload, signature, _CONTEXT + from_here + outside + travelled), unprotected


@lru_cache(maxsize=1024)
def header(data: bytes, where: str) -> Mapping[Any, Any]:
    """Return the header map in ``data``; an empty string is an empty map.

    Raises:
        MalformedError: no map with integer and text labels.
        UnsupportedError: a critical parameter (RFC 9052 section 3.1): none is understood here.
    """
    with inside(where):
        found = cbor.decode(data) if data else {}
        if type(found) is not dict or not all(type(label) in (int, str) for label in found):
            raise MalformedError("must be a map of parameters")
    if CRIT in found:
        raise UnsupportedError(f"{where}.crit names parameters that are not known here")
    return found


def _byte_string(data: bytes, at: int, where: str) -> tuple[bytes, int]:
    """Return the content of the byte string at ``at``, and where it ends."""
    try:
        major, size, start = cbor_spans.head(data, at)
    except MalformedError as error:
        error.under(where)
        raise
    if major != _BYTE_STRING:
        raise MalformedError("must be a byte string", where=where)
    end = start + size
    if end > len(data):
        raise MalformedError("is cut off", where=where)
    return data[start:end], end
