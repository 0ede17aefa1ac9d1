"""DER (X.690) as certificates, keys and signatures use it: elements, object ids, r and s.

Definite lengths only. Nothing here decides what an element means.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from trustcert.errors import MalformedError

__all__ = [
    "BIT_STRING",
    "BOOLEAN",
    "INTEGER",
    "OBJECT_ID",
    "OCTETS",
    "SEQUENCE",
    "SET",
    "Element",
    "bits",
    "der_from_raw",
    "dotted",
    "elements",
    "encoded",
    "inner",
    "raw_from_der",
]

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTETS: Final = 0x04
OBJECT_ID: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31

_LENGTH_OCTETS: Final = 4
_LONG: Final = 0x80


class Element(NamedTuple):
    """One element: its tag, its contents, and all of its bytes."""

    tag: int
    content: bytes
    whole: bytes


def elements(der: bytes) -> Iterator[Element]:
    """Yield the elements of ``der`` one behind the other.

    Raises:
        MalformedError: an element has no definite length, or ends behind the end.
    """
    at = 0
    while at < len(der):
        if at + 2 > len(der):
            raise MalformedError("ends inside of an element")
        size, start = der[at + 1], at + 2
        if size & _LONG:
            octets = size & ~_LONG
            if not 0 < octets <= _LENGTH_OCTETS:
                raise MalformedError("has an element without a definite length")
            start += octets
            size = int.from_bytes(der[at + 2 : start], "big")
        end = start + size
        if end > len(der):
            raise MalformedError("ends inside of an element")
        yield Element(der[at], der[start:end], der[at:end])
        at = end


def inner(der: bytes, tag: int = SEQUENCE) -> list[Element]:
    """Return the elements inside of the one element that ``der`` is.

    Raises:
        MalformedError: it is another element, or bytes stand behind it.
    """
    found = list(elements(der))
    if len(found) != 1 or found[0].tag != tag:
        raise MalformedError(f"must be one DER element with the tag {tag:#04x}")
    return list(elements(found[0].content))


def bits(content: bytes) -> bytes:
    """Return the octets of a BIT STRING whose bits are whole octets.

    Raises:
        MalformedError: they are not.
    """
    if content[:1] != b"\0":
        raise MalformedError("must be a BIT STRING of whole octets")
    return content[1:]


def dotted(oid: bytes) -> str:
    """Return the contents of an object identifier as text, ``1.2.840.10045.2.1``.

    Raises:
        MalformedError: it is empty or cut off.
    """
    if not oid or oid[-1] & _LONG:
        raise MalformedError("must be an object identifier")
    parts, value = [], 0
    for octet in oid:
        value = value << 7 | octet & ~_LONG
        if not octet & _LONG:
            parts.append(value)
            value = 0
    first = min(parts[0] // 40, 2)
    return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))


def encoded(tag: int, content: bytes) -> bytes:
    """Return one element in DER."""
    size = len(content)
    if size < _LONG:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG + len(length))) + length + content


def raw_from_der(signature: bytes, size: int) -> bytes:
    """Return r‖s, ``size`` bytes each, of ``SEQUENCE { r INTEGER, s INTEGER }`` in strict DER.

    Raises:
        MalformedError: it is something else.
    """
    if len(signature) < 2 or signature[0] != SEQUENCE or signature[1] != len(signature) - 2:
        raise MalformedError("must be a DER SEQUENCE of two INTEGERs", where="signature")
    parts: list[bytes] = []
    at = 2
    for name in ("r", "s"):
        head, length = signature[at : at + 2].ljust(2, b"\0")
        value = signature[at + 2 : at + 2 + length]
        at += 2 + length
        shortest = value[:1] != b"\0" or value[1:2] >= b"\x80" or value == b"\0"
        if head != INTEGER or not value or len(value) != length or value[0] >= 0x80 or not shortest:
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
