"""S2: who is recognised, for what, from when, from where, through whom."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs
from tests.scenarios.country import (
    DAY,
    PROOF_RULE,
    about,
    document,
    person,
    policy,
    proof,
    signed,
    t,
    verifier,
)

from trustcert.claims import Licence, Source
from trustcert.policy import from_document
from trustcert.policy.agreements import one_sided
from trustcert.policy.journeys import Stop, plan
from trustcert.report import Reason, Verdict

MARCH = t("2020-03-10 08:00")
HUBEI = {
    "issuer": "CN-42",
    "types": ["health_proof"],
    "valid_from": "2020-03-01T00:00:00+08:00",
    "excludes": [{"division": "CN-42-01", "valid_until": "2020-04-08T00:00:00+08:00"}],
}
SICHUAN = {"issuer": "CN-51", "types": ["health_proof"], "valid_from": "2020-02-15T00:00:00+08:00"}
RULES = policy(recognises=[SICHUAN, HUBEI])


def said(issuer: str, at: int, division: str | None = None) -> tuple[Verdict, tuple[Reason, ...]]:
    claims = proof(at - 3600, issuer=issuer, holder=person(division=division))
    found = verifier(RULES).check(signed(claims), at=at)
    return found.verdict, found.reasons


def test_sichuan_passes_from_the_day_of_the_agreement() -> None:
    assert said("CN-51", MARCH) == (Verdict.VALID, ())
    found = said("CN-51", t("2020-02-14 23:59"))
    assert found == (Verdict.INDETERMINATE, (Reason.RECOGNITION_NOT_YET,))
    assert said("CN-51", t("2020-02-15 00:00")) == (Verdict.VALID, ())


@pytest.mark.parametrize(
    ("division", "at", "reason"),
    [
        ("CN-42-01", MARCH, Reason.RECOGNITION_EXCLUDED),
        ("CN-42-01-02", MARCH, Reason.RECOGNITION_EXCLUDED),
        ("CN-42-05", MARCH, None),
        (None, MARCH, Reason.DIVISION_MISSING),
        ("CN-42", MARCH, Reason.DIVISION_MISSING),
        ("武汉", MARCH, Reason.DIVISION_MISSING),
        ("CN-42-01", t("2020-04-07 23:59"), Reason.RECOGNITION_EXCLUDED),
        ("CN-42-01", t("2020-04-08 00:00"), None),
        (None, t("2020-04-08 00:00"), None),
    ],
)
def test_wuhan_within_hubei(division: str | None, at: int, reason: Reason | None) -> None:
    claims = proof(at - 3600, issuer="CN-42")
    holder = structs.replace(claims.holder, division=division)
    # an issuer can sign what the library would not: the text is what counts
    text = signed(structs.replace(claims, holder=holder)) if division != "武汉" else None
    if text is None:
        from tests.support import signer

        from trustcert.formats import compact

        text = compact.encode(
            structs.replace(claims, holder=holder, id=b"12345678"), signer("CN-42")
        )
    found = verifier(RULES).check(text, at=at)
    if reason is None:
        assert (found.verdict, found.reasons) == (Verdict.VALID, ())
    else:
        assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (reason,))
        assert "CN-42-01" in found.objections[0].detail
        assert "2020-04-08" in found.objections[0].detail


def test_a_city_is_recognised_with_its_province_and_excluded_by_itself() -> None:
    from tests.scenarios.country import key_of
    from tests.support import FakeTrust

    keys = FakeTrust(keys=(key_of("CN-42-01"), key_of("CN-42-05")))
    for issuer, reasons in (("CN-42-01", (Reason.RECOGNITION_EXCLUDED,)), ("CN-42-05", ())):
        found = verifier(RULES, keys).check(signed(proof(MARCH - 9, issuer=issuer)), at=MARCH)
        assert found.reasons == reasons


def test_an_exclusion_that_begins_ends_the_pass() -> None:
    later = HUBEI | {
        "excludes": [{"division": "CN-42-01", "valid_from": "2020-03-12T00:00:00+08:00"}]
    }
    rules = policy(
        recognises=[later],
        rules={
            "health_proof": PROOF_RULE
            | {"test": {"days": 30, "origin": "sampled", "inclusive": True}}
        },
    )
    inside = verifier(rules).check(
        signed(proof(MARCH, issuer="CN-42", holder=person(division="CN-42-01"))), at=MARCH
    )
    assert inside.valid_until == t("2020-03-12 00:00")
    outside = verifier(rules).check(
        signed(proof(MARCH, issuer="CN-42", holder=person(division="CN-42-02"))), at=MARCH
    )
    assert (outside.verdict, outside.valid_until) == (Verdict.VALID, MARCH - 3600 + 30 * DAY + 1)


def test_recognition_is_one_way_unless_both_say_so() -> None:
    guangdong = from_document(document("CN-44", recognises=[SICHUAN | {"mutual": True}]))
    silent = from_document(document("CN-51", recognises=[]))
    text = signed(proof(MARCH - 3600, issuer="CN-44"))
    found = verifier(silent).check(text, at=MARCH)
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.NOT_RECOGNISED,))
    (lacking,) = one_sided([guangdong, silent], at=MARCH)
    assert (lacking.destination, lacking.issuer) == ("CN-44", "CN-51")
    agreeing = from_document(
        document("CN-51", recognises=[{"issuer": "CN-44", "types": ["health_proof"]}])
    )
    assert one_sided([guangdong, agreeing], at=MARCH) == ()


def test_an_agreement_that_ends_on_the_way() -> None:
    ending = SICHUAN | {"valid_until": "2020-03-11T00:00:00+08:00"}
    rules = policy(recognises=[ending])
    claims = proof(MARCH)
    found = verifier(rules).check(signed(claims), at=MARCH)
    assert found.valid_until == t("2020-03-11 00:00")
    route = [Stop(policy=rules, arrives=MARCH, leaves=t("2020-03-11 06:00"))]
    stop = plan(claims, "CN-51", route).first_failure
    assert stop is not None
    assert stop.fails_at == t("2020-03-11 00:00")
    after = verifier(rules).check(signed(claims), at=t("2020-03-11 00:00"))
    assert after.reasons == (Reason.RECOGNITION_ENDED,)


NATIONAL = {"issuer": "CN-42", "types": ["health_proof"], "through": "CN-00"}


def converted(origin: str) -> str:
    source = Source(format="compact", issuer=origin, issued_at=MARCH - 7200)
    return signed(proof(MARCH - 3600, issuer="CN-00", source=source))


@pytest.mark.parametrize(
    ("lines", "text", "reasons"),
    [
        ([NATIONAL], converted("CN-42"), ()),
        ([NATIONAL], converted("CN-51"), (Reason.NOT_RECOGNISED,)),
        ([NATIONAL], signed(proof(MARCH - 3600, issuer="CN-42")), (Reason.RECOGNITION_INDIRECT,)),
        ([NATIONAL], signed(proof(MARCH - 3600, issuer="CN-00")), (Reason.NOT_RECOGNISED,)),
        ([NATIONAL | {"issuer": "*"}], converted("CN-51"), ()),
        (
            [{"issuer": "CN-00", "types": ["health_proof"]}],
            converted("CN-42"),
            (Reason.NOT_RECOGNISED,),
        ),
        ([HUBEI | {"through": "CN-00"}], converted("CN-42"), (Reason.DIVISION_MISSING,)),
    ],
)
def test_through_the_national_intermediary(
    lines: list[Any], text: str, reasons: tuple[Reason, ...]
) -> None:
    found = verifier(policy(recognises=lines)).check(text, at=MARCH)
    assert found.reasons == reasons
    assert found.verdict is (Verdict.INDETERMINATE if reasons else Verdict.VALID)


def test_kinds_differ() -> None:
    rules = policy(rules={"health_proof": PROOF_RULE, "licence": {}})
    licence = about(Licence(title="许可证", number="1"), MARCH - 9, issuer="CN-51", holder=person())
    found = verifier(rules).check(signed(licence), at=MARCH)
    assert found.reasons == (Reason.NOT_RECOGNISED,)
    assert said("CN-51", MARCH) == (Verdict.VALID, ())
