from __future__ import annotations

import hashlib
import pickle
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import unhurried
from tests.support import signer

from trustcert.errors import (
    LimitExceededError,
    MalformedError,
    UnsupportedError,
    VerificationError,
)
from trustcert.keys import ED25519, ESP256, ESP384, KID_BYTES, Algorithm, PublicKey
from trustcert.keys.der import der_from_raw
from trustcert.limits import KEY_FILE_BYTES
from trustcert.report import Reason, Step, Verdict

ROWS = (ED25519, ESP256, ESP384)
PEM = serialization.Encoding.PEM
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


def foreign_keys() -> list[bytes]:
    """Public keys of kinds that are outside the table, in DER."""
    natives = (
        ed448.Ed448PrivateKey.generate(),
        x25519.X25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP521R1()),
        ec.generate_private_key(ec.SECP256K1()),
    )
    return [
        native.public_key().public_bytes(serialization.Encoding.DER, SPKI) for native in natives
    ]


def certificate(row: Algorithm) -> bytes:
    key = signer(algorithm=row)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.native.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2021, 1, 1, tzinfo=UTC))
        .sign(key.native, None if row is ED25519 else hashes.SHA256())
    )
    return built.public_bytes(PEM)


@pytest.mark.parametrize("row", ROWS)
def test_a_key_verifies_what_it_signed_and_nothing_else(row: Algorithm) -> None:
    key = signer(algorithm=row)
    signature = key.sign(b"message")
    key.public_key.verify(signature, b"message")
    other = signer("shanghai", row).public_key
    for public, made, message in (
        (key.public_key, signature, b"messagf"),
        (key.public_key, signature, b""),
        (other, signature, b"message"),
        (key.public_key, bytes(len(signature)), b"message"),
        (key.public_key, b"\xff" * len(signature), b"message"),
    ):
        with pytest.raises(VerificationError, match="invalid: signature_wrong"):
            public.verify(made, message)


