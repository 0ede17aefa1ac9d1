"""Texts of the shapes that credentials have, made from seeds."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


@pytest.fixture
def credential_text() -> Callable[[int], str]:
    """``TC1:`` and alphanumeric characters, ``length`` in all."""

    def make(length: int) -> str:
        rng = random.Random(length)  # noqa: S311 - test data
        return "TC1:" + "".join(rng.choices(ALPHANUMERIC, k=length - 5)) + "0"

    return make
