"""One sync, from the lock to the rename."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from msgspec import field
from tuf.api import exceptions
from tuf.api.metadata import Snapshot, TargetFile, Targets
from tuf.ngclient import FetcherInterface, Updater

from trustcert.encoding.instants import spoken
from trustcert.errors import RollbackError, SyncError, TrustcertError, TrustError
from trustcert.limits import REGISTRY_BYTES
from trustcert.registry import layout
from trustcert.registry.archive import Archive
from trustcert.registry.chain import Chain, delegations, newest_root
from trustcert.registry.metadata import parse, sha256_of
from trustcert.status import paths
from trustcert.store import DEFAULT, Pin, TrustStore, Writer
from trustcert.store.directory import Held, Replacement
from trustcert.sync.client import Files, Layered, translated, updater
from trustcert.sync.http import ChangedError, HttpFetcher
from trustcert.sync.lists import CatchUp
from trustcert.sync.part import Part
from trustcert.sync.workspace import Workspace, published_metadata, workspace
from trustcert.values import PublicValue

__all__ = ["SyncResult", "sync", "sync_file"]

_log = logging.getLogger(__name__)

_FILE: Final = "file:///"
"""What a client is told as the address of a file's contents."""

_FAR_BEHIND: Final = 8
"""Changed roles from which on the archive is cheaper, if it is small: each costs two or more round
trips."""

_ROLE_BYTES: Final = 25_000
"""Bytes of the archive that one changed role outweighs: two round trips of 100 ms at a megabit a
second. With large status lists, deltas are cheaper than any archive."""


class SyncResult(PublicValue, frozen=True, kw_only=True):
    """What a sync did.

    ``roles`` are those that changed, each with its version before (None for a new one) and now;
    ``problems`` are documents that are signed but of no use. ``as_of`` is Unix seconds.
    """

    name: str
    changed: bool
    as_of: int
    roles: Mapping[str, tuple[int | None, int]]
    requests: int = 0
    bytes: int = 0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class _Job(PublicValue, frozen=True, kw_only=True):
    """What one sync is to do, and with what."""

    name: str
    pin: Pin
    url: str
    fetcher: FetcherInterface
    held: Held | None
    lists: frozenset[str] | None = None
    archive: bool = False
    thorough: bool = False
    part: Part
    notes: list[str] = field(default_factory=list)

    @property
    def staying(self) -> str:
        """What stays in use if this fails, for the end of a refusal."""
        if self.held is None:
            return "nothing is held yet"
        return f"still held: data of {spoken(self.held.chain().as_of)}"


def sync(  # noqa: PLR0913 - each is a question that one sync answers
    store: TrustStore,
    url: str | None = None,
    *,
    root: bytes | None = None,
    name: str = DEFAULT,
    issuers: Collection[str] | None = None,
    lists: Collection[str] | None = None,
    archive: bool = True,
    dry_run: bool = False,
    thorough: bool = False,
    fetcher: FetcherInterface | None = None,
) -> SyncResult:
    """Bring the registry ``name`` of ``store`` up to date; return what changed.

    The first sync needs ``url`` and the root metadata ``root`` that somebody brought by hand;
    both are kept. ``issuers`` restricts the registry to those it may speak for, ``lists`` the
    status lists to those of some issuers (all of them by default): only theirs are fetched. A dry
    run changes nothing. Where nothing is new, ``thorough`` reads every held file again.

    Raises:
        TrustError: something is not signed as it must be, or nothing is pinned yet.
        RollbackError: older than what is held.
        StaleError: past its expiry.
        SyncError: the network or the disk failed. After any error the store is as it was.
    """
    transport = fetcher or HttpFetcher()
    try:
        with store.writing() as writer:
            known = _known(store, name, root)
            pin = _pinned(known, name, url, root, issuers)
            job = _Job(
                name=name,
                pin=pin,
                url=_base(pin.url),
                fetcher=transport,
                lists=None if lists is None else frozenset(lists),
                archive=archive,
                thorough=thorough,
                part=Part(store.files(name).folder),
                held=_sound(known),
            )
            result = _run(writer, job, carried=None, dry_run=dry_run)
            _log.info("registry %s: %d roles changed", name, len(result.roles))
            return result
    finally:
        if fetcher is None and isinstance(transport, HttpFetcher):
            transport.close()


