"""What genuine codes hold that a stricter reader would refuse, and codes that are only named."""

from __future__ import annotations

import base64
import os
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from tests.formats.vectors import POLICY
from tests.support import NOW, signer

from trustcert import cose, formats, jose
from trustcert.encoding import base45, cbor, digit_pairs, json
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.formats import claim169, hcert, shc
from trustcert.formats.inspection import inspect
from trustcert.keys.thumbprint import thumbprint
from trustcert.limits import CBOR_ITEMS
from trustcert.registry.anchors import Anchor, ForeignTrust
from trustcert.registry.pinned import PinnedTrust
from trustcert.registry.trust import TrustedKey
from trustcert.report import Reason, Report, Verdict
from trustcert.verifier import Verifier

DAY = 86_400
KID = b"12345678"
CASES = Path(os.environ.get("TRUSTCERT_CASES", "../shared/cases/verdicts"))


def pinned(kid: bytes, *names: str) -> PinnedTrust:
    owner = TrustedKey(key=signer().public_key, issuer=names[0], names=frozenset(names), types=None)
    return PinnedTrust([(kid, owner)])


def judge(text: str, trust: Any, **more: Any) -> Report:
    return Verifier(trust, policy=POLICY, **more).check(text, at=NOW)


# CBOR that others write


EVENT = {"tg": "840539006", "mp": "EU/1/20/1528", "dn": 2, "sd": 2, "dt": "2020-02-01", "co": "AT"}
CONTENT: dict[int, Any] = {
    1: "AT",
    4: NOW + DAY,
    6: NOW - DAY,
    -260: {1: {"nam": {"gn": "G"}, "dob": "1990-01-31", "ver": "1.3.0", "v": [EVENT]}},
}


def compressed(payload: bytes) -> str:
    message = cose.sign({cose.ALG: -7, cose.KID: KID}, payload, signer(), tagged=True)
    return base45.encode(zlib.compress(message))


def certificate_text(name: bytes) -> bytes:
    """Return the payload of an EU certificate in indefinite lengths, whose surname is ``name``."""
    dcc = (
        b"\xbf\x63ver\x651.3.0\x63dob\x6a1990-01-31"
        b"\x63nam\xbf\x62fn" + name + b"\xff\x61v\x9f" + cbor.encode(EVENT) + b"\xff\xff"
    )
    times = b"\x04" + cbor.encode(NOW + DAY) + b"\x06" + cbor.encode(NOW - DAY)
    return b"\xbf\x01\x62AT" + times + cbor.encode(-260) + b"\xbf\x01" + dcc + b"\xff\xff"


def test_indefinite_lengths_and_texts_in_chunks_are_read_behind_the_signature() -> None:
    payload = certificate_text(b"\x7f\x63Mus\x63ter\xff")
    assert cbor2.loads(payload)[-260][1]["nam"]["fn"] == "Muster"
    report = judge("HC1:" + compressed(payload), pinned(KID, "AT"))
    assert report.issuer == "AT"
    assert Reason.CLAIMS_MALFORMED not in report.reasons
    assert formats.open_claims(formats.decode("HC1:" + compressed(payload))).holder.name == "Muster"


def test_they_are_bounded() -> None:
    chunks = b"\x7f" + b"\x61x" * (CBOR_ITEMS) + b"\xff"
    report = judge("HC1:" + compressed(certificate_text(chunks)), pinned(KID, "AT"))
    assert report.reasons == (Reason.CLAIMS_MALFORMED,)


def test_headers_with_indefinite_lengths_are_refused() -> None:
    protected = b"\xbf\x01\x26\x04\x48" + KID + b"\xff"
    message = cbor2.dumps([protected, {}, b"payload", bytes(64)])
    with pytest.raises(MalformedError, match="indefinite"):
        hcert.decode("HC1:" + base45.encode(zlib.compress(message)))


# health cards


def card(payload: bytes, **more: Any) -> str:
    header = {"zip": "DEF", "kid": thumbprint(signer().public_key)}
    return "shc:/" + digit_pairs.encode(jose.sign(payload, signer(), header | more))


def packed(value: Any) -> bytes:
    machine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return machine.compress(json.encode(value)) + machine.flush()


BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [{"resource": {"resourceType": "Patient", "birthDate": "1990-01-31"}}],
}
CARD = {
    "iss": "https://sn.example",
    "nbf": NOW - DAY,
    "vc": {
        "type": [shc.TYPE],
        "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": BUNDLE},
    },
}


