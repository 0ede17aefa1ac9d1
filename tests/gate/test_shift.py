"""A shift: counts, duplicates, the log, and what it does not remember."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec import structs
from tests.scenarios.country import (
    DAY,
    HOUR,
    PROOF_RULE,
    person,
    policy,
    proof,
    signed,
    t,
    trust,
    verifier,
)
from tests.support import signer

from trustcert.claims import Colour, HealthProof
from trustcert.errors import LimitExceededError
from trustcert.formats import compact
from trustcert.gate import Shift, ShiftLog, shift
from trustcert.policy import Circumstances
from trustcert.report import Verdict

NOW = t("2026-03-02 09:00")
HOLDER = person(number="11010519491231002X")
ASKING = policy(rules={"health_proof": PROOF_RULE | {"identity": True}})


def codes(count: int) -> list[str]:
    return [signed(proof(NOW - HOUR)) for _ in range(count)]


def test_who_was_held_and_then_passes_is_counted_once_as_passed() -> None:
    gate = Shift(verifier(ASKING), name="gz")
    text = signed(proof(NOW - HOUR, holder=HOLDER))
    first = gate.scan(text, at=NOW)
    assert (first.compare, first.report.verdict) == (True, Verdict.INDETERMINATE)
    assert gate.tally().by_verdict[Verdict.INDETERMINATE] == 1
    second = gate.scan(text, at=NOW + 9, circumstances=Circumstances(number="002X"))
    assert (second.compare, second.is_duplicate, second.report.verdict) == (
        False,
        False,
        Verdict.VALID,
    )
    assert gate.tally().by_verdict == {
        Verdict.VALID: 1,
        Verdict.INDETERMINATE: 0,
        Verdict.INVALID: 0,
    }
    third = gate.scan(text, at=NOW + 99, circumstances=Circumstances(number="002X"))
    assert (third.first_at, third.report.verdict) == (NOW + 9, Verdict.VALID)
    tally = gate.tally()
    assert (tally.scans, tally.duplicates, sum(tally.by_verdict.values())) == (3, 1, 1)


def test_numbers_by_verdict_type_and_region() -> None:
    gate = Shift(verifier(policy()), name="gz")
    for text in codes(5):
        gate.scan(text, at=NOW)
    red = HealthProof(colour=Colour.RED, sampled_at=NOW - 2 * HOUR)
    gate.scan(signed(proof(NOW - HOUR, details=red)), at=NOW)
    gate.scan(signed(proof(NOW - HOUR, issuer="CN-41")), at=NOW)
    gate.scan("nonsense", at=NOW)
    found = gate.tally().to_json()
    assert found == {
        "scans": 8,
        "duplicates": 0,
        "by_verdict": {"PASS": 5, "HOLD": 1, "DENY": 2},
        "by_type": {"health_proof": {"PASS": 5, "HOLD": 1, "DENY": 1}},
        "by_region": {
            "CN-41": {"PASS": 0, "HOLD": 1, "DENY": 0},
            "CN-51": {"PASS": 5, "HOLD": 0, "DENY": 1},
        },
    }


def test_the_log_names_nobody(tmp_path: Path) -> None:
    log = ShiftLog.begin(tmp_path / "log", checkpoint="gz", destination="CN-44", at=NOW)
    gate = Shift(verifier(ASKING), name="gz", log=log)
    report = gate.scan(signed(proof(NOW - HOUR, holder=HOLDER)), at=NOW).report
    log.close()
    _, line = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert set(json.loads(line)) == {
        "schema", "number", "kind", "at", "signal", "reasons", "warnings", "type", "region",
        "format", "duplicate", "credential", "previous", "digest",
    }  # fmt: skip
    assert report.id is not None
    for secret in ("胡", "君", "002X", "1949", report.id, report.id.rpartition("/")[2]):
        assert secret not in line


def test_the_shift_remembers_no_name_of_a_credential() -> None:
    gate = Shift(verifier(policy()), name="gz")
    report = gate.scan(codes(1)[0], at=NOW).report
    assert report.id is not None
    assert all(report.id not in name and len(name) == 32 for name in gate._seen)
    other = Shift(verifier(policy()), name="gz")
    other.scan(codes(1)[0], at=NOW)
    assert not set(gate._seen) & set(other._seen)


def test_credentials_without_a_signed_id_are_told_apart_by_their_payload() -> None:
    nameless = [structs.replace(proof(NOW - HOUR - n), id=None, status=None) for n in range(2)]
    gate = Shift(verifier(policy()), name="gz")
    for claims in (*nameless, nameless[0]):
        text = compact.encode(claims, signer(claims.issuer))
        report = gate.scan(text, at=NOW).report
        assert (report.verdict, report.id) == (Verdict.VALID, None)
    tally = gate.tally()
    assert (tally.scans, tally.duplicates) == (3, 1)
    assert tally.by_type == {"health_proof": {Verdict.VALID: 2}}


def test_threads_lose_no_count() -> None:
    gate = Shift(verifier(policy()), name="gz")
    texts = codes(40)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda text: gate.scan(text, at=NOW), texts * 3))
    tally = gate.tally()
    assert (tally.scans, tally.duplicates, tally.by_verdict[Verdict.VALID]) == (120, 80, 40)


def test_a_shift_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shift, "SHIFT_CREDENTIALS", 2)
    gate = Shift(verifier(policy()), name="gz")
    for text in codes(5):
        assert gate.scan(text, at=NOW).report.verdict is Verdict.VALID
    assert len(gate._seen) == 2
    assert gate.tally().by_verdict[Verdict.VALID] == 5
    with pytest.raises(LimitExceededError):
        Shift(verifier(policy()), name="x" * 121)


def test_data_without_an_age_needs_no_freshness() -> None:
    fresh = Shift(verifier(policy()), name="gz").freshness(at=NOW)
    assert (fresh.age, fresh.warn, fresh.good_until) == (None, False, None)
    aged = Shift(verifier(policy(), trust("CN-51", as_of=NOW - DAY)), name="gz").freshness(at=NOW)
    assert (aged.age, aged.warn) == (DAY, True)


def test_a_copy_for_this_checkpoint_counts() -> None:
    from tests.support import signer

    from trustcert.presentation import Use, copy_for

    key = signer("holder")
    text = signed(structs.replace(proof(NOW - HOUR), holder_key=key.public_key))
    for name, verdict in (("gz", Verdict.VALID), ("sz", Verdict.INVALID)):
        use = Use(verifier=name, purpose="entry", expires=NOW + DAY)
        shown = copy_for(text, key, use, at=NOW)
        assert Shift(verifier(policy()), name="gz").scan(shown, at=NOW).report.verdict is verdict
