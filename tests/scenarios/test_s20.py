"""S20: an employer outside government checks a degree; the copy is for it alone."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.scenarios.country import DAY, about, everyone, person, policy, signed, t, verifier
from tests.support import signer

from trustcert.claims import Degree
from trustcert.claims.holders import same_name
from trustcert.errors import MalformedError
from trustcert.policy import Circumstances
from trustcert.presentation import Use, copy_for
from trustcert.report import Reason, Report, Verdict

NOW = t("2026-03-02 09:00")
HOLDER = signer("graduate")
DEGREE = about(
    Degree(title="学士", number="10610", authority="四川大学", major="数学"),
    NOW - 900 * DAY, issuer="CN-51", holder=person("周敏"), holder_key=HOLDER.public_key,
)  # fmt: skip
CODE = signed(DEGREE)
USE = Use(verifier="hr.example", purpose="employment", expires=NOW + 7 * DAY)
RULES = policy(recognises=everyone("degree"), rules={"degree": {}})


def said(
    text: str, at: int = NOW, here: str | None = "hr.example", purpose: str | None = "employment"
) -> Report:
    return verifier(RULES).check(
        text, at=at, circumstances=Circumstances(here=here, purpose=purpose)
    )


def test_the_copy_counts_for_its_use() -> None:
    found = said(copy_for(CODE, HOLDER, USE, at=NOW))
    assert (found.verdict, found.valid_until) == (Verdict.VALID, NOW + 7 * DAY)


@pytest.mark.parametrize(
    ("at", "here", "purpose"),
    [
        (NOW, "bank.example", "employment"),
        (NOW, None, "employment"),
        (NOW, "hr.example", "loan"),
        (NOW + 7 * DAY, "hr.example", "employment"),
        (NOW - DAY, "hr.example", "employment"),
    ],
)
def test_and_for_no_other(at: int, here: str | None, purpose: str) -> None:
    found = said(copy_for(CODE, HOLDER, USE, at=NOW), at, here, purpose)
    assert (found.verdict, found.reasons) == (Verdict.INVALID, (Reason.PRESENTATION_NOT_HERE,))


def test_only_the_holder_makes_copies() -> None:
    found = said(copy_for(CODE, signer("clerk"), USE, at=NOW))
    assert found.reasons == (Reason.PRESENTATION_WRONG,)
    keyless = signed(structs.replace(DEGREE, holder_key=None))
    assert said(copy_for(keyless, HOLDER, USE, at=NOW)).reasons == (Reason.PRESENTATION_WRONG,)


@pytest.mark.parametrize("expires", [NOW, NOW + 367 * DAY])
def test_a_copy_has_an_end(expires: int) -> None:
    with pytest.raises(MalformedError) as caught:
        copy_for(CODE, HOLDER, structs.replace(USE, expires=expires), at=NOW)
    assert caught.value.where == "expires"


def test_a_name_that_changed_since_is_declared_by_the_issuer() -> None:
    assert not same_name(DEGREE.holder, "周敏华")
    renamed = structs.replace(DEGREE.holder, name_aliases=("周敏华",))
    assert same_name(renamed, "周敏华")


def test_marks_are_not_in_it() -> None:
    assert not {field.name for field in structs.fields(Degree)} & {"marks", "grade", "scores"}
