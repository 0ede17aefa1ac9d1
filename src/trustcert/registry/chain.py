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

    __slots__ = ("_read", "as_of", "roles", "root")

    roles: Mapping[str, Role]
    """Every role that was verified, by name."""
    root: bytes
    """The newest root metadata."""
    as_of: int
    """When the timestamp was made, Unix seconds."""

    def __init__(self, read: Read, anchor: bytes) -> None:
        """Verify all metadata that ``read`` returns, from the pinned root ``anchor`` on.

        Raises:
            TrustError: a signature, a hash, a version or a file is not what it must be.
        """
        self._read = read
        self.root, root = newest_root(read, anchor)
        timestamp = self._top(Timestamp, root, "metadata/timestamp.json")
        self.as_of = as_of(timestamp.signed, "timestamp.json")
        snapshot = self._snapshot(root, timestamp.signed)
        roles = {
            role.type: _facts(role.type, role, seconds_of(root.expires))
            for role in (root, timestamp.signed, snapshot)
        }
        walk = _Walk(read, snapshot)
        roles |= {role.name: role for role in walk.down(root)}
        self.roles = roles
        if self.as_of > roles["targets"].good_until:
            # bounds what whoever holds the online keys can do to the clock floor
            raise TrustError("timestamp.json: made after root or targets expired")

    @property
    def issuers(self) -> tuple[str, ...]:
        """The ids of those that have handed in metadata, in the order of the delegations."""
        return tuple(name for name in self.roles if name not in _TOP and not layout.is_status(name))

    def paths(self, role: str) -> tuple[str, ...]:
        """Return the target paths that ``role`` signs and may; none for an unknown role."""
        known = self.roles.get(role)
        return tuple(p for p in known.targets if known.target(p)) if known else ()

    def find(self, issuer: str, path: str) -> tuple[Role, TargetFile] | None:
        """Return the target ``path`` of ``issuer``, and the first role on the way down with it."""
        above = layout.parent(issuer)
        way = ("targets", *((above,) if above else ()), issuer, layout.role_of_status(issuer))
        for name in way:
            role = self.roles.get(name)
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

    def _snapshot(self, root: Root, timestamp: Timestamp) -> Snapshot:
        meta = timestamp.snapshot_meta
        name = layout.metadata_name("snapshot", meta.version)
        check_bytes(_present(self._read, name), meta.length, meta.hashes, name)
        snapshot: Snapshot = self._top(Snapshot, root, name).signed
        _check_version(snapshot.version, meta.version, name)
        return snapshot


class _Walk:
    """Down the delegations, by the names that an issuer's roles must have."""

    def __init__(self, read: Read, snapshot: Snapshot) -> None:
        self._read, self._snapshot = read, snapshot

    def down(self, root: Root) -> Iterator[Role]:
        """Yield the targets role and each role below it that the snapshot names."""
        signed = self._load(root, "targets")
        if signed is None:
            raise TrustError("snapshot.json: names no targets.json")
        top = _facts("targets", signed, seconds_of(root.expires))
        yield top
        count = 0
        waiting: list[tuple[Targets, Role]] = [(signed, top)]
        while waiting:
            above, facts = waiting.pop()
            for delegation in delegations(above, facts.name):
                count += 1
                if count > REGISTRY_ROLES:
                    raise TrustError(f"over {REGISTRY_ROLES} delegated roles")
                below = self._load(above, delegation.name)
                if below is None:
                    continue  # delegated, but nothing handed in yet
                line = (*facts.allowed, delegation)
                role = _facts(delegation.name, below, facts.good_until, line)
                yield role
                waiting.append((below, role))

    def _load(self, delegator: Root | Targets, role: str) -> Targets | None:
        meta = self._snapshot.meta.get(f"{role}.json")
        if meta is None:
            return None
        name = layout.metadata_name(role, meta.version)
        data = _present(self._read, name)
        check_bytes(data, meta.length, meta.hashes, name)
        metadata = parse(Targets, data, name)
        check_signed(delegator, role, metadata, name)
        _check_version(metadata.signed.version, meta.version, name)
        return metadata.signed


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


def _present(read: Read, name: str) -> bytes:
    data = read(name)
    if data is None:
        raise TrustError(f"{name}: missing")
    return data


def _check_version(found: int, expected: int, name: str) -> None:
    if found != expected:
        kind = RollbackError if found < expected else TrustError
        raise kind(f"{name}: is version {found} where {expected} is signed for")
