"""DEFLATE (RFC 1951) in its three wrappings, inflated to a limit and no further.

A stream must be whole: one that breaks off is refused. Bytes behind it are refused too, unless a
caller lets them pass. Inflating stops one byte above the limit.
"""

from __future__ import annotations

import enum
import zlib

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import INFLATED_BYTES

__all__ = ["Wrapping", "deflate", "has_trailing_bytes", "inflate"]


class Wrapping(enum.Enum):
    """What stands around the compressed data; the values are zlib's window bits."""

    RAW = -zlib.MAX_WBITS
    ZLIB = zlib.MAX_WBITS
    GZIP = zlib.MAX_WBITS | 16


def inflate(
    data: bytes,
    wrapping: Wrapping = Wrapping.ZLIB,
    *,
    limit: int = INFLATED_BYTES,
    trailing: bool = False,
) -> bytes:
    """Return what ``data`` was compressed from, at most ``limit`` bytes.

    With ``trailing``, bytes behind the stream are passed over.

    Raises:
        LimitExceededError: it would be more.
        MalformedError: not such a stream, a broken-off one, or bytes behind it.
    """
    machine = zlib.decompressobj(wrapping.value)
    try:
        out = machine.decompress(data, limit + 1)
    except zlib.error:
        raise MalformedError("not a compressed stream") from None
    if len(out) > limit:
        raise LimitExceededError(f"inflates to over {limit} bytes")
    if not machine.eof:
        raise MalformedError("the compressed stream breaks off")
    if machine.unused_data and not trailing:
        raise MalformedError("bytes behind the compressed stream")
    return out


def has_trailing_bytes(
    data: bytes, wrapping: Wrapping = Wrapping.ZLIB, *, limit: int = INFLATED_BYTES
) -> bool:
    """Return whether bytes stand behind a whole stream; False for what :func:`inflate` refuses."""
    machine = zlib.decompressobj(wrapping.value)
    try:
        machine.decompress(data, limit + 1)
    except zlib.error:
        return False
    return machine.eof and bool(machine.unused_data)


def deflate(data: bytes, wrapping: Wrapping = Wrapping.ZLIB) -> bytes:
    """Return ``data`` compressed as well as zlib can; the same input gives the same bytes."""
    machine = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, wrapping.value)
    return machine.compress(data) + machine.flush()
