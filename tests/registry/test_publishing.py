"""A province's side: many hands, rotation, submissions, and what is refused unwritten."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.registry.simulator import URL, Mirror, World, one, world
from tuf.api.metadata import Metadata, Targets

from trustcert.errors import (
    MalformedError,
    RollbackError,
    SyncError,
    TrustError,
    UnsupportedError,
)
from trustcert.keys import PrivateKey
from trustcert.policy import from_document
from trustcert.registry import publish, rotation
from trustcert.registry.archive import Archive, pack
from trustcert.registry.check import check
from trustcert.registry.diff import diff
from trustcert.registry.metadata import signed_file
from trustcert.registry.model import Issuer, KeyRecord, KeySet, write_issuers
from trustcert.registry.publish import Repository, RoleKeys
from trustcert.registry.submission import accept, submit
from trustcert.registry.trust import KeyState
from trustcert.store import TrustStore
from trustcert.sync import sync

DAY = 86_400


def copied(repository: Repository, folder: Path) -> Repository:
    repository.save(folder)
    return Repository.load(folder)


def opened(made: World, tmp_path: Path) -> TrustStore:
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=made.mirror())
    return store


def test_a_root_file_is_carried_from_signer_to_signer(tmp_path: Path) -> None:
    keys = [PrivateKey.generate() for _ in range(3)]
    hub, online = PrivateKey.generate("Ed25519"), PrivateKey.generate("Ed25519")
    repository = publish.create(
        root=RoleKeys(keys=tuple(key.public_key for key in keys), threshold=2),
        targets=one(hub),
        snapshot=one(online),
        timestamp=one(online),
        at=1_000_000,
    )
    repository.sign(hub)
    with pytest.raises(TrustError, match=r"root\.json: signed by 0 of the 2 keys"):
        publish.publish(repository, tmp_path / "www", online, at=1_000_000)
    assert not (tmp_path / "www").exists()
    work = tmp_path / "work"
    repository.save(work)
    file = work / "drafts" / "root.json"
    for number, key in enumerate(keys[:2]):
        assert Repository.load(work).signatures("root").missing == 2 - number
        file.write_bytes(signed_file(file.read_bytes(), key, "root.json"))
    found = Repository.load(work).signatures("root")
    assert (found.missing, len(found.signed), len(found.unsigned)) == (0, 2, 1)
    publish.publish(Repository.load(work), tmp_path / "www", online, at=1_000_000)
    assert (tmp_path / "www" / "metadata" / "timestamp.json").exists()


@pytest.mark.parametrize("threshold", [0, 3])
def test_a_threshold_that_nobody_reaches_is_refused(threshold: int) -> None:
    keys = tuple(PrivateKey.generate().public_key for _ in range(2))
    with pytest.raises(MalformedError, match="threshold: must be 1 to 2"):
        RoleKeys(keys=keys, threshold=threshold)
    with pytest.raises(MalformedError, match="keys: one key twice"):
        RoleKeys(keys=(keys[0], keys[0]), threshold=1)


def test_a_rotated_root_is_followed_by_who_pinned_the_first(tmp_path: Path) -> None:
    made = world()
    store = opened(made, tmp_path)
    fresh = {name: PrivateKey.generate("Ed25519") for name in ("r4", "r5", "hub", "online")}
    root = RoleKeys(keys=(fresh["r4"].public_key, fresh["r5"].public_key), threshold=2)
    made.repository.set_root_keys("root", root, at=made.at)
    made.repository.set_root_keys("targets", one(fresh["hub"]), at=made.at)
    made.repository.set_root_keys("snapshot", one(fresh["online"]), at=made.at)
    made.repository.set_root_keys("timestamp", one(fresh["online"]), at=made.at)
    made.repository.sign(*fresh.values())
    old = made.keys["online"]
    waiting = publish.renew(made.repository, old, at=made.at).waiting
    assert {one.role for one in waiting} == {"root", "targets"}
    assert made.repository.published_version("root") == 1
    made.keys |= fresh
    made.publish()
    result = sync(store, fetcher=made.mirror())
    assert result.roles["root"] == (1, 2)
    assert store.open(at=made.at).as_of == made.at
    for number in range(3, 9):
        made.repository.edit("root", at=made.at)
        made.publish()
        assert made.repository.published_version("root") == number
    assert sync(store, fetcher=made.mirror()).roles["root"] == (2, 8)
    late = TrustStore(tmp_path / "late")
    sync(late, URL, root=made.root, fetcher=made.mirror())
    assert late.open(at=made.at).as_of == made.at


def test_a_provinces_rotated_keys_need_no_other_province(tmp_path: Path) -> None:
    made = world()
    store = opened(made, tmp_path)
    stolen, new = made.keys["CN-51"], PrivateKey.generate()
    made.repository.delegate(
        "targets", "CN-51", one(new), ["CN-51/*", "CN-51/status/*", "CN-51-*/*"], at=made.at
    )
    assert made.repository.signatures("CN-51").missing == 1
    made.keys["CN-51"] = new
    made.publish()
    assert set(sync(store, fetcher=made.mirror()).roles) == {
        "timestamp", "snapshot", "targets", "CN-51",
    }  # fmt: skip
    made.new_key("CN-51")
    assert made.repository.sign(stolen) == ()


def test_a_city_signs_for_itself_within_its_province(tmp_path: Path) -> None:
    made = world()
    city = PrivateKey.generate("Ed25519")
    signs = PrivateKey.generate()
    entry = Issuer(
        id="CN-44-03",
        name_zh="深圳市",
        name_en="Shenzhen",
        types=frozenset({"health_proof"}),
        divisions=("4403",),
    )
    made.repository.add_issuer(entry, one(city), at=made.at)
    made.repository.put_key_set(
        KeySet(issuer="CN-44-03", keys=(KeyRecord(key=signs.public_key),)), at=made.at
    )
    made.keys["CN-44-03"] = city
    made.publish()
    trust = opened(made, tmp_path).open(at=made.at)
    (found,) = trust.keys_for(signs.public_key.kid)
    assert (found.issuer, found.types) == ("CN-44-03", frozenset({"health_proof"}))
    made.repository.withdraw("CN-44", at=made.at)
    made.publish()
    store = TrustStore(tmp_path / "store")
    sync(store, fetcher=made.mirror())
    trust = store.open(at=made.at)
    for kid in (signs.public_key.kid, made.keys["CN-44-signs"].public_key.kid):
        assert [key.state for key in trust.keys_for(kid)] == [KeyState.WITHDRAWN]


def test_a_contact_is_a_line_of_text_or_none(tmp_path: Path) -> None:
    made = world()
    contacts = {"CN-51": "028-86110101", "CN-44": "020\x1b[2J", "CN-31": "x" * 401}
    listed = [replace(issuer, contact=contacts[issuer.id]) for issuer in made.repository.issuers]
    made.repository.put_issuers(listed, at=made.at)
    made.publish()
    trust = opened(made, tmp_path).open(at=made.at)
    known = {name: trust.contact(name) for name in (*contacts, "CN-99")}
    assert known == {"CN-51": "028-86110101", "CN-44": None, "CN-31": None, "CN-99": None}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": "CN-11-01"}, "CN-11, the province of CN-11-01, is not listed"),
        ({"types": frozenset({"licence"})}, "CN-44-03 may issue licence, beyond CN-44"),
        ({"divisions": ("51",)}, "lists the division 51, outside of its own 4403"),
        ({"id": "CN-44"}, "CN-44 is listed already"),
    ],
)
def test_a_city_beyond_its_province_is_refused(changes: dict[str, object], problem: str) -> None:
    made = world()
    fields = {"id": "CN-44-03", "name_zh": "深圳", "name_en": "Shenzhen"} | changes
    with pytest.raises(TrustError, match=problem):
        made.repository.add_issuer(Issuer(**fields), one(made.keys["hub"]), at=made.at)  # type: ignore[arg-type]
    assert not any(made.repository.is_draft(role) for role in made.repository.metadata)


def test_a_published_file_is_never_replaced_by_another(tmp_path: Path) -> None:
    made = world()
    www = tmp_path / "www"
    publish.write(publish.render(made.repository), www)
    before = {path: path.read_bytes() for path in www.rglob("*") if path.is_file()}
    other = world()
    with pytest.raises(TrustError, match="published before with other contents"):
        publish.write(publish.render(other.repository), www)
    after = {path: path.read_bytes() for path in www.rglob("*") if path.is_file()}
    assert {path: after[path] for path in before} == before


def test_a_publication_is_seen_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world()
    www = tmp_path / "www"
    publish.write(publish.render(made.repository), www)
    made.new_key("CN-51")
    made.publish()
    files = publish.render(made.repository)
    for stop in range(len(files)):
        left = [stop]

        def write(path: Path, data: bytes, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise SyncError("the disk is full")
            path.write_bytes(data)

        monkeypatch.setattr(publish, "write_whole", write)
        with contextlib.suppress(SyncError):
            publish.write(files, www)
        served = {str(p.relative_to(www)): p.read_bytes() for p in www.rglob("*") if p.is_file()}
        store = TrustStore(tmp_path / f"store{stop}")
        sync(store, URL, root=made.root, fetcher=Mirror(served), archive=stop % 2 == 0)
        assert store.open(at=made.at).read_everything() == ()


def test_what_a_key_does_next_is_told_and_done() -> None:
    made = world()
    old = made.keys["CN-51-signs"].public_key
    kid, key_set = old.kid.hex(), made.repository.key_set("CN-51")
    successor = PrivateKey.generate().public_key
    rotated = rotation.rotate(key_set, kid, successor, at=made.at, overlap=DAY)
    was, now = rotated.key_set.keys
    assert (was.not_after, was.state) == (made.at + DAY, KeyState.ACTIVE)
    assert (now.key, now.not_before, now.not_after) == (successor, made.at, None)
    retired = rotation.retire(rotated.key_set, kid, at=made.at + 2 * DAY).key_set.keys[0]
    assert (retired.state, retired.not_after) == (KeyState.RETIRED, made.at + DAY)
    gone = rotation.remove(rotated.key_set, kid, since=made.at)
    assert gone.key_set.keys[0].state is KeyState.COMPROMISED
    assert f"issue them anew with key {successor.kid.hex()}" in gone.told[1]
    assert "no active key left" in rotation.remove(key_set, kid, since=made.at).told[1]
    with pytest.raises(MalformedError, match=f"has no key 00000000 \\(it has: {kid}"):
        rotation.retire(key_set, "00000000", at=made.at)
    with pytest.raises(MalformedError, match="is compromised, so it has no successor"):
        rotation.rotate(gone.key_set, kid, successor, at=made.at)
    with pytest.raises(MalformedError, match="is there already"):
        rotation.add(key_set, KeyRecord(key=old))


def test_check_finds_nothing_in_what_is_in_order() -> None:
    made = world()
    assert check(made.repository, at=made.at) == ()


def test_check_warns_before_it_is_too_late() -> None:
    made = world()
    repository = made.repository
    later = made.at + 170 * DAY
    where = {concern.where: concern for concern in check(repository, at=later)}
    assert where["CN-51"].problem.startswith("what is published of it expires 20")
    assert where["timestamp"].error
    repository.put_key_set(KeySet(issuer="CN-51"), at=made.at)
    policy = {
        "destination": "CN-44",
        "recognises": [
            {"issuer": "CN-99", "types": ["health_proof"]},
            {"issuer": "CN-31", "types": ["licence"]},
        ],
    }
    repository.put_policy("CN-44", policy, at=made.at)
    told = {(c.where, c.problem, c.error) for c in check(repository, at=made.at)}
    for line in (
        ("CN-51/keys.json", "has no key that may sign now", True),
        (
            "CN-44/policy.json: recognises[0]",
            "CN-99 is no active issuer here; did you mean CN-51 or CN-44 or CN-31?",
            True,
        ),
        ("CN-44/policy.json: recognises[1]", "CN-31 may not issue licence", False),
        (
            "CN-51",
            "its draft waits: 1 signature(s) are missing, of "
            + made.keys["CN-51"].public_key.kid.hex(),
            False,
        ),
        ("CN-44/policy.json", "speaks of licence, which nobody may issue", False),
    ):
        assert line in told


def test_diff_says_what_a_signature_would_change(tmp_path: Path) -> None:
    made = world()
    before = copied(made.repository, tmp_path / "before")
    assert diff(before, made.repository) == ()
    key = made.new_key("CN-51").public_key
    rules = {
        "destination": "CN-44",
        "recognises": [
            {"issuer": "CN-51", "types": ["health_proof"], "valid_from": "2026-01-01T00:00:00Z"}
        ],
    }
    made.repository.put_policy("CN-44", rules, at=made.at)
    made.repository.withdraw("CN-31", at=made.at)
    other = PrivateKey.generate().public_key
    made.repository.set_root_keys("root", RoleKeys(keys=(other,)), at=made.at)
    told = "\n".join(diff(before, made.repository))
    for line in (
        "role CN-51: version 1 → 2",
        f"key {key.kid.hex()} of CN-51 is new: active, all types",
        "CN-44 now recognises CN-51 for health_proof from 2026-01-01T00:00:00Z",
        "issuer CN-31 is now withdrawn",
        "role root needs 1 signatures, before 2",
        "role root: no longer signed by",
    ):
        assert line in told


def policy_of(issuer: str) -> dict[str, object]:
    return {"destination": issuer, "recognises": [], "rules": {}}


class Hub:
    """The hub's own copy of a registry, and a province that works on another copy."""

    def __init__(self, tmp_path: Path) -> None:
        self.made = world()
        for issuer in ("CN-51", "CN-44", "CN-31"):
            self.made.repository.put_policy(issuer, policy_of(issuer), at=self.made.at)
        self.made.publish()
        self.hub = self.made.repository
        self.province = copied(self.hub, tmp_path / "province")
        self.at = self.made.at

    def submit(self, issuer: str = "CN-51") -> bytes:
        self.province.sign(*(self.made.keys[name] for name in (issuer, f"{issuer}-status")))
        return submit(self.province, issuer)

    def accept(self, data: bytes, issuer: str = "CN-51") -> None:
        accept(self.hub, issuer, data, at=self.at, read_policy=from_document)


