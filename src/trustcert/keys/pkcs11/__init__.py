"""Keys in hardware: tokens and HSMs by PKCS #11 (OASIS, v2.40), the extra ``pkcs11``.

A :class:`Pkcs11Signer` signs with a key that never leaves its token; :func:`parse` reads the URI
(RFC 7512) that names one; :func:`generate` makes one. Wrong PINs are counted and never repeated.
"""

from trustcert.keys.pkcs11.objects import generate, tokens
from trustcert.keys.pkcs11.signer import SESSIONS, Pkcs11Signer
from trustcert.keys.pkcs11.uri import KeyUri, key_uri, parse

__all__ = ["SESSIONS", "KeyUri", "Pkcs11Signer", "generate", "key_uri", "parse", "tokens"]