def sync_file(
    store: TrustStore,
    data: bytes,
    *,
    root: bytes | None = None,
    name: str = DEFAULT,
    stale: bool = False,
) -> SyncResult:
    """Bring the registry ``name`` of ``store`` up to date from its one-file form.

    The file goes through the same workflow as a download; ``root`` is needed the first time. With
    ``stale`` its expiry does not matter: where no network ever is, a stick may take longer than
    a timestamp lasts. Nobody gains by that what the policy's hold age does not allow, since
    verdicts go by the age of the data, in the store too (``docs/registry.md``).

    Raises:
        TrustError: as :func:`sync`; also a damaged or incomplete file.
        RollbackError: older than what is held.
        StaleError: past its expiry.
        SyncError: the disk failed. After any error the store is as it was.
    """
    archive = Archive(data)
    with store.writing() as writer:
        known = _known(store, name, root)
        pin = _pinned(known, name, None, root, None)
        fetcher = Files(archive, _FILE)
        part = Part(store.files(name).folder)
        job = _Job(name=name, pin=pin, url=_FILE, fetcher=fetcher, held=_sound(known), part=part)
        return _run(writer, job, carried=archive if stale else None, dry_run=False)


def _carried(archive: Archive, job: _Job) -> list[str]:
    """Return the names of the files of ``archive``, each verified, whatever has expired in it."""
    try:
        chain = Chain(archive.read, job.pin.root)
        targets = [
            name
            for name, path, target in _targets(chain, None)
            if _present(chain.read(path, target), path)
        ]
    except TrustError as error:
        raise type(error)(f"{error}; {job.staying}") from error
    if job.held and chain.as_of < job.held.chain().as_of:
        raise RollbackError(f"the file has data of {spoken(chain.as_of)}; {job.staying}")
    return [name for name in published_metadata(chain) if name in archive] + targets


def _present(data: bytes | None, path: str) -> bool:
    if data is None:
        raise TrustError(f"{path}: not in the file")
    return True


def _targets(chain: Chain, lists: frozenset[str] | None) -> Iterator[tuple[str, str, TargetFile]]:
    """Yield published name, path and target of each file that is wanted."""
    for role in chain.roles.values():
        for path in chain.paths(role.name):
            if _wanted(path, lists):
                target = role.targets[path]
                yield layout.target_name(path, sha256_of(target, path)), path, target


def _run(writer: Writer, job: _Job, *, carried: Archive | None, dry_run: bool) -> SyncResult:
    store = writer.store
    before = job.held.chain() if job.held else None
    done = None
    if carried is not None:
        names = _carried(carried, job)
        done = writer.replace(job.name, names, carried.read, job.pin, dry_run=dry_run)
    elif job.held is None and job.archive and job.lists is None:
        done = _from_archive(writer, job, dry_run=dry_run)
    if done is None:
        with workspace(store, job.name, job.held) as work:
            done = _collected(writer, work, job, job.fetcher, dry_run=dry_run)
    return SyncResult(
        name=job.name,
        changed=done.changed,
        as_of=done.chain.as_of,
        roles=_differences(before, done.chain),
        requests=getattr(job.fetcher, "requests", 0),
        bytes=getattr(job.fetcher, "bytes", 0),
        problems=done.problems,
        notes=tuple(job.notes),
    )


def _from_archive(writer: Writer, job: _Job, *, dry_run: bool) -> Replacement | None:
    """Take the first data from the one-file form; return None where that does not serve."""
    archive = _archive_or_note(job)
    if archive is None:
        return None
    try:
        with workspace(writer.store, job.name, None, is_new=True) as work:
            return _collected(writer, work, job, Files(archive, job.url), dry_run=dry_run)
    except TrustError as error:
        job.notes.append(f"{layout.ARCHIVE} was refused, so each file was fetched: {error}")
        return None


def _archive_or_note(job: _Job) -> Archive | None:
    try:
        return _download_archive(job)
    except TrustError as error:
        job.notes.append(f"{layout.ARCHIVE} was refused, so each file was fetched: {error}")
        return None


