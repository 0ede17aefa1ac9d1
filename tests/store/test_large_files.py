"""Large files beside the index: verified when they are read, repaired, kept for readers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.registry.simulator import URL, World
from tests.sync.test_weak_links import country, large_list

from trustcert.registry.archive import Archive, pack
from trustcert.status import snapshot
from trustcert.store import TrustStore
from trustcert.sync import sync, sync_file


@pytest.fixture
def made() -> World:
    return country()


@pytest.fixture
def store(made: World, tmp_path: Path) -> TrustStore:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    return store


def lists(store: TrustStore) -> list[Path]:
    return sorted((store.folder / "registry.files").iterdir())


def version(store: TrustStore, issuer: str, at: int) -> int | None:
    held = store.open(at=at).status_list(issuer, 1)
    return None if held is None else held.list.version


def test_large_lists_stand_beside_a_small_index(made: World, store: TrustStore) -> None:
    assert len(lists(store)) == 3
    assert all(path.stat().st_size > 10_000 for path in lists(store))
    assert (store.folder / "registry.zip").stat().st_size < 15_000
    assert version(store, "CN-51", made.at) == 2


def test_an_hour_brings_one_new_file_and_the_one_before_stays_until_the_next(
    made: World, store: TrustStore
) -> None:
    before, reader = lists(store), store.open(at=made.at)
    for number, more in ((3, 1), (4, 2)):
        data = large_list("CN-51", version=number, more=more)
        made.repository.put_status("CN-51", 1, data, at=made.at)
        made.publish()
        sync(store, URL, fetcher=made.mirror())
        assert version(store, "CN-51", made.at) == number
        assert len(lists(store)) == 4
        if number == 3:
            assert set(before) < set(lists(store))
            held = reader.status_list("CN-51", 1)
            assert held is not None
            assert held.list.version == 2
    assert not set(before) <= set(lists(store))


def test_whatever_happens_to_a_large_file_it_is_not_used_and_a_sync_mends_it(
    made: World, store: TrustStore
) -> None:
    whole = {path: path.read_bytes() for path in lists(store)}

    def changed(path: Path, data: bytes) -> None:
        path.write_bytes(data)

    for path, data in whole.items():
        for damage in (b"", data[:-1], data + b"x", data[:50] + b"\0" + data[51:], None):
            if damage is None:
                path.unlink()
            else:
                changed(path, damage)
            trust = store.open(at=made.at)
            assert len([1 for owner, n in trust.lists() if trust.status_list(owner, n)]) == 2
            sync(store, URL, fetcher=made.mirror())
            assert path.read_bytes() == data
            assert store.open(at=made.at).read_everything() == ()


def test_damage_that_leaves_size_and_time_as_they_were_is_found_when_everything_is_read(
    made: World, store: TrustStore
) -> None:
    path = lists(store)[0]
    data, status = path.read_bytes(), path.stat()
    path.write_bytes(data[:50] + b"\0" + data[51:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    trust = store.open(at=made.at)
    assert "is not the one that is signed for" in trust.read_everything()[0]
    sync(store, URL, fetcher=made.mirror())
    assert store.open(at=made.at).read_everything() != ()
    sync(store, URL, fetcher=made.mirror(), thorough=True)
    assert store.open(at=made.at).read_everything() == ()


def test_a_copied_store_is_read_again_but_not_fetched_again(made: World, store: TrustStore) -> None:
    for path in lists(store):
        os.utime(path, (1, 1))
    mirror = made.mirror()
    assert not sync(store, URL, fetcher=mirror).changed
    assert len(mirror.asked) == 2


def test_a_store_of_one_file_opens_and_is_taken_apart_by_the_next_change(
    made: World, store: TrustStore
) -> None:
    index = store.folder / "registry.zip"
    archive = Archive(index.read_bytes())
    files = {name: archive.read(name) or b"" for name in archive.names}
    whole = Archive(made.files["registry.zip"])
    published = {name: whole.read(name) or b"" for name in whole.names}
    index.write_bytes(pack(published | files))
    for path in lists(store):
        path.unlink()
    assert store.open(at=made.at).read_everything() == ()
    assert not sync(store, URL, fetcher=made.mirror()).changed
    made.new_key("CN-51")
    made.publish()
    sync(store, URL, fetcher=made.mirror())
    assert len(lists(store)) == 3
    assert store.open(at=made.at).read_everything() == ()


def test_a_store_goes_by_stick_with_its_large_files(
    made: World, store: TrustStore, tmp_path: Path
) -> None:
    held = store.held()
    assert held is not None
    for stale in (False, True):
        far = TrustStore(tmp_path / f"far-{stale}")
        sync_file(far, held.published(), root=made.root, stale=stale)
        assert len(lists(far)) == 3
        assert far.open(at=made.at).read_everything() == ()


def test_a_removed_registry_leaves_no_files(made: World, store: TrustStore) -> None:
    with store.writing() as writer:
        writer.remove("registry")
    assert {path.name for path in store.folder.iterdir()} == {"lock", "clock"}
    assert made.at


def test_a_dry_run_leaves_no_files(made: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "dry")
    sync(store, URL, root=made.root, fetcher=made.mirror(), dry_run=True)
    assert {path.name for path in store.folder.iterdir()} == {"lock"}


def test_two_lists_of_one_version_hold_until_a_newer_one_and_say_who_signed_both(
    made: World, store: TrustStore
) -> None:
    other = large_list("CN-51", version=2, seed=2)
    assert snapshot.decode(other, issuer="CN-51", number=1).version == 2
    revision = store.revision()
    made.repository.put_status("CN-51", 1, other, at=made.at)
    made.publish()
    result = sync(store, URL, fetcher=made.mirror())
    told = "status list 1 of CN-51: CN-51 signed version 2 twice, with different contents"
    assert told in result.problems[0]
    assert store.revision() != revision
    trust = store.open(at=made.at)
    assert trust.status_list("CN-51", 1) is None
    assert trust.status_list("CN-44", 1) is not None
    assert told in trust.problems[0]
    made.publish()
    sync(store, URL, fetcher=made.mirror())
    assert version(store, "CN-51", made.at) is None
    made.repository.put_status("CN-51", 1, large_list("CN-51", version=3), at=made.at)
    made.publish()
    assert sync(store, URL, fetcher=made.mirror()).problems == ()
    assert version(store, "CN-51", made.at) == 3
