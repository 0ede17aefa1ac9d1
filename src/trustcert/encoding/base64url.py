"""Base64url without padding (RFC 4648 section 5, as JOSE uses it), canonical only."""

from __future__ import annotations

import binascii
from typing import Final

from trustcert.errors import MalformedError

__all__ = ["decode", "encode"]

_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
_LAST: Final = {0: frozenset(range(256)), 2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
"""By the length's rest of a division by 4, the last characters whose spare bits are zero."""


def decode(text: str) -> bytes:
    """Return the bytes that ``text`` stands for.

    Raises:
        MalformedError: padding, a character outside the alphabet, an impossible length, or bits
            set that no encoder sets (two texts must never stand for the same bytes).
    """
    try:
        raw = text.encode().translate(_FROM_URL)
        data = binascii.a2b_base64(raw + b"=" * (-len(raw) % 4), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error):
        raise MalformedError("not base64url") from None
    if raw and raw[-1] not in _LAST[len(raw) % 4]:
        raise MalformedError("not canonical base64url")
    return data


def encode(data: bytes) -> str:
    """Return the base64url text of ``data``, without padding."""
    raw = binascii.b2a_base64(data, newline=False).rstrip(b"=")
    return raw.translate(_TO_URL).decode("ascii")
