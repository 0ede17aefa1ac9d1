"""Our client of any TUF repository, by each rule of the client workflow (specification, 5)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.sync.tuf_repository import PAST, TOP, Repository, Server, signer

from trustcert.sync.conformance import main


class Client:
    """The command line of the client, and what it holds."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.url = folder, server.url
        self.repository = server.repository
        (folder / "targets").mkdir(parents=True)

    def init(self, root: bytes | None = None) -> int:
        file = self.folder / "first.json"
        file.write_bytes(self.repository.roots[0] if root is None else root)
        return main(["--metadata-dir", str(self.folder / "metadata"), "init", str(file)])

    def refresh(self) -> int:
        self.repository.asked.clear()
        return main([*self._base, "refresh"])

    def download(self, *names: str) -> int:
        self.repository.asked.clear()
        wanted = [part for name in names for part in ("--target-name", name)]
        where = ["--target-base-url", f"{self.url}targets"]
        folder = ["--target-dir", str(self.folder / "targets")]
        return main([*self._base, *wanted, *where, *folder, "download"])

    def holds(self, role: str) -> bytes | None:
        path = self.folder / "metadata" / f"{role}.json"
        return path.read_bytes() if path.exists() else None

    def version(self, role: str) -> int | None:
        data = self.holds(role)
        return None if data is None else int(json.loads(data)["signed"]["version"])

    @property
    def files(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self.folder / "targets").iterdir())]

    @property
    def _base(self) -> list[str]:
        metadata = str(self.folder / "metadata")
        return ["--metadata-dir", metadata, "--metadata-url", f"{self.url}metadata"]


@pytest.fixture
def repository() -> Repository:
    made = Repository()
    made.publish()
    return made


@pytest.fixture
def client(repository: Repository, tmp_path: Path) -> Iterator[Client]:
    with Server(repository) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        found = Client(tmp_path, server)
        assert found.init() == 0
        assert repository.asked == []
        yield found
        server.shutdown()
        thread.join()


def test_a_refresh_asks_for_each_role_once_in_the_order_of_the_workflow(client: Client) -> None:
    assert client.refresh() == 0
    asked = client.repository.metadata_asked
    assert asked == ["2.root.json", "timestamp.json", "2.snapshot.json", "1.targets.json"]
    assert [client.version(role) for role in TOP] == [1, 2, 2, 1]
    assert client.refresh() == 0
    assert client.repository.metadata_asked == ["2.root.json", "timestamp.json"]


@pytest.mark.parametrize("damage", ["no version", "another's signature", "no JSON"])
def test_a_pinned_root_that_is_none_is_refused_before_anything_is_asked(
    client: Client, damage: str
) -> None:
    root = json.loads(client.repository.roots[0])
    if damage == "no version":
        del root["signed"]["version"]
    else:
        root["signatures"][0]["sig"] = "00" * 64
    data = b"{" if damage == "no JSON" else json.dumps(root).encode()
    client.init(data)
    assert client.refresh() == 1
    assert client.repository.asked == []


@dataclass(frozen=True)
class Step:
    """One version of a root: its keys, how many must sign, and which do."""

    keys: str
    threshold: int
    by: str


