"""SM2 private keys through ``tongsuopy`` (the extra ``sm2``); nothing here is plain Python.

Tongsuo signs under the default ID of GB/T 35276 only; a key with an ID of its own signs through a
token or a service (:class:`trustcert.keys.remote.CallableSigner`), which take the digest of
:meth:`trustcert.keys.sm2.Sm2PublicKey.digest`.
"""

from __future__ import annotations

from typing import Any

from trustcert.errors import MalformedError, UnsupportedError
from trustcert.keys.der import raw_from_der
from trustcert.keys.sm2 import SIZE, Sm2PublicKey

__all__ = ["Sm2PrivateKey", "from_pem", "from_secret"]


class Sm2PrivateKey:
    """A private key of Tongsuo's."""

    __slots__ = ("_native", "_public", "_scheme")

    def __init__(self, native: Any) -> None:
        """Take an EllipticCurvePrivateKey of ``tongsuopy``."""
        from tongsuopy.crypto import hashes
        from tongsuopy.crypto.asymciphers import ec

        numbers = native.public_key().public_numbers()
        x, y = (value.to_bytes(SIZE, "big") for value in (numbers.x, numbers.y))
        self._public = Sm2PublicKey(b"\x04" + x + y)
        self._native = native
        self._scheme = ec.ECDSA(hashes.SM3())

    def public_key(self) -> Sm2PublicKey:
        """Return the public part."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Return r‖s over ``message`` under the default ID."""
        return raw_from_der(self._native.sign(message, self._scheme), SIZE)

    def pkcs8(self) -> bytes:
        """Return PrivateKeyInfo (RFC 5958), DER, unprotected."""
        from tongsuopy.crypto import serialization

        der: bytes = self._native.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return der

    def private_bytes_raw(self) -> bytes:
        """Return d, 32 bytes."""
        value: int = self._native.private_numbers().private_value
        return value.to_bytes(SIZE, "big")


def _generate() -> Sm2PrivateKey:
    """Return a new key.

    Raises:
        UnsupportedError: ``tongsuopy`` is not installed.
    """
    ec = _curves()
    return Sm2PrivateKey(ec.generate_private_key(ec.SM2()))


def from_secret(secret: bytes) -> Sm2PrivateKey:
    """Return the key with ``d`` in 32 bytes.

    Raises:
        MalformedError: outside 1 to n - 2.
        UnsupportedError: ``tongsuopy`` is not installed.
    """
    from trustcert.keys.sm2_curve import N

    value = int.from_bytes(secret, "big")
    if not 0 < value < N - 1:  # n - 1 has no signature: 1 + d has no inverse
        raise MalformedError("not a private key of SM2")
    ec = _curves()
    return Sm2PrivateKey(ec.derive_private_key(value, ec.SM2()))


def from_pem(pem: bytes, password: bytes | None) -> Sm2PrivateKey:
    """Return the key of a ``PRIVATE KEY`` or ``ENCRYPTED PRIVATE KEY`` in PEM.

    Raises:
        MalformedError: no SM2 key, or the password does not open it.
        UnsupportedError: ``tongsuopy`` is not installed.
    """
    _curves()
    from tongsuopy.crypto import serialization
    from tongsuopy.crypto.exceptions import InternalError, UnsupportedAlgorithm

    try:
        return Sm2PrivateKey(serialization.load_pem_private_key(pem, password))
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
        raise MalformedError("not an SM2 key in PEM, or not its password") from None


def _curves() -> Any:
    try:
        from tongsuopy.crypto.asymciphers import ec
    except ImportError:
        raise UnsupportedError(
            "SM2 private keys need the extra sm2: pip install 'trustcert[sm2]'"
        ) from None
    return ec
