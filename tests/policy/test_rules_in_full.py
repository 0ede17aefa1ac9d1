"""Every field of a policy: read, written back, in the schema, refused with its place."""

from __future__ import annotations

import copy
import enum
import json
from typing import Any

import pytest

from trustcert.claims import Colour, CredentialType, Outcome
from trustcert.errors import MalformedError
from trustcert.policy import from_document, json_schema, to_document
from trustcert.policy.model import (
    Combination,
    JudgeAt,
    Jurisdiction,
    Origin,
    Paper,
    Part,
)

FULL: dict[str, Any] = {
    "destination": "CN-44",
    "version": 7,
    "issued": "2020-03-09T00:00:00+08:00",
    "valid_from": "2020-03-10T00:00:00+08:00",
    "valid_until": "2021-03-10T00:00:00+08:00",
    "ages": {"warn_hours": 6, "hold_hours": 12},
    "recognises": [
        {
            "issuer": "CN-42",
            "types": ["health_code", "health_proof"],
            "valid_from": "2020-03-01T00:00:00+08:00",
            "valid_until": "2020-12-31T00:00:00+08:00",
            "excludes": [
                {
                    "division": "CN-42-01",
                    "valid_from": "2020-03-01T00:00:00+08:00",
                    "valid_until": "2020-04-08T00:00:00+08:00",
                }
            ],
            "through": "CN-00",
            "beside": ["test_result"],
            "mutual": True,
        },
        {"issuer": "*", "types": ["vaccination"], "through": "CN-31"},
    ],
    "rules": {
        "health_code": {
            "colours": ["green", "yellow"],
            "refresh_hours": 24,
            "paper": "accept",
            "identity": True,
            "live": True,
            "beside": ["travel"],
            "exemptions": [{"waives": ["beside", "test"], "from_age": 60, "below_age": 90}],
        },
        "test_result": {
            "results": ["negative"],
            "test": {
                "hours": 48,
                "origin": "reported",
                "otherwise": "sampled",
                "inclusive": False,
                "judge_at": "departure",
            },
            "series": {"tests": 2, "apart_hours": 24, "within_hours": 72, "origin": "reported"},
        },
        "health_proof": {
            "test": [
                {
                    "days": 2,
                    "count": "calendar_days",
                    "origin": "sampled",
                    "methods": ["antigen"],
                    "diseases": ["840539006"],
                },
                {"hours": 48, "inclusive": True, "origin": "sampled", "methods": ["nucleic_acid"]},
            ]
        },
        "vaccination": {
            "vaccination": {
                "diseases": ["840539006"],
                "vaccines": ["*"],
                "complete": False,
                "delay_days": 14,
                "valid_days": 270,
                "booster": {"from_dose": 3, "delay_days": 7, "valid_days": 540},
            }
        },
        "recovery": {"recovery": {"diseases": ["840539006"], "from_days": 11, "until_days": 180}},
        "travel": {"travel": {"hours": 24, "avoid": ["CN-42-01"]}},
        "business_licence": {},
    },
    "vocabularies": {"CN-00": {"未见异常": "green", "弹窗": "grey"}},
    "colours": {"combine": "newest", "jurisdiction": ["destination", "issuer"]},
    "bundles": {
        "small_restaurant": {
            "name": {"zh": "开办小餐馆", "en": "Opening a small restaurant"},
            "warn_days": 30,
            "parts": [
                {"part": "licence", "name": {"zh": "执照"}, "types": ["business_licence"]},
                {
                    "part": "staff",
                    "types": ["staff_health_certificate"],
                    "each_of": "staff",
                },
                {
                    "part": "food",
                    "types": ["food_permit"],
                    "optional": True,
                    "same_address": True,
                },
            ],
        }
    },
}