ROTATIONS = {
    "one key follows another": ([Step("a", 1, "a"), Step("b", 1, "ab"), Step("b", 1, "b")], 3),
    "signatures of others do no harm": ([Step("a", 1, "axy"), Step("b", 1, "xaby")], 2),
    "any three of five": ([Step("abcde", 3, "ace"), Step("abcde", 3, "abd")], 2),
    "one of five replaced": ([Step("abcde", 3, "ace"), Step("abdef", 3, "abe")], 2),
    "all of five replaced": ([Step("abcde", 3, "ace"), Step("fghij", 3, "acefgh")], 2),
    "a higher threshold": ([Step("abc", 1, "a"), Step("abc", 2, "ab")], 2),
    "a lower threshold": (
        [Step("abc", 2, "ab"), Step("abc", 1, "ab"), Step("abc", 1, "c")], 3,
    ),
    "not signed by the old key": ([Step("a", 1, "a"), Step("b", 1, "bxy")], 1),
    "not signed by the new key": ([Step("a", 1, "a"), Step("b", 1, "axy")], 1),
    "too few new ones": ([Step("abcde", 3, "ace"), Step("abdef", 3, "ace")], 1),
    "too few old ones": ([Step("abcde", 3, "ace"), Step("abdef", 3, "aef")], 1),
    "a higher threshold not reached": ([Step("abc", 1, "a"), Step("abc", 2, "b")], 1),
    "the old threshold not reached": ([Step("abc", 2, "ab"), Step("abc", 1, "a")], 1),
    "a good one before a bad one": (
        [Step("a", 1, "a"), Step("b", 1, "ab"), Step("c", 1, "c")], 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "held"), ROTATIONS.values(), ids=ROTATIONS)
def test_roots_are_followed_while_old_and_new_keys_sign(
    client: Client, steps: list[Step], held: int
) -> None:
    repository = client.repository
    repository.roots.clear()
    repository.root.version = 1
    for step in steps:
        repository.let_sign("root", step.keys, threshold=step.threshold)
        repository.publish_root(by=step.by)
    assert client.init() == 0
    assert client.refresh() == (0 if held == len(steps) else 1)
    assert client.holds("root") == repository.roots[held - 1]


def test_a_root_that_skips_or_repeats_its_version_is_refused(client: Client) -> None:
    repository = client.repository
    for version in (1, 3):
        repository.roots[1:] = []
        repository.root.version = version
        repository.publish_root()
        assert client.refresh() == 1
        assert client.version("root") == 1


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
@pytest.mark.parametrize(
    ("keys", "threshold", "by", "good"),
    [
        ("b", 1, "b", True),
        ("a", 1, "xay", True),
        ("abcde", 3, "bce", True),
        ("b", 1, "axy", False),
        ("abdef", 3, "ace", False),
        ("abcde", 3, "ae", False),
        ("ab", 2, "aa", False),
    ],
)
def test_a_role_counts_with_the_threshold_of_the_keys_that_root_names(  # noqa: PLR0913
    client: Client, role: str, keys: str, threshold: int, by: str, *, good: bool
) -> None:
    repository = client.repository
    repository.let_sign(role, keys, threshold=threshold)
    repository.signers[role] = [signer(key) for key in by]
    repository.publish_root()
    assert client.refresh() == (0 if good else 1)
    assert (client.version(role) is not None) is good


@pytest.mark.parametrize("role", TOP)
def test_a_role_that_has_expired_is_refused(client: Client, role: str) -> None:
    repository = client.repository
    part: Any = repository.roles["targets"] if role == "targets" else getattr(repository, role)
    part.expires = PAST
    if role == "root":
        repository.publish_root()
    assert client.refresh() == 1
    assert client.version("targets") is None
    if role == "root":  # an expired root may still lead to the next one
        assert client.version("root") == 2


def test_an_expired_root_between_two_is_passed_through(client: Client) -> None:
    repository = client.repository
    expires, repository.root.expires = repository.root.expires, PAST
    repository.publish_root()
    repository.root.expires = expires
    repository.publish_root()
    assert client.refresh() == 0
    assert client.version("root") == 3


def test_an_expired_timestamp_that_is_held_leads_to_a_new_one(client: Client) -> None:
    repository = client.repository
    assert client.refresh() == 0
    path = client.folder / "metadata" / "timestamp.json"
    expires, repository.timestamp.expires = repository.timestamp.expires, PAST
    path.write_bytes(repository.serve("/metadata/timestamp.json") or b"")
    repository.timestamp.expires = expires
    repository.publish()
    assert client.refresh() == 0
    assert client.version("timestamp") == 3


