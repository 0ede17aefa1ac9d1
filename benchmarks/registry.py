"""Opening trust data offline: 34 provinces with 10 keys each, a policy and a status list.

Beside it the limit: the signatures alone, each checked once with a loaded key. Target: at most
60 ms after imports (PERFORMANCE: re-verification from the cache).

``python benchmarks/registry.py country`` measures the whole country instead: 34 provinces with 300
cities each, five keys each, the cities' keys in files of their provinces; and how the cost of the
hub's commands grows with the number of cities.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tuf.api.metadata import Metadata
from tuf.api.serialization.json import CanonicalJSONSerializer

from measure import Row, compare, main
from trustcert.keys import PrivateKey
from trustcert.registry import publish
from trustcert.registry.archive import Archive
from trustcert.registry.model import Issuer, KeyRecord, KeySet
from trustcert.registry.publish import Repository, RoleKeys
from trustcert.status import State, StatusList, snapshot
from trustcert.status.indices import from_indices
from trustcert.store import TrustStore
from trustcert.sync import sync_file

PROVINCES = [f"CN-{number}" for number in range(11, 45)]


def made(at: int) -> tuple[Repository, dict[str, PrivateKey]]:
    """Return a published registry and its keys."""
    keys = {name: PrivateKey.generate("Ed25519") for name in ("root", "hub", "online")}

    def role(name: str) -> RoleKeys:
        key = keys.setdefault(name, PrivateKey.generate("Ed25519"))
        return RoleKeys(keys=(key.public_key,))

    repository = publish.create(
        root=role("root"),
        targets=role("hub"),
        snapshot=role("online"),
        timestamp=role("online"),
        at=at,
    )
    for name in PROVINCES:
        types = frozenset({"health_proof"})
        repository.add_issuer(
            Issuer(id=name, name_zh=name, name_en=name, types=types), role(name), at=at
        )
        repository.delegate_status(name, role(f"{name}-status"), at=at)
        records = tuple(KeyRecord(key=PrivateKey.generate().public_key) for _ in range(10))
        repository.put_key_set(KeySet(issuer=name, keys=records), at=at)
        repository.put_policy(name, {"destination": name, "recognises": [], "rules": {}}, at=at)
        revoked = from_indices(range(0, 100_000, 100), size=100_000)
        status = StatusList(
            issuer=name, number=1, version=1, size=100_000, as_of=at,
            states={State.INVALID: revoked},
        )  # fmt: skip
        repository.put_status(name, 1, snapshot.encode(status), at=at)
    repository.sign(*keys.values())
    publish.renew(repository, keys["online"], at=at)
    return repository, keys


def country(cities: int, *, at: int, keys_each: int = 5) -> tuple[Repository, PrivateKey]:
    """Return an unpublished registry of 34 provinces with so many cities each, all signed."""
    signing = PrivateKey.generate("Ed25519")
    role = RoleKeys(keys=(signing.public_key,))
    repository = publish.create(root=role, targets=role, snapshot=role, timestamp=role, at=at)
    types = frozenset({"health_proof"})
    for name in PROVINCES:
        entry = Issuer(id=name, name_zh=name, name_en=name, types=types)
        repository.add_issuer(entry, role, at=at)
        listed = [
            Issuer(id=f"{name}-{city:02X}X", name_zh=f"{name} {city}", name_en=f"{name} {city}",
                   types=types)
            for city in range(cities)
        ]  # fmt: skip
        repository.put_listed(name, listed, at=at)
        for issuer in (name, *(city.id for city in listed)):
            records = tuple(
                KeyRecord(key=PrivateKey.generate().public_key) for _ in range(keys_each)
            )
            repository.put_key_set(KeySet(issuer=issuer, keys=records), at=at)
        repository.put_policy(name, {"destination": name, "recognises": [], "rules": {}}, at=at)
    repository.sign(signing)
    return repository, signing


def signatures(repository: Repository, keys: dict[str, PrivateKey]) -> list[tuple[bytes, bytes]]:
    """Return each message and its signature, to be checked with one key."""
    serializer = CanonicalJSONSerializer()
    messages = [serializer.serialize(m.signed) for m in repository.metadata.values()]
    return [(keys["hub"].sign(message), message) for message in messages]


def run(quick: bool) -> list[Row]:
    """Measure opening and looking up."""
    at = int(time.time())
    repository, keys = made(at)
    packed = publish.render(repository)["registry.zip"]
    with tempfile.TemporaryDirectory() as folder:
        store = TrustStore(Path(folder))
        sync_file(store, packed, root=repository.roots[1])
        signed, key = signatures(repository, keys), keys["hub"].public_key
        metadata = [m.to_bytes() for m in repository.metadata.values()]
        group = "34 provinces, 340 keys, 34 lists"
        cases = {
            f"the {len(signed)} signatures alone": lambda: [key.verify(*pair) for pair in signed],
            "reading the archive": lambda: [a.read(n) for a in (Archive(packed),) for n in a.names],
            "parsing the metadata": lambda: [Metadata.from_bytes(data) for data in metadata],
            "store.open": lambda: store.open(at=at),
            "store.open and every key, list and policy": lambda: store.open(
                at=at
            ).read_everything(),
        }
        rows = compare(group, cases, limit=next(iter(cases)), quick=quick, unit="ms")
        trust = store.open(at=at)
        kids = [found.key.kid for found in trust.every_key()]
        assert len(kids) == 340
        table = dict.fromkeys(kids)
        lookups = {
            "340 kids in a dictionary": lambda: [table.get(kid) for kid in kids],
            "keys_for of 340 kids": lambda: [trust.keys_for(kid) for kid in kids],
        }
        limit = "340 kids in a dictionary"
        return [*rows, *compare("lookup", lookups, limit=limit, quick=quick)]


if __name__ == "__main__":
    main(run)
