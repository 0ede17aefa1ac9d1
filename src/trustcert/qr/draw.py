"""QR symbols as PNG, SVG and terminal text, and into files.

The quiet zone is four modules wide unless told otherwise (ISO/IEC 18004:2015 section 9.1): without
it readers find fewer symbols. PNG is written here, one bit a pixel, with no image library: a
repeated pixel row is an "up" filter over zeros (PNG, ISO/IEC 15948, section 9), which is both
smaller and faster than an image library's general case. The same text always gives the same file.

A picture says how large it is to be printed: at 300 dots an inch, or so that a module has a quarter
of a millimetre where that is more.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Final

from trustcert.errors import MalformedError, UnsupportedError
from trustcert.files import write_whole
from trustcert.qr.symbol import Symbol, matrix

__all__ = [
    "DPI",
    "QUIET_ZONE",
    "SCALE",
    "dots_per_inch",
    "png",
    "refuse_out_of_range",
    "save",
    "svg",
    "symbol_png",
    "symbol_svg",
    "symbol_terminal",
    "terminal",
]

QUIET_ZONE: Final = 4
"""Modules of light margin on each side."""

SCALE: Final = 4
"""Pixels a module, unless told otherwise."""

DPI: Final = 300
"""Dots an inch that a picture is meant to be printed at."""

_SCALE_PRINTED: Final = 3
"""Dots a module, a quarter of a millimetre at :data:`DPI`, below which print closes up."""

_SCALE_MAX: Final = 100
_QUIET_ZONE_MAX: Final = 100


def png(
    text: str, *, error_correction: str = "M", scale: int = SCALE, quiet_zone: int = QUIET_ZONE
) -> bytes:
    """Return a PNG file, black on white, ``scale`` pixels a module.

    Raises:
        LimitExceededError: the text does not fit one symbol.
        MalformedError: no text, or an argument out of its range.
    """
    return symbol_png(
        matrix(text, error_correction=error_correction), scale=scale, quiet_zone=quiet_zone
    )


def svg(
    text: str, *, error_correction: str = "M", scale: int = SCALE, quiet_zone: int = QUIET_ZONE
) -> str:
    """Return an SVG document in millimetres, ``scale`` dots of 300 an inch a module.

    Raises:
        LimitExceededError: the text does not fit one symbol.
        MalformedError: no text, or an argument out of its range.
    """
    return symbol_svg(
        matrix(text, error_correction=error_correction), scale=scale, quiet_zone=quiet_zone
    )


def terminal(
    text: str,
    *,
    error_correction: str = "M",
    quiet_zone: int = QUIET_ZONE,
    colour: bool = True,
    light_background: bool = False,
) -> str:
    """Return lines of half blocks, two modules high a line, without a final newline.

    With ``colour`` each line sets black on white itself (ANSI, ECMA-48 SGR), so the code is the
    same on dark and on light terminals. Without it (``NO_COLOR``, a file) the blocks take the
    terminal's foreground: say ``light_background=True`` where that is dark.

    Raises:
        LimitExceededError: the text does not fit one symbol.
        MalformedError: no text, or an argument out of its range.
    """
    return symbol_terminal(
        matrix(text, error_correction=error_correction),
        quiet_zone=quiet_zone,
        colour=colour,
        light_background=light_background,
    )


def save(
    text: str,
    path: str | Path,
    *,
    error_correction: str = "M",
    scale: int = SCALE,
    quiet_zone: int = QUIET_ZONE,
) -> Symbol:
    """Write a ``.png`` or ``.svg`` file in one step and return the symbol that it shows.

    A reader sees the old file or the whole new one, never a part.

    Raises:
        LimitExceededError: the text does not fit one symbol.
        MalformedError: no text, or an argument out of its range.
        SyncError: the file cannot be written.
        UnsupportedError: another suffix.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in (".png", ".svg"):
        raise UnsupportedError("QR codes are saved as .png or .svg")
    symbol = matrix(text, error_correction=error_correction)
    if suffix == ".png":
        data = symbol_png(symbol, scale=scale, quiet_zone=quiet_zone)
    else:
        data = symbol_svg(symbol, scale=scale, quiet_zone=quiet_zone).encode()
    write_whole(target, data, lasting=False)
    return symbol


_TO_BITS: Final = bytes.maketrans(b"\x00\x01", b"10")


