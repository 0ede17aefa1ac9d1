"""Base32 without padding (RFC 4648 section 6), upper case, canonical only."""

from __future__ import annotations

from typing import Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import TEXT_CHARACTERS

__all__ = ["decode", "encode"]

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PYTHON: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
_TO_PYTHON: Final = bytes(
    _PYTHON[_ALPHABET.index(c)] if c in _ALPHABET else ord("!") for c in range(256)
)
_LENGTHS: Final = frozenset({0, 2, 4, 5, 7})


def decode(text: str) -> bytes:
    """Return the bytes that ``text`` stands for.

    Raises:
        LimitExceededError: longer than :data:`~trustcert.limits.TEXT_CHARACTERS`.
        MalformedError: padding, lower case, a character outside the alphabet, an impossible
            length, or bits set that no encoder sets.
    """
    if len(text) > TEXT_CHARACTERS:
        raise LimitExceededError(f"base32 text of over {TEXT_CHARACTERS} characters")
    if len(text) % 8 not in _LENGTHS:
        raise MalformedError("base32 text of an impossible length")
    if not text:
        return b""
    try:
        value = int(text.encode("ascii").translate(_TO_PYTHON), 32)
    except (UnicodeEncodeError, ValueError):
        raise MalformedError("character outside the base32 alphabet") from None
    spare = 5 * len(text) % 8
    if value & ((1 << spare) - 1):
        raise MalformedError("not canonical base32")
    return (value >> spare).to_bytes(5 * len(text) // 8, "big")


def encode(data: bytes) -> str:
    """Return the base32 text of ``data``, without padding."""
    import base64

    return base64.b32encode(data).rstrip(b"=").decode("ascii")
