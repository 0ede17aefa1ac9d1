"""What is shown beside a credential counts only if it is recognised and passes its own rule."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace
from tests.policy.objections import reasons_of
from tests.scenarios.country import (
    DAY,
    HOUR,
    about,
    code,
    document,
    everyone,
    negative_test,
    person,
    t,
)

from trustcert.claims import Claims, Colour, Outcome, TestMethod
from trustcert.claims.types import Identity, Travel
from trustcert.policy import Circumstances, Companion, cases, evaluate, from_document
from trustcert.policy.journeys import valid_until
from trustcert.report import Reason

NOW = t("2022-03-02 09:00")
NUMBER = "11010519491231002X"
ME = person(number=NUMBER)
GREEN = {"colours": ["green"]}
TESTED = {
    "results": ["negative"],
    "test": {"hours": 24, "origin": "sampled", "inclusive": True},
}
TYPES = ("health_code", "health_proof", "test_result", "travel", "identity")


def said(
    mine: Claims, *beside: tuple[Claims, str], number: str | None = None, **changed: Any
) -> list[Reason]:
    """Return what the policy says, which is the same in every order of what is shown beside."""
    rules = {"health_code": GREEN, "test_result": TESTED, "identity": {}, "travel": {
        "travel": {"hours": 24}}}  # fmt: skip
    more = dict(changed)
    policy = from_document(
        document(recognises=more.pop("recognises", everyone(*TYPES)))
        | {"rules": rules | more.pop("rules", {})}
        | more
    )
    found = []
    for order in permutations(beside):
        shown = tuple(Companion(claims=claims, issuer=issuer) for claims, issuer in order)
        known = Circumstances(companions=shown, number=number)
        found.append(evaluate(policy, mine, "CN-51", NOW, known))
    assert all(
        (sorted(map(str, f)), m) == (sorted(map(str, found[0][0])), found[0][1]) for f, m in found
    )
    return reasons_of(found[0][0])


class TestColours:
    RED, YOUNG = code(NOW - HOUR, Colour.RED), code(NOW)
    NEWEST: ClassVar[dict[str, Any]] = {"colours": {"combine": "newest"}}

    def test_a_green_code_of_a_region_that_is_not_recognised_changes_nothing(self) -> None:
        for how in ("worst", "newest", "destination_first", "home_only"):
            combine: dict[str, Any] = {"colours": {"combine": how}}
            assert said(self.RED, (self.YOUNG, "CN-31"), **combine) == [Reason.COLOUR_REFUSED]
        assert said(self.RED, (self.YOUNG, "CN-42"), **self.NEWEST) == []

    def test_a_code_must_keep_its_own_rule_but_for_the_colour(self) -> None:
        live = GREEN | {"live": True}
        for rule in (live, GREEN | {"beside": ["travel"]}):
            found = said(
                self.RED, (self.YOUNG, "CN-42"), rules={"health_code": rule}, **self.NEWEST
            )
            assert Reason.COLOUR_REFUSED in found
        assert said(self.YOUNG, (self.RED, "CN-42")) == [Reason.COLOUR_REFUSED]

    def test_a_code_of_another_holder_or_that_has_expired_changes_nothing(self) -> None:
        other = replace(self.YOUNG, holder=person("张伟", "110105194912310038"))
        old = replace(self.YOUNG, expires=NOW)
        for beside in (other, old):
            assert said(self.RED, (beside, "CN-42"), **self.NEWEST) == [Reason.COLOUR_REFUSED]

    def test_a_place_counts_as_visited_by_a_record_that_passes(self) -> None:
        mine = code(NOW, Colour.RED, assigned_by="CN-41")
        been = about(Travel(as_of=NOW - HOUR, window_days=14, places=("CN-41",)), NOW - HOUR,
                     issuer="CN-00", holder=ME)  # fmt: skip
        stale = replace(been, details=replace(been.details, as_of=NOW - 2 * DAY))
        assert said(mine) == [Reason.COLOUR_CONTESTED]
        assert said(mine, (been, "CN-00")) == [Reason.COLOUR_REFUSED]
        assert said(mine, (been, "CN-31")) == [Reason.COLOUR_CONTESTED]
        assert said(mine, (stale, "CN-00")) == [Reason.COLOUR_CONTESTED]

    def test_where_no_colour_is_of_the_home_there_is_none(self) -> None:
        mine = replace(self.YOUNG, holder=replace(ME, division="CN-31"))
        beside = replace(self.YOUNG, issuer="CN-42")
        found = said(mine, (beside, "CN-42"), colours={"combine": "home_only"})
        assert found == [Reason.COLOUR_UNKNOWN]

    def test_the_first_end_of_all_colours_ends_it(self) -> None:
        policy = from_document(document(recognises=everyone(*TYPES), rules={"health_code": GREEN}))
        beside = code(NOW, assigned_until=NOW + HOUR)
        known = Circumstances(companions=(Companion(claims=beside, issuer="CN-42"),))
        end = valid_until(policy, self.YOUNG, "CN-51", at=NOW, circumstances=known)
        assert end == NOW + HOUR


class TestSeries:
    RULE: ClassVar[dict[str, Any]] = {
        "test_result": TESTED | {"series": {"tests": 2, "apart_hours": 24, "within_hours": 72}}
    }
    FIRST, SECOND = negative_test(NOW, NOW - HOUR), negative_test(NOW, NOW - 30 * HOUR)

    def test_a_test_counts_that_passes_but_for_its_age(self) -> None:
        assert said(self.FIRST, (self.SECOND, "CN-42"), rules=self.RULE) == []
        assert said(self.FIRST, rules=self.RULE) == [Reason.TESTS_MISSING]

    @pytest.mark.parametrize(
        ("changed", "issuer"),
        [
            ({}, "CN-31"),
            ({"result": Outcome.POSITIVE}, "CN-42"),
            ({"method": TestMethod.ANTIBODY}, "CN-42"),
            ({"sampled_at": NOW - 73 * HOUR}, "CN-42"),
            ({"sampled_at": NOW + 1}, "CN-42"),
        ],
    )
    def test_another_test_does_not(self, changed: dict[str, Any], issuer: str) -> None:
        beside = replace(self.SECOND, details=replace(self.SECOND.details, **changed))
        assert said(self.FIRST, (beside, issuer), rules=self.RULE) == [Reason.TESTS_MISSING]


class TestBeside:
    RULE: ClassVar[dict[str, Any]] = {"health_code": GREEN | {"beside": ["test_result"]}}
    TEST = negative_test(NOW, NOW - HOUR)

    def test_it_must_be_recognised_and_pass(self) -> None:
        mine = code(NOW)
        assert said(mine, (self.TEST, "CN-42"), rules=self.RULE) == []
        for beside, issuer in (
            (self.TEST, "CN-31"),
            (negative_test(NOW, NOW - 25 * HOUR), "CN-42"),
            (replace(self.TEST, expires=NOW), "CN-42"),
        ):
            found = said(mine, (beside, issuer), rules=self.RULE)
            assert found == [Reason.DOCUMENT_NEEDED]

    def test_what_it_asks_beside_it_must_be_shown_too(self) -> None:
        rules = self.RULE | {"test_result": TESTED | {"beside": ["identity"]}}
        card = about(Identity(), NOW, issuer="CN-51", holder=ME)
        mine, test = code(NOW), (self.TEST, "CN-42")
        assert said(mine, test, rules=rules) == [Reason.DOCUMENT_NEEDED]
        assert said(mine, test, (card, "CN-51"), rules=rules) == []
        assert said(mine, test, (card, "CN-31"), rules=rules) == [Reason.DOCUMENT_NEEDED]

    def test_two_that_ask_for_each_other_pass_together(self) -> None:
        rules = self.RULE | {"test_result": TESTED | {"beside": ["health_code"]}}
        assert said(code(NOW), (self.TEST, "CN-42"), rules=rules) == []

    def test_nothing_is_shown_beside_itself(self) -> None:
        rules = {"identity": {"beside": ["identity"]}}
        card = about(Identity(), NOW, issuer="CN-51", holder=ME)
        assert said(card, rules=rules) == [Reason.DOCUMENT_NEEDED]
        assert said(card, (card, "CN-51"), rules=rules) == []

    def test_it_lasts_as_long_as_the_last_that_serves(self) -> None:
        policy = from_document(
            document(recognises=everyone(*TYPES), rules=self.RULE | {"test_result": TESTED})
        )
        tests = [negative_test(NOW, NOW - hours * HOUR) for hours in (5, 1, 20)]
        for order in permutations(tests):
            shown = tuple(Companion(claims=test, issuer="CN-42") for test in order)
            known = Circumstances(companions=shown)
            assert evaluate(policy, code(NOW), "CN-51", NOW, known) == ([], [NOW + 23 * HOUR + 1])


class TestSameHolder:
    RULE: ClassVar[dict[str, Any]] = {"identity": {"beside": ["test_result"]}}
    CARD = about(Identity(), NOW, issuer="CN-51", holder=ME)
    TEST = negative_test(NOW, NOW - HOUR)

    @pytest.mark.parametrize(
        ("changed", "number", "same"),
        [
            ({}, None, True),
            ({}, "002X", True),
            ({}, NUMBER, True),
            ({"document_digest": None}, None, True),
            ({"document_digest": None}, NUMBER, False),
            ({"document_tail": "0021"}, None, False),
            ({"document_tail": None}, None, False),
            ({"name": "张伟"}, None, False),
            ({"name": None}, None, False),
            ({"document_type": None}, None, False),
        ],
    )
    def test_number_name_and_document_join(
        self,
        changed: dict[str, Any],
        number: str | None,
        same: bool,  # noqa: FBT001 - a row
    ) -> None:
        beside = replace(self.TEST, holder=replace(ME, **changed))
        found = said(self.CARD, (beside, "CN-42"), rules=self.RULE, number=number)
        assert found == ([] if same else [Reason.DOCUMENT_NEEDED])

    def test_a_birth_date_that_only_one_states_does_not_join(self) -> None:
        born = replace(ME, birth_date=date(1949, 12, 31))
        beside = replace(self.TEST, holder=born)
        assert said(self.CARD, (beside, "CN-42"), rules=self.RULE) == [Reason.DOCUMENT_NEEDED]
        both = replace(self.CARD, holder=born)
        assert said(both, (beside, "CN-42"), rules=self.RULE) == []

    @pytest.mark.parametrize(
        ("typed", "reasons"),
        [
            ("12345678", []),
            ("5678", []),
            ("99995678", [Reason.IDENTITY_MISMATCH]),
            ("345678", [Reason.IDENTITY_MISMATCH]),
            ("5679", [Reason.IDENTITY_MISMATCH]),
        ],
    )
    def test_a_short_number_that_was_typed_whole_is_compared_whole(
        self, typed: str, reasons: list[Reason]
    ) -> None:
        holder = replace(person(number="12345678"), document_tail="5678")
        card = about(Identity(), NOW, issuer="CN-51", holder=holder)
        assert said(card, number=typed) == reasons
        without = replace(card, holder=replace(holder, document_digest=None))
        open_ = [Reason.IDENTITY_NEEDED]
        assert said(without, number=typed) == (reasons if typed in {"5678", "5679"} else open_)


def test_a_case_may_show_credentials_beside() -> None:
    policy = from_document(
        document(recognises=everyone(*TYPES))
        | {"rules": {"health_proof": {"results": ["negative"], "beside": ["test_result"],
                                      "colours": ["green"]}, "test_result": TESTED}}
    )  # fmt: skip
    who = {"name": "胡志君", "document_type": "citizen_id", "document_number": NUMBER}
    case = {
        "name": "a fresh test beside", "at": NOW, "issuer": "CN-51", "expect": "pass",
        "credential": who | {"type": "health_proof", "colour": "green", "result": "negative"},
        "beside": [{"issuer": "CN-42", "credential": who | {
            "type": "test_result", "result": "negative", "sampled_at": NOW - HOUR}}],
    }  # fmt: skip
    assert [r.problems for r in cases.run(policy, cases.from_document({"cases": [case]}))] == [()]
    with pytest.raises(ValueError, match=r"cases\[0\]\.beside\[0\]\.credential\.hue"):
        cases.from_document({"cases": [case | {"beside": [
            {"issuer": "CN-42", "credential": {"type": "test_result", "hue": 1}}]}]})  # fmt: skip
