"""What keeps a publication from growing for ever: old files go, the archive is not always new.

A file that is no longer part of the newest publication stays for a week: whoever syncs meanwhile,
or reads through a cache that still has the timestamp of before (which is good for two days), finds
it. Nobody needs it for longer: a checkpoint that is months behind goes from the root versions,
which all stay, straight to the newest files.

``registry.zip`` serves first syncs and sticks. It is written anew with each change while it is
small; a large one at most every six hours, and any one at least every twelve.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import Any, Final

from trustcert.encoding import json
from trustcert.encoding.fields import typed
from trustcert.errors import MalformedError
from trustcert.files import disk, write_whole
from trustcert.limits import REGISTRY_METADATA_BYTES

__all__ = ["ARCHIVE_AGE", "FILE", "KEEP", "LARGE", "Upkeep"]

FILE: Final = "upkeep.json"
"""The name of the file in a work folder that remembers all this."""

KEEP: Final = 7 * 86_400
"""Seconds for which a file stays that is no longer part of the newest publication."""

LARGE: Final = 8 * 1024 * 1024
"""Bytes from which on an archive is not written with each change."""

LARGE_AGE: Final = 6 * 3600
"""Seconds for which a large archive may lack the newest changes."""

ARCHIVE_AGE: Final = 12 * 3600
"""Seconds after which an archive is written anew: a quarter of a timestamp's life."""

_OURS: Final = re.compile(
    r"metadata/[0-9]+\.[A-Za-z0-9-]+\.json|targets/(?:[A-Za-z0-9-]+/)*[0-9a-f]{64}\.[^/]+"
)


class Upkeep:
    """Since when files are superseded, and what each place's archive holds."""

    __slots__ = ("_archives", "_superseded")

    def __init__(self, data: bytes = b"{}") -> None:
        """Read what :meth:`write` wrote; anything else is as if nothing was known."""
        try:
            found: dict[str, Any] = typed(json.decode(data, limit=REGISTRY_METADATA_BYTES), dict)
            superseded = typed(found.get("superseded", {}), dict)
            archives = typed(found.get("archives", {}), dict)
        except MalformedError:
            superseded, archives = {}, {}
        self._superseded = {name: at for name, at in superseded.items() if type(at) is int}
        self._archives = {name: held for name, held in archives.items() if isinstance(held, dict)}

    @classmethod
    def read(cls, folder: Path) -> Upkeep:
        """Return what is remembered in a work folder."""
        path = folder / FILE
        with disk(path):
            return cls(path.read_bytes() if path.exists() else b"{}")

    def save(self, folder: Path) -> None:
        """Remember it in a work folder.

        Raises:
            SyncError: the disk refused.
        """
        known = {"superseded": self._superseded, "archives": self._archives}
        write_whole(folder / FILE, json.encode_pretty(known))

    def archive_is_due(self, place: str, *, snapshot: int, size: int, at: int) -> bool:
        """Return whether the archive at ``place`` is to be written anew.

        ``snapshot`` is the version that is published now, ``size`` how large the archive would be.
        """
        held = self._archives.get(place, {})
        age = at - int(held.get("as_of", 0))
        if held.get("snapshot") != snapshot and (size < LARGE or age >= LARGE_AGE):
            return True
        return not 0 <= age < ARCHIVE_AGE

    def archive_was_written(self, place: str, *, snapshot: int, at: int) -> None:
        """Remember what the archive at ``place`` holds from now on."""
        self._archives[place] = {"snapshot": snapshot, "as_of": at}

    def prune(
        self,
        files: MutableMapping[str, bytes],
        current: Iterable[str],
        *,
        at: int,
        keep: int = KEEP,
    ) -> tuple[str, ...]:
        """Remove what is superseded for over ``keep`` seconds from ``files``; return the names.

        ``current`` are the names in the newest publication. Root versions all stay, and whatever
        is named as no registry names its files.
        """
        wanted, gone = set(current), []
        for name in list(files):
            if name in wanted or name.endswith(".root.json") or not _OURS.fullmatch(name):
                self._superseded.pop(name, None)
                continue
            if self._superseded.setdefault(name, at) + keep <= at:
                del files[name]
                del self._superseded[name]
                gone.append(name)
        return tuple(gone)
