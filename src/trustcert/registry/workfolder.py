"""A registry's work folder on disk: what is published and the drafts, each apart from the other.

::

    work-folder.json              that this is one, and of which layout
    metadata/3.CN-51.json         what is published, under its published names
    metadata/timestamp.json       which of it is the newest: replaced last, in one step
    targets/CN-51/<sha256>.keys.json   files of both, named by their contents
    drafts/CN-51.json             a draft, until it is published or discarded
    upkeep.json                   what publishing removes when (registry.upkeep)
    lock                          held by the command that changes the folder

A new state is written beside the old one first and takes its place by renaming. A command that is
killed leaves the state of before, or the new one with some drafts still there; these are the same
as what is published, and the next command removes them. Carry ``drafts/ROLE.json`` from signer to
signer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from tuf.api.metadata import Metadata, Root, Snapshot, Timestamp

from trustcert.encoding import json
from trustcert.encoding.fields import typed
from trustcert.errors import MalformedError, SyncError, TrustError
from trustcert.files import UNFINISHED, disk, read_within, settle
from trustcert.limits import REGISTRY_DOCUMENT_BYTES, REGISTRY_METADATA_BYTES, STATUS_LIST_BYTES
from trustcert.registry import layout
from trustcert.registry.metadata import check_bytes, parse, parse_role, sha256_of

__all__ = [
    "DRAFTS",
    "MARKER",
    "Blobs",
    "Contents",
    "check_folder",
    "locked",
    "read_folder",
    "write_folder",
]

DRAFTS: Final = "drafts/"
MARKER: Final = "work-folder.json"
_LOCK_SECONDS: Final = 10
"""For how long a command waits for another one on the same folder."""

_LAYOUT: Final = 2
_ROOT: Final = re.compile(r"([1-9][0-9]{0,9})\.root\.json")
_BLOB: Final = re.compile(r"[0-9a-f]{64}\.[^/]+")
_BLOB_BYTES: Final = max(REGISTRY_DOCUMENT_BYTES, STATUS_LIST_BYTES)


class Blobs:
    """Contents of targets by published name: in memory, or read from a folder when asked for."""

    __slots__ = ("_folder", "_held", "_others")

    def __init__(
        self,
        folder: Path | None = None,
        held: Mapping[str, bytes] | None = None,
        others: tuple[Blobs, ...] = (),
    ) -> None:
        """Look in memory (``held``), then in ``folder``, then in ``others``."""
        self._folder = folder
        self._held = dict(held or {})
        self._others = others

    def copy(self) -> Blobs:
        """Return a copy that can be put into without changing this one."""
        return Blobs(self._folder, self._held, self._others)

    def put(self, name: str, data: bytes) -> None:
        """Keep ``data`` under ``name``, which holds its hash."""
        self._held[name] = data

    def get(self, name: str) -> bytes | None:
        """Return the contents of ``name``, or None where they are not here.

        Raises:
            TrustError: the file in the folder is not what its name says.
            SyncError: the disk refused.
        """
        found = self._held.get(name)
        if found is None and self._folder is not None:
            found = read_within(self._folder / name, _BLOB_BYTES)
            if found is not None:
                digest = name.rpartition("/")[2].partition(".")[0]
                check_bytes(found, None, {"sha256": digest}, name)
                self._held[name] = found
        for other in self._others if found is None else ():
            found = other.get(name) if found is None else found
        return found


class Contents:
    """All that a work folder holds of a registry."""

    __slots__ = ("blobs", "drafts", "published", "roots")

    def __init__(
        self,
        published: Mapping[str, Metadata[Any]] | None = None,
        drafts: Mapping[str, Metadata[Any]] | None = None,
        roots: Mapping[int, bytes] | None = None,
        blobs: Blobs | None = None,
    ) -> None:
        """Take the published metadata and the drafts by role, the published roots, the files."""
        self.published, self.drafts = published or {}, drafts or {}
        self.roots, self.blobs = roots or {}, blobs or Blobs()


def check_folder(folder: Path) -> None:
    """Return if ``folder`` is a work folder of this layout.

    Raises:
        TrustError: it is not; the error says what it is, as far as that can be seen.
    """
    with disk(folder):
        if not folder.exists():
            raise TrustError(f"{folder}: there is no such folder")
        if not folder.is_dir():
            raise TrustError(f"{folder}: is no folder, but a file")
        marker = folder / MARKER
        if marker.exists():
            _check_layout(marker)
        elif (folder / layout.METADATA / "root.json").exists():
            raise TrustError(
                f"{folder}: is a work folder of an earlier version of trustcert; make a new one "
                "from what it published, with `trustcert registry pull NEW WWW --root root.json`"
            )
        elif (folder / layout.METADATA / "timestamp.json").exists():
            raise TrustError(
                f"{folder}: is a publication, not a work folder; give the folder that "
                "`registry init` or `registry pull` made"
            )
        else:
            raise TrustError(
                f"{folder}: is no work folder of a registry; `trustcert registry init` makes one"
            )


def _check_layout(marker: Path) -> None:
    try:
        data = read_within(marker, 4096) or b""
        found = typed(json.decode(data, limit=4096), dict).get("layout")
    except MalformedError:
        found = None
    if found != _LAYOUT:
        raise TrustError(
            f"{marker}: this folder has layout {found}, this program speaks {_LAYOUT}; "
            "use the version of trustcert that made it"
        )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one command at a time change ``folder``.

    Raises:
        SyncError: another command has held it for over :data:`_LOCK_SECONDS`.
    """
    import filelock

    lock = filelock.FileLock(folder / "lock", timeout=_LOCK_SECONDS)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise SyncError(
            f"{folder}: another command is changing this folder; nothing was changed, try again"
        ) from None
    except OSError as error:
        raise SyncError(f"{folder}: cannot be locked: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()


def read_folder(folder: Path) -> Contents:
    """Return what :func:`write_folder` wrote into ``folder``.

    Raises:
        TrustError: it is no work folder, or a file is not what its name says.
        SyncError: the disk refused.
    """
    check_folder(folder)
    roots, published = _published(folder)
    drafts = {}
    for path in sorted((folder / DRAFTS).glob("*.json")):
        role = path.name.removesuffix(".json")
        draft = parse_role(role, _present(path), f"{DRAFTS}{path.name}")
        held = published.get(role)
        if held is None or draft.signed.version > held.signed.version:
            drafts[role] = draft  # any other was published, by a command that was killed then
    if "root" not in drafts and not roots:
        raise TrustError(f"{folder}: damaged: it has no root; restore it, or pull it anew")
    return Contents(published=published, drafts=drafts, roots=roots, blobs=Blobs(folder))


def _published(folder: Path) -> tuple[dict[int, bytes], dict[str, Metadata[Any]]]:
    base = folder / layout.METADATA
    roots = {
        int(found[1]): _present(path)
        for path in base.glob("*.root.json")
        if (found := _ROOT.fullmatch(path.name))
    }
    published: dict[str, Metadata[Any]] = {}
    if roots:
        published["root"] = parse(Root, roots[max(roots)], f"{max(roots)}.root.json")
    data = read_within(base / "timestamp.json", REGISTRY_METADATA_BYTES)
    if data is None:
        return roots, published
    timestamp = parse(Timestamp, data, "timestamp.json")
    version = timestamp.signed.snapshot_meta.version
    snapshot = parse(Snapshot, _present(_path(folder, "snapshot", version)), "snapshot.json")
    for name, meta in snapshot.signed.meta.items():
        role = name.removesuffix(".json")
        data = _present(_path(folder, role, meta.version))
        published[role] = parse_role(role, data, name)
    return roots, published | {"snapshot": snapshot, "timestamp": timestamp}


def _path(folder: Path, role: str, version: int) -> Path:
    return folder / layout.metadata_name(role, version)


def write_folder(folder: Path, contents: Contents) -> None:
    """Make ``contents`` what ``folder`` holds; what is in it no more is removed afterwards.

    Raises:
        SyncError: the disk refused; what the folder held it still holds.
    """
    wanted = _wanted(contents)
    timestamp = wanted.pop(f"{layout.METADATA}timestamp.json", None)
    renames: list[tuple[Path, Path]] = []
    with disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    last = {} if timestamp is None else {f"{layout.METADATA}timestamp.json": timestamp}
    try:
        for name, data in (wanted | last).items():
            staged = _staged(folder / name, data)
            if staged is not None:
                renames.append((staged, folder / name))
        for staged, path in renames:
            with disk(path):
                staged.replace(path)
    except BaseException:
        for staged, _ in renames:
            with suppress(OSError):
                staged.unlink(missing_ok=True)
        raise
    for place in {path.parent for _, path in renames}:
        settle(place)
    with disk(folder):
        (folder / "lock").touch()
    _prune(folder, {*wanted, *last})


def _wanted(contents: Contents) -> dict[str, bytes]:
    """Return every file by its name below the folder, those that others refer to first."""
    marker = {MARKER: json.encode_pretty({"layout": _LAYOUT, "kind": "trustcert registry"})}
    named: dict[str, bytes] = {}
    for found in (contents.published, contents.drafts):
        for metadata in found.values():
            for path, target in getattr(metadata.signed, "targets", {}).items():
                name = layout.target_name(path, sha256_of(target, path))
                data = contents.blobs.get(name)
                if data is None:
                    raise TrustError(f"{path}: its file is missing in the work folder")
                named[name] = data
    for version, data in contents.roots.items():
        named[layout.metadata_name("root", version)] = data
    for role, metadata in contents.published.items():
        if role != "root":
            named[layout.published_name(role, metadata.signed.version)] = metadata.to_bytes()
    for role, metadata in contents.drafts.items():
        named[f"{DRAFTS}{role}.json"] = metadata.to_bytes()
    return named | marker


def _staged(path: Path, data: bytes) -> Path | None:
    """Write ``data`` beside ``path``, to be renamed; None where it stands there already."""
    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return None
        beside = path.with_name(f".{path.name}{UNFINISHED}")
        try:
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise
    return beside


def _prune(folder: Path, wanted: set[str]) -> None:
    """Remove metadata, drafts and files that nothing refers to, and what a killed command left."""
    for place in (layout.METADATA, layout.TARGETS, DRAFTS):
        for path in (folder / place).rglob("*"):
            name = path.relative_to(folder).as_posix()
            ours = path.suffix == ".json" or _BLOB.fullmatch(path.name)
            if path.is_file() and name not in wanted and (ours or path.name.endswith(UNFINISHED)):
                with suppress(OSError):
                    path.unlink()


def _present(path: Path) -> bytes:
    data = read_within(path, REGISTRY_METADATA_BYTES)
    if data is None:
        raise TrustError(
            f"{path}: missing: the work folder is damaged; restore it, or make a new one with "
            "`trustcert registry pull`"
        )
    return data
