"""ML-DSA (FIPS 204) keys: as ``cryptography`` has them, and as JWK with ``kty`` AKP (RFC 9964).

A private key is its seed of 32 bytes, in ``priv`` and in PKCS #8 alike; signatures have an empty
context.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import mldsa

from trustcert.encoding import base64url
from trustcert.encoding.fields import required
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.keys.algorithms import ML_DSA_44, ML_DSA_65, Algorithm

__all__ = ["KTY", "generate", "private_from_jwk", "public_from_jwk", "row_of"]

KTY: Final = "AKP"
_SEED_BYTES: Final = 32

_PUBLIC: Final[dict[Algorithm, Any]] = {
    ML_DSA_44: mldsa.MLDSA44PublicKey,
    ML_DSA_65: mldsa.MLDSA65PublicKey,
}
_PRIVATE: Final[dict[Algorithm, Any]] = {
    ML_DSA_44: mldsa.MLDSA44PrivateKey,
    ML_DSA_65: mldsa.MLDSA65PrivateKey,
}
_PUBLIC_BYTES: Final = {ML_DSA_44: 1_312, ML_DSA_65: 1_952}


def row_of(native: object) -> Algorithm | None:
    """Return the row of a native public key; None where it is of another kind."""
    return next((row for row, kind in _PUBLIC.items() if isinstance(native, kind)), None)


def generate(row: Algorithm) -> Any:
    """Return a new native private key of ``row``."""
    return _PRIVATE[row].generate()


def public_from_jwk(jwk: Mapping[str, Any]) -> Any:
    """Return the native public key of a JWK with ``kty`` AKP.

    Raises:
        MalformedError: ``alg`` or ``pub`` is missing, or ``pub`` has another length.
        UnsupportedError: an algorithm outside the table.
    """
    row = _row(jwk)
    return _PUBLIC[row].from_public_bytes(_octets(jwk, "pub", _PUBLIC_BYTES[row]))


def private_from_jwk(jwk: Mapping[str, Any]) -> Any:
    """Return the native private key of a JWK with ``kty`` AKP; the caller checks ``pub``.

    Raises:
        MalformedError: ``alg`` or ``priv`` is missing, or ``priv`` has another length.
        UnsupportedError: an algorithm outside the table.
    """
    return _PRIVATE[_row(jwk)].from_seed_bytes(_octets(jwk, "priv", _SEED_BYTES))


def _row(jwk: Mapping[str, Any]) -> Algorithm:
    alg = required(jwk, "alg", str)
    for row in _PUBLIC:
        if row.jose == alg:
            return row
    raise UnsupportedError("an AKP key must be of ML-DSA-44 or ML-DSA-65")


def _octets(jwk: Mapping[str, Any], name: str, size: int) -> bytes:
    text = required(jwk, name, str)
    with inside(name):
        value = base64url.decode(text)
        if len(value) != size:
            raise MalformedError(f"must have {size} bytes")
    return value
