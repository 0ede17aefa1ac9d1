"""ML-DSA-44 and -65: keys in every form, credentials, and a second implementation."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import mldsa
from tests.support import guangdong, proof, trusted, world

from trustcert.claims import confirmation
from trustcert.errors import MalformedError, UnsupportedError, VerificationError
from trustcert.issuer import issue
from trustcert.keys import ML_DSA_44, ML_DSA_65, Algorithm, PrivateKey, PublicKey
from trustcert.report import Verdict

ROWS = pytest.mark.parametrize("row", [ML_DSA_44, ML_DSA_65], ids=lambda row: row.name)
SIZES = {ML_DSA_44: (1_312, 2_420), ML_DSA_65: (1_952, 3_309)}


def dilithium(row: Algorithm) -> Any:
    """Return the implementation of dilithium-py."""
    module = pytest.importorskip("dilithium_py.ml_dsa", reason="dilithium-py is not installed")
    return {ML_DSA_44: module.ML_DSA_44, ML_DSA_65: module.ML_DSA_65}[row]


@ROWS
def test_all_forms_of_a_key_are_one_key(row: Algorithm) -> None:
    private = PrivateKey.generate(row)
    public = private.public_key
    assert public.algorithm is row
    jwk = public.to_jwk()
    assert (jwk["kty"], jwk["alg"], "crv" in jwk) == ("AKP", row.name, False)
    assert PublicKey.from_jwk(jwk) == PublicKey.from_pem(public.to_pem()) == public
    assert pickle.loads(pickle.dumps(public)) == public  # noqa: S301 - our own
    for again in (
        PrivateKey.from_pem(private.to_pem(b"password"), b"password"),
        PrivateKey.from_jwk(private.unsafe_to_jwk()),
    ):
        assert again.public_key == public
        public.verify(again.sign(b"message"), b"message")


@ROWS
def test_a_second_implementation_verifies_ours_and_we_its(row: Algorithm) -> None:
    other = dilithium(row)
    private = PrivateKey.generate(row)
    raw = serialization.load_der_public_key(private.public_key.spki)
    assert isinstance(raw, mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey)
    for number in range(5):
        message = bytes((number,)) * number
        assert other.verify(raw.public_bytes_raw(), message, private.sign(message))
        assert not other.verify(raw.public_bytes_raw(), message + b"x", private.sign(message))

    from trustcert.encoding import base64url

    pub, secret = other.keygen()
    known = PublicKey.from_jwk({"kty": "AKP", "alg": row.name, "pub": base64url.encode(pub)})
    for number in range(5):
        message = bytes((number,)) * number
        signature = other.sign(secret, message)
        known.verify(signature, message)
        with pytest.raises(VerificationError):
            known.verify(signature, message + b"x")
        with pytest.raises(VerificationError):  # a context is another signature
            known.verify(other.sign(secret, message, ctx=b"context"), message)


@ROWS
def test_wrong_lengths_and_bits_are_refused(row: Algorithm) -> None:
    private = PrivateKey.generate(row)
    signature = private.sign(b"message")
    assert len(signature) == row.signature_bytes == SIZES[row][1]
    for wrong in (b"", signature[:-1], signature + b"\0", bytes(len(signature))):
        with pytest.raises(VerificationError):
            private.public_key.verify(wrong, b"message")
    for place in range(0, len(signature), 97):
        changed = bytearray(signature)
        changed[place] ^= 1
        with pytest.raises(VerificationError):
            private.public_key.verify(bytes(changed), b"message")


@ROWS
def test_bad_jwks_are_refused(row: Algorithm) -> None:
    jwk = PrivateKey.generate(row).public_key.to_jwk()
    other = ML_DSA_65 if row is ML_DSA_44 else ML_DSA_44
    bad: list[dict[str, Any]] = [
        jwk | {"pub": jwk["pub"][:-4]},
        jwk | {"pub": ""},
        jwk | {"pub": 7},
        jwk | {"alg": other.name},
        {name: value for name, value in jwk.items() if name != "alg"},
        {name: value for name, value in jwk.items() if name != "pub"},
        jwk | {"priv": "AAAA"},
        jwk | {"use": "enc"},
    ]
    for wrong in bad:
        with pytest.raises(MalformedError):
            PublicKey.from_jwk(wrong)
    for alg in ("ML-DSA-87", "SLH-DSA-SHA2-128s", "ES256"):
        with pytest.raises(UnsupportedError):
            PublicKey.from_jwk(jwk | {"alg": alg})


def test_a_private_jwk_must_belong_to_its_public_part() -> None:
    one, two = (PrivateKey.generate(ML_DSA_44).unsafe_to_jwk() for _ in range(2))
    with pytest.raises(MalformedError, match="does not belong"):
        PrivateKey.from_jwk(one | {"priv": two["priv"]})
    with pytest.raises(MalformedError):
        PrivateKey.from_jwk(one | {"priv": one["priv"][:-2]})


def test_ml_dsa_87_is_outside_the_table() -> None:
    spki = (
        mldsa.MLDSA87PrivateKey.generate()
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(UnsupportedError):
        PublicKey(spki)


@ROWS
@pytest.mark.parametrize("form", ["compact", "jwt"])
def test_a_credential_is_checked_like_any_other(row: Algorithm, form: str) -> None:
    signer = PrivateKey.generate(row)
    text = issue(proof(), signer, format=form)
    at = proof().issued_at + 3600
    judge = guangdong(world(keys=(trusted(signer.public_key),)))
    assert judge.check(text, at=at).verdict is Verdict.VALID
    middle = len(text) // 2
    changed = text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]
    assert judge.check(changed, at=at).verdict is Verdict.INVALID
    stranger = guangdong(world(keys=(trusted(PrivateKey.generate(row).public_key),)))
    assert stranger.check(text, at=at).verdict is Verdict.INDETERMINATE


@ROWS
def test_a_holder_may_have_such_a_key(row: Algorithm) -> None:
    key = PrivateKey.generate(row).public_key
    cose = confirmation.to_cose(key)
    assert cose[1][1] == 7
    assert cose[1][3] == row.cose
    assert confirmation.from_cose(cose) == key
    assert confirmation.from_json(confirmation.to_json(key)) == key
    with pytest.raises(UnsupportedError):
        confirmation.from_cose({1: cose[1] | {3: -50}})
    with pytest.raises(MalformedError):
        confirmation.from_cose({1: cose[1] | {-1: cose[1][-1][:-1]}})
    with pytest.raises(MalformedError):
        confirmation.from_cose({1: cose[1] | {-2: b"x"}})
