"""Keys and signatures as TUF metadata holds them, for each row of the table of algorithms.

Ed25519, P-256 and P-384 are TUF's own; ML-DSA is by TAP 21 (over ``"tuf"``, a byte 1 and the
SHA-512 of the metadata). SM2 is ours, since TUF has none: key type ``sm2``, scheme ``sm2-sm3``,
the public key in PEM, signatures raw r‖s::

    {"keytype": "sm2", "scheme": "sm2-sm3", "keyval": {"public": "-----BEGIN PUBLIC KEY-----…"}}

A key that signs under an ID of its own has it beside ``public``, as ``sm2_id``. Clients other
than this library count no SM2 signature; a registry for both gives a role keys of both kinds.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib import formats
from securesystemslib import signer as sslib
from securesystemslib.exceptions import UnverifiedSignatureError

from trustcert.errors import MalformedError, UnsupportedError, VerificationError
from trustcert.keys import ALGORITHMS, ED25519, ML_DSA_44, ML_DSA_65, SM2, PublicKey, Signer
from trustcert.keys.public import der_from_raw

KEY_TYPE: Final = "sm2"
SCHEME: Final = "sm2-sm3"

_ML_DSA: Final = frozenset({ML_DSA_44, ML_DSA_65})


class Sm2Key(sslib.Key):
    """An SM2 key in TUF metadata."""

    def __init__(
        self,
        keyid: str,
        keytype: str,
        scheme: str,
        keyval: dict[str, Any],
        unrecognized_fields: dict[str, Any] | None = None,
    ) -> None:
        """Take the fields of the metadata.

        Raises:
            ValueError: the key is none of SM2.
        """
        super().__init__(keyid, keytype, scheme, keyval, unrecognized_fields)
        self.public_key = _loaded(keyval)

    @classmethod
    def from_dict(cls, keyid: str, key_dict: dict[str, Any]) -> Sm2Key:
        """Return the key of its fields, which this takes out of ``key_dict``."""
        keytype, scheme, keyval = cls._from_dict(key_dict)
        return cls(keyid, keytype, scheme, keyval, key_dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of the metadata."""
        return self._to_dict()

    def verify_signature(self, signature: sslib.Signature, data: bytes) -> None:
        """Return if this key made ``signature`` over ``data``.

        Raises:
            UnverifiedSignatureError: it did not.
        """
        if signature.keyid != self.keyid:
            raise UnverifiedSignatureError(f"signature of another key than {self.keyid}")
        try:
            self.public_key.verify(bytes.fromhex(signature.signature), data)
        except (ValueError, VerificationError):
            raise UnverifiedSignatureError(f"not signed by {self.keyid}") from None


def enable() -> None:
    """Let python-tuf read SM2 keys; doing so again changes nothing."""
    sslib.KEY_FOR_TYPE_AND_SCHEME[KEY_TYPE, SCHEME] = Sm2Key


def key_of(key: PublicKey) -> sslib.Key:
    """Return ``key`` as TUF metadata holds it.

    Raises:
        UnsupportedError: no key that signs a registry.
    """
    if key.algorithm not in ALGORITHMS:
        raise UnsupportedError(f"{key.algorithm.name} signs no registry")
    if key.algorithm is not SM2:
        return sslib.SSlibKey.from_crypto(serialization.load_der_public_key(key.spki))
    keyval = {"public": key.to_pem().decode()}
    if "sm2_id" in key.to_jwk():
        keyval["sm2_id"] = key.sm2_id
    fields = {"keytype": KEY_TYPE, "scheme": SCHEME, "keyval": keyval}
    keyid = hashlib.sha256(str(formats.encode_canonical(fields)).encode()).hexdigest()
    return Sm2Key(keyid, KEY_TYPE, SCHEME, keyval)


def public_key_of(key: sslib.Key) -> PublicKey:
    """Return the public key that metadata holds.

    Raises:
        MalformedError: it holds none.
        UnsupportedError: a kind of key outside the table of algorithms.
    """
    if isinstance(key, Sm2Key):
        return key.public_key
    public = key.keyval.get("public")
    if not isinstance(public, str):
        raise MalformedError("must be a text", where="keyval.public")
    if not public.startswith("-----"):
        try:
            raw = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        except ValueError:
            raise MalformedError("is no key", where="keyval.public") from None
        public = raw.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()
    return PublicKey.from_pem(public.encode())


def signature_of(signer: Signer, data: bytes) -> bytes:
    """Return the signature of ``signer`` over the metadata ``data``, in the form that TUF wants."""
    row = signer.public_key.algorithm
    if row in _ML_DSA:
        return signer.sign(b"tuf\x01" + hashlib.sha512(data).digest())
    raw = signer.sign(data)
    return raw if row in {ED25519, SM2} else der_from_raw(raw)


def _loaded(keyval: dict[str, Any]) -> PublicKey:
    pem, sm2_id = keyval.get("public"), keyval.get("sm2_id")
    if not isinstance(pem, str) or not isinstance(sm2_id, str | None):
        raise ValueError("an SM2 key needs its public key in PEM")  # noqa: TRY004 - python-tuf's
    try:
        key = PublicKey.from_pem(pem.encode())
        key = key if sm2_id is None else PublicKey(key.spki, sm2_id=sm2_id)
    except (MalformedError, UnsupportedError) as error:
        raise ValueError(str(error)) from None
    if key.algorithm is not SM2:
        raise ValueError("not a key of SM2")
    return key
