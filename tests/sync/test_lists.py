"""Status lists over a real HTTP server: deltas where they are cheaper, never a half-applied one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.registry.simulator import World, world
from tests.support import DAY, HOUR, POLICY, proof
from tests.sync.conftest import Served

from trustcert.claims import Colour, HealthProof, Outcome, StatusReference
from trustcert.errors import RollbackError, TrustError
from trustcert.issuer import issue
from trustcert.ledger import publishing, storage
from trustcert.ledger.allocation import allocate_many
from trustcert.ledger.changes import Order, revoke
from trustcert.ledger.partition import Issuance
from trustcert.policy import from_document
from trustcert.registry import publish
from trustcert.report import Reason, Report, Verdict
from trustcert.status import State, StatusList, delta, snapshot
from trustcert.status.causes import Cause
from trustcert.status.delta import Delta
from trustcert.status.indices import from_indices
from trustcert.store import TrustStore
from trustcert.sync import SyncResult, sync
from trustcert.verifier import Verifier

SIZE = 1 << 20
SNAPSHOT = "CN-51/status/1.snapshot"


@dataclass
class Province:
    """Sichuan with a ledger, a registry on a web server, and a checkpoint that syncs from it."""

    made: World
    book: storage.Ledger
    www: Path
    server: Served
    store: TrustStore
    issued: list[tuple[int, int]]
    revoked: int = 0

    def revoke(self, count: int) -> None:
        """Revoke the next ``count`` credentials."""
        chosen = self.issued[self.revoked : self.revoked + count]
        order = Order(cause=Cause.LOST, actor="desk", at=self.made.at)
        assert revoke(self.book, chosen, order).changed == count
        self.revoked += count

    def publish(self, change: Callable[[str, bytes], bytes] = lambda _, data: data) -> None:
        """Publish the ledger an hour later; ``change`` may spoil a file before it is signed."""
        at = self.made.at + 60
        publication = publishing.publish(self.book, at=at)
        for path, data in publication.write.items():
            self.made.repository.put("CN-51-status", path, change(path, data), at=at)
        for path in publication.remove:
            self.made.repository.remove("CN-51-status", path, at=at)
        publishing.confirm(self.book, publication)
        self.made.publish(after=HOUR)
        publish.write(publish.render(self.made.repository), self.www)

    def sync(self) -> SyncResult:
        """Sync, with the server's log begun anew."""
        self.server.asked.clear()
        return sync(self.store, self.server.url, root=self.made.root)

    def held(self) -> StatusList:
        found = self.store.open(at=self.made.at).status_list("CN-51", 1)
        assert found is not None
        return found.list

    def newest(self) -> bytes:
        return self.made.repository.files[SNAPSHOT]

    def report(self, place: int) -> Report:
        """Return a checkpoint's report on the credential that was issued as number ``place``."""
        number, index = self.issued[place]
        at = self.made.at
        details = HealthProof(
            colour=Colour.GREEN, sampled_at=at - HOUR, result=Outcome.NO_ABNORMALITY
        )
        claims = proof(
            status=StatusReference(list=number, index=index),
            issued_at=at,
            expires=at + 7 * DAY,
            details=details,
        )
        text = issue(claims, self.made.keys["CN-51-signs"])
        verifier = Verifier(self.store.open(at=at), policy=from_document(POLICY))
        return verifier.check(text, at=at)


@pytest.fixture
def province(www: Path, server: Served, tmp_path: Path) -> Iterator[Province]:
    made = world()
    rng = random.Random(8)  # noqa: S311 - the same lists in every run
    book = storage.create(tmp_path / "ledger", issuer="CN-51", list_size=SIZE, random=rng.randbytes)
    with book:
        issuance = Issuance(type="health_proof", issued_at=made.at, expires=made.at + 90 * DAY)
        issued = allocate_many(book, issuance, 3_000)
        store = TrustStore(tmp_path / "store")
        found = Province(made, book, www, server, store, issued)
        found.revoke(2_500)
        found.publish()
        found.sync()
        yield found


def test_a_day_costs_one_small_delta_and_gives_the_very_bytes_of_the_snapshot(
    province: Province,
) -> None:
    assert len(province.newest()) > 3_000
    province.revoke(25)
    province.publish()
    result = province.sync()
    lists = [path for path in province.server.asked if "/status/" in path]
    assert [path.rpartition(".")[2] for path in lists] == ["delta"]
    assert result.requests == len(province.server.asked) == 5
    (name,) = [path for path in province.made.repository.files if path.endswith(".delta")]
    assert len(province.made.repository.files[name]) < 130
    assert result.bytes < 8_000
    assert result.notes == result.problems == ()
    assert snapshot.encode(province.held()) == province.newest()
    assert province.report(2_524).reasons == (Reason.REVOKED,)
    assert province.report(2_525).verdict is Verdict.VALID


def test_who_is_three_versions_behind_takes_one_roll_up(
    province: Province,
) -> None:
    for _ in range(3):
        province.revoke(10)
        province.publish()
    province.sync()
    lists = [path.rpartition(".")[2] for path in province.server.asked if "/status/" in path]
    assert lists == ["delta"]
    assert province.held().version == 4
    assert snapshot.encode(province.held()) == province.newest()


