"""The one-file form, carried by hand: the same workflow, the same refusals."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from tests.registry.simulator import URL, Mirror, World, world
from tests.support import proof

from trustcert.errors import RollbackError, StaleError, TrustError
from trustcert.issuer import issue
from trustcert.registry.archive import Archive, pack
from trustcert.report import Verdict
from trustcert.store import TrustStore
from trustcert.sync import sync, sync_file
from trustcert.verifier import Verifier

DAY = 86_400
RULES = {
    "destination": "CN-44",
    "recognises": [{"issuer": "CN-51", "types": ["health_proof"]}],
    "rules": {"health_proof": {"colours": ["green"], "results": ["no_abnormality"]}},
}


@pytest.fixture
def made() -> World:
    return world()


def contents(data: bytes) -> dict[str, bytes]:
    archive = Archive(data)
    return {name: found for name in archive.names if (found := archive.read(name)) is not None}


def test_a_store_moves_by_stick_and_may_go_on_online(made: World, tmp_path: Path) -> None:
    near, far = TrustStore(tmp_path / "near"), TrustStore(tmp_path / "far")
    sync(near, URL, root=made.root, fetcher=made.mirror())
    held = near.held()
    assert held is not None
    stick = held.published()
    assert not any(name.startswith("store/") for name in Archive(stick).names)
    assert sync_file(far, stick, root=made.root).changed
    assert not sync_file(far, stick).changed
    assert far.open(at=made.at).as_of == made.at
    made.new_key("CN-51")
    made.publish()
    assert sync(far, URL, fetcher=made.mirror()).changed


def test_a_tampered_truncated_incomplete_older_or_foreign_file_is_refused(
    made: World, tmp_path: Path
) -> None:
    old = made.files["registry.zip"]
    made.revoke("CN-51", 3, 4, version=2)
    made.publish()
    held = made.files["registry.zip"]
    store = TrustStore(tmp_path / "store")
    sync_file(store, held, root=made.root)
    made.revoke("CN-51", 3, 4, 5, version=3)
    made.publish()
    new = made.files["registry.zip"]
    before = (store.folder / "registry.zip").read_bytes()
    lists = [name for name in contents(new) if "/status/" in name and "CN-51" in name]
    swapped = contents(new) | {"metadata/3.CN-51-status.json": b"{}"}
    without = {name: data for name, data in contents(new).items() if name not in lists}
    foreign = world(at=made.at).files["registry.zip"]
    for data, kind, match in (
        (new[:-40], TrustError, "damaged or no archive"),
        (pack(swapped), TrustError, r"3\.CN-51-status\.json \(role CN-51-status\).*still held"),
        (pack(without), TrustError, "not in the file; still held"),
        (old, RollbackError, r"timestamp\.json \(role timestamp\).*still held"),
        (foreign, TrustError, "signed by 0/1 keys"),
    ):
        with pytest.raises(kind, match=match):
            sync_file(store, data)
        assert (store.folder / "registry.zip").read_bytes() == before
    assert sync_file(store, new).changed


def test_an_expired_file_is_refused(tmp_path: Path) -> None:
    old = world(at=1_700_000_000)
    with pytest.raises(StaleError, match="expired; nothing is held yet"):
        sync_file(TrustStore(tmp_path / "store"), old.files["registry.zip"], root=old.root)


def test_an_expired_file_is_taken_where_that_is_said_and_its_age_holds(tmp_path: Path) -> None:
    made = world(at=1_700_000_000)
    made.repository.put_policy("CN-44", RULES, at=made.at)
    made.publish()
    store, old = TrustStore(tmp_path / "store"), made.files["registry.zip"]
    assert sync_file(store, old, root=made.root, stale=True).changed
    claims = proof(issued_at=made.at, expires=made.at + 90 * DAY, status=None)
    code = issue(claims, made.keys["CN-51-signs"])
    for age, verdict in ((DAY, Verdict.VALID), (2 * DAY, Verdict.INDETERMINATE)):
        trust = store.open(at=made.at + age)
        found = Verifier(trust, destination="CN-44").check(code, at=made.at + age)
        assert found.verdict is verdict
    made.new_key("CN-51")
    made.publish(after=5 * DAY)
    assert set(sync_file(store, made.files["registry.zip"], stale=True).roles) >= {"CN-51"}
    late = store.open(at=made.at + 3 * DAY)
    assert Verifier(late, destination="CN-44").check(code, at=late.at).verdict is not Verdict.VALID
    before = (store.folder / "registry.zip").read_bytes()
    new = contents(made.files["registry.zip"])
    foreign = world(at=1_700_000_000).files["registry.zip"]
    lists = {name: data for name, data in new.items() if "/status/" not in name}
    for data, kind, match in (
        (old, RollbackError, "the file has data of 2023-11-15 .*; still held: data of"),
        (foreign, TrustError, "signed by 0 of the 1 keys.*; still held"),
        (pack(lists), TrustError, "status/1.snapshot: not in the file; still held"),
        (pack(new | {"metadata/timestamp.json": b"{}"}), TrustError, "not TUF.*; still held"),
    ):
        with pytest.raises(kind, match=match):
            sync_file(store, data, stale=True)
        assert (store.folder / "registry.zip").read_bytes() == before


def test_an_archive_with_a_name_twice_is_refused() -> None:
    twice = pack({"metadata/a.json": b"1", "metadata/b.json": b"2"})
    with pytest.raises(TrustError, match="one name twice"):
        Archive(twice.replace(b"metadata/b.json", b"metadata/a.json"))


def test_a_dry_run_fetches_and_changes_nothing(made: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "store")
    result = sync(store, URL, root=made.root, fetcher=made.mirror(), dry_run=True)
    assert result.changed
    assert not store.names


def test_the_lists_of_some_issuers_are_enough(made: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror(), archive=False, lists=["CN-51"])
    trust = store.open(at=made.at)
    assert trust.status_list("CN-51", 1) is not None
    assert trust.status_list("CN-44", 1) is None
    assert trust.read_everything() == ()


def test_a_document_that_is_signed_but_malformed_takes_only_itself_out(
    made: World, tmp_path: Path
) -> None:
    repository = made.repository
    repository.put("CN-51", "CN-51/keys.json", b'{"issuer": "CN-51", "keys": 7}', at=made.at)
    repository.put("CN-44", "CN-44/policy.json", b"[]", at=made.at)
    repository.put("CN-31-status", "CN-31/status/1.snapshot", b"no list", at=made.at)
    made.publish()
    store = TrustStore(tmp_path / "store")
    result = sync(store, URL, root=made.root, fetcher=made.mirror())
    assert len(result.problems) == 3
    trust = store.open(at=made.at)
    assert trust.keys_for(made.keys["CN-51-signs"].public_key.kid) == ()
    assert trust.policy_document("CN-44") is None
    assert trust.status_list("CN-31", 1) is None
    assert len(trust.keys_for(made.keys["CN-44-signs"].public_key.kid)) == 1


def test_a_province_that_has_not_handed_in_anything_hinders_nobody(
    made: World, tmp_path: Path
) -> None:
    from tests.registry.simulator import one

    from trustcert.keys import PrivateKey
    from trustcert.registry.model import Issuer

    entry = Issuer(id="CN-11", name_zh="北京市", name_en="Beijing", types=frozenset({"licence"}))
    made.repository.add_issuer(entry, one(PrivateKey.generate()), at=made.at)
    made.publish()
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    assert "CN-11" in store.open(at=made.at).issuers


def test_trust_data_travels_to_other_processes(made: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    trust = pickle.loads(pickle.dumps(store.open(at=made.at)))  # noqa: S301 - our own
    assert len(trust.keys_for(made.keys["CN-51-signs"].public_key.kid)) == 1
    assert trust.status_list("CN-51", 1) is not None


def test_an_archive_that_is_damaged_on_the_server_is_passed_by(made: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "store")
    mirror = Mirror(made.files | {"registry.zip": b"junk"})
    result = sync(store, URL, root=made.root, fetcher=mirror)
    assert "registry.zip was refused, so each file was fetched" in result.notes[0]
    assert store.open(at=made.at).as_of == made.at
