from __future__ import annotations

import pytest

from trustcert.qr import matrix
from trustcert.qr.placement import (
    blocks,
    data_path,
    format_modules,
    function_modules,
    mask_bit,
    version_modules,
)

LENGTHS = (10, 60, 150, 311, 700, 1451, 2400)


@pytest.mark.parametrize("level", "LMQH")
@pytest.mark.parametrize("length", LENGTHS)
def test_every_module_of_a_symbol_is_where_the_standard_has_it(length: int, level: str) -> None:
    length = min(length, 1500) if level in "QH" else length
    symbol = matrix("A" * length, error_correction=level)
    rows = symbol.rows
    known = function_modules(symbol.version)
    for (row, column), dark in known.items():
        if dark is not None:
            assert rows[row][column] == dark, (row, column)
    total = sum(all_ for all_, _ in blocks(symbol.version, level))
    path = data_path(symbol.version)
    assert 8 * total <= len(path) < 8 * total + 8
    assert len({*path, *known}) == symbol.size**2
    for spot, dark in version_modules(symbol.version).items():
        assert rows[spot[0]][spot[1]] == dark
    matching = [
        mask
        for mask in range(8)
        if all(
            rows[row][column] == dark
            for (row, column), dark in format_modules(symbol.size, level, mask).items()
        )
    ]
    assert len(matching) == 1
    start = [rows[row][column] ^ mask_bit(matching[0], row, column) for row, column in path[:4]]
    assert start == [0, 0, 1, 0]  # alphanumeric mode
