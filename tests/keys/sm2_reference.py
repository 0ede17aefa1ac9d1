"""SM2 signatures as the standard's formulas have them: for test keys that everybody may know."""

from __future__ import annotations

import secrets

from trustcert.keys import PublicKey
from trustcert.keys.sm2 import Sm2PublicKey
from trustcert.keys.sm2_curve import GX, GY, N, P, multiple


def affine(k: int, x: int = GX, y: int = GY) -> tuple[int, int]:
    point = multiple(k, x, y)
    inverse = pow(point.z, -1, P)
    return point.x * inverse**2 % P, point.y * inverse**3 % P


def encoded(x: int, y: int) -> bytes:
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def key_of(d: int) -> Sm2PublicKey:
    return Sm2PublicKey(encoded(*affine(d)))


def signed_digest(d: int, e: bytes, k: int | None = None) -> bytes:
    """Return r‖s over the digest; ``k`` is the nonce."""
    while True:
        nonce = k or secrets.randbelow(N - 1) + 1
        r = (int.from_bytes(e, "big") + affine(nonce)[0]) % N
        s = pow(1 + d, -1, N) * (nonce - r * d) % N
        if r and s and r + nonce != N:
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class ReferenceSigner:
    """A signer in plain Python, for an ID of its own and for what Tongsuo must accept."""

    def __init__(self, d: int, sm2_id: str = "1234567812345678") -> None:
        self.d = d
        self.public_key = PublicKey(key_of(d).spki, sm2_id=sm2_id)

    def sign(self, message: bytes) -> bytes:
        e = key_of(self.d).digest(message, self.public_key.sm2_id.encode())
        return signed_digest(self.d, e)
