"""S7: a child's code on a guardian's phone."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec import structs
from tests.scenarios.country import policy, proof, signed, t, verifier
from tests.support import signer

from trustcert.claims import Holder, birthday, check, thumbprint
from trustcert.errors import MalformedError
from trustcert.presentation import present
from trustcert.report import Reason, Verdict

NOW = t("2022-03-02 09:00")
MOTHER, FATHER, TEACHER = signer("mother"), signer("father"), signer("teacher")
BORN = date(2012, 5, 4)
CHILD = Holder(
    name="李小明",
    birth_date=BORN,
    guardians=tuple(thumbprint(key.public_key) for key in (MOTHER, FATHER)),
    guardian_consent=True,
)
JUDGE = verifier(policy())


def test_either_parent_presents() -> None:
    text = signed(proof(NOW - 3600, holder=CHILD))
    for parent in (MOTHER, FATHER):
        assert (
            JUDGE.check(present(text, parent, at=NOW, guardian=True), at=NOW).verdict
            is Verdict.VALID
        )


def test_nobody_else_does() -> None:
    text = signed(proof(NOW - 3600, holder=CHILD))
    found = JUDGE.check(present(text, TEACHER, at=NOW, guardian=True), at=NOW)
    assert (found.verdict, found.reasons) == (Verdict.INVALID, (Reason.GUARDIAN_REFUSED,))


def test_parents_part_and_a_new_code_lists_only_one() -> None:
    alone = structs.replace(CHILD, guardians=(thumbprint(MOTHER.public_key),))
    text = signed(proof(NOW - 3600, holder=alone))
    found = JUDGE.check(present(text, FATHER, at=NOW, guardian=True), at=NOW)
    assert found.reasons == (Reason.GUARDIAN_REFUSED,)


def test_below_14_a_guardian_consents() -> None:
    without = structs.replace(CHILD, guardian_consent=None)
    with pytest.raises(MalformedError) as caught:
        check(proof(NOW, holder=without))
    assert caught.value.where == "credential.guardian_consent"
    check(proof(birthday(BORN, 14), holder=without))


def test_at_18_the_guardian_no_longer_presents() -> None:
    eve = birthday(BORN, 18) - 30
    text = signed(proof(eve - 3600, holder=CHILD))
    shown = present(text, MOTHER, at=eve, guardian=True)
    found = JUDGE.check(shown, at=eve)
    assert (found.verdict, found.valid_until) == (Verdict.VALID, birthday(BORN, 18))
    grown = JUDGE.check(shown, at=birthday(BORN, 18))
    assert grown.reasons == (Reason.GUARDIAN_REFUSED,)


def test_a_guardian_of_somebody_whose_age_is_not_known_is_held() -> None:
    ageless = structs.replace(CHILD, birth_date=None)
    text = signed(proof(NOW - 3600, holder=ageless))
    found = JUDGE.check(present(text, MOTHER, at=NOW, guardian=True), at=NOW)
    assert (found.verdict, found.reasons) == (Verdict.INDETERMINATE, (Reason.GUARDIAN_REFUSED,))


def test_a_class_of_40_on_a_teachers_device() -> None:
    one_teacher = (thumbprint(TEACHER.public_key),)
    for number in range(40):
        child = structs.replace(CHILD, name=f"学生{number}", guardians=one_teacher)
        text = present(signed(proof(NOW - 3600, holder=child)), TEACHER, at=NOW, guardian=True)
        assert JUDGE.check(text, at=NOW).verdict is Verdict.VALID


def test_guardians_are_only_on_credentials_that_end() -> None:
    with pytest.raises(MalformedError) as caught:
        check(proof(NOW, holder=CHILD, expires=None))
    assert caught.value.where == "credential.guardians"


def test_ages_that_a_rule_exempts() -> None:
    from tests.scenarios.country import PROOF_RULE

    young = {"waives": ["test"], "below_age": 3}
    judge = verifier(policy(rules={"health_proof": PROOF_RULE | {"exemptions": [young]}}))
    old_test = t("2022-01-01 09:00")
    for born, verdict in (
        (date(2020, 3, 1), Verdict.VALID),
        (date(2019, 3, 2), Verdict.INVALID),
        (None, Verdict.INVALID),
    ):
        holder = structs.replace(CHILD, birth_date=born)
        claims = proof(NOW - 3600, sampled=old_test, holder=holder)
        assert judge.check(signed(claims), at=NOW).verdict is verdict
    third = structs.replace(CHILD, birth_date=date(2019, 3, 3))
    found = judge.check(signed(proof(NOW - 3600, sampled=old_test, holder=third)), at=NOW)
    assert found.valid_until == birthday(date(2019, 3, 3), 3)
