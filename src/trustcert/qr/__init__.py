"""QR codes out and in: text to PNG, SVG, terminal and printed sheets; pictures to text.

Importing this package loads no image library: each function loads what it needs.
"""

from trustcert.qr.draw import png, save, svg, terminal
from trustcert.qr.healing import heal
from trustcert.qr.layouts import A4, DOCUMENT, Layout, labels
from trustcert.qr.printed import captions_of, entry_of
from trustcert.qr.reader import Code, Reader, Scan, readers, scan
from trustcert.qr.sheets import Sheet, SheetEntry, open_sheet, write_sheet
from trustcert.qr.styled import styled_png
from trustcert.qr.symbol import LEVELS, Symbol, matrix

__all__ = [
    "A4",
    "DOCUMENT",
    "LEVELS",
    "Code",
    "Layout",
    "Reader",
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
    "png",
    "readers",
    "save",
    "scan",
    "styled_png",
    "svg",
    "terminal",
    "write_sheet",
]
