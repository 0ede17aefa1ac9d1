"""Publish a registry: into a directory that any static web server serves, old or new, never mixed.

What is published of each role is its newest version that enough keys signed: a draft that waits
for a signature holds up nothing. Versioned files are written first and never change afterwards;
``metadata/timestamp.json`` takes its place last, in one step, and until then no client asks for
the new files. Nothing is published that a reader would refuse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final

from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Timestamp

from trustcert.encoding.instants import datetime_of, spoken
from trustcert.errors import StaleError, TrustError, UnsupportedError
from trustcert.files import disk, write_whole
from trustcert.keys import Signer
from trustcert.registry import layout, lineage, quotas
from trustcert.registry.archive import pack
from trustcert.registry.chain import Chain, count_delegations, delegations
from trustcert.registry.metadata import (
    TufSigner,
    as_of,
    check_signed,
    kid_of,
    name_of,
    parse,
    seconds_of,
    sha256_of,
    signed_bytes,
    signers_of,
)
from trustcert.registry.repository import Repository, create
from trustcert.registry.roles import Lifetimes, RoleKeys
from trustcert.registry.upkeep import KEEP, Upkeep
from trustcert.values import PublicValue

__all__ = [
    "Lifetimes",
    "Published",
    "Repository",
    "RoleKeys",
    "Waiting",
    "add",
    "check_place",
    "create",
    "object_store",
    "place_of",
    "publish",
    "render",
    "renew",
    "select",
    "write",
]

TIMESTAMP: Final = f"{layout.METADATA}timestamp.json"
_ONLINE: Final = ("snapshot", "timestamp")


class Waiting(PublicValue, frozen=True, kw_only=True):
    """A draft that is not published yet, and what it waits for."""

    role: str
    reason: str


class Published(PublicValue, frozen=True, kw_only=True):
    """What a publication wrote: the version of the timestamp, and the roles that are new in it.

    ``waiting`` are the drafts that are not part of it.
    """

    version: int
    roles: tuple[str, ...]
    waiting: tuple[Waiting, ...] = ()


def publish(
    repository: Repository,
    place: Path | str,
    *signers: Signer,
    at: int,
    work: Path | None = None,
    keep: int = KEEP,
) -> Published:
    """Publish ``repository`` into ``place``; ``signers`` hold the snapshot and timestamp keys.

    ``place`` is a folder, or the address of an object store (``s3://bucket/cn``), for which the
    package fsspec must be installed. ``work`` is the work folder of the repository: it is saved
    before anybody can see the new publication, so that no version is ever made twice. Files that
    are superseded for over ``keep`` seconds are removed.

    Raises:
        TrustError: nothing is signed yet, a key is missing, ``place`` holds a newer publication or
            another registry's, or a reader would refuse what would be published.
        StaleError: a role that would be published has expired.
        SyncError: the disk refused; readers still see what was published before.
    """
    files = place_of(place)
    check_place(repository, files, str(place))
    published = renew(repository, *signers, at=at)
    upkeep = Upkeep() if work is None else Upkeep.read(work)
    if work is not None:
        repository.save(work)
    rendered = render(repository, archive=False)
    timestamp = rendered.pop(TIMESTAMP)
    snapshot = repository.published_version("snapshot")
    size = sum(map(len, rendered.values()))
    archive = upkeep.archive_is_due(str(place), snapshot=snapshot, size=size, at=at)
    current = {*rendered, TIMESTAMP, layout.ARCHIVE}
    if archive or layout.ARCHIVE not in files:
        rendered[layout.ARCHIVE] = pack(rendered | {TIMESTAMP: timestamp})
        upkeep.archive_was_written(str(place), snapshot=snapshot, at=at)
    add(rendered | {TIMESTAMP: timestamp}, files)
    upkeep.prune(files, current, at=at, keep=keep)
    if work is not None:
        upkeep.save(work)
    return published


def place_of(place: Path | str) -> MutableMapping[str, bytes]:
    """Return the files at ``place``, a folder or the address of an object store.

    Raises:
        UnsupportedError: the package fsspec is not installed, or knows no such kind of address.
    """
    if isinstance(place, str) and "://" in place:
        return object_store(place)
    return Folder(Path(place))


class Folder(MutableMapping[str, bytes]):
    """The files below a folder by name; each is replaced whole."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is created when something is first written."""
        self.folder = folder

    def __getitem__(self, name: str) -> bytes:
        path = self.folder / name
        with disk(path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                raise KeyError(name) from None

    def __setitem__(self, name: str, data: bytes) -> None:
        write({name: data}, self.folder)

    def __delitem__(self, name: str) -> None:
        with disk(self.folder / name):
            (self.folder / name).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[str]:
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                yield path.relative_to(self.folder).as_posix()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return (self.folder / str(name)).exists()


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


def check_place(repository: Repository, files: Mapping[str, bytes], place: str) -> None:
    """Return if a publication of ``repository`` may follow what ``files`` hold.

    Raises:
        TrustError: they are another registry's, or newer than the work folder.
    """
    first = files.get(layout.metadata_name("root", 1))
    if first is not None and repository.roots.get(1) not in (None, first):
        raise TrustError(
            f"{place}: another registry is published there (its first root is not this one's)"
        )
    data = files.get(TIMESTAMP)
    if data is None:
        return
    there = parse(Timestamp, data, f"{place}/{TIMESTAMP}").signed
    own = repository.published_version("timestamp")
    held = repository.published.get("timestamp")
    if there.version > own or (there.version == own and held and held.signed != there):
        raise TrustError(
            f"{place}: holds publication {there.version}, the work folder made {own} last: it is "
            "older than what was published from it (a restored backup, or a second copy); run "
            f"`trustcert registry pull DIR {place}` to bring it up to date, then do again what "
            "is missing"
        )


def renew(repository: Repository, *signers: Signer, at: int) -> Published:
    """Take what enough keys signed into a new snapshot and timestamp, signed by ``signers``.

    Raises:
        TrustError: nothing is signed yet, a key is missing, a list goes back, or a reader would
            refuse the result. The repository is then as it was.
        StaleError: a role that would be published has expired.
    """
    trial = repository.copy()
    chosen, waiting = select(trial)
    new = tuple(role for role in chosen if chosen[role] is trial.drafts.get(role))
    trial.published.update(chosen)
    for role in new:
        del trial.drafts[role]
    if "root" in new:
        trial.roots[chosen["root"].signed.version] = chosen["root"].to_bytes()
    _renew_snapshot(trial, at=at)
    _renew_timestamp(trial, at=at)
    _sign_online(trial, signers)
    _check_following(repository, trial, at)
    repository.published.update(trial.published)
    repository.roots.update(trial.roots)
    for role in new:
        del repository.drafts[role]
    version: int = trial.published["timestamp"].signed.version
    return Published(version=version, roles=new, waiting=waiting)


def select(repository: Repository) -> tuple[dict[str, Metadata[Any]], tuple[Waiting, ...]]:
    """Return the metadata by role that can be published now, and the drafts that must wait.

    Each role is the draft where enough keys signed it, else what is published. Where a draft gives
    a role below it other keys, and these have not signed it yet, the draft waits too.

    Raises:
        TrustError: the root or targets role was never signed by enough keys.
    """
    found = _Selection(repository).found
    waiting = []
    for role, draft in repository.drafts.items():
        if found.get(role) is not draft:
            waiting.append(Waiting(role=role, reason=_reason(repository, role)))
    return found, tuple(waiting)


class _Selection:
    """What can be published together, from the root down."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        for root in self._candidates("root"):
            if not self._root_holds(root):
                continue
            below = self._below("targets", root.signed)
            if below is not None:
                self.found = {"root": root} | below
                return
        raise TrustError(self._nothing())

    def _candidates(self, role: str) -> list[Metadata[Any]]:
        places = (self._repository.drafts, self._repository.published)
        return [place[role] for place in places if role in place]

    def _root_holds(self, root: Metadata[Any]) -> bool:
        if root is self._repository.published.get("root"):
            return True
        before = self._repository.previous_root()
        return all(_holds(above, "root", root) for above in (before, root.signed) if above)

    def _below(self, role: str, above: Any) -> dict[str, Metadata[Any]] | None:
        """Return ``role`` and the roles below it; None where it cannot stand below ``above``."""
        for metadata in self._candidates(role):
            if not _holds(above, role, metadata):
                continue
            found: dict[str, Metadata[Any]] | None = {role: metadata}
            for delegation in delegations(metadata.signed, role):
                below = self._below(delegation.name, metadata.signed)
                if below is not None and found is not None:
                    found |= below
                elif delegation.name in self._repository.published:
                    found = None  # readers hold it already: it may not vanish
                    break
            if found is not None:
                return found
        return None

    def _nothing(self) -> str:
        for role in ("root", "targets"):
            if not self._repository.is_signed(role):
                signatures = self._repository.signatures(role)
                need = len(signatures.signed) + signatures.missing
                return (
                    f"{role}.json: signed by {len(signatures.signed)} of the {need} keys that role "
                    f"{role} needs; {_who(signatures.unsigned)} can sign: trustcert registry sign"
                )
        return "root.json: its keys do not fit the targets role; trustcert registry show"


def _holds(above: Any, role: str, metadata: Metadata[Any]) -> bool:
    try:
        result = above.get_verification_result(
            role, signed_bytes(metadata.signed), metadata.signatures
        )
    except ValueError:
        return False
    return bool(result.verified)


def _reason(repository: Repository, role: str) -> str:
    try:
        found = repository.signatures(role)
    except TrustError as error:
        return str(error)
    if found.missing > 0:
        return f"{found.missing} signature(s) are missing, of {_who(found.unsigned)}"
    above = layout.delegator(role)
    if repository.is_draft(above) and role != "root":
        return f"it counts only once the draft of {above} is published"
    return "a role below it is not signed by the keys that it names"


def _who(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"


def _check_following(before: Repository, after: Repository, at: int) -> None:
    """Hold what will be published against what readers refuse, and against what it replaces."""
    _check_clock(before, at)
    _check_expiry(after.published, at)
    for role, metadata in after.published.items():
        was = before.published.get(role)
        lineage.check_lists(was, metadata, before.reader(was), after.reader(metadata))
    _check_sizes(after)
    _check_readable(after)


def _check_clock(before: Repository, at: int) -> None:
    timestamp = before.published.get("timestamp")
    last = 0 if timestamp is None else as_of(timestamp.signed, "timestamp.json")
    if at < last:
        raise TrustError(
            f"the clock says {spoken(at)}, but the last publication was made {spoken(last)}: set "
            "this machine's clock (checkpoints refuse times that go back)"
        )


def _check_expiry(chosen: Mapping[str, Metadata[Any]], at: int) -> None:
    for role, metadata in chosen.items():
        expires = seconds_of(metadata.signed.expires)
        if expires <= at:
            raise StaleError(
                f"{role}: expired {spoken(expires)} (the clock says {spoken(at)}); published so, "
                f"every first sync would fail; run `trustcert registry renew DIR {role}`, sign it, "
                "and publish again"
            )


def _check_sizes(repository: Repository) -> None:
    """Hold what will be published against the limits that readers keep."""
    sizes: dict[str, int] = {}
    for metadata in repository.published.values():
        for path, target in getattr(metadata.signed, "targets", {}).items():
            quotas.check_target(path, target.length)
            sizes[path] = target.length
    roles = count_delegations(repository.published)
    files = sizes | {f"{role}.json": len(m.to_bytes()) for role, m in repository.published.items()}
    try:
        quotas.check_registry(files, roles=roles)
    except TrustError as error:
        raise TrustError(
            f"{error}: no checkpoint would read it (largest: {quotas.largest(sizes)})"
        ) from None


def _check_readable(repository: Repository) -> None:
    """Read what will be published as a checkpoint does."""
    anchor = repository.roots.get(1) or repository.roots[min(repository.roots)]
    files = dict(_metadata_files(repository))
    chain = Chain(files.get, anchor)
    chain.verify_everything()


def _metadata_files(repository: Repository) -> Iterator[tuple[str, bytes]]:
    for version, data in repository.roots.items():
        yield layout.metadata_name("root", version), data
    for role, metadata in repository.published.items():
        if role != "root":
            yield layout.published_name(role, metadata.signed.version), metadata.to_bytes()


def render(repository: Repository, *, archive: bool = True) -> dict[str, bytes]:
    """Return the published files by name, the ``archive`` (where wanted) and the timestamp last."""
    files = dict(_metadata_files(repository))
    timestamp = files.pop(TIMESTAMP)
    for metadata in repository.published.values():
        for path, target in getattr(metadata.signed, "targets", {}).items():
            name = layout.target_name(path, sha256_of(target, path))
            data = repository.blobs.get(name)
            if data is None:
                raise TrustError(f"{path}: its file {name} is missing in the work folder")
            files[name] = data
    if archive:
        files[layout.ARCHIVE] = pack(files | {TIMESTAMP: timestamp})
    return files | {TIMESTAMP: timestamp}


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
    if old is not None and old != data and name not in (layout.ARCHIVE, TIMESTAMP):
        raise TrustError(f"{name}: published before with other contents; nothing was replaced")
    return old != data


def _renew_snapshot(repository: Repository, *, at: int) -> None:
    old: Metadata[Snapshot] | None = repository.published.get("snapshot")
    meta = dict(old.signed.meta) if old else {}  # a role that was ever named stays so
    for role, metadata in repository.published.items():
        if role not in ("root", *_ONLINE):
            data = metadata.to_bytes()
            meta[f"{role}.json"] = MetaFile.from_data(metadata.signed.version, data, ["sha256"])
    if (
        old is not None
        and old.signed.meta == meta
        and _holds(repository.published["root"].signed, "snapshot", old)
    ):
        left = seconds_of(old.signed.expires) - at
        if left > repository.lifetimes.snapshot // 2:
            return
    snapshot = Snapshot(
        version=old.signed.version + 1 if old else 1,
        expires=datetime_of(at + repository.lifetimes.snapshot),
        meta=meta,
        unrecognized_fields={layout.AS_OF: at},
    )
    repository.published["snapshot"] = Metadata(snapshot)


def _renew_timestamp(repository: Repository, *, at: int) -> None:
    old: Metadata[Timestamp] | None = repository.published.get("timestamp")
    snapshot = repository.published["snapshot"]
    timestamp = Timestamp(
        version=old.signed.version + 1 if old else 1,
        expires=datetime_of(at + repository.lifetimes.timestamp),
        unrecognized_fields={layout.AS_OF: at},
    )
    timestamp.snapshot_meta = MetaFile(snapshot.signed.version)
    repository.published["timestamp"] = Metadata(timestamp)


def _sign_online(repository: Repository, signers: tuple[Signer, ...]) -> None:
    known = [TufSigner(signer) for signer in signers]
    root: Root = repository.published["root"].signed
    for role in _ONLINE:
        metadata = repository.published[role]
        allowed = signers_of(root, role)
        fresh = not metadata.signatures
        for signer in known:
            if fresh and signer.public_key.keyid in allowed:
                metadata.sign(signer, append=True)
        if role == "snapshot":
            data = metadata.to_bytes()
            meta = MetaFile.from_data(metadata.signed.version, data, ["sha256"])
            repository.published["timestamp"].signed.snapshot_meta = meta
        try:
            check_signed(root, role, metadata, f"{role}.json")
        except TrustError as error:
            names = _who(tuple(sorted(map(name_of, allowed.values()))))
            given = _who(tuple(kid_of(signer.public_key) for signer in known))
            raise TrustError(f"{error}; it is signed by {names}, given was {given}") from None
