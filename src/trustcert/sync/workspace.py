"""The folder in which one sync works: metadata as python-tuf's client keeps it, and targets."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trustcert.files import UNFINISHED, disk
from trustcert.registry import layout
from trustcert.registry.archive import Archive
from trustcert.registry.chain import Chain, Read
from trustcert.registry.metadata import sha256_of

__all__ = ["Workspace", "published", "workspace"]


class Workspace:
    """Metadata under unversioned names in ``metadata``; targets by published name in memory."""

    __slots__ = ("held", "metadata", "targets")

    def __init__(self, metadata: Path, held: Archive | None) -> None:
        """Unpack the metadata of ``held`` into the empty folder ``metadata``."""
        self.metadata = metadata
        self.held = held
        self.targets: dict[str, bytes] = {}
        (metadata / "root_history").mkdir(parents=True)
        for name in held.names if held else ():
            path = self._path(name)
            data = held.read(name) if held and path else None
            if path and data is not None:
                path.write_bytes(data)

    def read(self, name: str) -> bytes | None:
        """Return a file by its published name, or None where it is not here."""
        path = self._path(name)
        if path is not None:
            return path.read_bytes() if path.exists() else None
        data = self.targets.get(name)
        return data if data is not None or self.held is None else self.held.read(name)

    def forget(self, *roles: str) -> None:
        """Remove the metadata of these roles, as if it had never been here."""
        for role in roles:
            (self.metadata / f"{role}.json").unlink(missing_ok=True)

    def files(self, chain: Chain) -> dict[str, bytes]:
        """Return what ``chain`` verified, by published name: metadata, and the targets here."""
        return published(chain, self.read)

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


def published(chain: Chain, read: Read) -> dict[str, bytes]:
    """Return what ``chain`` verified of what ``read`` returns, by published name."""
    names = [layout.metadata_name("timestamp", None)]
    for role in chain.roles.values():
        if role.name not in ("root", "timestamp"):
            names.append(layout.metadata_name(role.name, role.version))
        names += [
            layout.target_name(path, sha256_of(target, path))
            for path, target in role.targets.items()
        ]
    last = chain.roles["root"].version
    names += [layout.metadata_name("root", version) for version in range(1, last + 1)]
    found = {name: read(name) for name in names}
    return {name: data for name, data in found.items() if data is not None}


@contextmanager
def workspace(store: Path, held: Archive | None) -> Iterator[Workspace]:
    """Yield a workspace beside the store's files; nothing of it remains.

    Raises:
        SyncError: the disk refused.
    """
    with (
        disk(store),
        tempfile.TemporaryDirectory(dir=store, prefix=".sync-", suffix=UNFINISHED) as folder,
    ):
        yield Workspace(Path(folder) / "metadata", held)
