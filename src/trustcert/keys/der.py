"""Signatures in DER, where a standard or a service writes them so (GM/T 0009, RFC 3279)."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from trustcert.errors import MalformedError

__all__ = ["der_from_raw", "raw_from_der"]

_INTEGER: Final = 2
_SEQUENCE: Final = 0x30


def raw_from_der(signature: bytes, size: int) -> bytes:
    """Return r‖s, ``size`` bytes each, of ``SEQUENCE { r INTEGER, s INTEGER }`` in strict DER.

    Raises:
        MalformedError: it is something else.
    """
    if len(signature) < 2 or signature[0] != _SEQUENCE or signature[1] != len(signature) - 2:
        raise MalformedError("must be a DER SEQUENCE of two INTEGERs", where="signature")
    parts: list[bytes] = []
    at = 2
    for name in ("r", "s"):
        head, length = signature[at : at + 2].ljust(2, b"\0")
        value = signature[at + 2 : at + 2 + length]
        at += 2 + length
        shortest = value[:1] != b"\0" or value[1:2] >= b"\x80" or value == b"\0"
        if (
            head != _INTEGER
            or not value
            or len(value) != length
            or value[0] >= 0x80
            or not shortest
        ):
            raise MalformedError("must be a positive INTEGER in DER", where=f"signature.{name}")
        if len(value.lstrip(b"\0")) > size:
            raise MalformedError(f"is of over {size} bytes", where=f"signature.{name}")
        parts.append(value.lstrip(b"\0").rjust(size, b"\0"))
    if at != len(signature):
        raise MalformedError("bytes behind s", where="signature")
    return b"".join(parts)


def der_from_raw(signature: bytes) -> bytes:
    """Return r‖s, of one size each, as ``SEQUENCE { r INTEGER, s INTEGER }``."""
    half = len(signature) // 2
    r, s = int.from_bytes(signature[:half]), int.from_bytes(signature[half:])
    return encode_dss_signature(r, s)
