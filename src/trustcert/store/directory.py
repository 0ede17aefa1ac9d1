"""Verified trust data on disk: an index and large files by hash, verified again when used.

::

    cn.zip        the index: metadata and small files of the registry as last synced, under their
                  published names (registry.archive), and two entries of the store's own
                  (store.state): what is pinned and was ever seen, and where key ids lead
    cn.files/     the large files, each under its SHA-256 (store.files); those of the index before
                  stay until the next sync, for readers that still have it
    cn.try/       metadata of a sync that did not reach its end, for the next one
    clock         the newest signed time of registries that were removed since, Unix seconds
    lock          held by the one writer

A writer puts new files beside the old ones, then renames one new index over the old one: whoever
opens the store meanwhile reads the old state or the new one, and a writer killed anywhere leaves
one of them. The signed metadata in the index has the hash of every file, so that a file is
verified when it is read, not before: nothing in a file counts that was not.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from trustcert.errors import MalformedError, RollbackError, SyncError, TrustError
from trustcert.files import UNFINISHED, disk, read_within, write_whole
from trustcert.limits import REGISTRY_BYTES, TIME_MAX
from trustcert.registry import layout
from trustcert.registry.archive import Archive, pack, repack
from trustcert.registry.chain import Chain, Read
from trustcert.registry.kidindex import KidIndex
from trustcert.registry.load import Registry, RegistryTrust
from trustcert.registry.metadata import sha256_of
from trustcert.store import state as states
from trustcert.store.files import APART, Files, digest_in
from trustcert.store.state import Pin, State
from trustcert.values import PublicValue

__all__ = ["DEFAULT", "LOCK_SECONDS", "Held", "Replacement", "TrustStore", "Writer"]

DEFAULT: Final = "registry"
"""The name of the registry where a store has only one."""

LOCK_SECONDS: Final = 60
"""For how long a writer waits for another one."""

_TIMESTAMP: Final = layout.metadata_name("timestamp", None)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Held(PublicValue, frozen=True, kw_only=True):
    """One registry of a store: its files, and what the store knows of it."""

    archive: Archive
    state: State
    files: Files

    def read(self, name: str) -> bytes | None:
        """Return a file by its published name, unverified, or None where it is not held."""
        data = self.archive.read(name)
        digest = digest_in(name) if data is None else None
        return data if digest is None else self.files.read(digest)

    def chain(self) -> Chain:
        """Return the registry, verified from its pin on.

        Raises:
            TrustError: anything in it is not signed as it must be.
        """
        return Chain(self.read, self.state.pin.root)

    def is_whole(self, name: str, length: int, *, thorough: bool = False) -> bool:
        """Return whether the target of this published name is held, undamaged.

        A large file that has the size and the time of change with which it was written is not
        read again, unless ``thorough``. Damage that leaves both as they were is found by whoever
        reads the file.
        """
        digest = digest_in(name)
        if name in self.archive:
            data = self.archive.read(name)
            return data is not None and hashlib.sha256(data).hexdigest() == digest
        found = self.files.stamp(digest) if digest else None
        if digest is None or found is None or found[0] != length:
            return False
        if not thorough and self.state.files.get(digest) == found[1]:
            return True
        return hashlib.sha256(self.files.read(digest) or b"").hexdigest() == digest

    def published(self) -> bytes:
        """Return everything that is published in it as one archive.

        Raises:
            TrustError: a file is damaged.
        """
        chain = self.chain()
        files = {name: self.archive.read(name) or b"" for name in self.archive.names}
        for role in chain.roles.values():
            for path, target in role.targets.items():
                name = layout.target_name(path, sha256_of(target, path))
                if name not in files and (data := chain.read(path, target)) is not None:
                    files[name] = data
        return pack({name: data for name, data in files.items() if not name.startswith("store/")})

    def registry(self, name: str) -> Registry:
        """Return the registry for a verifier, verified from its pin on as far as it is used.

        Raises:
            TrustError: as :meth:`chain`.
        """
        try:
            data = self.archive.read(states.KIDS)
            kids = None if data is None else KidIndex(data)
        except (MalformedError, TrustError):
            kids = None  # made anew, when first needed
        disputed = {
            (issuer, number): states.disputed_problem(issuer, number, version)
            for issuer, found in self.state.disputed.items()
            for number, version in found.items()
        }
        scope = self.state.pin.issuers
        return Registry(name=name, chain=self.chain(), scope=scope, kids=kids, disputed=disputed)


class Replacement(PublicValue, frozen=True, kw_only=True):
    """What a writer put, or would put, in the place of what was held."""

    changed: bool
    trust: RegistryTrust
    problems: tuple[str, ...]

    @property
    def chain(self) -> Chain:
        """The registry, verified."""
        return self.trust.registries[0].chain


class TrustStore:
    """A directory of verified trust data: many readers, one writer, across processes."""

    __slots__ = ("folder",)

    folder: Path
    """The directory."""

    def __init__(self, folder: Path | str) -> None:
        """Name the directory; it is created when something is first written."""
        self.folder = Path(folder)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the registries, in alphabetical order."""
        return tuple(sorted(path.stem for path in self.folder.glob("[!.]*.zip")))

    def revision(self) -> tuple[tuple[str, int, int, int], ...]:
        """Return what changes whenever a sync changed the store: two stats a registry.

        Programs that run for long compare it before a check, and open the store anew when it has
        changed. It is comparable within one machine only.
        """
        found = []
        for name in self.names:
            try:
                status = (self.folder / f"{name}.zip").stat()
            except OSError:
                continue
            found.append((name, status.st_ino, status.st_mtime_ns, status.st_size))
        return tuple(found)

    def files(self, name: str) -> Files:
        """Return the large files of the registry ``name``."""
        return Files(self.folder / f"{_checked(name)}.files")

    def held(self, name: str = DEFAULT) -> Held | None:
        """Return the registry ``name``, unverified, or None where none is held.

        Raises:
            TrustError: the file is damaged.
        """
        file = f"{_checked(name)}.zip"
        data = read_within(self.folder / file, REGISTRY_BYTES)
        if data is None:
            return None
        archive = Archive(data)
        entry = archive.read(states.ENTRY)
        if entry is None:
            raise TrustError(f"{self.folder / file}: damaged: holds no {states.ENTRY}")
        try:
            return Held(archive=archive, state=states.read(entry), files=self.files(name))
        except MalformedError as error:
            raise TrustError(f"{self.folder / file}: damaged: {error}") from None

    def open(self, *, at: int) -> RegistryTrust:
        """Return everything held, each signature, hash and version verified again when it is used.

        The top of each registry is verified now, a province with its first key, list or policy
        that is asked for.

        What has expired at ``at`` (Unix seconds) is no error here: the verifier goes by
        ``good_until`` and ``as_of``, and ``ages`` of the result says it to people. A clock behind
        ``clock_floor`` is none either.

        Raises:
            TrustError: nothing is held, or something is not signed as it must be.
            SyncError: the disk failed.
        """
        registries, clock = [], self._removed_clock()
        for name in self.names:
            held = self.held(name)
            if held is not None:
                registries.append(held.registry(name))
                clock = max(clock, held.state.clock)
        if not registries:
            raise TrustError(f"{self.folder}: no trust data; sync first")
        return RegistryTrust(registries, at=at, clock_floor=clock)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Yield the one writer; other writers wait, readers do not notice.

        Raises:
            SyncError: another writer holds the store for over :data:`LOCK_SECONDS`.
        """
        import filelock

        with disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.folder / "lock", timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise SyncError(
                f"{self.folder}: another sync is running; nothing was changed"
            ) from None
        except OSError as error:
            raise SyncError(f"{self.folder}: cannot be locked: {error.strerror}") from error
        try:
            self._clear()
            yield Writer(store=self)
        finally:
            lock.release()

    def _removed_clock(self) -> int:
        data = read_within(self.folder / "clock", 32)
        if data is None:
            return 0
        if not data.isdigit() or int(data) > TIME_MAX:
            raise TrustError(f"{self.folder / 'clock'}: damaged; sync into a new store")
        return int(data)

    def _clear(self) -> None:
        """Remove what a killed writer left behind."""
        with disk(self.folder):
            for path in self.folder.glob(f".*{UNFINISHED}"):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            for name in self.folder.glob("*.files"):
                Files(name).clear()


class Writer(PublicValue, frozen=True, kw_only=True):
    """Changes a store while it is locked."""

    store: TrustStore

    def replace(
        self,
        name: str,
        published: Collection[str],
        read: Read,
        pin: Pin,
        *,
        dry_run: bool = False,
    ) -> Replacement:
        """Make the ``published`` files what is held as ``name``, unless it is a dry run.

        ``read`` returns each of them; those that are large stand in :meth:`TrustStore.files`
        already.

        Raises:
            TrustError: they are not signed as they must be, or ``pin`` overlaps another
                registry's scope, or has another root than before.
            RollbackError: they are older than what is held.
            SyncError: the disk refused. After any error the store is as it was.
        """
        held = self._mendable(_checked(name))
        if held is not None and held.state.pin.root != pin.root:
            raise TrustError(f"{name}: another root is pinned; remove that registry first")
        self._check_scope(name, pin)
        chain = Chain(read, pin.root)
        if held is not None:
            _check_not_older(held.chain(), chain)
        trust = RegistryTrust([Registry(name=name, chain=chain)], at=chain.as_of)
        trust.read_everything(lists=False)
        state = states.following(held.state if held else None, pin, trust)
        files = self.store.files(name)
        small, stamps = _parted(published, read, files)
        state = replace(state, files=stamps)
        own = {states.ENTRY: states.write(state), states.KIDS: trust.index().data}
        packed = pack({**small, **own})
        changed = held is None or held.archive.data != packed
        Archive(packed)  # what a reader would refuse is not written
        states.read(own[states.ENTRY])
        before = held.state.files if held else {}
        if changed and not dry_run:
            files.last([digest for digest in stamps if digest not in before])
            write_whole(self.store.folder / f"{name}.zip", packed)
        files.keep_only(before if dry_run else {*before, *stamps} if changed else stamps)
        problems = tuple(dict.fromkeys(trust.problems))
        return Replacement(changed=changed, trust=trust, problems=problems)

    def refresh(self, name: str, timestamp: bytes, *, dry_run: bool = False) -> Replacement:
        """Keep what is held as ``name`` under a newer ``timestamp`` of the same snapshot.

        Raises:
            TrustError: it is not signed as it must be, or names another snapshot.
            RollbackError: it is older than what is held.
            SyncError: the disk refused. After any error the store is as it was.
        """
        held = self.store.held(_checked(name))
        if held is None:
            raise TrustError(f"{name}: nothing is held")

        def read(file: str) -> bytes | None:
            return timestamp if file == _TIMESTAMP else held.read(file)

        chain = Chain(read, held.state.pin.root)
        _check_not_older(held.chain(), chain, top=True)
        registry = Registry(name=name, chain=chain, scope=held.state.pin.issuers)
        state = replace(held.state, clock=max(held.state.clock, chain.as_of))
        changed = held.archive.read(_TIMESTAMP) != timestamp
        if changed and not dry_run:
            own = {_TIMESTAMP: timestamp, states.ENTRY: states.write(state)}
            write_whole(self.store.folder / f"{name}.zip", repack(held.archive, own))
        if not dry_run:
            held.files.keep_only(held.state.files)
        trust = RegistryTrust([registry], at=chain.as_of)
        return Replacement(changed=changed, trust=trust, problems=())

    def remove(self, name: str) -> None:
        """Trust the registry ``name`` no longer; the newest signed time it showed stays known.

        Raises:
            SyncError: the disk refused.
        """
        held = self._mendable(_checked(name))
        clock = max(self.store._removed_clock(), held.state.clock if held else 0)  # noqa: SLF001
        write_whole(self.store.folder / "clock", str(clock).encode())
        path = self.store.folder / f"{name}.zip"
        with disk(path):
            path.unlink(missing_ok=True)
        self.store.files(name).keep_only(())

    def _mendable(self, name: str) -> Held | None:
        """Return what is held; None too where it is damaged, since this write mends it."""
        try:
            held = self.store.held(name)
            if held is not None:
                held.chain().verify_everything()
        except TrustError:
            return None
        return held

    def _check_scope(self, name: str, pin: Pin) -> None:
        for other in self.store.names:
            held = self.store.held(other) if other != name else None
            if held is None:
                continue
            theirs = held.state.pin.issuers
            if pin.issuers is None and theirs is None:
                raise TrustError(
                    f"{other} speaks for every issuer already; say for which {name} is"
                )
            both = (pin.issuers or frozenset()) & (theirs or frozenset())
            if both:
                raise TrustError(f"{other} speaks for {', '.join(sorted(both))} already")


def _parted(
    published: Collection[str], read: Read, files: Files
) -> tuple[dict[str, bytes], dict[str, int]]:
    """Return the small files, and when each of the large ones was put into ``files``."""
    small, stamps = {}, {}
    for name in published:
        digest = digest_in(name)
        found = files.stamp(digest) if digest else None
        if found is None or found[0] < APART:
            data = read(name)
            if data is None:
                continue
            if digest is None or len(data) < APART:
                small[name] = data
                continue
            files.put(digest, data)
            found = files.stamp(digest)
        if digest is not None and found is not None:
            stamps[digest] = found[1]
    return small, stamps


def _check_not_older(held: Chain, now: Chain, *, top: bool = False) -> None:
    """Refuse what goes back; with ``top`` only the roles that every reader verifies are compared.

    Where the keys of timestamp or snapshot were changed in the root, their versions may go back
    (TUF specification, 5.3.11): a thief of the old keys may have raised them beyond reach.
    """
    recovering = held.online_keys() != now.online_keys()
    before = {role.name: role for role in held.top} if top else held.roles
    after = {role.name: role for role in now.top} if top else now.roles
    for role, known in before.items():
        if recovering and role in ("timestamp", "snapshot"):
            continue
        found = after.get(role)
        if found is None:
            raise RollbackError(f"{role}: is gone; still held: version {known.version}")
        if found.version < known.version:
            raise RollbackError(
                f"{role}: is version {found.version}; still held: version {known.version}"
            )


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise MalformedError("must be lower-case letters, digits and hyphens", where="name")
    return name