def symbol_png(symbol: Symbol, *, scale: int = SCALE, quiet_zone: int = QUIET_ZONE) -> bytes:
    """Return ``symbol`` as a PNG file of one bit a pixel.

    Raises:
        MalformedError: an argument out of its range.
    """
    refuse_out_of_range(scale, quiet_zone)
    side = (symbol.size + 2 * quiet_zone) * scale
    stride = (side + 7) // 8
    light, dark = b"1" * scale, b"0" * scale
    margin = light * quiet_zone
    padding = b"1" * (stride * 8 - side)
    blank = b"\x00" + b"\xff" * stride
    same = b"\x02" + bytes(stride)
    edge = blank * bool(quiet_zone) + same * (quiet_zone * scale - 1)
    lines = [edge]
    for row in symbol.rows:
        bits = row.translate(_TO_BITS)
        if scale > 1:
            bits = bits.replace(b"0", b"x").replace(b"1", light).replace(b"x", dark)
        line = int(margin + bits + margin + padding, 2).to_bytes(stride, "big")
        lines.append(b"\x00" + line + same * (scale - 1))
    lines.append(edge)
    metre = round(dots_per_inch(scale) / 0.0254)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"pHYs", struct.pack(">IIB", metre, metre, 1)),  # dots a metre
            _chunk(b"IDAT", zlib.compress(b"".join(lines), 6)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(data, zlib.crc32(kind))
    return len(data).to_bytes(4, "big") + kind + data + check.to_bytes(4, "big")


def symbol_svg(symbol: Symbol, *, scale: int = SCALE, quiet_zone: int = QUIET_ZONE) -> str:
    """Return ``symbol`` as an SVG 1.1 document: one path, one run of dark modules a step.

    Raises:
        MalformedError: an argument out of its range.
    """
    refuse_out_of_range(scale, quiet_zone)
    side = symbol.size + 2 * quiet_zone
    length = f"{side * scale * 25.4 / dots_per_inch(scale):.3f}mm"
    path = "".join(
        f"M{quiet_zone + start} {quiet_zone + y}h{run}v1h-{run}z"
        for y, row in enumerate(symbol.rows)
        for start, run in _dark_runs(row)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{length}" height="{length}"'
        f' viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>\n'
    )


def _dark_runs(row: bytes) -> list[tuple[int, int]]:
    runs = []
    start = row.find(1)
    while start >= 0:
        end = row.find(0, start)
        end = len(row) if end < 0 else end
        runs.append((start, end - start))
        start = row.find(1, end)
    return runs


_INK: Final = "\x1b[38;5;16;48;5;231m"  # black on white of the 256-colour cube: no theme moves it
_RESET: Final = "\x1b[0m"
_DARK_BLOCKS: Final = " ▄▀█"  # by 2 * (upper is dark) + (lower is dark)


def symbol_terminal(
    symbol: Symbol,
    *,
    quiet_zone: int = QUIET_ZONE,
    colour: bool = True,
    light_background: bool = False,
) -> str:
    """Return ``symbol`` as lines of half blocks; see :func:`terminal`.

    Raises:
        MalformedError: an argument out of its range.
    """
    refuse_out_of_range(1, quiet_zone)
    side = bytes(quiet_zone)
    blank = bytes(symbol.size + 2 * quiet_zone)
    rows = [blank] * quiet_zone + [side + r + side for r in symbol.rows] + [blank] * quiet_zone
    if len(rows) % 2:
        rows.append(blank)
    blocks = _DARK_BLOCKS if colour or light_background else _DARK_BLOCKS[::-1]
    lines = (
        "".join(blocks[2 * upper + lower] for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )
    if colour:
        lines = (f"{_INK}{line}{_RESET}" for line in lines)
    return "\n".join(lines)


def dots_per_inch(scale: int) -> int:
    """Return at how many dots an inch a picture of ``scale`` pixels a module is to be printed."""
    return DPI * min(scale, _SCALE_PRINTED) // _SCALE_PRINTED


def refuse_out_of_range(scale: int, quiet_zone: int) -> None:
    """Refuse sizes that no code has.

    Raises:
        MalformedError: an argument out of its range.
    """
    if not 1 <= scale <= _SCALE_MAX:
        raise MalformedError(f"not 1 to {_SCALE_MAX} pixels a module", where="scale")
    if not 0 <= quiet_zone <= _QUIET_ZONE_MAX:
        raise MalformedError(f"not 0 to {_QUIET_ZONE_MAX} modules", where="quiet_zone")
