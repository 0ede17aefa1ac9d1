"""Keys on disk and on the wire: SubjectPublicKeyInfo, PEM, JWK; foreign errors end here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from cryptography import exceptions
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from trustcert.encoding import base64url
from trustcert.encoding.fields import optional, required
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.keys import rsa_jwk
from trustcert.keys.algorithms import Algorithm, named
from trustcert.limits import KEY_FILE_BYTES

CURVES: Final[dict[str, ec.EllipticCurve]] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}

_SECRET_FIELDS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})


@contextmanager
def translated(problem: str) -> Iterator[None]:
    """Turn what ``cryptography`` raises on bad keys into this library's errors."""
    try:
        yield
    except exceptions.UnsupportedAlgorithm:
        raise UnsupportedError(problem) from None
    except (ValueError, TypeError) as error:
        if isinstance(error, MalformedError):
            raise
        raise MalformedError(problem) from None


def load_spki(spki: bytes) -> object:
    """Return the native public key of a SubjectPublicKeyInfo (DER)."""
    if len(spki) > KEY_FILE_BYTES:
        raise LimitExceededError(f"key of over {KEY_FILE_BYTES} bytes")
    with translated("not a public key"):
        return serialization.load_der_public_key(spki)


def spki_of(native: Any) -> bytes:
    """Return the SubjectPublicKeyInfo (DER) of a native public key."""
    spki: bytes = native.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return spki


def spki_from_pem(pem: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a public key or certificate in PEM."""
    if len(pem) > KEY_FILE_BYTES:
        raise LimitExceededError(f"key file of over {KEY_FILE_BYTES} bytes")
    if b"PRIVATE KEY-----" in pem:
        raise MalformedError("this is a private key; only the public part belongs here")
    if b"-----BEGIN CERTIFICATE-----" in pem:
        from cryptography import x509

        with translated("not a certificate in PEM"):
            return spki_of(x509.load_pem_x509_certificate(pem).public_key())
    with translated("not a public key in PEM"):
        return spki_of(serialization.load_pem_public_key(pem))


def pem_from_spki(spki: bytes) -> bytes:
    """Return the public key in PEM."""
    return serialization.load_der_public_key(spki).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def spki_from_jwk(jwk: Mapping[str, Any]) -> bytes:
    """Return the SubjectPublicKeyInfo of a public JWK."""
    if not _SECRET_FIELDS.isdisjoint(jwk):
        raise MalformedError("this is a private key; only the public part belongs here")
    if optional(jwk, "use", str) not in (None, "sig"):
        raise MalformedError("must be sig", where="use")
    operations = optional(jwk, "key_ops", list)
    if operations is not None and "verify" not in operations:
        raise MalformedError("must include verify", where="key_ops")
    if jwk.get("kty") == "RSA":
        with translated("not an RSA key"):
            return spki_of(rsa_jwk.public_numbers(jwk).public_key())
    crv = _check_kind(jwk)
    x = _octets(jwk, "x", crv)
    if crv == "Ed25519":
        with translated("not a point of Ed25519"):
            return spki_of(ed25519.Ed25519PublicKey.from_public_bytes(x))
    with translated(f"not a point of {crv}"):
        point = b"\x04" + x + _octets(jwk, "y", crv)
        return spki_of(ec.EllipticCurvePublicKey.from_encoded_point(CURVES[crv], point))


def jwk_from_spki(spki: bytes, algorithm: Algorithm) -> dict[str, Any]:
    """Return the public JWK of a key of ``algorithm``."""
    native = serialization.load_der_public_key(spki)
    if isinstance(native, rsa.RSAPublicKey):
        return {"kty": "RSA", "alg": algorithm.jose, "use": "sig", **rsa_jwk.fields(native)}
    jwk = {"kty": algorithm.kty, "crv": algorithm.crv, "alg": algorithm.jose, "use": "sig"}
    if isinstance(native, ec.EllipticCurvePublicKey):
        point = native.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        half = len(point) // 2
        return jwk | {
            "x": base64url.encode(point[1 : half + 1]),
            "y": base64url.encode(point[half + 1 :]),
        }
    raw = native.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return jwk | {"x": base64url.encode(raw)}


def private_from_jwk(jwk: Mapping[str, Any]) -> Any:
    """Return the native private key of a JWK with ``d``."""
    crv = _check_kind(jwk)
    secret = _octets(jwk, "d", crv)
    public = {name: value for name, value in jwk.items() if name not in {"d", "key_ops"}}
    with translated("not a private key"):
        native = (
            ed25519.Ed25519PrivateKey.from_private_bytes(secret)
            if crv == "Ed25519"
            else ec.derive_private_key(int.from_bytes(secret, "big"), CURVES[crv])
        )
    if spki_of(native.public_key()) != spki_from_jwk(public):
        raise MalformedError("the public part does not belong to the private one")
    return native


def secret_octets(native: Any, size: int) -> bytes:
    """Return ``d`` of a native private key as the octets that a JWK holds."""
    if isinstance(native, ed25519.Ed25519PrivateKey):
        return native.private_bytes_raw()
    value: int = native.private_numbers().private_value
    return value.to_bytes(size, "big")


def coordinate_bytes(crv: str) -> int:
    """Return the size of a coordinate of ``crv``."""
    return 32 if crv == "Ed25519" else (CURVES[crv].key_size + 7) // 8


def _check_kind(jwk: Mapping[str, Any]) -> str:
    kty, crv = required(jwk, "kty", str), optional(jwk, "crv", str)
    if (kty, crv) not in {("OKP", "Ed25519"), ("EC", "P-256"), ("EC", "P-384")}:
        raise UnsupportedError("a JWK must be OKP Ed25519, EC P-256, EC P-384 or RSA")
    alg = optional(jwk, "alg", str)
    if alg is not None and named(alg).crv != crv:
        raise MalformedError("does not belong to the curve", where="alg")
    return str(crv)


def _octets(jwk: Mapping[str, Any], name: str, crv: str) -> bytes:
    try:
        value = base64url.decode(required(jwk, name, str))
    except MalformedError as error:
        if not error.where:
            error.under(name)
        raise
    if len(value) != coordinate_bytes(crv):
        raise MalformedError(f"must have {coordinate_bytes(crv)} bytes", where=name)
    return value
