"""Issuing: claims to signed text."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable
from typing import Final

from trustcert.claims import Claims, check
from trustcert.errors import MalformedError
from trustcert.formats import WRITABLE, compact
from trustcert.keys import Signer

ID_BYTES: Final = 8
"""Size of a credential's own id (``cti``), where no status reference names it."""


def issue(
    claims: Claims,
    signer: Signer,
    *,
    format: str = compact.NAME,  # noqa: A002 - the word of the field
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """Return ``claims`` signed by ``signer`` as text, ready for a QR code.

    ``format`` is ``compact`` or ``jwt``. Claims without a status reference and without an id are
    given an id from ``random``, so that every credential can be told from every other.

    Raises:
        MalformedError: claims that contradict each other, a value that does not fit its claim
            (``where`` names it), or an unknown format.
        LimitExceededError: the text is longer than any QR symbol holds.
    """
    writer = WRITABLE.get(format)
    if writer is None:
        raise MalformedError(f"must be one of: {', '.join(WRITABLE)}", where="format")
    check(claims)
    if claims.status is None and claims.id is None:
        claims = dataclasses.replace(claims, id=random(ID_BYTES))
    return writer.encode(claims, signer)
