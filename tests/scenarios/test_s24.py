"""S24: an insider signed thousands of false ones: they fall together, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.scenarios.country import policy, proof, signed, t, trust, verifier
from tests.support import signer

from trustcert.claims import Claims
from trustcert.issuer import with_status
from trustcert.ledger.changes import Order, change
from trustcert.ledger.publishing import confirm, current, publish
from trustcert.ledger.selection import Selection, select
from trustcert.ledger.storage import create
from trustcert.report import Reason, Verdict
from trustcert.status import snapshot
from trustcert.status.causes import Cause

NOW = t("2026-03-02 09:00")


@pytest.mark.parametrize(
    "selection",
    [
        Selection(batch="night shift"),
        Selection(issued_from=NOW - 3600, issued_until=NOW),
        Selection(kid=signer("CN-51 insider").public_key.kid),
    ],
)
def test_by_batch_time_or_key(selection: Selection, tmp_path: Path) -> None:
    with create(tmp_path / "ledger", issuer="CN-51") as ledger:
        honest = with_status([proof(NOW - 9000)] * 5, ledger, signer("CN-51"), batch="day shift")
        false = with_status(
            [proof(NOW - 1800)] * 7, ledger, signer("CN-51 insider"), batch="night shift"
        )
        order = Order(cause=Cause.ANNULLED, actor="inspector", at=NOW)
        assert change(ledger, select(ledger, selection), order).changed == len(false)
        confirm(ledger, publish(ledger, at=NOW))
        held = {
            int(path.rpartition("/")[2].partition(".")[0]): content
            for path, content in current(ledger).items()
            if path.endswith(".snapshot")
        }
    lists = [snapshot.decode(data, issuer="CN-51", number=number) for number, data in held.items()]
    judge = verifier(policy(), trust("CN-51", lists=lists))

    def said(claims: Claims) -> tuple[Verdict, tuple[Reason, ...]]:
        found = judge.check(signed(claims), at=NOW)
        return found.verdict, found.reasons

    assert {said(claims) for claims in honest} == {(Verdict.VALID, ())}
    assert {said(claims) for claims in false} == {(Verdict.INVALID, (Reason.REVOKED,))}
