"""S21: every use of a licence leaves a receipt that names nobody."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.scenarios.country import DAY, policy, proof, signed, t, verifier

from trustcert.encoding import json
from trustcert.errors import MalformedError
from trustcert.gate import Receipt, ReceiptBook, check_chain, monthly, uses_of
from trustcert.gate.receipts import read

NOW = t("2026-03-30 09:00")
JUDGE = verifier(policy())
REPORTS = [JUDGE.check(signed(proof(NOW - 3600)), at=NOW + n * DAY) for n in range(3)]


@pytest.fixture
def receipts() -> list[Receipt]:
    book = ReceiptBook("CN-44/bank-7")
    found = [book.use(report, purpose="open_account") for report in (*REPORTS, REPORTS[0])]
    ordered = [receipt for receipt in found if receipt is not None]
    ordered[3:] = []
    return ordered


def test_it_names_nobody(receipts: list[Receipt]) -> None:
    written = json.encode([receipt.to_json() for receipt in receipts]).decode()
    for report in REPORTS:
        assert report.id is not None
        assert report.id not in written
        assert report.id.partition("/")[2] not in written
    assert "胡" not in written


def test_whoever_knows_the_credential_finds_its_uses(receipts: list[Receipt]) -> None:
    assert REPORTS[1].id is not None
    assert [receipt.number for receipt in uses_of(receipts, REPORTS[1].id)] == [2]


def test_two_offices_cannot_join_their_books(receipts: list[Receipt]) -> None:
    other = ReceiptBook("CN-44/bank-8").use(REPORTS[0], purpose="open_account")
    assert other is not None
    assert other.credential != receipts[0].credential


def test_the_month_is_counted(receipts: list[Receipt]) -> None:
    assert monthly(receipts) == {"2026-03": {"open_account": 2}, "2026-04": {"open_account": 1}}


def test_the_chain_holds_and_goes_on(receipts: list[Receipt]) -> None:
    again = [read(receipt.to_json()) for receipt in receipts]
    assert check_chain(again) == 3
    later = JUDGE.check(signed(proof(NOW - 3600)), at=NOW + 9 * DAY)
    more = ReceiptBook("CN-44/bank-7", last=again[-1]).use(later, purpose="loan")
    assert more is not None
    assert check_chain([more], after=again[-1]) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: [r[0], r[2]],
        lambda r: [r[1], r[2]],
        lambda r: [r[1], r[0], r[2]],
        lambda r: [r[0], structs.replace(r[1], signal="DENY"), r[2]],
        lambda r: [r[0], structs.replace(r[1], at=r[1].at + 1), r[2]],
        lambda r: [structs.replace(r[0], purpose="loan"), *r[1:]],
    ],
)
def test_what_was_changed_taken_out_or_put_in_shows(spoil: object, receipts: list[Receipt]) -> None:
    with pytest.raises(MalformedError):
        check_chain(spoil(receipts))  # type: ignore[operator]


@pytest.mark.parametrize("purpose", ["", "胡志君", "Open Account", "a" * 65])
def test_a_purpose_is_a_code_and_no_free_text(purpose: str) -> None:
    with pytest.raises(MalformedError):
        ReceiptBook("desk").use(REPORTS[0], purpose=purpose)


def test_what_names_no_credential_leaves_no_receipt() -> None:
    assert ReceiptBook("desk").use(JUDGE.check("nonsense", at=NOW), purpose="loan") is None
