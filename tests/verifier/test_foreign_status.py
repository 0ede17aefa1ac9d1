"""What the step "status" gives for credentials whose issuers publish lists of other forms."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

import pytest
from msgspec.structs import replace
from tests.formats.vectors import judged
from tests.support import DAY, HOUR, NOW, SICHUAN, guangdong, proof, signer, trusted, world

from trustcert.encoding import base64url, json
from trustcert.errors import MalformedError, StaleError, TrustError, UnsupportedError
from trustcert.formats import hcert, shc
from trustcert.issuer import issue
from trustcert.keys.thumbprint import thumbprint
from trustcert.registry.anchors import ForeignTrust
from trustcert.registry.foreign_lists import HeldBatches, HeldForeignList
from trustcert.registry.pinned import PinnedTrust
from trustcert.report import Reason, Report, Step, Verdict
from trustcert.status import bitstring_credential, eu, ietf_token
from trustcert.status.bitstring import BitstringStatusList, Purpose
from trustcert.status.bitstring_credential import BitstringCredential
from trustcert.status.ietf import TokenStatusList
from trustcert.status.ietf_token import StatusListToken

URI = "https://status.example/lists/1"
KEY = signer()


def signed(typ: str, payload: dict[str, Any], kid: str) -> str:
    header = {"alg": "ES256", "typ": typ, "kid": kid}
    body = ".".join(base64url.encode(json.encode(part)) for part in (header, payload))
    return f"{body}.{base64url.encode(KEY.sign(body.encode()))}"


def jwt_with(status: Any) -> str:
    """Return a proof in the JWT form whose status claim is ``status``."""
    header, payload, _ = issue(proof(status=None), KEY, format="jwt").split(".")
    claims = json.decode(base64url.decode(payload), limit=9_999)
    body = f"{header}.{base64url.encode(json.encode({**claims, 'status': status}))}"
    return f"{body}.{base64url.encode(KEY.sign(body.encode()))}"


def at_index(index: int, uri: str = URI) -> dict[str, Any]:
    return {"status_list": {"idx": index, "uri": uri}}


def token(**changed: Any) -> StatusListToken:
    """Return a list of 40 on which 7 is revoked, 8 suspended, and 9 something unknown."""
    entries = bytearray(10)
    for index, value in ((7, 1), (8, 2), (9, 3)):
        entries[index >> 2] |= value << (index & 3) * 2
    found = TokenStatusList(bits=2, entries=bytes(entries))
    return replace(StatusListToken(uri=URI, issued_at=NOW - HOUR, list=found), **changed)


def listed(given: StatusListToken, *, issuer: str = SICHUAN) -> HeldForeignList:
    """Return a token as a verifier that fetched it an hour ago holds it."""
    text = ietf_token.sign_jwt(given, KEY)
    opened = ietf_token.open_jwt(text, KEY.public_key, uri=given.uri, at=NOW - HOUR)
    return HeldForeignList.of_token(opened, issuer=issuer, fetched_at=NOW - HOUR)


def report(text: str, *lists: HeldForeignList) -> Report:
    return judged_by(ForeignTrust(world(), lists=lists), text)


def judged_by(trust: Any, text: str) -> Report:
    return guangdong(trust).check(text, at=NOW)


@pytest.mark.parametrize(
    ("index", "verdict", "reasons"),
    [
        (6, Verdict.VALID, ()),
        (7, Verdict.INVALID, (Reason.REVOKED,)),
        (8, Verdict.INVALID, (Reason.SUSPENDED,)),
        (9, Verdict.INDETERMINATE, (Reason.STATUS_UNKNOWN,)),
        (40, Verdict.INDETERMINATE, (Reason.STATUS_OUT_OF_RANGE,)),
    ],
)
def test_an_ietf_list_is_asked(index: int, verdict: Verdict, reasons: tuple[Reason, ...]) -> None:
    found = report(jwt_with(at_index(index)), listed(token()))
    assert (found.verdict, found.reasons) == (verdict, reasons)
    assert found.ages["status"] == HOUR


def test_a_list_that_is_not_held_or_another_s_leaves_the_verdict_open() -> None:
    text = jwt_with(at_index(6))
    assert report(text).reasons == (Reason.STATUS_UNKNOWN,)
    assert judged_by(world(), text).reasons == (Reason.STATUS_UNKNOWN,)
    assert report(text, listed(token(), issuer="CN-31")).reasons == (Reason.STATUS_UNKNOWN,)
    elsewhere = listed(token(uri=f"{URI}2"))
    assert report(text, elsewhere).reasons == (Reason.STATUS_UNKNOWN,)


def test_a_token_counts_no_longer_than_its_ttl_and_an_old_one_still_revokes() -> None:
    good = listed(token(ttl=2 * HOUR))
    assert good.good_until == NOW + HOUR
    assert report(jwt_with(at_index(6)), good).valid_until == NOW + HOUR
    short = listed(token(ttl=HOUR))
    assert report(jwt_with(at_index(6)), short).reasons == (Reason.STATUS_STALE,)
    assert report(jwt_with(at_index(7)), short).reasons == (Reason.REVOKED, Reason.STATUS_STALE)
    old = listed(token(issued_at=NOW - 3 * DAY))
    assert report(jwt_with(at_index(6)), old).reasons == (Reason.STATUS_STALE,)


def test_of_two_tokens_the_newer_one_counts_in_either_order() -> None:
    newer = listed(token())
    blank = TokenStatusList(bits=2, entries=bytes(10))
    older = listed(token(issued_at=NOW - 2 * HOUR, list=blank))
    for lists in ((newer, older), (older, newer)):
        assert report(jwt_with(at_index(7)), *lists).reasons == (Reason.REVOKED,)


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ({"other": {}}, Verdict.INVALID, Reason.CLAIMS_MALFORMED),
        ({**at_index(1), "other": {}}, Verdict.INDETERMINATE, Reason.UNSUPPORTED),
        (at_index(-1), Verdict.INVALID, Reason.CLAIMS_MALFORMED),
        (at_index(1 << 28), Verdict.INVALID, Reason.CLAIMS_MALFORMED),
        (at_index(1, "https://" + "a" * 400), Verdict.INVALID, Reason.CLAIMS_MALFORMED),
    ],
)
def test_a_status_that_is_not_understood_is_never_valid(
    status: Any, verdict: Verdict, reason: Reason
) -> None:
    found = report(jwt_with(status), listed(token()))
    assert (found.verdict, found.reasons) == (verdict, (reason,))


PERSON = {
    "iss": "https://pid.example",
    "vct": "urn:eudi:pid:1",
    "iat": NOW - HOUR,
    "exp": NOW + DAY,
    "given_name": "Erika",
    "family_name": "Mustermann",
}


@pytest.mark.parametrize(("index", "reasons"), [(6, ()), (7, (Reason.REVOKED,))])
def test_a_wallet_s_identity_is_asked_for_on_the_list_that_it_names(
    index: int, reasons: tuple[Reason, ...]
) -> None:
    name = "https://pid.example"
    key = trusted(issuer=name, names=frozenset({name}), types=None)
    pinned = PinnedTrust([(b"pid", key)])
    text = signed("dc+sd-jwt", {**PERSON, "status": at_index(index)}, "pid") + "~"
    trust = ForeignTrust(pinned, lists=[listed(token(), issuer=name)])
    assert judged(trust, text, NOW)[0].reasons == reasons
    assert judged(pinned, text, NOW)[0].reasons == (Reason.STATUS_UNKNOWN,)


def bits(purpose: Purpose, *indices: int) -> HeldForeignList:
    """Return a W3C list as it is held, from its JWT."""
    entries = bytearray(16_384)
    for index in indices:
        entries[index >> 3] |= 0x80 >> (index & 7)
    found = BitstringCredential(
        uri=URI,
        issuer=f"https://{SICHUAN}.example",
        list=BitstringStatusList(purpose=purpose, entries=bytes(entries)),
        valid_from=NOW - HOUR,
        valid_until=NOW + HOUR,
    )
    text = bitstring_credential.sign_jwt(found, KEY)
    opened = bitstring_credential.open_jwt(text, KEY.public_key, uri=URI, at=NOW)
    assert opened == found
    return HeldForeignList.of_credential(opened, issuer="https://shc.example")


def card(entry: Any) -> str:
    """Return a health card with this ``credentialStatus``, as the text of its code."""
    patient = {"resourceType": "Patient", "name": [{"given": ["A"]}], "birthDate": "1990-01-01"}
    shot = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "207"}]},
        "occurrenceDateTime": "2020-01-01",
    }
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"resource:{place}", "resource": resource}
            for place, resource in enumerate((patient, shot))
        ],
    }
    subject = {"fhirVersion": "4.0.1", "fhirBundle": bundle}
    credential = {"type": [shc.TYPE], "credentialSubject": subject, "credentialStatus": entry}
    payload = {"iss": "https://shc.example", "nbf": NOW - DAY, "vc": credential}
    return shc.write(payload, KEY)


def entry(purpose: str, index: str, **changed: Any) -> dict[str, Any]:
    found = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": index,
        "statusListCredential": URI,
    }
    return {**found, **changed}


def status_of(text: str, *lists: HeldForeignList) -> tuple[Reason, ...]:
    """Return what the steps up to the status object to."""
    name = "https://shc.example"
    key = trusted(issuer=name, names=frozenset({name}), types=None)
    pinned = PinnedTrust([(thumbprint(KEY.public_key).encode(), key)])
    found = judged(ForeignTrust(pinned, lists=lists), text, NOW)[0]
    return tuple(f.reason for f in found.objections if f.step is not Step.POLICY)


def test_a_w3c_list_is_asked_for_its_purpose_most_significant_bit_first() -> None:
    revoked, suspended = bits(Purpose.REVOCATION, 8), bits(Purpose.SUSPENSION, 9)
    both = [entry("revocation", "8"), entry("suspension", "9")]
    assert status_of(card(both), revoked, suspended) == (Reason.REVOKED, Reason.SUSPENDED)
    assert status_of(card(entry("revocation", "8")), revoked) == (Reason.REVOKED,)
    assert status_of(card(entry("revocation", "15")), revoked) == ()
    assert status_of(card(both), revoked) == (Reason.REVOKED, Reason.STATUS_UNKNOWN)
    far = card(entry("revocation", "131072"))
    assert status_of(far, revoked) == (Reason.STATUS_OUT_OF_RANGE,)


def test_an_ietf_list_is_never_asked_in_the_place_of_a_w3c_list() -> None:
    ietf = listed(token(), issuer="https://shc.example")
    assert status_of(card(entry("revocation", "8")), ietf) == (Reason.STATUS_UNKNOWN,)
    w3c = replace(bits(Purpose.REVOCATION, 7), issuer=SICHUAN)
    assert report(jwt_with(at_index(6)), w3c).reasons == (Reason.STATUS_UNKNOWN,)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (entry("refresh", "8"), Reason.UNSUPPORTED),
        (entry("revocation", "8", type="RevocationList2020Status"), Reason.UNSUPPORTED),
        (entry("revocation", "-8"), Reason.CLAIMS_MALFORMED),
        (entry("revocation", "9" * 11), Reason.CLAIMS_MALFORMED),
        (entry("revocation", "8", statusListCredential=7), Reason.CLAIMS_MALFORMED),
        ([entry("revocation", "8")] * 5, Reason.CLAIMS_MALFORMED),
        ("x", Reason.CLAIMS_MALFORMED),
    ],
)
def test_a_credential_status_that_is_not_understood_is_never_valid(
    value: Any, reason: Reason
) -> None:
    assert status_of(card(value), bits(Purpose.REVOCATION)) == (reason,)


def test_a_list_credential_of_another_address_time_or_type_is_refused() -> None:
    good = BitstringCredential(
        uri=URI,
        issuer="https://shc.example",
        list=BitstringStatusList(purpose=Purpose.REVOCATION, entries=bytes(16_384)),
        valid_from=NOW,
        valid_until=NOW + DAY,
    )
    text = bitstring_credential.sign_jwt(good, KEY)
    for uri, at, error in (
        (f"{URI}2", NOW, TrustError),
        (URI, NOW - 61, TrustError),
        (URI, NOW + DAY, StaleError),
    ):
        with pytest.raises(error):
            bitstring_credential.open_jwt(text, KEY.public_key, uri=uri, at=at)
    with pytest.raises(UnsupportedError):
        ietf_token.open_jwt(text, KEY.public_key, uri=URI, at=NOW)
    bare = signed("vc+jwt", {"id": URI, "type": ["VerifiableCredential"]}, "k")
    with pytest.raises(MalformedError) as caught:
        bitstring_credential.open_jwt(bare, KEY.public_key, uri=URI, at=NOW)
    assert caught.value.where == "jwt.payload.type"


UCI = "URN:UVCI:01:DE:A80013335/TCXSI5Q08B0DIJGMIZJDF#T"
KID = bytes(range(8))


def certificate(kid: bytes = KID) -> str:
    shot = {"tg": "840539006", "mp": "EU/1/20/1528", "dn": 2, "sd": 2, "dt": "2020-02-01",
            "co": "DE", "ci": UCI}  # fmt: skip
    body = {"ver": "1.3.0", "nam": {"fn": "A"}, "dob": "1990-01-01", "v": [shot]}
    return hcert.write({1: "DE", 4: NOW + DAY, 6: NOW - DAY, -260: {1: body}}, KEY, kid=kid)


def certificate_report(text: str, batches: list[HeldBatches] | None) -> tuple[Reason, ...]:
    key = trusted(issuer="DE", names=frozenset({"DE"}), types=None)
    pinned = PinnedTrust([(KID, key), (b"again", key)])
    found = judged(ForeignTrust(pinned, batches=batches), text, NOW)[0]
    return tuple(f.reason for f in found.objections if f.step is not Step.POLICY)


def batch(kind: str, hashed: bytes, *, country: str = "DE", as_of: int = NOW - HOUR) -> HeldBatches:
    item = {
        "country": country,
        "expires": "2021-01-01T00:00:00Z",
        "kid": b64encode(KID).decode(),
        "hashType": kind,
        "entries": [{"hash": b64encode(hashlib.sha256(hashed).digest()[:16]).decode()}],
    }
    return HeldBatches(country=country, batches=(eu.decode(json.encode(item)),), as_of=as_of)


def test_an_eu_certificate_is_looked_for_by_each_kind_of_hash() -> None:
    text = certificate()
    signature = hcert.decode(text).signature
    for kind, hashed in (
        ("UCI", UCI.encode()),
        ("COUNTRYCODEUCI", b"DE" + UCI.encode()),
        ("SIGNATURE", signature[:32]),
        ("SIGNATURE", signature),
    ):
        assert certificate_report(text, [batch(kind, hashed)]) == (Reason.REVOKED,)
    assert certificate_report(text, [batch("UCI", b"other")]) == ()


def test_a_kid_that_a_forger_changed_does_not_evade_the_batches() -> None:
    text = certificate(b"again")
    assert certificate_report(text, [batch("UCI", UCI.encode())]) == (Reason.REVOKED,)


def test_a_country_whose_batches_are_not_held_or_are_old_is_never_valid() -> None:
    text = certificate()
    assert certificate_report(text, []) == (Reason.STATUS_UNKNOWN,)
    assert certificate_report(text, [batch("UCI", b"x", country="AT")]) == (Reason.STATUS_UNKNOWN,)
    old = batch("UCI", b"x", as_of=NOW - 2 * DAY)
    assert certificate_report(text, [old]) == (Reason.STATUS_STALE,)
    assert certificate_report(text, None) == ()
