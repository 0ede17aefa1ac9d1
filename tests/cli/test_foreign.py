"""Foreign codes on the command line: inspected, judged, put together, converted."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from trustcert import formats
from trustcert.encoding import base64url, json
from trustcert.encoding.instants import instant
from trustcert.formats import hcert, nzcp
from trustcert.keys import PrivateKey

from .conftest import NOW, Call

AT = instant(NOW)
DAY = 86_400


@pytest.fixture
def foreign(tmp_path: Path) -> str:
    """An EU certificate of a made-up Austrian signer, whose certificate is in signer.pem."""
    native = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "AT")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(native.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2028, 1, 1, tzinfo=dt.UTC))
        .sign(native, hashes.SHA256())
    )
    (tmp_path / "signer.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kid = hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).digest()[:8]
    event = {
        "tg": "840539006",
        "mp": "EU/1/20/1528",
        "dn": 2,
        "sd": 2,
        "dt": "2026-01-10",
        "co": "AT",
        "ci": "URN:UVCI:01:AT:1",
        "is": "Ministry",
        "vp": "x",
        "ma": "y",
    }
    certificate = {
        "ver": "1.3.0",
        "dob": "1990-01-31",
        "v": [event],
        "nam": {"fn": "Musterfrau", "gn": "Gabriele"},
    }
    payload = {1: "AT", 4: AT + 30 * DAY, 6: AT - DAY, -260: {1: certificate}}
    return hcert.write(payload, PrivateKey(native), kid=kid)


def test_inspect_asks_for_insecure_and_says_that_nothing_is_verified(
    trustcert: Call, foreign: str
) -> None:
    assert trustcert("inspect", foreign).code == 2
    shown = trustcert("inspect", "--insecure", foreign)
    assert shown.code == 0
    assert shown.out.startswith("NOT VERIFIED  hcert\n")
    assert "Musterfrau" in shown.out
    as_json = json.decode(trustcert("inspect", "--insecure", "--json", foreign).out, limit=1 << 20)
    assert as_json["verified"] is False
    assert trustcert("inspect", "--insecure", "HC1:!!").code == 1
    assert trustcert("inspect", "--insecure", "eyJ" + "A" * 300).code == 1  # no file's name


def test_inspect_reads_text_files_and_streams_and_names_what_it_cannot(
    trustcert: Call, foreign: str, tmp_path: Path
) -> None:
    file = tmp_path / "codes.txt"
    file.write_bytes(f"\ufeff{foreign}\r\nNL2:6BFOXN\r\n".encode())
    shown = trustcert("inspect", "--insecure", str(file))
    assert (shown.code, shown.out.count("NOT VERIFIED")) == (1, 2)
    assert "refused: a Dutch domestic certificate" in shown.out
    assert trustcert("inspect", "--insecure", "-", stdin=foreign).code == 0
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    assert trustcert("inspect", "--insecure", str(empty)).code == 4
    assert trustcert("inspect", "--insecure", str(tmp_path)).code == 4
    assert trustcert("inspect", "--insecure", "-", stdin=b"\x80\x81").code == 4


def test_a_foreign_code_is_judged_against_a_pinned_certificate(
    trustcert: Call, foreign: str
) -> None:
    good = trustcert("verify", foreign, "--trust", "signer.pem", "--at", NOW)
    assert good.code == 0, good
    assert "vaccination · AT" in good.out


def test_a_foreign_verdict_is_shown_as_json_whatever_its_issuer_said(
    trustcert: Call, tmp_path: Path
) -> None:
    key = PrivateKey.generate()
    jwks = {"issuer": "AT", "keys": [key.public_key.to_jwk()]}
    (tmp_path / "keys.json").write_bytes(json.encode(jwks))
    uvci = "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B"
    for ci, born, dose in ((uvci, "1990-01-31", 2), ("U", "1840-01-31", 0)):
        event = {"tg": "840539006", "mp": "EU/1/20/1528", "dn": dose, "dt": "2026-01-10", "ci": ci}
        certificate = {"dob": born, "v": [event], "nam": {"fn": "Musterfrau", "gn": "Gabriele"}}
        payload = {1: "AT", 4: AT + DAY, 6: AT - DAY, -260: {1: certificate}}
        code = hcert.write(payload, key, kid=key.public_key.kid)
        result = trustcert("verify", code, "--json", "--trust", "keys.json", "--at", NOW)
        assert result.code == 0, result.err
        shown = json.decode(result.out, limit=1 << 20)["claims"]
        assert base64url.decode(shown["jti"]).decode() == ci
        assert shown["credential"]["birth_date"] == born
        assert shown["credential"]["dose"] == dose


def test_convert_issues_it_again_with_its_provenance(trustcert: Call, foreign: str) -> None:
    trustcert("keygen", "issuing.pem")
    made = trustcert(
        "convert", foreign, "--trust", "signer.pem", "--key", "issuing.pem",
        "--issuer", "CN-51", "--at", NOW, "--valid-for", "7d",
    )  # fmt: skip
    assert made.code == 0, made.err
    claims = formats.open_claims(formats.decode(made.out.strip()))
    assert (claims.issuer, claims.issued_at, claims.expires) == ("CN-51", AT, AT + 7 * DAY)
    assert claims.source is not None
    assert (claims.source.format, claims.source.issuer) == ("hcert", "AT")
    assert (claims.source.issued_at, claims.source.id) == (AT - DAY, "URN:UVCI:01:AT:1")
    assert claims.holder.name == "Gabriele Musterfrau"


def test_convert_takes_a_file_of_one_code(trustcert: Call, foreign: str, tmp_path: Path) -> None:
    file = tmp_path / "code.txt"
    trustcert("keygen", "issuing.pem")
    options = (
        "--trust", "signer.pem", "--key", "issuing.pem", "--issuer", "CN-51", "--at", NOW,
    )  # fmt: skip
    file.write_text(foreign)
    assert trustcert("convert", str(file), *options).out.startswith("TC1:")
    file.write_text(f"{foreign}\n{foreign}\n")
    refused = trustcert("convert", str(file), *options)
    assert (refused.code, refused.out) == (2, "")
    assert "CODE must hold one code; 2 were found" in refused.err


def test_convert_refuses_what_is_not_genuine_or_not_in_time(trustcert: Call, foreign: str) -> None:
    trustcert("keygen", "issuing.pem")
    common = ("--trust", "signer.pem", "--key", "issuing.pem", "--issuer", "CN-51", "--at")
    late = trustcert("convert", foreign, *common, "2027-01-01T00:00:00Z")
    assert (late.code, late.out) == (1, "")
    assert "expired" in late.err
    body = nzcp.write(
        issuer="did:web:x", kid="k", subject={}, validity=(AT, AT + 1), signer=PrivateKey.generate()
    )
    assert trustcert("convert", body, *common, NOW).code == 1
