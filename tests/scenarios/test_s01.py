"""S1: 588 workers take the train from Chengdu to Guangzhou; the scanner has no network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec import structs
from tests.scenarios.country import DAY, HOUR, policy, signed, t, trust, verifier
from tests.support import signer

from trustcert.bulk import RefusedRow, Row, read_applications
from trustcert.gate import Shift, ShiftLog
from trustcert.issuer import issue
from trustcert.policy import Circumstances
from trustcert.qr import matrix
from trustcert.report import Reason, Verdict

TRAIN = Path(__file__).parents[2] / "examples" / "data" / "train.csv"
TYPE = {"type": "health_proof"}
EVENING, ARRIVAL = t("2026-03-01 20:00"), t("2026-03-02 18:00")


@pytest.fixture(scope="module")
def rows() -> list[Row | RefusedRow]:
    return list(read_applications(TRAIN, issuer="CN-51", issued_at=EVENING, defaults=TYPE))


def test_a_bad_row_loses_no_other(rows: list[Row | RefusedRow]) -> None:
    good = [row for row in rows if isinstance(row, Row)]
    bad = [row for row in rows if isinstance(row, RefusedRow)]
    assert (len(good), len(bad)) == (587, 1)
    assert bad[0].where == "document_number"
    assert not any(character.isdigit() for character in bad[0].problem.split("compare")[1])


def test_the_codes_are_small(rows: list[Row | RefusedRow]) -> None:
    text = next(issue(row.claims, signer("CN-51")) for row in rows if isinstance(row, Row))
    assert matrix(text).version <= 13


def test_the_whole_train(rows: list[Row | RefusedRow], tmp_path: Path) -> None:
    good = [row.claims for row in rows if isinstance(row, Row)]
    ends = EVENING + 8 * DAY
    texts = [signed(structs.replace(claims, expires=claims.expires or ends)) for claims in good]
    log = ShiftLog.begin(tmp_path / "log", checkpoint="gz", destination="CN-44", at=ARRIVAL)
    shift = Shift(verifier(policy(), trust("CN-51", as_of=ARRIVAL - HOUR)), name="gz", log=log)
    signals = [shift.scan(text, at=ARRIVAL).report.verdict for text in texts]
    again = shift.scan(texts[0], at=ARRIVAL + 60)
    assert again.is_duplicate
    assert again.report.verdict is Verdict.VALID
    tally = shift.tally()
    assert tally.scans == 588
    assert sum(tally.by_verdict.values()) == 587
    assert tally.duplicates == 1
    assert signals.count(Verdict.VALID) == tally.by_verdict[Verdict.VALID]
    assert tally.by_region["CN-51"] == {Verdict.VALID: 586, Verdict.INVALID: 1}
    log.close()
    lines = (tmp_path / "log").read_text(encoding="utf-8").splitlines()[1:]
    assert len(lines) == 588
    for claims, line in zip(good, lines, strict=False):
        assert claims.holder.name is not None
        assert claims.holder.name not in line
        assert "holder" not in json.loads(line)


def test_two_of_one_name_and_birth_date_are_told_apart_by_number(
    rows: list[Row | RefusedRow],
) -> None:
    names = [
        row.claims for row in rows if isinstance(row, Row) and row.claims.holder.name == "张伟"
    ]
    twins = [c for c in names if c.holder.document_tail is not None]
    assert len(twins) >= 2
    one, other = twins[:2]
    assert one.holder.document_digest != other.holder.document_digest
    rules = policy()
    mine = Circumstances(number=str(one.holder.document_tail))
    yours = Circumstances(number=str(other.holder.document_tail))
    judge = verifier(rules)
    text = signed(structs.replace(one, expires=EVENING + 8 * DAY))
    assert judge.check(text, at=ARRIVAL, circumstances=mine).verdict is Verdict.VALID
    found = judge.check(text, at=ARRIVAL, circumstances=yours)
    assert (found.verdict, found.reasons) == (Verdict.INVALID, (Reason.IDENTITY_MISMATCH,))


@pytest.mark.parametrize(
    ("judge_at", "departed", "verdict"),
    [
        ("entry", None, Verdict.INVALID),
        ("departure", t("2026-03-03 12:00"), Verdict.VALID),
        ("departure", None, Verdict.INDETERMINATE),
        ("departure", t("2026-03-05 12:00"), Verdict.INVALID),
    ],
)
def test_a_late_train(
    judge_at: str, departed: int | None, verdict: Verdict, rows: list[Row | RefusedRow]
) -> None:
    claims = next(row.claims for row in rows if isinstance(row, Row))
    test = {"hours": 72, "origin": "sampled", "inclusive": True, "judge_at": judge_at}
    rules = policy(
        rules={"health_proof": {"colours": ["green"], "results": ["no_abnormality"], "test": test}}
    )
    late = t("2026-03-05 14:00")
    text = signed(structs.replace(claims, expires=EVENING + 8 * DAY))
    found = verifier(rules).check(text, at=late, circumstances=Circumstances(departed_at=departed))
    assert found.verdict is verdict
