"""A hub's routine, with a clock that moves: nothing expires, nothing grows, everybody follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from tests.registry.simulator import URL, Mirror, World, one, world

from trustcert.errors import RollbackError, TrustError
from trustcert.keys import PrivateKey
from trustcert.registry import publish
from trustcert.registry.check import check
from trustcert.registry.pulling import pull
from trustcert.registry.repository import Repository
from trustcert.registry.upkeep import KEEP, Upkeep
from trustcert.store import TrustStore
from trustcert.sync import sync

HOUR, DAY = 3_600, 86_400


class Hub:
    """A work folder and a web server's folder; one clock for both."""

    def __init__(self, folder: Path) -> None:
        self.made: World = world(("CN-51", "CN-44"))
        self.at = self.made.at
        self.work, self.www = folder / "work", folder / "www"
        self.made.repository.save(self.work)
        self.version = 1

    def publish(self, *, revoke: int | None = None, renew: bool = True) -> None:
        """Do what cron does: put the newest list in, sign what ends soon, publish."""
        repository = Repository.load(self.work)
        if revoke is not None:
            self.version += 1
            self.made.repository = repository
            self.made.revoke("CN-51", *range(revoke + 1), version=self.version)
        if renew:
            repository.renew(repository.ending(at=self.at, soon=14 * DAY), at=self.at)
        repository.sign(*self.made.keys.values())
        publish.publish(repository, self.www, self.made.keys["online"], at=self.at, work=self.work)

    def files(self) -> dict[str, bytes]:
        folder = publish.Folder(self.www)
        return {name: folder[name] for name in folder}

    def sync(self, store: TrustStore, files: dict[str, bytes] | None = None) -> int:
        served = self.files() if files is None else files
        sync(store, URL, root=served["metadata/1.root.json"], fetcher=Mirror(served))
        return store.open(at=self.at).as_of or 0


def move_clock(monkeypatch: pytest.MonkeyPatch, at: Callable[[], int]) -> None:
    """Let python-tuf's client, which reads the clock, read the one of the test."""
    moved = SimpleNamespace(
        datetime=SimpleNamespace(now=lambda zone: datetime.fromtimestamp(at(), zone)),
        timezone=timezone,
    )
    monkeypatch.setattr("tuf.ngclient._internal.trusted_metadata_set.datetime", moved)


def test_three_weeks_of_hours_leave_a_bounded_folder_and_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub(tmp_path)
    move_clock(monkeypatch, lambda: hub.at)
    hub.publish(revoke=0)
    store = TrustStore(tmp_path / "store")
    hub.sync(store)
    counts, written = [], 0
    for step in range(1, 85):
        hub.at += 6 * HOUR
        before = (hub.www / "registry.zip").read_bytes()
        hub.publish(revoke=step % 900)
        written += (hub.www / "registry.zip").read_bytes() != before
        found = [c for c in check(Repository.load(hub.work), at=hub.at) if c.error]
        assert found == []
        if step % 21 == 0:
            assert hub.sync(store) == hub.at
            counts.append(len(hub.files()))
    held = [p for p in hub.work.rglob("*") if p.is_file()]
    assert len(held) < 40
    assert counts[-1] == counts[-2] < 250
    late = TrustStore(tmp_path / "late")
    assert hub.sync(late) <= hub.at


def test_who_is_as_far_behind_as_promised_still_syncs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub(tmp_path)
    move_clock(monkeypatch, lambda: hub.at)
    hub.publish(revoke=0)
    behind = TrustStore(tmp_path / "behind")
    hub.sync(behind)
    hub.at += HOUR
    hub.publish(revoke=1)
    old, began = hub.files(), hub.at
    for hours in (1, 47):  # the old timestamp, in a cache, is good for two days
        hub.at = began + hours * HOUR
        hub.publish(revoke=hours)
    cached = hub.files() | {"metadata/timestamp.json": old["metadata/timestamp.json"]}
    del cached["registry.zip"]
    assert hub.sync(TrustStore(tmp_path / "cached"), cached) == began
    assert hub.sync(behind, cached) == began
    hub.at = began + KEEP - 1
    hub.publish(revoke=60)
    assert set(old) <= set(hub.files()), "superseded for less than a week"
    hub.at += 2
    hub.publish(revoke=61)
    gone = set(old) - set(hub.files())
    assert len(gone) == 3, "its snapshot, the role of the lists, a list"
    assert hub.sync(behind) == hub.at


