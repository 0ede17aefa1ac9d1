"""An own sampler for symbols that a reader located and could not read: crumpled, curved, worn.

A reader lays one perspective over the whole symbol and takes each module as dark or light. Here:

1. The quadrangle is made square, and the light is evened.
2. Nodes a few modules apart move, from the finder patterns outwards, to where the modules around
   them are most clearly dark or light, and where function patterns are what they must be. Between
   nodes the grid is interpolated.
3. Each module gets a level and not a bit. The codewords with the weakest modules are erasures for
   Reed-Solomon, which restores twice as many of them as of errors at unknown places.
4. The corrected symbol is drawn anew, and the reader reads it.

Several candidates do no harm where a signature decides. It needs numpy and reedsolo (the extra
``fast``); without them this look is left out.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from trustcert.qr.corners import Corners, perspective
from trustcert.qr.placement import (
    blocks,
    data_path,
    format_modules,
    function_modules,
    mask_bit,
    version_modules,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    _Floats = NDArray[np.float64]

__all__ = ["available", "redrawn"]

_MODULE: Final = 6  # pixels a module of the square
_QUIET: Final = 4
_NODE: Final = 4  # modules between nodes
_REACH: Final = 3  # modules around a node that are looked at
_STEPS: Final = (-0.45, -0.3, -0.15, 0.0, 0.15, 0.3, 0.45)  # modules that a node may move
_STIFF: Final = 0.25
_PLANE: Final = 2  # nodes around that say where the next is expected
_RIDGE: Final = 1.0
_PASSES: Final = 1
_SPARE_SHARE: Final = 4  # of the check symbols: kept to detect what is wrong all the same


def available() -> bool:
    """Return whether numpy and reedsolo are installed."""
    return find_spec("numpy") is not None and find_spec("reedsolo") is not None


def redrawn(
    whole: Image.Image, corners: Corners, version: int, *, signed: bool
) -> Image.Image | None:
    """Return the symbol at ``corners`` with its errors corrected, or ``None``: too many.

    Where the text is ``signed``, nearly all check symbols go to erasures: a wrong correction does
    no harm. Otherwise a quarter is kept to tell that what was corrected is right.
    """
    if not 1 <= version <= 40:
        return None
    try:
        levels = _levels(whole, corners, version)
    except ValueError:
        return None
    for level, mask in _formats(levels):
        bits = _corrected(levels, version, level, mask, signed=signed)
        if bits is not None:
            return _drawn(bits, version, level, mask)
    return None


def _levels(whole: Image.Image, corners: Corners, version: int) -> _Floats:
    """Return a level for each module: dark above 0, light below."""
    import numpy as np

    size = 17 + 4 * version
    even = _even(whole, corners, size)
    known = np.zeros((size, size))
    for (row, column), dark in function_modules(version).items():
        known[row, column] = 0 if dark is None else 2 * dark - 1
    flat = np.mgrid[0:size, 0:size].astype(np.float64)
    first = _sampled(even, flat)
    if (first[:7, :7] * known[:7, :7]).sum() < 0:
        even = -even
    moved = _moved(even, known, size)
    return _sampled(even, flat + moved)


def _even(whole: Image.Image, corners: Corners, size: int) -> _Floats:
    """Return the square of the symbol with its quiet zone, dark above 0, in even light."""
    import numpy as np
    from PIL import ImageFilter
    from PIL.Image import Resampling, Transform

    side = (size + 2 * _QUIET) * _MODULE
    near, far = _QUIET * _MODULE, side - _QUIET * _MODULE
    targets = ((near, near), (far, near), (far, far), (near, far))
    square = whole.transform(
        (side, side),
        Transform.PERSPECTIVE,
        perspective(corners, targets),
        Resampling.BICUBIC,
        fillcolor=255,
    ).filter(ImageFilter.BoxBlur(_MODULE // 4))
    reach = 5 * _MODULE
    pixels = np.asarray(square, np.float64)
    mean = np.asarray(square.filter(ImageFilter.BoxBlur(reach)), np.float64)
    low = np.asarray(square.filter(ImageFilter.MinFilter(3)).filter(ImageFilter.BoxBlur(reach)))
    high = np.asarray(square.filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.BoxBlur(reach)))
    spread = np.maximum(high.astype(np.float64) - low, 8.0)
    even: _Floats = np.clip((mean - pixels) / spread, -1.0, 1.0)
    return even


def _sampled(even: _Floats, places: _Floats) -> _Floats:
    """Return levels at places in modules, between pixels by bilinear interpolation."""
    import numpy as np

    side = even.shape[0]
    y, x = np.clip((places + _QUIET + 0.5) * _MODULE - 0.5, 0, side - 1.001)
    top, left = y.astype(np.intp), x.astype(np.intp)
    y, x = y - top, x - left
    above = even[top, left] * (1 - x) + even[top, left + 1] * x
    below = even[top + 1, left] * (1 - x) + even[top + 1, left + 1] * x
    level: _Floats = above * (1 - y) + below * y
    return level


def _moved(even: _Floats, known: _Floats, size: int) -> _Floats:
    """Return how far each module stands from its place in the square, in rows and columns.

    The clearest of the nodes beside those that are placed is placed next, so that the grid grows
    around what is damaged.
    """
    import numpy as np

    places = np.linspace(3, size - 4, max(3, round((size - 7) / _NODE) + 1))
    count = len(places)
    moves = np.zeros((2, count, count))
    fixed = np.zeros((count, count), bool)
    shifts = np.array([(y, x) for y in _STEPS for x in _STEPS])
    corners = ((0, 0), (0, count - 1), (count - 1, 0))
    heap: list[tuple[float, tuple[int, int], tuple[float, float]]] = [
        (-9.0, corner, (0.0, 0.0)) for corner in corners
    ]
    while heap:
        _, (row, column), move = heapq.heappop(heap)
        if fixed[row, column]:
            continue
        moves[:, row, column] = move
        fixed[row, column] = True
        for y, x in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= y < count and 0 <= x < count and not fixed[y, x]:
                start = _expected(moves, fixed, y, x)
                score, best = _best(even, known, (places[y], places[x]), start, shifts)
                heapq.heappush(heap, (-score, (y, x), (float(best[0]), float(best[1]))))
    for _ in range(_PASSES):
        for row in range(count):
            for column in range(count):
                others = fixed.copy()
                others[row, column] = False
                start = (_expected(moves, others, row, column) + moves[:, row, column]) / 2
                spot = (places[row], places[column])
                _, best = _best(even, known, spot, start, shifts / 2)
                moves[:, row, column] = best
    return _between(moves, places, size)


def _expected(moves: _Floats, fixed: NDArray[Any], row: int, column: int) -> _Floats:
    """Return where the placed nodes around expect this one to move: the plane through them."""
    import numpy as np

    top, left = max(row - _PLANE, 0), max(column - _PLANE, 0)
    near = fixed[top : row + _PLANE + 1, left : column + _PLANE + 1]
    y, x = np.nonzero(near)
    if not len(y):
        return np.zeros(2)
    down, right = y + top - row, x + left - column
    weight = 1.0 / (down**2 + right**2)
    terms = np.stack([np.ones(len(y)), down, right])
    seen = moves[:, y + top, x + left]
    square = (terms * weight) @ terms.T + np.diag([1e-9, _RIDGE, _RIDGE])
    plane = np.linalg.solve(square, (terms * weight) @ seen.T)
    expected: _Floats = plane[0]
    return expected


def _best(
    even: _Floats, known: _Floats, spot: tuple[float, float], start: _Floats, shifts: _Floats
) -> tuple[float, _Floats]:
    """Return how clear the modules around ``spot`` can be, and the move that makes them so."""
    import numpy as np

    size = known.shape[0]
    row, column = round(spot[0]), round(spot[1])
    top, bottom = max(row - _REACH, 0), min(row + _REACH + 1, size)
    left, right = max(column - _REACH, 0), min(column + _REACH + 1, size)
    grid = np.mgrid[top:bottom, left:right].astype(np.float64)
    moved = grid[:, None] + (start + shifts).T[:, :, None, None]
    levels = _sampled(even, moved)
    expected = known[top:bottom, left:right]
    score = np.where(expected == 0, np.abs(levels), 2 * levels * expected).mean(axis=(1, 2))
    score = score - _STIFF * 0.1 * (shifts**2).sum(axis=1)
    place = int(np.argmax(score))
    best: _Floats = start + shifts[place]
    return float(score[place]), best


def _between(moves: _Floats, places: _Floats, size: int) -> _Floats:
    """Return the moves of all modules, between nodes by bilinear interpolation."""
    import numpy as np

    every = np.arange(size, dtype=np.float64)
    moved = []
    for move in moves:
        across = np.array([np.interp(every, places, line) for line in move])
        moved.append(np.array([np.interp(every, places, line) for line in across.T]).T)
    return np.array(moved)


def _formats(levels: _Floats) -> list[tuple[str, int]]:
    """Return error correction levels and masks, the most likely two (ISO/IEC 18004, 7.9)."""
    size = levels.shape[0]
    scored = []
    for level in "LMQH":
        for mask in range(8):
            modules = format_modules(size, level, mask)
            score = sum(float(levels[spot]) * (2 * dark - 1) for spot, dark in modules.items())
            scored.append((score, level, mask))
    return [(level, mask) for _, level, mask in sorted(scored, reverse=True)[:2]]


def _corrected(
    levels: _Floats, version: int, level: str, mask: int, *, signed: bool
) -> dict[tuple[int, int], bool] | None:
    """Return the data's modules with their errors corrected, or ``None``: too many."""
    path = data_path(version)
    layout = blocks(version, level)
    total = sum(all_ for all_, _ in layout)
    masked = [(spot, mask_bit(mask, *spot)) for spot in path[: 8 * total]]
    codewords, weakest = bytearray(), []
    for start in range(0, 8 * total, 8):
        soft = [float(levels[spot]) for spot, _ in masked[start : start + 8]]
        bits = [(each > 0) ^ flip for each, (_, flip) in zip(soft, masked[start:], strict=False)]
        codewords.append(int("".join("01"[bit] for bit in bits), 2))
        weakest.append(min(map(abs, soft)))
    for block in _places(layout):
        restored = _restored(
            [codewords[place] for place in block.places], weakest, block, signed=signed
        )
        if restored is None:
            return None
        for place, codeword in zip(block.places, restored, strict=True):
            codewords[place] = codeword
    every = "".join(f"{codeword:08b}" for codeword in codewords)
    return {spot: (bit == "1") ^ flip for (spot, flip), bit in zip(masked, every, strict=True)}


