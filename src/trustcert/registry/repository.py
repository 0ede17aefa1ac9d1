"""A registry as those who publish it keep it: signed metadata by role, target files by path.

Every edit opens a draft: the role's version goes one up, its signatures fall away, its expiry is
set anew. Whoever holds keys of the role then signs (:meth:`Repository.sign`), each on their own
machine if they like: :meth:`Repository.save` and :meth:`Repository.load` carry it between them.
:func:`trustcert.registry.publish.publish` refuses what has not reached its threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    VerificationResult,
)

from trustcert.encoding.instants import datetime_of
from trustcert.errors import TrustError
from trustcert.files import disk, write_whole
from trustcert.keys import Signer
from trustcert.registry import layout, model
from trustcert.registry.metadata import (
    TufSigner,
    kind_of,
    parse,
    seconds_of,
    signers_of,
    tuf_key,
)
from trustcert.registry.model import Issuer, KeySet
from trustcert.registry.roles import Lifetimes, RoleKeys, Signatures
from trustcert.registry.trust import KeyState
from trustcert.status import paths


class Repository:
    """The metadata and the files of one registry, and the edits to them."""

    __slots__ = ("files", "lifetimes", "metadata", "roots")

    metadata: dict[str, Metadata[Any]]
    """The newest metadata by role, drafts included; the snapshot is the last published one."""
    roots: dict[int, bytes]
    """The published root metadata by version."""
    files: dict[str, bytes]
    """The targets by path."""

    def __init__(self, lifetimes: Lifetimes | None = None) -> None:
        """Start empty; :func:`create` and :meth:`load` fill it."""
        self.metadata, self.roots, self.files = {}, {}, {}
        self.lifetimes = lifetimes or Lifetimes()

    @property
    def root(self) -> Root:
        """The newest root, draft or not."""
        root: Root = self.metadata["root"].signed
        return root

    @property
    def issuers(self) -> tuple[Issuer, ...]:
        """The issuers that the coordinating authority lists."""
        data = self.files.get(layout.ISSUERS)
        return () if data is None else model.read_issuers(data)

    def cities(self, province: str) -> tuple[Issuer, ...]:
        """Return the cities that ``province`` lists."""
        data = self.files.get(layout.cities_path(province))
        return () if data is None else model.read_issuers(data)

    def every_issuer(self) -> tuple[Issuer, ...]:
        """Return the provinces, and behind each its cities."""
        return tuple(
            entry for province in self.issuers for entry in (province, *self.cities(province.id))
        )

    def published_version(self, role: str) -> int:
        """Return the version of ``role`` that was last published; 0 for none."""
        if role == "root":
            return max(self.roots, default=0)
        if role in ("snapshot", "timestamp"):  # made by a publication, never drafted
            return self.metadata[role].signed.version if role in self.metadata else 0
        if "snapshot" not in self.metadata:
            return 0
        snapshot: Snapshot = self.metadata["snapshot"].signed
        entry = snapshot.meta.get(f"{role}.json")
        return entry.version if entry else 0

    def is_draft(self, role: str) -> bool:
        """Return whether ``role`` was edited since it was last published."""
        version: int = self.metadata[role].signed.version
        return version > self.published_version(role)

    def is_unused(self, role: str) -> bool:
        """Return whether ``role`` is delegated, but its owner has not handed in anything yet."""
        return not self.published_version(role) and not self.metadata[role].signatures

    def edit(self, role: str, *, at: int) -> Any:
        """Return the signed part of ``role`` for editing: a draft that nobody has signed.

        Raises:
            TrustError: there is no such role here.
        """
        metadata = self._role(role)
        signed = metadata.signatures and role != "root"  # may be handed in; roots have no gaps
        if signed or not self.is_draft(role):
            metadata.signed.version += 1
        metadata.signatures.clear()
        metadata.signed.expires = datetime_of(at + self.lifetimes.of(role))
        return metadata.signed

    def put(self, role: str, path: str, data: bytes, *, at: int) -> None:
        """Let ``role`` sign for ``data`` at ``path``; nothing changes where it does already.

        Raises:
            TrustError: the path is outside what is delegated to the role.
        """
        self.check_path(role, path)
        target = TargetFile.from_data(path, data, ["sha256"])
        held = self._role(role).signed.targets.get(path)
        if held is None or held.hashes != target.hashes:
            self.edit(role, at=at).targets[path] = target
        self.files[path] = data

    def remove(self, role: str, path: str, *, at: int) -> None:
        """Let ``role`` no longer sign for ``path``; nothing changes where it does not.

        The file itself may still be published for those who hold the metadata of before.
        """
        if path in self._role(role).signed.targets:
            del self.edit(role, at=at).targets[path]
            self.files.pop(path, None)

    def put_issuers(self, issuers: Iterable[Issuer], *, at: int) -> None:
        """List ``issuers``, all of them."""
        self.put("targets", layout.ISSUERS, model.write_issuers(issuers), at=at)

    def put_key_set(self, key_set: KeySet, *, at: int) -> None:
        """Make ``key_set`` the key set of its issuer."""
        issuer = key_set.issuer
        self.put(issuer, layout.keys_path(issuer), model.write_key_set(key_set), at=at)

    def put_policy(self, destination: str, document: Mapping[str, Any], *, at: int) -> None:
        """Make ``document`` what ``destination`` accepts."""
        data = model.write_policy(document)
        self.put(destination, layout.policy_path(destination), data, at=at)

    def put_status(self, issuer: str, number: int, snapshot: bytes, *, at: int) -> None:
        """Make ``snapshot`` (:mod:`trustcert.status.snapshot`) the status list ``number``."""
        role = layout.role_of_status(issuer)
        self.put(role, paths.snapshot(issuer, number), snapshot, at=at)

    def key_set(self, issuer: str) -> KeySet:
        """Return the key set of ``issuer``, empty where it has none yet."""
        data = self.files.get(layout.keys_path(issuer))
        return KeySet(issuer=issuer) if data is None else model.read_key_set(data, issuer)

    def add_issuer(self, issuer: Issuer, keys: RoleKeys, *, at: int) -> None:
        """List ``issuer`` and delegate its paths to ``keys``; it signs from then on.

        A province is listed by the coordinating authority, a city by its province.

        Raises:
            TrustError: it is listed already, its province is not, or may issue less than it.
        """
        name, above = issuer.id, layout.parent(issuer.id)
        if any(known.id == name for known in self.every_issuer()):
            raise TrustError(f"{name} is listed already")
        if above is None:
            self.put_issuers((*self.issuers, issuer), at=at)
        else:
            self._check_city(issuer, above)
            data = model.write_issuers((*self.cities(above), issuer))
            self.put(above, layout.cities_path(above), data, at=at)
        self.delegate(above or "targets", name, keys, layout.delegated_paths(name), at=at)

    def withdraw(self, issuer: str, *, at: int) -> None:
        """Leave ``issuer`` in the list as withdrawn: whatever it signed is refused.

        Raises:
            TrustError: it is not listed.
        """
        if all(known.id != issuer for known in self.every_issuer()):
            raise TrustError(f"{issuer}: no such issuer in this registry")
        above = layout.parent(issuer)
        listed = self.issuers if above is None else self.cities(above)
        changed = [
            replace(known, state=KeyState.WITHDRAWN, since=at) if known.id == issuer else known
            for known in listed
        ]
        path = layout.ISSUERS if above is None else layout.cities_path(above)
        self.put(above or "targets", path, model.write_issuers(changed), at=at)

    def delegate_status(self, issuer: str, keys: RoleKeys, *, at: int) -> None:
        """Let ``keys`` sign the status lists of ``issuer``, and nothing else of it."""
        role = layout.role_of_status(issuer)
        self.delegate(issuer, role, keys, layout.status_paths(issuer), at=at)

    def delegate(
        self, above: str, role: str, keys: RoleKeys, patterns: list[str], *, at: int
    ) -> None:
        """Let ``keys`` sign ``role`` under ``above``, for targets that match ``patterns``.

        A delegation that exists gets these keys instead of its own.
        """
        signed: Targets = self.edit(above, at=at)
        delegations = signed.delegations or Delegations(keys={}, roles={})
        roles = delegations.roles if delegations.roles is not None else {}
        known = [tuf_key(key) for key in keys.keys]
        keyids = [key.keyid for key in known]
        roles[role] = DelegatedRole(role, keyids, keys.threshold, terminating=True, paths=patterns)
        used = {keyid for entry in roles.values() for keyid in entry.keyids}
        every = delegations.keys | {key.keyid: key for key in known}
        signed.delegations = Delegations(
            {keyid: key for keyid, key in every.items() if keyid in used}, roles
        )
        if role not in self.metadata:
            self.metadata[role] = Metadata(
                Targets(expires=datetime_of(at + self.lifetimes.of(role)))
            )
        elif not self.is_signed(role):
            self.edit(role, at=at)

    def set_root_keys(self, role: str, keys: RoleKeys, *, at: int) -> None:
        """Let ``keys`` sign the top-level ``role`` from the next root version on."""
        root: Root = self.edit("root", at=at)
        _set_keys(root, role, keys)
        if role == "targets" and not self.is_signed(role):
            self.edit(role, at=at)

    def is_signed(self, role: str) -> bool:
        """Return whether the threshold of its keys, as they are now, signed ``role``."""
        return self._result(self.delegator(role), role).verified

    def delegator(self, role: str) -> Root | Targets:
        """Return the metadata that names the keys of ``role``.

        Raises:
            TrustError: there is none.
        """
        above: Root | Targets = self._role(layout.delegator(role)).signed
        return above

    def previous_root(self) -> Root | None:
        """Return the published root before the draft, which must sign it too."""
        data = self.roots.get(self.root.version - 1)
        return None if data is None else parse(Root, data, "root.json").signed

    def sign(self, *signers: Signer) -> tuple[str, ...]:
        """Sign every draft that one of ``signers`` has a say in; return the roles signed."""
        signed: list[str] = []
        for role, metadata in self.metadata.items():
            if not self.is_draft(role):
                continue
            allowed = self.signing_keys(role)
            for signer in map(TufSigner, signers):
                if signer.public_key.keyid in allowed:
                    metadata.sign(signer, append=True)
                    signed.append(role)
        return tuple(dict.fromkeys(signed))

    def signing_keys(self, role: str) -> dict[str, Key]:
        """Return the keys, by TUF key id, whose signatures count on ``role``."""
        allowed = signers_of(self.delegator(role), role)
        before = self.previous_root() if role == "root" else None
        return allowed | (signers_of(before, role) if before else {})

    def signatures(self, role: str) -> Signatures:
        """Return who has signed ``role`` as it stands, and what is missing."""
        metadata = self._role(role)
        results = [self._result(self.delegator(role), role)]
        before = self.previous_root() if role == "root" else None
        if before is not None:
            results.append(self._result(before, role))
        return Signatures(
            role=role,
            version=metadata.signed.version,
            expires=seconds_of(metadata.signed.expires),
            draft=self.is_draft(role),
            signed=tuple(sorted({keyid for result in results for keyid in result.signed})),
            unsigned=tuple(sorted({keyid for result in results for keyid in result.unsigned})),
            missing=max(result.threshold - len(result.signed) for result in results),
        )

    def save(self, folder: Path) -> None:
        """Write everything into ``folder``, each file whole or not at all.

        Raises:
            SyncError: the disk refused.
        """
        written = {f"{layout.METADATA}{n}.root.json": data for n, data in self.roots.items()}
        for role, metadata in self.metadata.items():
            written[layout.metadata_name(role, None)] = metadata.to_bytes()
        written |= {f"{layout.TARGETS}{path}": data for path, data in self.files.items()}
        for name, data in written.items():
            path = folder / name
            with disk(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                same = path.exists() and path.read_bytes() == data
            if not same:
                write_whole(path, data)

    @classmethod
    def load(cls, folder: Path, lifetimes: Lifetimes | None = None) -> Repository:
        """Return what :meth:`save` wrote into ``folder``.

        Raises:
            TrustError: a file is not what its name says.
            SyncError: the disk refused.
        """
        repository = cls(lifetimes)
        with disk(folder):
            for path in sorted((folder / layout.METADATA).glob("*.json")):
                role, data = path.name.removesuffix(".json"), path.read_bytes()
                number, dot, _ = role.partition(".")
                if dot:
                    repository.roots[int(number)] = data
                else:
                    repository.metadata[role] = parse(kind_of(role), data, path.name)
            for path in sorted((folder / layout.TARGETS).rglob("*")):
                if path.is_file():
                    name = path.relative_to(folder / layout.TARGETS).as_posix()
                    repository.files[name] = path.read_bytes()
        repository.root  # noqa: B018 - a folder without a root is no registry
        return repository

    def _result(self, delegator: Root | Targets, role: str) -> VerificationResult:
        metadata = self._role(role)
        try:
            return delegator.get_verification_result(
                role, metadata.signed_bytes, metadata.signatures
            )
        except ValueError:
            raise TrustError(f"{role}: is delegated to nobody") from None

    def _check_city(self, city: Issuer, above: str) -> None:
        province = next((known for known in self.issuers if known.id == above), None)
        if province is None:
            raise TrustError(f"{above}, the province of {city.id}, is not listed")
        if (problem := model.beyond(city, above, province.types)) is not None:
            raise TrustError(problem)

    def check_path(self, role: str, path: str) -> None:
        """Return if ``role`` may sign for ``path``.

        Raises:
            TrustError: it is outside what is delegated to the role, or to one above it.
        """
        while role != "targets":
            delegation = self.delegator(role).get_delegated_role(role)
            if not isinstance(delegation, DelegatedRole) or not delegation.is_delegated_path(path):
                raise TrustError(f"{path}: outside what is delegated to {role}")
            role = layout.delegator(role)

    def _role(self, role: str) -> Metadata[Any]:
        try:
            return self.metadata[role]
        except KeyError:
            raise TrustError(f"{role}: no such role in this registry") from None


def create(  # noqa: PLR0913 - the four roles of TUF, and when
    *,
    root: RoleKeys,
    targets: RoleKeys,
    snapshot: RoleKeys,
    timestamp: RoleKeys,
    at: int,
    lifetimes: Lifetimes | None = None,
) -> Repository:
    """Return a new registry without issuers, to be signed by its root and targets keys."""
    repository = Repository(lifetimes)
    expires = datetime_of(at + repository.lifetimes.root)
    repository.metadata["root"] = Metadata(Root(expires=expires, consistent_snapshot=True))
    given = {"root": root, "targets": targets, "snapshot": snapshot, "timestamp": timestamp}
    for role, keys in given.items():
        _set_keys(repository.root, role, keys)
    until = datetime_of(at + repository.lifetimes.targets)
    repository.metadata["targets"] = Metadata(Targets(expires=until))
    repository.put_issuers((), at=at)
    return repository


def _set_keys(root: Root, role: str, keys: RoleKeys) -> None:
    for keyid in list(root.roles[role].keyids):
        root.revoke_key(keyid, role)
    root.roles[role] = Role([], keys.threshold)
    for key in keys.keys:
        root.add_key(tuf_key(key), role)
