"""A signed head shows that a book of receipts was not rewritten."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.support import NOW, guangdong, proof, signer

from trustcert.errors import TrustError
from trustcert.formats import compact
from trustcert.gate.receipts import Receipt, ReceiptBook, check_chain, check_head, sign_head

GATE = signer("gate")


def book(*purposes: str) -> list[Receipt]:
    report = guangdong().check(compact.encode(proof(), signer()), at=NOW)
    written = ReceiptBook("CN-44/bank-7")
    found = [written.use(report, purpose=purpose) for purpose in purposes]
    return [receipt for receipt in found if receipt is not None]


def test_a_book_that_went_on_holds_its_signed_head() -> None:
    receipts = book("a", "b", "c")
    assert check_head(sign_head(receipts[1], GATE), receipts, GATE.public_key) == 3


def test_a_chain_that_was_computed_anew_is_seen() -> None:
    head = sign_head(book("a", "b")[-1], GATE)
    anew = book("a", "z", "c")
    assert check_chain(anew) == 3
    with pytest.raises(TrustError, match="does not hold"):
        check_head(head, anew, GATE.public_key)
    with pytest.raises(TrustError, match="does not hold"):
        check_head(head, book("a"), GATE.public_key)


def test_a_head_of_another_key_or_number_is_refused() -> None:
    receipts = book("a", "b")
    head = sign_head(receipts[-1], GATE)
    for wrong in (sign_head(receipts[-1], signer()), replace(head, number=1)):
        with pytest.raises(TrustError, match="not signed by this key"):
            check_head(wrong, receipts, GATE.public_key)
