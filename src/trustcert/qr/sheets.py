"""Printed sheets of codes as PDF: a grid to cut, labels, or one document a page.

Codes are vectors and texts are text, in subsets of fonts that are embedded, by fpdf2. The file is
PDF/A-2u (ISO 19005-2). A code keeps its quiet zone of four modules; a module has whole dots of a
printer with 600 dots an inch, and never less than :attr:`Layout.module_min`. No caption is cut: it
is set smaller, then on a second line, else its entry is refused.

A sheet is written as its entries come. After :data:`CODES_A_FILE` codes it goes on in a second
file (``proofs-2.pdf``), so that memory does not grow with it. All its files appear when it is
finished; where that fails, none does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from os import PathLike
from pathlib import Path
from typing import Final

from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.files import refuse_other, replacing
from trustcert.qr.documents import Document
from trustcert.qr.draw import QUIET_ZONE
from trustcert.qr.fonts import Fonts
from trustcert.qr.layouts import A4, GAP, Layout
from trustcert.qr.pages import POINT, Line, Pages
from trustcert.qr.symbol import Symbol, matrix
from trustcert.values import Value

__all__ = [
    "CODES_A_FILE",
    "Sheet",
    "SheetEntry",
    "open_sheet",
    "write_sheet",
]

CODES_A_FILE: Final = 6_000
"""Codes after which a sheet goes on in another file: 500 pages of twelve."""

_PRINTER_DOT: Final = 25.4 / 600
"""A dot of a usual laser printer, in millimetres."""
_MODULE_MAX: Final = 1.0
"""Millimetres: a short text needs no larger modules to be read from a hand's distance."""
_HEAD_ROOM: Final = 8.0
"""Millimetres over the cells that title and page number need."""
_HEAD_POINTS: Final = 8.0
_NUMBER_ROOM: Final = 60.0
"""Millimetres kept beside the title for the page's number and its entries'."""
_LETTERS: Final = 0.8
"""Height of letters as a part of their line."""


class SheetEntry(Value, frozen=True, kw_only=True):
    """One code and what is printed with it, which the caller has masked.

    ``captions`` are the lines at the code. ``serial`` names the entry in the head of its page, by
    default its number in the sheet. ``heading``, ``fields`` (what and value) and ``notes`` are for
    the layout of one document a page, which has a place for a photograph where ``photo`` says so.
    """

    text: str
    captions: tuple[str, ...] = ()
    serial: str = ""
    heading: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    photo: bool = False


