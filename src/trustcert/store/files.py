"""Files of a store by their SHA-256: what is large, and what an unfinished sync has fetched.

A name is a promise, not a proof: whoever reads a file checks it against the hash that is signed
for, so a file that was damaged or put there by somebody is as good as none.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from trustcert.errors import TrustError
from trustcert.files import UNFINISHED, disk, settle, write_whole
from trustcert.limits import STATUS_LIST_BYTES

__all__ = ["APART", "Files", "digest_in"]

APART: Final = 4096
"""Bytes from which on a file stands on its own: below a block of the disk it gains nothing."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def digest_in(name: str) -> str | None:
    """Return the SHA-256 in the published name of a target; None for any other name."""
    if not name.startswith("targets/"):
        return None
    digest = name.rpartition("/")[2].partition(".")[0]
    return digest if _DIGEST.fullmatch(digest) else None


class Files:
    """A folder of files by hash. A pickle of it takes the contents along."""

    __slots__ = ("_carried", "folder")

    def __init__(self, folder: Path, carried: dict[str, bytes] | None = None) -> None:
        """Name the folder; it is created when something is first put there."""
        self.folder = folder
        self._carried = carried

    def __reduce__(self) -> tuple[Any, ...]:
        read = {digest: data for digest in self._digests() if (data := self.read(digest))}
        return Files, (self.folder, read if self._carried is None else self._carried)

    def read(self, digest: str) -> bytes | None:
        """Return what stands under ``digest``, unverified; None where nothing does.

        Raises:
            TrustError: the disk failed.
        """
        if self._carried is not None:
            return self._carried.get(digest)
        path = self.folder / digest
        try:
            with path.open("rb") as file:
                return file.read(STATUS_LIST_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise TrustError(f"{path}: cannot be read: {error.strerror}") from error

    def put(self, digest: str, data: bytes) -> None:
        """Keep ``data``, which has this hash; :meth:`last` makes it outlast a power cut.

        Raises:
            SyncError: the disk refused.
        """
        with disk(self.folder):
            self.folder.mkdir(exist_ok=True)
        write_whole(self.folder / digest, data, lasting=False)

    def last(self, digests: Collection[str]) -> None:
        """Make these files outlast a power cut.

        Raises:
            SyncError: the disk refused.
        """
        for digest in digests:
            path = self.folder / digest
            with disk(path), path.open("rb") as file:
                os.fsync(file.fileno())
        if digests:
            settle(self.folder)

    def stamp(self, digest: str) -> tuple[int, int] | None:
        """Return size and time of change (nanoseconds) of a file, or None where there is none."""
        try:
            found = (self.folder / digest).stat()
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns

    def size(self, digest: str) -> int:
        """Return the bytes of a file; 0 where there is none."""
        found = self.stamp(digest)
        return 0 if found is None else found[0]

    def keep_only(self, digests: Collection[str]) -> None:
        """Remove every other file; the folder too where nothing is left."""
        for path in self.folder.glob("*"):
            if path.name not in digests:
                with suppress(OSError):
                    if path.is_dir() and not path.is_symlink():
                        shutil.rmtree(path)
                    else:
                        path.unlink()
        with suppress(OSError):
            self.folder.rmdir()

    def clear(self) -> None:
        """Remove what a killed writer left half written."""
        for path in self.folder.glob(f".*{UNFINISHED}"):
            with suppress(OSError):
                path.unlink()

    def _digests(self) -> Iterator[str]:
        return (path.name for path in self.folder.glob("*") if _DIGEST.fullmatch(path.name))
