"""Certificates inside messages: what a chain must be to count."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from trustcert.encoding import base64url, cbor
from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError
from trustcert.policy import PINNED
from trustcert.registry.anchors import Anchor, ForeignTrust
from trustcert.registry.pinned import PinnedTrust
from trustcert.registry.trust import USAGES
from trustcert.report import Reason, Verdict
from trustcert.verifier import Verifier

START, END = dt.datetime(2025, 1, 1, tzinfo=dt.UTC), dt.datetime(2028, 1, 1, tzinfo=dt.UTC)
AT = instant("2026-03-01T00:00:00Z")
MDOC = ObjectIdentifier(USAGES["mdoc"])


KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class Party:
    """A key with a name and a certificate, issued by another or by itself."""

    def __init__(self, name: str, above: Party | None = None, **how: Any) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = above or self
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(issuer.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(how.get("start", START))
            .not_valid_after(how.get("end", END))
        )
        if how.get("ca", False):
            constraints = x509.BasicConstraints(ca=True, path_length=how.get("path_length"))
            builder = builder.add_extension(constraints, critical=True)
        if "key_usage" in how:
            flags = dict.fromkeys(KEY_USAGES, False) | {how["key_usage"]: True}
            builder = builder.add_extension(x509.KeyUsage(**flags), critical=True)
        if "usage" in how:
            usages = x509.ExtendedKeyUsage([how["usage"]])
            builder = builder.add_extension(usages, critical=True)
        made = builder.sign(issuer.key, hashes.SHA256())
        self.der = made.public_bytes(serialization.Encoding.DER)


ROOT = Party("root", ca=True)
MIDDLE = Party("middle", ROOT, ca=True)
SIGNER = Party("signer", ROOT, usage=MDOC)
DEEP = Party("deep signer", MIDDLE, usage=MDOC)


def keys(root: Party, *chain: Party, at: int = AT, usage: str | None = USAGES["mdoc"]) -> int:
    anchor = Anchor(certificate=root.der, issuer="UTO", names=frozenset({"UTO"}))
    trust = ForeignTrust(PinnedTrust([]), anchors=[anchor])
    return len(trust.keys_of_chain([party.der for party in chain], usage=usage, at=at))


def test_what_a_root_issued_counts() -> None:
    assert keys(ROOT, SIGNER) == 1
    assert keys(ROOT, DEEP, MIDDLE) == 1
    assert keys(ROOT, DEEP, MIDDLE, ROOT) == 1
    assert keys(SIGNER, SIGNER) == 1


def test_the_key_is_the_signer_s_in_its_validity() -> None:
    anchor = Anchor(certificate=ROOT.der, issuer="UTO", names=frozenset({"UTO"}))
    trust = ForeignTrust(PinnedTrust([]), anchors=[anchor])
    (found,) = trust.keys_of_chain([SIGNER.der], usage=None, at=AT)
    assert (found.issuer, found.not_before) == ("UTO", int(START.timestamp()))
    assert found.not_after == int(END.timestamp()) + 1


@pytest.mark.parametrize(
    "chain",
    [
        (),
        (DEEP,),
        (Party("stranger"),),
        (Party("root"),),
        (Party("signer", Party("root", ca=True)),),
        (Party("by a signer", SIGNER), SIGNER),
        (Party("by no authority", Party("x", ROOT)), Party("x", ROOT)),
        (Party("tls", ROOT, usage=ExtendedKeyUsageOID.SERVER_AUTH),),
    ],
)
def test_what_leads_nowhere_does_not(chain: tuple[Party, ...]) -> None:
    assert keys(ROOT, *chain) == 0


def test_authorities_must_be_in_their_validity() -> None:
    late = instant("2028-06-01T00:00:00Z")
    assert keys(ROOT, SIGNER, at=late) == 0
    old = Party("old", ROOT, ca=True, end=dt.datetime(2025, 6, 1, tzinfo=dt.UTC))
    assert keys(ROOT, Party("below", old), old) == 0


def test_a_root_that_is_no_authority_vouches_for_itself_alone() -> None:
    plain = Party("plain")
    assert keys(plain, plain) == 1
    assert keys(plain, Party("below", plain)) == 0


def test_a_chain_is_bounded_and_must_parse() -> None:
    with pytest.raises(MalformedError):
        keys(ROOT, *[SIGNER] * 5)
    anchor = Anchor(certificate=ROOT.der, issuer="UTO", names=frozenset({"UTO"}))
    trust = ForeignTrust(PinnedTrust([]), anchors=[anchor])
    with pytest.raises(MalformedError):
        trust.keys_of_chain([b"\x30\x00"], usage=None, at=AT)


def test_a_broken_chain_in_a_message_is_refused_with_its_place() -> None:
    anchor = Anchor(certificate=ROOT.der, issuer="UTO", names=frozenset({"UTO"}))
    trust = ForeignTrust(PinnedTrust([]), anchors=[anchor])
    protected = cbor.encode({1: -7})
    for chain in ([SIGNER.der, b"\x30\x00"], [SIGNER.der] * 4):
        auth = [protected, {33: chain}, b"\xa0", bytes(64)]
        text = base64url.encode(cbor.encode({"nameSpaces": {}, "issuerAuth": auth}))
        report = Verifier(trust, policy=PINNED).check(text, at=AT)
        assert report.verdict is Verdict.INVALID
        assert Reason.INTERNAL not in report.reasons


def test_a_pinned_signer_that_is_no_authority_mints_no_signer() -> None:
    minted = Party("minted", SIGNER, usage=MDOC)
    assert keys(SIGNER, minted) == 0
    assert keys(SIGNER, minted, SIGNER) == 0
    assert keys(ROOT, minted, SIGNER) == 0


def test_pathlen_bounds_the_authorities_below() -> None:
    narrow = Party("narrow", ca=True, path_length=0)
    below = Party("below", narrow, ca=True)
    assert keys(narrow, Party("direct", narrow, usage=MDOC)) == 1
    assert keys(narrow, Party("deep", below, usage=MDOC), below) == 0


def test_an_authority_without_keycertsign_signs_no_certificate() -> None:
    lists_only = Party("lists", ca=True, key_usage="crl_sign")
    assert keys(lists_only, Party("signer", lists_only, usage=MDOC)) == 0
    signs = Party("signs", ca=True, key_usage="key_cert_sign")
    assert keys(signs, Party("signer", signs, usage=MDOC)) == 1


def test_a_key_for_tls_or_for_encryption_signs_no_document() -> None:
    shop = Party("shop", ROOT, usage=ExtendedKeyUsageOID.SERVER_AUTH)
    assert keys(ROOT, shop, usage=None) == 0
    assert keys(ROOT, Party("reader", ROOT, key_usage="key_encipherment"), usage=None) == 0
