"""QR codes out and in: text to PNG, SVG and terminal; pictures to text.

Importing this package loads no image library: each function loads what it needs.
"""

from trustcert.qr.draw import png, save, svg, terminal
from trustcert.qr.reader import Code, Reader, Scan, readers, scan
from trustcert.qr.symbol import LEVELS, Symbol, matrix

__all__ = [
    "LEVELS",
    "Code",
    "Reader",
    "Scan",
    "Symbol",
    "matrix",
    "png",
    "readers",
    "save",
    "scan",
    "svg",
    "terminal",
]
