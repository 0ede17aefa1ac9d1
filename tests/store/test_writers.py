"""Many readers and one writer, across processes; writers that die; disks that fill up."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.registry.simulator import URL, World, world

from trustcert.errors import SyncError, TrustError
from trustcert.registry.archive import pack
from trustcert.store import Pin, TrustStore
from trustcert.sync import sync

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def made() -> World:
    return world()


def state(store: TrustStore) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in store.folder.glob("*.zip")}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_writer_killed_at_any_write_or_at_random_leaves_a_store_that_opens() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.store.killing", "120"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=115,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["writes"] > 30
    assert told["first_writes"] > 30
    assert min(told["old"], told["new"]) > 0


def test_a_full_disk_leaves_the_store_as_it_was(
    made: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    before = state(store)
    made.new_key("CN-44")
    made.publish()
    real, room = os.fsync, [0]

    def fsync(handle: int) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(SyncError, match="No space left on device"):
        sync(store, URL, fetcher=made.mirror())
    assert state(store) == before
    room[0] = 10
    assert sync(store, URL, fetcher=made.mirror()).changed


def test_a_file_size_limit_leaves_the_store_as_it_was(made: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    before = state(store)
    made.new_key("CN-44")
    made.publish()
    served = tmp_path / "next.zip"
    served.write_bytes(made.files["registry.zip"])
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from trustcert.store import TrustStore; from trustcert.sync import sync_file\n"
        "from trustcert.errors import SyncError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: sync_file(TrustStore(sys.argv[1]), Path(sys.argv[2]).read_bytes())\n"
        "except SyncError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(store.folder), str(served)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "File too large" in done.stdout
    assert state(store) == before


def test_readers_never_block_and_never_see_half_a_state(made: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    program = (
        "import sys; from trustcert.store import TrustStore\n"
        "store, seen = TrustStore(sys.argv[1]), set()\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    trust = store.open(at=0)\n"
        "    assert trust.read_everything() == ()\n"
        "    assert len(list(trust.every_key())) == 3 + trust.registries[0].chain"
        ".roles['CN-51'].version - 1\n"
        "    seen.add(trust.as_of)\n"
        "    if trust.as_of >= int(sys.argv[2]): break\n"
        "print(len(seen))\n"
    )
    last = made.at + 60 * 8
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(store.folder), str(last)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    for _ in range(8):
        made.new_key("CN-51")
        made.publish()
        sync(store, URL, fetcher=made.mirror())
    for reader in readers:
        out, _ = reader.communicate(timeout=60)
        assert reader.returncode == 0
        assert int(out) >= 1


def test_two_writers_exclude_each_other(
    made: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustcert.store.directory.LOCK_SECONDS", 0.05)
    store = TrustStore(tmp_path / "store")
    refused: list[SyncError] = []

    def other() -> None:
        try:
            sync(TrustStore(store.folder), URL, root=made.root, fetcher=made.mirror())
        except SyncError as error:
            refused.append(error)

    with store.writing():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert "another sync is running" in str(refused[0])
    assert not store.names
    other()
    assert len(refused) == 1
    assert store.names == ("registry",)


def test_a_damaged_store_is_refused_and_a_sync_with_the_root_mends_it(
    made: World, tmp_path: Path
) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    place = store.folder / "registry.zip"
    whole = place.read_bytes()
    for damaged in (b"", whole[:-100], whole[:50]):
        place.write_bytes(damaged)
        with pytest.raises(TrustError):
            store.open(at=made.at)
        with pytest.raises(TrustError):
            sync(store, URL, fetcher=made.mirror())
        assert sync(store, URL, root=made.root, fetcher=made.mirror()).changed
        assert store.open(at=made.at).as_of == made.at


def test_each_file_of_the_store_is_verified_again_when_it_is_opened(
    made: World, tmp_path: Path
) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    place = store.folder / "registry.zip"
    with zipfile.ZipFile(place) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    del files["metadata/1.root.json"]  # the pin in the store's own entry is what counts
    del files["store/kids"]  # a hint: the next test damages it
    for name, data in files.items():
        changed = files | {name: data.replace(b"a", b"b", 1) if b"a" in data else data[:-1]}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for entry, content in changed.items():
                archive.writestr(entry, content)
        place.write_bytes(out.getvalue())
        assert _objections(store, made.at), name


def test_a_damaged_index_of_key_ids_hides_no_key(made: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    place = store.folder / "registry.zip"
    with zipfile.ZipFile(place) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    kid = made.keys["CN-51-signs"].public_key.kid
    for damaged in (None, b"", b"[]", b"[]\n" + b"x" * 11, files["store/kids"]):
        kept = {name: data for name, data in files.items() if name != "store/kids"}
        more = {} if damaged is None else {"store/kids": damaged}
        place.write_bytes(pack(kept | more))
        assert [key.issuer for key in store.open(at=made.at).keys_for(kid)] == ["CN-51"]


def _objections(store: TrustStore, at: int) -> Any:
    try:
        return store.open(at=at).read_everything()
    except TrustError as error:
        return error


def test_the_clock_floor_is_kept_and_never_lowered(made: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    assert store.open(at=made.at).clock_floor == made.at
    older = world(at=made.at - 7_200)
    with store.writing() as writer:
        writer.remove("registry")
    sync(store, URL, root=older.root, fetcher=older.mirror())
    trust = store.open(at=older.at)
    assert trust.as_of == older.at
    assert trust.clock_floor == made.at
    (store.folder / "clock").write_text("soon")
    with pytest.raises(TrustError, match="clock: damaged"):
        store.open(at=made.at)


def test_two_registries_speak_each_for_their_own(tmp_path: Path) -> None:
    sichuan, guangdong = world(["CN-51", "CN-31"]), world(["CN-44", "CN-51"])
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=sichuan.root, fetcher=sichuan.mirror(), name="sc", issuers=["CN-51"])
    sync(store, URL, root=guangdong.root, fetcher=guangdong.mirror(), name="gd", issuers=["CN-44"])
    trust = store.open(at=guangdong.at)
    assert set(trust.issuers) == {"CN-51", "CN-44"}
    for made, issuer, count in (
        (sichuan, "CN-51", 1), (sichuan, "CN-31", 0),
        (guangdong, "CN-44", 1), (guangdong, "CN-51", 0),
    ):  # fmt: skip
        kid = made.keys[f"{issuer}-signs"].public_key.kid
        assert len(trust.keys_for(kid)) == count
    assert trust.as_of == min(sichuan.at, guangdong.at)
    assert trust.policy_document("CN-31") is None


def test_two_registries_for_one_issuer_are_refused(made: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror(), name="one", issuers=["CN-51"])
    other = world()
    with pytest.raises(TrustError, match="one speaks for CN-51 already"):
        sync(store, URL, root=other.root, fetcher=other.mirror(), name="two", issuers=["CN-51"])
    sync(store, URL, root=other.root, fetcher=other.mirror(), name="two")
    with pytest.raises(TrustError, match="speaks for every issuer already"):
        sync(store, URL, root=made.root, fetcher=made.mirror(), name="three")
    trust = store.open(at=made.at)
    assert trust.keys_for(other.keys["CN-51-signs"].public_key.kid) == ()
    assert len(trust.keys_for(other.keys["CN-44-signs"].public_key.kid)) == 1
    assert len(trust.keys_for(made.keys["CN-51-signs"].public_key.kid)) == 1


def test_an_empty_store_and_a_bad_name_are_refused(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "store")
    with pytest.raises(TrustError, match="sync first"):
        store.open(at=0)
    assert store.held() is None
    with store.writing() as writer, pytest.raises(ValueError, match="lower-case"):
        writer.replace("../x", (), lambda _name: None, Pin(root=b""))
