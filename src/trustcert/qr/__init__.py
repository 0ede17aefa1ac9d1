"""QR codes out and in: text to PNG, SVG, terminal and printed sheets; pictures to text.

Importing this package loads no image library: each function loads what it needs.
"""

from trustcert.qr.draw import png, save, svg, terminal
from trustcert.qr.layouts import A4, DOCUMENT, Layout, labels
from trustcert.qr.printed import captions_of, entry_of
from trustcert.qr.process import ReaderProcess
from trustcert.qr.reader import (
    BUDGET,
    SYMBOLOGIES,
    Code,
    ReaderLibrary,
    Scan,
    reader_libraries,
    scan,
)
from trustcert.qr.scanner_input import heal, other_layouts, signed_reading, split
from trustcert.qr.sheets import Sheet, SheetEntry, open_sheet, write_sheet
from trustcert.qr.styled import styled_png
from trustcert.qr.symbol import LEVELS, Symbol, matrix
from trustcert.qr.video import FRAME_BUDGET, Reader

__all__ = [
    "A4",
    "BUDGET",
    "DOCUMENT",
    "FRAME_BUDGET",
    "LEVELS",
    "SYMBOLOGIES",
    "Code",
    "Layout",
    "Reader",
    "ReaderLibrary",
    "ReaderProcess",
    "Scan",
    "Sheet",
    "SheetEntry",
    "Symbol",
    "captions_of",
    "entry_of",
    "heal",
    "labels",
    "matrix",
    "open_sheet",
    "other_layouts",
    "png",
    "reader_libraries",
    "save",
    "scan",
    "signed_reading",
    "split",
    "styled_png",
    "svg",
    "terminal",
    "write_sheet",
]
