"""Moving a ledger between SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.ledger import postgres

from trustcert.encoding.instants import instant
from trustcert.errors import SyncError, TrustError
from trustcert.ledger import journal, moving, storage
from trustcert.ledger.allocation import allocate_many, lease
from trustcert.ledger.changes import Order, change, history, release, suspend
from trustcert.ledger.journal import Issued
from trustcert.ledger.overview import lists, origins
from trustcert.ledger.partition import Issuance
from trustcert.ledger.publishing import confirm, current, publish
from trustcert.ledger.selection import Selection, select
from trustcert.ledger.storage import Ledger, Place
from trustcert.status.causes import Cause

DAY = 86_400
START = instant("2026-01-01T00:00:00+08:00")
LICENCE = Issuance(type="licence", issued_at=START, expires=START + 900 * DAY, batch="批次 b1")
KID = b"\x01\x02\x03\x04"


@pytest.fixture
def elsewhere(place: Place, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """A place of the other kind."""
    if storage.is_url(place):
        return tmp_path / "moved.sqlite"
    server: postgres.Server = request.getfixturevalue("server")
    return server.place()


def lived(ledger: Ledger) -> list[tuple[int, int]]:
    issued = allocate_many(ledger, LICENCE, 6_000)
    places = lease(ledger, LICENCE, 5, owner="run:1").places
    row = Issued(digest=b"\xffrow", number=places[1][0], index=places[1][1], issued_at=START,
                 expires=None, site="Ürümqi", output="a.png")  # fmt: skip
    journal.record(ledger, "run", [row], kid=KID, owner="run:1")
    lease(ledger, LICENCE, 3, owner="run:2")
    order = Order(cause=Cause.WITHHELD, actor="desk-7", at=START, note="川 1/2026")
    suspend(ledger, issued[:40], order)
    release(ledger, issued[:10], Order(cause=Cause.RELEASED, actor="desk-7", at=START))
    confirm(ledger, publish(ledger, at=START))
    change(ledger, issued[50:60], Order(cause=Cause.PENALISED, actor="desk-7", at=START))
    return issued


def told(ledger: Ledger, issued: list[tuple[int, int]]) -> list[Any]:
    return [
        lists(ledger),
        origins(ledger),
        [history(ledger, *one) for one in issued[:60]],
        journal.find(ledger, "run", [b"\xffrow"]),
        journal.open_leases(ledger),
        current(ledger),
        [*select(ledger, Selection(batch="run"))],
    ]


def test_everything_arrives_and_the_old_ledger_is_closed(
    ledger: Ledger, place: Place, elsewhere: Place
) -> None:
    issued = lived(ledger)
    before = told(ledger, issued)
    moved = moving.move(place, elsewhere)
    assert (moved.rows["journal"], moved.rows["lease"], moved.rows["change"]) == (1, 2, 3)
    with storage.open_ledger(elsewhere) as new:
        assert told(new, issued) == before
        assert (new.issuer, new.list_size, new.lineage) == ("CN-51", 5_000, ledger.lineage)
        assert not {*issued} & {*allocate_many(new, LICENCE, 500)}
        assert {facts.waiting for facts in lists(new)} == {10, 0}
        assert "CN-51/status/1.1-2.delta" in publish(new, at=START + DAY).write
    closed: list[Callable[[], object]] = [
        lambda: allocate_many(ledger, LICENCE, 1),
        lambda: publish(ledger, at=START),
        lambda: lease(ledger, LICENCE, 1, owner="run:1"),
        lambda: change(ledger, issued[70:71], Order(cause=Cause.LOST, actor="d", at=START)),
    ]
    for call in closed:
        with pytest.raises(TrustError, match="closed: it was moved to"):
            call()
    with pytest.raises(TrustError, match="already"):
        moving.move(place, elsewhere)


def test_a_move_that_was_cut_short_is_started_again(
    ledger: Ledger, place: Place, elsewhere: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = lived(ledger)
    before = told(ledger, issued)
    calls = iter(range(9))
    real = moving._digest

    def damaged(*arguments: Any) -> bytes:
        return real(*arguments) if next(calls) else b"other"

    with monkeypatch.context() as broken:
        broken.setattr(moving, "_digest", damaged)
        with pytest.raises(SyncError, match="nothing was moved"):
            moving.move(place, elsewhere)
    with storage.open_ledger(elsewhere) as unfinished, pytest.raises(TrustError, match="again"):
        allocate_many(unfinished, LICENCE, 1)
    assert len(allocate_many(ledger, LICENCE, 1)) == 1
    before = told(ledger, issued)
    with monkeypatch.context() as broken:
        broken.setattr(storage, "write_moving", _stopping_at(4))
        with pytest.raises(KeyboardInterrupt):
            moving.move(place, elsewhere)
    with pytest.raises(TrustError):
        allocate_many(ledger, LICENCE, 1)
    moving.move(place, elsewhere)
    with storage.open_ledger(elsewhere) as new:
        assert told(new, issued) == before
        assert allocate_many(new, LICENCE, 1)


def _stopping_at(stop: int) -> Callable[..., Any]:
    """Return ``write_moving`` that is interrupted at its n-th call."""
    real = storage.write_moving
    calls = iter(range(2, 99))

    def write_moving(*arguments: Any) -> Any:
        if next(calls) == stop:
            raise KeyboardInterrupt
        return real(*arguments)

    return write_moving


def test_another_ledger_is_not_overwritten(ledger: Ledger, place: Place, elsewhere: Place) -> None:
    storage.create(elsewhere, issuer="CN-51").close()
    with pytest.raises(TrustError, match="already"):
        moving.move(place, elsewhere)
    assert len(allocate_many(ledger, LICENCE, 1)) == 1
