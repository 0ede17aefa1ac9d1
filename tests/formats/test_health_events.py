"""Which doses and tests a health card, a seal or an EU certificate asserts, and whose."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.formats.vectors import cases

from trustcert import formats
from trustcert.claims import (
    Details,
    Disease,
    HealthRecord,
    Holder,
    Outcome,
    Recovery,
    TestMethod,
    TestResult,
    Vaccination,
    disease_of,
)
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.formats.content import dcc, fhir, lenient, vds
from trustcert.limits import NAME_CHARACTERS

CVX = "http://hl7.org/fhir/sid/cvx"
LOINC = "http://loinc.org"
ISSUED = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp())
PATIENT: dict[str, Any] = {"resourceType": "Patient", "name": [{"family": "Li", "given": ["Wei"]}]}
NEGATIVE, POSITIVE = "260415000", "260373001"


def shot(code: str, day: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"coding": [{"system": CVX, "code": code}]},
        "patient": {"reference": "resource:0"},
        "occurrenceDateTime": day,
    } | more


def observed(result: str, at: str | None, code: str = "94500-6", **more: Any) -> dict[str, Any]:
    found = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": "resource:0"},
        "valueCodeableConcept": {"coding": [{"code": result}]},
    } | more
    return found if at is None else found | {"effectiveDateTime": at}


def read(*resources: dict[str, Any], patient: dict[str, Any] | None = None) -> fhir.Content:
    listed = [PATIENT if patient is None else patient, *resources]
    return fhir.read({"entry": [{"resource": entry} for entry in listed]}, issued_at=ISSUED)


def doses(events: tuple[Details, ...]) -> list[tuple[Disease | None, int]]:
    return [(disease_of(e), e.dose) for e in events if isinstance(e, Vaccination)]


class TestDoses:
    def test_doses_are_counted_by_disease(self) -> None:
        _, main, events = read(
            shot("141", "2024-10-01"), shot("141", "2025-10-01"), shot("207", "2026-05-01")
        )
        flu, covid = Disease.INFLUENZA, Disease.COVID_19
        assert doses(events) == [(flu, 1), (flu, 2), (covid, 1)]
        assert main == events[-1]

    def test_a_dose_recorded_twice_is_one(self) -> None:
        _, _, events = read(
            shot("207", "2026-05-01"),
            shot("207", "2026-05-01T09:00:00Z"),
            shot("213", "2026-05-01"),
        )
        assert doses(events) == [(Disease.COVID_19, 1)]

    def test_events_stand_by_day_whatever_their_order_in_the_bundle(self) -> None:
        shots = [shot("207", day) for day in ("2026-05-01", "2025-01-01", "2025-10-01")]
        _, main, events = read(*shots)
        assert [getattr(event, "given_on", None) for event in events] == [
            date(2025, 1, 1), date(2025, 10, 1), date(2026, 5, 1),
        ]  # fmt: skip
        assert read(*shots[::-1])[1:] == (main, events)

    @pytest.mark.parametrize(
        "more",
        [{"isSubpotent": True}, {"isSubpotent": "no"}, {"status": "not-done"},
         {"status": "entered-in-error"}, {"occurrenceDateTime": "2026"}],
    )  # fmt: skip
    def test_what_is_no_full_dated_completed_dose_does_not_count(self, more: Any) -> None:
        _, main, events = read(shot("207", "2025-01-01"), shot("207", "2026-05-01", **more))
        assert doses(events) == [(Disease.COVID_19, 1)]
        assert main == events[0]
        assert isinstance(read(shot("207", "2026-05-01") | more)[1], HealthRecord)

    def test_vaccines_of_unknown_diseases_count_apart(self) -> None:
        _, _, events = read(shot("998", "2025-01-01"), shot("997", "2025-02-01"))
        assert doses(events) == [(None, 1), (None, 1)]

    def test_the_cvx_code_names_the_vaccine(self) -> None:
        codings = [{"system": "urn:gtin", "code": "00012345678905"}, {"system": CVX, "code": "208"}]
        _, main, _ = read(shot("", "2026-05-01", vaccineCode={"coding": codings}))
        assert isinstance(main, Vaccination)
        assert (main.vaccine, main.disease) == ("208", "covid_19")

    def test_the_disease_that_a_dose_names_goes_before_that_of_its_vaccine(self) -> None:
        protocol = [{"targetDisease": [{"coding": [{"code": "840539006"}]}]}]
        _, main, _ = read(shot("998", "2026-05-01", protocolApplied=protocol))
        assert isinstance(main, Vaccination)
        assert main.disease == "840539006"
        assert disease_of(main) is Disease.COVID_19


class TestTests:
    def test_the_newest_is_found_by_instant(self) -> None:
        _, main, events = read(
            observed(NEGATIVE, "2026-07-01T07:00:00+08:00"),
            observed(POSITIVE, "2026-06-30T23:30:00Z"),
        )
        assert isinstance(main, TestResult)
        assert main.result is Outcome.POSITIVE
        assert len(events) == 2

    @pytest.mark.parametrize("moment", [None, "2026-07-01T07:00:00+08:00", "2026-06"])
    def test_a_contradiction_is_inconclusive(self, moment: str | None) -> None:
        found = [observed(NEGATIVE, "2026-07-01T07:00:00+08:00"), observed(POSITIVE, moment)]
        for order in (found, found[::-1]):
            main = read(*order)[1]
            assert isinstance(main, TestResult)
            assert main.result is Outcome.INCONCLUSIVE

    def test_an_undated_test_that_agrees_changes_nothing(self) -> None:
        main = read(observed(NEGATIVE, None), observed(NEGATIVE, "2026-07-01T07:00:00+08:00"))[1]
        assert isinstance(main, TestResult)
        assert (main.result, main.sampled_at) == (Outcome.NEGATIVE, 1782860400)

    def test_an_antibody_test_does_not_hide_an_infection(self) -> None:
        pcr = observed(POSITIVE, "2026-07-01T07:00:00Z")
        antibodies = observed(NEGATIVE, "2026-07-01T08:00:00Z", code="94563-4")
        main = read(pcr, antibodies)[1]
        assert isinstance(main, TestResult)
        assert (main.result, main.method) == (Outcome.POSITIVE, TestMethod.NUCLEIC_ACID)
        alone = read(antibodies)[1]
        assert isinstance(alone, TestResult)
        assert alone.method is TestMethod.ANTIBODY

    @pytest.mark.parametrize(
        ("code", "method", "disease"),
        [
            ("94534-5", TestMethod.NUCLEIC_ACID, Disease.COVID_19),
            ("94558-4", TestMethod.ANTIGEN, Disease.COVID_19),
            ("94762-2", TestMethod.ANTIBODY, Disease.COVID_19),
            ("92142-9", TestMethod.NUCLEIC_ACID, Disease.INFLUENZA),
            ("80382-5", TestMethod.ANTIGEN, Disease.INFLUENZA),
        ],
    )
    def test_method_and_disease_are_read(
        self, code: str, method: TestMethod, disease: Disease
    ) -> None:
        main = read(observed(NEGATIVE, "2026-07-01T07:00:00Z", code=code))[1]
        assert isinstance(main, TestResult)
        assert (main.method, disease_of(main)) == (method, disease)

    def test_a_value_and_an_interpretation_that_differ_are_inconclusive(self) -> None:
        positive = [{"coding": [{"code": "POS"}]}]
        main = read(observed(NEGATIVE, "2026-07-01T07:00:00Z", interpretation=positive))[1]
        assert isinstance(main, TestResult)
        assert main.result is Outcome.INCONCLUSIVE

    @pytest.mark.parametrize(
        ("status", "result"),
        [("amended", Outcome.NEGATIVE), ("preliminary", Outcome.INCONCLUSIVE), (None, None),
         ("entered-in-error", HealthRecord()), ("cancelled", HealthRecord())],
    )  # fmt: skip
    def test_only_a_finished_test_has_a_result(self, status: Any, result: Any) -> None:
        main = read(observed(NEGATIVE, "2026-07-01T07:00:00Z", status=status))[1]
        if isinstance(main, TestResult):
            assert main.result is (result or Outcome.INCONCLUSIVE)
        else:
            assert main == result

    def test_a_test_of_an_unknown_kind_is_none(self) -> None:
        assert read(observed(NEGATIVE, "2026-07-01T07:00:00Z", code="630-4"))[2] == ()


class TestWhose:
    @pytest.mark.parametrize(
        "more",
        [
            {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]},
            {"modifierExtension": {}},
            {"implicitRules": "urn:x"},
            {"performer": [{"modifierExtension": [{"url": "urn:x"}]}]},
        ],
    )
    def test_a_modifier_that_is_not_known_makes_the_card_unsupported(self, more: Any) -> None:
        for resources in ([shot("207", "2026-05-01", **more)], [shot("207", "2026-05-01"), more]):
            with pytest.raises(UnsupportedError, match="may change its meaning"):
                read(*resources)

    def test_an_empty_list_of_modifiers_modifies_nothing(self) -> None:
        assert doses(read(shot("207", "2026-05-01", modifierExtension=[]))[2])

    @pytest.mark.parametrize("link", [{"reference": "resource:1"}, {"reference": "Patient/9"}, "x"])
    def test_an_event_of_another_patient_makes_the_card_unsupported(self, link: Any) -> None:
        for event in (
            shot("207", "2026-05-01", patient=link),
            observed(NEGATIVE, "2026-07-01T07:00:00Z", subject=link),
        ):
            with pytest.raises(UnsupportedError, match="does not refer to the patient"):
                read(event)

    @pytest.mark.parametrize("name", ["https://x.example/Patient/7", "Patient/7"])
    def test_a_patient_is_found_by_address_and_by_id(self, name: str) -> None:
        entries = [
            {"fullUrl": "https://x.example/Patient/7", "resource": PATIENT | {"id": "7"}},
            {"resource": shot("207", "2026-05-01", patient={"reference": name})},
        ]
        assert doses(fhir.read({"entry": entries}, issued_at=ISSUED)[2])

    @pytest.mark.parametrize(
        ("names", "shown"),
        [
            ([{"family": "Old", "use": "old"}, {"family": "Now"}], "Now"),
            ([{"family": "Nick", "use": "nickname"}, {"family": "Now"}], "Now"),
            ([{"family": "Usual", "use": "usual"}, {"family": "Now", "use": "official"}], "Now"),
            ([{"family": "Past", "period": {"end": "2026-06-30"}}, {"family": "Now"}], "Now"),
            ([{"family": "Past", "period": {"end": "2026-06"}}, {"family": "Now"}], "Now"),
            ([{"family": "Past", "period": {"end": "?"}}, {"family": "Now"}], "Now"),
            ([{"family": "Now", "period": {"end": "2026-07-01"}}], "Now"),
            ([{"family": "Now", "period": {"end": "2027"}}], "Now"),
            ([{"family": "Now", "period": {"start": "2020"}}], "Now"),
            ([{"text": "Now"}], "Now"),
            ([], None),
        ],
    )
    def test_the_holder_has_the_name_that_is_in_use(self, names: Any, shown: str | None) -> None:
        holder = read(patient={"resourceType": "Patient", "name": names})[0]
        assert holder == Holder(name=shown)

    @pytest.mark.parametrize(
        "patient",
        [
            {"name": [{"family": "Old", "use": "old"}]},
            {"name": [{"family": "Past", "period": {"end": "2020-01-01"}}]},
            {"active": False, "name": [{"family": "Now"}]},
            {"link": [{"type": "replaced-by"}], "name": [{"family": "Now"}]},
        ],
    )
    def test_a_patient_who_is_nobody_now_makes_the_card_unsupported(self, patient: Any) -> None:
        with pytest.raises(UnsupportedError):
            read(patient={"resourceType": "Patient"} | patient)

    def test_several_patients_are_refused(self) -> None:
        with pytest.raises(MalformedError, match="one patient"):
            read(PATIENT)


def test_a_long_name_is_cut_with_a_mark() -> None:
    holder = read(patient={"resourceType": "Patient", "name": [{"text": "x" * 121}]})[0]
    assert holder.name == "x" * (NAME_CHARACTERS - 1) + "…"
    assert lenient.name("x" * NAME_CHARACTERS) == "x" * NAME_CHARACTERS


@pytest.mark.parametrize(
    ("value", "number"),
    [(2, 2), (2.0, 2), (2.5, None), (-1.0, None), (float("nan"), None), (float("inf"), None),
     ("2", None), (True, None), (100.0, None)],
)  # fmt: skip
def test_a_whole_float_is_a_count(value: Any, number: int | None) -> None:
    assert lenient.count(value) == number


class TestSeals:
    def test_every_dose_of_every_vaccine_is_an_event(self) -> None:
        message = {
            "pid": {"n": "Li Wei"},
            "ve": [
                {"des": "XM68M6", "dis": "RA01.0", "nam": "A",
                 "vd": [{"dvc": "2025-01-01", "seq": 1}, {"dvc": "2025-03-01", "seq": "2"}]},
                {"des": "XM0N50", "dis": "1E30", "nam": "B", "vd": [{"dvc": "2025-10-01"}]},
            ],
        }  # fmt: skip
        _, main, events = vds.read(vds.VACCINATION, message)
        covid, flu = Disease.COVID_19, Disease.INFLUENZA
        assert doses(events) == [(covid, 1), (covid, 2), (flu, 0)]
        assert main == events[-1]

    def test_a_dose_that_is_listed_twice_is_one(self) -> None:
        dose = {"dvc": "2025-01-01", "seq": 1}
        event = {"dis": "RA01.0", "nam": "A", "vd": [dose, dose | {"seq": 2}]}
        message = {"pid": {"n": "Li Wei"}, "ve": [event, event | {"nam": "A again"}]}
        assert doses(vds.read(vds.VACCINATION, message)[2]) == [(Disease.COVID_19, 1)]


class TestEuropeanCertificates:
    @staticmethod
    def dose(day: str, number: float, **more: Any) -> dict[str, Any]:
        return {"tg": "840539006", "mp": "M", "dt": day, "dn": number, "sd": 2, "ci": day} | more

    def test_of_several_doses_the_newest_counts(self) -> None:
        found = dcc.read({"v": [self.dose("2021-06-01", 2), self.dose("2021-03-01", 1)]})
        assert isinstance(found.details, Vaccination)
        assert (found.details.dose, found.event["ci"]) == (2, "2021-06-01")
        assert doses(found.events) == [(Disease.COVID_19, 2), (Disease.COVID_19, 1)]

    def test_one_event_stands_alone(self) -> None:
        found = dcc.read({"v": [self.dose("2021-06-01", 2.0)]})
        assert isinstance(found.details, Vaccination)
        assert (found.details.dose, found.events) == (2, ())

    def test_of_several_tests_the_newest_counts_and_a_contradiction_is_inconclusive(self) -> None:
        negative = {"tg": "840539006", "tt": "LP6464-4", "tr": NEGATIVE}
        positive = negative | {"tr": POSITIVE}
        at, later = {"sc": "2021-06-01T12:00:00+02:00"}, {"sc": "2021-06-01T11:00:00Z"}
        for one, other, result in (
            (negative | at, positive | later, Outcome.POSITIVE),
            (negative | later, positive | at, Outcome.NEGATIVE),
            (negative | at, positive | at, Outcome.INCONCLUSIVE),
            (negative | at, positive, Outcome.INCONCLUSIVE),
        ):
            details = dcc.read({"t": [one, other]}).details
            assert isinstance(details, TestResult)
            assert (details.result, details.method) == (result, TestMethod.NUCLEIC_ACID)

    def test_of_several_recoveries_that_of_the_last_infection_counts(self) -> None:
        days = ("2021-01-01", "2022-01-01", "2021-06-01")
        found = dcc.read({"r": [{"tg": "840539006", "fr": day} for day in days]})
        assert isinstance(found.details, Recovery)
        assert found.details.positive_on == date(2022, 1, 1)

    def test_events_of_two_kinds_are_refused(self) -> None:
        with pytest.raises(MalformedError, match="one kind"):
            dcc.read({"v": [self.dose("2021-06-01", 2)], "t": [{}]})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("three_covid_doses", [(Disease.COVID_19, 1), (Disease.COVID_19, 2),
                               (Disease.COVID_19, 3)]),
        ("one_covid_two_flu", [(Disease.INFLUENZA, 1), (Disease.INFLUENZA, 2),
                               (Disease.COVID_19, 1)]),
        ("three_covid_then_flu", [(Disease.COVID_19, 1), (Disease.COVID_19, 2),
                                  (Disease.COVID_19, 3), (Disease.INFLUENZA, 1)]),
        ("subpotent", [(Disease.COVID_19, 1), (Disease.COVID_19, 2)]),
    ],
)  # fmt: skip
def test_the_doses_of_sample_cards(name: str, expected: Any) -> None:
    text = (cases("verdicts/shc") / f"{name}.txt").read_text().strip()
    assert doses(formats.open_claims(formats.decode(text)).events) == expected


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("later_positive_in_another_zone", Outcome.POSITIVE),
        ("undated_positive", Outcome.INCONCLUSIVE),
    ],
)
def test_the_results_of_sample_cards(name: str, result: Outcome) -> None:
    text = (cases("verdicts/shc") / f"{name}.txt").read_text().strip()
    details = formats.open_claims(formats.decode(text)).details
    assert isinstance(details, TestResult)
    assert details.result is result