def test_a_large_archive_is_not_written_with_each_change() -> None:
    upkeep = Upkeep()
    assert upkeep.archive_is_due("www", snapshot=1, size=1 << 30, at=1_000_000)
    upkeep.archive_was_written("www", snapshot=1, at=1_000_000)
    for size, hours, snapshot, due in (
        (1 << 30, 1, 2, False),
        (1 << 30, 6, 2, True),
        (1 << 20, 1, 2, True),
        (1 << 20, 1, 1, False),
        (1 << 20, 12, 1, True),
    ):
        at = 1_000_000 + hours * HOUR
        assert upkeep.archive_is_due("www", snapshot=snapshot, size=size, at=at) is due


def test_only_what_a_registry_names_so_is_pruned() -> None:
    upkeep = Upkeep(b"not json")
    blob = f"targets/CN-51/{'0' * 64}.keys.json"
    files = dict.fromkeys(
        ("index.html", "metadata/1.root.json", "metadata/1.CN-51.json", blob, "notes/1.a.json"), b""
    )
    assert upkeep.prune(files, ["metadata/2.CN-51.json"], at=0, keep=10) == ()
    assert upkeep.prune(files, [blob], at=10, keep=10) == ("metadata/1.CN-51.json",)
    assert set(files) == {"index.html", "metadata/1.root.json", blob, "notes/1.a.json"}


def test_a_restored_work_folder_is_caught_and_pulled_up_to_date(tmp_path: Path) -> None:
    hub = Hub(tmp_path)
    hub.publish(revoke=0)
    backup = tmp_path / "backup"
    Repository.load(hub.work).save(backup)
    hub.at += HOUR
    hub.publish(revoke=4)
    hub.work = backup
    with pytest.raises(TrustError, match=r"holds publication 3, the work folder made 2 last.*pull"):
        hub.publish(revoke=9)
    restored = Repository.load(backup)
    found = pull(restored, publish.Folder(hub.www).get)
    assert ("CN-51-status", 3) in found.roles
    restored.save(backup)
    hub.at += HOUR
    hub.publish(revoke=9)
    store = TrustStore(tmp_path / "store")
    assert hub.sync(store) == hub.at
    older = Repository.load(backup)
    with pytest.raises(RollbackError, match="older than what is here"):
        pull(older, hub.made.mirror().files.get)


@pytest.mark.parametrize("rotated", [("timestamp", "snapshot"), ("timestamp",), ("snapshot",)])
def test_other_online_keys_undo_what_a_thief_published_with_high_versions(
    tmp_path: Path, rotated: tuple[str, ...]
) -> None:
    made = world(("CN-51", "CN-44"))
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    work = tmp_path / "work"
    made.repository.save(work)
    thief = World(at=made.at, keys=made.keys, repository=Repository.load(work))
    for role in ("timestamp", "snapshot"):
        thief.repository.published[role].signed.version = 2_000_000_000
    thief.new_key("CN-44")
    thief.publish()
    sync(store, fetcher=thief.mirror())
    roles = store.open(at=made.at).registries[0].chain.roles
    assert (roles["timestamp"].version, roles["snapshot"].version) == (2_000_000_001,) * 2
    new = PrivateKey.generate("Ed25519")
    made.repository = Repository.load(work)
    made.repository.put_key_set(thief.repository.key_set("CN-44"), at=made.at)
    made.publish(after=300)
    with pytest.raises(RollbackError):
        sync(store, fetcher=made.mirror())
    for role in rotated:
        made.repository.set_root_keys(role, one(new), at=made.at)
    made.keys["new"] = new
    made.repository.sign(*made.keys.values())
    with mock.patch.object(publish, "_check_following"):
        publish.renew(made.repository, made.keys["online"], new, at=made.at + 300)
    publish.add(publish.render(made.repository), made.files)
    assert sync(store, fetcher=made.mirror()).changed
    roles = store.open(at=made.at).registries[0].chain.roles
    assert roles["timestamp"].version == 3
    assert roles["snapshot"].version < 4
