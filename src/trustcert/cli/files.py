"""Files that a command writes once and never overwrites."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["write_new"]


def write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Write a new file with these permissions.

    Raises:
        FileExistsError: there is one already.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
