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

from collections.abc import Iterator
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

    Floats = NDArray[np.float64]

__all__ = ["Located", "available", "redrawn"]

_MODULE: Final = 6  # pixels a module of the square
_QUIET: Final = 4
_NODE: Final = 4  # modules between nodes
_REACH: Final = 5  # modules around a node that are looked at
_STEPS: Final = (-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6)  # modules that a node may move
_STIFF: Final = 0.25
_SPARE: Final = 2  # check symbols that are kept to detect what is wrong all the same


class Located(NamedTuple):
    """What a reader says of a symbol that it located."""

    corners: Corners
    version: int


def available() -> bool:
    """Return whether numpy and reedsolo are installed."""
    try:
        import numpy  # noqa: F401
        import reedsolo  # noqa: F401
    except ImportError:
        return False
    return True


def redrawn(whole: Image.Image, located: Located) -> Image.Image | None:
    """Return the symbol with its errors corrected, or ``None`` where there are too many."""
    if not 1 <= located.version <= 40:
        return None
    try:
        levels = _levels(whole, located)
    except ValueError:
        return None
    for level, mask in _formats(levels):
        bits = _corrected(levels, located.version, level, mask)
        if bits is not None:
            return _drawn(bits, located.version, level, mask)
    return None


def _levels(whole: Image.Image, located: Located) -> Floats:
    """Return a level for each module: dark above 0, light below."""
    import numpy as np

    size = 17 + 4 * located.version
    even = _even(whole, located.corners, size)
    known = np.zeros((size, size))
    for (row, column), dark in function_modules(located.version).items():
        known[row, column] = 0 if dark is None else 2 * dark - 1
    flat = np.mgrid[0:size, 0:size].astype(np.float64)
    first = _sampled(even, flat)
    if (first[:7, :7] * known[:7, :7]).sum() < 0:
        even = -even
    moved = _moved(even, known, size)
    return _sampled(even, flat + moved)


def _even(whole: Image.Image, corners: Corners, size: int) -> Floats:
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
    return np.clip((mean - pixels) / spread, -1.0, 1.0)


def _sampled(even: Floats, places: Floats) -> Floats:
    """Return levels at places in modules, between pixels by bilinear interpolation."""
    import numpy as np

    side = even.shape[0]
    y, x = np.clip((places + _QUIET + 0.5) * _MODULE - 0.5, 0, side - 1.001)
    top, left = y.astype(np.intp), x.astype(np.intp)
    y, x = y - top, x - left
    above = even[top, left] * (1 - x) + even[top, left + 1] * x
    below = even[top + 1, left] * (1 - x) + even[top + 1, left + 1] * x
    level: Floats = above * (1 - y) + below * y
    return level


def _moved(even: Floats, known: Floats, size: int) -> Floats:
    """Return how far each module stands from its place in the square, in rows and columns."""
    import numpy as np

    places = np.linspace(3, size - 4, max(3, round((size - 7) / _NODE) + 1))
    count = len(places)
    moves = np.zeros((2, count, count))
    fixed = np.zeros((count, count), bool)
    rows, columns = np.meshgrid(places, places, indexing="ij")
    finders = ((3, 3), (3, size - 4), (size - 4, 3))
    distance = np.min([np.hypot(rows - y, columns - x) for y, x in finders], axis=0)
    order = [divmod(int(place), count) for place in np.argsort(distance, axis=None)]
    shifts = np.array([(y, x) for y in _STEPS for x in _STEPS])
    for again in range(2):
        for row, column in order:
            around = _neighbours(moves, fixed, row, column)
            start = around if not again else (around + moves[:, row, column]) / 2
            spot = (places[row], places[column])
            moves[:, row, column] = start + _best(even, known, spot, start, shifts)
            fixed[row, column] = True
    return _between(moves, places, size)


def _neighbours(moves: Floats, fixed: NDArray[Any], row: int, column: int) -> Floats:
    """Return where the nodes around expect this one to move to."""
    import numpy as np

    top, left = max(row - 1, 0), max(column - 1, 0)
    near = np.s_[top : row + 2, left : column + 2]
    if not fixed[near].any():
        return np.zeros(2)
    mean: Floats = moves[:, near[0], near[1]][:, fixed[near]].mean(axis=1)
    return mean


def _best(
    even: Floats, known: Floats, spot: tuple[float, float], start: Floats, shifts: Floats
) -> Floats:
    """Return the shift by which the modules around ``spot`` are clearest."""
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
    best: Floats = shifts[int(np.argmax(score))]
    return best


def _between(moves: Floats, places: Floats, size: int) -> Floats:
    """Return the moves of all modules, between nodes by bilinear interpolation."""
    import numpy as np

    every = np.arange(size, dtype=np.float64)
    moved = []
    for move in moves:
        across = np.array([np.interp(every, places, line) for line in move])
        moved.append(np.array([np.interp(every, places, line) for line in across.T]).T)
    return np.array(moved)


def _formats(levels: Floats) -> list[tuple[str, int]]:
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
    levels: Floats, version: int, level: str, mask: int
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
        restored = _restored([codewords[place] for place in block.places], weakest, block)
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


def _restored(codewords: list[int], weakest: list[float], block: _Block) -> list[int] | None:
    """Return the block's codewords corrected, with more and more of the weakest as erasures."""
    import reedsolo

    codec = _codec(block.checks)
    ranked = sorted(range(len(codewords)), key=lambda place: weakest[block.places[place]])
    most = max(0, block.checks - _SPARE)
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