def _changed_roles(work: Workspace, held: Held | None) -> int:
    """Return how many delegated roles the new snapshot has in another version than is held."""
    known = held.chain().roles if held else {}
    snapshot = parse(Snapshot, _metadata(work, "snapshot"), "snapshot.json").signed
    found = {name.removesuffix(".json"): meta.version for name, meta in snapshot.meta.items()}
    return sum(
        name not in known or known[name].version != version for name, version in found.items()
    )


def _is_far_behind(work: Workspace, held: Held | None) -> bool:
    """Decide by how many roles changed, and by what is held: the archive is about as large."""
    changed = _changed_roles(work, held)
    size = len(held.archive.data) + sum(map(held.files.size, held.state.files)) if held else 0
    return changed >= _FAR_BEHIND and size <= changed * _ROLE_BYTES


def _download_archive(job: _Job) -> Archive | None:
    """Return the one-file form, or None where there is none.

    What was received before a failure is kept beside the files of the store: the next sync asks
    for the rest.
    """
    url, received = job.url + layout.ARCHIVE, bytearray()
    with translated(job.fetcher, job.staying):
        try:
            for piece in _archive_pieces(job, url, received):
                received += piece
                if len(received) > REGISTRY_BYTES:
                    raise TrustError(f"{layout.ARCHIVE}: over {REGISTRY_BYTES} bytes")
        except exceptions.DownloadHTTPError:
            return None
        except exceptions.DownloadError:
            fetcher = job.fetcher
            validator = fetcher.validator(url) if isinstance(fetcher, HttpFetcher) else None
            if validator is not None and received:
                job.part.keep(url, validator, bytes(received))
            raise
    job.part.drop()
    return Archive(bytes(received))


def _archive_pieces(job: _Job, url: str, received: bytearray) -> Iterator[bytes]:
    """Yield the one-file form; ``received`` gets what a sync before left of it."""
    kept = job.part.read(url) if isinstance(job.fetcher, HttpFetcher) else None
    if kept is not None and isinstance(job.fetcher, HttpFetcher):
        validator, data = kept
        received += data
        try:
            yield from job.fetcher.resume(url, data, validator)
        except ChangedError:
            job.part.drop()
            received.clear()
        else:
            return
    yield from job.fetcher.fetch(url)


def _refreshed(work: Workspace, job: _Job, source: FetcherInterface) -> Updater:
    """Return a client that has the newest root, timestamp, snapshot and targets.

    Where the root has other keys for timestamp or snapshot than what is held, what is held of
    both counts no more (TUF specification, 5.3.11): a thief of the old keys may have raised their
    versions beyond what can follow.
    """
    client = updater(work.metadata, job.url, source, bootstrap=job.pin.root)
    try:
        client.refresh()
    except exceptions.RepositoryError:
        if job.held is None:
            raise
        _, root = newest_root(work.read, job.pin.root)
        now = {name: frozenset(root.roles[name].keyids) for name in ("timestamp", "snapshot")}
        if now == job.held.chain().online_keys():
            raise
        work.forget("timestamp", "snapshot")
        client = updater(work.metadata, job.url, source, bootstrap=job.pin.root)
        client.refresh()
    return client


def _is_unchanged(work: Workspace, job: _Job) -> bool:
    """Return whether all but the timestamp is as it is held, and nothing of it is damaged."""
    held = job.held
    if held is None or held.state.pin != job.pin:
        return False
    chain = held.chain()
    top = {role.name: role for role in chain.top}
    names = [
        layout.metadata_name("root", top["root"].version),
        layout.metadata_name("snapshot", top["snapshot"].version),
    ]
    if any(work.read(name) != held.archive.read(name) for name in names):
        return False
    if work.read(layout.metadata_name("root", top["root"].version + 1)) is not None:
        return False
    return all(
        held.is_whole(name, target.length, thorough=job.thorough)
        for name, _, target in _targets(chain, job.lists)
    )