def test_bytes_behind_a_compressed_payload_need_a_switch() -> None:
    trust = pinned(thumbprint(signer().public_key).encode(), "https://sn.example")
    exact, longer = card(packed(CARD)), card(packed(CARD) + b"\x00")
    assert formats.decode(exact).compatibility == frozenset()
    assert formats.decode(longer).compatibility == {formats.Compatibility.TRAILING_BYTES}
    assert judge(longer, trust).reasons == judge(exact, trust).reasons
    assert judge(longer, trust).issuer == "https://sn.example"
    strict = judge(longer, trust, compatibility=frozenset())
    assert (strict.verdict, strict.reasons) == (Verdict.INVALID, (Reason.UNSUPPORTED,))
    assert "trailing_bytes" in strict.objections[0].detail


# SD-JWT with a chain, and the number of a person


def certified() -> bytes:
    """Return a certificate of the signer, issued by a key that nobody needs."""
    secret = ec.derive_private_key(1234567, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "UT")])
    begin = datetime.fromtimestamp(NOW - 30 * DAY, UTC)
    public = load_der_public_key(signer().public_key.spki)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365))
    )
    return builder.sign(secret, hashes.SHA256()).public_bytes(Encoding.DER)


SIGNER = certified()
ANCHORED = ForeignTrust(
    PinnedTrust([]),
    anchors=[Anchor(certificate=SIGNER, issuer="UT", names=frozenset({"UT"}))],
)
PERSON = {"vct": "urn:eudi:pid:1", "exp": NOW + DAY, "given_name": "Anna", "family_name": "Muster"}


def person(header: dict[str, Any], **more: Any) -> str:
    return jose.sign(json.encode(PERSON | more), signer(), {"typ": "dc+sd-jwt"} | header) + "~"


def x5c() -> dict[str, Any]:
    return {"x5c": [base64.b64encode(SIGNER).decode()]}


def test_a_persons_data_without_issuer_or_time_are_of_the_certificates_owner() -> None:
    claims = formats.open_claims(formats.decode(person(x5c())))
    assert (claims.issuer, claims.issued_at) == ("", NOW - 30 * DAY)
    report = judge(person(x5c()), ANCHORED)
    assert report.issuer == "UT"
    assert Reason.ISSUER_MISMATCH not in report.reasons
    assert report.issued_at == NOW - 30 * DAY
    assert judge(person(x5c(), nbf=NOW - 5), ANCHORED).issued_at == NOW - 5
    assert judge(person(x5c(), iss="other"), ANCHORED).reasons == (Reason.ISSUER_MISMATCH,)


def test_without_a_certificate_issuer_and_time_are_required() -> None:
    for body, where in (({"iat": NOW}, "claims.iss"), ({"iss": "UT"}, "claims.iat")):
        report = judge(person({"kid": "k"}, **body), pinned(b"k", "UT"))
        assert report.reasons == (Reason.CLAIMS_MALFORMED,)
        assert report.objections[0].where == where


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "application/dc+sd-jwt"},
        {"typ": "vc+sd-jwt"},
        {"x5t#S256": "AAAA"},
        {"trust_chain": ["eyJ", "eyJ"]},
        {"vctm": ["eyJ"]},
    ],
)
def test_harmless_parameters_and_types_are_read(header: dict[str, Any]) -> None:
    assert judge(person(x5c() | header), ANCHORED).issuer == "UT"


@pytest.mark.parametrize("header", [{"crit": ["b64"]}, {"jwk": {}}, {"typ": "jwt"}, {"b64": False}])
def test_others_are_unsupported(header: dict[str, Any]) -> None:
    report = judge(person(x5c() | header), ANCHORED)
    assert (report.verdict, report.reasons) == (Verdict.INVALID, (Reason.UNSUPPORTED,))


NUMBER = "110105194912310021"


