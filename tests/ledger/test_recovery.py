"""A ledger that was restored from a backup: caught when it publishes, and mended."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trustcert.encoding.instants import instant
from trustcert.errors import RollbackError, TrustError
from trustcert.ledger import recovery, storage
from trustcert.ledger.allocation import allocate, allocate_many
from trustcert.ledger.changes import Order, change, history
from trustcert.ledger.partition import Issuance
from trustcert.ledger.planning import Successor, Wanted
from trustcert.ledger.publishing import confirm, current, publish
from trustcert.ledger.storage import Ledger
from trustcert.status import State, delta, paths, snapshot
from trustcert.status.causes import Cause
from trustcert.status.statuslist import StatusList

DAY = 86_400
START = instant("2026-01-01T00:00:00+08:00")
LICENCE = Issuance(type="licence", issued_at=START, expires=START + 900 * DAY)
DEGREE = Issuance(type="degree", issued_at=START, expires=None)


def decide(ledger: Ledger, cause: Cause, *credentials: tuple[int, int], at: int = START) -> None:
    wanted = [
        Wanted(
            number=number,
            index=index,
            successor=Successor(issuer="CN-44") if cause is Cause.TRANSFERRED else None,
        )
        for number, index in credentials
    ]
    assert change(ledger, wanted, Order(cause=cause, actor="desk", at=at)).changed


class Registry:
    """What the registry holds of one issuer's lists."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def publish(self, ledger: Ledger, at: int) -> None:
        recovery.check(ledger, self.held)
        publication = publish(ledger, at=at)
        self.held |= publication.write
        for path in publication.remove:
            self.held.pop(path, None)
        confirm(ledger, publication)

    def list(self, number: int = 1) -> StatusList:
        content = self.held[paths.snapshot("CN-51", number)]
        return snapshot.decode(content, issuer="CN-51", number=number)


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "CN-51.sqlite"
    storage.create(path, issuer="CN-51", list_size=500).close()
    return path


@contextmanager
def restored(path: Path) -> Iterator[None]:
    """Copy the ledger before the block, and put the copy back after it."""
    backup = path.with_name("backup")
    shutil.copy(path, backup)
    yield
    for more in path.parent.glob(f"{path.name}-*"):
        more.unlink()
    backup.replace(path)


def test_a_ledger_in_step_with_its_registry_passes_and_mends_a_registry_that_lost_something(
    path: Path, registry: Registry
) -> None:
    with storage.open_ledger(path) as ledger:
        issued = allocate_many(ledger, LICENCE, 20)
        for day in range(4):
            decide(ledger, Cause.LOST, issued[day])
            registry.publish(ledger, START + day * DAY)
            if day == 1:
                old = dict(registry.held)
        assert recovery.check(ledger, registry.held) == ()
        decide(ledger, Cause.LOST, issued[9])
        publish(ledger, at=START + 5 * DAY)
        assert recovery.check(ledger, registry.held) == ()
        confirm(ledger, publish(ledger, at=START + 5 * DAY))
        lost = recovery.check(ledger, old)
        assert set(lost) == set(current(ledger))
        assert recovery.contents(ledger, lost) == current(ledger)
        assert set(recovery.check(ledger, {})) == set(current(ledger))


def test_a_restored_ledger_is_refused_whatever_it_did_meanwhile(
    path: Path, registry: Registry
) -> None:
    with storage.open_ledger(path) as ledger:
        issued = allocate_many(ledger, LICENCE, 20)
        registry.publish(ledger, START)
    with restored(path), storage.open_ledger(path) as ledger:
        decide(ledger, Cause.LOST, issued[0])
        registry.publish(ledger, START + DAY)
    with storage.open_ledger(path) as ledger:
        with pytest.raises(RollbackError, match=r"has version 2 of list 1, this ledger .* 1"):
            recovery.check(ledger, registry.held)
        decide(ledger, Cause.LOST, issued[1])
        confirm(ledger, publish(ledger, at=START + 2 * DAY))
        with pytest.raises(RollbackError, match="another version 2 of list 1"):
            recovery.check(ledger, registry.held)
        decide(ledger, Cause.LOST, issued[2])
        confirm(ledger, publish(ledger, at=START + 3 * DAY))
        with pytest.raises(RollbackError, match="another version 2 of list 1"):
            recovery.check(ledger, registry.held)


def test_a_list_opened_since_the_backup_is_missed(path: Path, registry: Registry) -> None:
    with restored(path), storage.open_ledger(path) as ledger:
        allocate(ledger, LICENCE)
        registry.publish(ledger, START)
    with storage.open_ledger(path) as ledger:
        with pytest.raises(RollbackError, match="list 1, which this ledger does not know"):
            recovery.check(ledger, registry.held)
        allocate(ledger, LICENCE)
        with pytest.raises(RollbackError, match=r"has version 1 .* published none"):
            recovery.check(ledger, registry.held)


