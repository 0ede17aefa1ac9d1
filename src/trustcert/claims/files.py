"""Files that a credential is bound to: by digest, size and name.

``file_digest`` is one byte for the function and 32 bytes: 1 is SHA-256 (FIPS 180-4), 2 is SM3
(GB/T 32905). A file that was saved again has other bytes, and its digest says so.
"""

from __future__ import annotations

import enum
from typing import BinaryIO, Final

from cryptography.hazmat.primitives import hashes

from trustcert.errors import UnsupportedError

__all__ = ["FileDigest", "digest_of", "matches_file"]

_CHUNK: Final = 1 << 20


class FileDigest(enum.Enum):
    """The function of a file's digest; the value is its byte on the wire."""

    SHA256 = 1
    SM3 = 2


_FUNCTIONS: Final[dict[FileDigest, type[hashes.HashAlgorithm]]] = {
    FileDigest.SHA256: hashes.SHA256,
    FileDigest.SM3: hashes.SM3,
}


def digest_of(file: BinaryIO, function: FileDigest = FileDigest.SHA256) -> tuple[bytes, int]:
    """Return the ``file_digest`` and the ``file_size`` of what ``file`` holds from here on."""
    running = hashes.Hash(_FUNCTIONS[function]())
    size = 0
    while part := file.read(_CHUNK):
        running.update(part)
        size += len(part)
    return bytes((function.value,)) + running.finalize(), size


def matches_file(file_digest: bytes, file_size: int, file: BinaryIO) -> bool:
    """Decide whether ``file`` holds the very bytes that were signed for.

    Raises:
        UnsupportedError: a digest function that is not known here.
    """
    try:
        function = FileDigest(file_digest[0])
    except ValueError:
        raise UnsupportedError(f"file digest {file_digest[0]} is not known here") from None
    return digest_of(file, function) == (file_digest, file_size)
