"""A signer over any callable hands on only what its public key verifies."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from tests.support import guangdong, proof, trusted, world

from trustcert.errors import SigningError
from trustcert.issuer import issue
from trustcert.keys import PrivateKey, PublicKey
from trustcert.keys.der import raw_from_der
from trustcert.keys.remote import CallableSigner
from trustcert.report import Verdict


def test_a_key_service_that_takes_digests_and_gives_der() -> None:
    vault = ec.generate_private_key(ec.SECP256R1())
    asked: list[bytes] = []

    def service(message: bytes) -> bytes:
        digest = hashlib.sha256(message).digest()
        asked.append(digest)
        der = vault.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        return raw_from_der(der, 32)

    signer = CallableSigner(PrivateKey(vault).public_key, service)
    text = issue(proof(), signer)
    assert len(asked) == 1
    trust = world(keys=(trusted(signer.public_key),))
    assert guangdong(trust).check(text, at=proof().issued_at + 60).verdict is Verdict.VALID


def test_what_does_not_verify_never_leaves() -> None:
    key, other = PrivateKey.generate(), PrivateKey.generate()
    good = key.sign(b"another message")
    for returned in (b"", good, good[:-1], bytes(64), other.sign(b"message")):
        signer = CallableSigner(key.public_key, lambda _message, out=returned: out)  # type: ignore[misc]
        with pytest.raises(SigningError, match="no signature of this key"):
            signer.sign(b"message")
        with pytest.raises(SigningError):
            issue(proof(), signer)


def test_what_the_service_raises_passes_through() -> None:
    def service(_message: bytes) -> bytes:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        CallableSigner(PrivateKey.generate().public_key, service).sign(b"message")


def test_repr_names_the_public_key() -> None:
    public: PublicKey = PrivateKey.generate().public_key
    assert public.kid.hex() in repr(CallableSigner(public, bytes))
