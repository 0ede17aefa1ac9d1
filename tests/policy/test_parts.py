"""Each part of a policy: what it lets pass, what it holds and what it denies."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace
from tests.policy.objections import reasons_of
from tests.scenarios.country import DAY, HOUR, about, code, everyone, person, policy, proof, t

from trustcert.claims import (
    Claims,
    Colour,
    Outcome,
    Presentation,
    Recovery,
    Source,
    TestMethod,
    TestResult,
    Vaccination,
)
from trustcert.claims.types import Details, Identity, Travel
from trustcert.policy import Circumstances, evaluate
from trustcert.policy.circumstances import NOTHING
from trustcert.report import Reason

NOW = t("2022-01-10 10:00")
NUMBER = "11010519491231002X"
TEST = {"origin": "sampled", "inclusive": True}
COVID, FLU = "840539006", "6142004"
PCR, ANTIGEN, ANTIBODY = TestMethod.NUCLEIC_ACID, TestMethod.ANTIGEN, TestMethod.ANTIBODY
POSITIVE, NEGATIVE = Outcome.POSITIVE, Outcome.NEGATIVE


def said(
    claims: Claims,
    rule: dict[str, Any] | None,
    known: Circumstances = NOTHING,
    *,
    at: int = NOW,
    issuer: str = "CN-51",
    **changed: Any,
) -> list[Reason]:
    """Return what a policy with one rule says, whose verdicts are looked at on the way."""
    kind = claims.type.value
    rules = {} if rule is None else {kind: rule}
    found = policy(**({"recognises": everyone(kind), "rules": rules} | changed))
    return reasons_of(evaluate(found, claims, issuer, at, known)[0])


def of(details: Details, *more: Details, **holder: Any) -> Claims:
    found = about(details, NOW - DAY, issuer="CN-51", holder=person(number=NUMBER, **holder))
    return replace(found, events=(details, *more) if more else ())


def a_test(
    result: Outcome = NEGATIVE,
    method: TestMethod | None = PCR,
    hours: int | None = 1,
    disease: str | None = COVID,
) -> TestResult:
    sampled = None if hours is None else NOW - hours * HOUR
    return TestResult(result=result, method=method, sampled_at=sampled, disease=disease)


def shot(day: int, dose: int = 1, doses: int | None = None, vaccine: str = "207") -> Vaccination:
    return Vaccination(
        disease=FLU if vaccine == "141" else COVID,
        vaccine=vaccine,
        dose=dose,
        doses=doses,
        given_on=date.fromordinal(date(2022, 1, 10).toordinal() - day),
    )


class TestRecognition:
    LINE: ClassVar[dict[str, Any]] = {"issuer": "CN-51", "types": ["health_proof"]}
    WITHOUT: ClassVar[dict[str, Any]] = LINE | {
        "excludes": [{"division": "CN-51-01"}, {"division": "CN-51-02"}]
    }

    @pytest.mark.parametrize(
        ("lines", "reason"),
        [
            ([LINE], None),
            ([], Reason.NOT_RECOGNISED),
            ([LINE | {"valid_from": NOW + 1}], Reason.RECOGNITION_NOT_YET),
            ([LINE | {"valid_until": NOW}], Reason.RECOGNITION_ENDED),
            ([LINE | {"through": "CN-00"}], Reason.RECOGNITION_INDIRECT),
            ([WITHOUT], Reason.DIVISION_MISSING),
            ([LINE | {"beside": ["travel"]}], Reason.DOCUMENT_NEEDED),
            ([LINE | {"beside": ["travel"]}, LINE | {"beside": ["identity"]}],
             Reason.DOCUMENT_NEEDED),
            ([LINE | {"beside": ["travel"]}, LINE], None),
        ],
    )  # fmt: skip
    def test_lines(self, lines: list[Any], reason: Reason | None) -> None:
        for order in permutations(lines):
            found = said(proof(NOW), {"colours": ["green"], "results": ["no_abnormality"]},
                         recognises=list(order))  # fmt: skip
            assert found == ([] if reason is None else [reason])

    @pytest.mark.parametrize("division", ["CN-51-01", "CN-51-02", "CN-51-02-03"])
    def test_a_division_that_is_left_out(self, division: str) -> None:
        mine = proof(NOW, holder=person(division=division))
        rule = {"colours": ["green"], "results": ["no_abnormality"]}
        assert said(mine, rule, recognises=[self.WITHOUT]) == [Reason.RECOGNITION_EXCLUDED]
        elsewhere = proof(NOW, holder=person(division="CN-51-05"))
        assert said(elsewhere, rule, recognises=[self.WITHOUT]) == []

    def test_a_converted_credential_is_recognised_through_its_converter(self) -> None:
        mine = proof(NOW, source=Source(issuer="CN-42", format="hcert", issued_at=NOW))
        rule = {"colours": ["green"], "results": ["no_abnormality"]}
        line = {"issuer": "CN-42", "types": ["health_proof"], "through": "CN-51"}
        assert said(mine, rule, recognises=[line]) == []
        assert said(mine, rule, recognises=[self.LINE]) == [Reason.NOT_RECOGNISED]


class TestColours:
    RULE: ClassVar[dict[str, Any]] = {"colours": ["green"]}

    @pytest.mark.parametrize(
        ("claims", "rule", "reason"),
        [
            (code(NOW), RULE, None),
            (code(NOW), {}, Reason.RULE_MISSING),
            (code(NOW), None, Reason.RULE_MISSING),
            (code(NOW, Colour.RED), RULE, Reason.COLOUR_REFUSED),
            (code(NOW, Colour.GREY), RULE, Reason.COLOUR_UNKNOWN),
            (code(NOW, Colour.NONE), RULE, Reason.COLOUR_UNKNOWN),
            (code(NOW, label="弹窗"), RULE, Reason.COLOUR_UNKNOWN),
            (code(NOW, assigned_until=NOW), RULE, Reason.COLOUR_STALE),
            (code(NOW, assigned_until=NOW + 1), RULE, None),
            (code(NOW, assigned_by="CN-31"), RULE, Reason.COLOUR_CONTESTED),
            (code(NOW, assigned_by="CN-51-01"), RULE, None),
            (code(NOW, assigned_by="CN-00"), RULE, None),
            (code(NOW, assigned_by="CN-44-03"), RULE, None),
            (code(NOW - HOUR), RULE | {"refresh_hours": 1}, Reason.COLOUR_STALE),
            (code(NOW - HOUR + 1), RULE | {"refresh_hours": 1}, None),
        ],
    )
    def test_a_code(self, claims: Claims, rule: Any, reason: Reason | None) -> None:
        assert said(claims, rule) == ([] if reason is None else [reason])

    @pytest.mark.parametrize(
        ("words", "colour", "reason"),
        [
            ({"green": "green"}, Colour.GREEN, None),
            ({"green": "red"}, Colour.GREEN, Reason.COLOUR_REFUSED),
            ({"yellow": "green"}, Colour.YELLOW, Reason.COLOUR_REFUSED),
            ({"yellow": "green"}, Colour.GREEN, Reason.COLOUR_UNKNOWN),
        ],
    )
    def test_a_vocabulary_holds_for_proofs_too(
        self, words: Any, colour: Colour, reason: Reason | None
    ) -> None:
        mine = proof(NOW)
        mine = replace(mine, details=replace(mine.details, colour=colour))
        rule = self.RULE | {"results": ["no_abnormality"]}
        found = said(mine, rule, vocabularies={"CN-51": words})
        assert found == ([] if reason is None else [reason])
        assert said(mine, rule, vocabularies={"CN-31": words}) == (
            [] if colour is Colour.GREEN else [Reason.COLOUR_REFUSED]
        )

    def test_paper_that_is_accepted_needs_no_colour_but_the_document(self) -> None:
        paper = replace(code(NOW, Colour.NONE), presentation=Presentation.PAPER)
        rule = self.RULE | {"paper": "accept"}
        assert said(paper, rule) == [Reason.IDENTITY_NEEDED]
        assert said(paper, rule, Circumstances(number=NUMBER)) == []
        look_up = self.RULE | {"paper": "look_up"}
        assert said(paper, look_up, Circumstances(number=NUMBER)) == [Reason.COLOUR_UNKNOWN]


class TestShowing:
    LIVE = replace(of(Identity()), presentation=Presentation.LIVE)
    PAPER = replace(of(Identity()), presentation=Presentation.PAPER)
    OLD = of(Identity(), birth_date=date(1940, 1, 1))

    @pytest.mark.parametrize(
        ("claims", "rule", "known", "reasons"),
        [
            (of(Identity()), {}, NOTHING, []),
            (of(Identity()), {"live": True}, NOTHING, [Reason.PRESENTATION_NEEDED]),
            (of(Identity()), {"live": True}, Circumstances(is_live=True), []),
            (LIVE, {}, NOTHING, [Reason.PRESENTATION_NEEDED]),
            (LIVE, {"live": True}, NOTHING, [Reason.PRESENTATION_NEEDED]),
            (LIVE, {}, Circumstances(is_live=True), []),
            (PAPER, {}, NOTHING, [Reason.RULE_MISSING]),
            (PAPER, {"paper": "refuse"}, NOTHING, [Reason.PAPER_REFUSED]),
            (PAPER, {"paper": "refuse"}, Circumstances(number=NUMBER), [Reason.PAPER_REFUSED]),
            (PAPER, {"paper": "accept"}, NOTHING, [Reason.IDENTITY_NEEDED]),
            (PAPER, {"paper": "accept"}, Circumstances(number="002X"), []),
            (of(Identity()), {"identity": True}, NOTHING, [Reason.IDENTITY_NEEDED]),
            (of(Identity()), {}, Circumstances(number="0021"), [Reason.IDENTITY_MISMATCH]),
            (of(Identity()), {"identity": True}, Circumstances(number=NUMBER), []),
            (about(Identity(), NOW, issuer="CN-51", holder=person()), {},
             Circumstances(number=NUMBER), [Reason.IDENTITY_NEEDED]),
            (OLD, {"identity": True, "live": True, "exemptions": [
                {"waives": ["identity", "live"], "from_age": 60}]}, NOTHING, []),
            (OLD, {"identity": True, "exemptions": [
                {"waives": ["identity"], "below_age": 60}]}, NOTHING, [Reason.IDENTITY_NEEDED]),
            (OLD, {"beside": ["travel"], "exemptions": [
                {"waives": ["beside"], "from_age": 60}]}, NOTHING, []),
        ],
    )  # fmt: skip
    def test_how_it_is_shown(
        self, claims: Claims, rule: Any, known: Circumstances, reasons: list[Reason]
    ) -> None:
        assert said(claims, rule, known) == reasons

    def test_a_policy_is_in_force_for_a_time(self) -> None:
        spans: tuple[dict[str, Any], ...] = ({"valid_from": NOW + 1}, {"valid_until": NOW})
        for span in spans:
            assert said(of(Identity()), {}, **span) == [Reason.POLICY_NOT_IN_FORCE]
        assert said(of(Identity()), {}, valid_from=NOW, valid_until=NOW + 1) == []


class TestTests:
    RULE: ClassVar[dict[str, Any]] = {
        "results": ["negative"],
        "test": [
            TEST | {"hours": 48, "methods": ["nucleic_acid"], "diseases": ["covid_19"]},
            TEST | {"hours": 24, "methods": ["antigen"], "diseases": [COVID]},
        ],
    }
    PLAIN: ClassVar[dict[str, Any]] = {"results": ["negative"], "test": TEST | {"hours": 48}}
    LATE: ClassVar[dict[str, Any]] = {
        "results": ["negative"],
        "test": TEST | {"hours": 48, "judge_at": "departure"},
    }

    @pytest.mark.parametrize(
        ("test", "rule", "reason"),
        [
            (a_test(hours=48), RULE, None),
            (a_test(hours=49), RULE, Reason.TEST_TOO_OLD),
            (a_test(method=ANTIGEN, hours=24), RULE, None),
            (a_test(method=ANTIGEN, hours=25), RULE, Reason.TEST_TOO_OLD),
            (a_test(method=ANTIBODY), RULE, Reason.METHOD_REFUSED),
            (a_test(method=None), RULE, Reason.METHOD_UNKNOWN),
            (a_test(disease=FLU), RULE, Reason.DISEASE_UNKNOWN),
            (a_test(disease=None), RULE, Reason.DISEASE_UNKNOWN),
            (a_test(disease="COVID-19"), RULE, None),
            (a_test(POSITIVE), RULE, Reason.RESULT_REFUSED),
            (a_test(Outcome.INCONCLUSIVE), RULE, Reason.RESULT_UNKNOWN),
            (a_test(hours=None), RULE, Reason.TEST_TIME_MISSING),
            (a_test(hours=-1), RULE, Reason.TEST_IN_FUTURE),
            (a_test(method=ANTIBODY), PLAIN, Reason.METHOD_REFUSED),
            (a_test(method=ANTIBODY), {"results": ["negative"]}, Reason.METHOD_REFUSED),
            (a_test(method=None), PLAIN, None),
            (a_test(method=ANTIGEN, hours=48), PLAIN, None),
            (a_test(method=ANTIBODY), {"results": ["negative"], "test": TEST | {
                "hours": 48, "methods": ["antibody"]}}, None),
            (a_test(), {"test": TEST | {"hours": 48}}, Reason.RULE_MISSING),
            (a_test(hours=49), LATE, Reason.DEPARTURE_UNKNOWN),
        ],
    )  # fmt: skip
    def test_one_test(self, test: TestResult, rule: Any, reason: Reason | None) -> None:
        assert said(of(test), rule) == ([] if reason is None else [reason])

    @pytest.mark.parametrize(
        ("departed", "reason"), [(1, None), (0, Reason.TEST_TOO_OLD), (-1, Reason.TEST_TOO_OLD)]
    )
    def test_the_age_at_departure(self, departed: int, reason: Reason | None) -> None:
        known = Circumstances(departed_at=NOW - departed * HOUR)
        found = said(of(a_test(hours=49)), self.LATE, known)
        assert found == ([] if reason is None else [reason] if departed == 0 else
                         [Reason.DEPARTURE_UNKNOWN])  # fmt: skip

    @pytest.mark.parametrize(
        ("tests", "reason"),
        [
            ([a_test(hours=5), a_test(POSITIVE, hours=9)], None),
            ([a_test(hours=9), a_test(POSITIVE, hours=5)], Reason.RESULT_REFUSED),
            ([a_test(hours=9), a_test(POSITIVE, hours=None)], Reason.TEST_TIME_MISSING),
            ([a_test(POSITIVE, hours=9), a_test(hours=None)], Reason.TEST_TIME_MISSING),
            ([a_test(hours=9), a_test(hours=None)], None),
            ([a_test(hours=5), a_test(POSITIVE, hours=5)], Reason.RESULT_UNKNOWN),
            ([a_test(hours=5), a_test(method=ANTIGEN, hours=5)], None),
            ([a_test(POSITIVE, hours=9), a_test(method=ANTIBODY, hours=5)], Reason.RESULT_REFUSED),
            ([a_test(hours=9), a_test(POSITIVE, ANTIBODY, hours=5)], None),
            ([a_test(hours=9), a_test(POSITIVE, hours=5, disease=FLU)], None),
            ([a_test(method=ANTIBODY), a_test(method=None)], Reason.METHOD_REFUSED),
            ([a_test(hours=30, method=ANTIGEN), a_test(hours=40)], Reason.TEST_TOO_OLD),
        ],
    )
    def test_of_several_the_newest_counts(
        self, tests: list[TestResult], reason: Reason | None
    ) -> None:
        for order in permutations(tests):
            assert said(of(*order), self.RULE) == ([] if reason is None else [reason])

    def test_a_series_takes_every_test_of_the_credential(self) -> None:
        rule = self.RULE | {"series": {"tests": 2, "apart_hours": 24, "within_hours": 72}}
        pair = (a_test(hours=2), a_test(hours=26))
        for order in permutations(pair):
            assert said(of(*order), rule) == []
        assert said(of(a_test(hours=2)), rule) == [Reason.TESTS_MISSING]
        assert said(of(a_test(hours=2), a_test(hours=25)), rule) == [Reason.TESTS_MISSING]
        assert said(of(a_test(hours=2), a_test(hours=26, method=ANTIBODY)), rule) == [
            Reason.TESTS_MISSING
        ]

    def test_several_windows_for_one_test_are_alternatives(self) -> None:
        windows = [TEST | {"hours": 10}, TEST | {"hours": 20, "origin": "reported"}]
        both = replace(a_test(hours=15), reported_at=NOW - HOUR)
        for order in permutations(windows):
            rule = {"results": ["negative"], "test": list(order)}
            assert said(of(both), rule) == []
            assert said(of(a_test(hours=15)), rule) == [Reason.TEST_TIME_MISSING]


class TestVaccinations:
    RULE: ClassVar[dict[str, Any]] = {
        "vaccination": {
            "diseases": ["*"],
            "vaccines": ["207", "208"],
            "booster": {"from_dose": 3, "delay_days": 14, "valid_days": 270},
        }
    }

    @pytest.mark.parametrize(
        ("shots", "reason"),
        [
            ([shot(300), shot(200, 2), shot(20, 3)], None),
            ([shot(300), shot(200, 2), shot(14, 3)], None),
            ([shot(300), shot(200, 2), shot(13, 3)], Reason.VACCINATION_TOO_NEW),
            ([shot(600), shot(500, 2), shot(271, 3)], Reason.VACCINATION_TOO_OLD),
            ([shot(300), shot(200, 2), shot(20, 3), shot(1, 1, vaccine="141")], None),
            ([shot(20), shot(90, 1, vaccine="141"), shot(200, 2, vaccine="141")],
             Reason.VACCINATION_UNKNOWN),
            ([shot(20), shot(20), shot(20, 1, vaccine="208")], Reason.VACCINATION_UNKNOWN),
            ([shot(300, vaccine="999"), shot(200, 2), shot(20, 3)], Reason.VACCINATION_UNKNOWN),
            ([shot(20, 3)], None),
            ([shot(20, 2, 2)], None),
            ([shot(20, 1, 2)], Reason.VACCINATION_INCOMPLETE),
            ([shot(20, 1, vaccine="141")], Reason.VACCINE_UNKNOWN),
            ([shot(100, 2, 2), shot(1, 3, 3)], None),
            ([shot(600), shot(500, 2), shot(400, 3), shot(1, vaccine="141")],
             Reason.VACCINATION_TOO_OLD),
        ],
    )  # fmt: skip
    def test_doses_on_the_list_are_counted(
        self, shots: list[Vaccination], reason: Reason | None
    ) -> None:
        for order in list(permutations(shots))[:6]:
            assert said(of(*order), self.RULE) == ([] if reason is None else [reason])

    def test_an_explicit_delay_of_no_days(self) -> None:
        for delay in ({"delay_days": 0}, {}):
            rule = {"vaccination": {"diseases": ["*"], "vaccines": ["*"], **delay}}
            assert said(of(shot(0, 2, 2)), rule) == []
            late = {"vaccination": {"diseases": ["*"], "vaccines": ["*"], "delay_days": 1}}
            assert said(of(shot(0, 2, 2)), late) == [Reason.VACCINATION_TOO_NEW]

    def test_a_disease_is_listed_by_any_of_its_codes(self) -> None:
        rule = {"vaccination": {"diseases": ["covid_19"], "vaccines": ["*"]}}
        assert said(of(shot(20, 2, 2)), rule) == []
        assert said(of(shot(20, 2, 2, vaccine="141")), rule) == [Reason.VACCINE_UNKNOWN]

    def test_without_a_rule_it_is_held(self) -> None:
        assert said(of(shot(20)), {}) == [Reason.RULE_MISSING]


class TestRecoveries:
    OLD, NEW = (Recovery(disease=COVID, positive_on=date(2021, month, 1)) for month in (1, 12))
    FLU = Recovery(disease=FLU, positive_on=date(2021, 12, 1))
    RULE: ClassVar[dict[str, Any]] = {
        "recovery": {"diseases": ["covid_19"], "from_days": 11, "until_days": 180}
    }

    @pytest.mark.parametrize(
        ("events", "reason"),
        [
            ([NEW], None),
            ([OLD, NEW], None),
            ([OLD], Reason.RECOVERY_TOO_OLD),
            ([replace(NEW, positive_on=date(2022, 1, 9))], Reason.RECOVERY_TOO_NEW),
            ([FLU], Reason.DISEASE_UNKNOWN),
            ([OLD, FLU], Reason.RECOVERY_TOO_OLD),
            ([replace(NEW, positive_on=None)], Reason.TEST_TIME_MISSING),
        ],
    )
    def test_recoveries(self, events: list[Recovery], reason: Reason | None) -> None:
        for order in permutations(events):
            assert said(of(*order), self.RULE) == ([] if reason is None else [reason])
        assert said(of(*events), {}) == [Reason.RULE_MISSING]


class TestTravel:
    RULE: ClassVar[dict[str, Any]] = {"travel": {"hours": 24, "avoid": ["CN-42-01", "CN-31"]}}

    @pytest.mark.parametrize(
        ("places", "reasons"),
        [
            (["CN-51", "CN-42-05"], []),
            (["CN-42", "CN-42-01"], [Reason.PLACE_REFUSED]),
            (["CN-42", "CN-42-05"], [Reason.DIVISION_MISSING]),
            (["CN-42", "CN-31-02"], [Reason.PLACE_REFUSED, Reason.DIVISION_MISSING]),
            (["CN-31", "CN-42-01-03"], [Reason.PLACE_REFUSED, Reason.PLACE_REFUSED]),
        ],
    )
    def test_every_place_is_looked_at(self, places: list[str], reasons: list[Reason]) -> None:
        for order in permutations(places):
            record = Travel(as_of=NOW, window_days=14, places=order)
            assert sorted(said(of(record), self.RULE), key=str) == sorted(reasons, key=str)

    def test_its_age(self) -> None:
        for as_of, reason in (
            (NOW + 1, Reason.TEST_IN_FUTURE),
            (NOW - 24 * HOUR, Reason.TRAVEL_STALE),
        ):
            assert said(of(Travel(as_of=as_of, window_days=14)), self.RULE) == [reason]
        assert said(of(Travel(as_of=NOW, window_days=14)), {}) == [Reason.RULE_MISSING]
