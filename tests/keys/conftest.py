"""A token of SoftHSM2 for a whole run: the module reads its configuration once a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.softhsm import SoftHsm, softhsm


@pytest.fixture(scope="session")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    made = softhsm(tmp_path_factory.mktemp("softhsm"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment.items():
            patch.setenv(name, value)
        for label in ("Sichuan", "Guessed"):
            made.add_token(label)  # a running process sees no later ones
        yield made