def test_the_hub_republishes_a_submission_without_the_provinces_keys(tmp_path: Path) -> None:
    scene = Hub(tmp_path)
    key = PrivateKey.generate().public_key
    held = scene.province.key_set("CN-51")
    scene.province.put_key_set(rotation.add(held, KeyRecord(key=key)).key_set, at=scene.at)
    scene.accept(scene.submit())
    publish.renew(scene.hub, scene.made.keys["online"], at=scene.at + 60)
    publish.add(publish.render(scene.hub), scene.made.files)
    assert len(opened(scene.made, tmp_path).open(at=scene.at).keys_for(key.kid)) == 1


def test_a_submission_that_exceeds_its_delegation_is_refused_whole(tmp_path: Path) -> None:
    scene = Hub(tmp_path)
    before = {role: m.to_bytes() for role, m in scene.hub.metadata.items()}
    key = PrivateKey.generate().public_key

    def beyond_types() -> bytes:
        record = KeyRecord(key=key, types=frozenset({"licence"}))
        scene.province.put_key_set(KeySet(issuer="CN-51", keys=(record,)), at=scene.at)
        return scene.submit()

    def unsigned() -> bytes:
        scene.province.put_key_set(KeySet(issuer="CN-51"), at=scene.at)
        return unsigned_submission(scene.province)

    def foreign_delegation() -> bytes:
        scene.province.delegate("CN-51", "CN-44-status", one(scene.made.keys["CN-51"]),
                                ["CN-44/status/*"], at=scene.at)  # fmt: skip
        return scene.submit()

    def wide_delegation() -> bytes:
        scene.province.delegate("CN-51", "CN-51-status", one(scene.made.keys["CN-51-status"]),
                                ["CN-51/*"], at=scene.at)  # fmt: skip
        return scene.submit()

    for attempt, problem in (
        (beyond_types, r"CN-51/keys\.json: key .* may sign licence, which CN-51 may not issue"),
        (unsigned, r"CN-51\.json: 1 signature\(s\) of role CN-51 are missing"),
        (foreign_delegation, "delegates CN-44-status, which is not its to delegate"),
        (wide_delegation, "delegates paths to CN-51-status that are not"),
    ):
        scene.province = copied(scene.hub, tmp_path / attempt.__name__)
        with pytest.raises(TrustError, match=problem):
            scene.accept(attempt())
        assert {role: m.to_bytes() for role, m in scene.hub.metadata.items()} == before


