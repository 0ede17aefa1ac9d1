"""Archives are counted before they are read."""

from __future__ import annotations

import struct
import sys
import zipfile
from io import BytesIO
from types import FrameType
from typing import Any

import pytest

from trustcert.errors import TrustError
from trustcert.limits import REGISTRY_FILES
from trustcert.registry import archive

ENTRY = (
    struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *[20, 20, 0, 0, 0, 33], *[0] * 3, 1, *[0] * 6) + b"a"
)


def empty_entries(count: int) -> bytes:
    """Return an archive of ``count`` empty entries that share one local header."""
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + b"a"
    size = len(ENTRY) * count
    most = min(count, 0xFFFF)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, most, most, size, len(local), 0)
    return local + ENTRY * count + end


def test_an_archive_of_a_million_empty_entries_is_refused_before_one_is_read() -> None:
    data = empty_entries(1_000_000)
    assert len(zipfile.ZipFile(BytesIO(empty_entries(1))).infolist()) == 1
    calls = 0

    def profile(_frame: FrameType, _event: str, _argument: Any) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(profile)
    try:
        with pytest.raises(TrustError, match=f"over {REGISTRY_FILES} files"):
            archive.Archive(data)
    finally:
        sys.setprofile(None)
    assert calls < 5_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"PK\x05\x06",
        archive.pack({"a": b""}) + b"x",
        archive.pack({"a": b""})[:-2] + b"\x01\x00c",
        archive.pack({"a": b""})[:-22] + b"PK\x06\x07" + bytes(16) + archive.pack({"a": b""})[-22:],
    ],
    ids=["nothing", "short", "mark alone", "bytes behind", "comment", "large form"],
)
def test_other_ends_are_refused(data: bytes) -> None:
    with pytest.raises(TrustError):
        archive.Archive(data)


def test_what_is_packed_is_read() -> None:
    files = {f"metadata/{place}.json": str(place).encode() for place in range(300)}
    found = archive.Archive(archive.pack(files))
    assert {name: found.read(name) for name in found.names} == files
    assert archive.Archive(archive.pack({})).names == ()
