"""What an office may want only by mistake: asked about before it is signed.

Each has a name, by which whoever wants it accepts it.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Collection
from typing import Final

from trustcert.claims import Claims, CredentialType
from trustcert.errors import MalformedError

__all__ = ["Doubt", "refuse_doubtful"]

_DAY: Final = 86_400


class Doubt(enum.Enum):
    """A kind of thing that is signed only if it is accepted; the value is its name."""

    NO_LEDGER = "no-ledger"
    NO_EXPIRY = "no-expiry"
    NO_NUMBER = "no-number"
    LONG_LIFE = "long-life"
    INVISIBLE = "invisible"


DAYS: Final = {
    CredentialType.HEALTH_CODE: 31,
    CredentialType.HEALTH_PROOF: 31,
    CredentialType.TEST_RESULT: 31,
    CredentialType.TRAVEL: 31,
}
"""Days that credentials of a type live at most: a state of health of a month ago says nothing."""

_DIRECTING: Final = frozenset(("Cf", "Zl", "Zp", "Cc"))
"""Unicode categories of characters that are not seen, or that turn the direction of others."""


def refuse_doubtful(claims: Claims, accepted: Collection[str]) -> None:
    """Refuse what may be a mistake, unless its name is ``accepted``.

    Raises:
        MalformedError: there is a doubt; the message says how to accept it.
    """
    if claims.expires is None:
        _doubt(Doubt.NO_EXPIRY, accepted, "expires", "is missing: it would be valid for ever")
    elif (days := DAYS.get(claims.type)) is not None:
        start = claims.issued_at if claims.not_before is None else claims.not_before
        if claims.expires - start > days * _DAY:
            what = f"is over {days} days after the start, the most for {claims.type.value}"
            _doubt(Doubt.LONG_LIFE, accepted, "expires", what)
    holder = claims.holder
    if holder.document_type is not None and holder.document_tail is None:
        what = "is missing, but document_type is given"
        _doubt(Doubt.NO_NUMBER, accepted, "document_number", what)
    names = (
        ("name", holder.name),
        ("name_latin", holder.name_latin),
        *(("name_aliases", alias) for alias in holder.name_aliases or ()),
        ("representative", getattr(claims.details, "representative", None)),
        ("principal", getattr(claims.details, "principal", None)),
    )
    for where, name in names:
        _refuse_hidden(name, where, accepted)


def _refuse_hidden(name: str | None, where: str, accepted: Collection[str]) -> None:
    for character in name or "":
        if character in {"\ufffd", "?", "？"}:
            raise MalformedError("holds a character that stands for one that was lost", where=where)
        if unicodedata.category(character) in _DIRECTING:
            what = f"holds the invisible character U+{ord(character):04X}"
            _doubt(Doubt.INVISIBLE, accepted, where, what)


def _doubt(doubt: Doubt, accepted: Collection[str], where: str, problem: str) -> None:
    if doubt.value not in accepted:
        raise MalformedError(f"{problem} (--accept {doubt.value} signs it)", where=where)
