"""Leases and the journal: what an issuing run relies on to lose nothing and issue nothing twice."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError, TrustError
from trustcert.ledger import journal, storage
from trustcert.ledger.allocation import allocate_many, lease
from trustcert.ledger.changes import Order, change
from trustcert.ledger.journal import Issued
from trustcert.ledger.partition import Issuance
from trustcert.ledger.selection import Selection, select
from trustcert.ledger.storage import Ledger
from trustcert.status.causes import Cause

DAY = 86_400
START = instant("2026-01-01T00:00:00+08:00")
HEALTH = Issuance(type="health", issued_at=START, expires=START + 14 * DAY)
KID = b"\x01\x02\x03\x04"


def row(name: str, place: tuple[int, int], site: str | None = None) -> Issued:
    return Issued(
        digest=hashlib.sha256(name.encode()).digest(),
        number=place[0],
        index=place[1],
        issued_at=START,
        expires=START + 14 * DAY,
        site=site,
        output=f"{name}.png",
    )


def record(ledger: Ledger, rows: Sequence[Issued], owner: str = "run:1", **more: bool) -> None:
    journal.record(ledger, "run", rows, kid=KID, owner=owner, **more)


def test_the_same_owner_gets_the_same_indices_until_they_are_recorded(ledger: Ledger) -> None:
    first = lease(ledger, HEALTH, 10, owner="run:1")
    assert lease(ledger, HEALTH, 99, owner="run:1") == first
    assert len({*first.places}) == 10
    other = lease(ledger, HEALTH, 10, owner="run:2")
    assert not {*first.places} & {*other.places}
    licence = Issuance(type="licence", issued_at=START, expires=None)
    assert lease(ledger, licence, 1, owner="run:1").places[0][0] != first.places[0][0]
    assert journal.open_leases(ledger) == {"run:1": 11, "run:2": 10}
    record(ledger, [row("a", first.places[3])], close=False)
    left = lease(ledger, HEALTH, 10, owner="run:1").places
    assert left == first.places[:3] + first.places[4:]


def test_what_was_recorded_is_found_and_what_was_not_used_is_given_out_next(
    ledger: Ledger,
) -> None:
    held = lease(ledger, HEALTH, 10, owner="run:1").places
    rows = [row("a", held[0], "clinic-1"), row("b", held[1], "clinic-2"), row("c", held[5])]
    record(ledger, rows)
    assert journal.open_leases(ledger) == {}
    found = journal.find(ledger, "run", [r.digest for r in rows] + [b"unknown"])
    assert {f.output: (f.number, f.index) for f in found.values()} == {
        "a.png": held[0],
        "b.png": held[1],
        "c.png": held[5],
    }
    assert journal.find(ledger, "another run", [rows[0].digest]) == {}
    assert {*select(ledger, Selection(batch="run", kid=KID))} == {held[0], held[1], held[5]}
    assert [*select(ledger, Selection(site="clinic-2"))] == [held[1]]
    unused = [held[at] for at in (2, 3, 4, 6, 7, 8, 9)]
    with pytest.raises(MalformedError, match="never given out"):
        change(ledger, unused[:1], Order(cause=Cause.LOST, actor="desk", at=START))
    again = allocate_many(ledger, HEALTH, 8)
    assert again[:7] == unused
    assert again[7] not in held


def test_a_row_that_is_issued_already_is_refused_with_all_that_comes_with_it(
    ledger: Ledger,
) -> None:
    held = lease(ledger, HEALTH, 4, owner="run:1").places
    record(ledger, [row("a", held[0])], close=False)
    record(ledger, [row("a", held[0])], close=False)
    with pytest.raises(MalformedError) as caught:
        record(ledger, [row("b", held[1]), row("a", held[2])], close=False)
    assert caught.value.where == "[1]"
    assert journal.find(ledger, "run", [row("b", held[1]).digest]) == {}
    with pytest.raises(MalformedError):
        record(ledger, [row("c", held[1]), row("c", held[2])], close=False)
    record(ledger, [row("a", held[2])], again=True)
    (found,) = journal.find(ledger, "run", [row("a", held[0]).digest]).values()
    assert (found.number, found.index) == held[2]
    assert {*select(ledger, Selection(batch="run"))} == {held[0], held[2]}


def test_only_leased_indices_can_be_recorded_each_once(ledger: Ledger) -> None:
    held = lease(ledger, HEALTH, 4, owner="run:1").places
    (other,) = allocate_many(ledger, HEALTH, 1)
    for place in (other, (9, 1), (1, 5_000), (1, -1)):
        with pytest.raises(TrustError):
            record(ledger, [row("a", place)])
    with pytest.raises(TrustError):
        record(ledger, [row("a", held[0]), row("b", held[0])])
    with pytest.raises(TrustError):
        record(ledger, [row("a", held[0])], owner="run:2")
    assert journal.open_leases(ledger) == {"run:1": 4}


def test_a_leased_index_can_be_revoked_and_is_not_given_out_again(ledger: Ledger) -> None:
    held = lease(ledger, HEALTH, 4, owner="run:1").places
    assert change(ledger, held[1:2], Order(cause=Cause.LOST, actor="desk", at=START)).changed == 1
    journal.close_lease(ledger, "run:1")
    assert allocate_many(ledger, HEALTH, 3) == [held[0], held[2], held[3]]


KILLED = f"""
import hashlib, sys
from pathlib import Path
from trustcert.ledger import journal, storage
from trustcert.ledger.allocation import lease
from trustcert.ledger.journal import Issued
from trustcert.ledger.partition import Issuance
issuance = {HEALTH}
with storage.open_ledger(Path(sys.argv[1])) as ledger:
    for part in range(40):
        names = [f"{{part}}-{{n}}".encode() for n in range(5)]
        digests = [hashlib.sha256(name).digest() for name in names]
        if journal.find(ledger, "run", digests):
            continue
        places = lease(ledger, issuance, 7, owner=f"run:{{part}}").places
        for digest, place in zip(digests, places):
            print("signed", digest.hex(), *place, flush=True)
        rows = [
            Issued(digest=d, number=n, index=i, issued_at=issuance.issued_at, expires=None)
            for d, (n, i) in zip(digests, places)
        ]
        journal.record(ledger, "run", rows, kid=None, owner=f"run:{{part}}")
print("done", flush=True)
"""


def test_a_run_that_is_killed_goes_on_and_signs_nothing_under_two_indices(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    storage.create(path, issuer="CN-51", list_size=1_000).close()
    signed: dict[str, set[tuple[str, ...]]] = {}
    ended = False
    for stop in (*range(3, 100, 17), 10_000):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True
        ) as run:
            assert run.stdout is not None
            lines = [line for _, line in zip(range(stop), run.stdout, strict=False)]
            run.kill()
            lines += run.stdout.readlines()
        ended = "done\n" in lines
        for line in lines:
            word, *rest = line.split()
            if word == "signed" and len(rest) == 3:
                signed.setdefault(rest[0], set()).add((rest[1], rest[2]))
    assert ended
    assert len(signed) == 200
    assert all(len(places) == 1 for places in signed.values())
    assert len(set.union(*signed.values())) == 200
    with storage.open_ledger(path) as ledger:
        noted = {
            (str(number), str(index)) for number, index in select(ledger, Selection(batch="run"))
        }
        assert noted == set.union(*signed.values())
        assert journal.open_leases(ledger) == {}
