"""The beginning of an archive whose download failed, kept on disk for the next sync.

::

    one line of JSON     the address that it comes from, and its validator there (url, validator)
    …                    its bytes

Nothing in it is trusted: the archive's files are verified one by one, wherever they came from.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from trustcert.encoding import json
from trustcert.encoding.fields import required, typed
from trustcert.errors import TrustcertError
from trustcert.files import disk, write_whole
from trustcert.limits import REGISTRY_BYTES

__all__ = ["Part"]

_HEAD_BYTES: Final = 4096


class Part:
    """The file ``archive.part`` in a folder."""

    __slots__ = ("_path",)

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is created when something is kept."""
        self._path = folder / "archive.part"

    def keep(self, url: str, validator: str, data: bytes) -> None:
        """Keep ``data``, the beginning of what stands at ``url`` in this version.

        Raises:
            SyncError: the disk refused.
        """
        head = json.encode({"url": url, "validator": validator}) + b"\n"
        if len(head) > _HEAD_BYTES:
            return
        with disk(self._path.parent):
            self._path.parent.mkdir(exist_ok=True)
        write_whole(self._path, head + data, lasting=False)

    def read(self, url: str) -> tuple[str, bytes] | None:
        """Return validator and beginning of what stands at ``url``; None where none is kept."""
        try:
            with self._path.open("rb") as file:
                head = typed(json.decode(file.readline(_HEAD_BYTES), limit=_HEAD_BYTES), dict)
                data = file.read(REGISTRY_BYTES)
            if required(head, "url", str) != url or not data:
                return None
            return required(head, "validator", str), data
        except (OSError, TrustcertError):
            return None

    def drop(self) -> None:
        """Remove what is kept."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
