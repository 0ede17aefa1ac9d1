"""RSA keys as JWK (RFC 7518 section 6.3): only foreign issuers have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from trustcert.encoding import base64url
from trustcert.encoding.fields import typed
from trustcert.errors import LimitExceededError, MalformedError, inside
from trustcert.keys.algorithms import PS256
from trustcert.limits import RSA_BITS_MOST

__all__ = ["fields", "public_numbers"]


def public_numbers(jwk: Mapping[str, Any]) -> rsa.RSAPublicNumbers:
    """Return the numbers of a public JWK with ``kty`` RSA.

    Raises:
        MalformedError: a field is missing or wrong, or ``alg`` is not PS256.
    """
    if jwk.get("alg", PS256.jose) != PS256.jose:
        raise MalformedError(f"must be {PS256.jose}", where="alg")
    return rsa.RSAPublicNumbers(e=_number(jwk, "e"), n=_number(jwk, "n"))


def fields(native: rsa.RSAPublicKey) -> dict[str, Any]:
    """Return ``n`` and ``e`` of a key as the texts of a JWK."""
    numbers = native.public_numbers()
    return {"n": _text(numbers.n), "e": _text(numbers.e)}


def _number(jwk: Mapping[str, Any], name: str) -> int:
    with inside(name):
        text = typed(jwk.get(name), str)
        if len(text) > RSA_BITS_MOST // 6 + 4:
            raise LimitExceededError(f"over {RSA_BITS_MOST} bits")
        octets = base64url.decode(text)
        if not octets or octets[0] == 0:
            raise MalformedError("must be an integer in its fewest octets")
        return int.from_bytes(octets, "big")


def _text(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))
