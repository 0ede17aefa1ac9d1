"""The cases of key files, DID documents and SM2 certificates, as their README says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trustcert.errors import MalformedError, UnsupportedError
from trustcert.keys import PublicKey, certificate, path
from trustcert.keys.sm2_doctor import diagnose
from trustcert.registry import pinned

_VECTORS = Path(os.environ.get("TRUSTCERT_VECTORS", "../shared/vectors"))
CASES = _VECTORS.parent / "cases" / "verdicts"

if not CASES.is_dir():
    pytest.skip(f"{CASES} is absent", allow_module_level=True)


@pytest.mark.parametrize("name", sorted(p.name for p in (CASES / "keyfiles").iterdir()))
def test_the_good_key_is_taken_and_the_other_passed_over_with_a_line(name: str) -> None:
    passed: list[str] = []
    (good,) = pinned.read((CASES / "keyfiles" / name).read_bytes(), passed=passed)
    if name == "crlversion_text.jwks":
        assert (good.card_lists, passed) == (1, [])
    else:
        (line,) = passed
        assert line.startswith(("keys[1]: ", "certificate 2: "))


@pytest.mark.parametrize("name", sorted(p.name for p in (CASES / "did").iterdir()))
def test_relative_and_full_urls_resolve_against_the_document(name: str) -> None:
    passed: list[str] = []
    (good,) = pinned.read((CASES / "did" / name).read_bytes(), passed=passed)
    assert "did:web:issuer.example#k1" in good.record.kids
    assert len(passed) == (name in {"bad_jwk_beside.json", "external_ref.json"})


def test_an_sm2_certificate_gives_its_key_and_names() -> None:
    (found,) = certificate.read_all((CASES / "sm2" / "sm2.crt").read_bytes())
    assert (found.country, found.province) == ("CN", "四川省")
    assert found.key.algorithm.name == "SM2"
    assert path.is_issued_by(found, found)
    both = pinned.read((CASES / "sm2" / "both.pem").read_bytes())
    assert [(entry.issuer, entry.record.key.algorithm.name) for entry in both] == [
        ("CN-51", "SM2"),
        ("CN-51", "ESP256"),
    ]
    pem = (CASES / "sm2" / "sm2oid.pub").read_bytes()
    assert PublicKey.from_pem(pem) == found.key


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("full.sig", ()),
        ("short.sig", ("r lost its leading zero",)),
        (
            "der_unsigned.sig",
            ("an INTEGER of the DER lacks the zero octet that keeps it positive",),
        ),
    ],
)
def test_the_doctor_names_a_lost_zero(name: str, says: tuple[str, ...]) -> None:
    key, message, signature = (
        (CASES / "doctor" / part).read_bytes() for part in ("key.pub", "msg", name)
    )
    assert diagnose(key, message, signature).mismatches == says


def test_nothing_left_is_an_error_that_says_why() -> None:
    block = b"-----BEGIN CERTIFICATE-----\nMIIB=AAA\n-----END CERTIFICATE-----\n"
    with pytest.raises(UnsupportedError, match="certificate 1: its base64 is damaged"):
        pinned.read(block)
    with pytest.raises(MalformedError, match="ISSUER=FILE"):
        pinned.read((CASES / "sm2" / "sm2oid.pub").read_bytes())
    (entry,) = pinned.read((CASES / "sm2" / "sm2oid.pub").read_bytes(), issuer="CN-51")
    assert entry.names == {"CN-51"}


def test_an_issuer_that_is_given_counts_beside_the_certificate_s_own() -> None:
    pem = (CASES / "dcc" / "GB_1.3.0_VAC_GG.pem").read_bytes()
    (entry,) = pinned.read(pem)
    assert {"GB", "GG", "JE", "IM"} <= entry.names
    (entry,) = pinned.read(pem, issuer="Ministry")
    assert {"GB", "Ministry"} <= entry.names
