"""Verified trust data on disk: one file a registry, replaced whole, verified again when opened.

::

    cn.pin        what was trusted by hand: root metadata, address, the issuers it may speak for
    cn.zip        the registry as last synced (registry.archive), under its published names
    clock         the newest signed time ever seen, Unix seconds
    lock          held by the one writer

A writer prepares ``cn.zip`` beside the old one and renames it: whoever opens the store meanwhile
reads the old file to its end or the new one, and a writer killed anywhere leaves the old one.
The pin is written last when a registry is added, so that it exists only with its data.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trustcert.encoding import json
from trustcert.encoding.fields import each, only, optional, required, typed
from trustcert.errors import MalformedError, RollbackError, SyncError, TrustError
from trustcert.limits import REGISTRY_BYTES, REGISTRY_ROOT_BYTES, TIME_MAX
from trustcert.registry import layout
from trustcert.registry.archive import Archive
from trustcert.registry.chain import Chain
from trustcert.registry.files import UNFINISHED, disk, write_whole
from trustcert.registry.load import Registry, RegistryTrust

DEFAULT: Final = "registry"
"""The name of the registry where a store has only one."""

LOCK_SECONDS: Final = 60
"""For how long a writer waits for another one."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PIN_BYTES: Final = 2 * REGISTRY_ROOT_BYTES


@dataclass(frozen=True, kw_only=True, slots=True)
class Pin:
    """What somebody decided to trust: the root, where its registry is, for which issuers.

    ``issuers`` None is every issuer that no other registry of the store is for.
    """

    root: bytes
    url: str | None = None
    issuers: frozenset[str] | None = None


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
        return tuple(sorted(path.stem for path in self.folder.glob("*.pin")))

    @property
    def clock_floor(self) -> int:
        """The newest signed time ever seen, Unix seconds; 0 for a new store.

        Raises:
            TrustError: the file is damaged.
        """
        data = self._bytes("clock", 32)
        if data is None:
            return 0
        if not data.isdigit() or int(data) > TIME_MAX:
            raise TrustError(f"{self.folder / 'clock'}: damaged; sync again into a new store")
        return int(data)

    def pin(self, name: str = DEFAULT) -> Pin | None:
        """Return what is pinned under ``name``, or None where there is none.

        Raises:
            TrustError: the file is damaged.
        """
        data = self._bytes(f"{_checked(name)}.pin", _PIN_BYTES)
        if data is None:
            return None
        try:
            return _read_pin(data)
        except MalformedError as error:
            raise TrustError(f"{self.folder / f'{name}.pin'}: damaged: {error}") from None

    def archive(self, name: str = DEFAULT) -> Archive | None:
        """Return the registry ``name`` as one file, or None where none is held.

        Raises:
            TrustError: the file is damaged.
        """
        if self.pin(name) is None:
            return None
        data = self._bytes(f"{name}.zip", REGISTRY_BYTES)
        return None if data is None else Archive(data)

    def chain(self, name: str = DEFAULT) -> Chain | None:
        """Return the registry ``name``, verified from its pin on, or None where none is held.

        Raises:
            TrustError: anything in it is not signed as it must be.
        """
        pin, archive = self.pin(name), self.archive(name)
        if pin is None:
            return None
        if archive is None:
            raise TrustError(f"{self.folder / f'{name}.zip'}: missing; sync again")
        return Chain(archive.read, pin.root)

    def open(self, *, at: int) -> RegistryTrust:
        """Return everything held, each signature, hash and version verified again.

        What has expired at ``at`` (Unix seconds) is no error: the verifier goes by
        ``good_until`` and ``as_of``, and ``ages`` of the result says it to people.

        Raises:
            TrustError: nothing is held, or something is not signed as it must be.
            SyncError: the disk failed.
        """
        registries = []
        for name in self.names:
            pin, chain = self.pin(name), self.chain(name)
            if pin is not None and chain is not None:
                registries.append(Registry(name=name, chain=chain, scope=pin.issuers))
        if not registries:
            raise TrustError(f"{self.folder}: no trust data; sync first")
        return RegistryTrust(registries, at=at, clock_floor=self.clock_floor)

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

    def _clear(self) -> None:
        """Remove what a killed writer left behind."""
        with disk(self.folder):
            for path in self.folder.glob(f".*{UNFINISHED}"):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    def _bytes(self, name: str, limit: int) -> bytes | None:
        path = self.folder / name
        with disk(path):
            try:
                with path.open("rb") as file:
                    data = file.read(limit + 1)
            except FileNotFoundError:
                return None
        if len(data) > limit:
            raise TrustError(f"{path}: over {limit} bytes")
        return data


@dataclass(frozen=True, kw_only=True, slots=True)
class Writer:
    """Changes a store while it is locked."""

    store: TrustStore

    def replace(self, name: str, data: bytes, pin: Pin) -> None:
        """Make the archive ``data`` what is held as ``name``.

        Raises:
            TrustError: it is not signed as it must be, or ``pin`` overlaps another registry's.
            RollbackError: it is older than what is held.
            SyncError: the disk refused. After any error the store is as it was.
        """
        held = self.store.pin(_checked(name))
        if held is not None and held.root != pin.root:
            raise TrustError(f"{name}: another root is pinned; remove that registry first")
        self._check_scope(name, pin)
        chain = Chain(Archive(data).read, pin.root)
        self._check_not_older(name, chain)
        folder = self.store.folder
        floor = self.store.clock_floor
        write_whole(folder / f"{name}.zip", data)
        if held != pin:
            write_whole(folder / f"{name}.pin", _written_pin(pin))
        if chain.as_of > floor:
            write_whole(folder / "clock", str(chain.as_of).encode())

    def remove(self, name: str) -> None:
        """Trust the registry ``name`` no longer; the clock floor stays.

        Raises:
            SyncError: the disk refused.
        """
        for path in (f"{_checked(name)}.pin", f"{name}.zip"):
            with disk(self.store.folder / path):
                (self.store.folder / path).unlink(missing_ok=True)

    def _check_scope(self, name: str, pin: Pin) -> None:
        for other in self.store.names:
            held = self.store.pin(other)
            if other == name or held is None:
                continue
            if pin.issuers is None and held.issuers is None:
                raise TrustError(
                    f"{other} speaks for every issuer already; say for which {name} is"
                )
            both = (pin.issuers or frozenset()) & (held.issuers or frozenset())
            if both:
                raise TrustError(f"{other} speaks for {', '.join(sorted(both))} already")

    def _check_not_older(self, name: str, chain: Chain) -> None:
        try:
            held = self.store.chain(name)
        except TrustError:
            return  # damaged on disk: this write mends it
        if held is None:
            return
        for role, known in held.roles.items():
            found = chain.roles.get(role)
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


def _read_pin(data: bytes) -> Pin:
    source: Mapping[str, Any] = typed(json.decode(data, limit=_PIN_BYTES), dict)
    only(source, {"root", "url", "issuers"})
    issuers = each(source, "issuers", layout.issuer_id) if "issuers" in source else None
    return Pin(
        root=required(source, "root", str).encode(),
        url=optional(source, "url", str),
        issuers=None if issuers is None else frozenset(issuers),
    )


def _written_pin(pin: Pin) -> bytes:
    written: dict[str, Any] = {"root": pin.root.decode()}
    if pin.url is not None:
        written["url"] = pin.url
    if pin.issuers is not None:
        written["issuers"] = sorted(pin.issuers)
    return json.encode_pretty(written)
