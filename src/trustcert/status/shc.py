"""Card revocation lists of SMART Health Cards (specification 1.2 and later), read.

An issuer publishes one list for each kid: JSON with ``kid``, ``method`` (``rid``), ``ctr``, a
counter that grows with every change, and ``rids``, revocation ids of up to 24 base64url characters.
An id followed by a point and a time revokes only the cards of that id issued before that time; a
bare id revokes them all. The list is not signed: it is as good as the way it came.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from trustcert.encoding import fields, json
from trustcert.errors import LimitExceededError, MalformedError, RollbackError, TrustError, inside
from trustcert.limits import FOREIGN_LIST_BYTES, FOREIGN_LIST_ITEMS, TIME_MAX
from trustcert.values import Value

__all__ = ["CardRevocationList", "decode", "newer"]

_RID: Final = re.compile(r"([A-Za-z0-9_-]{1,24})(?:\.([0-9]{1,12}))?", re.ASCII)


class CardRevocationList(Value, frozen=True, kw_only=True):
    """What is revoked under one kid.

    ``before`` has for each revocation id the time (Unix seconds) before which its cards are
    revoked; infinity for those that are revoked whatever their time.
    """

    _shown = ("kid", "counter")

    kid: str
    counter: int
    before: Mapping[str, float]

    def revokes(self, rid: str | None, *, issued_at: float) -> bool:
        """Return whether the card with this ``rid``, issued (``nbf``) then, is revoked.

        A card without a ``rid`` cannot be.
        """
        return rid is not None and issued_at < self.before.get(rid, -math.inf)


def decode(data: bytes, *, kid: str) -> CardRevocationList:
    """Return the list in ``data``, which must be the one of ``kid``.

    Raises:
        LimitExceededError: larger than :mod:`trustcert.limits` allows.
        MalformedError: not such a list; ``where`` is the place.
        TrustError: the list of another key.
    """
    item = fields.typed(json.decode(data, limit=FOREIGN_LIST_BYTES), dict)
    named = fields.required(item, "kid", str)
    if named != kid:
        raise TrustError("a revocation list of another key")
    fields.member(fields.required(item, "method", str), {"rid": "rid"}, where="method")
    counter = fields.required(item, "ctr", int)
    if counter < 1:
        raise MalformedError("must be 1 or more", where="ctr")
    rids = fields.required(item, "rids", list)
    if len(rids) > FOREIGN_LIST_ITEMS:
        raise LimitExceededError(f"has over {FOREIGN_LIST_ITEMS} entries", where="rids")
    before: dict[str, float] = {}
    for place, entry in enumerate(rids):
        with inside(f"rids[{place}]"):
            rid, till = _entry(fields.text(entry))
        before[rid] = max(till, before.get(rid, -math.inf))
    return CardRevocationList(kid=kid, counter=counter, before=before)


def newer(held: CardRevocationList | None, found: CardRevocationList) -> CardRevocationList:
    """Return ``found`` if it may take the place of ``held``.

    Raises:
        RollbackError: its counter is lower, or the same with other contents.
        TrustError: it is the list of another key.
    """
    if held is None or found == held:
        return found
    if found.kid != held.kid:
        raise TrustError("a revocation list of another key")
    if found.counter <= held.counter:
        raise RollbackError(f"counter {found.counter} where {held.counter} is held")
    return found


def _entry(text: str) -> tuple[str, float]:
    match = _RID.fullmatch(text)
    if match is None:
        raise MalformedError("must be a revocation id, and a time in seconds where one follows")
    rid, till = match.groups()
    if till is None:
        return rid, math.inf
    if int(till) > TIME_MAX:
        raise MalformedError("time outside the years 1970 to 9999")
    return rid, int(till)
