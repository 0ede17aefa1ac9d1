"""Every kept input, and each seed with every byte changed once, keeps its target's property."""

from __future__ import annotations

import pytest
from tests.fuzz.run import CORPUS
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_kept_inputs_find_nothing(name: str) -> None:
    for path in sorted((CORPUS / name).glob("*")):
        TARGETS[name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_their_neighbours_find_nothing(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)
        for place in range(min(len(seed), 400)):
            for mask in (0x01, 0x20, 0x80):
                changed = bytes((seed[place] ^ mask,))
                TARGETS[name](seed[:place] + changed + seed[place + 1 :])
            TARGETS[name](seed[:place])


def test_each_target_has_a_seed() -> None:
    assert SEEDS.keys() == TARGETS.keys()
