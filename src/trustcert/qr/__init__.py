"""QR codes out and in: text to PNG, SVG and terminal; pictures to text.

Importing this package loads no image library: each function loads what it needs.
"""

from trustcert.qr.draw import png, save, svg, terminal
from trustcert.qr.symbol import LEVELS, Symbol, matrix

__all__ = ["LEVELS", "Symbol", "matrix", "png", "save", "svg", "terminal"]
