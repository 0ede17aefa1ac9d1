from __future__ import annotations

import random
from itertools import pairwise

import pytest
from msgspec.structs import replace

from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError, RollbackError, TrustError
from trustcert.ledger import publishing
from trustcert.ledger.allocation import allocate_many
from trustcert.ledger.changes import Order, release, revoke, supersede, suspend
from trustcert.ledger.partition import Issuance
from trustcert.ledger.planning import Successor, Wanted
from trustcert.ledger.publishing import confirm, current, publish
from trustcert.ledger.storage import Ledger
from trustcert.status import State, StatusList, delta, paths, snapshot
from trustcert.status.causes import Cause

DAY = 86_400
START = instant("2026-01-01T00:00:00+08:00")
LICENCE = Issuance(type="licence", issued_at=START, expires=START + 900 * DAY)
RNG = random.Random(9)  # noqa: S311 - the same history in every run


@pytest.fixture
def issued(ledger: Ledger) -> list[tuple[int, int]]:
    return allocate_many(ledger, LICENCE, 1_000)


def order(cause: Cause, at: int = START) -> Order:
    return Order(cause=cause, actor="desk-7", at=at)


def opened(content: bytes, number: int = 1) -> StatusList:
    return snapshot.decode(content, issuer="CN-51", number=number)


def published(ledger: Ledger, at: int) -> StatusList:
    publication = publish(ledger, at=at)
    confirm(ledger, publication)
    return opened(current(ledger)["CN-51/status/1.snapshot"])


def deltas(ledger: Ledger) -> dict[tuple[int, int], delta.Delta]:
    found = {}
    for path, content in current(ledger).items():
        target = paths.parse(path)
        if target.base is not None and target.to is not None:
            read = delta.decode(content, issuer="CN-51", number=target.number, size=5_000)
            assert (read.base, read.version) == (target.base, target.to)
            assert delta.encode(read) == content
            found[target.base, target.to] = read
    return found


