from __future__ import annotations

from pathlib import Path

import pytest
from tests.registry.simulator import World, world
from tests.sync.conftest import Served

from trustcert.errors import SyncError, TrustError
from trustcert.registry import publish
from trustcert.registry.model import KeySet
from trustcert.store import TrustStore
from trustcert.sync import sync

PROVINCES = [f"CN-{n}" for n in (
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 71, 81, 82,
)]  # fmt: skip


@pytest.fixture
def three(www: Path) -> World:
    made = world()
    publish.write(publish.render(made.repository), www)
    return made


def again(made: World, www: Path) -> None:
    made.publish()
    publish.write(publish.render(made.repository), www)


def test_what_was_published_is_trusted_offline_after_the_server_stopped(
    three: World, server: Served, tmp_path: Path
) -> None:
    store = TrustStore(tmp_path / "store")
    result = sync(store, server.url, root=three.root)
    server.shutdown()
    server.server_close()
    trust = store.open(at=three.at)
    assert result.changed
    assert result.problems == ()
    assert result.as_of == trust.as_of == trust.clock_floor == three.at
    key = three.keys["CN-51-signs"].public_key
    for kid in (key.kid, key.kid.hex().encode()):
        (found,) = trust.keys_for(kid)
        assert found.key == key
        assert found.issuer == "CN-51"
        assert found.types == frozenset({"health_proof", "test_result"})
    assert trust.policy_document("CN-44") == {"destination": "CN-44"}
    held = trust.status_list("CN-51", 1)
    assert held is not None
    assert held.as_of == three.at
    assert trust.status_list("CN-51", 2) is None
    assert trust.keys_for(b"none") == ()


def test_the_first_sync_file_by_file_gives_the_same_store(
    three: World, server: Served, tmp_path: Path
) -> None:
    one, other = TrustStore(tmp_path / "one"), TrustStore(tmp_path / "other")
    sync(one, server.url, root=three.root)
    sync(other, server.url, root=three.root, archive=False)
    assert (one.folder / "registry.zip").read_bytes() == (
        other.folder / "registry.zip"
    ).read_bytes()


def test_34_provinces_cost_one_request_then_two_then_five(
    www: Path, server: Served, tmp_path: Path
) -> None:
    made = world(PROVINCES)
    publish.write(publish.render(made.repository), www)
    store = TrustStore(tmp_path / "store")
    assert sync(store, server.url, root=made.root).requests == len(server.asked) == 1
    server.asked.clear()
    assert not sync(store).changed
    assert len(server.asked) == 2
    server.asked.clear()
    made.new_key("CN-51")
    again(made, www)
    assert set(sync(store).roles) == {"timestamp", "snapshot", "CN-51"}
    assert len(server.asked) == 5
    server.asked.clear()


def test_a_truncated_file_is_refused_and_the_store_stays(
    three: World, www: Path, server: Served, tmp_path: Path
) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, server.url, root=three.root)
    before = (store.folder / "registry.zip").read_bytes()
    three.repository.put_key_set(KeySet(issuer="CN-51"), at=three.at)
    again(three, www)
    for path in www.glob("targets/CN-51/*.keys.json"):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(TrustError, match=r"keys\.json: .*length.*still held: data of"):
        sync(store)
    assert (store.folder / "registry.zip").read_bytes() == before
    assert {path.name for path in store.folder.iterdir()} == {"lock", "registry.zip"}


def test_a_server_that_is_gone_leaves_the_store_as_it_was(
    three: World, server: Served, tmp_path: Path
) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, server.url, root=three.root)
    server.shutdown()
    server.server_close()
    with pytest.raises(SyncError, match=r"refused.*still held: data of"):
        sync(store)
    assert store.open(at=three.at).as_of == three.at


def test_without_a_pinned_root_nothing_is_asked_for(server: Served, tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="no root is pinned"):
        sync(TrustStore(tmp_path / "store"), server.url)
    assert server.asked == []
