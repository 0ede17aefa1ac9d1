"""One credential over several codes: ``shc:/2/3/…`` is the second of three.

Codes come in any order and may come twice. The parts are put together before anything is
decoded; the credential in them is judged as if it had come in one code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import CODE_PARTS, TEXT_CHARACTERS
from trustcert.values import Value

__all__ = ["Part", "join", "missing", "part_of"]

_PART: Final = re.compile(r"shc:/([0-9]{1,3})/([0-9]{1,3})/([0-9]*)", re.ASCII)
_PREFIX: Final = "shc:/"


class Part(Value, frozen=True, kw_only=True):
    """Code ``number`` of ``total``, counted from 1, and what it holds of the text."""

    number: int
    total: int
    content: str

    def __repr__(self) -> str:
        return f"<Part {self.number} of {self.total}>"


def part_of(text: str) -> Part | None:
    """Return the part that ``text`` is; None for a text that is whole, or none at all."""
    if len(text) > TEXT_CHARACTERS:
        return None
    match = _PART.fullmatch(text)
    return match and Part(number=int(match[1]), total=int(match[2]), content=match[3])


def missing(parts: Iterable[Part]) -> tuple[int, ...]:
    """Return the numbers that are not among ``parts``, which must be of one credential.

    Raises:
        LimitExceededError: over :data:`~trustcert.limits.CODE_PARTS` parts.
        MalformedError: a number out of range, another total, or one number with two contents.
    """
    held = _held(parts)
    total = next(iter(held.values())).total if held else 0
    return tuple(number for number in range(1, total + 1) if number not in held)


def join(texts: Iterable[str]) -> str:
    """Return the whole text of the credential whose codes are ``texts``, in any order.

    Raises:
        LimitExceededError: over :data:`~trustcert.limits.CODE_PARTS` parts.
        MalformedError: a text that is no part, a part of another credential, or missing parts,
            which are named.
    """
    parts = []
    for text in texts:
        part = part_of(text)
        if part is None:
            raise MalformedError("not a part of a credential in several codes")
        parts.append(part)
    lacking = missing(parts)
    if lacking or not parts:
        named = ", ".join(map(str, lacking)) or "all"
        raise MalformedError(f"parts are missing: {named}", where="parts")
    held = _held(parts)
    return _PREFIX + "".join(held[number].content for number in sorted(held))


def _held(parts: Iterable[Part]) -> dict[int, Part]:
    held: dict[int, Part] = {}
    total = None
    for part in parts:
        total = part.total if total is None else total
        if part.total > CODE_PARTS:
            raise LimitExceededError(f"over {CODE_PARTS} parts", where="parts")
        if part.total != total or not 1 <= part.number <= total:
            raise MalformedError("parts of different credentials", where="parts")
        if held.setdefault(part.number, part) != part:
            raise MalformedError(f"part {part.number} came twice, not alike", where="parts")
    return held
