from __future__ import annotations

import pytest
from msgspec.structs import replace

from trustcert.errors import MalformedError, RollbackError, TrustError
from trustcert.status import State, StatusList, delta, paths, snapshot
from trustcert.status.delta import Delta
from trustcert.status.indices import from_indices
from trustcert.status.planner import REQUEST_BYTES, follow, plan
from trustcert.status.statuslist import advanced, blank

WHOLE = "CN-51/status/7.snapshot"


def path(base: int, to: int, number: int = 7) -> str:
    return paths.delta("CN-51", number, base, to)


def planned(held: int | None, offered: dict[str, int]) -> tuple[str, ...]:
    return plan("CN-51", 7, held=held, offered=offered)


STEPS = {WHOLE: 100_000, path(1, 2): 50, path(2, 3): 50, path(3, 4): 50}


def test_without_a_list_the_snapshot_is_fetched() -> None:
    assert planned(None, STEPS) == (WHOLE,)


def test_a_chain_is_followed_from_what_is_held() -> None:
    assert planned(3, STEPS) == (path(3, 4),)
    assert planned(1, STEPS) == (path(1, 2), path(2, 3), path(3, 4))


def test_one_roll_up_beats_many_steps_and_fits_from_within_its_range() -> None:
    offered = {**STEPS, path(1, 4): 300}
    assert planned(1, offered) == (path(1, 4),)
    assert planned(2, offered) == (path(1, 4),)
    assert planned(3, offered) == (path(3, 4),)
    assert planned(2, {**STEPS, path(1, 4): 50_000}) == (path(2, 3), path(3, 4))
    mixed = {WHOLE: 100_000, path(1, 3): 80, path(3, 4): 50}
    assert planned(2, mixed) == (path(1, 3), path(3, 4))


def test_a_small_snapshot_beats_the_chain() -> None:
    chain = 2 * (50 + REQUEST_BYTES)
    assert planned(2, {**STEPS, WHOLE: chain - REQUEST_BYTES}) == (WHOLE,)
    assert planned(2, {**STEPS, WHOLE: chain - REQUEST_BYTES + 1}) == (path(2, 3), path(3, 4))


@pytest.mark.parametrize("held", [None, 1, 4, 9])
def test_where_no_chain_leads_on_the_snapshot_is_fetched(held: int | None) -> None:
    broken = {WHOLE: 100_000, path(2, 3): 50, path(3, 4): 50}
    assert planned(held, broken) == (WHOLE,)


def test_other_lists_and_files_do_not_count() -> None:
    offered = {"CN-51/keys.json": 9, "CN-44/status/7.3-9.delta": 1, path(3, 9, number=8): 1}
    assert planned(3, {**STEPS, **offered}) == (path(3, 4),)
    with pytest.raises(TrustError):
        planned(3, offered)


def versions() -> tuple[list[StatusList], dict[str, bytes]]:
    lists = [blank(issuer="CN-51", number=7, size=1_000, as_of=0)]
    files: dict[str, bytes] = {}
    for n in range(1, 5):
        new = advanced(
            lists[-1],
            version=n,
            as_of=n * 10,
            states={State.INVALID: [n, n + 500]},
            moved={},
            causes={},
        )
        step = Delta(
            issuer="CN-51",
            number=7,
            base=n - 1,
            version=n,
            as_of=n * 10,
            states={State.INVALID: from_indices([n, n + 500], size=1_000)},
            moved={},
            causes={},
            digest=delta.digest_of(snapshot.encode(new)),
        )
        files[path(n - 1, n)] = delta.encode(step)
        lists.append(new)
    files[WHOLE] = snapshot.encode(lists[-1])
    return lists, files


def test_every_way_ends_at_the_same_bytes() -> None:
    lists, files = versions()
    for way in ([path(1, 2), path(2, 3), path(3, 4)], [WHOLE]):
        reached = follow("CN-51", 7, held=lists[1], files=[(p, files[p]) for p in way])
        assert snapshot.encode(reached) == files[WHOLE]
    assert follow("CN-51", 7, held=None, files=[(WHOLE, files[WHOLE])]) == lists[4]


def test_a_way_that_leads_back_or_nowhere_is_refused_and_the_list_stays() -> None:
    lists, files = versions()
    held = lists[3]
    before = snapshot.encode(held)
    older = snapshot.encode(lists[2])
    with pytest.raises(RollbackError):
        follow("CN-51", 7, held=held, files=[(WHOLE, older)])
    with pytest.raises(RollbackError):
        follow("CN-51", 7, held=held, files=[(path(1, 2), files[path(1, 2)])])
    with pytest.raises(TrustError):
        follow("CN-51", 7, held=None, files=[(path(3, 4), files[path(3, 4)])])
    with pytest.raises(TrustError):
        follow("CN-51", 7, held=None, files=[])
    with pytest.raises(TrustError):
        follow("CN-44", 7, held=None, files=[(WHOLE, files[WHOLE])])
    with pytest.raises(MalformedError):
        follow("CN-51", 7, held=held, files=[(path(3, 4), files[path(3, 4)][:-1])])
    forged = replace(
        delta.decode(files[path(3, 4)], issuer="CN-51", number=7, size=1_000), digest=bytes(16)
    )
    with pytest.raises(TrustError):
        follow("CN-51", 7, held=held, files=[(path(3, 4), delta.encode(forged))])
    assert snapshot.encode(held) == before