def test_claim_169_brings_a_chain_and_its_number_is_no_id() -> None:
    payload = cbor.encode({1: "UT", 6: NOW - DAY, 4: NOW + DAY, 169: {1: NUMBER, 4: "Anna Muster"}})
    protected = cbor.encode({cose.ALG: -7})
    signature = signer().sign(cose.to_be_signed(protected, payload))
    message = b"\xd2" + cbor.encode([protected, {cose.X5CHAIN: SIGNER}, payload, signature])
    text = base45.encode(zlib.compress(message))
    envelope = formats.decode(text)
    assert (envelope.format, envelope.certificates) == (claim169.NAME, (SIGNER,))
    claims = formats.open_claims(envelope)
    assert (claims.id, claims.holder.document_tail) == (None, NUMBER[-4:])
    report = judge(text, ANCHORED)
    assert (report.issuer, report.id) == ("UT", None)
    assert NUMBER not in repr(report) + repr(claims) + repr(envelope)


# kinds that are only named


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUub3JnIn0", "SMART Health Link"),
        ("https://viewer.example/#shlink:/eyJ1cmwiOiJodHRwczov", "SMART Health Link"),
        ("NL2:6BFOXN+TS+JKNO", "Dutch domestic certificate"),
        ("PK\x03\x04\x14\x00\x00\x00\x08\x00", "ZIP archive, as DIVOC"),
        ("UEsDBBQAAAAIAAAA", "ZIP archive, as DIVOC"),
        ("DC04FR0AXT4A0E840E8A0101FR", "2D-Doc"),
        ("\xdc\x03\xd9\xc5\xd9\xca\xc8\xa7", "visible digital seal"),
        ('{"verifiableCredential":["eyJ"]}', ".smart-health-card"),
        (jose.sign(b"x", signer(), {"zip": "DEF", "kid": "k"}), "SMART Health Card"),
    ],
)
def test_what_is_not_read_is_named(text: str, name: str) -> None:
    with pytest.raises(UnsupportedError, match=name):
        formats.decode(text)
    report = judge(text, pinned(KID, "AT"))
    assert (report.verdict, report.reasons) == (Verdict.INVALID, (Reason.UNSUPPORTED,))
    assert name in report.objections[0].detail


@pytest.mark.parametrize(
    ("container", "name"),
    [
        ({-6: {"n": "A"}}, "a WHO vaccination certificate"),
        ({5: [{"u": "shlink:/"}]}, "a SMART Health Link"),
        ({3: {}}, "content 3"),
        ({"x": {}}, "content"),
    ],
)
def test_other_contents_of_an_eu_container_are_named(container: Any, name: str) -> None:
    text = "HC1:" + compressed(cbor.encode(CONTENT | {-260: container}))
    report = judge(text, pinned(KID, "AT"))
    assert (report.verdict, report.reasons) == (Verdict.INDETERMINATE, (Reason.UNSUPPORTED,))
    assert name in report.objections[0].detail


def test_the_certificate_of_the_who_is_named() -> None:
    path = CASES / "dcc" / "who-icvp.txt"
    if not path.exists():
        pytest.skip("no cases here")
    envelope = formats.decode(path.read_text(encoding="utf-8").strip())
    with pytest.raises(UnsupportedError, match="WHO vaccination certificate"):
        formats.open_claims(envelope)


# files


def test_texts_come_in_files() -> None:
    token = digit_pairs.decode(card(packed(CARD)).removeprefix("shc:/"))
    source = json.encode({"verifiableCredential": [token]})
    whole = (card(packed(CARD)),)
    for data in (source, b"\xef\xbb\xbf" + source):
        found = formats.from_file(data)
        assert [formats.decode(text).kid for text in found] == [formats.decode(whole[0]).kid]
    assert formats.from_file(b"\xef\xbb\xbfTC1:A B\r\nTC1:CD\r\n\r\n") == ("TC1:A B", "TC1:CD")
    assert formats.from_file("TC1:AB\n".encode("utf-16")) == ("TC1:AB",)
    assert formats.from_file(b'{"data":{}}') == ('{"data":{}}',)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xff\xff\x00", b"\x80", b"{", b'{"a":1,"a":1}'])
def test_a_file_without_a_text_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        formats.from_file(data)


def test_a_file_is_bounded() -> None:
    for data in (b"TC1:A\n" * 17, b"A" * 70_000):
        with pytest.raises(LimitExceededError):
            formats.from_file(data)


def test_an_expiry_that_is_no_number_is_shown() -> None:
    text = "HC1:" + compressed(cbor2.dumps(CONTENT | {4: float("nan")}))
    found = inspect(text)
    json.encode([layer.content for layer in found.layers])
    assert "claims refused: exp: must be Unix seconds of the years 1970 to 9999" in found.problems