def test_a_submission_from_which_a_key_is_gone_is_refused_unless_the_hub_says_so(
    tmp_path: Path,
) -> None:
    scene = Hub(tmp_path)
    (held,) = scene.province.key_set("CN-51").keys
    kid = held.key.kid.hex()
    fresh = KeyRecord(key=PrivateKey.generate().public_key)
    scene.province.put_key_set(KeySet(issuer="CN-51", keys=(fresh,)), at=scene.at)
    data = scene.submit()
    with pytest.raises(TrustError, match=rf"CN-51/keys\.json: key {kid} is gone: .*; leave it"):
        scene.accept(data)
    assert scene.hub.key_set("CN-51").keys == (held,)
    found = accept(scene.hub, "CN-51", data, at=scene.at, read_policy=from_document, may_drop=True)
    assert found.gone == (f"CN-51/keys.json: key {kid}",)
    assert scene.hub.key_set("CN-51").keys == (fresh,)
    scene.province.remove("CN-51", "CN-51/keys.json", at=scene.at)
    with pytest.raises(TrustError, match=f"key {fresh.key.kid.hex()} is gone"):
        scene.accept(scene.submit())


def test_a_submitted_city_stays_in_its_code_range_and_does_not_vanish(tmp_path: Path) -> None:
    scene = Hub(tmp_path)
    scene.made.keys["CN-51-01"] = PrivateKey.generate("Ed25519")
    city = Issuer(id="CN-51-01", name_zh="成都市", name_en="Chengdu", divisions=("510104",))
    keys = one(scene.made.keys["CN-51-01"])
    scene.province.add_issuer(city, keys, at=scene.at)
    scene.accept(scene.submit())
    path = "CN-51/issuers.json"
    for cities, problem in (
        ((replace(city, divisions=("5102",)),), "CN-51-01 lists the division 5102, outside of its"),
        ((replace(city, divisions=("51",)),), "lists the division 51, outside of its own 5101"),
        ((replace(city, types=frozenset({"licence"})),), "may issue licence, beyond CN-51"),
        ((replace(city, id="CN-44-01"),), "CN-44-01 is no city of CN-51"),
        ((), "CN-51-01 is gone"),
    ):
        scene.province.put("CN-51", path, write_issuers(cities), at=scene.at)
        with pytest.raises(TrustError, match=problem):
            scene.accept(scene.submit())
        assert scene.hub.cities("CN-51") == (city,)


