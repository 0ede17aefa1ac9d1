from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.encoding import rice
from trustcert.status.indices import (
    changed,
    disjoint,
    empty,
    from_indices,
    runs_from,
    runs_of,
    within,
)

RNG = random.Random(5)  # noqa: S311 - the same sets in every run

SIZE = 300_000
SETS = {
    "empty": [],
    "one": [131_072],
    "corners": [0, 65_535, 65_536, SIZE - 1],
    "over the borders": list(range(60_000, 140_000, 1))[:15_000],
    "sparse": sorted(RNG.sample(range(SIZE), 3_000)),
    "near the change of form": sorted(RNG.sample(range(SIZE), 18_400)),
    "dense": sorted(RNG.sample(range(SIZE), 60_000)),
    "half in runs": sorted({*range(1_000, 9_000), *RNG.sample(range(SIZE), 8_000)}),
    "everything": list(range(SIZE)),
}


@pytest.fixture(params=["plain", "numpy"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "numpy":
        pytest.importorskip("numpy", reason="numpy is not installed")
    monkeypatch.setattr(rice, "NUMPY_FROM", 1 if request.param == "numpy" else 1 << 60)
    return str(request.param)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", SETS)
def test_a_set_has_its_members_and_no_others(name: str) -> None:
    expected = SETS[name]
    held = from_indices(expected, size=SIZE)
    assert len(held) == len(expected)
    assert list(held) == expected
    known = frozenset(expected)
    assert all(held.has(i) == (i in known) for i in range(0, SIZE, 7))
    assert all(map(held.has, expected))
    assert runs_of(held) == runs_from(expected)


@pytest.mark.parametrize("name", SETS)
def test_numpy_and_the_standard_library_build_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numpy", reason="numpy is not installed")
    plain = from_indices(SETS[name], size=SIZE)
    monkeypatch.setattr(rice, "NUMPY_FROM", 1)
    assert from_indices(SETS[name], size=SIZE) == plain


@pytest.mark.parametrize("name", SETS)
def test_a_set_takes_two_bytes_a_member_or_a_bitmap(name: str) -> None:
    held = from_indices(SETS[name], size=SIZE)
    fixed = 4 * (SIZE // 65_536 + 2)
    assert held.memory <= min(2.1 * len(held) + fixed, SIZE / 8 + fixed)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", SETS)
def test_changes_give_the_set_that_would_have_been_built(name: str) -> None:
    before = set(SETS[name])
    add = sorted(RNG.sample(range(SIZE), 300))
    drop = sorted({*RNG.sample(range(SIZE), 300), *sorted(before)[::50]} - set(add))
    after = changed(from_indices(before, size=SIZE), add=add, drop=drop)
    assert after == from_indices((before | set(add)) - set(drop), size=SIZE)


@given(
    st.sets(st.integers(0, 2_499)), st.sets(st.integers(0, 2_499)), st.sets(st.integers(0, 2_499))
)
def test_any_changes_do(before: set[int], add: set[int], drop: set[int]) -> None:
    drop -= add
    after = changed(from_indices(before, size=2_500), add=sorted(add), drop=sorted(drop))
    assert after == from_indices((before | add) - drop, size=2_500)


@pytest.mark.parametrize("size", [1, 7, 8, 9, 65_535, 65_536, 65_537])
def test_lists_of_odd_sizes_reach_to_their_last_index(size: int) -> None:
    assert list(from_indices([size - 1], size=size)) == [size - 1]
    assert list(from_indices(range(size), size=size)) == list(range(size))
    assert not empty(size).has(size - 1)


@pytest.mark.parametrize("one", SETS)
@pytest.mark.parametrize("other", SETS)
def test_sets_within_and_apart_from_one_another(one: str, other: str) -> None:
    some, more = set(SETS[one]), set(SETS[other])
    pairs = [(some, more), (some, some | more), (some - more, more), (some & more, more)]
    for inner, outer in pairs:
        a, b = from_indices(inner, size=SIZE), from_indices(outer, size=SIZE)
        assert within(a, b) == (inner <= outer)
        assert disjoint(a, b) == inner.isdisjoint(outer)


@given(
    st.sets(st.integers(0, 199_999), max_size=60),
    st.sets(st.integers(0, 199_999), max_size=60),
    st.sampled_from([200_000, 262_144]),
)
def test_small_sets_within_and_apart(some: set[int], more: set[int], size: int) -> None:
    for inner, outer in ((some, more), (some, some | more), (some - more, more)):
        a, b = from_indices(inner, size=size), from_indices(outer, size=size)
        assert within(a, b) == (inner <= outer)
        assert disjoint(a, b) == inner.isdisjoint(outer)
