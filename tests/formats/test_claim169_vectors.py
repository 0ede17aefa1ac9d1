"""The 18 vectors of claim 169: three truly signed, the others never valid."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from tests.formats.vectors import _PLACE, POLICY, judged, vectors
from tests.support import signer

from trustcert import cose, formats
from trustcert.claims import codec
from trustcert.claims.conversion import converted
from trustcert.encoding import base45, cbor
from trustcert.errors import UnsupportedError, VerificationError
from trustcert.formats import claim169
from trustcert.keys import PublicKey
from trustcert.keys.serialised import spki_of
from trustcert.registry.pinned import PinnedTrust
from trustcert.registry.trust import TrustedKey
from trustcert.report import Reason, Verdict
from trustcert.verifier import Verifier

ISSUER = "https://mosip.example.org"
NOW = 1_750_000_000
FILES = sorted((_PLACE / "claim-169").glob("*/*.json"))
SIGNED = {"ecdsa-p256-signed", "ed25519-signed", "encrypted-signed"}


def load(path: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def trust(vector: dict[str, Any]) -> PinnedTrust:
    """The vectors name no kid: their key is pinned under the empty one."""
    given = vector.get("signing_key")
    if given is None:
        return PinnedTrust([])
    octets = bytes.fromhex(given["public_key_hex"])
    native: Any = (
        ed25519.Ed25519PublicKey.from_public_bytes(octets)
        if given["algorithm"] == "EdDSA"
        else ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets)
    )
    key = PublicKey(spki_of(native))
    owner = TrustedKey(key=key, issuer=ISSUER, names=frozenset({ISSUER}), types=None)
    return PinnedTrust([(b"", owner)])


def opened(vector: dict[str, Any]) -> str:
    text: str = vector["qr_data"]
    given = vector.get("encryption_key")
    if given is None:
        return text
    return claim169.decrypted(text, bytes.fromhex(given["symmetric_key_hex"]))


def test_there_are_18() -> None:
    vectors("claim-169")
    assert len(FILES) == 18


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_what_is_signed_is_valid(path: Any) -> None:
    vector = load(path)
    report, claims = judged(trust(vector), opened(vector), NOW)
    if vector["name"] in SIGNED:
        assert report.verdict is Verdict.VALID, report
        assert claims is not None
        assert claims.holder.name == vector["expected_claim169"]["fullName"]
        assert claims.expires == vector["expected_cwt_meta"]["expiresAt"]
        assert claims.issued_at == vector["expected_cwt_meta"]["issuedAt"]
        return
    assert report.verdict is Verdict.INVALID
    expected = {
        "Base45Decode": Reason.NOT_A_CODE,
        "Decompress": Reason.NOT_A_CODE,
        "CoseParse": Reason.MALFORMED,
    }.get(vector.get("expected_error", ""), Reason.NOT_SIGNED)
    assert report.reasons == (expected,)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_claims_are_the_expected_ones(path: Any) -> None:
    vector = load(path)
    if "expected_claim169" not in vector:
        assert vector["category"] == "invalid"
        return
    claims = claim169.claims(claim169.decode(opened(vector)))
    expected, meta = vector["expected_claim169"], vector["expected_cwt_meta"]
    assert claims.original is not None
    assert claims.original["1"] == expected["id"]
    assert claims.holder.name == expected["fullName"]
    assert claims.issuer == meta["issuer"]
    assert claims.expires == meta["expiresAt"]
    assert claims.not_before == meta.get("notBefore")
    assert claims.subject == meta.get("subject")
    born = expected.get("dateOfBirth", "").replace("-", "")
    assert (claims.holder.birth_date is None) is (not born)
    if claims.holder.birth_date is not None:
        assert claims.holder.birth_date.strftime("%Y%m%d") == born


@pytest.mark.parametrize("name", ["encrypted-aes256", "encrypted-signed"])
def test_without_the_key_nothing_is_opened(name: str) -> None:
    vector = load(vectors("claim-169") / "valid" / f"{name}.json")
    report = Verifier(trust(vector), policy=POLICY).check(vector["qr_data"], at=NOW)
    assert report.reasons == (Reason.UNSUPPORTED,)
    key = bytes.fromhex(vector["encryption_key"]["symmetric_key_hex"])
    with pytest.raises(VerificationError):
        claim169.decrypted(vector["qr_data"], bytes(32))
    with pytest.raises(UnsupportedError):
        claim169.decrypted(vector["qr_data"], key[:16])


PERSON = {1: "3918592438", 4: "Janardhan BS"}


@pytest.mark.parametrize(
    ("cti", "expected"),
    [(None, None), (b"", None), (b"3918592438", None), (b"\x01\x02", b"\x01\x02")],
)
def test_a_person_s_number_is_never_the_credential_s_id(
    cti: bytes | None, expected: bytes | None
) -> None:
    cwt: dict[int, Any] = {1: "https://issuer.example", 2: "3918592438", 6: NOW, 169: PERSON}
    if cti is not None:
        cwt[7] = cti
    key = signer()
    payload = cbor.encode(cwt)
    protected = cbor.encode({1: -7, 4: b"k"})
    signature = key.sign(cose.to_be_signed(protected, payload))
    message = cose.join(protected, payload, signature)
    found = formats.open_claims(formats.decode(base45.encode(zlib.compress(message))))
    assert found.id == expected
    made = converted(found, format="claim_169", issuer="CN-51", at=NOW)
    assert made.subject is None
    assert made.source is not None
    assert "3918592438" not in f"{made.source.issuer} {made.source.id} {codec.to_json(made)}"
