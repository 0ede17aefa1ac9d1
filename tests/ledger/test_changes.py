from __future__ import annotations

import pytest

from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError
from trustcert.ledger import publishing
from trustcert.ledger.allocation import allocate_many
from trustcert.ledger.changes import (
    Order,
    Row,
    change,
    change_rows,
    history,
    release,
    revoke,
    supersede,
    suspend,
    wanted_in,
)
from trustcert.ledger.partition import Issuance
from trustcert.ledger.planning import Successor, Wanted
from trustcert.ledger.selection import Selection, select
from trustcert.ledger.storage import Ledger
from trustcert.status import State
from trustcert.status.causes import RULES, Cause

DAY = 86_400
START = instant("2026-01-01T00:00:00+08:00")
LICENCE = Issuance(type="licence", issued_at=START, expires=START + 900 * DAY, batch="b1")
THERE = Successor(issuer="CN-44", number=3, index=678)


def order(cause: Cause, at: int = START) -> Order:
    return Order(cause=cause, actor="desk-7", at=at, note="file 12/2026")


@pytest.fixture
def issued(ledger: Ledger) -> list[tuple[int, int]]:
    return allocate_many(ledger, LICENCE, 100)


def state(ledger: Ledger, credential: tuple[int, int]) -> State:
    entries = history(ledger, *credential)
    return entries[-1].state if entries else State.VALID


