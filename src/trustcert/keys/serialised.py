"""Keys on disk and on the wire: SubjectPublicKeyInfo, PEM, JWK; foreign errors end here."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from cryptography import exceptions
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from trustcert.encoding import base64url
from trustcert.encoding.fields import optional, required
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.keys import edwards, mldsa, rsa_jwk, sm2
from trustcert.keys.algorithms import Algorithm, named
from trustcert.limits import KEY_FILE_BYTES

__all__ = [
    "CURVES",
    "jwk_from_spki",
    "load_spki",
    "pem_from_spki",
    "private_from_jwk",
    "secret_field",
    "spki_from_jwk",
    "spki_from_pem",
    "spki_of",
    "translated",
]

CURVES: Final[dict[str, ec.EllipticCurve]] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}

_KINDS: Final = {("OKP", "Ed25519"), ("EC", "P-256"), ("EC", "P-384"), ("EC", "SM2")}
_PEM_HEAD: Final = "-----BEGIN PUBLIC KEY-----"
_PEM_END: Final = "-----END PUBLIC KEY-----"
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
    if sm2.is_spki(spki):
        return sm2.load_spki(spki)
    with translated("not a public key"):
        native = serialization.load_der_public_key(spki)
    if isinstance(native, ed25519.Ed25519PublicKey):
        edwards.check_point(native.public_bytes_raw())
    return native


def spki_of(native: Any) -> bytes:
    """Return the SubjectPublicKeyInfo (DER) of a native public key."""
    if isinstance(native, sm2.Sm2PublicKey):
        return native.spki
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
        from trustcert.keys import certificate  # it is above this module: it holds keys

        return next(certificate.read_each(pem))().spki
    spki = _armoured(pem)
    if sm2.is_spki(spki):
        return spki
    with translated("not a public key in PEM"):
        return spki_of(serialization.load_pem_public_key(pem))


def pem_from_spki(spki: bytes) -> bytes:
    """Return the public key in PEM (RFC 7468)."""
    text = base64.b64encode(spki).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join((_PEM_HEAD, *lines, _PEM_END, "")).encode()


def _armoured(pem: bytes) -> bytes:
    """Return what a ``PUBLIC KEY`` in PEM holds; nothing where it is no such thing."""
    _, head, rest = pem.partition(_PEM_HEAD.encode())
    text, end, _ = rest.partition(_PEM_END.encode())
    if not (head and end):
        return b""
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except ValueError:
        return b""


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
    if jwk.get("kty") == mldsa.KTY:
        with translated("not an ML-DSA key"):
            return spki_of(mldsa.public_from_jwk(jwk))
    crv = _check_kind(jwk)
    x = _octets(jwk, "x", crv)
    if crv == "Ed25519":
        edwards.check_point(x)
        with translated("not a point of Ed25519"):
            return spki_of(ed25519.Ed25519PublicKey.from_public_bytes(x))
    if crv == "SM2":
        return sm2.Sm2PublicKey(b"\x04" + x + _octets(jwk, "y", crv)).spki
    with translated(f"not a point of {crv}"):
        point = b"\x04" + x + _octets(jwk, "y", crv)
        return spki_of(ec.EllipticCurvePublicKey.from_encoded_point(CURVES[crv], point))


def jwk_from_spki(spki: bytes, algorithm: Algorithm) -> dict[str, Any]:
    """Return the public JWK of a key of ``algorithm``."""
    native: Any = load_spki(spki)
    common = {"kty": algorithm.kty, "alg": algorithm.jose, "use": "sig"}
    if isinstance(native, rsa.RSAPublicKey):
        return common | rsa_jwk.fields(native)
    if mldsa.row_of(native) is not None:
        return common | {"pub": base64url.encode(native.public_bytes_raw())}
    common["crv"] = str(algorithm.crv)
    if isinstance(native, ed25519.Ed25519PublicKey):
        return common | {"x": base64url.encode(native.public_bytes_raw())}
    point = native.point if isinstance(native, sm2.Sm2PublicKey) else _point(native)
    half = len(point) // 2
    x, y = point[1 : half + 1], point[half + 1 :]
    return common | {"x": base64url.encode(x), "y": base64url.encode(y)}


def _point(native: ec.EllipticCurvePublicKey) -> bytes:
    return native.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def private_from_jwk(jwk: Mapping[str, Any]) -> Any:
    """Return the native private key of a JWK with ``d``, or ``priv`` for ML-DSA."""
    public = {name: value for name, value in jwk.items() if name not in {"d", "priv", "key_ops"}}
    with translated("not a private key"):
        native = mldsa.private_from_jwk(jwk) if jwk.get("kty") == mldsa.KTY else _from_d(jwk)
    if spki_of(native.public_key()) != spki_from_jwk(public):
        raise MalformedError("the public part does not belong to the private one")
    return native


def _from_d(jwk: Mapping[str, Any]) -> Any:
    crv = _check_kind(jwk)
    secret = _octets(jwk, "d", crv)
    if crv == "Ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    if crv == "SM2":
        from trustcert.keys import sm2_signing

        return sm2_signing.from_secret(secret)
    return ec.derive_private_key(int.from_bytes(secret, "big"), CURVES[crv])


def secret_field(native: Any) -> dict[str, str]:
    """Return the private field of a JWK: ``d``, or ``priv`` for ML-DSA."""
    if isinstance(native, ec.EllipticCurvePrivateKey):
        value = native.private_numbers().private_value
        return {"d": base64url.encode(value.to_bytes((native.key_size + 7) // 8, "big"))}
    name = "priv" if mldsa.row_of(native.public_key()) else "d"
    return {name: base64url.encode(native.private_bytes_raw())}


def _coordinate_bytes(crv: str) -> int:
    """Return the size of a coordinate of ``crv``."""
    return (CURVES[crv].key_size + 7) // 8 if crv in CURVES else 32


def _check_kind(jwk: Mapping[str, Any]) -> str:
    kty, crv = required(jwk, "kty", str), optional(jwk, "crv", str)
    if (kty, crv) not in _KINDS:
        raise UnsupportedError(
            "a JWK must be OKP Ed25519, EC P-256, EC P-384, EC SM2, AKP ML-DSA or RSA"
        )
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
    if len(value) != _coordinate_bytes(crv):
        raise MalformedError(f"must have {_coordinate_bytes(crv)} bytes", where=name)
    return value
