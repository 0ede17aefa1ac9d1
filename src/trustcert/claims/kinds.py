"""Kinds of claims: each checks a value, and writes and reads it in CBOR and in JSON.

A kind is four small functions. ``unpack`` and ``read`` start from untrusted values; they raise
:class:`MalformedError` for a value of the wrong shape and :class:`UnsupportedError` for a code
that a newer issuer may know (an unknown colour is not a damaged credential).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from trustcert.encoding import base64url, instants
from trustcert.encoding.fields import typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.limits import CLAIM_CHARACTERS, TIME_MAX
from trustcert.values import PublicValue

__all__ = [
    "DATE",
    "EXACT",
    "FLAG",
    "INSTANT",
    "Kind",
    "choice",
    "integer",
    "octets",
    "several",
    "text",
]


class Kind(PublicValue, frozen=True, kw_only=True):
    """Four directions: value to CBOR, CBOR to value, value to JSON, JSON to value.

    ``bounds`` are the least and the most that ``unpack`` returns unchanged: of an integer its
    value, of a printable text its characters, of bytes their number, of a list its entries.
    ``entry`` is the kind of a list's entries.
    """

    pack: Callable[[Any], Any]
    unpack: Callable[[Any], Any]
    show: Callable[[Any], Any]
    read: Callable[[Any], Any]
    bounds: tuple[int, int] | None = None
    entry: Kind | None = None


def _same(value: Any) -> Any:
    return value


def text(limit: int = CLAIM_CHARACTERS) -> Kind:
    """Return the kind of a text of 1 to ``limit`` characters, kept exactly as given.

    No normalisation: NFC rewrites names (U+F900 becomes U+8C48). Control characters are refused.
    """

    def check(value: Any) -> str:
        if (
            type(value) is str
            and 0 < len(value) <= limit
            and (value.isprintable() or _printable(value))
        ):
            return value
        raise _no_text(value, limit)

    return Kind(pack=check, unpack=check, show=check, read=check, bounds=(1, limit))


def _no_text(value: Any, limit: int) -> MalformedError:
    if type(value) is not str:
        return MalformedError("must be a text")
    if len(value) > limit:
        return LimitExceededError(f"has over {limit} characters")
    return MalformedError("must not be empty or hold control characters")


def _printable(value: str) -> bool:
    """Unassigned and private-use characters stand in real names; controls do not."""
    return not any(ch < " " or "\x7f" <= ch <= "\x9f" or "\ud800" <= ch <= "\udfff" for ch in value)


def integer(least: int, most: int) -> Kind:
    """Return the kind of an integer from ``least`` to ``most``."""

    def check(value: Any) -> int:
        if type(value) is int and least <= value <= most:
            return value
        raise MalformedError(f"must be an integer from {least} to {most}")

    return Kind(pack=check, unpack=check, show=check, read=check, bounds=(least, most))


def several(kind: Kind, most: int) -> Kind:
    """Return the kind of 1 to ``most`` values of ``kind``: a tuple here, a list on the wire."""

    def each(one: Callable[[Any], Any], values: Any) -> list[Any]:
        if not 0 < len(values) <= most:
            raise MalformedError(f"must have 1 to {most} entries")
        out = []
        for place, value in enumerate(values):
            with inside(f"[{place}]"):
                out.append(one(value))
        return out

    return Kind(
        pack=lambda value: each(kind.pack, typed(value, tuple)),
        unpack=lambda value: tuple(each(kind.unpack, typed(value, list))),
        show=lambda value: each(kind.show, typed(value, tuple)),
        read=lambda value: tuple(each(kind.read, typed(value, list))),
        bounds=(1, most),
        entry=kind,
    )


def octets(least: int, most: int) -> Kind:
    """Return the kind of ``least`` to ``most`` bytes; base64url in JSON."""

    def check(value: Any) -> bytes:
        if type(value) is bytes and least <= len(value) <= most:
            return value
        raise MalformedError(f"must be {least} to {most} bytes")

    return Kind(
        pack=check,
        unpack=check,
        show=lambda value: base64url.encode(check(value)),
        read=lambda value: check(base64url.decode(typed(value, str))),
        bounds=(least, most),
    )


def choice(codes: Mapping[int, enum.Enum]) -> Kind:
    """Return the kind of an enumeration: a small integer in CBOR, the value's text in JSON."""
    members = {member: code for code, member in codes.items()}
    texts = {member.value: member for member in members}

    def pack(value: Any) -> int:
        code = members.get(value)
        if code is None:
            raise MalformedError(f"must be one of: {', '.join(texts)}")
        return code

    def unpack(value: Any) -> enum.Enum:
        if type(value) is not int:
            raise MalformedError("must be an integer")
        if value in codes:
            return codes[value]
        raise UnsupportedError(f"code {value} is not known here")

    def read(value: Any) -> enum.Enum:
        if type(value) is str and value in texts:
            return texts[value]
        typed(value, str)
        raise UnsupportedError(f"must be one of: {', '.join(texts)}")

    def show(value: Any) -> Any:
        pack(value)
        return value.value

    return Kind(pack=pack, unpack=unpack, show=show, read=read)


def _instant(value: Any) -> int:
    if type(value) is int and 0 <= value <= TIME_MAX:
        return value
    raise MalformedError("must be Unix seconds, an integer of the years 1970 to 9999")


INSTANT: Final = Kind(
    pack=_instant,
    unpack=_instant,
    show=_instant,
    read=instants.read,
    bounds=(0, TIME_MAX),
)
"""Unix seconds (NumericDate); JSON also reads an RFC 3339 text."""

_EPOCH: Final = date(1970, 1, 1)
_DAYS_LEAST: Final = (date(1850, 1, 1) - _EPOCH).days
_DAYS_MOST: Final = (date(9999, 12, 31) - _EPOCH).days


def _pack_date(value: Any) -> int:
    if type(value) is not date:
        raise MalformedError("must be a date")
    return _days((value - _EPOCH).days)


def _days(value: Any) -> int:
    if type(value) is not int or not _DAYS_LEAST <= value <= _DAYS_MOST:
        raise MalformedError("must be days since 1970-01-01, of the years 1850 to 9999")
    return value


def _unpack_date(value: Any) -> date:
    return _EPOCH + timedelta(days=_days(value))


def _show_date(value: Any) -> str:
    _pack_date(value)
    shown: str = value.isoformat()
    return shown


def _read_date(value: Any) -> date:
    text = typed(value, str)
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:  # Python also reads 19900131 and 1990-W05-3
        raise MalformedError("must be a date, as 1990-01-31")
    _pack_date(found)
    return found


DATE: Final = Kind(
    pack=_pack_date,
    unpack=_unpack_date,
    show=_show_date,
    read=_read_date,
)
"""A calendar date: days since 1970-01-01 in CBOR (RFC 8943, untagged), ISO 8601 in JSON."""


def _flag(value: Any) -> bool:
    return typed(value, bool)


FLAG: Final = Kind(pack=_flag, unpack=_flag, show=_flag, read=_flag)
"""True or false."""

EXACT: Final = Kind(pack=_same, unpack=_same, show=_same, read=_same)
"""A value that its owner has checked already."""
