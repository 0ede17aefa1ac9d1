"""The chain of signatures from a pinned root to every file of a registry, without a network.

Rules (TUF specification 1.0, section 5), each checked again whenever trust data is opened:

- every root after the pinned one is signed by the threshold of the one before and of itself, and
  has the next version (5.3);
- timestamp, snapshot and targets are signed by the threshold of the newest root (5.4 to 5.6);
- a snapshot is the one that the timestamp names, metadata the one that the snapshot names: by
  version, and by length and hash where those stand there (5.5.2, 5.5.4, 5.6.2, 5.6.4);
- a delegated role is signed by the threshold that its delegator names, and counts only for the
  paths that every delegation on the way down allows (5.6.7);
- a target is what the first role on the way down says it is, by length and SHA-256.

Expiry is no error here: a checkpoint without a network goes on, and :attr:`Role.good_until` tells
the verifier when to stop trusting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tuf.api.metadata import DelegatedRole, Metadata, Root, Snapshot, TargetFile, Targets, Timestamp

from trustcert.errors import MalformedError, RollbackError, TrustError
from trustcert.limits import REGISTRY_ROLES, ROOT_ROTATIONS
from trustcert.registry import layout
from trustcert.registry.metadata import (
    as_of,
    check_bytes,
    check_signed,
    parse,
    seconds_of,
    sha256_of,
)
from trustcert.values import PublicValue

Read = Callable[[str], bytes | None]
"""Returns a published file by its name, or None where there is none."""

_TOP: Final = ("root", "timestamp", "snapshot", "targets")


class Role(PublicValue, frozen=True, kw_only=True):
    """A verified role: its version, when it expires, and when the first of its line does.

    ``allowed`` are the delegations on the way down to it. Times are Unix seconds; ``good_until``
    leaves timestamp and snapshot out: their freshness is judged by age.
    """

    name: str
    version: int
    expires: int
    good_until: int
    targets: Mapping[str, TargetFile]
    allowed: tuple[DelegatedRole, ...] = ()

    def target(self, path: str) -> TargetFile | None:
        """Return what the role signs at ``path``, if it may."""
        if all(delegation.is_delegated_path(path) for delegation in self.allowed):
            return self.targets.get(path)
        return None


class Chain:
    """A registry whose signatures hold, and its files."""

    __slots__ = ("_read", "_roles", "_signed", "_snapshot", "_whole", "as_of", "root")

    root: bytes
    """The newest root metadata."""
    as_of: int
    """When the timestamp was made, Unix seconds."""

    def __init__(self, read: Read, anchor: bytes) -> None:
        """Verify root, timestamp, snapshot and targets, from the pinned root ``anchor`` on.

        Delegated roles are verified when they are first asked for (:meth:`role`).

        Raises:
            TrustError: a signature, a hash, a version or a file is not what it must be.
        """
        self._read = read
        self.root, root = newest_root(read, anchor)
        timestamp = self._top(Timestamp, root, "metadata/timestamp.json")
        self.as_of = as_of(timestamp.signed, "timestamp.json")
        self._snapshot = self._verified_snapshot(root, timestamp.signed)
        self._roles: dict[str, Role | None] = {
            role.type: _facts(role.type, role, seconds_of(root.expires))
            for role in (root, timestamp.signed, self._snapshot)
        }
        self._signed: dict[str, Targets] = {}
        self._whole = False
        top = self._load(root, "targets", seconds_of(root.expires), ())
        if top is None:
            raise TrustError("snapshot.json: names no targets.json")
        if self.as_of > top.good_until:
            # bounds what whoever holds the online keys can do to the clock floor
            raise TrustError("timestamp.json: made after root or targets expired")

    @property
    def roles(self) -> Mapping[str, Role]:
        """Every role, verified, by name.

        Raises:
            TrustError: as :meth:`verify_everything`.
        """
        self.verify_everything()
        return {name: role for name, role in self._roles.items() if role is not None}

    def verify_everything(self) -> None:
        """Verify each delegated role now.

        Raises:
            TrustError: one of them is not signed as it must be, or there are too many.
        """
        waiting, count = [] if self._whole else ["targets"], 0
        while waiting:
            above = waiting.pop()
            for delegation in delegations(self._signed[above], above):
                count += 1
                if count > REGISTRY_ROLES:
                    raise TrustError(f"over {REGISTRY_ROLES} delegated roles")
                if self.role(delegation.name) is not None:
                    waiting.append(delegation.name)
        self._whole = True

    def role(self, name: str) -> Role | None:
        """Return the role ``name``, verified now if it was not before.

        None where it is not delegated, or nothing was handed in yet.

        Raises:
            TrustError: it, or a role above it, is not signed as it must be.
        """
        if name not in self._roles:
            above = layout.delegator(name)
            facts = self.role(above) if above not in ("root", name) else None
            found = None
            if facts is not None:
                for delegation in delegations(self._signed[above], above):
                    if delegation.name == name:
                        line = (*facts.allowed, delegation)
                        found = self._load(self._signed[above], name, facts.good_until, line)
            self._roles[name] = found
        return self._roles[name]

    def online_keys(self) -> Mapping[str, frozenset[str]]:
        """Return the TUF key ids that the root names for timestamp and snapshot."""
        root = parse(Root, self.root, "root.json").signed
        return {role: frozenset(root.roles[role].keyids) for role in ("timestamp", "snapshot")}

    @property
    def top(self) -> tuple[Role, ...]:
        """The roles that every reader verifies: root, timestamp, snapshot and targets."""
        return tuple(role for name in _TOP if (role := self._roles[name]) is not None)

    @property
    def issuers(self) -> tuple[str, ...]:
        """The ids of those that have handed in metadata, in the order of the delegations."""
        return tuple(name for name in self.roles if name not in _TOP and not layout.is_status(name))

    def paths(self, role: str) -> tuple[str, ...]:
        """Return the target paths that ``role`` signs and may; none for an unknown role.

        Raises:
            TrustError: as :meth:`role`.
        """
        known = self.role(role)
        return tuple(p for p in known.targets if known.target(p)) if known else ()

    def find(self, issuer: str, path: str) -> tuple[Role, TargetFile] | None:
        """Return the target ``path`` of ``issuer``, and the first role on the way down with it.

        Raises:
            TrustError: as :meth:`role`.
        """
        for name in layout.way_to(issuer):
            role = self.role(name)
            target = role.target(path) if role else None
            if role and target:
                return role, target
        return None

    def read(self, path: str, target: TargetFile) -> bytes | None:
        """Return the bytes of ``target``, or None where they are not held.

        Raises:
            TrustError: they are not what is signed for.
        """
        data = self._read(layout.target_name(path, sha256_of(target, path)))
        if data is not None:
            check_bytes(data, target.length, target.hashes, path)
        return data

    def _top(self, kind: type[Any], root: Root, name: str) -> Metadata[Any]:
        metadata = parse(kind, _present(self._read, name), name)
        check_signed(root, kind.type, metadata, name)
        return metadata

    def _verified_snapshot(self, root: Root, timestamp: Timestamp) -> Snapshot:
        meta = timestamp.snapshot_meta
        name = layout.metadata_name("snapshot", meta.version)
        check_bytes(_present(self._read, name), meta.length, meta.hashes, name)
        snapshot: Snapshot = self._top(Snapshot, root, name).signed
        _check_version(snapshot.version, meta.version, name)
        return snapshot

    def _load(
        self, delegator: Root | Targets, role: str, good_until: int, line: tuple[DelegatedRole, ...]
    ) -> Role | None:
        meta = self._snapshot.meta.get(f"{role}.json")
        if meta is None:
            return None
        name = layout.metadata_name(role, meta.version)
        data = _present(self._read, name)
        check_bytes(data, meta.length, meta.hashes, name)
        metadata = parse(Targets, data, name)
        check_signed(delegator, role, metadata, name)
        _check_version(metadata.signed.version, meta.version, name)
        self._signed[role] = metadata.signed
        self._roles[role] = found = _facts(role, metadata.signed, good_until, line)
        return found


def newest_root(read: Read, anchor: bytes) -> tuple[bytes, Root]:
    """Return the newest root that ``read`` knows, verified version by version from ``anchor``.

    Raises:
        TrustError: a root is not signed by the one before and by itself, or skips a version.
    """
    metadata = parse(Root, anchor, "the pinned root")
    check_signed(metadata.signed, "root", metadata, "the pinned root")
    for _ in range(ROOT_ROTATIONS):
        version = metadata.signed.version + 1
        name = layout.metadata_name("root", version)
        data = read(name)
        if data is None:
            return anchor, metadata.signed
        following = parse(Root, data, name)
        check_signed(metadata.signed, "root", following, name)
        check_signed(following.signed, "root", following, name)
        _check_version(following.signed.version, version, name)
        anchor, metadata = data, following
    raise TrustError(f"over {ROOT_ROTATIONS} root versions behind; pin a newer root")


def _facts(
    name: str,
    signed: Root | Timestamp | Snapshot | Targets,
    good_until: int,
    line: tuple[DelegatedRole, ...] = (),
) -> Role:
    expires = seconds_of(signed.expires)
    return Role(
        name=name,
        version=signed.version,
        expires=expires,
        good_until=min(expires, good_until),
        targets=signed.targets if isinstance(signed, Targets) else {},
        allowed=line,
    )


def delegations(signed: Targets, name: str) -> Iterator[DelegatedRole]:
    """Yield those delegations of the role ``name`` whose names are its to give."""
    if signed.delegations is None or signed.delegations.roles is None:
        return
    for role, delegation in signed.delegations.roles.items():
        try:
            issuer = layout.issuer_id(role.removesuffix(layout.role_of_status("")))
        except MalformedError:
            continue
        if layout.delegator(role) == name and issuer:
            yield delegation


def count_delegations(metadata: Mapping[str, Metadata[Any]]) -> int:
    """Return how many delegated roles a reader counts in this metadata by role."""
    return sum(
        sum(1 for _ in delegations(found.signed, role))
        for role, found in metadata.items()
        if isinstance(found.signed, Targets)
    )


def _present(read: Read, name: str) -> bytes:
    data = read(name)
    if data is None:
        raise TrustError(f"{name}: missing")
    return data


def _check_version(found: int, expected: int, name: str) -> None:
    if found != expected:
        kind = RollbackError if found < expected else TrustError
        raise kind(f"{name}: is version {found} where {expected} is signed for")
