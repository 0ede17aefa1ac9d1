from __future__ import annotations

import pickle

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from tests.support import signer

from trustcert.encoding import base64url
from trustcert.errors import (
    LimitExceededError,
    MalformedError,
    UnsupportedError,
    VerificationError,
)
from trustcert.keys import ED25519, ESP256, ESP384, Algorithm, PrivateKey
from trustcert.limits import KEY_FILE_BYTES

ROWS = (ED25519, ESP256, ESP384)
PASSWORD = b"correct horse"


@pytest.mark.parametrize("row", ROWS)
def test_a_key_reads_back_and_signs_the_same(row: Algorithm) -> None:
    key = PrivateKey.generate(row)
    pem = key.to_pem(PASSWORD)
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    for read in (
        PrivateKey.from_pem(pem, PASSWORD),
        PrivateKey.from_jwk(key.unsafe_to_jwk()),
    ):
        assert read.public_key == key.public_key
        key.public_key.verify(read.sign(b"message"), b"message")


@pytest.mark.parametrize("row", ROWS)
def test_signatures_have_the_raw_length(row: Algorithm) -> None:
    key = PrivateKey.generate(row)
    for message in (b"", b"message", bytes(10_000)):
        assert len(key.sign(message)) == row.signature_bytes


def test_two_new_keys_differ() -> None:
    assert PrivateKey.generate().public_key != PrivateKey.generate().public_key


@pytest.mark.parametrize("row", ROWS)
def test_the_secret_is_in_no_repr_and_does_not_travel(row: Algorithm) -> None:
    key = PrivateKey.generate(row)
    secret = key.unsafe_to_jwk()["d"]
    shown = repr(key)
    assert shown == f"<PrivateKey {row.name} {key.public_key.kid.hex()}>"
    for form in (
        secret,
        base64url.decode(secret).hex(),
        str(int.from_bytes(base64url.decode(secret), "big")),
    ):
        assert form not in shown
    with pytest.raises(TypeError, match="does not travel"):
        pickle.dumps(key)


def test_a_file_never_lacks_a_password() -> None:
    with pytest.raises(MalformedError, match="never written without a password"):
        PrivateKey.generate().to_pem(b"")


@pytest.mark.parametrize("password", [None, b"", b"wrong horse", PASSWORD + b"\n"])
def test_a_wrong_password_opens_nothing(password: bytes | None) -> None:
    pem = PrivateKey.generate().to_pem(PASSWORD)
    with pytest.raises(MalformedError, match="not a private key in PEM, or not its password"):
        PrivateKey.from_pem(pem, password)


def test_an_unencrypted_file_of_another_program_is_read_without_a_password() -> None:
    key = signer()
    pem = key.native.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    assert PrivateKey.from_pem(pem, None).public_key == key.public_key
    with pytest.raises(MalformedError):
        PrivateKey.from_pem(pem, b"password")


@pytest.mark.parametrize("pem", [b"", b"text", signer().public_key.to_pem()])
def test_what_is_no_private_key_is_malformed(pem: bytes) -> None:
    with pytest.raises(MalformedError, match="not a private key"):
        PrivateKey.from_pem(pem, None)


def test_files_are_read_up_to_the_limit() -> None:
    pem = PrivateKey.generate().to_pem(PASSWORD)
    PrivateKey.from_pem(pem.ljust(KEY_FILE_BYTES, b"\n"), PASSWORD)
    with pytest.raises(LimitExceededError):
        PrivateKey.from_pem(pem.ljust(KEY_FILE_BYTES + 1, b"\n"), PASSWORD)


def test_kinds_outside_the_table_are_unsupported() -> None:
    for native in (
        x25519.X25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP521R1()),
    ):
        pem = native.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        with pytest.raises(UnsupportedError):
            PrivateKey.from_pem(pem, None)


@pytest.mark.parametrize("row", ROWS)
def test_a_jwk_whose_two_parts_do_not_belong_together_is_refused(row: Algorithm) -> None:
    jwk = PrivateKey.generate(row).unsafe_to_jwk()
    other = PrivateKey.generate(row).unsafe_to_jwk()
    with pytest.raises(MalformedError, match="does not belong to the private"):
        PrivateKey.from_jwk(jwk | {"d": other["d"]})


@pytest.mark.parametrize(
    ("d", "where"),
    [
        (None, "d"),
        (1, "d"),
        ("AA=", "d"),
        (base64url.encode(bytes(31)), "d"),
        (base64url.encode(bytes(32)), ""),
        (base64url.encode(b"\xff" * 32), ""),
    ],
)
def test_a_jwk_with_no_secret_that_the_curve_knows_is_refused(d: object, where: str) -> None:
    jwk = PrivateKey.generate().unsafe_to_jwk() | {"d": d}
    with pytest.raises(MalformedError) as caught:
        PrivateKey.from_jwk(jwk)
    assert caught.value.where == where
    assert str(d) not in str(caught.value)


def test_signatures_of_one_key_are_none_of_another() -> None:
    key, other = PrivateKey.generate(), PrivateKey.generate()
    with pytest.raises(VerificationError):
        other.public_key.verify(key.sign(b"message"), b"message")
