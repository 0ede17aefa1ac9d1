"""What one sync works with: metadata as python-tuf's client keeps it, and fetched files by hash.

Both stay after a sync that did not reach its end, so that the next one is shorter. Nothing of it is
trusted for having been kept: the client verifies its metadata again, and each file is held against
the hash that is signed for.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trustcert.errors import SyncError, TrustcertError
from trustcert.files import disk
from trustcert.registry import layout
from trustcert.registry.chain import Chain
from trustcert.store import TrustStore
from trustcert.store.directory import Held
from trustcert.store.files import Files, digest_in

__all__ = ["Workspace", "published_metadata", "workspace"]


class Workspace:
    """Metadata under unversioned names in ``metadata``; targets by published name."""

    __slots__ = ("files", "held", "metadata", "targets")

    def __init__(self, folder: Path, held: Held | None, files: Files) -> None:
        """Work in ``folder``, with what is held where nothing newer stands there.

        Raises:
            TrustError: what is held is damaged.
        """
        self.metadata = folder
        self.held = held
        self.files = files
        self.targets: set[str] = set()
        """The published names of the targets that this sync will have."""
        (folder / "root_history").mkdir(parents=True, exist_ok=True)
        for name in held.archive.names if held else ():
            path = self._path(name)
            if held and path and not path.exists():
                path.write_bytes(held.archive.read(name) or b"")

    def read(self, name: str) -> bytes | None:
        """Return a file by its published name, or None where it is not here."""
        path = self._path(name)
        if path is not None:
            return path.read_bytes() if path.is_file() else None
        digest = digest_in(name)
        data = self.files.read(digest) if digest else None
        return data if data is not None or self.held is None else self.held.archive.read(name)

    def have(self, name: str, length: int, *, thorough: bool) -> bool:
        """Return whether this target is here undamaged, held or from a sync before; note it."""
        here = self.held is not None and self.held.is_whole(name, length, thorough=thorough)
        if not here:
            data, digest = self.read(name), digest_in(name)
            here = data is not None and hashlib.sha256(data).hexdigest() == digest
        if here:
            self.targets.add(name)
        return here

    def keep(self, name: str, data: bytes) -> None:
        """Keep a target that was verified."""
        digest = digest_in(name)
        if digest is not None:
            self.files.put(digest, data)
            self.targets.add(name)

    def forget(self, *roles: str) -> None:
        """Remove the metadata of these roles, as if it had never been here."""
        for role in roles:
            (self.metadata / f"{role}.json").unlink(missing_ok=True)

    def published(self, chain: Chain) -> tuple[str, ...]:
        """Return the published names of what ``chain`` verified: metadata, and the targets here."""
        found = (name for name in published_metadata(chain) if self.read(name) is not None)
        return (*found, *sorted(self.targets))

    def _path(self, name: str) -> Path | None:
        """Return where metadata of this published name stands; None for anything else."""
        if not name.startswith(layout.METADATA):
            return None
        file = name.removeprefix(layout.METADATA)
        if os.sep in file or "/" in file:
            return None
        if file.endswith(".root.json"):
            return self.metadata / "root_history" / file
        return self.metadata / (file if file == "timestamp.json" else file.partition(".")[2])


def published_metadata(chain: Chain) -> list[str]:
    """Return the published names of the metadata of ``chain``, each version of the root too."""
    names = [
        layout.published_name(role.name, role.version)
        for role in chain.roles.values()
        if role.name != "root"
    ]
    last = chain.roles["root"].version
    return names + [layout.metadata_name("root", version) for version in range(1, last + 1)]


@contextmanager
def workspace(
    store: TrustStore, name: str, held: Held | None, *, is_new: bool = False
) -> Iterator[Workspace]:
    """Yield the workspace of the registry ``name``; ``is_new`` forgets what was kept.

    Metadata stays only where the network or the disk failed. After a refusal it is removed: what
    was refused must not stand in the way of the next sync.

    Raises:
        SyncError: the disk refused.
    """
    folder = store.folder / f"{name}.try"
    with disk(store.folder):
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        try:
            yield Workspace(folder, held, store.files(name))
        except TrustcertError as error:
            if not isinstance(error, SyncError):
                shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)
