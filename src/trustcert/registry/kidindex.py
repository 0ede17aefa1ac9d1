r"""Which issuers have keys under a key id: an index, so that no key set is read in vain.

It is a hint. What it leads to is verified like everything else; a wrong index can only hide keys,
and credentials of hidden keys are held, never passed. It is made when a registry is stored.

::

    ["CN-11","CN-44","CN-44-01"]\n      the issuers, in the order of the registry
    8 bytes, 4 bytes                    digest of a kid, number of an issuer; sorted
    …
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterable
from typing import Final

from trustcert.encoding import json
from trustcert.encoding.fields import typed
from trustcert.errors import MalformedError
from trustcert.limits import REGISTRY_METADATA_BYTES

__all__ = ["KidIndex"]

_RECORD: Final = struct.Struct(">8sI")
_DIGITS: Final = re.compile(rb"[0-9a-f]{8}")


class KidIndex:
    """The ids of issuers by key id."""

    __slots__ = ("_issuers", "_records", "data")

    data: bytes
    """The index as bytes, for a store."""

    def __init__(self, data: bytes) -> None:
        """Read what :meth:`made` wrote.

        Raises:
            MalformedError: it is no index.
        """
        head, newline, records = data.partition(b"\n")
        if not newline or len(records) % _RECORD.size:
            raise MalformedError("no index of key ids")
        self.data = data
        self._issuers: list[str] = typed(json.decode(head, limit=REGISTRY_METADATA_BYTES), list)
        self._records = records

    @classmethod
    def made(cls, kids: Iterable[tuple[bytes, str]]) -> KidIndex:
        """Return the index of these key ids, each with an issuer that has a key under it."""
        numbers: dict[str, int] = {}
        records = {
            _RECORD.pack(_digest(kid), numbers.setdefault(issuer, len(numbers)))
            for kid, issuer in kids
        }
        return cls(json.encode(list(numbers)) + b"\n" + b"".join(sorted(records)))

    def issuers(self, kid: bytes) -> tuple[str, ...]:
        """Return the issuers that may have a key under ``kid``, in the order of the registry."""
        digest, size = _digest(kid), _RECORD.size
        low, high = 0, len(self._records) // size
        while low < high:
            middle = (low + high) // 2
            if self._records[middle * size : middle * size + 8] < digest:
                low = middle + 1
            else:
                high = middle
        found = []
        while self._records[low * size : low * size + 8] == digest:
            number = int.from_bytes(self._records[low * size + 8 : low * size + 12])
            found += self._issuers[number : number + 1]
            low += 1
        return tuple(found)


def _digest(kid: bytes) -> bytes:
    """Return the digest of a key id; native ones are the same as bytes and as their digits."""
    native = bytes.fromhex(kid.decode()) if _DIGITS.fullmatch(kid) else kid
    return hashlib.blake2b(native, digest_size=8).digest()