def test_a_new_list_is_published_though_nothing_is_revoked(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    publication = publish(ledger, at=START)
    assert list(publication.write) == ["CN-51/status/1.snapshot"]
    assert publication.remove == ()
    read = opened(publication.write["CN-51/status/1.snapshot"])
    assert (read.version, read.as_of, read.size) == (1, START, 5_000)
    assert all(read.state(index) is State.VALID for _, index in issued)


def test_states_and_successors_arrive(ledger: Ledger, issued: list[tuple[int, int]]) -> None:
    at = [index for _, index in issued]
    revoke(ledger, issued[:10], order(Cause.LOST))
    suspend(ledger, issued[10:20], order(Cause.WITHHELD))
    moves = [Wanted(number=1, index=i, successor=Successor(issuer="CN-44")) for i in at[20:25]]
    supersede(ledger, moves, order(Cause.TRANSFERRED))
    supersede(ledger, issued[25:30], order(Cause.RENEWED))
    read = published(ledger, START)
    expected = [State.INVALID] * 10 + [State.SUSPENDED] * 10 + [State.SUPERSEDED] * 10
    assert [read.state(i) for i in at[:31]] == [*expected, State.VALID]
    assert [read.successor(i) for i in at[20:31]] == ["CN-44"] * 5 + ["CN-51"] * 5 + [None]
    for credential in issued[20:25]:
        release(ledger, [credential], order(Cause.TRANSFER_CANCELLED))
    read = published(ledger, START + 1)
    assert "CN-44" not in read.moved
    assert read.counts() == {
        State.VALID: 4_975,
        State.INVALID: 10,
        State.SUSPENDED: 10,
        State.SUPERSEDED: 5,
    }


def test_only_what_changed_is_written(ledger: Ledger, issued: list[tuple[int, int]]) -> None:
    allocate_many(ledger, replace(LICENCE, type="other"), 5)
    confirm(ledger, publish(ledger, at=START))
    assert publish(ledger, at=START + 60).write == {}
    revoke(ledger, issued[:1], order(Cause.LOST))
    publication = publish(ledger, at=START + 120)
    assert set(publication.write) == {"CN-51/status/1.snapshot", "CN-51/status/1.1-2.delta"}
    confirm(ledger, publication)
    assert publish(ledger, at=START + 180) == publishing.Publication(write={}, remove=())


def test_what_is_suspended_and_released_between_two_publications_is_no_news(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    assert published(ledger, START).version == 1
    suspend(ledger, issued[:1], order(Cause.WITHHELD))
    release(ledger, issued[:1], order(Cause.RELEASED))
    assert published(ledger, START + 60).version == 1
    revoke(ledger, issued[:1], order(Cause.LOST))
    assert published(ledger, START + 120).version == 2


def test_an_unconfirmed_publication_is_handed_out_again(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    lost = publish(ledger, at=START)
    assert publish(ledger, at=START + 1).write == lost.write
    revoke(ledger, issued[:1], order(Cause.LOST))
    newer = publish(ledger, at=START + 2)
    assert newer.write["CN-51/status/1.snapshot"] != lost.write["CN-51/status/1.snapshot"]
    confirm(ledger, lost)
    assert publish(ledger, at=START + 3).write == newer.write
    confirm(ledger, newer)
    assert publish(ledger, at=START + 4).write == {}


def history(ledger: Ledger, issued: list[tuple[int, int]], days: int) -> list[StatusList]:
    """Publish once a day, each day with changes of every kind, and return all versions."""
    revoke(ledger, issued[:500], order(Cause.LOST))
    found = [published(ledger, START)]
    for day in range(1, days + 1):
        at = START + day * DAY
        by_state = {state: [c for c in issued if found[-1].state(c[1]) is state] for state in State}
        free = RNG.sample(by_state[State.VALID], 4)
        revoke(ledger, free[:1], order(Cause.LOST, at))
        suspend(ledger, free[1:3], order(Cause.WITHHELD, at))
        moved = Wanted(number=1, index=free[3][1], successor=Successor(issuer="CN-44"))
        supersede(ledger, [moved], order(Cause.TRANSFERRED, at))
        if day % 2:
            release(ledger, by_state[State.SUSPENDED][:1], order(Cause.RELEASED, at))
            gone = by_state[State.SUPERSEDED][:1]
            release(ledger, gone, order(Cause.TRANSFER_CANCELLED, at))
        found.append(published(ledger, at))
    return found


def test_one_delta_leads_from_every_version_it_reaches_back_to(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    versions = {v.version: v for v in history(ledger, issued, 40)}
    newest = versions[max(versions)]
    found = deltas(ledger)
    assert {(newest.version - back, newest.version) for back in (1, 7, 35)} == set(found)
    for (base, to), read in found.items():
        for version in range(base, to):
            assert delta.apply(versions[version], read) == newest


def test_old_deltas_are_taken_back_and_the_newest_version_is_in_the_names(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    for day in range(5):
        revoke(ledger, issued[day : day + 1], order(Cause.LOST))
        before = set(current(ledger))
        publication = publish(ledger, at=START + day * DAY)
        confirm(ledger, publication)
        gone = {path for path in before if path.endswith(".delta")}
        assert set(publication.remove) == gone
        assert set(current(ledger)) == before - gone | set(publication.write)
        if day:
            assert {paths.parse(p).to for p in current(ledger)} == {None, day + 1}


def test_a_roll_up_larger_than_the_list_is_left_out_but_the_last_step_is_not(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    published(ledger, START)
    suspend(ledger, issued, order(Cause.WITHHELD))
    published(ledger, START + 2 * DAY)
    release(ledger, issued[1:], order(Cause.RELEASED))
    published(ledger, START + 3 * DAY)
    assert set(deltas(ledger)) == {(2, 3)}


def test_digests_chain_the_versions(ledger: Ledger, issued: list[tuple[int, int]]) -> None:
    contents = []
    for day in range(4):
        revoke(ledger, issued[day * 5 : day * 5 + 5], order(Cause.LOST))
        published(ledger, START + day * DAY)
        contents.append(current(ledger)["CN-51/status/1.snapshot"])
    assert all(opened(a).version + 1 == opened(b).version for a, b in pairwise(contents))
    for read in deltas(ledger).values():
        assert read.digest == delta.digest_of(contents[-1])


@pytest.fixture
def step(ledger: Ledger, issued: list[tuple[int, int]]) -> tuple[StatusList, delta.Delta]:
    revoke(ledger, issued[:5], order(Cause.LOST))
    published(ledger, START)
    suspend(ledger, issued[5:9], order(Cause.WITHHELD))
    held = published(ledger, START + DAY)
    release(ledger, issued[5:6], order(Cause.RELEASED))
    published(ledger, START + 2 * DAY)
    return held, deltas(ledger)[2, 3]


def test_a_delta_on_another_base_or_list_is_refused_and_the_list_stays(
    step: tuple[StatusList, delta.Delta],
) -> None:
    held, good = step
    assert delta.apply(held, good).version == 3
    before = snapshot.encode(held)
    with pytest.raises(TrustError, match="from version 2"):
        delta.apply(replace(held, version=1), good)
    with pytest.raises(RollbackError):
        delta.apply(delta.apply(held, good), good)
    with pytest.raises(RollbackError):
        delta.apply(replace(held, as_of=good.as_of + 1), good)
    with pytest.raises(TrustError, match="another list"):
        delta.apply(replace(held, number=2), good)
    with pytest.raises(TrustError, match="another list"):
        delta.apply(replace(held, issuer="CN-44"), good)
    with pytest.raises(TrustError, match="does not lead"):
        delta.apply(held, replace(good, digest=bytes(16)))
    with pytest.raises(TrustError, match="does not lead"):
        delta.apply(replace(held, states={}), good)
    assert snapshot.encode(held) == before


def test_a_delta_read_for_another_list_is_refused(step: tuple[StatusList, delta.Delta]) -> None:
    data = delta.encode(step[1])
    for issuer, number in (("CN-44", 1), ("CN-51", 2)):
        with pytest.raises(TrustError):
            delta.decode(data, issuer=issuer, number=number, size=5_000)
    with pytest.raises(MalformedError, match="beyond the end"):
        delta.decode(data, issuer="CN-51", number=1, size=10)


def test_no_changed_bit_of_a_delta_leads_to_another_list(
    step: tuple[StatusList, delta.Delta],
) -> None:
    held, good = step
    data = delta.encode(good)
    reached = delta.apply(held, good)
    for at in range(len(data)):
        for bit in range(8):
            bad = bytearray(data)
            bad[at] ^= 1 << bit
            try:
                read = delta.decode(bytes(bad), issuer="CN-51", number=1, size=5_000)
                assert delta.apply(held, read) == reached
            except (MalformedError, TrustError):
                continue


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("base", {"base": 3}),
        ("base", {"base": 0}),
        ("version", {"version": 1, "base": 1}),
        ("digest", {"digest": bytes(15)}),
        ("states", {"states": {}}),
    ],
)
def test_a_malformed_delta_is_refused_with_its_place(
    step: tuple[StatusList, delta.Delta], where: str, change: dict[str, object]
) -> None:
    data = delta.encode(replace(step[1], **change))
    with pytest.raises(MalformedError) as caught:
        delta.decode(data, issuer="CN-51", number=1, size=5_000)
    assert caught.value.where == where


def test_an_expired_list_is_taken_back_a_week_after_its_period(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    revoke(ledger, issued[:5], order(Cause.LOST))
    published(ledger, START)
    ends = instant("2029-01-01T00:00:00+08:00")
    assert publish(ledger, at=ends + publishing.GRACE - 1).remove == ()
    publication = publish(ledger, at=ends + publishing.GRACE)
    assert publication.remove == ("CN-51/status/1.snapshot",)
    assert publication.write == {}
    confirm(ledger, publication)
    assert current(ledger) == {}
    assert publish(ledger, at=ends + publishing.GRACE + 1).remove == ()


def test_a_clock_that_went_back_publishes_nothing(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    published(ledger, START + DAY)
    revoke(ledger, issued[:1], order(Cause.LOST))
    with pytest.raises(MalformedError):
        publish(ledger, at=START)
    assert published(ledger, START + DAY).version == 2