@unhurried
@given(row=st.sampled_from(ROWS), bit=st.integers(0, 96 * 8 - 1))
def test_no_flipped_bit_of_a_signature_passes(row: Algorithm, bit: int) -> None:
    key = signer(algorithm=row)
    signature = bytearray(key.sign(b"message"))
    signature[bit // 8 % len(signature)] ^= 1 << bit % 8
    with pytest.raises(VerificationError):
        key.public_key.verify(bytes(signature), b"message")


@pytest.mark.parametrize("row", ROWS)
def test_the_length_of_a_signature_is_exact(row: Algorithm) -> None:
    key = signer(algorithm=row)
    signature = key.sign(b"message")
    size = row.signature_bytes
    assert len(signature) == size
    half = size // 2
    widened = b"\0" + signature[:half] + b"\0" + signature[half:]
    for wrong in (b"", b"\0\0\0", signature[:-1], signature + b"\0", widened, signature * 2):
        with pytest.raises(VerificationError) as caught:
            key.public_key.verify(wrong, b"message")
        (found,) = caught.value.report.findings
        assert found.detail == f"must have {size} bytes, has {len(wrong)}"


def test_a_refusal_carries_a_report_of_one_step_without_a_time() -> None:
    public = signer().public_key
    with pytest.raises(VerificationError) as caught:
        public.verify(bytes(64), b"message")
    report = caught.value.report
    (found,) = report.findings
    assert (report.verdict, report.at) == (Verdict.INVALID, None)
    assert (found.step, found.reason) == (Step.SIGNATURE, Reason.SIGNATURE_WRONG)
    assert (found.where, found.detail) == ("signature", f"not made by key {public.kid.hex()}")


def test_a_der_signature_is_no_raw_one() -> None:
    key = signer()
    raw = key.sign(b"message")
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    with pytest.raises(VerificationError):
        key.public_key.verify(der, b"message")


@unhurried
@given(
    st.sampled_from([32, 48]).flatmap(lambda half: st.binary(min_size=2 * half, max_size=2 * half))
)
def test_raw_becomes_the_der_of_the_standard_library(raw: bytes) -> None:
    half = len(raw) // 2
    r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
    assert der_from_raw(raw) == encode_dss_signature(r, s)


@pytest.mark.parametrize("raw", [bytes(64), b"\x80" + bytes(63), bytes(63) + b"\xff", b"\xff" * 96])
def test_raw_becomes_der_at_the_edges(raw: bytes) -> None:
    half = len(raw) // 2
    r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
    assert der_from_raw(raw) == encode_dss_signature(r, s)


@pytest.mark.parametrize("row", ROWS)
def test_the_kid_is_the_first_bytes_of_the_spki_s_digest(row: Algorithm) -> None:
    key = signer(algorithm=row).public_key
    assert key.kid == hashlib.sha256(key.spki).digest()[:KID_BYTES]
    assert len(key.kid) == 4


@pytest.mark.parametrize("row", ROWS)
def test_a_key_reads_back_from_every_form(row: Algorithm) -> None:
    key = signer(algorithm=row).public_key
    forms = (
        PublicKey(key.spki),
        PublicKey.from_pem(key.to_pem()),
        PublicKey.from_jwk(key.to_jwk()),
        PublicKey.from_pem(certificate(row)),
        pickle.loads(pickle.dumps(key)),  # noqa: S301 - our own bytes
    )
    for form in forms:
        assert form == key
        assert hash(form) == hash(key)
        assert (form.spki, form.kid, form.algorithm) == (key.spki, key.kid, row)
    assert key != signer("shanghai", row).public_key
    assert key != key.spki
    assert repr(key) == f"<PublicKey {row.name} {key.kid.hex()}>"


def test_a_compressed_point_is_the_same_key() -> None:
    key = signer()
    assert isinstance(key.native, ec.EllipticCurvePrivateKey)
    point = key.native.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    head = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    assert PublicKey(head + point) == key.public_key


def test_kinds_outside_the_table_are_unsupported() -> None:
    for spki in foreign_keys():
        with pytest.raises(UnsupportedError):
            PublicKey(spki)
        pem = serialization.load_der_public_key(spki).public_bytes(PEM, SPKI)
        with pytest.raises(UnsupportedError):
            PublicKey.from_pem(pem)


@pytest.mark.parametrize("spki", [b"", b"\x30", b"\x30\x00", bytes(91), b"\xff" * 40])
def test_what_is_no_key_is_malformed(spki: bytes) -> None:
    with pytest.raises(MalformedError, match="not a public key"):
        PublicKey(spki)


def test_bytes_behind_a_key_and_points_off_the_curve_are_refused() -> None:
    spki = signer().public_key.spki
    for wrong in (spki + b"\0", spki[:-1], spki[:-1] + bytes((spki[-1] ^ 1,))):
        with pytest.raises(MalformedError):
            PublicKey(wrong)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"ssh-ed25519 AAAA",
    ],
)
def test_what_is_no_pem_is_malformed(pem: bytes) -> None:
    with pytest.raises(MalformedError, match=r"PEM|not a certificate"):
        PublicKey.from_pem(pem)


def test_a_private_key_is_never_taken_for_a_public_one() -> None:
    key = signer()
    pem = key.native.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(MalformedError, match="this is a private key"):
        PublicKey.from_pem(pem)
    with pytest.raises(MalformedError, match="this is a private key"):
        PublicKey.from_jwk(key.public_key.to_jwk() | {"d": "AAAA"})


def test_files_are_read_up_to_the_limit() -> None:
    pem = signer().public_key.to_pem()
    assert PublicKey.from_pem(pem.ljust(KEY_FILE_BYTES, b"\n")) == signer().public_key
    with pytest.raises(LimitExceededError):
        PublicKey.from_pem(pem.ljust(KEY_FILE_BYTES + 1, b"\n"))
    with pytest.raises(MalformedError, match="not a public key"):
        PublicKey(bytes(KEY_FILE_BYTES))
    with pytest.raises(LimitExceededError):
        PublicKey(bytes(KEY_FILE_BYTES + 1))
