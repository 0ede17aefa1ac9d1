"""Corners of symbols: where they are, whether two are the same place, and the square they span."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from PIL import Image

__all__ = [
    "Corners",
    "Region",
    "apart",
    "corners_of",
    "is_symbol",
    "middle",
    "perspective",
    "same_place",
]

Corners: TypeAlias = tuple[tuple[int, int], ...]
"""Four pixels, clockwise from the symbol's own top left."""


def corners_of(position: Any, scale: float, shift: tuple[int, int] = (0, 0)) -> Corners:
    """Return zxing-cpp's corners in pixels of the picture."""
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    left, top = shift
    return tuple((int(point.x / scale) + left, int(point.y / scale) + top) for point in points)


def middle(corners: Corners) -> tuple[float, float]:
    """Return the mean of the corners."""
    return sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4


def _covers(corners: Corners, point: tuple[float, float]) -> bool:
    """Return whether ``point`` lies inside the convex quadrangle of ``corners``."""
    signs = set()
    for (x, y), (u, v) in zip(corners, (*corners[1:], corners[0]), strict=True):
        signs.add((u - x) * (point[1] - y) - (v - y) * (point[0] - x) >= 0)
    return len(signs) == 1


def perspective(corners: Corners, targets: tuple[tuple[float, float], ...]) -> list[float]:
    """Return the 8 coefficients of the perspective that takes ``targets`` to ``corners``.

    Raises:
        ValueError: three of the points stand on one line.
    """
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(targets, corners, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for column in range(8):
        best = max(range(column, 8), key=lambda row: abs(rows[row][column]))
        rows[column], rows[best] = rows[best], rows[column]
        head = rows[column]
        if abs(head[column]) < 1e-9:
            raise ValueError("three corners stand on one line")
        for place in range(8):
            if place != column and rows[place][column]:
                share = rows[place][column] / head[column]
                rows[place] = [a - share * b for a, b in zip(rows[place], head, strict=True)]
    return [rows[place][8] / rows[place][place] for place in range(8)]


def is_symbol(corners: Corners) -> bool:
    """Return whether ``corners`` may be those of a symbol: convex, of 10 pixels a side or more."""
    sides = [math.dist(x, y) for x, y in zip(corners, (*corners[1:], corners[0]), strict=True)]
    long_enough = min(sides) >= _LEAST_SIDE and max(sides) <= _MOST_RATIO * min(sides)
    return long_enough and _covers(corners, middle(corners))


def same_place(one: Corners, other: Corners) -> bool:
    """Return whether the middle of one quadrangle lies inside the other."""
    return _covers(one, middle(other)) or _covers(other, middle(one))


def apart(found: Iterable[Corners]) -> list[Corners]:
    """Return the quadrangles without those that span a smaller one.

    The finder patterns of neighbouring codes are taken for those of one larger code.
    """
    kept: list[Corners] = []
    for corners in sorted(found, key=lambda each: math.dist(each[0], each[2])):
        if not any(same_place(corners, known) for known in kept):
            kept.append(corners)
    return kept


_LEAST_SIDE: Final = 10
_MOST_RATIO: Final = 6
_MARGIN: Final = 0.14


class Region:
    """The surroundings of a symbol as a square picture, made when it is first looked at."""

    def __init__(self, whole: Image.Image, corners: Corners, *, side: int | None = None) -> None:
        """Keep the picture and where the symbol is in it; ``side`` are the square's pixels."""
        self._whole = whole
        self._corners = corners
        self._square: Image.Image | None = None
        sides = zip(corners, (*corners[1:], corners[0]), strict=True)
        longest = max(math.dist(one, other) for one, other in sides)
        self._side = side or int(min(900, max(200, longest * (1 + 2 * _MARGIN) * 1.6)))
        self.pixels = self._side * self._side

    @classmethod
    def of(cls, square: Image.Image) -> Region:
        """Return the region whose square is known."""
        region = cls(square, ((0, 0), (1, 0), (1, 1), (0, 1)), side=square.width)
        region._square = square
        return region

    def square(self) -> Image.Image:
        """Return the square with a quiet zone on each side.

        Raises:
            ValueError: the corners span nothing.
        """
        if self._square is None:
            from PIL.Image import Resampling, Transform

            share = _MARGIN / (1 + 2 * _MARGIN)
            near, far = self._side * share, self._side * (1 - share)
            targets = ((near, near), (far, near), (far, far), (near, far))
            self._square = self._whole.transform(
                (self._side, self._side),
                Transform.PERSPECTIVE,
                perspective(self._corners, targets),
                Resampling.BICUBIC,
                fillcolor=255,
            )
        return self._square
