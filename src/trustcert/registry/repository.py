"""A registry as those who publish it keep it: what is published, and the drafts of what follows.

Every edit opens a draft: the role's version goes one up, its signatures fall away, its expiry is
set anew. Whoever holds keys of the role then signs (:meth:`Repository.sign`), each on their own
machine if they like. A draft changes nothing that is published: only
:func:`trustcert.registry.publish.renew` puts it there, once enough keys have signed.

:mod:`trustcert.registry.workfolder` says how all of it stands on disk.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    Role,
    Root,
    TargetFile,
    Targets,
)

from trustcert.encoding import texts
from trustcert.encoding.instants import datetime_of
from trustcert.errors import TrustError
from trustcert.keys import Signer
from trustcert.registry import layout, model, naming
from trustcert.registry.chain import delegations
from trustcert.registry.metadata import (
    TufSigner,
    kid_of,
    name_of,
    parse,
    parse_role,
    seconds_of,
    sha256_of,
    signed_bytes,
    signers_of,
    tuf_key,
)
from trustcert.registry.model import Issuer, KeySet
from trustcert.registry.roles import Lifetimes, RoleKeys, Signatures
from trustcert.registry.trust import KeyState
from trustcert.registry.workfolder import Blobs, Contents, read_folder, write_folder
from trustcert.status import paths

__all__ = ["Repository", "create", "find_target"]

T = TypeVar("T")


class Repository:
    """The metadata and the files of one registry, and the edits to them."""

    __slots__ = ("_read", "blobs", "drafts", "lifetimes", "metadata", "published", "roots")

    published: dict[str, Metadata[Any]]
    """The metadata by role as it was last published."""
    drafts: dict[str, Metadata[Any]]
    """The metadata by role that follows it; each of a higher version than is published."""
    metadata: Mapping[str, Metadata[Any]]
    """The newest metadata by role: the draft where there is one, else what is published."""
    roots: dict[int, bytes]
    """The published root metadata by version."""
    blobs: Blobs
    """The contents of targets, by published name: the hash in it keeps two versions apart."""

    def __init__(
        self, lifetimes: Lifetimes | None = None, contents: Contents | None = None
    ) -> None:
        """Start with ``contents``, else empty; :func:`create` and :meth:`load` fill it."""
        found = contents or Contents()
        self.published, self.drafts = dict(found.published), dict(found.drafts)
        self.roots, self.blobs = dict(found.roots), found.blobs.copy()
        self.metadata = ChainMap(self.drafts, self.published)
        self.lifetimes = lifetimes or Lifetimes()
        self._read: dict[tuple[str, str], Any] = {}

    @property
    def contents(self) -> Contents:
        """All that is kept."""
        return Contents(
            published=self.published, drafts=self.drafts, roots=self.roots, blobs=self.blobs
        )

    def copy(self) -> Repository:
        """Return a copy on which edits can be tried; metadata is shared until it is edited."""
        return Repository(self.lifetimes, self.contents)

    @property
    def files(self) -> Mapping[str, bytes]:
        """The newest targets by path, drafts included."""
        return {path: self._bytes(target, path) for path, target in self.targets()}

    def targets(self) -> Iterator[tuple[str, TargetFile]]:
        """Yield path and target of each file that the newest metadata signs."""
        for metadata in self.metadata.values():
            yield from getattr(metadata.signed, "targets", {}).items()

    def file(self, path: str) -> bytes | None:
        """Return the newest target at ``path``, or None where no role signs one."""
        target = find_target(self.metadata, path)
        return None if target is None else self._bytes(target, path)

    def reader(self, metadata: Metadata[Any] | None) -> Callable[[str], bytes | None]:
        """Return what reads the targets that ``metadata`` signs by path; None for others."""

        def read(path: str) -> bytes | None:
            target = metadata.signed.targets.get(path) if metadata else None
            return None if target is None else self._bytes(target, path)

        return read

    def _bytes(self, target: TargetFile, path: str) -> bytes:
        name = layout.target_name(path, sha256_of(target, path))
        data = self.blobs.get(name)
        if data is None:
            raise TrustError(f"{path}: its file {name} is missing in the work folder")
        return data

    @property
    def root(self) -> Root:
        """The newest root, draft or not."""
        root: Root = self._role("root").signed
        return root

    @property
    def issuers(self) -> tuple[Issuer, ...]:
        """The issuers that the coordinating authority lists."""
        return self._document(layout.ISSUERS, model.read_issuers) or ()

    def cities(self, province: str) -> tuple[Issuer, ...]:
        """Return the cities that ``province`` lists."""
        return self._document(layout.cities_path(province), model.read_issuers) or ()

    def every_issuer(self) -> tuple[Issuer, ...]:
        """Return the provinces, and behind each its cities."""
        return tuple(
            entry for province in self.issuers for entry in (province, *self.cities(province.id))
        )

    def issuer(self, issuer: str) -> Issuer:
        """Return the entry of ``issuer``.

        Raises:
            TrustError: it is not listed; the closest ids are named.
        """
        above = layout.parent(issuer)
        listed = self.issuers if above is None else self.cities(above)
        for entry in listed:
            if entry.id == issuer:
                return entry
        raise naming.unknown("issuer", issuer, (entry.id for entry in self.every_issuer()))

    def published_version(self, role: str) -> int:
        """Return the version of ``role`` that was last published; 0 for none."""
        return self.published[role].signed.version if role in self.published else 0

    def is_draft(self, role: str) -> bool:
        """Return whether ``role`` was edited since it was last published."""
        return role in self.drafts

    def roles(self) -> Iterator[str]:
        """Yield the root, targets and every delegated role, those without metadata too."""
        yield from ("root", "targets")
        waiting = ["targets"]
        while waiting:
            above = waiting.pop(0)
            if above not in self.metadata:
                continue
            for delegation in delegations(self.metadata[above].signed, above):
                yield delegation.name
                waiting.append(delegation.name)

    def is_unused(self, role: str) -> bool:
        """Return whether ``role`` is delegated, but its owner has not handed in anything yet."""
        return role not in self.published and (
            role not in self.drafts or not self.drafts[role].signatures
        )

    def edit(self, role: str, *, at: int) -> Any:
        """Return the signed part of ``role`` for editing: a draft that nobody has signed.

        Raises:
            TrustError: there is no such role here.
        """
        draft = self.drafts.get(role)
        if draft is None:
            draft = self._draft_after(role, at)
        else:
            draft = parse_role(role, draft.to_bytes(), f"{role}.json")
            if draft.signatures and role != "root":  # may be handed in; roots have no gaps
                draft.signed.version += 1
        draft.signatures.clear()
        draft.signed.expires = datetime_of(at + self.lifetimes.of(role))
        self.drafts[role] = draft
        return draft.signed

    def _draft_after(self, role: str, at: int) -> Metadata[Any]:
        published = self.published.get(role)
        if published is None:
            self._check_delegated(role)
            return Metadata(Targets(expires=datetime_of(at + self.lifetimes.of(role))))
        draft = parse_role(role, published.to_bytes(), f"{role}.json")
        draft.signed.version += 1
        return draft

    def renew(self, roles: Iterable[str], *, at: int) -> tuple[str, ...]:
        """Open drafts of ``roles`` whose only change is a later expiry; return them.

        Raises:
            TrustError: there is no such role, or it is one that each publication renews.
        """
        renewed = []
        for role in roles:
            if role in ("snapshot", "timestamp"):
                raise TrustError(f"{role}: each publication renews it: trustcert registry publish")
            if role not in self.metadata:
                self._role(role)
            self.edit(role, at=at)
            renewed.append(role)
        return tuple(renewed)

    def ending(self, *, at: int, soon: int) -> tuple[str, ...]:
        """Return the offline roles whose newest metadata ends within ``soon`` seconds.

        What lives for a week is not always about to end: at most a third of a role's lifetime
        counts.
        """
        return tuple(
            role
            for role, metadata in self.metadata.items()
            if role not in ("snapshot", "timestamp")
            and seconds_of(metadata.signed.expires) <= at + min(soon, self.lifetimes.of(role) // 3)
        )

    def discard(self, role: str) -> None:
        """Drop the draft of ``role``; what is published stays.

        Raises:
            TrustError: there is no draft of it.
        """
        if role not in self.drafts:
            raise naming.unknown("draft", role, self.drafts)
        del self.drafts[role]

    def put(self, role: str, path: str, data: bytes, *, at: int) -> None:
        """Let ``role`` sign for ``data`` at ``path``; nothing changes where it does already.

        Raises:
            TrustError: the path is outside what is delegated to the role.
        """
        self.check_path(role, path)
        target = TargetFile.from_data(path, data, ["sha256"])
        held = self.metadata[role].signed.targets.get(path) if role in self.metadata else None
        if held is None or held.hashes != target.hashes:
            self.edit(role, at=at).targets[path] = target
        self.blobs.put(layout.target_name(path, sha256_of(target, path)), data)

    def remove(self, role: str, path: str, *, at: int) -> None:
        """Let ``role`` no longer sign for ``path``; nothing changes where it does not.

        The file itself stays published for a while, for those who hold the metadata of before.
        """
        if role in self.metadata and path in self.metadata[role].signed.targets:
            del self.edit(role, at=at).targets[path]

    def put_issuers(self, issuers: Iterable[Issuer], *, at: int) -> None:
        """List ``issuers``, all of them."""
        self.put("targets", layout.ISSUERS, model.write_issuers(issuers), at=at)

    def put_listed(self, above: str | None, issuers: Iterable[Issuer], *, at: int) -> None:
        """List ``issuers``: all provinces, or all cities of the province ``above``."""
        path = layout.ISSUERS if above is None else layout.cities_path(above)
        self.put(above or "targets", path, model.write_issuers(issuers), at=at)

    def put_key_set(self, key_set: KeySet, *, at: int) -> None:
        """Make ``key_set`` the key set of its issuer.

        A city that its province delegates nothing to has its keys in a file of its province.

        Raises:
            TrustError: nothing is delegated to it, and no province lists it.
        """
        issuer, above = key_set.issuer, layout.parent(key_set.issuer)
        if above is None or self.is_delegated(issuer):
            self._check_delegated(issuer)
            data = model.write_key_set(key_set)
            self.put(issuer, layout.keys_path(issuer), data, at=at)
            return
        self.issuer(issuer)
        path = layout.bin_path(issuer)
        held = {found.issuer: found for found in self._bin(path, above)} | {issuer: key_set}
        kept = [held[name] for name in sorted(held)]
        self.put(above, path, model.write_key_sets(kept), at=at)

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
        path, above = layout.keys_path(issuer), layout.parent(issuer)
        found = self._document(path, lambda data: model.read_key_set(data, issuer))
        if found is None and above is not None:
            in_bin = self._bin(layout.bin_path(issuer), above)
            found = next((each for each in in_bin if each.issuer == issuer), None)
        return found or KeySet(issuer=issuer)

    def key_set_hash(self, issuer: str) -> str | None:
        """Return the SHA-256 of the file with the keys of ``issuer``; None where there is none."""
        places = [layout.keys_path(issuer)]
        if layout.parent(issuer) is not None:
            places.append(layout.bin_path(issuer))
        for path in places:
            target = find_target(self.metadata, path)
            if target is not None:
                return sha256_of(target, path)
        return None

    def _bin(self, path: str, province: str) -> tuple[KeySet, ...]:
        return self._document(path, lambda data: model.read_key_sets(data, province)) or ()

    def _document(self, path: str, read: Callable[[bytes], T]) -> T | None:
        """Return what ``read`` makes of the newest target at ``path``, read once a version."""
        target = find_target(self.metadata, path)
        if target is None:
            return None
        name = path, sha256_of(target, path)
        if name not in self._read:
            self._read[name] = read(self._bytes(target, path))
        found: T = self._read[name]
        return found

    def add_issuer(self, issuer: Issuer, keys: RoleKeys | None, *, at: int) -> None:
        """List ``issuer`` and delegate its paths to ``keys``; it signs from then on.

        A province is listed by the coordinating authority, a city by its province. A city without
        ``keys`` of its own signs nothing: its province keeps its key set.

        Raises:
            TrustError: it is listed already, its province is not, or may issue less than it, or a
                province comes without keys.
        """
        name, above = issuer.id, layout.parent(issuer.id)
        listed = self.issuers if above is None else self.cities(above)
        if any(known.id == name for known in listed):
            raise TrustError(f"{name} is listed already")
        for text in (issuer.name_zh, issuer.name_en, issuer.contact or "", *issuer.aliases):
            if (found := texts.unprintable(text)) is not None:
                raise TrustError(f"{name}: a name or contact holds the character {found}")
        if above is None:
            if keys is None:
                raise TrustError(f"{name}: a province needs keys of its own (--key)")
            for known in listed:
                for high, low in ((name, known.id), (known.id, name)):
                    if low.startswith(f"{high}-"):
                        raise TrustError(
                            f"{name}: would stand {'above' if high == name else 'below'} "
                            f"{known.id}, whose paths {'it' if high == name else known.id} could "
                            "sign; choose another id"
                        )
            self.put_issuers((*self.issuers, issuer), at=at)
        else:
            self._check_city(issuer, above)
            self.put_listed(above, (*self.cities(above), issuer), at=at)
        if keys is not None:
            self.delegate(above or "targets", name, keys, layout.delegated_paths(name), at=at)

    def withdraw(self, issuer: str, *, at: int) -> None:
        """Leave ``issuer`` in the list as withdrawn: whatever it signed is refused.

        Raises:
            TrustError: it is not listed, or is withdrawn already.
        """
        if self.issuer(issuer).state is KeyState.WITHDRAWN:
            raise TrustError(f"{issuer} is withdrawn already")
        above = layout.parent(issuer)
        listed = self.issuers if above is None else self.cities(above)
        changed = [
            replace(known, state=KeyState.WITHDRAWN, since=at) if known.id == issuer else known
            for known in listed
        ]
        self.put_listed(above, changed, at=at)

    def delegate_status(self, issuer: str, keys: RoleKeys, *, at: int) -> None:
        """Let ``keys`` sign the status lists of ``issuer``, and nothing else of it."""
        role = layout.role_of_status(issuer)
        above = issuer if self.is_delegated(issuer) else layout.parent(issuer) or issuer
        self.delegate(above, role, keys, layout.status_paths(issuer), at=at)

    def delegate(
        self, above: str, role: str, keys: RoleKeys, patterns: list[str], *, at: int
    ) -> None:
        """Let ``keys`` sign ``role`` under ``above``, for targets that match ``patterns``.

        A delegation that exists gets these keys instead of its own.
        """
        signed: Targets = self.edit(above, at=at)
        held = signed.delegations or Delegations(keys={}, roles={})
        roles = held.roles if held.roles is not None else {}
        labels = dict(keys.labels)
        known = [tuf_key(key, labels.get(key.kid.hex())) for key in keys.keys]
        keyids = [key.keyid for key in known]
        roles[role] = DelegatedRole(role, keyids, keys.threshold, terminating=True, paths=patterns)
        used = {keyid for entry in roles.values() for keyid in entry.keyids}
        every = held.keys | {key.keyid: key for key in known}
        signed.delegations = Delegations(
            {keyid: key for keyid, key in every.items() if keyid in used}, roles
        )
        if role in self.metadata and not self._verified(signed, role, self.metadata[role]):
            self.edit(role, at=at)

    def set_root_keys(self, role: str, keys: RoleKeys, *, at: int) -> None:
        """Let ``keys`` sign the top-level ``role`` from the next root version on."""
        root: Root = self.edit("root", at=at)
        _set_keys(root, role, keys)
        if role == "targets" and not self._verified(root, role, self.metadata[role]):
            self.edit(role, at=at)

    def is_delegated(self, role: str) -> bool:
        """Return whether a role of this name is delegated, or is one of the top level."""
        above = layout.delegator(role)
        if role in layout.TOP_LEVEL_ROLES:
            return True
        if above not in self.metadata:
            return False
        return bool(signers_of(self.metadata[above].signed, role))

    def _check_delegated(self, role: str) -> None:
        if not self.is_delegated(role):
            raise naming.unknown("role", role, (*layout.TOP_LEVEL_ROLES, *self.roles()))

    def is_signed(self, role: str) -> bool:
        """Return whether enough keys signed ``role``, by the newest delegation or the published."""
        return self.signatures(role).missing <= 0

    def delegators(self, role: str) -> tuple[Root | Targets, ...]:
        """Return the metadata that names keys of ``role``: the newest, and the published.

        Raises:
            TrustError: it is delegated to nobody.
        """
        above = layout.delegator(role)
        newest = self._role(above)
        found = [newest.signed]
        if above in self.published and self.published[above] is not newest:
            found.append(self.published[above].signed)
        naming_keys = tuple(signed for signed in found if signers_of(signed, role))
        if not naming_keys:
            raise TrustError(f"{role}: is delegated to nobody")
        return naming_keys

    def delegator(self, role: str) -> Root | Targets:
        """Return the newest metadata that names the keys of ``role``.

        Raises:
            TrustError: there is none.
        """
        return self.delegators(role)[0]

    def previous_root(self) -> Root | None:
        """Return the published root before the draft, which must sign it too."""
        data = self.roots.get(self.root.version - 1)
        return None if data is None else parse(Root, data, "root.json").signed

    def sign(self, *signers: Signer, role: str | None = None) -> tuple[str, ...]:
        """Sign each draft (or that of ``role``) that one of ``signers`` has a say in.

        Returns the roles signed; a signature that is there already is not made anew.
        """
        known = [TufSigner(signer) for signer in signers]
        signed: list[str] = []
        for name, metadata in self.drafts.items():
            if role is not None and name != role:
                continue
            allowed = self.signing_keys(name)
            for signer in known:
                keyid = signer.public_key.keyid
                if keyid in allowed and keyid not in self.draft_signers(name):
                    metadata.sign(signer, append=True)
                    signed.append(name)
        return tuple(dict.fromkeys(signed))

    def draft_signers(self, role: str) -> frozenset[str]:
        """Return the TUF key ids whose signatures on the draft of ``role`` hold."""
        metadata = self.drafts[role]
        above = [*self.delegators(role)]
        before = self.previous_root() if role == "root" else None
        results = [self._result(found, role, metadata) for found in (*above, before) if found]
        return frozenset(keyid for result in results for keyid in result.signed)

    def signing_keys(self, role: str) -> dict[str, Key]:
        """Return the keys, by TUF key id, whose signatures count on ``role``."""
        allowed: dict[str, Key] = {}
        for above in self.delegators(role):
            allowed |= signers_of(above, role)
        before = self.previous_root() if role == "root" else None
        return allowed | (signers_of(before, role) if before else {})

    def signatures(self, role: str) -> Signatures:
        """Return who has signed ``role`` as it stands, and what is missing.

        Where a draft above gives the role other keys, it is signed once either set has signed.
        """
        metadata = self._role(role)
        if role == "root":
            before = self.previous_root()
            roots = [self.root, *([before] if before else [])]
            results = [self._result(root, role, metadata) for root in roots]
            missing = max(result.threshold - len(result.signed) for result in results)
        else:
            results = [self._result(above, role, metadata) for above in self.delegators(role)]
            missing = min(result.threshold - len(result.signed) for result in results)
        signed = {keyid: key for result in results for keyid, key in result.signed.items()}
        unsigned = {keyid: key for result in results for keyid, key in result.unsigned.items()}
        return Signatures(
            role=role,
            version=metadata.signed.version,
            expires=seconds_of(metadata.signed.expires),
            draft=self.is_draft(role),
            signed=tuple(sorted(map(name_of, signed.values()))),
            unsigned=tuple(sorted(map(name_of, unsigned.values()))),
            missing=missing,
        )

    def role_kids(self, role: str) -> dict[str, str]:
        """Return the names of the keys of ``role`` by kid."""
        return {kid_of(key): name_of(key) for key in self.signing_keys(role).values()}

    def save(self, folder: Path) -> None:
        """Write everything into ``folder``, whole or not at all.

        Raises:
            SyncError: the disk refused; the folder is as it was.
        """
        write_folder(folder, self.contents)

    @classmethod
    def load(cls, folder: Path, lifetimes: Lifetimes | None = None) -> Repository:
        """Return what :meth:`save` wrote into ``folder``.

        Raises:
            TrustError: the folder is no work folder, or a file is not what its name says.
            SyncError: the disk refused.
        """
        return cls(lifetimes, read_folder(folder))

    def _result(self, delegator: Root | Targets, role: str, metadata: Metadata[Any]) -> Any:
        return delegator.get_verification_result(
            role, signed_bytes(metadata.signed), metadata.signatures
        )

    def _verified(self, delegator: Root | Targets, role: str, metadata: Metadata[Any]) -> bool:
        return bool(self._result(delegator, role, metadata).verified)

    def _check_city(self, city: Issuer, above: str) -> None:
        province = next((known for known in self.issuers if known.id == above), None)
        if province is None:
            raise TrustError(
                f"{above}, the province of {city.id}, is not listed; "
                + naming.meant(above, (known.id for known in self.issuers))
            )
        if (problem := model.beyond(city, above, province.types)) is not None:
            raise TrustError(problem)

    def check_path(self, role: str, path: str) -> None:
        """Return if ``role`` may sign for ``path``.

        Raises:
            TrustError: it is outside what is delegated to the role, or to one above it.
        """
        self._check_delegated(role)
        while role != "targets":
            delegation = self.delegator(role).get_delegated_role(role)
            if not isinstance(delegation, DelegatedRole) or not delegation.is_delegated_path(path):
                raise TrustError(f"{path}: outside what is delegated to {role}")
            role = layout.delegator(role)

    def _role(self, role: str) -> Metadata[Any]:
        try:
            return self.metadata[role]
        except KeyError:
            raise naming.unknown("role", role, self.metadata) from None


def find_target(metadata: Mapping[str, Metadata[Any]], path: str) -> TargetFile | None:
    """Return what the first role on the way down to ``path`` says of it, as a verifier does."""
    for role in layout.way_to(layout.issuer_of(path)) if "/" in path else ("targets",):
        signed = metadata[role].signed if role in metadata else None
        found: TargetFile | None = signed.targets.get(path) if signed else None
        if found is not None:
            return found
    return None


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
    repository.drafts["root"] = Metadata(Root(expires=expires, consistent_snapshot=True))
    given = {"root": root, "targets": targets, "snapshot": snapshot, "timestamp": timestamp}
    for role, keys in given.items():
        _set_keys(repository.root, role, keys)
    until = datetime_of(at + repository.lifetimes.targets)
    repository.drafts["targets"] = Metadata(Targets(expires=until))
    repository.put_issuers((), at=at)
    return repository


def _set_keys(root: Root, role: str, keys: RoleKeys) -> None:
    for keyid in list(root.roles[role].keyids):
        root.revoke_key(keyid, role)
    root.roles[role] = Role([], keys.threshold)
    labels = dict(keys.labels)
    for key in keys.keys:
        root.add_key(tuf_key(key, labels.get(key.kid.hex())), role)