def test_a_province_may_go_on_before_the_hub_has_published(tmp_path: Path) -> None:
    scene = Hub(tmp_path)
    for _ in range(2):
        key = KeyRecord(key=PrivateKey.generate().public_key)
        held = scene.province.key_set("CN-51")
        scene.province.put_key_set(rotation.add(held, key).key_set, at=scene.at)
        scene.accept(scene.submit())
        publish.renew(scene.hub, scene.made.keys["online"], at=scene.at + 60)
    assert len(scene.hub.key_set("CN-51").keys) == 3


def unsigned_submission(province: Repository) -> bytes:
    metadata: Metadata[Targets] = province.metadata["CN-51"]
    targets = {f"targets/{path}": province.files[path] for path in metadata.signed.targets}
    return pack({"metadata/CN-51.json": metadata.to_bytes()} | targets)


def test_an_older_submission_is_a_rollback(tmp_path: Path) -> None:
    scene = Hub(tmp_path)
    old = scene.submit()
    scene.made.new_key("CN-51")
    scene.made.publish()
    with pytest.raises(RollbackError, match=r"CN-51\.json: is version 2; still held: version 3"):
        scene.accept(old)


def test_files_that_nobody_signed_are_refused(tmp_path: Path) -> None:
    scene = Hub(tmp_path)
    archive = Archive(scene.submit())
    files = {name: data for name in archive.names if (data := archive.read(name)) is not None}
    with pytest.raises(TrustError, match="nothing in it is signed for"):
        scene.accept(pack(files | {"targets/CN-44/keys.json": b"{}"}))


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_an_object_store_is_published_to_like_a_folder(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    made = world()
    place = f"memory://{tmp_path.name}/cn" if kind == "memory" else f"file://{tmp_path}/cn"
    publish.publish(made.repository, place, made.keys["online"], at=made.at)
    files = publish.object_store(place)
    assert files["metadata/timestamp.json"] == made.repository.metadata["timestamp"].to_bytes()
    made.new_key("CN-51")
    made.publish()
    publish.add(made.files, files)
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=made.root, fetcher=Mirror({name: files[name] for name in files}))
    assert store.open(at=made.at).as_of == made.at
    other = world()
    with pytest.raises(TrustError, match="another registry is published there"):
        publish.publish(other.repository, place, other.keys["online"], at=other.at)
    with pytest.raises(UnsupportedError, match="install trustcert"):
        publish.object_store("nonsense://x")
