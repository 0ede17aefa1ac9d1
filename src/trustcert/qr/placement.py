"""The layout of a QR symbol: function patterns, the path of the data, masks, blocks.

ISO/IEC 18004:2015, sections 6.3, 7.7, 7.8.2 and 7.9, tables 9, C.1 and E.1.
"""

from __future__ import annotations

from functools import cache

__all__ = [
    "blocks",
    "data_path",
    "format_modules",
    "function_modules",
    "mask_bit",
    "version_modules",
]


@cache
def function_modules(version: int) -> dict[tuple[int, int], int | None]:
    """Return the modules that hold no data, by row and column: 1 dark, 0 light.

    ``None`` are those of format and version information.
    """
    size = 17 + 4 * version
    known: dict[tuple[int, int], int | None] = {}
    for place in range(8, size - 8):
        known[6, place] = known[place, 6] = 1 - place % 2
    for row, column in _alignment(version, size):
        known |= _rings(row, column, 2, light={1})
    known |= _information(version, size)
    for row, column in ((3, 3), (3, size - 4), (size - 4, 3)):
        known |= {
            (y, x): level
            for (y, x), level in _rings(row, column, 4, light={2, 4}).items()
            if 0 <= y < size and 0 <= x < size
        }
    known[size - 8, 8] = 1
    return known


def _rings(row: int, column: int, reach: int, light: set[int]) -> dict[tuple[int, int], int]:
    steps = range(-reach, reach + 1)
    return {
        (row + y, column + x): int(max(abs(y), abs(x)) not in light) for y in steps for x in steps
    }


def _information(version: int, size: int) -> dict[tuple[int, int], None]:
    places = [(8, place) for place in (*range(9), *range(size - 8, size))]
    if version >= 7:
        places += [(row, size - 11 + column) for row in range(6) for column in range(3)]
    both = [*places, *((column, row) for row, column in places)]
    return {spot: None for spot in both if spot not in {(8, 6), (6, 8)}}


def _alignment(version: int, size: int) -> list[tuple[int, int]]:
    from qrcode.util import pattern_position

    places = pattern_position(version)
    near, far = 6, size - 7
    corners = {(near, near), (near, far), (far, near)}
    return [(row, column) for row in places for column in places if (row, column) not in corners]


@cache
def data_path(version: int) -> tuple[tuple[int, int], ...]:
    """Return the rows and columns of the data's bits in their order."""
    size = 17 + 4 * version
    known = function_modules(version)
    path = []
    columns = [*range(size - 1, 6, -2), *range(5, 0, -2)]
    for number, right in enumerate(columns):
        rows = range(size) if number % 2 else range(size - 1, -1, -1)
        path += [
            (row, column)
            for row in rows
            for column in (right, right - 1)
            if (row, column) not in known
        ]
    return tuple(path)


def mask_bit(mask: int, row: int, column: int) -> bool:
    """Return whether ``mask`` inverts the module."""
    from qrcode.util import mask_func

    return bool(mask_func(mask)(row, column))


@cache
def blocks(version: int, level: str) -> tuple[tuple[int, int], ...]:
    """Return the codewords of each block, all and of data."""
    from qrcode import constants
    from qrcode.base import rs_blocks

    levels = {
        "L": constants.ERROR_CORRECT_L,
        "M": constants.ERROR_CORRECT_M,
        "Q": constants.ERROR_CORRECT_Q,
        "H": constants.ERROR_CORRECT_H,
    }
    return tuple(
        (block.total_count, block.data_count) for block in rs_blocks(version, levels[level])
    )


def format_modules(size: int, level: str, mask: int) -> dict[tuple[int, int], bool]:
    """Return the 30 modules that say level and mask."""
    from qrcode.util import BCH_type_info

    number = {"L": 1, "M": 0, "Q": 3, "H": 2}[level]
    bits = BCH_type_info(number << 3 | mask)
    first = [
        *((row, 8) for row in (0, 1, 2, 3, 4, 5, 7, 8)),
        *((8, c) for c in (7, 5, 4, 3, 2, 1, 0)),
    ]
    second = [
        *((8, size - 1 - place) for place in range(8)),
        *((size - 7 + p, 8) for p in range(7)),
    ]
    return {
        spot: bool(bits >> place & 1) for copy in (first, second) for place, spot in enumerate(copy)
    }


def version_modules(version: int) -> dict[tuple[int, int], bool]:
    """Return the 36 modules that say the version, from version 7 on."""
    from qrcode.util import BCH_type_number

    if version < 7:
        return {}
    size = 17 + 4 * version
    bits = BCH_type_number(version)
    spots = [(place // 3, size - 11 + place % 3) for place in range(18)]
    return {
        spot: bool(bits >> place & 1)
        for place, (row, column) in enumerate(spots)
        for spot in ((row, column), (column, row))
    }
