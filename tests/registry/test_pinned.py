from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st
from tests.registry.simulator import vectors

from trustcert.errors import MalformedError, TrustcertError, UnsupportedError
from trustcert.keys import PrivateKey, PublicKey, certificate
from trustcert.keys.thumbprint import thumbprint
from trustcert.registry import model, pinned
from trustcert.registry.model import KeyRecord, KeySet
from trustcert.registry.pinned import PinnedTrust, load_pinned
from trustcert.registry.trust import TrustedKey

FROM = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
UNTIL = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


def made(*usages: str, country: str | None = "DE", province: str | None = None) -> bytes:
    """Return a self-signed certificate in DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    parts = [
        x509.NameAttribute(oid, value)
        for oid, value in (
            (NameOID.COUNTRY_NAME, country),
            (NameOID.STATE_OR_PROVINCE_NAME, province),
        )
        if value is not None
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(parts))
        .issuer_name(x509.Name(parts))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
    )
    if usages:
        listed = x509.ExtendedKeyUsage([ObjectIdentifier(usage) for usage in usages])
        builder = builder.add_extension(listed, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def pem(der: bytes) -> bytes:
    body = base64.encodebytes(der)
    return b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"


def test_a_certificate_is_found_under_its_eu_kid_and_under_ours() -> None:
    der = made("1.3.6.1.4.1.1847.2021.1.2", "1.3.6.1.4.1.0.1847.2021.1.1")
    found = certificate.read(der)
    trust = PinnedTrust.from_certificates(der)
    for kid in (found.digest[:8], found.key.kid, found.key.kid.hex().encode()):
        (trusted,) = trust.keys_for(kid)
        assert trusted.key == found.key
        assert trusted.issuer == "DE"
        assert trusted.types == frozenset({"vaccination", "test_result"})
        assert trusted.not_before == FROM.timestamp()
        assert trusted.not_after == UNTIL.timestamp() + 1
    assert trust.as_of is None
    assert trust.clock_floor == 0
    assert trust.contact("DE") is None


def test_a_certificate_without_usages_may_sign_any_type_and_so_may_one_of_others() -> None:
    for der in (made(), made("1.3.6.1.5.5.7.3.1")):
        (trusted,) = PinnedTrust.from_certificates(der).keys_for(certificate.read(der).key.kid)
        assert trusted.types is None


@pytest.mark.parametrize("province", ["四川省", "Sichuan", "51"])
def test_a_chinese_certificate_belongs_to_its_province(province: str) -> None:
    der = made(country="CN", province=province)
    (trusted,) = PinnedTrust.from_certificates(pem(der)).keys_for(certificate.read(der).key.kid)
    assert trusted.issuer == "CN-51"
    assert trusted.names == frozenset({"CN-51", "CN", province})


def test_a_certificate_that_names_no_country_needs_an_issuer() -> None:
    der = made(country=None)
    with pytest.raises(UnsupportedError, match=r"certificate 1: .*names no country"):
        PinnedTrust.from_certificates(der)
    trust = PinnedTrust.from_certificates(der, issuer="CN-44", types=["licence"])
    (trusted,) = trust.keys_for(certificate.read(der).key.kid)
    assert (trusted.names, trusted.types) == (frozenset({"CN-44"}), frozenset({"licence"}))


def test_many_certificates_in_one_pem_file_are_all_read() -> None:
    ders = [made(), made(), made()]
    found = certificate.read_all(b"".join(map(pem, ders)))
    assert [entry.der for entry in found] == ders


@given(st.binary(max_size=40), st.integers(0, 400))
def test_an_altered_certificate_never_crashes(junk: bytes, at: int) -> None:
    der = bytearray(made("1.3.6.1.4.1.1847.2021.1.2"))
    der[at : at + len(junk)] = junk
    try:
        certificate.read_all(bytes(der))
    except (MalformedError, UnsupportedError):
        return


@pytest.mark.parametrize("version", [1, 3, 127])
def test_a_certificate_of_a_version_that_there_is_not_is_malformed(version: int) -> None:
    der = made().replace(b"\xa0\x03\x02\x01\x02", bytes((0xA0, 3, 2, 1, version)), 1)
    with pytest.raises(MalformedError, match="not a certificate"):
        certificate.read(der)
    with pytest.raises(MalformedError, match="not a certificate"):
        PublicKey.from_pem(pem(der))


def test_every_certificate_of_the_eu_vectors_is_read() -> None:
    cases = json.loads((vectors("eu-dcc") / "vectors.json").read_text())
    texts = {
        context["CERTIFICATE"]
        for case in (cases if isinstance(cases, list) else cases.values())
        if (context := (case.get("TESTCTX") or {})).get("CERTIFICATE")
    }
    assert len(texts) > 50
    read = 0
    for text in texts:
        try:
            found = certificate.read(base64.b64decode(text))
        except UnsupportedError:
            continue
        read += 1
        assert found.not_before < found.not_after
    assert read > 50


def test_a_jwk_set_is_found_by_its_kid_and_its_thumbprint() -> None:
    key = PrivateKey.generate().public_key
    jwks = {"keys": [key.to_jwk() | {"kid": "key-7"}]}
    trust = PinnedTrust.from_jwks(jwks, issuer="https://issuer.example")
    for kid in (b"key-7", thumbprint(key).encode(), key.kid, key.kid.hex().encode()):
        (trusted,) = trust.keys_for(kid)
        assert trusted.key == key
        assert trusted.names == frozenset({"https://issuer.example"})
        assert trusted.types is None


def test_the_thumbprint_is_the_one_of_rfc_7638_for_published_health_card_keys() -> None:
    jwks = json.loads((vectors("shc") / "issuer-well-known" / "jwks.json").read_text())
    assert jwks["keys"]
    for jwk in jwks["keys"]:
        assert thumbprint(PublicKey.from_jwk(jwk)) == jwk["kid"]


def test_a_jwk_set_must_say_whose_it_is_and_hold_no_secret() -> None:
    key = PrivateKey.generate()
    with pytest.raises(MalformedError, match=r"^issuer: .*whose it is"):
        PinnedTrust.from_jwks({"keys": [key.public_key.to_jwk()]})
    with pytest.raises(MalformedError, match=r"^keys\[0\]: this is a private key"):
        PinnedTrust.from_jwks({"issuer": "CN-51", "keys": [key.unsafe_to_jwk()]})


def test_keys_for_encryption_and_of_unknown_kinds_are_passed_over() -> None:
    key = PrivateKey.generate().public_key
    others = [{"kty": "EC", "crv": "secp256k1", "x": "", "y": ""}, key.to_jwk() | {"use": "enc"}]
    trust = PinnedTrust.from_jwks({"issuer": "a", "keys": [*others, key.to_jwk()]})
    assert len(trust.keys_for(key.kid)) == 1
    with pytest.raises(UnsupportedError):
        PinnedTrust.from_jwks({"issuer": "a", "keys": others})


def did(key: PublicKey, **changes: object) -> dict[str, object]:
    method = {
        "id": "did:web:nzcp.example#key-1",
        "controller": "did:web:nzcp.example",
        "type": "JsonWebKey2020",
        "publicKeyJwk": key.to_jwk(),
    }
    return {
        "id": "did:web:nzcp.example",
        "verificationMethod": [method],
        "assertionMethod": ["did:web:nzcp.example#key-1"],
    } | changes


def test_a_did_document_gives_its_assertion_methods_only() -> None:
    key = PrivateKey.generate().public_key
    trust = PinnedTrust.from_did(did(key))
    for kid in (b"key-1", b"did:web:nzcp.example#key-1", key.kid):
        (trusted,) = trust.keys_for(kid)
        assert trusted.names == frozenset({"did:web:nzcp.example"})
    with pytest.raises(MalformedError, match=r"^assertionMethod: is missing"):
        PinnedTrust.from_did(did(key, assertionMethod=[]))
    with pytest.raises(UnsupportedError, match=r"assertionMethod\[0\]: names .*not define"):
        PinnedTrust.from_did(did(key, assertionMethod=["did:web:nzcp.example#key-2"]))


def test_load_pinned_sees_what_each_file_is(tmp_path: Path) -> None:
    keys = [PrivateKey.generate().public_key for _ in range(3)]
    der = made()
    contents = [
        der,
        pem(made()),
        json.dumps({"issuer": "a", "keys": [keys[0].to_jwk()]}).encode(),
        json.dumps(did(keys[1])).encode(),
        model.write_key_set(KeySet(issuer="CN-51", keys=(KeyRecord(key=keys[2]),))),
    ]
    files = []
    for number, data in enumerate(contents):
        file = tmp_path / str(number)
        file.write_bytes(data)
        files.append(file)
    trust = load_pinned(files)
    owners = [trust.keys_for(key.kid)[0].issuer for key in keys]
    assert owners == ["a", "did:web:nzcp.example", "CN-51"]
    assert trust.keys_for(certificate.read(der).digest[:8])[0].issuer == "DE"


@given(st.one_of(st.binary(), st.text().map(str.encode), st.just(b'{"keys":[{"jwk":1}]}')))
def test_any_other_file_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(TrustcertError):
        pinned.read(data)


def test_no_key_is_cut_and_every_issuer_gets_its_turn() -> None:
    def key(issuer: str) -> TrustedKey:
        return TrustedKey(
            key=PrivateKey.generate("Ed25519").public_key,
            issuer=issuer,
            names=frozenset({issuer}),
            types=None,
        )

    loud = [(b"kid", key("CN-44")) for _ in range(40)]
    trust = PinnedTrust([*loud, (b"kid", key("CN-51"))])
    found = trust.keys_for(b"kid")
    assert len(found) == 41
    assert found[1].issuer == "CN-51"
