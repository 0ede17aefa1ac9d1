"""A registry as one file: a zip of what a web server would serve, under the same names.

It is transport, not trust: whoever reads it verifies its files as if they came one by one. Nothing
is ever unpacked to a path; entries are looked up by name. Equal contents give equal bytes.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from trustcert.errors import TrustError
from trustcert.limits import REGISTRY_FILES
from trustcert.registry import quotas

_LOCAL: Final = b"PK\x03\x04"
_ENTRY: Final = b"PK\x01\x02"
_END: Final = struct.Struct("<4s4H2LH")
"""The record at the end: its mark, disks and counts of entries, the size and the place of the
directory, and the length of a comment."""
_END_MARK: Final = b"PK\x05\x06"
_LARGE_MARK: Final = b"PK\x06\x07"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_LAST: Final = frozenset({"metadata/timestamp.json", "store/state.json"})
"""The entries that change without any other."""

_PUBLISHED: Final = ("metadata/", "targets/")
_FOREIGN: Final = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError,
                   NotImplementedError, ValueError, IndexError, UnicodeError)  # fmt: skip


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of ``files``; texts are deflated, status lists are dense already."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files, key=lambda name: (name in _LAST, name)):
            _write(archive, name, files[name])
    return out.getvalue()


def _check_count(data: bytes) -> None:
    """Refuse an archive of too many entries before :mod:`zipfile` reads any of them.

    Raises:
        TrustError: too many entries, a comment, or the form for large archives.
    """
    if len(data) < _END.size or data[-_END.size :][:4] != _END_MARK or data[-2:] != b"\0\0":
        raise TrustError("the archive is damaged or no archive")
    start = len(data) - _END.size
    if data[max(0, start - 20) : start].startswith(_LARGE_MARK):
        raise TrustError(f"the archive holds over {REGISTRY_FILES} files")
    size = _END.unpack_from(data, start)[5]
    if data.count(_ENTRY, max(0, start - size), start) > REGISTRY_FILES:
        raise TrustError(f"the archive holds over {REGISTRY_FILES} files")


def repack(archive: Archive, changed: Mapping[str, bytes]) -> bytes:
    """Return ``archive`` with the entries ``changed``, all of which stand at its end.

    The others are copied as they are: what changes every hour costs nothing for what does not.
    """
    out = io.BytesIO(archive.data)
    with zipfile.ZipFile(out, "a") as packed:
        kept = [entry for entry in packed.infolist() if entry.filename not in changed]
        gone = [entry for entry in packed.infolist() if entry.filename in changed]
        start = min((entry.header_offset for entry in gone), default=packed.start_dir)
        if any(entry.header_offset > start for entry in kept):
            names = (entry.filename for entry in packed.infolist())
            return pack({name: archive.read(name) or b"" for name in names} | dict(changed))
        packed.filelist[:] = kept
        packed.NameToInfo = {entry.filename: entry for entry in kept}
        packed.start_dir = start
        out.truncate(start)
        for name in sorted(changed):
            _write(packed, name, changed[name])
    return out.getvalue()


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
    archive.writestr(entry, data)


class Archive:
    """The files of an archive by name, each inflated when it is read."""

    __slots__ = ("_entries", "data")

    data: bytes
    """The archive itself."""

    def __init__(self, data: bytes) -> None:
        """Open an archive.

        Raises:
            TrustError: not a zip, a name twice, too many files, or more bytes than allowed.
        """
        self.data = data
        _check_count(data)
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                entries = archive.infolist()
        except _FOREIGN:
            raise TrustError("the archive is damaged or no archive") from None
        self._entries = {entry.filename: entry for entry in entries}
        if len(self._entries) != len(entries):
            raise TrustError("the archive holds one name twice")
        sizes = {entry.filename: entry.file_size for entry in entries}
        quotas.check_registry(sizes, name="the archive")

    def __reduce__(self) -> tuple[type[Archive], tuple[bytes]]:
        return Archive, (self.data,)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files."""
        return tuple(self._entries)

    def published(self) -> bytes:
        """Return the archive of what is published in this one, without entries of a store."""
        names = [name for name in self.names if name.startswith(_PUBLISHED)]
        return pack({name: data for name in names if (data := self.read(name)) is not None})

    def read(self, name: str) -> bytes | None:
        """Return a file, or None where there is none of that name.

        Raises:
            TrustError: the entry is damaged, or larger than it says.
        """
        entry = self._entries.get(name)
        if entry is None:
            return None
        try:
            data = self._inflated(entry)
        except _FOREIGN:
            raise TrustError(f"{name}: damaged in the archive") from None
        if len(data) != entry.file_size or zlib.crc32(data) != entry.CRC:
            raise TrustError(f"{name}: damaged in the archive")
        return data

    def _inflated(self, entry: zipfile.ZipInfo) -> bytes:
        """Return an entry; read here since :mod:`zipfile` takes as long as a signature does."""
        start = entry.header_offset
        magic, lengths = self.data[start : start + 4], self.data[start + 26 : start + 30]
        name, extra = struct.unpack("<HH", lengths)
        start += 30 + name + extra
        raw = self.data[start : start + entry.compress_size]
        if magic != _LOCAL or entry.flag_bits & 1 or len(raw) != entry.compress_size:
            raise EOFError
        if entry.compress_type == zipfile.ZIP_STORED:
            return raw
        if entry.compress_type != zipfile.ZIP_DEFLATED:
            raise NotImplementedError
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(raw, entry.file_size + 1)