def test_a_withheld_licence_is_released_and_a_withdrawn_one_is_not(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    one = issued[0]
    assert suspend(ledger, [one], order(Cause.WITHHELD)).changed == 1
    assert state(ledger, one) is State.SUSPENDED
    assert release(ledger, [one], order(Cause.RELEASED)).changed == 1
    assert state(ledger, one) is State.VALID
    assert revoke(ledger, [one], order(Cause.PENALISED)).changed == 1
    with pytest.raises(MalformedError, match="this one is invalid"):
        release(ledger, [one], order(Cause.RELEASED))
    with pytest.raises(MalformedError, match="invalid for good"):
        suspend(ledger, [one], order(Cause.WITHHELD))
    assert state(ledger, one) is State.INVALID


def test_a_transfer_names_its_successor_and_can_be_called_off(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    number, index = issued[0]
    with pytest.raises(MalformedError, match="names its successor"):
        supersede(ledger, [(number, index)], order(Cause.TRANSFERRED))
    started = Wanted(number=number, index=index, successor=Successor(issuer="CN-44"))
    done = Wanted(number=number, index=index, successor=THERE)
    assert supersede(ledger, [started], order(Cause.TRANSFERRED)).changed == 1
    assert supersede(ledger, [done], order(Cause.TRANSFERRED)).changed == 1
    assert supersede(ledger, [done], order(Cause.TRANSFERRED)).unchanged == 1
    assert history(ledger, number, index)[-1].successor == THERE
    with pytest.raises(MalformedError, match="superseded already"):
        supersede(ledger, [(number, index)], order(Cause.RENEWED))
    with pytest.raises(MalformedError, match="needs one that is"):
        release(ledger, [(number, index)], order(Cause.RELEASED))
    assert release(ledger, [(number, index)], order(Cause.TRANSFER_CANCELLED)).changed == 1
    assert state(ledger, issued[0]) is State.VALID


def test_two_measures_stand_beside_one_another_until_each_has_ended(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    one = issued[:1]
    assert suspend(ledger, one, order(Cause.WITHHELD)).changed == 1
    assert suspend(ledger, one, order(Cause.WITHHELD)).unchanged == 1
    assert suspend(ledger, one, order(Cause.INVESTIGATED)).changed == 1
    assert suspend(ledger, one, order(Cause.WITHHELD)).unchanged == 1
    assert release(ledger, one, order(Cause.RELEASED)).changed == 1
    assert state(ledger, issued[0]) is State.SUSPENDED
    with pytest.raises(MalformedError, match="needs one that is withheld"):
        release(ledger, one, order(Cause.RELEASED))
    assert release(ledger, one, order(Cause.CLEARED)).changed == 1
    assert state(ledger, issued[0]) is State.VALID


def test_a_transfer_that_is_called_off_leaves_a_withheld_licence_withheld(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    one = issued[:1]
    suspend(ledger, one, order(Cause.WITHHELD))
    gone = Wanted(number=one[0][0], index=one[0][1], successor=THERE)
    supersede(ledger, [gone], order(Cause.TRANSFERRED))
    release(ledger, one, order(Cause.TRANSFER_CANCELLED))
    assert state(ledger, issued[0]) is State.SUSPENDED
    supersede(ledger, [gone], order(Cause.TRANSFERRED))
    release(ledger, one, order(Cause.RELEASED))
    assert state(ledger, issued[0]) is State.SUPERSEDED
    assert history(ledger, *one[0])[-1].successor == THERE
    assert supersede(ledger, [gone], order(Cause.TRANSFERRED)).unchanged == 1


def test_the_history_says_who_when_why_and_which(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    suspend(ledger, issued[:2], order(Cause.INVESTIGATED, START + 5))
    release(ledger, issued[:1], order(Cause.CLEARED, START + 9))
    assert [(e.at, e.actor, e.cause, e.note, e.state) for e in history(ledger, *issued[0])] == [
        (START + 5, "desk-7", Cause.INVESTIGATED, "file 12/2026", State.SUSPENDED),
        (START + 9, "desk-7", Cause.CLEARED, "file 12/2026", State.VALID),
    ]
    assert len(history(ledger, *issued[1])) == 1
    assert history(ledger, *issued[2]) == ()


def test_what_is_invalid_already_is_unchanged(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    first = revoke(ledger, issued[:3], order(Cause.CANCELLED))
    second = revoke(ledger, issued[:5], order(Cause.ANNULLED))
    third = revoke(ledger, issued[:5], order(Cause.ANNULLED))
    assert (first.changed, second.changed, second.unchanged) == (3, 2, 3)
    assert (third.changed, third.unchanged, third.change) == (0, 5, None)
    assert history(ledger, *issued[0])[-1].cause is Cause.CANCELLED


@pytest.mark.parametrize(
    ("credential", "problem"),
    [
        ((99, 0), "no such list"),
        ((1, -1), "never given out"),
        ((1, 5_000), "never given out"),
        ((1, 1 << 70), "never given out"),
    ],
)
def test_a_refused_credential_leaves_all_as_they_were(
    ledger: Ledger, issued: list[tuple[int, int]], credential: tuple[int, int], problem: str
) -> None:
    with pytest.raises(MalformedError, match=problem) as caught:
        revoke(ledger, [issued[0], credential, issued[1]], order(Cause.LOST))
    assert caught.value.where == "[1]"
    assert state(ledger, issued[0]) is State.VALID


def test_an_index_that_was_never_given_out_is_refused(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    free = next(i for i in range(5_000) if (1, i) not in set(issued))
    with pytest.raises(MalformedError, match="never given out"):
        revoke(ledger, [(1, free)], order(Cause.LOST))


def test_each_verb_takes_its_own_causes_and_they_have_official_names(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    with pytest.raises(MalformedError) as caught:
        revoke(ledger, issued[:1], order(Cause.WITHHELD))
    assert caught.value.where == "cause"
    assert "penalised" in str(caught.value)
    with pytest.raises(MalformedError, match="has no successor"):
        revoke(ledger, [Wanted(number=1, index=issued[0][1], successor=THERE)], order(Cause.LOST))
    itself = Successor(issuer="CN-51", number=1, index=issued[0][1])
    wanted = Wanted(number=1, index=issued[0][1], successor=itself)
    with pytest.raises(MalformedError, match="succeeds itself"):
        supersede(ledger, [wanted], order(Cause.CHANGED))
    assert set(RULES) == set(Cause)
    assert {RULES[c].name for c in Cause} >= {
        "暂扣",
        "撤销",
        "注销",
        "吊销",
        "失效",
        "转出",
        "发还",
    }


@pytest.mark.parametrize(
    ("where", "bad"),
    [
        ("actor", Order(cause=Cause.LOST, actor="", at=START)),
        ("note", Order(cause=Cause.LOST, actor="a", at=START, note="n" * 401)),
        ("at", Order(cause=Cause.LOST, actor="a", at=-1)),
    ],
)
def test_an_order_out_of_bounds_is_refused(ledger: Ledger, where: str, bad: Order) -> None:
    with pytest.raises(MalformedError) as caught:
        change(ledger, [], bad)
    assert caught.value.where == where


def lines(issued: list[tuple[int, int]]) -> list[str]:
    return [f"{number},{index}" for number, index in issued]


def rows(text: list[str]) -> list[Row]:
    """Return what a table of these lines says."""
    found: list[Row] = []
    for line, cells in enumerate(text, 1):
        try:
            found.append((line, wanted_in(cells.split(","))))
        except MalformedError as error:
            found.append((line, error.problem))
    return found


def test_a_file_is_applied_whole(ledger: Ledger, issued: list[tuple[int, int]]) -> None:
    spaced = [f" {number} , {index},,," for number, index in issued[48:50]]
    outcome = change_rows(ledger, rows([*lines(issued[:48]), *spaced]), order(Cause.ANNULLED))
    assert (outcome.changed, outcome.refused) == (50, 0)
    assert all(state(ledger, c) is State.INVALID for c in issued[:50])
    assert state(ledger, issued[50]) is State.VALID


BAD_LINES = ["1;2", "1,", "x,1", "1,2,CN-44,3", "1,٢", "1,-2", "1,2,../x", "9,9", "1," + "9" * 400]


@pytest.mark.parametrize("partial", [False, True])
def test_bad_lines_are_each_named_and_the_others_applied_only_if_that_was_asked(
    ledger: Ledger,
    issued: list[tuple[int, int]],
    partial: bool,  # noqa: FBT001
) -> None:
    text = [*lines(issued[:3]), *BAD_LINES, *lines(issued[3:5])]
    outcome = change_rows(ledger, rows(text), order(Cause.ANNULLED), partial=partial)
    assert [refusal.line for refusal in outcome.refusals] == list(range(4, 4 + len(BAD_LINES)))
    assert all(refusal.problem for refusal in outcome.refusals)
    assert outcome.refused == len(BAD_LINES)
    assert outcome.changed == (5 if partial else 0)
    assert (outcome.change is not None) == partial
    wanted = State.INVALID if partial else State.VALID
    assert all(state(ledger, c) is wanted for c in issued[:5])


def test_a_file_of_transfers_names_where_each_went(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    (_, a), (_, b) = issued[:2]
    outcome = change_rows(
        ledger, rows([f"1,{a},CN-44", f"1,{b},CN-44,3,678"]), order(Cause.TRANSFERRED)
    )
    assert outcome.changed == 2
    assert history(ledger, 1, a)[-1].successor == Successor(issuer="CN-44")
    assert history(ledger, 1, b)[-1].successor == THERE


def test_a_bad_batch_is_revoked_at_once(ledger: Ledger, issued: list[tuple[int, int]]) -> None:
    other = allocate_many(
        ledger, Issuance(type="licence", issued_at=START, expires=START + 900 * DAY), 10
    )
    revoke(ledger, issued[:1], order(Cause.LOST))
    outcome = revoke(ledger, select(ledger, Selection(batch="b1")), order(Cause.ANNULLED))
    assert (outcome.changed, outcome.unchanged) == (99, 1)
    assert all(state(ledger, c) is State.VALID for c in other)


def test_a_suspended_batch_is_released_except_what_was_revoked_meanwhile(
    ledger: Ledger, issued: list[tuple[int, int]]
) -> None:
    suspend(ledger, select(ledger, Selection(batch="b1")), order(Cause.INVESTIGATED))
    revoke(ledger, issued[:4], order(Cause.ANNULLED))
    outcome = change(
        ledger, select(ledger, Selection(batch="b1")), order(Cause.CLEARED), partial=True
    )
    assert (outcome.changed, outcome.refused) == (96, 4)


def test_an_expired_list_takes_no_changes(ledger: Ledger, issued: list[tuple[int, int]]) -> None:
    publishing.publish(ledger, at=START + 3_000 * DAY)
    with pytest.raises(MalformedError, match="expired"):
        revoke(ledger, issued[:1], order(Cause.LOST))
    assert list(select(ledger, Selection(batch="b1"))) == []