def _collected(
    writer: Writer, work: Workspace, job: _Job, fetcher: FetcherInterface, *, dry_run: bool
) -> Replacement:
    """Fetch and verify what is new, and put it in the place of what is held."""
    layered = Layered(fetcher, job.url)
    source = fetcher if isinstance(fetcher, Files) else layered
    with translated(source, job.staying):
        client = _refreshed(work, job, source)
        if _is_unchanged(work, job):
            return writer.refresh(job.name, _metadata(work, "timestamp"), dry_run=dry_run)
        if (
            job.archive
            and job.lists is None
            and source is layered
            and _is_far_behind(work, job.held)
        ):
            layered.archive = _archive_or_note(job)
        _refresh_roles(client, work)
        chain = Chain(work.read, job.pin.root)
        lists = None
        if job.held and source is layered and layered.archive is None:
            fetch = partial(_download, client, work)
            lists = CatchUp(held=job.held.chain(), now=chain, fetch=fetch, notes=job.notes)
        for role in chain.roles:
            made = partial(lists.made, role) if lists else None
            for path in chain.paths(role):
                if _wanted(path, job.lists):
                    _fetch_target(client, work, path, made, thorough=job.thorough)
    return writer.replace(job.name, work.published(chain), work.read, job.pin, dry_run=dry_run)


def _refresh_roles(client: Updater, work: Workspace) -> None:
    """Let the client fetch each delegated role that changed, by asking for a path of its own."""
    snapshot = parse(Snapshot, _metadata(work, "snapshot"), "snapshot.json").signed
    waiting = ["targets"]
    while waiting:
        above = waiting.pop()
        signed = parse(Targets, _metadata(work, above), f"{above}.json").signed
        for delegation in delegations(signed, above):
            if f"{delegation.name}.json" in snapshot.meta:
                client.get_targetinfo((delegation.paths or [""])[0].replace("*", "-"))
                waiting.append(delegation.name)


def _fetch_target(
    client: Updater,
    work: Workspace,
    path: str,
    made: Callable[[str], bytes | None] | None,
    *,
    thorough: bool,
) -> None:
    target = client.get_targetinfo(path)
    if target is None:
        raise TrustError(f"{path}: signed for, but not by a role that may")
    name = layout.target_name(path, sha256_of(target, path))
    if work.have(name, target.length, thorough=thorough):
        return
    data = made(path) if made is not None else None
    work.keep(name, _download(client, work, target) if data is None else data)


def _download(client: Updater, work: Workspace, target: TargetFile) -> bytes:
    place = work.metadata / ".target"
    client.download_target(target, str(place))
    return place.read_bytes()


def _wanted(path: str, lists: frozenset[str] | None) -> bool:
    try:
        status = paths.parse(path)
    except TrustcertError:
        return True
    return status.is_snapshot and (lists is None or status.issuer in lists)


def _pinned(
    held: Held | None,
    name: str,
    url: str | None,
    root: bytes | None,
    issuers: Collection[str] | None,
) -> Pin:
    scope = None if issuers is None else frozenset(map(layout.issuer_id, issuers))
    if held is None:
        if root is None:
            raise TrustError(f"{name}: no root is pinned yet; bring root.json by hand")
        return Pin(root=root, url=url, issuers=scope)
    pin = held.state.pin
    if root not in (None, pin.root) and not _in_history(held, root):
        raise TrustError(f"{name}: another root is pinned; remove that registry first")
    return Pin(root=pin.root, url=url or pin.url, issuers=pin.issuers if issuers is None else scope)


def _in_history(held: Held, root: bytes | None) -> bool:
    return any(
        held.archive.read(entry) == root
        for entry in held.archive.names
        if entry.endswith(".root.json")
    )


def _known(store: TrustStore, name: str, root: bytes | None) -> Held | None:
    """Return what is held, verified or not; a file past reading needs its root by hand again."""
    try:
        return store.held(name)
    except TrustError:
        if root is None:
            raise
        return None


def _sound(held: Held | None) -> Held | None:
    """Return what is held if it can be built on; what is damaged on disk, this sync mends."""
    try:
        if held is not None:
            held.chain().verify_everything()
    except TrustError:
        return None
    return held


def _differences(held: Chain | None, now: Chain) -> Mapping[str, tuple[int | None, int]]:
    before = {name: role.version for name, role in held.roles.items()} if held else {}
    return MappingProxyType(
        {
            name: (before.get(name), role.version)
            for name, role in now.roles.items()
            if before.get(name) != role.version
        }
    )


def _base(url: str | None) -> str:
    if url is None:
        raise SyncError("no address is known for this registry; give its URL")
    return url if url.endswith("/") else f"{url}/"


def _metadata(work: Workspace, role: str) -> bytes:
    return (work.metadata / f"{role}.json").read_bytes()
