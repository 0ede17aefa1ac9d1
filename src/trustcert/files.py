"""Files that appear whole or not at all, and stay after a power cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from trustcert.errors import SyncError

__all__ = ["UNFINISHED", "disk", "replacing", "settle", "write_whole"]


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn what the operating system says about ``path`` into a :class:`SyncError`."""
    try:
        yield
    except OSError as error:
        raise SyncError(f"{path}: {error.strerror or type(error).__name__}") from error


@contextmanager
def replacing(path: Path, *, lasting: bool = True, mode: int | None = None) -> Iterator[BinaryIO]:
    """Yield a new file that takes the place of ``path``, in one step, if the block ends well.

    It gets the permissions that the process gives new files, or ``mode``. After an error nothing of
    it remains, and what stood at ``path`` still stands. Unless ``lasting``, a power cut may undo
    it: thousands of pictures need not wait for the disk, each on its own.

    Raises:
        SyncError: the disk refused; the cause is attached.
    """
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}{UNFINISHED}")
    with disk(path):
        try:
            with beside.open("xb") as file:
                if mode is not None:
                    beside.chmod(mode)
                yield file
                if lasting:
                    file.flush()
                    os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise
        if lasting:
            settle(path.parent)


def write_whole(path: Path, data: bytes, *, lasting: bool = True, mode: int | None = None) -> None:
    """Put ``data`` at ``path`` in one step; ``lasting`` and ``mode`` as for :func:`replacing`.

    Raises:
        SyncError: the disk refused; the cause is attached.
    """
    with replacing(path, lasting=lasting, mode=mode) as file:
        file.write(data)


def settle(folder: Path) -> None:
    """Make the names in ``folder`` last; where a system cannot sync folders, do nothing."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


UNFINISHED = ".unfinished"
"""How the names of files end that a killed writer leaves behind."""
