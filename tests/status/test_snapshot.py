from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from trustcert.encoding import cbor, rice
from trustcert.errors import LimitExceededError, MalformedError, TrustError
from trustcert.limits import STATUS_LIST_BYTES
from trustcert.status import State, StatusList, snapshot
from trustcert.status.indices import from_indices, runs_from
from trustcert.status.planner import follow

SIZE = 5_000
RNG = random.Random(7)  # noqa: S311 - the same lists in every run


def made(
    *,
    invalid: set[int] | None = None,
    suspended: set[int] | None = None,
    superseded: set[int] | None = None,
    moved: dict[str, set[int]] | None = None,
    size: int = SIZE,
) -> StatusList:
    states = {
        State.INVALID: invalid,
        State.SUSPENDED: suspended,
        State.SUPERSEDED: superseded,
    }
    return StatusList(
        issuer="CN-51",
        number=7,
        version=3,
        size=size,
        as_of=1_700_000_000,
        states={s: from_indices(i, size=size) for s, i in states.items() if i},
        moved={to: from_indices(i, size=size) for to, i in (moved or {}).items()},
    )


def reopened(data: bytes) -> StatusList:
    return snapshot.decode(data, issuer="CN-51", number=7)


@given(st.dictionaries(st.integers(0, SIZE - 1), st.sampled_from(list(State)), max_size=300))
def test_every_list_comes_back_the_same_and_answers_for_each_index(
    states: dict[int, State],
) -> None:
    by_state = {s: {i for i, has in states.items() if has is s} for s in State}
    written = made(
        invalid=by_state[State.INVALID],
        suspended=by_state[State.SUSPENDED],
        superseded=by_state[State.SUPERSEDED],
    )
    read = reopened(snapshot.encode(written))
    assert read == written
    assert [read.state(i) for i in range(SIZE)] == [states.get(i, State.VALID) for i in range(SIZE)]
    assert sum(read.counts().values()) == SIZE
    assert read.counts()[State.SUSPENDED] == len(by_state[State.SUSPENDED])


@pytest.mark.parametrize("index", [-1, SIZE, SIZE + 1, 1 << 40])
def test_an_index_out_of_range_has_no_state_and_is_never_valid(index: int) -> None:
    assert made(invalid={1}).state(index) is None


def test_a_successor_elsewhere_is_named_by_its_issuer() -> None:
    read = reopened(
        snapshot.encode(made(invalid={9}, superseded={1, 2, 3}, moved={"CN-44": {2}, "CN-42": {3}}))
    )
    assert [read.successor(i) for i in (1, 2, 3, 9, 4)] == ["CN-51", "CN-44", "CN-42", None, None]


def test_what_is_repeated_in_logs_does_not_hold_the_states() -> None:
    assert "states" not in repr(made(invalid={1}))


def altered(change: Callable[[dict[Any, Any]], None], **sets: Any) -> bytes:
    item = cbor2.loads(snapshot.encode(made(**sets)))
    change(item)
    return cbor.encode(item)


def packed(*indices: int) -> bytes:
    return rice.encode(runs_from(sorted(indices)))


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("version", lambda item: item.update({3: 0})),
        ("version", lambda item: item.pop(3)),
        ("version", lambda item: item.update({3: True})),
        ("size", lambda item: item.update({4: 0})),
        ("size", lambda item: item.update({4: 1 << 40})),
        ("as_of", lambda item: item.update({5: -1})),
        ("issuer", lambda item: item.update({1: "../CN-51"})),
        ("list", lambda item: item.update({2: "7"})),
        ("states", lambda item: item.update({6: []})),
        ("states.0", lambda item: item[6].update({0: packed(5)})),
        ("states.4", lambda item: item[6].update({4: packed(5)})),
        ("states.2", lambda item: item[6].update({2: packed()})),
        ("states.2", lambda item: item[6].update({2: packed(1)})),
        ("states.2", lambda item: item[6].update({2: packed(SIZE)})),
        ("states.2", lambda item: item[6].update({2: packed(2) + b"\0"})),
        ("moved", lambda item: item.update({7: {}})),
        ("moved", lambda item: item.update({7: {"CN-51": packed(3)}})),
        ("moved.CN-44", lambda item: item.update({7: {"CN-44": packed(1)}})),
        ("moved.CN-44", lambda item: item.update({7: {"CN-44": packed(3), "CN-42": packed(3)}})),
        ("8", lambda item: item.update({8: 1})),
    ],
)
def test_what_is_not_the_one_encoding_is_refused_with_its_place(
    where: str, change: Callable[[dict[Any, Any]], None]
) -> None:
    with pytest.raises(MalformedError) as caught:
        reopened(altered(change, invalid={1}, superseded={3}))
    assert caught.value.where == where


