"""Two officers, a hub and a checkpoint: random commands, and what must hold after each.

A checkpoint that syncs after each publication never sees an older state of anything, never loses an
issuer, and never passes what was revoked, compromised or withdrawn.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.registry.simulator import URL, Mirror, one

from trustcert.errors import TrustcertError
from trustcert.keys import PrivateKey
from trustcert.policy import from_document
from trustcert.registry import publish, rotation
from trustcert.registry.model import Issuer, KeyRecord
from trustcert.registry.pulling import pull
from trustcert.registry.repository import Repository, create
from trustcert.registry.roles import RoleKeys
from trustcert.registry.submission import accept, submit
from trustcert.registry.trust import KeyState
from trustcert.store import TrustStore
from trustcert.sync import sync

EXAMPLES = int(os.environ.get("TRUSTCERT_SEQUENCES", "12"))
PROVINCE = "CN-51"
CITY = "CN-51-01"
KEYS = {name: PrivateKey.generate("Ed25519") for name in ("root", "hub", "online", "wang", "li")}
NEW = {name: PrivateKey.generate("Ed25519") for name in ("root", "hub", "wang", "li")}
SPARE = [PrivateKey.generate("Ed25519").public_key for _ in range(12)]
BAD = frozenset({KeyState.COMPROMISED, KeyState.WITHDRAWN})


class Officers(RuleBasedStateMachine):
    """The hub's folder, the province's copy, what is on the web, and a checkpoint's store."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        base = Path(self.folder.name)
        self.hub_folder, self.copy_folder, self.www = base / "hub", base / "copy", base / "www"
        self.at = 1_800_000_000
        repository = create(
            root=one(KEYS["root"]),
            targets=one(KEYS["hub"]),
            snapshot=one(KEYS["online"]),
            timestamp=one(KEYS["online"]),
            at=self.at,
        )
        entry = Issuer(
            id=PROVINCE, name_zh="四川", name_en="Sichuan", types=frozenset({"health_proof"})
        )
        repository.add_issuer(entry, self.officers(KEYS), at=self.at)
        repository.sign(KEYS["root"], KEYS["hub"])
        repository.save(self.hub_folder)
        self.store = TrustStore(base / "store")
        self.bad: set[bytes] = set()
        self.shown_bad: set[bytes] = set()
        self.withdrawn = False
        self.submission: bytes | None = None
        self.versions: dict[str, int] = {}
        self.issuers: set[str] = set()
        self.publish()
        root = (self.www / "metadata" / "1.root.json").read_bytes()
        copy = Repository()
        pull(copy, publish.Folder(self.www).get, root)
        copy.save(self.copy_folder)

    @staticmethod
    def officers(keys: dict[str, PrivateKey]) -> RoleKeys:
        return RoleKeys(keys=(keys["wang"].public_key, keys["li"].public_key), threshold=2)

    def change(self, folder: Path, edit: Any) -> None:
        """Do what a command does: load, edit, save; an error leaves the folder as it was."""
        self.at += 60
        repository = Repository.load(folder)
        try:
            edit(repository)
        except TrustcertError:
            return
        repository.save(folder)

    @rule(number=st.integers(0, len(SPARE) - 1), city=st.booleans())
    def add_key(self, number: int, city: bool) -> None:  # noqa: FBT001
        def edit(repository: Repository) -> None:
            held = repository.key_set(CITY if city else PROVINCE)
            record = KeyRecord(key=SPARE[number])
            repository.put_key_set(rotation.add(held, record).key_set, at=self.at)

        self.change(self.copy_folder, edit)

    @rule(number=st.integers(0, len(SPARE) - 1), how=st.sampled_from(["retire", "remove"]))
    def end_key(self, number: int, how: str) -> None:
        def edit(repository: Repository) -> None:
            held, kid = repository.key_set(PROVINCE), SPARE[number].kid.hex()
            if how == "retire":
                changed = rotation.retire(held, kid, at=self.at)
            else:
                changed = rotation.remove(held, kid, since=self.at)
            repository.put_key_set(changed.key_set, at=self.at)

        self.change(self.copy_folder, edit)

    @rule()
    def list_city(self) -> None:
        city = Issuer(id=CITY, name_zh="成都", name_en="Chengdu")
        self.change(self.copy_folder, lambda r: r.add_issuer(city, None, at=self.at))

    @rule(new=st.booleans(), both=st.booleans())
    def sign_copy(self, new: bool, both: bool) -> None:  # noqa: FBT001
        keys = NEW if new else KEYS
        chosen = [keys["wang"], keys["li"]] if both else [keys["wang"]]
        self.change(self.copy_folder, lambda r: r.sign(*chosen))

    @rule()
    def submit(self) -> None:
        def edit(repository: Repository) -> None:
            self.submission = submit(repository, PROVINCE)

        self.change(self.copy_folder, edit)

    @precondition(lambda self: self.submission is not None)
    @rule()
    def accept(self) -> None:
        data = self.submission or b""
        self.change(
            self.hub_folder,
            lambda r: accept(r, PROVINCE, data, at=self.at, read_policy=from_document),
        )

    @rule()
    def pull(self) -> None:
        self.change(self.copy_folder, lambda r: pull(r, publish.Folder(self.www).get))

    @rule(role=st.sampled_from(["root", "targets", PROVINCE]), at_hub=st.booleans())
    def discard(self, role: str, at_hub: bool) -> None:  # noqa: FBT001
        self.change(self.hub_folder if at_hub else self.copy_folder, lambda r: r.discard(role))

    @rule(role=st.sampled_from(["root", "targets", PROVINCE]), at_hub=st.booleans())
    def renew(self, role: str, at_hub: bool) -> None:  # noqa: FBT001
        folder = self.hub_folder if at_hub else self.copy_folder
        self.change(folder, lambda r: r.renew([role], at=self.at))

    @rule(new=st.booleans())
    def rotate_province(self, new: bool) -> None:  # noqa: FBT001
        keys, paths = self.officers(NEW if new else KEYS), [f"{PROVINCE}/*", f"{PROVINCE}-*/*"]
        self.change(
            self.hub_folder, lambda r: r.delegate("targets", PROVINCE, keys, paths, at=self.at)
        )

    @rule(role=st.sampled_from(["root", "targets"]), new=st.booleans())
    def rotate_top(self, role: str, new: bool) -> None:  # noqa: FBT001
        key = (NEW if new else KEYS)["root" if role == "root" else "hub"]
        self.change(self.hub_folder, lambda r: r.set_root_keys(role, one(key), at=self.at))

    @rule(keys=st.sets(st.sampled_from(["root", "hub", "wang", "li"])), new=st.booleans())
    def sign_hub(self, keys: set[str], new: bool) -> None:  # noqa: FBT001
        chosen = [(NEW if new else KEYS)[name] for name in sorted(keys)]
        self.change(self.hub_folder, lambda r: r.sign(*chosen))

    @rule()
    def withdraw_city(self) -> None:
        self.change(self.copy_folder, lambda r: r.withdraw(CITY, at=self.at))

    @rule()
    def publish(self) -> None:
        self.at += 60
        repository = Repository.load(self.hub_folder)
        publish.publish(
            repository, self.www, KEYS["online"], at=self.at, work=self.hub_folder, keep=3_600
        )
        files = {name: publish.Folder(self.www)[name] for name in publish.Folder(self.www)}
        first = files["metadata/1.root.json"]
        sync(self.store, URL, root=first, fetcher=Mirror(files))
        self.look()

    def look(self) -> None:
        """Compare what the checkpoint holds with what it held."""
        trust = self.store.open(at=self.at)
        assert trust.read_everything() == ()
        roles = trust.registries[0].chain.roles
        for name, version in self.versions.items():
            assert roles[name].version >= version
        assert self.issuers <= set(trust.issuers)
        self.versions = {name: role.version for name, role in roles.items()}
        self.issuers = set(trust.issuers)
        bad = {
            key.key.spki for key in trust.every_key() if key.issuer == PROVINCE and key.state in BAD
        }
        assert self.bad <= bad
        self.bad = bad

    @invariant()
    def folders_can_be_read(self) -> None:
        for folder in (self.hub_folder, self.copy_folder):
            if (folder / "work-folder.json").exists():
                Repository.load(folder)

    def teardown(self) -> None:
        self.folder.cleanup()


Officers.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestOfficers = Officers.TestCase
