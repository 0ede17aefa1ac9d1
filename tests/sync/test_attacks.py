"""What somebody between the publisher and a checkpoint tries, in memory and over HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from tests.registry.simulator import Mirror, World, some_list, world
from tests.sync.conftest import Checkpoint
from tuf.api.metadata import Metadata, MetaFile, Snapshot, TargetFile, Targets, Timestamp

from trustcert.errors import RollbackError, StaleError, SyncError, TrustcertError, TrustError
from trustcert.keys import PrivateKey
from trustcert.registry import model
from trustcert.registry.metadata import TufSigner
from trustcert.registry.model import KeyRecord, KeySet
from trustcert.registry.publish import Lifetimes, RoleKeys
from trustcert.status import snapshot

DAY = 86_400


@contextlib.contextmanager
def refused(checkpoint: Checkpoint, kind: type[TrustcertError], match: str) -> Iterator[None]:
    """Expect a refusal that says what stays, and a store in which nothing changed."""
    before = checkpoint.state()
    with pytest.raises(kind, match=match) as caught:
        yield
    assert type(caught.value) is kind
    assert "still held: " in str(caught.value)
    assert checkpoint.state() == before


def thief() -> tuple[PrivateKey, bytes]:
    """Return a key, and a key set of CN-51 with it."""
    key = PrivateKey.generate()
    return key, model.write_key_set(KeySet(issuer="CN-51", keys=(KeyRecord(key=key.public_key),)))


def signed_by(metadata: Metadata[Any], *keys: PrivateKey) -> bytes:
    metadata.signatures.clear()
    for key in keys:
        metadata.sign(TufSigner(key), append=True)
    return metadata.to_bytes()


class Online:
    """An attacker who holds the snapshot and timestamp keys and signs what he likes."""

    def __init__(self, made: World) -> None:
        self.world, self.mirror = made, made.mirror()
        self.snapshot: Metadata[Snapshot] = made.repository.metadata["snapshot"]
        self.timestamp: Metadata[Timestamp] = made.repository.metadata["timestamp"]

    def name(self, role: str, data: bytes, version: int) -> None:
        """Put ``data`` on the mirror as this version of ``role``, and into the snapshot."""
        self.mirror.files[f"metadata/{version}.{role}.json"] = data
        self.snapshot.signed.meta[f"{role}.json"] = MetaFile.from_data(version, data, ["sha256"])

    def put(self, role: str, path: str, data: bytes, key: PrivateKey) -> None:
        """Sign a next version of ``role`` that has ``data`` at ``path``, with ``key``."""
        old = self.world.repository.metadata[role]
        metadata: Metadata[Targets] = Metadata.from_bytes(old.to_bytes())
        metadata.signed.version += 1
        target = TargetFile.from_data(path, data, ["sha256"])
        metadata.signed.targets[path] = target
        folder, _, file = path.rpartition("/")
        self.mirror.files[f"targets/{folder}/{target.hashes['sha256']}.{file}"] = data
        self.name(role, signed_by(metadata, key), metadata.signed.version)

    def sign(self) -> Mirror:
        """Sign the next snapshot and timestamp, and return the mirror with them."""
        online = self.world.keys["online"]
        self.snapshot.signed.version += 1
        data = signed_by(self.snapshot, online)
        version = self.snapshot.signed.version
        self.mirror.files[f"metadata/{version}.snapshot.json"] = data
        self.timestamp.signed.version += 1
        self.timestamp.signed.snapshot_meta = MetaFile.from_data(version, data, ["sha256"])
        self.mirror.files["metadata/timestamp.json"] = signed_by(self.timestamp, online)
        return self.mirror


def test_rollback_to_an_older_publication_is_refused(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    old = made.mirror()
    made.new_key("CN-51")
    made.publish()
    checkpoint.sync(made.mirror())
    with refused(checkpoint, RollbackError, r"timestamp\.json \(role timestamp\): .*version 1"):
        checkpoint.sync(old)


def test_freeze_makes_the_data_age_and_then_ends_the_sync(checkpoint: Checkpoint) -> None:
    frozen = world(at=checkpoint.world.at - 3 * DAY)
    with pytest.raises(StaleError, match=r"timestamp\.json is expired"):
        Checkpoint(checkpoint.store, frozen, checkpoint.server).sync(frozen.mirror())
    made = checkpoint.world
    still = made.mirror()
    checkpoint.sync(still)
    made.new_key("CN-51")
    made.publish(after=DAY)
    assert not checkpoint.sync(still).changed
    trust = checkpoint.store.open(at=made.at)
    assert trust.as_of == made.at - DAY
    assert {age.age for age in trust.ages} == {DAY}


def test_mix_and_match_of_two_publications_is_refused(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    old = made.mirror()
    checkpoint.sync(old)
    made.new_key("CN-51")
    made.publish()
    mixed = made.mirror()
    mixed.files["metadata/2.CN-51.json"] = old.files["metadata/1.CN-51.json"]
    with refused(checkpoint, TrustError, r"2\.CN-51\.json \(role CN-51\)"):
        checkpoint.sync(mixed)
    made.revoke("CN-44", 4, version=2)
    made.publish()
    mixed = made.mirror()
    mixed.files["metadata/3.snapshot.json"] = mixed.files["metadata/2.snapshot.json"]
    with refused(checkpoint, TrustError, r"3\.snapshot\.json \(role snapshot\)"):
        checkpoint.sync(mixed)


def test_arbitrary_key_in_the_place_of_a_target_is_refused(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    checkpoint.sync(made.mirror())
    made.new_key("CN-51")
    made.publish()
    evil = made.mirror()
    _, forged = thief()
    evil.evil = lambda name, data: forged if name.endswith(".keys.json") else data
    with refused(checkpoint, TrustError, r"keys\.json"):
        checkpoint.sync(evil)


def test_arbitrary_key_signs_no_role_of_a_province(checkpoint: Checkpoint) -> None:
    checkpoint.sync(checkpoint.world.mirror())
    key, forged = thief()
    online = Online(checkpoint.world)
    online.put("CN-51", "CN-51/keys.json", forged, key)
    with refused(checkpoint, TrustError, r"CN-51 was signed by 0/1 keys"):
        checkpoint.sync(online.sign())


def test_another_registry_in_the_place_of_ours_is_refused(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    checkpoint.sync(made.mirror())
    other = world(at=made.at)
    with refused(checkpoint, TrustError, r"timestamp was signed by 0/1 keys"):
        checkpoint.sync(other.mirror())
    with pytest.raises(TrustError, match="another root is pinned"):
        checkpoint.sync(other.mirror(), root=other.root)


@pytest.mark.parametrize(
    "name", ["metadata/timestamp.json", "metadata/2.snapshot.json", "metadata/2.CN-51.json"]
)
def test_endless_metadata_is_cut_off(checkpoint: Checkpoint, name: str) -> None:
    made = checkpoint.world
    checkpoint.sync(made.mirror())
    made.new_key("CN-51")
    made.publish()
    evil = made.mirror()
    evil.evil = lambda asked, data: b"[" * 6_000_000 if asked == name else data
    with refused(checkpoint, SyncError, "exceeding the maximum allowed length"):
        checkpoint.sync(evil)


def test_endless_target_is_cut_off(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    checkpoint.sync(made.mirror())
    made.revoke("CN-51", 3, 4, version=2)
    made.publish()
    evil = made.mirror()
    evil.evil = lambda name, data: bytes(2_000_000) if "/status/" in name else data
    with refused(checkpoint, SyncError, "exceeding the maximum allowed length"):
        checkpoint.sync(evil)


@pytest.mark.parametrize("role", ["CN-44", "CN-44-status"])
def test_key_for_an_issuer_outside_the_delegation_does_not_count(
    checkpoint: Checkpoint, role: str
) -> None:
    made = checkpoint.world
    key, forged = thief()
    with pytest.raises(TrustError, match=f"outside what is delegated to {role}"):
        made.repository.put(role, "CN-51/keys.json", forged, at=made.at)
    online = Online(made)
    online.put(role, "CN-51/keys.json", forged, made.keys[role])
    checkpoint.sync(online.sign())
    trust = checkpoint.store.open(at=made.at)
    assert trust.keys_for(key.public_key.kid) == ()
    honest = made.keys["CN-51-signs"].public_key
    assert [found.key for found in trust.keys_for(honest.kid)] == [honest]


def test_a_province_that_delegates_itself_another_ones_name_gains_nothing(
    checkpoint: Checkpoint,
) -> None:
    made = checkpoint.world
    _, forged = thief()
    own = RoleKeys(keys=(made.keys["CN-44"].public_key,))
    made.repository.delegate("CN-44", "CN-51-status", own, ["CN-51/*"], at=made.at)
    made.repository.sign(*made.keys.values())
    online = Online(made)
    data = made.repository.metadata["CN-44"].to_bytes()
    online.name("CN-44", data, made.repository.metadata["CN-44"].signed.version)
    online.put("CN-51-status", "CN-51/keys.json", forged, made.keys["CN-44"])
    with pytest.raises(TrustError, match="CN-51-status was signed by 0/1 keys"):
        checkpoint.sync(online.sign())
    assert checkpoint.state() == {}


def test_online_keys_roll_no_role_back(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    old = made.mirror()
    made.new_key("CN-51")
    made.publish()
    checkpoint.sync(made.mirror())
    online = Online(made)
    online.name("CN-51", old.files["metadata/1.CN-51.json"], 1)
    with refused(checkpoint, RollbackError, r"snapshot\.json \(role snapshot\): .*CN-51"):
        checkpoint.sync(online.sign())


def test_online_keys_let_no_province_vanish(checkpoint: Checkpoint) -> None:
    checkpoint.sync(checkpoint.world.mirror())
    online = Online(checkpoint.world)
    del online.snapshot.signed.meta["CN-51.json"]
    with refused(checkpoint, TrustError, r"missing info for 'CN-51\.json'"):
        checkpoint.sync(online.sign())


def test_status_key_gives_no_issuing_key(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    checkpoint.sync(made.mirror())
    key, forged = thief()
    online = Online(made)
    online.put("CN-51-status", "CN-51/keys.json", forged, made.keys["CN-51-status"])
    checkpoint.sync(online.sign())
    assert checkpoint.store.open(at=made.at).keys_for(key.public_key.kid) == ()


def test_status_key_reaches_no_list_outside_its_delegation(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    checkpoint.sync(made.mirror())
    online = Online(made)
    nothing_revoked = some_list("CN-44", version=9, revoked=(999,))
    online.put(
        "CN-51-status", "CN-44/status/1.snapshot", nothing_revoked, made.keys["CN-51-status"]
    )
    checkpoint.sync(online.sign())
    held = checkpoint.store.open(at=made.at).status_list("CN-44", 1)
    assert held is not None
    assert held.list.version == 1


def test_status_key_rolls_no_list_back(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    made.revoke("CN-51", 3, 4, version=2)
    made.publish()
    checkpoint.sync(made.mirror())
    online = Online(made)
    old = some_list("CN-51", version=1)
    online.put("CN-51-status", "CN-51/status/1.snapshot", old, made.keys["CN-51-status"])
    with refused(checkpoint, RollbackError, "status list 1 of CN-51: is version 1; .*version 2"):
        checkpoint.sync(online.sign())


def test_two_ledgers_of_one_issuer_do_not_both_reach_a_checkpoint(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    key = made.keys["CN-51-status"]

    def published(number: int, version: int, lineage: bytes) -> Online:
        online = Online(made)
        path = f"CN-51/status/{number}.snapshot"
        listed = snapshot.decode(some_list("CN-51", version=version), issuer="CN-51", number=1)
        listed = replace(listed, number=number, lineage=lineage)
        online.put("CN-51-status", path, snapshot.encode(listed), key)
        return online

    checkpoint.sync(published(1, 2, bytes(16)).sign())
    with refused(checkpoint, TrustError, "list of CN-51 comes from another ledger"):
        checkpoint.sync(published(1, 3, b"\x01" * 16).sign())


def test_online_keys_freeze_no_longer_than_the_offline_roles(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    short = Lifetimes(issuer=30 * DAY, status=10 * DAY)
    made.repository.lifetimes = short
    made.new_key("CN-51")
    made.revoke("CN-51", 3, 4, version=2)
    made.publish()
    checkpoint.sync(made.mirror())
    trust = checkpoint.store.open(at=made.at)
    (key,) = trust.keys_for(made.keys["CN-51-signs"].public_key.kid)
    held = trust.status_list("CN-51", 1)
    assert key.good_until is not None
    assert made.at + 30 * DAY - 60 <= key.good_until <= made.at + 30 * DAY
    assert held is not None
    assert held.good_until is not None
    assert made.at + 10 * DAY - 60 <= held.good_until <= made.at + 10 * DAY


def test_online_keys_push_no_clock_floor_past_the_offline_roles(checkpoint: Checkpoint) -> None:
    made = checkpoint.world
    checkpoint.sync(made.mirror())
    online = Online(made)
    online.timestamp.signed.unrecognized_fields["x-trustcert-as-of"] = made.at + 4_000 * DAY
    before = checkpoint.state()
    with pytest.raises(TrustError, match="made after root or targets expired"):
        checkpoint.sync(online.sign())
    assert checkpoint.state() == before
