"""The source of a converted credential: the foreign credential that its issuer verified.

CBOR carries ``[format, issuer, issued_at]`` or, where the original has an id of its own,
``[format, issuer, issued_at, id]``; JSON the same as a map.
"""

from __future__ import annotations

from typing import Any, Final

from trustcert.claims.kinds import INSTANT, Kind, text
from trustcert.encoding.fields import only, typed
from trustcert.errors import MalformedError, inside
from trustcert.values import Value

__all__ = [
    "SOURCE",
    "Source",
]

_FIELDS: Final = ("format", "issuer", "issued_at", "id")
_KINDS: Final = {
    "format": text(32),
    "issuer": text(128),
    "issued_at": INSTANT,
    "id": text(128),
}


class Source(Value, frozen=True, kw_only=True):
    """The original of a converted credential: its format, issuer, time of issue and signed id."""

    _shown = ("format", "issuer", "issued_at")

    format: str
    issuer: str
    issued_at: int
    id: str | None = None


def _pack(value: Any) -> list[Any]:
    return list(_show(value).values())


def _unpack(value: Any) -> Source:
    if type(value) is not list or len(value) not in (3, 4):
        raise MalformedError("must be [format, issuer, issued_at] and an optional id")
    typed(value[2], int, where="issued_at")
    return _read(dict(zip(_FIELDS, value, strict=False)))


def _show(value: Any) -> dict[str, Any]:
    if not isinstance(value, Source):
        raise MalformedError("must be a Source")
    out = {}
    for name, kind in _KINDS.items():
        field = getattr(value, name)
        if field is not None or name != "id":
            with inside(name):
                out[name] = kind.show(field)
    return out


def _read(value: Any) -> Source:
    fields = typed(value, dict)
    only(fields, _FIELDS)
    found = {}
    for name, entry in fields.items():
        with inside(name):
            found[name] = _KINDS[name].read(entry)
    missing = [name for name in _FIELDS[:3] if name not in found]
    if missing:
        raise MalformedError("is missing", where=missing[0])
    return Source(**found)


SOURCE: Final = Kind(pack=_pack, unpack=_unpack, show=_show, read=_read)
"""The kind of the claim ``source``."""
