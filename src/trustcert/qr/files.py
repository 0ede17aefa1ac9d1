"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from trustcert.errors import SyncError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a new file beside ``path`` that takes its place when the block ends well.

    The file gets the permissions that the process gives new files. After an error in the block
    nothing of it remains, and what stood at ``path`` still stands.

    Raises:
        SyncError: the file cannot be written; the cause is attached.
    """
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        try:
            with beside.open("xb") as file:
                yield file
            os.replace(beside, path)  # noqa: PTH105 - the name says it: atomic on one file system
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SyncError(f"cannot write the file: {error.strerror}") from error


def write_atomically(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path`` in one step.

    Raises:
        SyncError: the file cannot be written; the cause is attached.
    """
    with replacing(path) as file:
        file.write(data)
