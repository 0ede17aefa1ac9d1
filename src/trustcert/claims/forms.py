"""Payloads of one form are read by it: they differ in nothing but the contents of their values.

The credentials of one issuer and type have the same claims, and their values the same lengths more
often than not. The first payload of a form is read by its own bytes, item by item
(:mod:`trustcert.claims.codec`); then the form is remembered: where the contents of the values
stand, and every byte beside them. A payload that has all those bytes in those places is encoded
just as well, so that only the contents are left to be read, each by what its claim asks. What a
content is in CBOR and in JSON, :mod:`.forms_cbor` and :mod:`.forms_json` say.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from trustcert.claims.model import Claims
from trustcert.claims.plans import ASIDE, Plan
from trustcert.errors import UnsupportedError

FORMS: Final = 1024
"""Forms that are remembered, of about three kilobytes each; one more, and all are forgotten."""
TEXTS: Final = 4
"""Texts of the most that is learnt: the lengths of more hardly ever come together again."""
OF_THE_FORM: Final = frozenset({ASIDE.where, "iss"})
"""Claims that belong to the form: the type, which says how the rest is read, and who issued."""
_LAYOUTS_A_LENGTH: Final = 8


class Content(NamedTuple):
    """The content of one value: from where to where it stands, and what becomes of it.

    ``code`` is what it is for :mod:`struct`, ``place`` where what ``read`` makes of it goes in the
    row.
    """

    start: int
    end: int
    code: str
    place: int
    read: Callable[[Any], Any]


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
        except (ValueError, UnsupportedError):  # not UTF-8, no number, or refused by its claim
            return None
        return plan.claims(row)
    return None


def keep(payload: bytes, contents: Iterable[Content], plan: Plan, row: Sequence[Any]) -> None:
    """Remember the form of a payload that was read into ``row``; ``contents`` are in order."""
    cuts, beside, readers, at, kept = ">", [], [], 0, [*row]
    for start, end, code, place, read in contents:
        cuts += f"{start - at}s{code}"
        beside.append(payload[at:start])
        readers.append((place, read))
        kept[place] = None  # nothing that names a holder is kept
        at = end
    cuts += f"{len(payload) - at}s"
    beside.append(payload[at:])
    form = _Form(plan, tuple(kept), tuple(readers))
    _MEMORY.keep(len(payload), cuts, tuple(beside), form)
