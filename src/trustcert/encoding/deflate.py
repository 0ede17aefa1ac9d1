"""DEFLATE (RFC 1951) in its three wrappings, inflated to a limit and no further.

A stream must be whole and stand alone: one that breaks off, or that something follows, is refused,
so that no two inputs differ in what nobody reads. Inflating stops one byte above the limit,
whatever the stream would become.
"""

from __future__ import annotations

import enum
import zlib

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import INFLATED_BYTES


class Wrapping(enum.Enum):
    """What stands around the compressed data; the values are zlib's window bits."""

    RAW = -zlib.MAX_WBITS
    ZLIB = zlib.MAX_WBITS
    GZIP = zlib.MAX_WBITS | 16


def inflate(
    data: bytes, wrapping: Wrapping = Wrapping.ZLIB, *, limit: int = INFLATED_BYTES
) -> bytes:
    """Return what ``data`` was compressed from, at most ``limit`` bytes; by default a credential's.

    Raises:
        LimitExceededError: it would be more.
        MalformedError: not such a stream, a broken-off one, or bytes behind it.
    """
    machine = zlib.decompressobj(wrapping._value_)
    try:
        out = machine.decompress(data, limit + 1)
    except zlib.error:
        raise MalformedError("not a compressed stream") from None
    if len(out) > limit:
        raise LimitExceededError(f"inflates to over {limit} bytes")
    if not machine.eof:
        raise MalformedError("the compressed stream breaks off")
    if machine.unused_data:
        raise MalformedError("bytes behind the compressed stream")
    return out


def deflate(data: bytes, wrapping: Wrapping = Wrapping.ZLIB) -> bytes:
    """Return ``data`` compressed as well as zlib can; the same input gives the same bytes."""
    machine = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, wrapping.value)
    return machine.compress(data) + machine.flush()
