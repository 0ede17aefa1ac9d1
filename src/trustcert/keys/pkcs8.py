"""Private keys at rest: ``ENCRYPTED PRIVATE KEY`` (PKCS #8, RFC 5958; PBES2, RFC 8018) in PEM.

The key is derived with PBKDF2 and HMAC-SHA256 and encrypts with AES-256-CBC: what every library
and ``openssl pkey`` open, but with the rounds of today, where ``cryptography`` writes 2,048.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

__all__ = ["encrypt"]

_ROUNDS: Final = 600_000
"""Rounds of PBKDF2 with HMAC-SHA256 (OWASP Password Storage Cheat Sheet, 2023)."""

_SALT_BYTES: Final = 16
_KEY_BYTES: Final = 32
_BLOCK_BYTES: Final = 16

_PBES2: Final = bytes.fromhex("06092a864886f70d01050d")
_PBKDF2: Final = bytes.fromhex("06092a864886f70d01050c")
_HMAC_SHA256: Final = bytes.fromhex("300c06082a864886f70d02090500")
_AES_256_CBC: Final = bytes.fromhex("060960864801650304012a")
_SEQUENCE: Final = 0x30
_INTEGER: Final = 2
_OCTETS: Final = 4


def encrypt(
    key: bytes, password: bytes, *, random: Callable[[int], bytes] = secrets.token_bytes
) -> bytes:
    """Return ``key`` (PrivateKeyInfo, DER) encrypted under ``password``, as PEM."""
    salt, start = random(_SALT_BYTES), random(_BLOCK_BYTES)
    derived = PBKDF2HMAC(hashes.SHA256(), _KEY_BYTES, salt, _ROUNDS).derive(password)
    padder = padding.PKCS7(8 * _BLOCK_BYTES).padder()
    cipher = Cipher(algorithms.AES(derived), modes.CBC(start)).encryptor()
    sealed = cipher.update(padder.update(key) + padder.finalize()) + cipher.finalize()
    rounds = _ROUNDS.to_bytes(3, "big")
    derivation = _der(_OCTETS, salt) + _der(_INTEGER, rounds) + _HMAC_SHA256
    scheme = _der(
        _SEQUENCE,
        _der(_SEQUENCE, _PBKDF2 + _der(_SEQUENCE, derivation))
        + _der(_SEQUENCE, _AES_256_CBC + _der(_OCTETS, start)),
    )
    info = _der(_SEQUENCE, _PBES2 + scheme) + _der(_OCTETS, sealed)
    return _pem(_der(_SEQUENCE, info))


def _pem(der: bytes) -> bytes:
    text = base64.b64encode(der)
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    head, end = b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"-----END ENCRYPTED PRIVATE KEY-----\n"
    return b"\n".join((head, *lines, end))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 + len(length))) + length + content
