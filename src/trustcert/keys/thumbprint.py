"""JWK thumbprints (RFC 7638), the key ids of SMART Health Cards."""

from __future__ import annotations

import hashlib
from typing import Final

from trustcert.encoding import base64url, json
from trustcert.keys.public import PublicKey

__all__ = ["thumbprint"]

_MEMBERS: Final = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
}


def thumbprint(key: PublicKey) -> str:
    """Return the SHA-256 thumbprint of ``key``, base64url (RFC 7638 section 3)."""
    jwk = key.to_jwk()
    members = {name: jwk[name] for name in _MEMBERS[jwk["kty"]]}
    return base64url.encode(hashlib.sha256(json.encode(members)).digest())