def test_nothing_new_fetches_no_list_and_a_delta_larger_than_the_snapshot_is_not_taken(
    province: Province,
) -> None:
    province.made.publish()
    publish.write(publish.render(province.made.repository), province.www)
    assert province.sync().requests == 2

    def tiny(path: str, data: bytes) -> bytes:
        return data + bytes(20_000) if path.endswith(".delta") else data

    province.revoke(5)
    province.publish(tiny)
    result = province.sync()
    assert result.notes == ()
    assert not any(path.endswith(".delta") for path in province.server.asked)
    assert snapshot.encode(province.held()) == province.newest()


def changed(data: bytes, **fields: object) -> bytes:
    read = delta.decode(data, issuer="CN-51", number=1, size=SIZE)
    return delta.encode(replace(read, **fields))


def beyond(data: bytes) -> bytes:
    read = delta.decode(data, issuer="CN-51", number=1, size=SIZE)
    states = {State.INVALID: from_indices([SIZE], size=2 * SIZE)}
    fields = {name: getattr(read, name) for name in ("base", "version", "as_of", "digest")}
    return delta.encode(
        Delta(issuer="CN-51", number=1, states=states, moved={}, causes={}, **fields)
    )


def other_state(data: bytes) -> bytes:
    read = delta.decode(data, issuer="CN-51", number=1, size=SIZE)
    return delta.encode(replace(read, states={State.SUSPENDED: read.states[State.INVALID]}))


SPOILT: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "digest": (lambda data: changed(data, digest=bytes(16)), "does not lead to the issuer's list"),
    "base": (lambda data: changed(data, base=2, version=3), "from version 2 for version 1"),
    "number": (lambda data: changed(data, number=2), "list 2 of CN-51 where list 1"),
    "issuer": (lambda data: changed(data, issuer="CN-44"), "of CN-44 where one of CN-51"),
    "size": (beyond, "beyond the end of the list"),
    "content": (other_state, "does not lead to the issuer's list"),
    "cut off": (lambda data: data[:-1], ""),
    "empty": (lambda _: b"", ""),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_delta_that_is_signed_but_wrong_is_refused_for_the_snapshot(
    province: Province, kind: str
) -> None:
    spoil, problem = SPOILT[kind]
    province.revoke(25)
    province.publish(lambda path, data: spoil(data) if path.endswith(".delta") else data)
    result = province.sync()
    (note,) = result.notes
    assert note.startswith(f"{SNAPSHOT}: deltas refused, so the whole list was fetched: ")
    assert problem in note
    asked = [path.rpartition(".")[2] for path in province.server.asked if "/status/" in path]
    assert asked == ["delta", "snapshot"]
    assert snapshot.encode(province.held()) == province.newest()
    assert province.report(2_524).reasons == (Reason.REVOKED,)


@pytest.mark.parametrize("spoil", [None, lambda data: data[:-1] + bytes([data[-1] ^ 1])])
def test_a_delta_that_is_missing_or_damaged_on_the_server_is_refused_for_the_snapshot(
    province: Province, spoil: Callable[[bytes], bytes] | None
) -> None:
    province.revoke(25)
    province.publish()
    for file in province.www.glob("targets/CN-51/status/*.delta"):
        if spoil is None:
            file.unlink()
        else:
            file.write_bytes(spoil(file.read_bytes()))
    result = province.sync()
    assert len(result.notes) == 1
    assert snapshot.encode(province.held()) == province.newest()


def larger(data: bytes) -> bytes:
    read = snapshot.decode(data, issuer="CN-51", number=1)
    states = {State.INVALID: from_indices([SIZE + 7], size=2 * SIZE)}
    return snapshot.encode(replace(read, states=states))


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (larger, "beyond the end of the list"),
        (
            lambda data: snapshot.encode(
                replace(snapshot.decode(data, issuer="CN-51", number=1), issuer="CN-44")
            ),
            "of CN-44 where one of CN-51",
        ),
        (
            lambda data: snapshot.encode(
                replace(snapshot.decode(data, issuer="CN-51", number=1), number=2)
            ),
            "list 2 of CN-51 where list 1",
        ),
    ],
)
def test_a_list_that_is_signed_but_wrong_makes_no_verdict_valid(
    province: Province, spoil: Callable[[bytes], bytes], problem: str
) -> None:
    province.revoke(25)
    province.publish(lambda path, data: spoil(data) if path == SNAPSHOT else data)
    result = province.sync()
    assert any(problem in found for found in result.problems)
    assert province.report(2_900).reasons == (Reason.STATUS_UNKNOWN,)
    assert province.report(2_524).verdict is Verdict.INDETERMINATE


def test_a_damaged_snapshot_leaves_the_list_that_is_held(province: Province) -> None:
    before = snapshot.encode(province.held())
    province.revoke(25)
    province.publish()
    for file in province.www.glob("targets/CN-51/status/*"):
        file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(TrustError, match="still held: data of"):
        province.sync()
    assert snapshot.encode(province.held()) == before
    assert province.report(10).reasons == (Reason.REVOKED,)


def test_an_older_list_signed_anew_is_refused(province: Province) -> None:
    old = province.newest()
    province.revoke(25)
    province.publish()
    province.sync()
    province.revoke(1)
    province.publish(lambda path, data: old if path == SNAPSHOT else data)
    with pytest.raises(RollbackError, match="status list 1 of CN-51"):
        province.sync()
    assert province.report(2_524).reasons == (Reason.REVOKED,)
