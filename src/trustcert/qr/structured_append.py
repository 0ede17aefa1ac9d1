"""Texts that are split over several QR symbols (structured append, ISO/IEC 18004 section 8).

Each symbol begins with 20 bits: the mode 0011, its number and the number of all, both from 0, and
the parity of all bytes. zxing-cpp does not hand them over, so they are sampled from the picture
where it found the symbol.
"""

from __future__ import annotations

from functools import reduce
from itertools import groupby
from operator import xor
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from trustcert.qr.corners import corners_of, perspective
from trustcert.qr.placement import blocks as blocks_of
from trustcert.qr.placement import data_path, mask_bit

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Part", "Parts"]

_MODE: Final = 0b0011


class Part(NamedTuple):
    """Which part of a split text a symbol holds: ``number`` counts from 1."""

    parity: int
    total: int
    number: int


class Parts:
    """The symbols of a picture that hold parts of texts."""

    def __init__(self) -> None:
        """Begin without any."""
        self._held: dict[Part, bytes] = {}
        self._joined: dict[bytes, tuple[bytes, ...]] = {}

    def note(self, raw: bytes, pixels: Image.Image, barcode: Any) -> None:
        """Keep ``raw`` if its symbol says that it is a part of a text."""
        part = _header(pixels, barcode)
        if part is not None:
            self._held.setdefault(part, raw)

    def joined(self) -> tuple[bytes, ...]:
        """Return the texts of which all parts are there and the parity is right."""
        for (_, total), group in self._groups():
            raw = b"".join(held for _, held in group)
            if len(group) == total and reduce(xor, raw, 0) == group[0][0].parity:
                self._joined[raw] = tuple(held for _, held in group)
        return tuple(self._joined)

    def of(self, raw: bytes) -> tuple[bytes, ...]:
        """Return the parts of a joined text."""
        return self._joined[raw]

    def problems(self) -> tuple[str, ...]:
        """Return a sentence for each text of which parts are missing."""
        return tuple(
            f"a text is split over {total} codes, of which {len(group)} were read: take a picture"
            " of all of them"
            for (_, total), group in self._groups()
            if len(group) < total
        )

    def _groups(self) -> list[tuple[tuple[int, int], list[tuple[Part, bytes]]]]:
        held = sorted(self._held.items())
        grouped = groupby(held, key=lambda entry: entry[0][:2])
        return [(key, list(group)) for key, group in grouped]


def _header(pixels: Image.Image, barcode: Any) -> Part | None:
    """Return what the first 20 bits of a symbol say, or ``None`` for a symbol of its own."""
    version = int(barcode.extra.get("Version", 0))
    mask, level = barcode.extra.get("DataMask"), barcode.ec_level
    if not 1 <= version <= 40 or mask is None or level not in {"L", "M", "Q", "H"}:
        return None
    size = 17 + 4 * version
    try:
        a, b, c, d, e, f, g, h = perspective(
            corners_of(barcode.position, 1.0), ((0, 0), (size, 0), (size, size), (0, size))
        )
    except ValueError:
        return None

    def level_at(row: int, column: int) -> int:
        x, y = column + 0.5, row + 0.5
        depth = g * x + h * y + 1
        place = (int((a * x + b * y + c) / depth), int((d * x + e * y + f) / depth))
        inside = 0 <= place[0] < pixels.width and 0 <= place[1] < pixels.height
        value = pixels.getpixel(place) if inside else 255
        return value if isinstance(value, int) else 255

    dark, light = level_at(3, 3), level_at(1, 3)  # of the first finder pattern
    if dark == light:
        return None
    path, step = data_path(version), len(blocks_of(version, level))
    bits = 0
    for codeword in (0, step, 2 * step):
        for row, column in path[8 * codeword : 8 * codeword + 8]:
            seen = level_at(row, column)
            is_dark = abs(seen - dark) < abs(seen - light)
            bits = bits << 1 | (is_dark ^ mask_bit(mask, row, column))
    mode, number, total = bits >> 20, bits >> 16 & 15, bits >> 12 & 15
    if mode != _MODE or number > total or total == 0:
        return None
    return Part(parity=bits >> 4 & 255, total=total + 1, number=number + 1)
