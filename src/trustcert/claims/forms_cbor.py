"""What of a CBOR payload is content, and what belongs to its form.

To the form belong the type, which says how the rest is read, who issued, and numbers in one byte,
which are codes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Final

from trustcert.claims import forms
from trustcert.claims.labels import CREDENTIAL_NAME
from trustcert.claims.plans import Plan, Slot, status_on
from trustcert.errors import MalformedError

_STATUS: Final = f"{CREDENTIAL_NAME}.status"

Found = tuple[Slot, Any, int]
"""One pair of a payload: its slot, its value and where that ends."""


def learn(payload: bytes, found: Sequence[Found], plan: Plan, row: Sequence[Any]) -> None:
    """Remember the form of a payload, whose pairs are ``found`` and whose values fill ``row``.

    Not of one with lists or maps of the holder's own, or with many texts: it hardly comes again.
    """
    if sum(type(value) is str for _, value, _ in found) > forms.TEXTS:
        return
    contents = []
    for slot, value, end in found:
        if type(value) in {dict, list} and slot.where != _STATUS:
            return
        code, read = _content(slot, value)
        if code:
            start = end - struct.calcsize(f">{code}")
            contents.append(forms.Content(start, end, code, slot.place, read))
    forms.keep(payload, contents, plan, row)


def _content(slot: Slot, value: Any) -> tuple[str, Callable[[Any], Any]]:
    """Return what the content of a value is for ``struct``, and how it is read.

    "" for what belongs to the form.
    """
    read, bounds = slot.read, slot.bounds
    if slot.where in forms.OF_THE_FORM:
        return "", read
    if type(value) is list:
        number, value = value  # of a status list, and an index in it
        read = status_on(number)
    if type(value) is int:
        return _integer(read, value, bounds)
    if type(value) is bytes:
        # the claim limits their number, and a form has one
        return f"{len(value)}s", read if bounds is None else bytes
    if type(value) is str:
        size = len(value.encode())
        return f"{size}s", _text(read, is_short=bounds is not None and size <= bounds[1])
    return "", read


def _integer(
    read: Callable[[Any], Any], value: int, bounds: tuple[int, int] | None
) -> tuple[str, Callable[[int], Any]]:
    """Read integers whose heads are as long as that of ``value`` (RFC 8949 section 3)."""
    is_negative = value < 0
    argument = ~value if is_negative else value
    if argument < _ONE_BYTE:
        return "", read
    code, least, most = next(width for width in _WIDTHS if argument <= width[2])

    def checked(content: int) -> Any:
        if content < least:
            raise MalformedError("not deterministic CBOR")
        return read(~content if is_negative else content)

    def bare(content: int) -> int:
        if content < least:
            raise MalformedError("not deterministic CBOR")
        return content

    takes_all = bounds is not None and bounds[0] <= least and most <= bounds[1] and not is_negative
    return code, bare if takes_all else checked


_ONE_BYTE: Final = 24
_WIDTHS: Final = (
    ("B", _ONE_BYTE, 0xFF),
    ("H", 1 << 8, 0xFFFF),
    ("I", 1 << 16, 0xFFFF_FFFF),
    ("Q", 1 << 32, (1 << 64) - 1),
)
"""Arguments behind a head, for ``struct``: the least and the most that need one so long."""


def _text(read: Callable[[Any], Any], *, is_short: bool) -> Callable[[bytes], Any]:
    """Read texts; those that are short enough in bytes are so in characters."""

    def checked(content: bytes) -> Any:
        return read(content.decode())

    def short(content: bytes) -> Any:
        text = content.decode()
        return text if text.isprintable() else read(text)

    return short if is_short else checked
