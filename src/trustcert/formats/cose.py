"""COSE_Sign1 (RFC 9052): four parts found without decoding them, signed bytes as slices.

The Sig_structure is made of the very bytes that arrived, so that nothing is ever canonicalised
between the signer and the check.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from trustcert.encoding import cbor, cbor_spans
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.keys import ALGORITHMS, Algorithm

ALG: Final = 1
KID: Final = 4

_CONTEXT: Final = b"\x84\x6aSignature1"
_NO_EXTERNAL_DATA: Final = b"\x40"
_ARRAY_OF_4: Final = 0x84
_EMPTY_MAP: Final = 0xA0
_BYTE_STRING: Final = 2
_BYTES: Final = 0x40
_BYTES_1: Final = 0x58
_BYTES_2: Final = 0x59
_SHORT: Final = 24
_SIGNATURE: Final = 64
_HEADS: Final = 7
"""Bytes of a usual message that are heads: 1 of the array, 1 of the protected header, 1 of the
empty map, 2 each of payload and signature."""

_BY_COSE: Final[dict[int, Algorithm]] = {row.cose: row for row in ALGORITHMS}


Parts = tuple[bytes, bytes, bytes, bytes]
"""Protected header, payload, signature, and the Sig_structure that was signed."""


def split(data: bytes) -> Parts:
    """Return the protected header, payload, signature and Sig_structure of an untagged COSE_Sign1.

    Strict, as the native format is: shortest lengths, an empty unprotected header, nothing
    behind the signature.

    Raises:
        MalformedError: anything else; ``where`` is the part.
    """
    return usual(data) or _found(data)


def usual(data: bytes) -> Parts | None:
    """Return the same as :func:`split`, or None where the message is not a usual one.

    A usual one has a short protected header and a signature of 64 bytes. Nothing is wrong with
    others yet.
    """
    if len(data) < _HEADS:
        return None
    unpack, heads, protected_end, payload_end = _usual_cuts(len(data), data[1])
    parts = unpack(data)
    if parts[::2] != heads:
        return None
    _, protected, _, payload, _, signature = parts
    signed = (
        _CONTEXT + data[1:protected_end] + _NO_EXTERNAL_DATA + data[protected_end + 1 : payload_end]
    )
    return protected, payload, signature, signed


_Cuts = tuple[Callable[[bytes], tuple[bytes, ...]], tuple[bytes, ...], int, int]


@lru_cache(maxsize=1024)
def _usual_cuts(size: int, head: int) -> _Cuts:
    """Return how a usual message of ``size`` bytes is cut: one with a signature of 64 bytes.

    ``head`` is that of its protected header. What cuts it into heads and parts, in turn; what the
    heads must be for the cuts to be right; and where protected header and payload end.
    """
    protected = head - _BYTES
    payload = size - _HEADS - protected - _SIGNATURE
    long = payload > 0xFF
    payload -= long  # its head has one byte more
    if not 0 <= protected < _SHORT <= payload <= 0xFFFF or long != (payload > 0xFF):
        return struct.Struct(f"{size}s").unpack, (), 0, 0
    heads = (
        bytes((_ARRAY_OF_4, head)),
        b"\xa0" + cbor_spans.headed(_BYTE_STRING, payload),
        cbor_spans.headed(_BYTE_STRING, _SIGNATURE),
    )
    cuts = struct.Struct(f"2s{protected}s{3 + long}s{payload}s2s{_SIGNATURE}s")
    return cuts.unpack, heads, 2 + protected, size - 2 - _SIGNATURE


def _found(data: bytes) -> Parts:
    """Return the same as :func:`split` of any message, head by head."""
    if data[:1] != b"\x84":
        raise MalformedError("must be an untagged array of four", where="cose")
    part, payload_end = "cose.protected", 0
    try:
        start, protected_end = _bytes_at(data, 1, part)
        part = "cose.unprotected"
        if data[protected_end] != _EMPTY_MAP:
            raise MalformedError("must be empty", where=part)
        part = "cose.payload"
        payload_at, payload_end = _bytes_at(data, protected_end + 1, part)
        part = "cose.signature"
        signature_at, end = _bytes_at(data, payload_end, part)
    except IndexError:
        if payload_end > len(data):
            part = "cose.payload"
        raise MalformedError("is cut off", where=part) from None
    if end != len(data):
        if end > len(data):
            raise MalformedError("is cut off", where=part)
        raise MalformedError("bytes behind the signature", where="cose")
    return (
        data[start:protected_end],
        data[payload_at:payload_end],
        data[signature_at:],
        _CONTEXT
        + data[1:protected_end]
        + _NO_EXTERNAL_DATA
        + data[protected_end + 1 : payload_end],
    )


@lru_cache(maxsize=1024)
def header(protected: bytes) -> tuple[Algorithm, bytes]:
    """Return the algorithm and the kid of a native protected header: exactly ``{1, 4}``.

    Raises:
        MalformedError: not a deterministic map of these two.
        UnsupportedError: an algorithm outside the table, or another parameter.
    """
    try:
        found = cbor.decode_deterministic(protected)
    except MalformedError as error:
        error.under("cose.protected")
        raise
    if type(found) is not dict or ALG not in found or KID not in found:
        raise MalformedError("must hold alg and kid", where="cose.protected")
    if len(found) != 2:
        raise UnsupportedError("cose.protected holds a parameter that is not known here")
    alg, kid = found[ALG], found[KID]
    if type(kid) is not bytes:
        raise MalformedError("must be a byte string", where="cose.protected.kid")
    algorithm = _BY_COSE.get(alg) if type(alg) is int else None
    if algorithm is None:
        raise UnsupportedError("cose.protected.alg is not an algorithm of this format")
    return algorithm, kid


@lru_cache(maxsize=64)
def protected_header(algorithm: Algorithm, kid: bytes) -> bytes:
    """Return the native protected header of ``algorithm`` and ``kid``."""
    return cbor.encode({ALG: algorithm.cose, KID: kid})


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure of a COSE_Sign1 (RFC 9052 section 4.4), no external data."""
    return b"".join((_CONTEXT, cbor.encode(protected), _NO_EXTERNAL_DATA, cbor.encode(payload)))


def join(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return an untagged COSE_Sign1 with an empty unprotected header."""
    return cbor.encode([protected, {}, payload, signature])


def _bytes_at(data: bytes, at: int, where: str) -> tuple[int, int]:
    """Return where the content of the byte string at ``at`` begins and should end.

    Raises:
        IndexError: its head, or what it announces of the next part, is not there.
        MalformedError: no byte string, or a length that is not in its shortest form.
    """
    head = data[at]
    if head == _BYTES_1:
        size, start = data[at + 1], at + 2
        if size < _SHORT:
            raise MalformedError("length not in its shortest form", where=where)
    elif _BYTES <= head < _BYTES_1:
        size, start = head - _BYTES, at + 1
    elif head == _BYTES_2:
        size, start = data[at + 1] << 8 | data[at + 2], at + 3
        if size <= 0xFF:
            raise MalformedError("length not in its shortest form", where=where)
    else:
        raise MalformedError("must be a byte string", where=where)
    return start, start + size
