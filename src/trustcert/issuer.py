"""Issuing: claims to signed text, with a place on a status list for each credential."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from trustcert.claims import Claims, StatusReference, check
from trustcert.errors import MalformedError
from trustcert.formats import WRITABLE, compact
from trustcert.keys import Signer

if TYPE_CHECKING:  # who only signs needs no database library
    from trustcert.ledger.storage import Ledger

ID_BYTES: Final = 8
"""Size of a credential's own id (``cti``), where no status reference names it."""


def issue(
    claims: Claims,
    signer: Signer,
    *,
    format: str = compact.NAME,  # noqa: A002 - the word of the field
    random: Callable[[int], bytes] = secrets.token_bytes,
    strict_check: bool = True,
) -> str:
    """Return ``claims`` signed by ``signer`` as text, ready for a QR code.

    ``format`` is ``compact`` or ``jwt``. Claims without a status reference and without an id are
    given an id from ``random``, so that every credential can be told from every other.
    ``strict_check=False`` lets credit codes with a wrong check character through
    (:func:`trustcert.claims.check` names them).

    Raises:
        MalformedError: claims that contradict each other, a value that does not fit its claim
            (``where`` names it), or an unknown format.
        LimitExceededError: the text has over :data:`~trustcert.limits.TEXT_CHARACTERS`.
    """
    writer = WRITABLE.get(format)
    if writer is None:
        raise MalformedError(f"must be one of: {', '.join(WRITABLE)}", where="format")
    check(claims, strict_check=strict_check)
    if claims.status is None and claims.id is None:
        claims = replace(claims, id=random(ID_BYTES))
    return writer.encode(claims, signer)


def with_status(
    claims: Sequence[Claims], ledger: Ledger, signer: Signer, *, batch: str | None = None
) -> list[Claims]:
    """Return ``claims``, in order, each with an index of its own on a status list of ``ledger``.

    What goes wrong together can be revoked together: the ledger remembers ``batch``, the key and
    the site of each, and the time of issue.

    Raises:
        MalformedError: claims of another issuer than the ledger's, or that expire before issue.
        SyncError: the ledger failed.
    """
    from trustcert.ledger.allocation import allocate_many
    from trustcert.ledger.partition import Issuance, period

    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, entry in enumerate(claims):
        if entry.issuer != ledger.issuer:
            raise MalformedError(f"the ledger is of {ledger.issuer}", where="iss")
        site = getattr(entry.details, "site", None)
        partition = period(entry.expires, entry.issued_at)
        groups[entry.type, partition, site, entry.issued_at].append(place)
    out = list(claims)
    for places in groups.values():
        first = claims[places[0]]
        issuance = Issuance(
            type=first.type.value,
            issued_at=first.issued_at,
            expires=first.expires,
            batch=batch,
            site=getattr(first.details, "site", None),
            kid=signer.public_key.kid,
        )
        for place, (number, index) in zip(
            places, allocate_many(ledger, issuance, len(places)), strict=True
        ):
            status = StatusReference(list=number, index=index)
            out[place] = replace(claims[place], status=status)
    return out
