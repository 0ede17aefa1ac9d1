"""Payloads of one form are read by it: they differ in nothing but the contents of their values.

The credentials of one issuer and type have the same claims, and their values the same lengths more
often than not. The first payload of a form is read by its own bytes, item by item
(:func:`trustcert.claims.codec.from_cbor`); then the form is remembered: where the contents of the
values stand, and every byte beside them. A payload that has all those bytes in those places is
encoded just as well, so that only the contents are left to be read, each by what its claim asks.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from trustcert.claims.labels import CREDENTIAL_NAME
from trustcert.claims.model import Claims
from trustcert.claims.plans import ASIDE, Plan, Slot, status_on
from trustcert.errors import MalformedError, UnsupportedError

FORMS: Final = 1024
"""Forms that are remembered, of about three kilobytes each; one more, and all are forgotten."""
_LAYOUTS_A_LENGTH: Final = 8
_TEXTS: Final = 4
"""Texts of the most that is learnt: the lengths of more hardly ever come together again."""
_OF_THE_FORM: Final = frozenset({ASIDE.where, "iss"})
_STATUS: Final = f"{CREDENTIAL_NAME}.status"

Found = tuple[Slot, Any, int]
"""One pair of a payload: its slot, its value and where that ends."""


class _Form(NamedTuple):
    """What payloads of one form have in common: their plan, and a row but for what is in ``read``.

    ``read`` has, for each content, its place in the row and how it is read.
    """

    plan: Plan
    row: tuple[Any, ...]
    read: tuple[tuple[int, Callable[[Any], Any]], ...]


class _Layout(NamedTuple):
    """Where contents stand in payloads of one length: ``unpack`` gives what is beside, in turn."""

    cuts: str
    unpack: Callable[[bytes], tuple[Any, ...]]
    forms: dict[tuple[bytes, ...], _Form]


class _Memory:
    """What was learnt: layouts by the length of their payloads."""

    __slots__ = ("layouts", "learnt")

    def __init__(self) -> None:
        self.layouts: dict[int, tuple[_Layout, ...]] = {}
        self.learnt = 0

    def forget(self) -> None:
        self.layouts.clear()
        self.learnt = 0

    def keep(self, size: int, cuts: str, beside: tuple[bytes, ...], form: _Form) -> None:
        if self.learnt >= FORMS:
            self.forget()
        self.learnt += 1
        known = self.layouts.get(size, ())
        for layout in known:
            if layout.cuts == cuts:
                layout.forms[beside] = form
                return
        layout = _Layout(cuts, struct.Struct(cuts).unpack, {beside: form})
        self.layouts[size] = (layout, *known)[:_LAYOUTS_A_LENGTH]


_MEMORY: Final = _Memory()


def recall(payload: bytes) -> Claims | None:
    """Return the claims of a payload whose form is known, or None: then its bytes must be read.

    None also where a content is wrong: whoever reads the bytes can say what is.
    """
    for _, unpack, known in _MEMORY.layouts.get(len(payload), ()):
        parts = unpack(payload)
        form = known.get(parts[::2])
        if form is None:
            continue
        plan, known_row, readers = form
        row = [*known_row]
        try:
            for (place, read), content in zip(readers, parts[1::2]):  # noqa: B905 - alike long
                row[place] = read(content)
        except (MalformedError, UnsupportedError, UnicodeDecodeError):
            return None
        return plan.claims(row)
    return None


def learn(payload: bytes, found: Sequence[Found], plan: Plan, row: Sequence[Any]) -> None:
    """Remember the form of a payload, whose pairs are ``found`` and whose values fill ``row``.

    Not of one with lists or maps of the holder's own, or with many texts: it hardly comes again.
    """
    if sum(type(value) is str for _, value, _ in found) > _TEXTS:
        return
    cuts, beside, readers, at, kept = ">", [], [], 0, [*row]
    for slot, value, end in found:
        if type(value) in {dict, list} and slot.where != _STATUS:
            return
        code, read = _content(slot, value)
        if code:
            start = end - struct.calcsize(f">{code}")
            cuts += f"{start - at}s{code}"
            beside.append(payload[at:start])
            readers.append((slot.place, read))
            kept[slot.place] = None  # nothing that names a holder is kept
            at = end
    cuts += f"{len(payload) - at}s"
    beside.append(payload[at:])
    form = _Form(plan, tuple(kept), tuple(readers))
    _MEMORY.keep(len(payload), cuts, tuple(beside), form)


def _content(slot: Slot, value: Any) -> tuple[str, Callable[[Any], Any]]:
    """Return what the content of a value is for ``struct``, and how it is read.

    "" for what belongs to the form: the type, which says how the rest is read, who issued, and
    numbers in one byte, which are codes.
    """
    read, bounds = slot.read, slot.bounds
    if slot.where in _OF_THE_FORM:
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
