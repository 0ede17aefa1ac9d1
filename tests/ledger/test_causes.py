"""Why a credential is no longer valid: what counts, how it travels, which lists tell it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from trustcert.claims import CredentialType
from trustcert.claims.types import TYPES
from trustcert.encoding import cbor, rice
from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError
from trustcert.ledger import publishing, storage
from trustcert.ledger.allocation import allocate_many
from trustcert.ledger.changes import Order, change, history
from trustcert.ledger.partition import Issuance
from trustcert.ledger.planning import Successor, Wanted
from trustcert.ledger.publishing import TYPES_WITH_CAUSES
from trustcert.ledger.storage import Ledger
from trustcert.status import State, StatusList, delta, paths, snapshot
from trustcert.status.causes import ON_THE_WIRE, RULES, Cause, cause_of
from trustcert.status.indices import from_indices, runs_from

SIZE = 5_000
DAY = 86_400
START = instant("2026-01-01T00:00:00+08:00")
LICENCE = Issuance(type="licence", issued_at=START, expires=START + 900 * DAY)
TOLD = sorted(ON_THE_WIRE.values(), key=lambda cause: cause.value)


def test_every_cause_that_ends_or_stops_a_credential_has_a_number_but_a_transfer() -> None:
    told = {cause for cause, rule in RULES.items() if rule.state is not State.VALID}
    assert set(ON_THE_WIRE.values()) == told - {Cause.TRANSFERRED}
    assert all(2 <= number <= 23 for number in ON_THE_WIRE)
    for cause in (Cause.ANNULLED, Cause.CANCELLED, Cause.LAPSED, Cause.PENALISED, Cause.WITHHELD):
        assert RULES[cause].wire == int(RULES[cause].code)


@pytest.mark.parametrize(
    ("state", "causes", "found"),
    [
        (State.VALID, (), None),
        (State.VALID, (Cause.WITHHELD, Cause.RELEASED), None),
        (State.SUSPENDED, (Cause.INVESTIGATED,), Cause.INVESTIGATED),
        (State.SUSPENDED, (Cause.INVESTIGATED, Cause.WITHHELD), Cause.WITHHELD),
        (State.SUSPENDED, (Cause.WITHHELD, Cause.INVESTIGATED), Cause.WITHHELD),
        (
            State.SUSPENDED,
            (Cause.WITHHELD, Cause.INVESTIGATED, Cause.RELEASED),
            Cause.INVESTIGATED,
        ),
        (State.SUPERSEDED, (Cause.WITHHELD, Cause.CHANGED, Cause.RELEASED), Cause.CHANGED),
        (State.SUPERSEDED, (Cause.WITHHELD, Cause.TRANSFERRED), Cause.TRANSFERRED),
        (
            State.SUSPENDED,
            (Cause.WITHHELD, Cause.TRANSFERRED, Cause.TRANSFER_CANCELLED),
            Cause.WITHHELD,
        ),
        (State.INVALID, (Cause.WITHHELD, Cause.CHANGED, Cause.PENALISED), Cause.PENALISED),
    ],
)
def test_the_cause_is_the_one_in_force_that_counts_most(
    state: State, causes: Sequence[Cause], found: Cause | None
) -> None:
    assert cause_of(state, causes) is found


def listed(causes: dict[int, Cause | None], size: int = SIZE) -> StatusList:
    """Return a list with these indices in the states of their causes; None is a transfer."""
    states: dict[State, list[int]] = {}
    told: dict[Cause, list[int]] = {}
    for index, cause in causes.items():
        states.setdefault(RULES[cause or Cause.TRANSFERRED].state, []).append(index)
        if cause is not None:
            told.setdefault(cause, []).append(index)
    return StatusList(
        issuer="CN-51",
        number=7,
        version=3,
        size=size,
        as_of=1_700_000_000,
        states={s: from_indices(i, size=size) for s, i in states.items()},
        causes={c: from_indices(i, size=size) for c, i in told.items()},
    )


def reopened(data: bytes) -> StatusList:
    return snapshot.decode(data, issuer="CN-51", number=7)


@given(
    st.dictionaries(
        st.integers(0, SIZE - 1), st.one_of(st.none(), st.sampled_from(TOLD)), max_size=200
    )
)
def test_every_list_comes_back_with_its_causes(causes: dict[int, Cause | None]) -> None:
    written = listed(causes)
    read = reopened(snapshot.encode(written))
    assert read == written
    assert [read.cause(i) for i in range(SIZE)] == [causes.get(i) for i in range(SIZE)]
    assert read.memory == written.memory


@pytest.mark.parametrize("index", [-1, SIZE, 1 << 40])
def test_an_index_out_of_range_has_no_cause(index: int) -> None:
    assert listed({1: Cause.LOST}).cause(index) is None


def test_a_list_that_tells_no_cause_is_encoded_as_ever() -> None:
    silent = replace(listed({1: Cause.LOST, 2: Cause.WITHHELD}), causes={})
    assert set(cbor2.loads(snapshot.encode(silent))) == {1, 2, 3, 4, 5, 6}
    assert reopened(snapshot.encode(silent)).cause(1) is None


def packed(*indices: int) -> bytes:
    return rice.encode(runs_from(sorted(indices)))


WITH_CAUSES = {1: Cause.PENALISED, 2: Cause.PENALISED, 3: Cause.WITHHELD, 4: None}
BAD_CAUSES: list[tuple[str, Any]] = [
    ("causes", []),
    ("causes", None),
    ("causes", {}),
    ("causes.7", {7: []}),
    ("causes.7", {7: packed()}),
    ("causes.7", {7: packed(1) + b"\0"}),
    ("causes.7", {7: packed(SIZE)}),
    ("causes.0", {0: packed(1)}),
    ("causes.1", {1: packed(1)}),
    ("causes.6", {6: packed(4)}),
    ("causes.16", {16: packed(1)}),
    ("causes.-1", {-1: packed(1)}),
    ("causes.penalised", {"penalised": packed(1)}),
    ("causes.7", {4: packed(1), 7: packed(1, 2)}),
    ("causes.7", {7: packed(5)}),
    ("causes.7", {7: packed(3)}),
    ("causes.2", {2: packed(1)}),
    ("causes.13", {13: packed(1)}),
    ("causes.7", {4: packed(*range(SIZE)), 7: packed(1)}),
]


@pytest.mark.parametrize(("where", "causes"), BAD_CAUSES)
def test_causes_that_do_not_fit_are_refused_with_their_place(where: str, causes: Any) -> None:
    item = cbor2.loads(snapshot.encode(listed(WITH_CAUSES)))
    item[10] = causes
    with pytest.raises(MalformedError) as caught:
        reopened(cbor.encode(item))
    assert caught.value.where == where


@pytest.mark.parametrize(("where", "causes"), BAD_CAUSES)
def test_so_are_those_of_a_delta(where: str, causes: Any) -> None:
    to = listed(WITH_CAUSES)
    step = delta.Delta(
        issuer="CN-51",
        number=7,
        base=2,
        version=3,
        as_of=to.as_of,
        states=to.states,
        moved={},
        causes=to.causes,
        digest=delta.digest_of(snapshot.encode(to)),
    )
    data = delta.encode(step)
    assert delta.decode(data, issuer="CN-51", number=7, size=SIZE) == step
    item = cbor2.loads(data)
    item[10] = causes
    with pytest.raises(MalformedError) as caught:
        delta.decode(cbor.encode(item), issuer="CN-51", number=7, size=SIZE)
    assert caught.value.where == where


def order(cause: Cause, at: int = START) -> Order:
    return Order(cause=cause, actor="desk-7", at=at)


def published(book: Ledger, at: int, number: int = 1) -> StatusList:
    publishing.confirm(book, publishing.publish(book, at=at))
    content = publishing.current(book)[paths.snapshot("CN-51", number)]
    return snapshot.decode(content, issuer="CN-51", number=number)


def test_which_lists_tell_causes() -> None:
    health = {kind.value for kind, details in TYPES.items() if details.is_health}
    assert {kind.value for kind in CredentialType} - health - {"identity"} == TYPES_WITH_CAUSES


@pytest.mark.parametrize("kind", ["health_proof", "health_code", "identity", "some_new_type"])
def test_the_list_of_a_health_proof_does_not_say_why(ledger: Ledger, kind: str) -> None:
    issued = allocate_many(ledger, replace(LICENCE, type=kind), 3)
    change(ledger, issued[:1], order(Cause.PENALISED))
    change(ledger, issued[1:2], order(Cause.INVESTIGATED))
    found = published(ledger, START)
    assert [found.state(i) for _, i in issued] == [State.INVALID, State.SUSPENDED, State.VALID]
    assert found.causes == {}


def test_a_change_of_the_cause_alone_is_published(ledger: Ledger) -> None:
    one = allocate_many(ledger, LICENCE, 1)
    index = one[0][1]
    said = []
    for turn, cause in enumerate(
        (Cause.INVESTIGATED, Cause.WITHHELD, Cause.CLEARED, Cause.INVESTIGATED, Cause.RELEASED)
    ):
        change(ledger, one, order(cause))
        found = published(ledger, START + turn)
        assert found.state(index) is State.SUSPENDED
        said.append((found.version, found.cause(index)))
    assert said == [
        (1, Cause.INVESTIGATED),
        (2, Cause.WITHHELD),
        (2, Cause.WITHHELD),
        (2, Cause.WITHHELD),
        (3, Cause.INVESTIGATED),
    ]


def test_a_release_does_not_bring_back_what_something_took_the_place_of(ledger: Ledger) -> None:
    one = allocate_many(ledger, LICENCE, 1)
    for cause in (Cause.WITHHELD, Cause.CHANGED, Cause.RELEASED):
        change(ledger, one, order(cause))
    found = published(ledger, START)
    assert found.state(one[0][1]) is State.SUPERSEDED
    assert found.cause(one[0][1]) is Cause.CHANGED


def test_a_list_of_before_causes_gets_those_that_are_new_and_deltas_still_lead_there(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = allocate_many(ledger, LICENCE, 1_000)
    with monkeypatch.context() as before:
        before.setattr(publishing, "TYPES_WITH_CAUSES", frozenset())
        change(ledger, issued[:500], order(Cause.LOST))
        held = [published(ledger, START)]
        change(ledger, issued[500:510], order(Cause.CANCELLED))
        held.append(published(ledger, START + DAY))
    change(ledger, issued[510:520], order(Cause.PENALISED))
    newest = published(ledger, START + 9 * DAY)
    assert [newest.cause(i) for _, i in issued[505:515]] == [None] * 5 + [Cause.PENALISED] * 5
    assert {step.base for step in steps(ledger)} == {1, 2}
    for step in steps(ledger):
        for version in range(step.base, 3):
            assert delta.apply(held[version - 1], step) == newest


def steps(book: Ledger) -> list[delta.Delta]:
    """Return the deltas that are published of list 1."""
    return [
        delta.decode(content, issuer="CN-51", number=1, size=SIZE)
        for path, content in publishing.current(book).items()
        if path.startswith("CN-51/status/1.") and path.endswith(".delta")
    ]


def lived(book: Ledger, issued: list[tuple[int, int]], rng: random.Random, at: int) -> None:
    """Let a few things happen to a few credentials, as far as the rules allow them."""
    for cause in rng.sample(list(Cause), 4):
        chosen = rng.sample(issued, 12)
        to = Successor(issuer=rng.choice(["CN-44", "CN-42", "CN-51"]))
        gone = to if RULES[cause].state is State.SUPERSEDED else None
        wanted = [Wanted(number=n, index=i, successor=gone) for n, i in chosen]
        change(book, wanted, order(cause, at), partial=True)


@pytest.mark.parametrize("seed", range(4))
def test_after_any_history_deltas_and_snapshots_say_what_the_ledger_does(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same histories in every run
    with storage.create(
        tmp_path / "book", issuer="CN-51", list_size=SIZE, random=rng.randbytes
    ) as book:
        issued = allocate_many(book, LICENCE, 400)
        change(book, rng.sample(issued, 100), order(Cause.LOST))
        versions = {1: published(book, START)}
        for day in range(1, 13):
            at = START + day * DAY
            lived(book, issued, rng, at)
            newest = published(book, at)
            versions[newest.version] = newest
            for step in steps(book):
                for version in range(step.base, step.version):
                    assert delta.apply(versions[version], step) == newest
        for number, index in issued:
            entries = history(book, number, index)
            state = entries[-1].state if entries else State.VALID
            why = cause_of(state, [entry.cause for entry in entries])
            assert newest.state(index) is state
            assert newest.cause(index) is (None if why is Cause.TRANSFERRED else why)
        assert len(newest.causes) > 7