class _Block(NamedTuple):
    """A Reed-Solomon block: its places among the codewords, and its check symbols."""

    places: tuple[int, ...]
    checks: int


def _places(layout: tuple[tuple[int, int], ...]) -> Iterator[_Block]:
    """Yield the blocks: codewords of data are interleaved, then those of the checks."""
    count = len(layout)
    most = max(data for _, data in layout)
    order = [
        (row, column) for row in range(most) for column in range(count) if row < layout[column][1]
    ]
    data_places: list[list[int]] = [[] for _ in layout]
    for place, (_, column) in enumerate(order):
        data_places[column].append(place)
    for column, (total, data) in enumerate(layout):
        checks = [len(order) + row * count + column for row in range(total - data)]
        yield _Block((*data_places[column], *checks), total - data)


def _restored(
    codewords: list[int], weakest: list[float], block: _Block, *, signed: bool
) -> list[int] | None:
    """Return the block's codewords corrected, with more and more of the weakest as erasures."""
    import reedsolo

    codec = _codec(block.checks)
    ranked = sorted(range(len(codewords)), key=lambda place: weakest[block.places[place]])
    most = block.checks - (2 if signed else max(2, block.checks // _SPARE_SHARE))
    for erasures in sorted({0, most // 4, most // 2, 3 * most // 4, most}):
        try:
            whole = codec.decode(bytearray(codewords), erase_pos=sorted(ranked[:erasures]))[1]
        except (reedsolo.ReedSolomonError, ZeroDivisionError, IndexError):
            continue
        return list(whole)
    return None


def _codec(checks: int) -> Any:
    import reedsolo

    return reedsolo.RSCodec(checks, prim=0x11D, fcr=0, generator=2)


def _drawn(data: dict[tuple[int, int], bool], version: int, level: str, mask: int) -> Image.Image:
    """Return the symbol as a picture."""
    from PIL import Image

    size = 17 + 4 * version
    modules: dict[tuple[int, int], bool] = {
        spot: bool(dark) for spot, dark in function_modules(version).items() if dark is not None
    }
    modules |= data | format_modules(size, level, mask) | version_modules(version)
    picture = Image.new("L", (size + 8, size + 8), 255)
    for (row, column), dark in modules.items():
        if dark:
            picture.putpixel((column + 4, row + 4), 0)
    return picture.resize((4 * (size + 8), 4 * (size + 8)), Image.Resampling.NEAREST)
