from __future__ import annotations

import stat
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from trustcert.encoding import rice
from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError, SyncError, TrustError
from trustcert.ledger import schema, storage
from trustcert.ledger.allocation import allocate, allocate_many, prepare
from trustcert.ledger.partition import Issuance, period
from trustcert.ledger.permutation import permutation
from trustcert.ledger.selection import Selection, select
from trustcert.ledger.storage import Ledger
from trustcert.limits import TIME_MAX

DAY = 86_400
START = instant("2026-01-01T00:00:00+08:00")
HEALTH = Issuance(type="health", issued_at=START, expires=START + 14 * DAY)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 1_000, 4_096, 4_097])
def test_a_permutation_meets_every_index_once_and_finds_its_way_back(size: int) -> None:
    order = permutation(b"secret", size)
    indices = [order.index(place) for place in range(size)]
    assert sorted(indices) == list(range(size))
    assert [order.position(index) for index in indices] == list(range(size))


@pytest.mark.parametrize("size", [1, 5, 1_000, 4_097])
def test_numpy_gives_out_the_same_indices(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numpy", reason="numpy is not installed")
    order = permutation(b"secret", size)
    plain = order.indices(range(size // 3, size))
    monkeypatch.setattr(rice, "NUMPY_FROM", 1)
    assert order.indices(range(size // 3, size)) == plain


def test_indices_follow_no_pattern_and_differ_between_secrets() -> None:
    size = 1 << 16
    one, other = permutation(b"one", size), permutation(b"other", size)
    indices = [one.index(place) for place in range(20_000)]
    rising = sum(a < b for a, b in pairwise(indices))
    assert 9_700 < rising < 10_300
    quarters = [sum(index * 4 // size == q for index in indices) for q in range(4)]
    assert all(4_750 < quarter < 5_250 for quarter in quarters)
    assert sum(one.index(p) == other.index(p) for p in range(20_000)) < 10


def test_each_credential_has_its_own_index_and_a_full_list_is_followed_by_the_next(
    ledger: Ledger,
) -> None:
    found = allocate_many(ledger, HEALTH, 7_000) + [allocate(ledger, HEALTH) for _ in range(20)]
    assert len(set(found)) == 7_020
    assert [sum(number == n for number, _ in found) for n in (1, 2)] == [5_000, 2_020]
    assert all(0 <= index < 5_000 for _, index in found)


def test_types_and_expiry_periods_have_lists_of_their_own(ledger: Ledger) -> None:
    def number(type_: str, days: int | None) -> int:
        expires = None if days is None else START + days * DAY
        return allocate(ledger, Issuance(type=type_, issued_at=START, expires=expires))[0]

    assert number("health", 10) == number("health", 25)
    different = [number("health", 10), number("health", 45), number("test", 10)]
    different += [number("licence", 700), number("licence", 1_500), number("licence", None)]
    assert len(set(different)) == len(different)


def test_a_list_opened_ahead_is_the_one_that_is_used(ledger: Ledger) -> None:
    assert allocate(ledger, HEALTH)[0] == 1
    ahead = Issuance(type="health", issued_at=START, expires=START + 40 * DAY)
    assert prepare(ledger, ahead) == prepare(ledger, ahead) == (2,)
    assert allocate(ledger, ahead)[0] == 2


def test_room_is_prepared_on_lists_behind_the_one_that_is_filling_up(ledger: Ledger) -> None:
    allocate_many(ledger, HEALTH, 4_990)
    assert prepare(ledger, HEALTH, room=10) == (1,)
    assert prepare(ledger, HEALTH, room=5_011) == (1, 2, 3)
    assert prepare(ledger, HEALTH, room=5_011) == (1, 2, 3)
    given = allocate_many(ledger, HEALTH, 5_011)
    assert [number for number, _ in given] == [1] * 10 + [2] * 5_000 + [3]
    assert len(set(given)) == 5_011
    with pytest.raises(MalformedError) as caught:
        prepare(ledger, HEALTH, room=0)
    assert caught.value.where == "room"


@pytest.mark.parametrize(
    ("issued", "expires", "name", "ends"),
    [
        ("2026-01-01", "2026-01-31T23:59:59+08:00", "2026-01", "2026-02-01T00:00:00+08:00"),
        ("2026-01-01", "2026-02-01T00:00:00+08:00", "2026-02", "2026-03-01T00:00:00+08:00"),
        ("2025-12-01", "2025-12-31T16:00:00+00:00", "2026-01", "2026-02-01T00:00:00+08:00"),
        ("2026-01-01", "2026-12-31T00:00:00+08:00", "2026-Q4", "2027-01-01T00:00:00+08:00"),
        ("2026-01-01", "2027-05-01T00:00:00+08:00", "2027-Q2", "2027-07-01T00:00:00+08:00"),
        ("2026-01-01", "2031-05-01T00:00:00+08:00", "2031", "2032-01-01T00:00:00+08:00"),
    ],
)
def test_a_period_is_a_month_a_quarter_or_a_year_of_the_chinese_calendar(
    issued: str, expires: str, name: str, ends: str
) -> None:
    at = instant(f"{issued}T00:00:00+08:00")
    assert period(instant(expires), at) == (name, instant(ends))


def test_what_never_expires_has_a_period_without_end() -> None:
    assert period(None, START) == ("open", None)
    assert period(TIME_MAX, START) == ("9999", TIME_MAX)


def test_credentials_are_found_by_batch_key_site_and_time(ledger: Ledger) -> None:
    def issued(count: int, **origin: str | bytes) -> set[tuple[int, int]]:
        known = {"type": "health", "issued_at": START, "expires": START + DAY}
        return set(allocate_many(ledger, Issuance(**{**known, **origin}), count))  # type: ignore[arg-type]

    bad = issued(300, batch="b1", site="clinic-7", kid=b"\x01\x02\x03\x04")
    good = issued(200, batch="b2", site="clinic-7", kid=b"\x01\x02\x03\x05")
    later = set(
        allocate_many(
            ledger,
            Issuance(type="health", issued_at=START + 3_600, expires=START + DAY, site="clinic-7"),
            50,
        )
    )
    assert set(select(ledger, Selection(batch="b1"))) == bad
    assert set(select(ledger, Selection(kid=b"\x01\x02\x03\x05"))) == good
    assert set(select(ledger, Selection(site="clinic-7", issued_from=START + 1))) == later
    assert set(select(ledger, Selection(issued_from=START, issued_until=START + 3_600))) == (
        bad | good
    )
    assert set(select(ledger, Selection(site="elsewhere"))) == set()
    with pytest.raises(MalformedError):
        select(ledger, Selection())


@pytest.mark.parametrize(
    ("where", "issuance"),
    [
        ("type", Issuance(type="", issued_at=START, expires=None)),
        ("batch", Issuance(type="t", issued_at=START, expires=None, batch="b" * 401)),
        ("issued_at", Issuance(type="t", issued_at=-1, expires=None)),
        ("expires", Issuance(type="t", issued_at=START, expires=START)),
    ],
)
def test_an_issuance_out_of_bounds_gets_no_index(
    ledger: Ledger, where: str, issuance: Issuance
) -> None:
    with pytest.raises(MalformedError) as caught:
        allocate(ledger, issuance)
    assert caught.value.where == where
    with pytest.raises(MalformedError):
        allocate_many(ledger, HEALTH, 0)


WORKER = f"""
import sys
from pathlib import Path
from trustcert.ledger import allocation, storage
issuance = allocation.{HEALTH}
with storage.open_ledger(Path(sys.argv[1])) as opened:
    for _ in range(int(sys.argv[2])):
        for number, index in allocation.allocate_many(opened, issuance, 3):
            print(number, index, flush=True)
"""


def worker(path: Path, rounds: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(path), str(rounds)], stdout=subprocess.PIPE, text=True
    )


def pairs(output: str) -> list[tuple[int, ...]]:
    whole = output[: output.rfind("\n")]
    return [tuple(map(int, line.split())) for line in whole.splitlines()]


def test_processes_at_once_never_get_the_same_index(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    storage.create(path, issuer="CN-51", list_size=200).close()
    workers = [worker(path, 30) for _ in range(3)]
    found = [pair for one in workers for pair in pairs(one.communicate(timeout=60)[0])]
    assert [one.returncode for one in workers] == [0, 0, 0]
    assert len(found) == len(set(found)) == 270


def test_an_index_handed_out_before_a_crash_is_not_handed_out_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    storage.create(path, issuer="CN-51", list_size=100_000).close()
    with worker(path, 1_000_000) as crashing:
        assert crashing.stdout is not None
        first = [crashing.stdout.readline() for _ in range(60)]
        crashing.kill()
        before = set(pairs("".join(first) + crashing.stdout.read()))
    assert len(before) >= 60
    with storage.open_ledger(path) as ledger:
        assert not before & set(allocate_many(ledger, HEALTH, 50_000))


def test_a_ledger_is_for_its_owner_only_and_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    storage.create(path, issuer="CN-51").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(SyncError):
        storage.create(path, issuer="CN-51")
    with storage.open_ledger(path) as opened:
        assert (opened.issuer, opened.list_size) == ("CN-51", storage.LIST_SIZE)
        assert "secret" not in repr(opened)


def test_a_ledger_that_cannot_be_made_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(schema.about, "name", "sqlite_reserved")
        with pytest.raises(SyncError):
            storage.create(tmp_path / "ledger", issuer="CN-51")
    assert not [*tmp_path.iterdir()]
    storage.create(tmp_path / "ledger", issuer="CN-51").close()


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SyncError):
        storage.open_ledger(tmp_path / "missing")
    (tmp_path / "text").write_text("not a database, but a text that is long enough to be one")
    with pytest.raises(SyncError):
        storage.open_ledger(tmp_path / "text")
    (tmp_path / "empty").touch()
    with pytest.raises(TrustError):
        storage.open_ledger(tmp_path / "empty")
    with pytest.raises(MalformedError):
        storage.create(tmp_path / "new", issuer="CN 51")
    with pytest.raises(MalformedError):
        storage.create(tmp_path / "new", issuer="CN-51", list_size=1 << 29)
    assert not (tmp_path / "new").exists()
