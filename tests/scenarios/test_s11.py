"""S11: what people type into the field for the number."""

from __future__ import annotations

import pytest

from trustcert.claims import from_application
from trustcert.errors import MalformedError
from trustcert.identifiers.problems import Problem

GOOD = "11010519491231002X"


def apply(number: str) -> bytes | None:
    fields = {
        "type": "health_proof", "name": "胡志君", "document_type": "citizen_id",
        "document_number": number, "colour": "green",
    }  # fmt: skip
    claims = from_application(fields, issuer="CN-51", issued_at=1, cost=0, random=bytes)
    return claims.holder.document_digest


@pytest.mark.parametrize(
    "typed",
    ["11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", " 110105 19491231 002X "],
)
def test_what_can_be_healed_is_the_same_number(typed: str) -> None:
    assert apply(typed) == apply(GOOD)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("110105491231002", Problem.OLD_CITIZEN_ID),
        ("110105194912310021", Problem.CHECK_DIGIT),
        ("11010519491331002X", Problem.CHECK_DIGIT),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", Problem.CHARACTERS),
        ("1101051949123100", Problem.LENGTH),
        ("810000199408230021", Problem.OTHER_DOCUMENT),
    ],
)
def test_what_cannot_is_refused_with_a_hint_and_never_repeated(
    typed: str, problem: Problem
) -> None:
    with pytest.raises(MalformedError) as caught:
        apply(typed)
    assert caught.value.problem == problem
    assert caught.value.where == "document_number"
    assert typed not in str(caught.value)
