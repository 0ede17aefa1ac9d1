"""How the pages of a sheet are laid out: a grid to cut, labels, or one document a page.

Lengths are millimetres.
"""

from __future__ import annotations

from typing import Final

from trustcert.errors import MalformedError
from trustcert.qr.draw import QUIET_ZONE
from trustcert.qr.symbol import LEVELS
from trustcert.values import PublicValue

__all__ = ["A4", "DOCUMENT", "GAP", "Layout", "labels"]

GAP: Final = 1.0
"""Between the edge of a cell and what is in it."""
_SMALLEST: Final = 21
"""Modules of a side of the smallest code."""
_BESIDE: Final = 1.3
"""A cell this much wider than high has its captions beside the code."""


class Layout(PublicValue, frozen=True, kw_only=True):
    """How a page is laid out; lengths in millimetres.

    ``caption_lines`` lines of ``line`` are kept free at every code. ``marks`` are small crosses
    between the cells, to cut along. ``module_min`` is the smallest module of a code. With
    ``document`` a page shows one entry with its heading, fields and notes.
    """

    columns: int = 3
    rows: int = 4
    width: float = 210.0
    height: float = 297.0
    left: float = 10.0
    top: float = 10.0
    gap_x: float = 0.0
    gap_y: float = 0.0
    line: float = 4.0
    caption_lines: int = 3
    marks: bool = True
    error_correction: str = "M"
    module_min: float = 0.25
    document: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be printed.

        Raises:
            MalformedError: a number out of its range.
        """
        ranges = (
            ("columns", self.columns, 1, 30),
            ("rows", self.rows, 1, 40),
            ("width", self.width, 20, 1000),
            ("height", self.height, 10, 1000),
            ("left", self.left, 0, self.width / 3),
            ("top", self.top, 0, self.height / 3),
            ("gap_x", self.gap_x, 0, 100),
            ("gap_y", self.gap_y, 0, 100),
            ("line", self.line, 1, 50),
            ("caption_lines", self.caption_lines, 0, 10),
            ("module_min", self.module_min, 0.1, 10),
        )
        for name, number, low, high in ranges:
            if not low <= number <= high:
                raise MalformedError(f"not {low:g} to {high:g}", where=name)
        if self.error_correction not in LEVELS:
            raise MalformedError("not one of L, M, Q, H", where="error_correction")
        side = (_SMALLEST + 2 * QUIET_ZONE) * self.module_min
        if self.room < side:
            raise MalformedError(
                f"a code needs a square of {side:g} mm at least, and its captions room beside it:"
                " have fewer or larger cells on a page, or fewer lines of captions",
                where="columns",
            )

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of one cell."""
        return (
            (self.width - 2 * self.left - (self.columns - 1) * self.gap_x) / self.columns,
            (self.height - 2 * self.top - (self.rows - 1) * self.gap_y) / self.rows,
        )

    @property
    def beside(self) -> bool:
        """Whether captions stand beside the code, and not under it."""
        width, height = self.cell
        return width > _BESIDE * height

    @property
    def room(self) -> float:
        """The side of the square that a code with its quiet zone may fill."""
        width, height = self.cell
        lines = 0.0 if self.beside else self.line * self.caption_lines
        return min(width - 2 * GAP, height - 2 * GAP - lines)


A4: Final = Layout()
"""Twelve codes on an A4 page, with marks to cut along."""

DOCUMENT: Final = Layout(columns=1, rows=1, left=20.0, top=20.0, marks=False, document=True)
"""One document on an A4 page: heading, photograph, code, fields and how to check them."""


def labels(  # noqa: PLR0913 - what is printed on a pack of labels
    width: float,
    height: float,
    *,
    gap_x: float = 0.0,
    gap_y: float = 0.0,
    page: tuple[float, float] = (210.0, 297.0),
    caption_lines: int = 3,
    line: float = 3.0,
) -> Layout:
    """Return as many labels of ``width`` by ``height`` millimetres as a page takes, centred on it.

    Raises:
        MalformedError: no label of this size fits the page, or a number is out of its range.
    """
    if not (width >= 10 and height >= 10):
        raise MalformedError("a label has at least 10 by 10 mm", where="label")
    columns = int((page[0] + gap_x + 1e-6) // (width + gap_x))
    rows = int((page[1] + gap_y + 1e-6) // (height + gap_y))
    if not (columns and rows):
        raise MalformedError(
            f"no label of {width:g} by {height:g} mm fits a page of {page[0]:g} by {page[1]:g} mm",
            where="label",
        )
    return Layout(
        columns=columns,
        rows=rows,
        width=page[0],
        height=page[1],
        left=max(0.0, (page[0] - columns * width - (columns - 1) * gap_x) / 2),
        top=max(0.0, (page[1] - rows * height - (rows - 1) * gap_y) / 2),
        gap_x=gap_x,
        gap_y=gap_y,
        caption_lines=caption_lines,
        line=line,
        marks=False,
    )
