"""S19: a proof of life for a pension lasts to the end of a calendar month."""

from __future__ import annotations

from datetime import date

import pytest
from tests.scenarios.country import about, everyone, person, policy, signed, t, verifier

from trustcert.claims import Claims, ProofOfLife, birthday, check, end_of_month
from trustcert.errors import MalformedError
from trustcert.report import Reason, Verdict

RULES = policy(recognises=everyone("proof_of_life"), rules={"proof_of_life": {}})


def proved(on: date, months: int = 12) -> Claims:
    at = t(f"{on} 10:00")
    return about(
        ProofOfLife(proved_on=on),
        at,
        issuer="CN-51",
        holder=person(),
        expires=end_of_month(on, months=months),
    )


@pytest.mark.parametrize("day", [1, 15, 30])
def test_from_any_day_of_june_to_the_end_of_june(day: int) -> None:
    text = signed(proved(date(2023, 6, day)))
    judge = verifier(RULES)
    assert judge.check(text, at=t("2024-06-30 23:59")).verdict is Verdict.VALID
    assert judge.check(text, at=t("2024-07-01 00:00")).reasons == (Reason.EXPIRED,)


def test_the_newest_of_several_counts() -> None:
    texts = [signed(proved(date(2023, 6, 1))), signed(proved(date(2024, 2, 29)))]
    ends = [verifier(RULES).check(text, at=t("2024-03-01 00:00")).valid_until for text in texts]
    assert max(end for end in ends if end) == t("2025-03-01 00:00")


def test_an_end_within_a_month_is_a_slip() -> None:
    from msgspec import structs

    claims = structs.replace(proved(date(2023, 6, 1)), expires=t("2024-06-01 00:00") + 1)
    with pytest.raises(MalformedError) as caught:
        check(claims)
    assert caught.value.where == "exp"


def test_born_on_29_february() -> None:
    assert birthday(date(1944, 2, 29), 80) == t("2024-02-29 00:00")
    assert birthday(date(1944, 2, 29), 79) == t("2023-03-01 00:00")
    assert end_of_month(date(2024, 2, 29)) == t("2025-03-01 00:00")
    assert end_of_month(date(2023, 12, 31), months=0) == t("2024-01-01 00:00")
