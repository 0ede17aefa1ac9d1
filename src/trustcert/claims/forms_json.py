"""What of a JSON payload is content, and what belongs to its form.

Only what is written as :func:`trustcert.encoding.json.encode` writes it has a form: then every byte
beside the contents is known. To the form belong the type, who issued, codes and numbers of one
digit, and whether something is true. A content is what stands between two quotation marks, with no
such mark and no backslash in it, or the digits of a number: whatever it is, it ends where the form
says (RFC 8259 sections 6 and 7).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from trustcert.claims import forms
from trustcert.claims.labels import CREDENTIAL_NAME
from trustcert.claims.plans import ASIDE, STATUS, TOP_BY_NAME, Plan, Slot, status_on
from trustcert.errors import MalformedError

_QUOTE: Final = 0x22
_BACKSLASH: Final = 0x5C


def learn(payload: bytes, source: Mapping[str, Any], plan: Plan, row: Sequence[Any]) -> None:
    """Remember the form of a payload, which says ``source`` and fills ``row``.

    Not of one with lists or maps of the holder's own, or with many texts: it hardly comes again.
    """
    if sum(type(value) is str for value in row) > forms.TEXTS:
        return
    slots = {**TOP_BY_NAME, CREDENTIAL_NAME: plan.by_name}
    status = row[STATUS]
    if status is not None:
        index = Slot(STATUS, status_on(status.list), "status.status_list.idx")
        slots["status"] = {"status_list": {"idx": index, "uri": ASIDE}}
    contents: list[forms.Content] = []
    written = bytearray()
    if _write(source, slots, row, written, contents) and written == payload:
        forms.keep(payload, contents, plan, row)


def _write(
    source: Mapping[str, Any],
    slots: Mapping[str, Any],
    row: Sequence[Any],
    written: bytearray,
    contents: list[forms.Content],
) -> bool:
    """Write an object as it should have been written, and note the contents of its values.

    ``slots`` has a slot for each name, or what the object of that name has. Nothing is escaped:
    what should have been is not written as it was. Return whether all of it may belong to a form.
    """
    joint = "{"
    for name, value in source.items():
        slot = slots[name]
        written += f'{joint}"{name}":'.encode()
        joint = ","
        if isinstance(slot, dict):
            if not _write(value, slot, row, written, contents):
                return False
            continue
        quotes = type(value) is str
        if quotes and value.isprintable():
            content = value.encode()
        elif type(value) is int:
            content = str(value).encode()
        elif type(value) is bool:
            content = b"true" if value else b"false"
        else:
            return False
        written += b'"' * quotes
        start = len(written)
        written += content + b'"' * quotes
        read = _reader(slot, value, row[slot.place])
        if read is not None:
            end = start + len(content)
            contents.append(forms.Content(start, end, f"{end - start}s", slot.place, read))
    written += b"}"
    return True


def _reader(slot: Slot, value: Any, made: Any) -> Callable[[bytes], Any] | None:
    """Return how the content of a value is read, of which ``made`` was made.

    None for what belongs to the form.
    """
    if slot.where in forms.OF_THE_FORM or isinstance(made, enum.Enum):
        return None
    if type(value) is str:
        return _text(slot, value, made)
    return _digits(slot, value) if type(value) is int and value >= 10 else None


def _text(slot: Slot, value: str, made: Any) -> Callable[[bytes], Any]:
    """Read texts; those that are short enough in bytes are so in characters."""
    read, bounds = slot.read, slot.bounds

    def plain(content: bytes) -> str:
        text = content.decode()
        if _QUOTE in content or _BACKSLASH in content or not text.isprintable():
            raise MalformedError("must be read by its bytes")
        return text

    is_taken_as_it_is = made == value and bounds is not None and len(value.encode()) <= bounds[1]
    return plain if is_taken_as_it_is else lambda content: read(plain(content))


def _digits(slot: Slot, value: int) -> Callable[[bytes], Any]:
    """Read integers of as many digits as ``value``: with a sign, a gap or a zero they are less."""
    read, bounds = slot.read, slot.bounds
    size = len(str(value))
    least, most = 10 ** (size - 1), 10**size - 1

    def bare(content: bytes) -> int:
        found = int(content)
        if found < least:
            raise MalformedError("must be read by its bytes")
        return found

    takes_all = bounds is not None and bounds[0] <= least and most <= bounds[1]
    return bare if takes_all else lambda content: read(bare(content))