def test_a_timestamp_of_the_same_version_changes_nothing(client: Client) -> None:
    assert client.refresh() == 0
    before = client.holds("timestamp")
    client.repository.timestamp.snapshot_meta.version = 100
    assert client.refresh() == 0
    assert client.holds("timestamp") == before


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "delegated"])
def test_no_role_goes_back(client: Client, role: str) -> None:
    repository = client.repository
    repository.delegate("targets", "some", ["some/*"])
    for part in (repository.timestamp, repository.snapshot, *repository.roles.values()):
        part.version = 5
    repository.put("some", "some/file", b"one")
    repository.publish()
    assert client.download("some/file") == 0
    before = {name: client.holds(name) for name in (*TOP, "some")}
    if role == "timestamp":
        repository.timestamp.version = 4
    elif role == "snapshot":
        repository.snapshot.version = 4
        repository.stamp()
    else:
        repository.roles["some" if role == "delegated" else "targets"].version = 4
        repository.publish()
    assert client.refresh() == 1
    for name in ("snapshot", "targets", "some"):
        assert client.holds(name) == before[name]


def test_no_role_vanishes_from_the_snapshot(client: Client) -> None:
    repository = client.repository
    repository.delegate("targets", "some", ["some/*"])
    repository.publish()
    assert client.refresh() == 0
    del repository.roles["some"], repository.snapshot.meta["some.json"]
    repository.publish()
    assert client.refresh() == 1
    assert client.version("snapshot") == 3


def test_new_keys_of_the_online_roles_let_them_begin_again(client: Client) -> None:
    """Recovery from a fast-forward attack (5.3.11)."""
    repository = client.repository
    for part in (repository.timestamp, repository.snapshot):
        part.version = 99_998
    repository.publish()
    assert client.refresh() == 0
    assert client.version("timestamp") == 99_999
    repository.timestamp.version, repository.snapshot.version = 1, 1
    repository.publish()
    assert client.refresh() == 1
    for rotated in ("timestamp", "snapshot"):
        repository.let_sign(rotated, [f"new {rotated}"])
    repository.publish_root()
    assert client.refresh() == 0
    assert (client.version("timestamp"), client.version("snapshot")) == (2, 2)


