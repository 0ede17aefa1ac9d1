"""Publish a registry: into a directory that any static web server serves, old or new, never mixed.

Versioned files are written first and never change afterwards; ``metadata/timestamp.json`` takes
its place last, in one step, and until then no client asks for the new files.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Final

from tuf.api.metadata import Metadata, MetaFile, Snapshot, Timestamp

from trustcert.encoding.instants import datetime_of
from trustcert.errors import TrustError, UnsupportedError
from trustcert.files import disk, write_whole
from trustcert.keys import Signer
from trustcert.registry import layout
from trustcert.registry.archive import pack
from trustcert.registry.metadata import TufSigner, check_signed, seconds_of, sha256_of, signers_of
from trustcert.registry.repository import Repository, create
from trustcert.registry.roles import Lifetimes, RoleKeys
from trustcert.values import PublicValue

__all__ = [
    "Lifetimes",
    "Published",
    "Repository",
    "RoleKeys",
    "create",
    "object_store",
    "publish",
    "render",
]

_TIMESTAMP: Final = f"{layout.METADATA}timestamp.json"


class Published(PublicValue, frozen=True, kw_only=True):
    """What a publication wrote: the version of the timestamp, and the roles that are new in it."""

    version: int
    roles: tuple[str, ...]


def publish(repository: Repository, place: Path | str, *signers: Signer, at: int) -> Published:
    """Publish ``repository`` into ``place``; ``signers`` hold the snapshot and timestamp keys.

    ``place`` is a folder, or the address of an object store (``s3://bucket/cn``), for which the
    package fsspec must be installed.

    Raises:
        TrustError: a draft has not reached its threshold, a key is missing, or a file of the same
            name was published with other contents.
        SyncError: the disk refused; readers still see what was published before.
    """
    published = renew(repository, *signers, at=at)
    if isinstance(place, str) and "://" in place:
        add(render(repository), object_store(place))
    else:
        write(render(repository), Path(place))
    return published


def object_store(address: str) -> MutableMapping[str, bytes]:
    """Return the files at ``address`` of an object store; each is replaced whole.

    Raises:
        UnsupportedError: fsspec is not installed, or does not know this kind of address.
    """
    try:
        import fsspec  # type: ignore[import-untyped, import-not-found, unused-ignore]

        found: MutableMapping[str, bytes] = fsspec.get_mapper(address, create=True)
    except (ImportError, ValueError) as error:
        raise UnsupportedError(f"{address}: {error}; install trustcert[fsspec]") from None
    return found


def renew(repository: Repository, *signers: Signer, at: int) -> Published:
    """Take the drafts into a new snapshot and timestamp, signed by ``signers``.

    Raises:
        TrustError: a draft has not reached its threshold, or a key is missing.
    """
    drafts = tuple(role for role in _targets_roles(repository) if repository.is_draft(role))
    ready = _check_thresholds(repository)
    before = dict(repository.metadata), dict(repository.roots)
    try:
        if repository.is_draft("root"):
            repository.roots[repository.root.version] = repository.metadata["root"].to_bytes()
        _renew_snapshot(repository, ready, at=at)
        _renew_timestamp(repository, at=at)
        _sign_online(repository, signers)
    except TrustError:
        repository.metadata, repository.roots = before
        raise
    version: int = repository.metadata["timestamp"].signed.version
    return Published(version=version, roles=tuple(role for role in drafts if role in ready))


def render(repository: Repository) -> dict[str, bytes]:
    """Return the published files by name, the archive and the timestamp last."""
    files: dict[str, bytes] = {}
    for version, data in repository.roots.items():
        files[layout.metadata_name("root", version)] = data
    snapshot: Metadata[Snapshot] = repository.metadata["snapshot"]
    for name in ("snapshot.json", *snapshot.signed.meta):
        role = name.removesuffix(".json")
        metadata = repository.metadata[role]
        files[layout.metadata_name(role, metadata.signed.version)] = metadata.to_bytes()
        for path, target in getattr(metadata.signed, "targets", {}).items():
            files[layout.target_name(path, sha256_of(target, path))] = repository.files[path]
    timestamp = repository.metadata["timestamp"].to_bytes()
    files[layout.ARCHIVE] = pack(files | {_TIMESTAMP: timestamp})
    return files | {_TIMESTAMP: timestamp}


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write published files in their order; what is there with the same contents stays.

    Raises:
        TrustError: a versioned file is there with other contents.
        SyncError: the disk refused.
    """
    for name, data in files.items():
        path = folder / name
        with disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            old = path.read_bytes() if path.exists() else None
        if _is_new(name, data, old):
            write_whole(path, data)


def add(files: Mapping[str, bytes], to: MutableMapping[str, bytes]) -> None:
    """Put published files into ``to`` in their order: a mapping that is a directory elsewhere.

    An object store serves as one through ``fsspec.get_mapper``.

    Raises:
        TrustError: a versioned file is there with other contents.
    """
    for name, data in files.items():
        if _is_new(name, data, to.get(name)):
            to[name] = data


def _is_new(name: str, data: bytes, old: bytes | None) -> bool:
    if old is not None and old != data and name not in (layout.ARCHIVE, _TIMESTAMP):
        raise TrustError(f"{name}: published before with other contents; nothing was replaced")
    return old != data


def _targets_roles(repository: Repository) -> list[str]:
    return [role for role in repository.metadata if role not in ("root", "snapshot", "timestamp")]


def _check_thresholds(repository: Repository) -> list[str]:
    """Return the roles that go into the snapshot: all but those that never signed anything."""
    root = repository.metadata["root"]
    check_signed(repository.root, "root", root, "root.json")
    before = repository.previous_root()
    if before is not None:
        check_signed(before, "root", root, "root.json")
    ready = []
    for role in _targets_roles(repository):
        metadata = repository.metadata[role]
        if role != "targets" and repository.is_unused(role):
            continue
        check_signed(repository.delegator(role), role, metadata, f"{role}.json")
        ready.append(role)
    return ready


def _renew_snapshot(repository: Repository, roles: list[str], *, at: int) -> None:
    meta = {}
    for role in roles:
        metadata = repository.metadata[role]
        data = metadata.to_bytes()
        meta[f"{role}.json"] = MetaFile.from_data(metadata.signed.version, data, ["sha256"])
    old: Metadata[Snapshot] | None = repository.metadata.get("snapshot")
    if old is not None and old.signed.meta == meta and repository.is_signed("snapshot"):
        left = seconds_of(old.signed.expires) - at
        if left > repository.lifetimes.snapshot // 2:
            return
    snapshot = Snapshot(
        version=old.signed.version + 1 if old else 1,
        expires=datetime_of(at + repository.lifetimes.snapshot),
        meta=meta,
        unrecognized_fields={layout.AS_OF: at},
    )
    repository.metadata["snapshot"] = Metadata(snapshot)


def _renew_timestamp(repository: Repository, *, at: int) -> None:
    old: Metadata[Timestamp] | None = repository.metadata.get("timestamp")
    snapshot = repository.metadata["snapshot"]
    timestamp = Timestamp(
        version=old.signed.version + 1 if old else 1,
        expires=datetime_of(at + repository.lifetimes.timestamp),
        unrecognized_fields={layout.AS_OF: at},
    )
    timestamp.snapshot_meta = MetaFile(snapshot.signed.version)
    repository.metadata["timestamp"] = Metadata(timestamp)


def _sign_online(repository: Repository, signers: tuple[Signer, ...]) -> None:
    known = [TufSigner(signer) for signer in signers]
    for role in ("snapshot", "timestamp"):
        metadata = repository.metadata[role]
        allowed = signers_of(repository.root, role)
        fresh = not metadata.signatures
        for signer in known:
            if fresh and signer.public_key.keyid in allowed:
                metadata.sign(signer, append=True)
        if role == "snapshot":
            data = metadata.to_bytes()
            meta = MetaFile.from_data(metadata.signed.version, data, ["sha256"])
            repository.metadata["timestamp"].signed.snapshot_meta = meta
        check_signed(repository.root, role, metadata, f"{role}.json")
