from __future__ import annotations

import random
import tracemalloc
from array import array
from collections.abc import Iterable
from math import lgamma, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.encoding import rice
from trustcert.encoding.rice import Runs
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.status.indices import runs_from

RNG = random.Random(11)  # noqa: S311 - the same sets in every run


@pytest.fixture(params=["plain", "numpy"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "numpy":
        pytest.importorskip("numpy", reason="numpy is not installed")
    monkeypatch.setattr(rice, "NUMPY_FROM", 1 if request.param == "numpy" else 1 << 60)
    return str(request.param)


def members(runs: Runs) -> list[int]:
    return [i for start, end in zip(runs.starts, runs.ends, strict=True) for i in range(start, end)]


def clustered(size: int, count: int) -> list[int]:
    found = set(RNG.sample(range(size), count // 5))
    while len(found) < count:
        start = RNG.randrange(size)
        found.update(range(start, min(size, start + RNG.randrange(50, 150))))
    return sorted(found)


SETS: list[tuple[int, Iterable[int]]] = [
    (1, [0]),
    (2, [1]),
    (10, range(10)),
    (10, range(0, 10, 2)),
    (1 << 28, [(1 << 28) - 1]),
    (1 << 28, [0, (1 << 28) - 1]),
    (1 << 28, range(1 << 27, (1 << 27) + 300)),
    (200_000, sorted(RNG.sample(range(200_000), 3_000))),
    (200_000, sorted(RNG.sample(range(200_000), 150_000))),
    (200_000, clustered(200_000, 10_000)),
]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(("size", "indices"), SETS)
def test_a_set_comes_back(size: int, indices: Iterable[int]) -> None:
    runs = runs_from(indices)
    assert rice.decode(rice.encode(runs), size=size) == runs


@pytest.mark.parametrize(("size", "indices"), SETS)
def test_numpy_and_the_standard_library_write_the_same_bytes(
    size: int, indices: Iterable[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numpy", reason="numpy is not installed")
    runs = runs_from(indices)
    plain = rice.encode(runs)
    monkeypatch.setattr(rice, "NUMPY_FROM", 1)
    assert rice.encode(runs) == plain
    assert rice.decode(plain, size=size) == runs


@given(st.sets(st.integers(0, 999), max_size=200))
def test_the_empty_set_and_every_other_comes_back(indices: set[int]) -> None:
    runs = runs_from(sorted(indices))
    assert members(rice.decode(rice.encode(runs), size=1_000)) == sorted(indices)


@given(st.binary(max_size=40), st.integers(1, 2_000), st.booleans())
def test_any_bytes_are_refused_or_are_the_one_encoding(data: bytes, size: int, fast: bool) -> None:  # noqa: FBT001
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rice, "NUMPY_FROM", 1 if fast else 1 << 60)
        try:
            runs = rice.decode(data, size=size)
        except MalformedError:
            return
        assert rice.encode(runs) == data
        assert runs.members == len(members(runs)) <= size


@pytest.mark.usefixtures("engine")
def test_an_index_beyond_the_list_is_refused() -> None:
    data = rice.encode(runs_from([3, 100]))
    assert rice.decode(data, size=101).members == 2
    with pytest.raises(MalformedError, match="beyond the end"):
        rice.decode(data, size=100)


@pytest.mark.usefixtures("engine")
def test_a_run_far_longer_than_the_list_is_refused_before_it_is_laid_out() -> None:
    bomb = rice.encode(Runs(array("I", [0]), array("I", [1 << 31]), 1 << 31))
    assert len(bomb) < 20
    with pytest.raises(MalformedError):
        rice.decode(bomb, size=1_000_000)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00",
        b"\x81",
        b"\x80\x00\x00\x80",
        b"\xff\xff\xff\xff\x0f\x00\x00",
        b"\x01\x00\x20\x80\x00\x00\x00\x00",
        b"\x01\x02\x00\x00\x00\xf8",
    ],
)
def test_counts_that_cannot_be_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        rice.decode(data, size=1_000)


@pytest.mark.parametrize("size", [1_000_000])
@pytest.mark.parametrize(
    ("share", "most"), [(0.0001, 1.10), (0.001, 1.03), (0.01, 1.03), (0.02, 1.03), (0.05, 1.03)]
)
def test_random_sets_stay_near_the_limit(size: int, share: float, most: float) -> None:
    count = int(size * share)
    data = rice.encode(runs_from(sorted(RNG.sample(range(size), count))))
    limit = (lgamma(size + 1) - lgamma(count + 1) - lgamma(size - count + 1)) / log(2) / 8
    assert len(data) <= most * limit


@pytest.mark.usefixtures("engine")
def test_runs_are_counted_before_they_are_unpacked() -> None:
    runs = runs_from(range(0, 2_000, 2))
    data = rice.encode(runs)
    assert rice.decode(data, size=2_000, most=1_000) == runs
    with pytest.raises(LimitExceededError, match="over 999 runs"):
        rice.decode(data, size=2_000, most=999)


@pytest.mark.usefixtures("engine")
def test_bits_that_so_many_runs_cannot_take_are_refused_before_they_are_unpacked() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(MalformedError, match="more bits than so many runs take"):
            rice.decode(b"\x01\x00\x00" + bytes(1 << 20) + b"\x01", size=1 << 28)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
