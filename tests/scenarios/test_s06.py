"""S6: an elderly person without a phone shows a printed code."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs
from tests.scenarios.country import (
    DAY,
    code,
    everyone,
    listed,
    person,
    policy,
    signed,
    t,
    trust,
    verifier,
)

from trustcert.claims import Colour, Holder, Presentation, StatusReference, check
from trustcert.errors import MalformedError
from trustcert.policy import Circumstances, Policy
from trustcert.qr import matrix
from trustcert.report import Reason, Report, Verdict

NOW = t("2022-09-01 09:00")
ELDER = person("王秀英", "11010519491231002X")
PRINTED = structs.replace(
    code(NOW - DAY, Colour.NONE, holder=ELDER),
    presentation=Presentation.PAPER,
    expires=NOW + 100 * DAY,
    status=StatusReference(list=1, index=3),
)


def rules(**rule: object) -> Policy:
    lines = everyone("health_code")
    return policy(recognises=lines, rules={"health_code": {"colours": ["green"]} | rule})


def said(rules: Policy, number: str | None = None, **states: Any) -> Report:
    data = trust("CN-51", lists=[listed("CN-51", NOW - 60, **states)])
    known = Circumstances(number=number)
    return verifier(rules, data).check(signed(PRINTED), at=NOW, circumstances=known)


def test_it_counts_only_with_the_identity_card() -> None:
    accepting = rules(paper="accept")
    alone = said(accepting)
    assert (alone.verdict, alone.reasons) == (Verdict.INDETERMINATE, (Reason.IDENTITY_NEEDED,))
    assert said(accepting, "002X").verdict is Verdict.VALID
    assert said(accepting, "002x").verdict is Verdict.VALID
    assert said(accepting, "11010519491231002X").verdict is Verdict.VALID
    wrong = said(accepting, "110105194912310038")
    assert (wrong.verdict, wrong.reasons) == (Verdict.INVALID, (Reason.IDENTITY_MISMATCH,))


def test_a_place_without_a_rule_for_paper_holds_it() -> None:
    assert Reason.RULE_MISSING in said(rules(), "002X").reasons
    assert said(rules(), "002X").verdict is Verdict.INDETERMINATE


def test_a_place_may_refuse_paper_or_look_it_up() -> None:
    refused = said(rules(paper="refuse"), "002X")
    assert (refused.verdict, Reason.PAPER_REFUSED in refused.reasons) == (Verdict.INVALID, True)
    looked_up = said(rules(paper="look_up"), "002X")
    assert (looked_up.verdict, looked_up.reasons) == (
        Verdict.INDETERMINATE,
        (Reason.COLOUR_UNKNOWN,),
    )


def test_a_reported_loss_and_a_reissue_end_the_old_print() -> None:
    accepting = rules(paper="accept")
    assert said(accepting, "002X", invalid=[3]).reasons == (Reason.REVOKED,)
    assert said(accepting, "002X", superseded=[3]).reasons == (Reason.SUPERSEDED,)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"expires": PRINTED.issued_at + 180 * DAY + 1}, "exp"),
        ({"expires": None}, "exp"),
        ({"details": code(NOW, Colour.GREEN).details}, "credential.colour"),
        ({"holder": Holder(name="王秀英")}, "credential.document_number"),
    ],
)
def test_what_may_not_be_printed(changed: dict[str, object], where: str) -> None:
    check(structs.replace(PRINTED, expires=PRINTED.issued_at + 180 * DAY))
    with pytest.raises(MalformedError) as caught:
        check(structs.replace(PRINTED, **changed))
    assert caught.value.where == where


def test_a_crumpled_print_has_a_quarter_to_spare() -> None:
    assert matrix(signed(PRINTED), error_correction="Q").version <= 15