class Sheet:
    """A sheet in the making: :func:`open_sheet` gives it.

    ``codes`` and ``pages`` are how many there are; ``files`` appear when the sheet is finished.
    """

    def __init__(  # noqa: PLR0913 - as open_sheet
        self,
        path: Path,
        *,
        layout: Layout,
        title: str,
        at: int,
        fonts: Fonts,
        stack: ExitStack,
        force: bool | None = None,
    ) -> None:
        self.codes = 0
        self.pages = 0
        self.files: list[Path] = []
        self._path, self._layout, self._title, self._at = path, layout, title, at
        self._fonts, self._stack = fonts, stack
        self._force = force
        self._serials: list[str] = []  # of this page
        self._begin_file()
        stack.callback(self._close)
        with inside("title"):
            room = layout.width - 2 * layout.left - _NUMBER_ROOM
            self._head = self._pages.fitted([title], room=room, points=_HEAD_POINTS, lines=1)

    def add(self, entry: SheetEntry) -> None:
        """Put one more code on the sheet. An entry that is refused leaves nothing on it.

        Raises:
            LimitExceededError: the code does not fit its cell, or a caption its lines.
            MalformedError: no text, or a character that no page shows.
            UnsupportedError: a character that no font here has.
        """
        symbol = matrix(entry.text, error_correction=self._layout.error_correction)
        serial = entry.serial or str(self.codes + 1)
        with inside("serial"):
            self._fonts.of_text(serial)
        if self._layout.document:
            document = self._document(entry)
            module = self._module(symbol, document.code[2])
            self._begin_page()
            document.draw()
            self._draw_code(symbol, module, *document.code)
        else:
            module = self._module(symbol, self._layout.room)
            lines = self.check_captions(entry.captions)
            if len(self._serials) in {0, self._layout.columns * self._layout.rows}:
                self._begin_page()
            self._draw_cell(symbol, module, lines)
        self._serials.append(serial)
        self.codes += 1

    def check_captions(self, captions: Sequence[str]) -> list[Line]:
        """Return the lines that ``captions`` will take; raise what :meth:`add` would.

        Raises:
            LimitExceededError: they do not fit; ``where`` names the caption.
            MalformedError: a character that no page shows.
            UnsupportedError: a character that no font here has.
        """
        layout = self._layout
        room, lines = layout.cell[0] - 2 * GAP, layout.caption_lines
        if layout.beside:
            room -= layout.room + GAP
        points = layout.line * _LETTERS / POINT
        with inside("captions"):
            return self._pages.fitted(captions, room=room, points=points, lines=lines)

    def finish(self) -> None:
        """End the last page and write the last file.

        Raises:
            MalformedError: nothing was added.
        """
        if not self.codes:
            raise MalformedError("there is no code to print")
        self._end_file()

    def _close(self) -> None:
        self._pages.close()

    def _begin_page(self) -> None:
        self._end_page()
        if self.codes >= CODES_A_FILE * len(self.files):
            self._end_file()
            self._begin_file()
        self._pages.new_page()
        self.pages += 1
        layout = self._layout
        if layout.marks:
            width, height = layout.cell
            for column in range(layout.columns + 1):
                for row in range(layout.rows + 1):
                    self._pages.cross(layout.left + column * width, layout.top + row * height)

    def _end_page(self) -> None:
        """Write the head of the page, now that its last entry is known."""
        if self._serials and self._layout.top >= _HEAD_ROOM:
            layout = self._layout
            baseline = layout.top - 4
            span = " – ".join(dict.fromkeys((self._serials[0], self._serials[-1])))
            number = (f"{self.pages}  ·  {span}", _HEAD_POINTS)
            self._pages.text(number, layout.width - layout.left, baseline, align="right")
            self._pages.text(self._head[0], layout.left, baseline)
        self._serials = []

    def _begin_file(self) -> None:
        number = len(self.files) + 1
        name = f"{self._path.stem}-{number}{self._path.suffix}" if number > 1 else self._path.name
        target = self._path.with_name(name)
        refuse_other(target, _is_pdf, force=self._force)
        self.files.append(target)
        layout = self._layout
        self._pages = Pages(
            self._fonts, width=layout.width, height=layout.height, title=self._title, at=self._at
        )

    def _end_file(self) -> None:
        self._end_page()
        if self._pages.count:
            self._pages.write(self._stack.enter_context(replacing(self.files[-1], lasting=False)))

    def _module(self, symbol: Symbol, room: float) -> float:
        """Return the size of a module: whole dots of a printer, as large as there is room."""
        side = symbol.size + 2 * QUIET_ZONE
        dots = int(min(room / side, _MODULE_MAX) / _PRINTER_DOT + 1e-6)
        module = dots * _PRINTER_DOT
        floor = self._layout.module_min
        if module < floor:
            raise LimitExceededError(
                f"the modules of this code would be {module:.2f} mm wide, and below"
                f" {floor:g} mm print closes up: have fewer or larger cells on a page",
                where="text",
            )
        return module

    def _draw_cell(self, symbol: Symbol, module: float, lines: list[Line]) -> None:
        layout = self._layout
        row, column = divmod(len(self._serials), layout.columns)
        width, height = layout.cell
        left = layout.left + column * (width + layout.gap_x)
        top = layout.top + row * (height + layout.gap_y)
        room = layout.room
        if layout.beside:
            self._draw_code(symbol, module, left + GAP, top + (height - room) / 2, room)
            x, align = left + room + 2 * GAP, "left"
            y = top + (height - layout.line * layout.caption_lines) / 2
        else:
            self._draw_code(symbol, module, left + (width - room) / 2, top + GAP, room)
            x, align, y = left + width / 2, "center", top + GAP + room
        for line in lines:
            y += layout.line
            self._pages.text(line, x, y - layout.line * 0.25, align=align)

    def _draw_code(
        self, symbol: Symbol, module: float, left: float, top: float, room: float
    ) -> None:
        """Draw a code in the middle of a square, on whole dots of a printer."""
        inset = (room - symbol.size * module) / 2
        x, y = (round((edge + inset) / _PRINTER_DOT) * _PRINTER_DOT for edge in (left, top))
        self._pages.code(symbol, x, y, module)

    def _document(self, entry: SheetEntry) -> Document:
        layout = self._layout
        return Document(
            self._pages,
            size=(layout.width, layout.height),
            margins=(layout.left, layout.top),
            heading=entry.heading or self._title,
            fields=entry.fields,
            notes=entry.notes,
            photo=entry.photo,
        )


def _is_pdf(head: bytes) -> bool:
    return head.startswith(b"%PDF-")


@contextmanager
def open_sheet(  # noqa: PLR0913 - one parameter a choice
    path: str | PathLike[str],
    *,
    at: int,
    layout: Layout = A4,
    title: str = "",
    fonts: Sequence[str | PathLike[str]] | None = None,
    force: bool | None = None,
) -> Iterator[Sheet]:
    """Yield a sheet to add entries to; it stands at ``path`` if the block ends well.

    ``at`` (Unix seconds) is the time that the file says it was made at. ``fonts`` are font files
    in the order of preference, by default those of this machine. A file of another kind at
    ``path`` is replaced only by ``force``.

    Raises:
        MalformedError: nothing was added, or the title or a font cannot be used.
        SyncError: a file cannot be written.
        TrustError: a file of another kind is there.
        UnsupportedError: another suffix than .pdf, or the libraries that write it are missing.
    """
    target = Path(path)
    if target.suffix.lower() != ".pdf":
        raise UnsupportedError("sheets are saved as .pdf")
    with ExitStack() as stack:
        sheet = Sheet(
            target, layout=layout, title=title, at=at, fonts=Fonts(fonts), stack=stack, force=force
        )
        yield sheet
        sheet.finish()


def write_sheet(  # noqa: PLR0913 - as open_sheet
    entries: Iterable[SheetEntry],
    path: str | PathLike[str],
    *,
    at: int,
    layout: Layout = A4,
    title: str = "",
    fonts: Sequence[str | PathLike[str]] | None = None,
) -> Sheet:
    """Write a sheet of ``entries``, taken one by one, and return what was written.

    Raises:
        LimitExceededError: as :meth:`Sheet.add`; ``where`` names the entry.
        MalformedError: as :meth:`Sheet.add` and :func:`open_sheet`.
        SyncError: a file cannot be written.
        UnsupportedError: as :meth:`Sheet.add` and :func:`open_sheet`.
    """
    with open_sheet(path, at=at, layout=layout, title=title, fonts=fonts) as sheet:
        for number, entry in enumerate(entries):
            with inside(f"entries[{number}]"):
                sheet.add(entry)
    return sheet
