"""A publisher in memory: provinces with keys, a registry, and a mirror that can be attacked."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pytest
from tuf.api import exceptions
from tuf.ngclient import FetcherInterface

from trustcert.keys import PrivateKey
from trustcert.registry import publish
from trustcert.registry.model import Issuer, KeyRecord, KeySet
from trustcert.registry.publish import Published, Repository, RoleKeys
from trustcert.status import State, StatusList, snapshot
from trustcert.status.indices import from_indices

URL = "https://mirror.invalid/cn/"
NAMES = {
    "CN-51": ("四川省", "Sichuan"),
    "CN-44": ("广东省", "Guangdong"),
    "CN-31": ("上海市", "Shanghai"),
}


def vectors(folder: str) -> Path:
    """Return a folder of other people's test data, or skip."""
    base = Path(
        os.environ.get("TRUSTCERT_VECTORS", Path(__file__).parents[2] / "../shared/vectors")
    )
    if not (base / folder).is_dir():
        pytest.skip(f"test data {folder} is not here; name its folder in TRUSTCERT_VECTORS")
    return base / folder


def one(key: PrivateKey) -> RoleKeys:
    return RoleKeys(keys=(key.public_key,))


def some_list(
    issuer: str, *, number: int = 1, version: int = 1, revoked: Iterable[int] = (3,)
) -> bytes:
    states = {State.INVALID: from_indices(revoked, size=1_000)}
    return snapshot.encode(
        StatusList(
            issuer=issuer, number=number, version=version, size=1_000, as_of=1, states=states
        )
    )


@dataclass
class World:
    """A registry with all its keys, and what its mirror holds."""

    at: int
    keys: dict[str, PrivateKey]
    repository: Repository
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def root(self) -> bytes:
        return self.repository.roots[1]

    def publish(self, *, after: int = 60) -> Published:
        """Sign every draft, publish into memory, ``after`` seconds after the last time.

        A hostile publisher leaves out what an honest one checks; so does this one.
        """
        self.at += after
        self.repository.sign(*self.keys.values())
        with mock.patch.object(publish, "_check_following"):
            published = publish.renew(self.repository, self.keys["online"], at=self.at)
        publish.add(publish.render(self.repository), self.files)
        return published

    def new_key(self, issuer: str) -> PrivateKey:
        """Give ``issuer`` one more key for credentials, in a draft."""
        key = PrivateKey.generate()
        held = self.repository.key_set(issuer)
        more = KeySet(issuer=issuer, keys=(*held.keys, KeyRecord(key=key.public_key)))
        self.repository.put_key_set(more, at=self.at)
        return key

    def revoke(self, issuer: str, *revoked: int, version: int) -> None:
        """Publish-ready: put a newer list 1 of ``issuer`` in a draft."""
        data = some_list(issuer, version=version, revoked=revoked)
        self.repository.put_status(issuer, 1, data, at=self.at)

    def mirror(self) -> Mirror:
        """Return a mirror of the files as they are now."""
        return Mirror(dict(self.files))


class Mirror(FetcherInterface):
    """Serves files from memory; ``evil`` sees each name and may hand out something else."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.asked: list[str] = []
        self.last = ""
        self.evil: Callable[[str, bytes | None], bytes | None] = lambda _name, data: data

    @property
    def requests(self) -> int:
        return len(self.asked)

    def _fetch(self, url: str) -> Iterator[bytes]:
        name = url.removeprefix(URL)
        self.last = url
        self.asked.append(name)
        data = self.evil(name, self.files.get(name))
        if data is None:
            raise exceptions.DownloadHTTPError(f"{url}: HTTP status 404", 404)
        return iter((data,))


def world(
    issuers: Iterable[str] = ("CN-51", "CN-44", "CN-31"),
    *,
    at: int | None = None,
    threshold: int = 2,
) -> World:
    """Return a published registry of ``issuers``, each with a key, a policy and a status list."""
    at = int(time.time()) - 3_600 if at is None else at
    keys = {name: PrivateKey.generate("Ed25519") for name in ("r1", "r2", "r3", "hub", "online")}
    root = RoleKeys(
        keys=tuple(keys[name].public_key for name in ("r1", "r2", "r3")), threshold=threshold
    )
    online = one(keys["online"])
    repository = publish.create(
        root=root, targets=one(keys["hub"]), snapshot=online, timestamp=online, at=at
    )
    made = World(at=at, keys=keys, repository=repository)
    for issuer in issuers:
        keys[issuer] = PrivateKey.generate("Ed25519")
        keys[f"{issuer}-status"] = PrivateKey.generate("Ed25519")
        zh, en = NAMES.get(issuer, (issuer, issuer))
        entry = Issuer(
            id=issuer, name_zh=zh, name_en=en, types=frozenset({"health_proof", "test_result"})
        )
        repository.add_issuer(entry, one(keys[issuer]), at=at)
        repository.delegate_status(issuer, one(keys[f"{issuer}-status"]), at=at)
        keys[f"{issuer}-signs"] = made.new_key(issuer)
        repository.put_policy(issuer, {"destination": issuer}, at=at)
        repository.put_status(issuer, 1, some_list(issuer), at=at)
    made.publish()
    return made
