"""Public keys: one algorithm each, loaded once, asked often."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from trustcert.encoding.fields import optional
from trustcert.errors import UnsupportedError, VerificationError
from trustcert.keys import mldsa, serialised
from trustcert.keys.algorithms import ED25519, ES256_P384, ESP256, ESP384, PS256, SM2, Algorithm
from trustcert.keys.der import der_from_raw
from trustcert.keys.sm2 import DEFAULT_ID, Sm2PublicKey
from trustcert.limits import RSA_BITS_LEAST, RSA_BITS_MOST, RSA_EXPONENT_MOST
from trustcert.report import Finding, Reason, Report, Step, Verdict
from trustcert.sentences import sentence

__all__ = ["KID_BYTES", "PSS", "SHA256_ECDSA", "SHA384_ECDSA", "PublicKey"]

KID_BYTES: Final = 4
"""A kid is a hint of 4 bytes: every byte more costs modules in every code."""

SHA256_ECDSA: Final = ec.ECDSA(hashes.SHA256())
SHA384_ECDSA: Final = ec.ECDSA(hashes.SHA384())
PSS: Final = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)


class PublicKey:
    """A public key and the one algorithm that it verifies.

    Equal keys are equal by their SubjectPublicKeyInfo (RFC 5280 section 4.1); keys can be
    pickled to other processes.
    """

    __slots__ = ("_borrowed", "_check", "algorithm", "kid", "sm2_id", "spki")

    algorithm: Algorithm
    """The row of :data:`~trustcert.keys.algorithms.ALGORITHMS`."""
    spki: bytes
    """SubjectPublicKeyInfo, DER."""
    kid: bytes
    """The first 4 bytes of SHA-256 over ``spki``."""
    sm2_id: str
    """The ID under which an SM2 key signs; it says nothing of another kind of key."""

    def __init__(self, spki: bytes, *, sm2_id: str = DEFAULT_ID) -> None:
        """Load a SubjectPublicKeyInfo in DER.

        Raises:
            MalformedError: not a key, or a point that is not on its curve.
            UnsupportedError: a kind of key outside the table.
        """
        native = serialised.load_spki(spki)
        self.algorithm, self._check = _row_and_check(native, sm2_id)
        self.sm2_id = sm2_id if self.algorithm is SM2 else DEFAULT_ID
        self._borrowed: _Check | None = None
        if self.algorithm is ESP384 and isinstance(native, ec.EllipticCurvePublicKey):
            self._borrowed = _ecdsa(native, SHA256_ECDSA)
        self.spki = serialised.spki_of(native)
        self.kid = hashlib.sha256(self.spki).digest()[:KID_BYTES]

    @classmethod
    def from_pem(cls, pem: bytes) -> PublicKey:
        """Load a ``PUBLIC KEY`` or the key of a ``CERTIFICATE`` in PEM (RFC 7468).

        Raises:
            MalformedError: neither of them; a private key is named as one.
            UnsupportedError: a kind of key outside the table.
        """
        return cls(serialised.spki_from_pem(pem))

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> PublicKey:
        """Load a public JWK (RFC 7517); its ``alg``, ``use`` and ``key_ops`` must fit.

        An SM2 key may name its ID in ``sm2_id``.

        Raises:
            MalformedError: a field is missing or wrong; a private JWK is named as one.
            UnsupportedError: a kind of key outside the table.
        """
        spki = serialised.spki_from_jwk(jwk)
        named = optional(jwk, "sm2_id", str)
        return cls(spki) if named is None else cls(spki, sm2_id=named)

    def to_pem(self) -> bytes:
        """Return the key as ``PUBLIC KEY`` in PEM."""
        return serialised.pem_from_spki(self.spki)

    def to_jwk(self) -> dict[str, Any]:
        """Return the key as a public JWK with ``alg`` and ``kid`` (8 hexadecimal digits)."""
        jwk = serialised.jwk_from_spki(self.spki, self.algorithm) | {"kid": self.kid.hex()}
        if self.sm2_id != DEFAULT_ID:
            jwk["sm2_id"] = self.sm2_id
        return jwk

    def verify(self, signature: bytes, message: bytes, algorithm: Algorithm | None = None) -> None:
        """Return if this key made the raw ``signature`` over ``message``.

        ``algorithm`` may be a compatibility row (:data:`~trustcert.keys.algorithms.FOREIGN`) that
        borrows keys of this kind; otherwise the key's own row counts.

        Raises:
            VerificationError: it did not, or the signature has another length.
        """
        check = self._check
        if algorithm is ES256_P384 and self._borrowed is not None:
            check = self._borrowed
        size = self.algorithm.signature_bytes
        if size and len(signature) != size:
            told = sentence("must have {size} bytes, has {held}", size=size, held=len(signature))
            raise _wrong(told)
        try:
            check(signature, message)
        except (InvalidSignature, ValueError):
            raise _wrong(sentence("not made by key {kid}", kid=self.kid.hex())) from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PublicKey):
            return False
        return self.spki == other.spki and self.sm2_id == other.sm2_id

    def __hash__(self) -> int:
        return hash(self.spki)

    def __repr__(self) -> str:
        return f"<PublicKey {self.algorithm.name} {self.kid.hex()}>"

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return partial(PublicKey, sm2_id=self.sm2_id), (self.spki,)


_Check = Callable[[bytes, bytes], None]


def _row_and_check(native: object, sm2_id: str) -> tuple[Algorithm, _Check]:
    if isinstance(native, ed25519.Ed25519PublicKey):
        return ED25519, native.verify
    if isinstance(native, ec.EllipticCurvePublicKey):
        if isinstance(native.curve, ec.SECP256R1):
            return ESP256, _ecdsa(native, SHA256_ECDSA)
        if isinstance(native.curve, ec.SECP384R1):
            return ESP384, _ecdsa(native, SHA384_ECDSA)
    if isinstance(native, rsa.RSAPublicKey):
        return PS256, _pss(native)
    if isinstance(native, Sm2PublicKey):
        return SM2, _sm2(native, sm2_id)
    row = mldsa.row_of(native)
    if row is not None:
        check: _Check = native.verify  # type: ignore[attr-defined]  # what row_of tells
        return row, check
    raise UnsupportedError("a key must be Ed25519, P-256, P-384, SM2, ML-DSA-44, ML-DSA-65 or RSA")


def _ecdsa(native: ec.EllipticCurvePublicKey, scheme: ec.ECDSA) -> _Check:
    verify = native.verify

    def check(signature: bytes, message: bytes) -> None:
        verify(der_from_raw(signature), message, scheme)

    return check


def _sm2(native: Sm2PublicKey, sm2_id: str) -> _Check:
    identifier = sm2_id.encode()
    native.identity(identifier)  # refuses an ID that cannot be

    def check(signature: bytes, message: bytes) -> None:
        native.verify(signature, message, identifier)

    return check


def _pss(native: rsa.RSAPublicKey) -> _Check:
    numbers = native.public_numbers()
    if not RSA_BITS_LEAST <= native.key_size <= RSA_BITS_MOST or numbers.e > RSA_EXPONENT_MOST:
        raise UnsupportedError(f"an RSA key must have {RSA_BITS_LEAST} to {RSA_BITS_MOST} bits")
    size = (native.key_size + 7) // 8

    def check(signature: bytes, message: bytes) -> None:
        if len(signature) != size:
            raise InvalidSignature
        native.verify(signature, message, PSS, hashes.SHA256())

    return check


def _wrong(detail: str) -> VerificationError:
    finding = Finding(
        step=Step.SIGNATURE,
        verdict=Verdict.INVALID,
        reason=Reason.SIGNATURE_WRONG,
        detail=detail,
        where="signature",
    )
    return VerificationError(Report(verdict=Verdict.INVALID, findings=(finding,), at=None))
