"""National relatives of the EU certificate: what they hold, under which prefix, of which country.

Nobody's certificate stands here: the payloads are made up after the published schemas, and signed
by the key of the tests.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.formats.test_bad_input import CWT, DCC, EVENT, KID, signed, trust
from tests.formats.vectors import POLICY
from tests.support import NOW, signer

from trustcert import formats
from trustcert.claims import Claims, Colour, HealthCode, HealthRecord, Vaccination
from trustcert.encoding import cbor
from trustcert.formats import hcert
from trustcert.registry.pinned import PinnedTrust
from trustcert.registry.trust import TrustedKey
from trustcert.report import Reason, Report, Verdict
from trustcert.verifier import Verifier

DAY = 86_400
PERSON = {"nam": {"fn": "M", "gn": "G", "fnt": "M"}, "dob": "1990-01-31"}
EXEMPT = {"tg": "840539006", "du": "2030-06-30", "co": "AT", "is": "M", "ci": "URN:UVCI:01:AT:1"}
AUSTRIAN = {**PERSON, "ver": "AT-1.0.0", "ve": [EXEMPT]}
NORWEGIAN = {
    "nam": {"fn": "BAG*", "gn": "A.", "fnt": "BAG", "gnt": None},
    "dob": "1977",
    "ver": "1.0.0",
    "du": "2030-06-30",
    "reason": 0,
}


def code(prefix: str, certificate: Any, *, issuer: str = "AT", label: int = -260) -> str:
    payload = {1: issuer, 4: NOW + DAY, 6: NOW - DAY, label: {1: certificate}}
    return prefix + signed(cbor.encode(payload)).removeprefix("HC1:")


def judge(text: str, issuer: str = "AT") -> Report:
    return Verifier(trust(issuers=(issuer,)), policy=POLICY).check(text, at=NOW)


def read(text: str) -> Claims:
    return formats.open_claims(formats.decode(text))


def test_an_austrian_exemption_is_a_record_and_no_vaccination() -> None:
    text = code("AT1:", AUSTRIAN)
    claims = read(text)
    assert claims.details == HealthRecord(title="vaccination exemption")
    assert claims.holder.name == "G M"
    assert claims.id == b"URN:UVCI:01:AT:1"
    assert claims.original == AUSTRIAN
    report = judge(text)
    assert report.verdict is Verdict.VALID, report
    assert (report.format, report.type) == ("hcert", "health_record")


def test_an_exemption_ends_with_its_last_day_or_with_the_certificate() -> None:
    assert read(code("AT1:", AUSTRIAN)).expires == NOW + DAY + 1
    past = code("AT1:", {**AUSTRIAN, "ve": [{**EXEMPT, "du": "2020-02-29"}]})
    report = judge(past)
    assert (report.verdict, report.reasons) == (Verdict.INVALID, (Reason.EXPIRED,))
    assert read(past).expires == 1_583_020_800  # 2020-03-01T00:00Z
    last = code("AT1:", {**AUSTRIAN, "ve": [{**EXEMPT, "du": "9999-12-31"}]})
    assert read(last).expires == NOW + DAY + 1


def test_a_norwegian_domestic_certificate_says_that_it_was_issued() -> None:
    text = code("NO1:", NORWEGIAN, issuer="NO")
    claims = read(text)
    assert claims.details == HealthCode(colour=Colour.GREEN, rule="Norwegian national certificate")
    assert (claims.holder.name, claims.holder.birth_date) == ("A. BAG*", None)
    assert claims.original == NORWEGIAN
    report = judge(text, "NO")
    assert report.verdict is Verdict.VALID, report
    assert (report.format, report.type) == ("hcert", "health_code")
    over = code("NO1:", {**NORWEGIAN, "du": "2020-01-01"}, issuer="NO")
    assert judge(over, "NO").reasons == (Reason.EXPIRED,)
    without = {key: NORWEGIAN[key] for key in ("nam", "dob", "ver")}
    assert judge(code("NO1:", without, issuer="NO"), "NO").verdict is Verdict.VALID


def test_a_norwegian_certificate_with_an_event_is_read_as_the_eu_s() -> None:
    claims = read(code("NO1:", {**DCC, "v": [{**EVENT, "co": "NO"}]}, issuer="NO"))
    assert type(claims.details) is Vaccination


def test_a_swiss_one_is_light_by_its_claim_or_has_an_event() -> None:
    light = read(code("LT1:", PERSON, issuer="CH", label=-250))
    assert light.details == HealthCode(colour=Colour.GREEN, rule="Swiss light certificate")
    assert type(read(code("LT1:", DCC, issuer="CH")).details) is Vaccination


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (code("HC1:", AUSTRIAN), "EU certificate: holds ve, which is not known here"),
        (code("HC1:", PERSON), "EU certificate: holds no event that is known here"),
        (code("HC1:", {**PERSON, "v": [], "r": None}), "EU certificate: holds no event"),
        (code("HC1:", {**PERSON, "\n<b>": 1, "x" * 40: 1, 7: 1}), "EU certificate: holds ?, ?, ?,"),
        (code("LT1:", AUSTRIAN), "Swiss light certificate: holds ve, which is not known here"),
        (code("AT1:", DCC), "Austrian national certificate: holds v, which is not known here"),
        (code("AT1:", {**AUSTRIAN, "v": [EVENT]}), "Austrian national certificate: holds v,"),
        (code("AT1:", PERSON), "Austrian national certificate: holds no event"),
        (code("AT1:", {**PERSON, "mt": [1]}), "Austrian national certificate: holds mt, which"),
    ],
)
def test_what_is_not_known_is_named_and_never_valid(text: str, detail: str) -> None:
    report = judge(text)
    assert (report.verdict, report.reasons) == (Verdict.INDETERMINATE, (Reason.UNSUPPORTED,))
    assert report.objections[0].detail.startswith(detail)


@pytest.mark.parametrize("changed", [{"ve": [EXEMPT]}, {"e": [{}]}, {"ver": "2.0.0"}])
def test_a_norwegian_one_with_anything_else_is_not_green(changed: Any) -> None:
    report = judge(code("NO1:", {**NORWEGIAN, **changed}, issuer="NO"), "NO")
    assert (report.verdict, report.reasons) == (Verdict.INDETERMINATE, (Reason.UNSUPPORTED,))
    assert report.objections[0].detail.startswith("Norwegian national certificate: ")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (code("AT1:", {**AUSTRIAN, "ve": [EXEMPT, EXEMPT]}), "claims.hcert.ve"),
        (code("AT1:", {**AUSTRIAN, "ve": EXEMPT}), "claims.hcert.ve"),
        (code("AT1:", {**AUSTRIAN, "ve": [7]}), "claims.hcert.ve[0]"),
        (code("AT1:", {**AUSTRIAN, "ve": [{**EXEMPT, "du": ""}]}), "claims.hcert.ve[0].du"),
        (code("AT1:", {**AUSTRIAN, "ve": [{"co": "AT"}]}), "claims.hcert.ve[0].du"),
        (code("NO1:", {**NORWEGIAN, "du": "soon"}, issuer="NO"), "claims.hcert.du"),
        (code("NO1:", {**NORWEGIAN, "nam": "M"}, issuer="NO"), "claims.hcert.nam"),
    ],
)
def test_content_that_is_not_its_kind_s_is_refused(text: str, where: str) -> None:
    report = judge(text, "NO" if text.startswith("NO1:") else "AT")
    assert (report.verdict, report.reasons) == (Verdict.INVALID, (Reason.CLAIMS_MALFORMED,))
    assert report.objections[0].where == where


@pytest.mark.parametrize(
    ("prefix", "certificate", "country"),
    [("NO1:", {**PERSON, "ver": "1.0.0"}, "NO"), ("AT1:", AUSTRIAN, "AT")],
)
def test_the_prefix_is_not_signed_and_makes_nothing_green_of_another_country(
    prefix: str, certificate: Any, country: str
) -> None:
    report = judge(code(prefix, certificate, issuer="DE"), "DE")
    assert (report.verdict, report.reasons) == (Verdict.INVALID, (Reason.CLAIMS_MALFORMED,))
    assert report.objections[0].where == "claims.iss"
    assert country in report.objections[0].detail


def test_a_key_that_may_sign_events_alone_signs_no_exemption() -> None:
    """Its certificate's key usages name vaccinations: an exemption is none."""
    owner = TrustedKey(
        key=signer().public_key,
        issuer="AT",
        names=frozenset({"AT"}),
        types=frozenset({"vaccination"}),
    )
    verifier = Verifier(PinnedTrust([(KID, owner)]), policy=POLICY)
    assert verifier.check(code("HC1:", CWT[-260][1]), at=NOW).verdict is Verdict.VALID
    report = verifier.check(code("AT1:", AUSTRIAN), at=NOW)
    assert report.reasons == (Reason.TYPE_NOT_ALLOWED,)


def test_every_relative_is_recognised_and_decoded_as_one_format() -> None:
    for prefix in ("HC1:", "LT1:", "AT1:", "NO1:"):
        text = code(prefix, DCC)
        assert hcert.recognises(text)
        envelope = formats.decode(text)
        assert (envelope.format, envelope.variant) == ("hcert", prefix)
