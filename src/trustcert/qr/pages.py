"""Pages of one PDF file: codes as vectors, text in embedded fonts, lines; drawn by fpdf2.

Lengths are millimetres from the upper left corner, sizes of letters are points. Scripts whose
letters join, stack or run from the right are set by HarfBuzz; Chinese and Latin go glyph by glyph.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO, Final

from trustcert.encoding.instants import datetime_of
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.limits import CLAIM_CHARACTERS
from trustcert.qr.fonts import Face, Fonts, is_simple
from trustcert.qr.symbol import Symbol

if TYPE_CHECKING:
    from fpdf import FPDF

__all__ = ["POINT", "Line", "Pages"]

POINT: Final = 25.4 / 72
"""A typographic point in millimetres."""

_SHRINKING: Final = (1.0, 0.8, 0.65)
_DEFLATE_LEVEL: Final = 4
"""Half the time of zlib's usual level 6, for a fifth more bytes."""
_BREAKS: Final = re.compile(r"(?<=\s)|(?<=[\u2e80-\u9fff\uff00-\uffef])")

Line = tuple[str, float]
"""One line of text and the size of its letters in points."""


class Pages:
    """Pages in the making."""

    def __init__(self, fonts: Fonts, *, width: float, height: float, title: str, at: int) -> None:
        """Begin a file without pages, made at ``at`` (Unix seconds).

        Raises:
            UnsupportedError: the libraries that write PDF are not installed.
        """
        self._fonts = fonts
        self._families: dict[Face, str] = {}
        self._letters: dict[str, tuple[str, float]] = {}
        self._pdf = _new_file(width, height)
        self._pdf.set_title(title or "trustcert")
        self._pdf.set_creator("trustcert")
        self._pdf.set_creation_date(datetime_of(at))
        self._height = height

    def new_page(self) -> None:
        """Go on with an empty page."""
        self._pdf.add_page()

    @property
    def count(self) -> int:
        """How many pages there are."""
        return self._pdf.pages_count

    def close(self) -> None:
        """Let go of the font files."""
        for font in self._pdf.fonts.values():
            font.close()  # type: ignore[union-attr] # no core font is ever used

    def write(self, file: BinaryIO) -> None:
        """Write the file; nothing more can be drawn after that."""
        from fpdf.syntax import PDFContentStream

        for font in self._pdf.fonts.values():
            font.ttfont.recalcBBoxes = False  # type: ignore[union-attr] # a second for each font
        usual = PDFContentStream._COMPRESSION_LEVEL  # noqa: SLF001 - fpdf2's only switch for it
        PDFContentStream._COMPRESSION_LEVEL = _DEFLATE_LEVEL  # noqa: SLF001
        try:
            with _quiet("fontTools"):
                self._pdf.output(file)
        finally:
            PDFContentStream._COMPRESSION_LEVEL = usual  # noqa: SLF001

    def code(self, symbol: Symbol, left: float, top: float, module: float) -> None:
        """Draw a symbol, whose first module begins at ``left`` and ``top``, as one filled path."""
        side = module / POINT
        x, y = left / POINT, (self._height - top) / POINT
        self._pdf._out(  # noqa: SLF001 - fpdf2's own rectangles take 15 µs each, a code has 800
            f"q {side:.4f} 0 0 {-side:.4f} {x:.3f} {y:.3f} cm\n{_path(symbol)}f\nQ"
        )

    def cross(self, x: float, y: float, arm: float = 1.0) -> None:
        """Draw a mark to cut along."""
        self._pdf.line(x - arm, y, x + arm, y)
        self._pdf.line(x, y - arm, x, y + arm)

    def box(self, left: float, top: float, width: float, height: float) -> None:
        """Draw the outline of a rectangle."""
        self._pdf.rect(left, top, width, height)

    def rule(self, left: float, y: float, width: float) -> None:
        """Draw a horizontal line."""
        self._pdf.line(left, y, left + width, y)

    def text(self, line: Line, x: float, baseline: float, *, align: str = "left") -> None:
        """Draw a line of text; ``x`` is its left end, its middle (center) or its right end."""
        words, points = line
        if align != "left":
            x -= self.width(line) * (1.0 if align == "right" else 0.5)
        if not is_simple(words):
            with self._shaping(words, points):
                self._pdf.set_xy(x, baseline - 0.8 * points * POINT)  # where a cell's baseline is
                self._pdf.cell(h=points * POINT, text=words)
            return
        for family, letters in groupby(words, key=lambda letter: self._letter(letter)[0]):
            run = "".join(letters)
            self._pdf.set_font(family, size=points)
            self._pdf.text(x, baseline, run)
            x += self.width((run, points))

    def width(self, line: Line) -> float:
        """Return the millimetres that a line of text takes."""
        words, points = line
        if is_simple(words):
            return points * sum(self._letter(letter)[1] for letter in words)
        with self._shaping(words, points):
            return self._pdf.get_string_width(words)

    def fitted(self, texts: Iterable[str], *, room: float, points: float, lines: int) -> list[Line]:
        """Return ``texts`` as at most ``lines`` lines of at most ``room`` millimetres.

        A text that is too long is set smaller, and then on several lines; none is cut.

        Raises:
            LimitExceededError: they need more lines; ``where`` names the text.
            MalformedError: a character that no page shows.
            UnsupportedError: a character that no font here has.
        """
        fitted: list[Line] = []
        for number, text in enumerate(texts):
            with inside(f"[{number}]"):
                fitted += self._fitted_one(text, room, points)
                if len(fitted) > lines:
                    raise LimitExceededError(
                        "does not fit its place, even set smaller: shorten it, keep more lines for"
                        " captions, or have fewer codes on a page"
                    )
        return fitted

    def _fitted_one(self, text: str, room: float, points: float) -> list[Line]:
        if len(text) > CLAIM_CHARACTERS:
            raise LimitExceededError(f"is of over {CLAIM_CHARACTERS} characters")
        for part in _SHRINKING:
            if self.width((text, points * part)) <= room:
                return [(text, points * part)]
        smallest = points * _SHRINKING[-1]
        lines = [""]
        for word in _BREAKS.split(text):
            if lines[-1] and self.width((lines[-1] + word.rstrip(), smallest)) > room:
                lines.append("")
            lines[-1] += word
            if self.width((lines[-1].rstrip(), smallest)) > room:
                raise LimitExceededError("has a word that is wider than its place")
        return [(line.rstrip(), smallest) for line in lines]

    def _letter(self, letter: str) -> tuple[str, float]:
        """Return the font of a character, and its width in millimetres at one point."""
        if letter not in self._letters:
            family = self._family(self._fonts.of(letter))
            self._pdf.set_font(family, size=100)
            self._letters[letter] = family, self._pdf.get_string_width(letter) / 100
        return self._letters[letter]

    @contextmanager
    def _shaping(self, text: str, points: float) -> Iterator[None]:
        """Have HarfBuzz set ``text``, each part in the first font that has it."""
        first, *others = [self._family(face) for face in self._fonts.of_text(text)]
        self._pdf.set_font(first, size=points)
        self._pdf.set_fallback_fonts(others, exact_match=False)
        self._pdf.set_text_shaping(use_shaping_engine=True)
        try:
            yield
        finally:
            self._pdf.set_text_shaping(use_shaping_engine=False)
            self._pdf.set_fallback_fonts([])

    def _family(self, face: Face) -> str:
        """Return the name of a face in this file, and take it in when it is first used."""
        if face not in self._families:
            family = f"face{len(self._families)}"
            try:
                self._pdf.add_font(family, fname=face.path, collection_font_number=face.index)
            except Exception as error:
                raise MalformedError("the font cannot be used", where=face.path.name) from error
            self._families[face] = family
        return self._families[face]


