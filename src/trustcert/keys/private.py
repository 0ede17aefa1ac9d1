"""Private keys in files, and the protocol that keys elsewhere (a token, a cloud) fulfil too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.keys import mldsa, pkcs8, serialised
from trustcert.keys.algorithms import (
    ED25519,
    ESP256,
    ESP384,
    ML_DSA_44,
    ML_DSA_65,
    PS256,
    SM2,
    Algorithm,
    named,
)
from trustcert.keys.public import PSS, SHA256_ECDSA, SHA384_ECDSA, PublicKey
from trustcert.keys.sm2 import OID as SM2_OID
from trustcert.keys.sm2 import Sm2PublicKey
from trustcert.limits import KEY_FILE_BYTES

__all__ = ["PrivateKey", "Signer"]

_RSA_BITS: Final = 3072
"""Size of a new RSA key: the strength of P-256 (NIST SP 800-57 part 1)."""


class Signer(Protocol):
    """Whatever signs with one key: a :class:`PrivateKey`, a hardware token, a remote service."""

    @property
    def public_key(self) -> PublicKey:
        """The public part; it names the algorithm and the kid."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature over ``message``."""
        ...


class PrivateKey:
    """A private key in memory. Neither ``repr`` nor any error shows it; it cannot be pickled."""

    __slots__ = ("_native", "_sign", "public_key")

    public_key: PublicKey
    """The public part."""

    def __init__(self, native: Any) -> None:
        """Take a key object of ``cryptography``, or an SM2 key of this library.

        Raises:
            UnsupportedError: a kind of key outside the table.
        """
        self.public_key = PublicKey(serialised.spki_of(native.public_key()))
        self._native = native
        self._sign = _signer(native, self.public_key.algorithm)

    @classmethod
    def generate(cls, algorithm: str | Algorithm = ESP256) -> PrivateKey:
        """Return a new key of ``algorithm``.

        Raises:
            MalformedError: no such algorithm.
            UnsupportedError: SM2, where ``tongsuopy`` is not installed.
        """
        row = named(algorithm) if isinstance(algorithm, str) else algorithm
        if row is SM2:
            return cls(_sm2().generate())
        if row in {ML_DSA_44, ML_DSA_65}:
            return cls(mldsa.generate(row))
        if row is ED25519:
            return cls(ed25519.Ed25519PrivateKey.generate())
        if row is PS256:
            return cls(rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS))
        return cls(ec.generate_private_key(serialised.CURVES[str(row.crv)]))

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None) -> PrivateKey:
        """Load a private key in PEM; ``password`` None is for a file that has none.

        Raises:
            MalformedError: no private key, or the password does not open it.
            UnsupportedError: a kind of key outside the table, or an SM2 key where ``tongsuopy``
                is not installed.
        """
        if len(pem) > KEY_FILE_BYTES:
            raise LimitExceededError(f"key file of over {KEY_FILE_BYTES} bytes")
        with serialised.translated("not a private key in PEM, or not its password"):
            try:
                return cls(serialization.load_pem_private_key(pem, password))
            except UnsupportedAlgorithm as error:  # opened, but of a curve it does not know
                if SM2_OID not in str(error):
                    raise
        return cls(_sm2().from_pem(pem, password))

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> PrivateKey:
        """Load a private JWK (RFC 7517, RFC 8037).

        Raises:
            MalformedError: a field is missing or wrong, or the two parts do not fit.
            UnsupportedError: a kind of key outside the table.
        """
        return cls(serialised.private_from_jwk(jwk))

    def to_pem(self, password: bytes) -> bytes:
        """Return the key as ``ENCRYPTED PRIVATE KEY`` (PKCS #8, RFC 5958) in PEM.

        Raises:
            MalformedError: the password is empty.
        """
        if not password:
            raise MalformedError("a private key is never written without a password")
        return pkcs8.encrypt(_pkcs8(self._native), password)

    def unsafe_to_jwk(self) -> dict[str, Any]:
        """Return the private JWK, unprotected: for tests and for moving to a vault.

        Raises:
            UnsupportedError: an RSA key.
        """
        if self.public_key.algorithm is PS256:
            raise UnsupportedError("a private RSA key is not written as JWK")
        return self.public_key.to_jwk() | serialised.secret_field(self._native)

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature over ``message``, as its row of the table says."""
        return self._sign(message)

    def __repr__(self) -> str:
        return f"<PrivateKey {self.public_key.algorithm.name} {self.public_key.kid.hex()}>"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a private key does not travel between processes")


def _pkcs8(native: Any) -> bytes:
    if isinstance(native.public_key(), Sm2PublicKey):
        return bytes(native.pkcs8())
    return bytes(
        native.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _sm2() -> ModuleType:
    """Return the module that makes SM2 signatures, whose library is an extra."""
    from trustcert.keys import sm2_signing

    return sm2_signing


def _signer(native: Any, algorithm: Algorithm) -> Callable[[bytes], bytes]:
    if algorithm in {ED25519, SM2, ML_DSA_44, ML_DSA_65}:
        sign_raw: Callable[[bytes], bytes] = native.sign
        return sign_raw
    if algorithm is PS256:
        return lambda message: bytes(native.sign(message, PSS, hashes.SHA256()))
    scheme = {ESP256: SHA256_ECDSA, ESP384: SHA384_ECDSA}[algorithm]
    half = algorithm.signature_bytes // 2

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(native.sign(message, scheme))
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")

    return sign