def test_more_indices_than_the_list_has_are_refused() -> None:
    everything = packed(*range(SIZE))
    with pytest.raises(MalformedError, match="more indices"):
        reopened(altered(lambda item: item.update({6: {1: everything, 2: everything}})))


@pytest.mark.parametrize(("issuer", "number"), [("CN-44", 7), ("CN-51", 8)])
def test_another_issuers_list_or_another_number_is_refused(issuer: str, number: int) -> None:
    with pytest.raises(TrustError):
        snapshot.decode(snapshot.encode(made(invalid={1})), issuer=issuer, number=number)


def test_an_oversized_snapshot_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(LimitExceededError):
        reopened(bytes(STATUS_LIST_BYTES + 1))


@given(st.binary(max_size=120))
def test_any_bytes_are_refused_as_malformed(data: bytes) -> None:
    with pytest.raises((MalformedError, TrustError)):
        reopened(data)


def test_a_changed_byte_gives_another_list_or_none_never_the_same() -> None:
    listed = made(invalid=set(RNG.sample(range(SIZE), 60)), superseded={4_999})
    data = snapshot.encode(listed)
    for at in range(len(data)):
        for bit in range(8):
            bad = bytearray(data)
            bad[at] ^= 1 << bit
            try:
                read = reopened(bytes(bad))
            except (MalformedError, TrustError):
                continue
            assert read != listed
            assert snapshot.encode(read) == bytes(bad)


def test_runs_are_bounded_when_a_list_is_written_and_when_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = made(invalid=set(range(0, 200, 2)), suspended=set(range(1001, 1101, 2)))
    data = snapshot.encode(full)
    monkeypatch.setattr(snapshot, "STATUS_LIST_RUNS", 150)
    assert reopened(snapshot.encode(full)) == full
    monkeypatch.setattr(snapshot, "STATUS_LIST_RUNS", 149)
    with pytest.raises(LimitExceededError, match="use lists of a smaller size"):
        snapshot.encode(full)
    with pytest.raises(LimitExceededError, match="over 49 runs"):
        reopened(data)


def test_a_list_says_which_ledger_it_comes_from() -> None:
    plain = StatusList(issuer="CN-51", number=7, version=1, size=100, as_of=5, states={})
    named = replace(plain, lineage=bytes(range(16)))
    encoded = snapshot.encode(named)
    assert encoded.endswith(b"\x0b\x50" + bytes(range(16)))
    assert snapshot.decode(encoded, issuer="CN-51", number=7) == named
    short = snapshot.encode(replace(plain, lineage=bytes(15)))
    with pytest.raises(MalformedError) as caught:
        snapshot.decode(short, issuer="CN-51", number=7)
    assert caught.value.where == "lineage"


def test_a_list_of_another_ledger_does_not_follow() -> None:
    def version(number: int, lineage: bytes | None) -> bytes:
        return snapshot.encode(
            StatusList(
                issuer="CN-51", number=7, version=number, size=100, as_of=5, states={},
                lineage=lineage,
            )
        )  # fmt: skip

    one, other, path = bytes(16), b"\x01" * 16, "CN-51/status/7.snapshot"
    unnamed = snapshot.decode(version(1, None), issuer="CN-51", number=7)
    held = follow("CN-51", 7, held=unnamed, files=[(path, version(2, one))])
    assert held.lineage == one
    assert follow("CN-51", 7, held=held, files=[(path, version(3, one))]).version == 3
    for lineage in (other, None):
        with pytest.raises(TrustError, match="another ledger"):
            follow("CN-51", 7, held=held, files=[(path, version(3, lineage))])
