"""What a hostile province hands in: refused at the hub, so that every checkpoint still syncs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.registry.simulator import URL, World, one, some_list, world
from tuf.api.metadata import DelegatedRole, TargetFile

from trustcert.errors import RollbackError, TrustError
from trustcert.keys import PrivateKey
from trustcert.limits import PROVINCE_BYTES, PROVINCE_FILES, PROVINCE_ROLES
from trustcert.policy import from_document
from trustcert.registry import layout, publish, rotation
from trustcert.registry.archive import pack
from trustcert.registry.model import Issuer, KeyRecord, write_issuers
from trustcert.registry.repository import Repository
from trustcert.registry.submission import accept, submit
from trustcert.registry.trust import KeyState
from trustcert.store import TrustStore
from trustcert.sync import sync


class Province:
    """A province whose officers are hostile, on a copy of the registry."""

    def __init__(self) -> None:
        self.made: World = world(("CN-51", "CN-44"))
        for issuer in ("CN-51", "CN-44"):
            policy: dict[str, Any] = {"destination": issuer, "recognises": [], "rules": {}}
            self.made.repository.put_policy(issuer, policy, at=self.made.at)
        self.made.publish()
        self.hub, self.at = self.made.repository, self.made.at
        self.copy = self.hub.copy()

    def edit(self) -> Any:
        return self.copy.edit("CN-51", at=self.at)

    def data(self) -> bytes:
        """Return what its officers signed, packed by hand: they need no command for that."""
        self.copy.sign(self.made.keys["CN-51"], self.made.keys["CN-51-status"])
        files: dict[str, bytes] = {}
        for role in ("CN-51", "CN-51-status"):
            metadata = self.copy.metadata[role]
            files[layout.metadata_name(role, None)] = metadata.to_bytes()
            for path, target in metadata.signed.targets.items():
                name = layout.target_name(path, target.hashes["sha256"])
                data = self.copy.blobs.get(name)
                if data is not None:
                    files[layout.TARGETS + path] = data
        return pack(files)

    def target(self, path: str, data: bytes) -> None:
        target = TargetFile.from_data(path, data, ["sha256"])
        self.edit().targets[path] = target
        self.copy.blobs.put(layout.target_name(path, target.hashes["sha256"]), data)

    def delegate(self, name: str, paths: list[str]) -> None:
        signed = self.edit()
        keyid = next(iter(signed.delegations.keys))
        signed.delegations.roles[name] = DelegatedRole(name, [keyid], 1, True, paths)


def many_delegations(province: Province) -> None:
    signed = province.edit()
    keyid = next(iter(signed.delegations.keys))
    for number in range(PROVINCE_ROLES + 1):
        name = f"CN-51-{number:04}"
        paths = layout.delegated_paths(name)
        signed.delegations.roles[name] = DelegatedRole(name, [keyid], 1, True, paths)


def many_files(province: Province) -> None:
    signed = province.edit()
    for number in range(PROVINCE_FILES + 1):
        path = f"CN-51/{number}.json"
        target = TargetFile.from_data(path, b"{}", ["sha256"])
        signed.targets[path] = target
        province.copy.blobs.put(layout.target_name(path, target.hashes["sha256"]), b"{}")


def many_bytes(province: Province) -> None:
    for number in range(PROVINCE_BYTES // 4_000_000 + 1):
        province.target(f"CN-51/{number}.json", bytes([number]) * 4_000_000)


ATTACKS: dict[str, tuple[Callable[[Province], None], str]] = {
    "a city without paths": (lambda p: p.delegate("CN-51-01", []), "delegates paths to CN-51-01"),
    "another's folder by dots": (lambda p: p.target("CN-51/../CN-44/keys.json", b"{}"), "no path"),
    "a path of 300 characters": (lambda p: p.target(f"CN-51/{'x' * 300}", b"{}"), "306 characters"),
    "escape characters in a path": (lambda p: p.target("CN-51/\x1b[2J", b"{}"), "no path that"),
    "a document beyond what is read": (
        lambda p: p.target("CN-51/keys.json", b" " * 4_300_000),
        "of 4300000 bytes, where 4194304 may be",
    ),
    "more delegations than fit": (many_delegations, "delegated roles, where one province may"),
    "more files than fit": (many_files, "files, where one province may have 2000"),
    "more bytes than fit": (many_bytes, "bytes, where one province may have"),
    "another province's role": (
        lambda p: p.delegate("CN-44-03", layout.delegated_paths("CN-44-03")),
        "not its to delegate",
    ),
    "a policy of somebody else": (
        lambda p: p.copy.put_policy("CN-51", {"destination": "CN-44"}, at=p.at),
        "destination",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused_whole_and_the_rest_of_the_country_syncs(name: str, tmp_path: Path) -> None:
    province = Province()
    attack, sentence = ATTACKS[name]
    attack(province)
    before = {role: m.to_bytes() for role, m in province.hub.metadata.items()}
    with pytest.raises(TrustError, match=sentence):
        accept(province.hub, "CN-51", province.data(), at=province.at, read_policy=from_document)
    assert {role: m.to_bytes() for role, m in province.hub.metadata.items()} == before
    province.made.publish()
    store = TrustStore(tmp_path)
    sync(store, URL, root=province.made.root, fetcher=province.made.mirror())
    assert store.open(at=province.at).read_everything() == ()


def test_a_name_that_moves_the_cursor_is_refused() -> None:
    province = Province()
    city = Issuer(id="CN-51-01", name_zh="成都\x1b[1A\x1b[2K", name_en="Chengdu")
    data = write_issuers([city])
    province.target("CN-51/issuers.json", data)
    with pytest.raises(
        TrustError, match=r"CN-51-01: a name or contact holds the character U\+001B"
    ):
        accept(province.hub, "CN-51", province.data(), at=province.at, read_policy=from_document)


def test_a_submission_from_before_a_theft_makes_no_key_active_again() -> None:
    province = Province()
    hub, at = province.hub, province.at
    kid = province.made.keys["CN-51-signs"].public_key.kid.hex()
    old = submit(hub, "CN-51")
    held = hub.key_set("CN-51")
    hub.put_key_set(rotation.remove(held, kid, since=at).key_set, at=at)
    province.made.publish()
    with pytest.raises(RollbackError, match="still held: version 3"):
        accept(hub, "CN-51", old, at=at, read_policy=from_document)
    province.copy = hub.copy()
    province.copy.put_key_set(held, at=at)
    data = province.data()
    with pytest.raises(TrustError, match=rf"key {kid} would be active again, after compromised"):
        accept(hub, "CN-51", data, at=at, read_policy=from_document)
    assert hub.key_set("CN-51").keys[0].state is KeyState.COMPROMISED
    found = accept(hub, "CN-51", data, at=at, read_policy=from_document, may_restore=True)
    assert len(found.restored) == 1


def test_a_status_list_of_the_same_version_is_no_other_list() -> None:
    province = Province()
    for version, told in ((1, "is another version 1 than is published"), (0, "goes back from")):
        province.copy = province.hub.copy()
        if version:
            data = some_list("CN-51", version=version, revoked=(4,))
        else:
            province.made.revoke("CN-51", 3, 5, version=4)
            province.made.publish()
            province.copy = province.hub.copy()
            data = some_list("CN-51", version=2, revoked=(3,))
        province.copy.put_status("CN-51", 1, data, at=province.at)
        with pytest.raises(TrustError, match=told):
            accept(province.hub, "CN-51", province.data(), at=province.at,
                   read_policy=from_document)  # fmt: skip


def test_a_delegation_that_checkpoints_hold_may_not_vanish() -> None:
    province = Province()
    del province.edit().delegations.roles["CN-51-status"]
    province.copy.sign(province.made.keys["CN-51"])
    files = {"metadata/CN-51.json": province.copy.metadata["CN-51"].to_bytes()}
    told = "no longer delegates CN-51-status, which every checkpoint"
    with pytest.raises(TrustError, match=told):
        accept(province.hub, "CN-51", pack(files), at=province.at, read_policy=from_document)


def test_nobody_publishes_what_a_reader_would_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    from trustcert.registry import quotas

    made = world(("CN-51", "CN-44"))
    made.new_key("CN-51")
    made.repository.sign(made.keys["CN-51"])
    before = made.repository.published_version("snapshot")
    for limit, most, told in (
        ("REGISTRY_ROLES", 3, "over 3 delegated roles: no checkpoint would read it"),
        ("REGISTRY_FILES", 5, "over 5 files"),
        ("REGISTRY_BYTES", 500, r"over 500 bytes.*largest: CN-"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(quotas, limit, most)
            with pytest.raises(TrustError, match=told):
                publish.renew(made.repository, made.keys["online"], at=made.at + 60)
    assert made.repository.published_version("snapshot") == before
    publish.renew(made.repository, made.keys["online"], at=made.at + 60)


def test_an_emergency_is_published_while_the_root_is_being_signed(tmp_path: Path) -> None:
    made = world(("CN-51", "CN-44"))
    store = TrustStore(tmp_path)
    sync(store, URL, root=made.root, fetcher=made.mirror())
    made.repository.set_root_keys("root", one(PrivateKey.generate("Ed25519")), at=made.at)
    entry = Issuer(id="CN-31", name_zh="上海", name_en="Shanghai", types=frozenset())
    made.repository.add_issuer(entry, one(made.keys["hub"]), at=made.at)
    kid = made.keys["CN-51-signs"].public_key.kid
    held = made.repository.key_set("CN-51")
    gone = rotation.remove(held, kid.hex(), since=made.at).key_set
    made.repository.put_key_set(gone, at=made.at)
    made.repository.sign(made.keys["CN-51"])
    found = publish.renew(made.repository, made.keys["online"], at=made.at + 60)
    assert found.roles == ("CN-51",)
    assert {one.role for one in found.waiting} == {"root", "targets"}
    publish.add(publish.render(made.repository), made.files)
    sync(store, fetcher=made.mirror())
    (key,) = store.open(at=made.at).keys_for(kid)
    assert key.state is KeyState.COMPROMISED
    made.repository.discard("root")
    made.repository.discard("targets")
    assert not made.repository.drafts


def test_a_province_gets_other_keys_only_when_these_have_signed() -> None:
    made = world(("CN-51", "CN-44"))
    new = PrivateKey.generate("Ed25519")
    paths = layout.delegated_paths("CN-51")
    made.repository.delegate("targets", "CN-51", one(new), paths, at=made.at)
    made.repository.sign(made.keys["hub"])
    found = publish.renew(made.repository, made.keys["online"], at=made.at + 60)
    assert {one.role: one.reason for one in found.waiting}["targets"] == (
        "a role below it is not signed by the keys that it names"
    )
    made.repository.sign(new)
    found = publish.renew(made.repository, made.keys["online"], at=made.at + 120)
    assert (set(found.roles), found.waiting) == ({"targets", "CN-51"}, ())


def test_the_keys_of_a_city_without_a_role_stand_in_a_file_of_its_province(tmp_path: Path) -> None:
    made = world(("CN-44",))
    types = frozenset({"health_proof"})
    keys = {}
    for city in ("CN-44-03", "CN-44-04"):
        entry = Issuer(id=city, name_zh=city, name_en=city, types=types)
        made.repository.add_issuer(entry, None, at=made.at)
        keys[city] = PrivateKey.generate().public_key
        change = rotation.add(made.repository.key_set(city), KeyRecord(key=keys[city]))
        made.repository.put_key_set(change.key_set, at=made.at)
    assert not [role for role in made.repository.roles() if role.startswith("CN-44-0")]
    made.publish()
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    trust = store.open(at=made.at)
    for city, key in keys.items():
        for kid in (key.kid, key.kid.hex().encode()):
            (found,) = trust.keys_for(kid)
            assert (found.issuer, found.types, found.divisions) == (city, types, (
                layout.code_range(city),
            ))  # fmt: skip
    own = PrivateKey.generate("Ed25519")
    made.repository.delegate("CN-44", "CN-44-03", one(own), layout.delegated_paths("CN-44-03"),
                             at=made.at)  # fmt: skip
    assert made.repository.key_set("CN-44-03").keys[0].key == keys["CN-44-03"]
    made.repository.put_key_set(made.repository.key_set("CN-44-03"), at=made.at)
    assert made.repository.file("CN-44-03/keys.json") is not None
    copied = tmp_path / "work"
    made.repository.save(copied)
    assert Repository.load(copied).key_set("CN-44-04") == made.repository.key_set("CN-44-04")
