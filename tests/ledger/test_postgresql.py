"""A ledger for several servers: a real PostgreSQL, killed while eight processes issue."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from tests.ledger import postgres

from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError, SyncError, TrustError, UnsupportedError
from trustcert.ledger import journal, storage
from trustcert.ledger.allocation import allocate_many
from trustcert.ledger.changes import Order, change
from trustcert.ledger.overview import lists, origins
from trustcert.ledger.partition import Issuance
from trustcert.ledger.selection import Selection, count, select
from trustcert.status.causes import Cause

START = instant("2026-01-01T00:00:00+08:00")
HEALTH = Issuance(type="health", issued_at=START, expires=START + 14 * 86_400, batch="run")

WORKER = f"""
import sys
from trustcert.ledger import allocation, journal, storage
from trustcert.ledger.journal import Issued
from trustcert.ledger.partition import Issuance
issuance = {HEALTH}
place, server, name, rounds = sys.argv[1:]
with storage.open_ledger(place, server=server) as ledger:
    for turn in range(int(rounds)):
        owner = f"{{name}}:{{turn}}"
        found = allocation.allocate_many(ledger, issuance, 2)
        held = allocation.lease(ledger, issuance, 5, owner=owner).places[:3]
        rows = [
            Issued(digest=f"{{owner}}:{{at}}".encode(), number=n, index=i, issued_at={START},
                   expires=None)
            for at, (n, i) in enumerate(held)
        ]
        journal.record(ledger, "run", rows, kid=None, owner=owner)
        for number, index in (*found, *held):
            print(number, index)
        print("turn", name, flush=True)
"""


class Workers:
    """Processes that issue, and what they have printed so far."""

    def __init__(self, place: str, servers: list[str], rounds: int) -> None:
        self.lines: list[str] = []
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER, place, server, f"w{number}", str(rounds)],
                stdout=subprocess.PIPE,
                text=True,
            )
            for number, server in enumerate(servers)
        ]
        self.readers = [threading.Thread(target=self.read, args=(p,)) for p in self.processes]
        for reader in self.readers:
            reader.start()

    def read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.lines.append(line)

    def wait_for(self, turns: int) -> None:
        """Wait until every process has had so many turns."""
        until = time.monotonic() + 60
        names = [f"turn w{number}\n" for number in range(len(self.processes))]
        while min(map(self.lines.count, names)) < turns:
            assert time.monotonic() < until
            time.sleep(0.02)

    def issued(self) -> list[tuple[int, int]]:
        for reader in self.readers:
            reader.join(timeout=90)
        codes = [process.wait(timeout=5) for process in self.processes]
        assert codes == [0] * len(codes)
        pairs = [line.split() for line in self.lines if not line.startswith("turn")]
        return [(int(number), int(index)) for number, index in pairs]


@pytest.fixture(scope="module")
def lasting() -> Iterator[postgres.Server]:
    """A server that keeps what it has committed."""
    with postgres.running() as started:
        yield started


@pytest.fixture(scope="module")
def strict() -> Iterator[postgres.Server]:
    """A server whose transactions fail where they could not have run one after another."""
    with postgres.running("-cdefault_transaction_isolation=serializable", "-cfsync=off") as started:
        yield started


def test_eight_processes_issue_while_the_server_is_killed_and_comes_back(
    lasting: postgres.Server,
) -> None:
    place = lasting.place()
    storage.create(place, issuer="CN-51", list_size=300).close()
    workers = Workers(place, ["a", "a", "b", "b", "c", "c", "d", "d"], rounds=6)
    workers.wait_for(2)
    lasting.kill()
    time.sleep(0.3)
    lasting.start()
    issued = workers.issued()
    assert len(issued) == len({*issued}) == 8 * 6 * 5
    with storage.open_ledger(place) as ledger:
        assert {*issued} <= {*select(ledger, Selection(batch="run"))}
        assert journal.open_leases(ledger) == {}
        assert {facts.server for facts in lists(ledger)} == {"a", "b", "c", "d"}


def test_what_cannot_be_put_in_an_order_is_tried_again(strict: postgres.Server) -> None:
    place = strict.place()
    storage.create(place, issuer="CN-51", list_size=150).close()
    failed = "SELECT xact_rollback FROM pg_stat_database WHERE datname = 'postgres'"
    before = int(strict.sql(failed))
    issued = Workers(place, ["a"] * 6 + ["b"] * 2, rounds=4).issued()
    assert len(issued) == len({*issued}) == 8 * 4 * 5
    with storage.open_ledger(place) as ledger:
        assert {*issued} == {*select(ledger, Selection(batch="run"))}
        assert sum(facts.issued for facts in origins(ledger)) == len(issued)
    assert int(strict.sql(failed)) > before


def test_a_batch_is_revoked_whole_while_others_go_on_issuing(lasting: postgres.Server) -> None:
    place = lasting.place()
    order = Order(cause=Cause.LOST, actor="desk", at=START)
    with storage.create(place, issuer="CN-51", list_size=1_000) as ledger:
        workers = Workers(place, ["a", "b", "c"], rounds=8)
        workers.wait_for(2)
        while change(ledger, Selection(batch="run"), order).changed:
            time.sleep(0.01)
        issued = workers.issued()
        change(ledger, Selection(batch="run"), order)
        again = change(ledger, Selection(batch="run"), order)
        assert (again.changed, again.unchanged) == (0, len(issued))
        assert count(ledger, Selection(batch="run")) == len(issued)


def test_a_server_of_its_own_has_lists_of_its_own(lasting: postgres.Server) -> None:
    place = lasting.place()
    storage.create(place, issuer="CN-51").close()
    with storage.open_ledger(place, server="a") as one, storage.open_ledger(place) as other:
        assert {number for number, _ in allocate_many(one, HEALTH, 3)} == {1}
        assert {number for number, _ in allocate_many(other, HEALTH, 3)} == {2}


def test_what_is_no_ledger_is_refused_and_a_password_is_never_told(
    lasting: postgres.Server,
) -> None:
    place = lasting.place()
    with pytest.raises(TrustError):
        storage.open_ledger(place)
    storage.create(place, issuer="CN-51").close()
    with pytest.raises(SyncError, match="already"):
        storage.create(place, issuer="CN-51")
    with pytest.raises(MalformedError) as malformed:
        storage.open_ledger("postgresql://me:secret@host:port/x")
    nowhere = "postgresql://me:secret@127.0.0.1:1/x"
    with pytest.raises(SyncError) as absent:
        storage.open_ledger(nowhere)
    with storage.open_ledger(place) as ledger:
        for told in (str(malformed.value), str(absent.value), repr(ledger)):
            assert "secret" not in told


def test_without_the_driver_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UnsupportedError, match=r"trustcert\[postgresql\]"):
        storage.open_ledger("postgresql://host/x")
