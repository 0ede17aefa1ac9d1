"""What one issuing run says to the ledger: which rows it took, where they stand, what is done.

A row is named by a digest of its fields under the ledger's random name. A part of the rows has a
lease of its own, whose owner is named by the digests of the part: the same file read again has the
same parts. The lease stands open until what the part issued was handed out, and so tells a later
run which rows were recorded and perhaps not handed out.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from trustcert.bulk.issuing import Place
from trustcert.claims import Claims, StatusReference
from trustcert.encoding import json
from trustcert.errors import MalformedError
from trustcert.ledger import journal
from trustcert.ledger.allocation import lease
from trustcert.ledger.partition import Issuance, period
from trustcert.ledger.storage import Ledger

__all__ = ["Book"]

_DIGEST_BYTES: Final = 16
_BATCH_SHOWN: Final = 100


class Book:
    """The ledger as one run of one batch sees it."""

    def __init__(self, ledger: Ledger, *, batch: str, kid: bytes, again: bool = False) -> None:
        """Begin a run of ``batch`` with the key ``kid``.

        ``again`` issues rows once more that the batch has already.
        """
        self._ledger = ledger
        self._batch = batch
        self._kid = kid
        self._again = again
        self._interrupted = frozenset(journal.open_leases(ledger))
        self.kept_open = False
        """Whether leases stay open until :meth:`close_all`: where nothing is handed out before
        all of it is done, as with a sheet."""
        self._open: list[str] = []

    def digest(self, fields: Mapping[str, Any]) -> bytes:
        """Return the name of a row in the journal."""
        return self._hash(json.encode(dict(sorted(fields.items()))))

    def owner(self, digests: Iterable[bytes]) -> str:
        """Return the owner of the lease of the part that has these rows."""
        name = self._hash(self._batch.encode(), *digests).hex()
        return f"{self._batch[:_BATCH_SHOWN]}/{name}"

    def _hash(self, *parts: bytes) -> bytes:
        running = hashlib.blake2b(key=self._ledger.lineage[:64], digest_size=_DIGEST_BYTES)
        for part in parts:
            running.update(len(part).to_bytes(8, "big") + part)
        return running.digest()

    def interrupted(self, owner: str) -> bool:
        """Decide whether an earlier run may have recorded rows of this part and kept them."""
        return owner in self._interrupted

    def find(self, digests: Collection[bytes], *, interrupted: bool) -> dict[bytes, Place]:
        """Return the rows that are not to be issued anew, with their places."""
        if self._again and not interrupted:
            return {}
        found = journal.find(self._ledger, self._batch, digests)
        return {
            digest: Place(
                status=StatusReference(list=row.number, index=row.index),
                issued_at=row.issued_at,
                expires=row.expires,
                output=row.output,
            )
            for digest, row in found.items()
        }

    def take(
        self, owner: str, claims: Sequence[Claims], used: Iterable[Place]
    ) -> list[StatusReference]:
        """Return a place for each of ``claims``; those that are ``used`` are none of them.

        Raises:
            MalformedError: claims of another issuer than the ledger's.
            SyncError: the ledger failed.
        """
        groups: dict[tuple[str, object], list[int]] = defaultdict(list)
        for number, entry in enumerate(claims):
            if entry.issuer != self._ledger.issuer:
                raise MalformedError(f"the ledger is of {self._ledger.issuer}", where="issuer")
            name = period(entry.expires, entry.issued_at)
            groups[entry.type.value, name].append(number)
        taken = {(place.status.list, place.status.index) for place in used}
        out: dict[int, StatusReference] = {}
        for numbers in groups.values():
            first = claims[numbers[0]]
            issuance = Issuance(
                type=first.type.value, issued_at=first.issued_at, expires=first.expires
            )
            for number, (of_list, index) in zip(
                numbers, self._leased(owner, issuance, len(numbers), taken), strict=True
            ):
                out[number] = StatusReference(list=of_list, index=index)
        return [out[number] for number in range(len(claims))]

    def _leased(
        self, owner: str, issuance: Issuance, count: int, taken: Collection[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """Return ``count`` places that the owner holds; what it held before is used first."""
        places = lease(self._ledger, issuance, count, owner=owner).places
        left = [place for place in places if place not in taken]
        if len(left) < count:  # an earlier run had fewer rows of this part to sign
            journal.close_lease(self._ledger, owner)
            left = list(lease(self._ledger, issuance, count, owner=owner).places)
        return left[:count]

    def record(self, owner: str, rows: Sequence[tuple[bytes, Claims, str]]) -> None:
        """Record rows as issued: the digest of each, what was signed, and its picture's name.

        Raises:
            SyncError: the ledger failed.
        """
        issued = [
            journal.Issued(
                digest=digest,
                number=claims.status.list,
                index=claims.status.index,
                issued_at=claims.issued_at,
                expires=claims.expires,
                site=getattr(claims.details, "site", None),
                output=output,
            )
            for digest, claims, output in rows
            if claims.status is not None
        ]
        if issued:
            journal.record(
                self._ledger,
                self._batch,
                issued,
                kid=self._kid,
                owner=owner,
                again=self._again,
                close=False,
            )

    def handed_out(self, owner: str) -> None:
        """Note that all that was recorded of a part is in the hands of who asked for it."""
        if self.kept_open:
            self._open.append(owner)
        else:
            journal.close_lease(self._ledger, owner)

    def close_all(self) -> None:
        """Note that all of the run is in the hands of who asked for it."""
        for owner in self._open:
            journal.close_lease(self._ledger, owner)
        self._open.clear()

    def give_back(self, owner: str) -> None:
        """Give back the places of a part of which nothing was recorded."""
        journal.close_lease(self._ledger, owner)