def test_two_ledgers_of_one_issuer_never_both_publish(
    path: Path, registry: Registry, tmp_path: Path
) -> None:
    with storage.open_ledger(path) as ledger:
        allocate(ledger, LICENCE)
        registry.publish(ledger, START)
    with storage.create(tmp_path / "other", issuer="CN-51") as other:
        allocate(other, LICENCE)
        with pytest.raises(TrustError, match="another ledger"):
            registry.publish(other, START)
        with pytest.raises(TrustError, match="lists of its own"):
            recovery.recover(other, registry.held, actor="desk", at=START)


def test_recovery_takes_the_states_over_and_burns_what_may_have_been_given_out(
    path: Path, registry: Registry
) -> None:
    with storage.open_ledger(path) as ledger:
        issued = allocate_many(ledger, LICENCE, 20)
        decide(ledger, Cause.WITHHELD, *issued[10:13])
        decide(ledger, Cause.INVESTIGATED, issued[11])
        registry.publish(ledger, START)
    with restored(path), storage.open_ledger(path) as ledger:
        since = allocate_many(ledger, LICENCE, 30)
        later = allocate_many(ledger, DEGREE, 5)
        decide(ledger, Cause.PENALISED, issued[0], since[0])
        decide(ledger, Cause.TRANSFERRED, issued[1])
        decide(ledger, Cause.RENEWED, later[0])
        decide(ledger, Cause.RELEASED, *issued[10:12])
        decide(ledger, Cause.CLEARED, issued[11])
        registry.publish(ledger, START + DAY)
        lost = {number: registry.list(number) for number in (1, 2)}
    with storage.open_ledger(path) as ledger:
        decide(ledger, Cause.LOST, issued[2], at=START + 2 * DAY)
        decide(ledger, Cause.INVESTIGATED, issued[10], at=START + 2 * DAY)
        done = recovery.recover(ledger, registry.held, actor="security", at=START + 3 * DAY)
        assert (done.behind, done.adopted, done.sealed) == ((1,), (2,), (1,))
        assert done.first_number == 3 + recovery.NUMBERS_SKIPPED
        assert recovery.check(ledger, registry.held) == ()
        registry.publish(ledger, START + 3 * DAY)
        new = {number: registry.list(number) for number in (1, 2)}
        assert [new[1].version, new[2].version] == [3, 1]
        assert new[2] == lost[2]
        changed = {issued[2][1]: State.INVALID, issued[10][1]: State.SUSPENDED}
        for index in range(500):
            expected = changed.get(index, lost[1].state(index))
            assert new[1].state(index) is expected
            assert new[1].successor(index) == lost[1].successor(index)
        assert new[1].cause(issued[0][1]) is Cause.PENALISED
        assert history(ledger, *issued[11])[-1].state is State.VALID
        assert history(ledger, *issued[0])[-1].actor == "security"
        (path_to_newest,) = (p for p in registry.held if p.startswith("CN-51/status/1.2-3"))
        step = delta.decode(registry.held[path_to_newest], issuer="CN-51", number=1, size=500)
        assert delta.apply(lost[1], step) == new[1]
        fresh = allocate_many(ledger, LICENCE, 600)
        assert {number for number, _ in fresh} == {done.first_number, done.first_number + 1}
        decide(ledger, Cause.LOST, since[5], later[3])
        registry.publish(ledger, START + 4 * DAY)
        assert registry.list(2).state(later[3][1]) is State.INVALID


def test_an_issuer_that_lost_its_ledger_whole_goes_on_with_a_new_one(
    path: Path, registry: Registry, tmp_path: Path
) -> None:
    with storage.open_ledger(path) as ledger:
        issued = allocate_many(ledger, LICENCE, 20)
        decide(ledger, Cause.LOST, issued[0])
        registry.publish(ledger, START)
    with storage.create(tmp_path / "new", issuer="CN-51") as made:
        with pytest.raises(TrustError):
            recovery.check(made, registry.held)
        done = recovery.recover(made, registry.held, actor="security", at=START + DAY)
        assert (done.adopted, done.changed) == ((1,), 1)
    with storage.open_ledger(tmp_path / "new") as new:
        decide(new, Cause.LOST, issued[1])
        registry.publish(new, START + DAY)
        assert registry.list().version == 2
        assert registry.list().state(issued[0][1]) is State.INVALID
        assert registry.list().state(issued[1][1]) is State.INVALID
