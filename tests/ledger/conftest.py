from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ledger import postgres

from trustcert.ledger import storage
from trustcert.ledger.storage import Ledger, Place


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server that loses everything with the machine, and is fast for that."""
    with postgres.running("-cfsync=off", "-csynchronous_commit=off") as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a new ledger can be made."""
    if request.param == "sqlite":
        return tmp_path / "CN-51.sqlite"
    started: postgres.Server = request.getfixturevalue("server")
    return started.place()


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    rng = random.Random(3)  # noqa: S311 - the same lists in every run
    made = storage.create(place, issuer="CN-51", list_size=5_000, random=rng.randbytes)
    with made as opened:
        yield opened
