"""Files that appear whole or not at all, and stay after a power cut."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from trustcert.errors import SyncError, TrustError

__all__ = [
    "UNFINISHED",
    "disk",
    "read_within",
    "refuse_other",
    "replacing",
    "settle",
    "write_whole",
]


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn what the operating system says about ``path`` into a :class:`SyncError`."""
    try:
        yield
    except OSError as error:
        raise SyncError(f"{path}: {error.strerror or type(error).__name__}") from error


def read_within(path: Path, limit: int) -> bytes | None:
    """Return the bytes of a file, None where there is none.

    Raises:
        TrustError: it has over ``limit`` bytes.
        SyncError: the disk refused.
    """
    with disk(path):
        try:
            with path.open("rb") as file:
                data = file.read(limit + 1)
        except FileNotFoundError:
            return None
    if len(data) > limit:
        raise TrustError(f"{path}: over {limit} bytes")
    return data


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


def refuse_other(
    path: Path,
    is_same_kind: Callable[[bytes], bool],
    *,
    limit: int = 1024,
    force: bool | None = None,
) -> None:
    """Refuse to write to ``path`` where a file of another kind is: a private key, for example.

    ``is_same_kind`` is asked about the first ``limit`` bytes of the file that is there.
    ``force`` says whether to replace it all the same; None where nobody can ask for that.

    Raises:
        TrustError: there is a folder, or a file of another kind and ``force`` is not set.
        SyncError: the file cannot be read, or there is no folder to write it into.
    """
    if path.is_dir():
        raise TrustError(f"{path}: is a folder; name a file")
    with disk(path):
        if path.exists() and not force:
            if not path.is_file():
                raise TrustError(f"{path}: is no regular file; name another one")
            with path.open("rb") as file:
                head = file.read(limit)
            if not is_same_kind(head):
                mend = "name another file" if force is None else "--force replaces it"
                raise TrustError(f"{path}: is there and holds something else; {mend}")
    if not path.parent.is_dir():
        raise SyncError(f"{path}: there is no folder {path.parent}")


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
