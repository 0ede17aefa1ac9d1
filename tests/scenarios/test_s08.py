"""S8: a foreigner with a passport, or with a permanent-resident card."""

from __future__ import annotations

import pytest
from tests.scenarios.country import PROOF_RULE, person, policy, proof, signed, t, verifier

from trustcert.identifiers import mrz
from trustcert.identifiers.documents import (
    BY_HEALTH_CODE,
    BY_LICENCE_CODE,
    DocumentType,
    mask,
    validate,
)
from trustcert.policy import Circumstances
from trustcert.report import Reason, Verdict

NOW = t("2026-03-02 09:00")
PASSPORT = DocumentType.PASSPORT
HOLDER = person("ERIKSSON ANNA MARIA", "L898902C3", PASSPORT, name_latin="ERIKSSON ANNA MARIA")
JUDGE = verifier(policy(rules={"health_proof": PROOF_RULE | {"identity": True}}))


def test_both_tables_know_a_passport() -> None:
    assert BY_HEALTH_CODE["20"] is BY_LICENCE_CODE["414"] is PASSPORT


def test_only_the_last_three_are_shown() -> None:
    assert (mask(PASSPORT, "L898902C3"), HOLDER.document_tail) == ("******2C3", "2C3")


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        (None, Verdict.INDETERMINATE),
        ("2C3", Verdict.VALID),
        ("L898902C3", Verdict.VALID),
        ("L898902C4", Verdict.INVALID),
        ("K000002C3", Verdict.INVALID),
    ],
)
def test_the_guard_compares_with_the_passport(typed: str | None, verdict: Verdict) -> None:
    text = signed(proof(NOW - 3600, holder=HOLDER))
    found = JUDGE.check(text, at=NOW, circumstances=Circumstances(number=typed))
    assert found.verdict is verdict


def test_a_renewed_passport_is_another_document() -> None:
    text = signed(proof(NOW - 3600, holder=HOLDER))
    renewed = Circumstances(number="X123456Y7")
    assert JUDGE.check(text, at=NOW, circumstances=renewed).reasons == (Reason.IDENTITY_MISMATCH,)


def test_a_name_cut_by_the_zone_fits_the_printed_one() -> None:
    zone = mrz.parse(
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
    )
    assert zone.fits("Anna-Maria Eriksson")
    assert zone.number == "L898902C3"


def test_the_permanent_resident_card_starts_with_9() -> None:
    kind = DocumentType.FOREIGNERS_PERMANENT_RESIDENT_CARD
    assert validate(kind, "911124198108030024") == "911124198108030024"