VOCABULARIES: tuple[type[enum.Enum], ...] = (
    CredentialType, Colour, Outcome, Combination, Jurisdiction, JudgeAt, Origin, Paper, Part,
)  # fmt: skip


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the full document with one place changed, or removed where ``value`` is Ellipsis."""
    document = copy.deepcopy(FULL)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = document
    for step in steps:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


def test_a_full_policy_reads_back() -> None:
    policy = from_document(FULL)
    assert to_document(policy) == FULL
    assert from_document(to_document(policy)) == policy


SLIPS = [
    ("recognises/1/through", ..., None, "recognises[1].issuer"),
    ("recognises/0/until", "2020-02-01T00:00:00+08:00", None, "recognises[0].until"),
    ("recognises/0/excludes/0/division", "420100", "pattern", "recognises[0].excludes[0].division"),
    ("recognises/0/types/0", "helth_code", "enum", "recognises[0].types[0]"),
    ("recognises/0/beside/0", "selfie", "enum", "recognises[0].beside[0]"),
    ("rules/health_code/colours/0", "white", "enum", "rules.health_code.colours[0]"),
    ("rules/health_code/refresh_hours", 0, "minimum", "rules.health_code.refresh_hours"),
    ("rules/health_code/paper", "yes", "enum", "rules.health_code.paper"),
    ("rules/health_code/identity", "yes", "type", "rules.health_code.identity"),
    ("rules/health_code/exemptions/0/waives/0", "colours", "enum",
     "rules.health_code.exemptions[0].waives[0]"),
    ("rules/health_code/exemptions/0/below_age", 60, None,
     "rules.health_code.exemptions[0].below_age"),
    ("rules/health_code/colour", ["green"], "additionalProperties", "rules.health_code.colour"),
    ("rules/test_result/test/hours", 48.5, "type", "rules.test_result.test.hours"),
    ("rules/test_result/test/hours", 8785, "maximum", "rules.test_result.test.hours"),
    ("rules/test_result/test/hours", ..., None, "rules.test_result.test.hours"),
    ("rules/test_result/test/days", 2, None, "rules.test_result.test.hours"),
    ("rules/test_result/test/inclusive", ..., None, "rules.test_result.test.inclusive"),
    ("rules/test_result/test/origin", "taken", "enum", "rules.test_result.test.origin"),
    ("rules/test_result/test/count", "calendar_days", None, "rules.test_result.test.count"),
    ("rules/test_result/series/tests", 1, "minimum", "rules.test_result.series.tests"),
    ("rules/test_result/series/within_hours", 23, None, "rules.test_result.series.within_hours"),
    ("rules/vaccination/vaccination/vaccines", ..., "required",
     "rules.vaccination.vaccination.vaccines"),
    ("rules/vaccination/vaccination/vaccines", ["*", "229"], None,
     "rules.vaccination.vaccination.vaccines"),
    ("rules/vaccination/vaccination/booster/from_dose", ..., "required",
     "rules.vaccination.vaccination.booster.from_dose"),
    ("rules/recovery/recovery/until_days", 10, None, "rules.recovery.recovery.until_days"),
    ("rules/travel/travel/hours", ..., "required", "rules.travel.travel.hours"),
    ("rules/travel/travel/hours", None, "type", "rules.travel.travel.hours"),
    ("recognises", None, "type", "recognises"),
    ("destination", None, "type", "destination"),
    ("rules/health_proof/test/1/methods/0", "pcr", "enum",
     "rules.health_proof.test[1].methods[0]"),
    ("rules/health_proof/test", [], "minItems", "rules.health_proof.test"),
    ("rules/test_result/test", "48", "type", "rules.test_result.test"),
    ("recognises/0/from", 5, "additionalProperties", "recognises[0].from"),
    ("recognises/0/excludes/0/until", 5, "additionalProperties",
     "recognises[0].excludes[0].until"),
    ("until", 5, "additionalProperties", "until"),
    ("rules/travel/travel/avoid/0", "武汉", "pattern", "rules.travel.travel.avoid[0]"),
    ("rules/passport", {}, "enum", "rules.passport"),
    ("vocabularies/CN-00/弹窗", "popup", "enum", "vocabularies.CN-00.弹窗"),
    ("colours/combine", "best", "enum", "colours.combine"),
    ("colours/jurisdiction/0", "anybody", "enum", "colours.jurisdiction[0]"),
    ("bundles/small_restaurant/parts", [], "minItems", "bundles.small_restaurant.parts"),
    ("bundles/small_restaurant/parts/0/each_of", "staff", None,
     "bundles.small_restaurant.parts[0]"),
    ("bundles/small_restaurant/parts/1/part", "licence", None, "bundles.small_restaurant.parts"),
    ("bundles/small_restaurant/warn_days", 367, "maximum", "bundles.small_restaurant.warn_days"),
    ("until", "2020-03-10T00:00:00+08:00", None, "until"),
    ("issued", "2020-03-09", "oneOf", "issued"),
    ("version", 0, "minimum", "version"),
    ("ages/warn_hours", 13, None, "ages.warn_hours"),
    ("destination", ..., "required", "destination"),
    ("recognise", [], "additionalProperties", "recognise"),
]  # fmt: skip
"""Where, what instead, whether the schema can say it too, and the place that is named."""


@pytest.mark.parametrize(("path", "value", "_in_schema", "where"), SLIPS)
def test_a_slip_is_refused_with_its_path(
    path: str, value: Any, _in_schema: str | None, where: str
) -> None:
    with pytest.raises(MalformedError) as caught:
        from_document(changed(path, value))
    assert caught.value.where == where


def test_the_schema_takes_what_is_read() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.check_schema(json_schema())
    assert list(validator.iter_errors(FULL)) == []
    assert list(validator.iter_errors({"destination": "CN-44"})) == []


@pytest.mark.parametrize(
    ("path", "value"), [(path, value) for path, value, in_schema, _ in SLIPS if in_schema]
)
def test_the_schema_refuses_what_it_can_say(path: str, value: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json_schema())
    assert list(validator.iter_errors(changed(path, value)))


def test_the_schema_has_every_word() -> None:
    text = json.dumps(json_schema(), ensure_ascii=False)
    vocabularies = (
        CredentialType,
        Colour,
        Outcome,
        Combination,
        Jurisdiction,
        JudgeAt,
        Origin,
        Paper,
        Part,
    )
    for vocabulary in vocabularies:
        for member in vocabulary:
            assert f'"{member.value}"' in text


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("from", "valid_from"),
        ("until", "valid_until"),
        ("recognises/0/from", "valid_from"),
        ("recognises/0/excludes/0/until", "valid_until"),
    ],
)
def test_an_old_name_is_answered_with_the_new_one(path: str, new: str) -> None:
    with pytest.raises(MalformedError, match=f"is now called {new}$"):
        from_document(changed(path, "2020-03-09T00:00:00+08:00"))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("rules/test_result/test/hours", 9000, "must be 1 to 8784 (found: 9000)"),
        ("rules/test_result/test/hours", True, "must be an integer (found: True)"),
        (
            "rules/health_code/paper",
            "yes",
            "must be one of: accept, look_up, refuse (found: 'yes')",
        ),
        ("rules/health_code/live", None, "must not be null"),
        ("ages/warm_hours", 1, "unknown field (known are: hold_hours, warn_hours)"),
        ("destination", ..., "is missing"),
        ("bundles/small_restaurant/parts", [], "must have at least 1 entry"),
        ("rules/travel/travel/avoid/0", "x" * 500, "is no issuer id: write CN-51"),
    ],
)
def test_an_error_says_what_is_allowed_and_what_stands_there(
    path: str, value: Any, said: str
) -> None:
    with pytest.raises(MalformedError) as caught:
        from_document(changed(path, value))
    assert caught.value.problem.startswith(said)
    assert len(str(caught.value)) < 250


def test_an_explicit_zero_and_a_default_are_the_same() -> None:
    explicit = changed("rules/vaccination/vaccination/delay_days", 0)
    assert from_document(explicit) == from_document(
        changed("rules/vaccination/vaccination/delay_days", ...)
    )