@pytest.mark.parametrize("hashed", [False, True])
@pytest.mark.parametrize("role", ["snapshot", "targets", "some"])
def test_metadata_is_the_one_that_the_role_above_names(
    client: Client, role: str, *, hashed: bool
) -> None:
    repository = client.repository
    repository.hashed = hashed
    repository.delegate("targets", "some", ["some/*"])
    repository.put("some", "some/file", b"one")
    repository.publish()
    part: Any = repository.snapshot if role == "snapshot" else repository.roles[role]
    if hashed:
        part.unrecognized_fields["x"] = "changed, but not its version"
    else:
        part.version += 1
    assert client.download("some/file") == 1
    assert client.version(role) is None
    assert client.files == []


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "some"])
def test_metadata_that_is_missing_ends_the_sync(
    client: Client, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = client.repository
    repository.delegate("targets", "some", ["some/*"])
    repository.put("some", "some/file", b"one")
    repository.publish()
    serve = repository.serve
    monkeypatch.setattr(
        repository, "serve", lambda path: None if f"{role}.json" in path else serve(path)
    )
    assert client.download("some/file") == 1
    assert client.version(role) is None


def test_fields_that_nobody_knows_are_signed_and_kept(client: Client) -> None:
    root = client.repository.root
    root.unrecognized_fields["x"] = {"a": [1, "ü", None, True]}
    root.roles["root"].unrecognized_fields["y"] = "z\n"
    root.keys[root.roles["root"].keyids[0]].unrecognized_fields["k"] = {"b": 2}
    client.repository.publish_root()
    assert client.refresh() == 0
    assert client.version("root") == 2


GRAPH = {
    "targets": ["a", "b", "c"],
    "a": ["d", "e", "f"],
    "b": ["g"],
}


@pytest.mark.parametrize(
    ("terminating", "owner", "asked"),
    [
        ((), None, "a d e b g c"),
        (("a",), None, "a d e"),
        ((), "d", "a d"),
        ((), "g", "a d e b g"),
        (("d",), "g", "a d"),
    ],
    ids=["to the end", "a role on the way ends it", "found", "found late", "ended before"],
)
def test_delegations_are_walked_in_order_until_one_has_it_or_ends_it(
    client: Client, terminating: tuple[str, ...], owner: str | None, asked: str
) -> None:
    repository = client.repository
    for above, below in GRAPH.items():
        for name in below:
            paths = ["elsewhere/*"] if name == "f" else ["*"]
            repository.delegate(above, name, paths, terminating=name in terminating)
    if owner is not None:
        repository.put(owner, "file", b"data")
    repository.publish()
    names = asked.split()
    assert client.download("file") == (0 if names[-1] == owner else 1)
    assert [name.split(".")[1] for name in repository.metadata_asked[4:]] == names


def test_a_delegation_for_other_paths_is_never_asked(client: Client) -> None:
    repository = client.repository
    repository.delegate("targets", "some", ["some/*.txt", "other/a?"])
    for path in ("some/x.txt", "some/x.jpg", "some/deep/x.txt", "other/ab", "other/abc"):
        repository.put("some", path, path.encode())
    repository.publish()
    for path, good in (
        ("some/x.txt", True), ("some/x.jpg", False), ("some/deep/x.txt", False),
        ("other/ab", True), ("other/abc", False),
    ):  # fmt: skip
        assert client.download(path) == (0 if good else 1), path
    assert len(client.files) == 2


def test_a_delegated_role_that_has_expired_or_is_wrongly_signed_ends_the_search(
    client: Client,
) -> None:
    repository = client.repository
    some = repository.delegate("targets", "some", ["some/*"])
    repository.put("some", "some/file", b"one")
    expires, some.expires = some.expires, PAST
    repository.publish()
    assert client.download("some/file") == 1
    some.expires = expires
    repository.signers["some"] = [signer("thief")]
    assert client.download("some/file") == 1
    repository.signers["some"] = [signer("some")]
    assert client.download("some/file") == 0
    assert client.files == [b"one"]


def test_a_role_name_is_no_path(client: Client) -> None:
    repository = client.repository
    names = ["..", "../a", "/a", "a/b", "ü", "a b", "?", "#"]
    for name in names:
        repository.delegate("targets", name, ["*"])
    repository.publish()
    assert client.download("file") == 1
    asked = [path.removeprefix("/metadata/1.") for path in repository.asked[4:]]
    assert asked == [f"{quote(name, safe='')}.json" for name in names]
    outside = {path for path in client.folder.rglob("*") if path.is_file()}
    assert all(path.parent.name in {"metadata", "root_history"} or path.name == "first.json"
               for path in outside)  # fmt: skip


def test_targets_are_fetched_once_in_order_and_by_one_client(client: Client) -> None:
    repository = client.repository
    for path in ("a.txt", "deep/er/b.txt"):
        repository.put("targets", path, path.encode())
    repository.publish()
    assert client.download("a.txt", "deep/er/b.txt") == 0
    assert client.files == [b"a.txt", b"deep/er/b.txt"]
    assert repository.metadata_asked.count("timestamp.json") == 1
    assert [p.rpartition(".")[2] for p in repository.asked[-2:]] == ["txt", "txt"]
    assert client.download("a.txt") == 0
    assert not any(path.startswith("/targets/") for path in repository.asked)


def test_a_target_is_what_is_signed_for_or_is_not_kept(client: Client) -> None:
    repository = client.repository
    repository.put("targets", "file", b"good")
    repository.publish()
    (name,) = repository.files
    for evil in (b"evil", b"good and more", b"goo", b""):
        repository.files[name] = evil
        assert client.download("file") == 1
        assert client.files == []
    repository.files[name] = b"good"
    assert client.download("file") == 0
    repository.put("targets", "file", b"better")
    repository.roles["targets"].version += 1
    repository.publish()
    assert client.download("file") == 0
    assert client.files == [b"better"]
    assert client.download("none") == 1
