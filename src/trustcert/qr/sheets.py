"""Printed sheets: many codes in a grid, each with its caption, page by page.

A page is A4 at 300 dots an inch unless told otherwise, black and white. Every code keeps its quiet
zone of four modules and gets as many whole dots a module as its cell has room for, at least
:data:`DOTS_MIN`. One page is held in memory at a time, whatever the number of codes. The same
entries, layout and fonts always give the same file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.files import replacing, write_whole
from trustcert.limits import CLAIM_CHARACTERS
from trustcert.qr.draw import QUIET_ZONE
from trustcert.qr.lettering import Lettering, system_fonts
from trustcert.qr.pdf import write_pdf
from trustcert.qr.symbol import LEVELS, Symbol, matrix
from trustcert.values import PublicValue, Value

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

DOTS_MIN: Final = 3
"""Dots a module: at 300 dots an inch a quarter of a millimetre, what laser printers keep open."""

_SHRINKING: Final = (1.0, 0.8, 0.6)
_CUT: Final = "..."
_MM_PER_INCH: Final = 25.4


class SheetEntry(Value, frozen=True, kw_only=True):
    """One code of a sheet and the lines under it, which the caller has masked."""

    text: str
    captions: tuple[str, ...] = ()


class Layout(PublicValue, frozen=True, kw_only=True):
    """How a sheet is laid out; lengths in millimetres.

    ``caption_lines`` lines of ``line`` are kept free under every code. ``marks`` are small crosses
    between the cells, to cut along.
    """

    columns: int = 3
    rows: int = 4
    dpi: int = 300
    width: float = 210.0
    height: float = 297.0
    margin: float = 10.0
    line: float = 4.0
    caption_lines: int = 3
    marks: bool = True
    error_correction: str = "M"

    def __post_init__(self) -> None:
        """Refuse what cannot be printed.

        Raises:
            MalformedError: a number out of its range.
        """
        ranges = (
            ("columns", self.columns, 1, 30),
            ("rows", self.rows, 1, 40),
            ("dpi", self.dpi, 72, 1200),
            ("width", self.width, 20, 1000),
            ("height", self.height, 20, 1000),
            ("margin", self.margin, 0, min(self.width, self.height) / 3),
            ("line", self.line, 1, 50),
            ("caption_lines", self.caption_lines, 0, 10),
        )
        for name, number, low, high in ranges:
            if not low <= number <= high:
                raise MalformedError(f"not {low:g} to {high:g}", where=name)
        if self.error_correction not in LEVELS:
            raise MalformedError("not one of L, M, Q, H", where="error_correction")

    def dots(self, millimetres: float) -> int:
        """Return a length in dots."""
        return round(millimetres / _MM_PER_INCH * self.dpi)


A4: Final = Layout()
"""Twelve codes on an A4 page."""


def save_sheet(
    entries: Iterable[SheetEntry],
    path: str | PathLike[str],
    *,
    layout: Layout = A4,
    fonts: Sequence[str | PathLike[str]] | None = None,
) -> int:
    """Write a sheet and return the number of its pages.

    A ``.pdf`` holds all pages and appears whole or not at all. For ``.png`` the pages are
    ``name-001.png``, ``name-002.png`` and so on; each appears whole.

    Raises:
        LimitExceededError: a code that does not fit its cell.
        MalformedError: no entries, or an entry that cannot be printed.
        SyncError: a file cannot be written.
        UnsupportedError: another suffix.
    """
    target = Path(path)
    pages = sheet_pages(entries, layout=layout, fonts=fonts)
    suffix = target.suffix.lower()
    if suffix == ".pdf":
        with replacing(target, lasting=False) as file:
            return write_pdf(pages, file, dpi=layout.dpi)
    if suffix != ".png":
        raise UnsupportedError("sheets are saved as .pdf or .png")
    count = 0
    for page in pages:
        count += 1
        buffer = io.BytesIO()
        page.save(buffer, "PNG", dpi=(layout.dpi, layout.dpi))
        numbered = target.with_name(f"{target.stem}-{count:03}{target.suffix}")
        write_whole(numbered, buffer.getvalue(), lasting=False)
    return count


def sheet_pages(
    entries: Iterable[SheetEntry],
    *,
    layout: Layout = A4,
    fonts: Sequence[str | PathLike[str]] | None = None,
) -> Iterator[Image.Image]:
    """Yield the pages as images of mode ``1``, each made when it is asked for.

    ``fonts`` are font files in the order of preference; by default those of this machine that
    know Chinese, then Latin.

    Raises:
        LimitExceededError: a code that does not fit its cell.
        MalformedError: no entries, or an entry that cannot be printed.
    """
    paths = system_fonts() if fonts is None else tuple(Path(font) for font in fonts)
    sizes = [Lettering(paths, round(layout.dots(layout.line) * part * 0.8)) for part in _SHRINKING]
    coming = iter(entries)
    first = 0
    while cells := list(islice(coming, layout.columns * layout.rows)):
        yield _page(cells, layout, sizes, first)
        first += len(cells)
    if not first:
        raise MalformedError("a sheet without codes")


def _page(
    cells: list[SheetEntry], layout: Layout, sizes: list[Lettering], first: int
) -> Image.Image:
    from PIL import Image, ImageDraw

    page = Image.new("1", (layout.dots(layout.width), layout.dots(layout.height)), 1)
    canvas = ImageDraw.Draw(page)
    margin = layout.dots(layout.margin)
    width = (page.width - 2 * margin) / layout.columns
    height = (page.height - 2 * margin) / layout.rows
    if layout.marks:
        _cut_marks(canvas, layout, (margin, margin, width, height))
    for place, entry in enumerate(cells):
        row, column = divmod(place, layout.columns)
        with inside(f"entries[{first + place}]"):
            box = (margin + column * width, margin + row * height, width, height)
            _cell(page, canvas, box, entry, layout, sizes)
    return page


def _cut_marks(
    canvas: ImageDraw.ImageDraw, layout: Layout, grid: tuple[float, float, float, float]
) -> None:
    left, top, width, height = grid
    arm = layout.dots(1)
    for column in range(layout.columns + 1):
        for row in range(layout.rows + 1):
            x, y = round(left + column * width), round(top + row * height)
            canvas.line((x - arm, y, x + arm, y), fill=0)
            canvas.line((x, y - arm, x, y + arm), fill=0)


def _cell(  # noqa: PLR0913, PLR0917 - what a cell needs
    page: Image.Image,
    canvas: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    entry: SheetEntry,
    layout: Layout,
    sizes: list[Lettering],
) -> None:
    if len(entry.captions) > layout.caption_lines:
        raise MalformedError(f"over {layout.caption_lines} lines", where="captions")
    left, top, width, height = box
    line = layout.dots(layout.line)
    gap = layout.dots(1)  # clear of the cut marks
    room = int(min(width - 2 * gap, height - 2 * gap - line * layout.caption_lines))
    symbol = matrix(entry.text, error_correction=layout.error_correction)
    code = _drawn(symbol, room // (symbol.size + 2 * QUIET_ZONE))
    page.paste(code, (round(left + (width - code.width) / 2), round(top + gap)))
    baseline = top + gap + code.height
    for caption in entry.captions:
        baseline += line
        _caption(
            canvas, caption, (left + width / 2, baseline - line * 0.25), width - 2 * gap, sizes
        )


def _drawn(symbol: Symbol, dots: int) -> Image.Image:
    """Return the symbol with its quiet zone, ``dots`` pixels a module."""
    from PIL import Image

    if dots < DOTS_MIN:
        raise LimitExceededError("too small to print; have fewer codes on a page", where="text")
    side = symbol.size + 2 * QUIET_ZONE
    small = Image.new("L", (side, side), 255)
    light_is_white = symbol.modules.translate(b"\xff\x00" + bytes(254))
    modules = Image.frombytes("L", (symbol.size, symbol.size), light_is_white)
    small.paste(modules, (QUIET_ZONE, QUIET_ZONE))
    large = small.resize((side * dots, side * dots), Image.Resampling.NEAREST)
    return large.convert("1", dither=Image.Dither.NONE)


def _caption(
    canvas: ImageDraw.ImageDraw,
    caption: str,
    middle: tuple[float, float],
    room: float,
    sizes: list[Lettering],
) -> None:
    """Draw one line in the largest size that fits; cut what is too long for the smallest."""
    caption = caption[:CLAIM_CHARACTERS]
    lettering = next((size for size in sizes if size.width(caption) <= room), sizes[-1])
    shown = caption
    while shown and lettering.width(shown) > room:
        caption = caption[:-1]
        shown = caption + _CUT
    x, baseline = middle
    lettering.draw(canvas, (x - lettering.width(shown) / 2, baseline), shown)
