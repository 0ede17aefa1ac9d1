"""Refuse Ed25519 public keys of small order or not in canonical form (RFC 8032, RFC 7748).

``cryptography`` takes any 32 bytes for a public key. A point of small order makes one signature
hold for many messages, a text that is no point verifies nothing, and one point written in two
ways would be two keys.
"""

from __future__ import annotations

from typing import Final

from trustcert.errors import MalformedError

__all__ = ["check_point"]

_P: Final = 2**255 - 19
_D: Final = -121_665 * pow(121_666, -1, _P) % _P
_ORDER_8: Final = 0x7A03AC92_77FDC74E_C6CC392C_FA53202A_0F67100D_760B3CBA_4FD84D3D_706A17C7
_SMALL: Final = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})
"""The y of the eight points of order 1, 2, 4 and 8."""


def check_point(encoded: bytes) -> None:
    """Return if ``encoded`` (32 bytes) is a point of large order in its one encoding.

    Raises:
        MalformedError: it is not.
    """
    value = int.from_bytes(encoded, "little")
    y = value & (1 << 255) - 1
    if y >= _P:
        raise MalformedError("not a point of Ed25519 in its canonical form")
    if y in _SMALL:
        raise MalformedError("a point of small order: no key of Ed25519")
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(square, (_P - 1) // 2, _P) != 1:
        raise MalformedError("not a point of Ed25519")