def _new_file(width: float, height: float) -> FPDF:
    try:
        import uharfbuzz  # noqa: F401 - fpdf2 uses it, and says nothing where it is missing
        from fpdf import FPDF
    except ImportError:
        raise UnsupportedError(
            "printing needs more libraries: pip install 'trustcert[print]'"
        ) from None
    pdf = FPDF(unit="mm", format=(width, height), enforce_compliance="PDF/A-2U")
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_line_width(0.1)
    return pdf


def _path(symbol: Symbol) -> str:
    """Return a PDF path of the dark modules, a unit each, rows downward from the origin."""
    octets = (symbol.size + 7) // 8
    end = b"0" * (8 * octets - symbol.size)
    rows = symbol.modules.translate(_BITS)
    parts = []
    for y in range(symbol.size):
        row = rows[y * symbol.size : (y + 1) * symbol.size] + end
        packed = int(row, 2).to_bytes(octets, "big")
        boxes = "".join([_boxes(8 * column, octet) for column, octet in enumerate(packed)])
        parts.append(boxes.replace("y", str(y)))
    return "".join(parts)


_BITS: Final = bytes.maketrans(b"\x00\x01", b"01")


@cache  # at most 23 octets a row of 256 values each
def _boxes(left: int, octet: int) -> str:
    """Return the rectangles of the dark ones of eight modules, in a row that is still to name."""
    runs = re.finditer("1+", f"{octet:08b}")
    return "".join(f"{left + run.start()} y {run.end() - run.start()} 1 re\n" for run in runs)


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a library from telling what it leaves out of a font."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
