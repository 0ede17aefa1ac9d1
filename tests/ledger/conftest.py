from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from trustcert.ledger import storage
from trustcert.ledger.storage import Ledger

DAY = 86_400
START = 1_767_196_800
"""2026-01-01T00:00:00+08:00."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    rng = random.Random(3)  # noqa: S311 - the same lists in every run
    opened = storage.create(
        tmp_path / "CN-51.sqlite", issuer="CN-51", list_size=5_000, random=rng.randbytes
    )
    with opened:
        yield opened
