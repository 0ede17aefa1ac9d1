"""QR codes in colour, with rounded modules or a logo, read back before they are handed out.

The symbol is the same as :func:`trustcert.qr.matrix` makes; qrcode only draws it. Dark modules on
a light ground alone: many readers miss the inverse. Hand scanners light with red, in which red is
white: a dark colour that is light in red is refused unless the caller says that none is used. A
logo covers modules, so it needs error
correction H, and whatever the style, the picture is scanned once: a code that looks well and does
not read is refused here and not at a checkpoint.
"""

from __future__ import annotations

import io
from os import PathLike
from typing import TYPE_CHECKING, Final, TypeAlias

from trustcert.errors import MalformedError
from trustcert.qr.draw import QUIET_ZONE, dots_per_inch, refuse_out_of_range
from trustcert.qr.reader import scan
from trustcert.qr.symbol import Symbol, matrix

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Colour", "styled_png"]

Colour: TypeAlias = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

_CONTRAST: Final = 128  # of 255 grey levels


def styled_png(  # noqa: PLR0913 - a style is many choices
    text: str,
    *,
    error_correction: str = "Q",
    scale: int = 10,
    quiet_zone: int = QUIET_ZONE,
    dark: Colour = (0, 0, 0),
    light: Colour = (255, 255, 255),
    rounded: bool = True,
    red_light: bool = True,
    logo: str | PathLike[str] | Image.Image | None = None,
) -> bytes:
    """Return a PNG file in colour that was read back.

    ``logo`` is drawn in its own shape inside a square, the middle quarter of the width.
    ``red_light=False`` says that no scanner with a red light will read the code.

    Raises:
        LimitExceededError: the text does not fit one symbol.
        MalformedError: too little contrast, a logo without error correction H, a logo that cannot
            be read, an argument out of its range, or a picture that does not read back.
    """
    refuse_out_of_range(scale, quiet_zone)
    if _grey(light) - _grey(dark) < _CONTRAST:
        raise MalformedError("too little contrast of dark modules on a light ground", where="dark")
    if red_light and light[0] - dark[0] < _CONTRAST:
        raise MalformedError(
            "scanners with a red light see no contrast here: take a dark colour with less red in"
            " it, or say red_light=False",
            where="dark",
        )
    if logo is not None and error_correction != "H":
        raise MalformedError("a logo needs H", where="error_correction")
    symbol = matrix(text, error_correction=error_correction)
    picture = _drawn(symbol, scale, quiet_zone, (dark, light), rounded=rounded, logo=_logo(logo))
    file = io.BytesIO()
    dots = dots_per_inch(scale)
    picture.save(file, "PNG", dpi=(dots, dots))
    if text not in scan(picture, accept=text.__eq__).texts:
        raise MalformedError("this style does not read back: a larger scale or less of it would")
    return file.getvalue()


def _grey(colour: Colour) -> float:
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue  # ITU-R BT.601, as readers reckon


def _logo(logo: str | PathLike[str] | Image.Image | None) -> Image.Image | None:
    from PIL import Image

    if logo is None:
        return None
    try:
        opened = logo if isinstance(logo, Image.Image) else Image.open(logo, formats=_LOGO_FORMATS)
        picture = opened.convert("RGBA")
    except (OSError, ValueError) as error:
        raise MalformedError("the logo cannot be read", where="logo") from error
    side = max(picture.size)  # qrcode draws a square: what is not square gets a clear border
    square = Image.new("RGBA", (side, side))
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square


_LOGO_FORMATS: Final = ("PNG", "JPEG", "WEBP")


def _drawn(  # noqa: PLR0913 - a style is many choices
    symbol: Symbol,
    scale: int,
    quiet_zone: int,
    colours: tuple[Colour, Colour],
    *,
    rounded: bool,
    logo: Image.Image | None,
) -> Image.Image:
    """Let qrcode draw our modules."""
    from qrcode.constants import ERROR_CORRECT_H
    from qrcode.image.styledpil import StyledPilImage
    from qrcode.image.styles.colormasks import SolidFillColorMask
    from qrcode.image.styles.moduledrawers.pil import RoundedModuleDrawer, SquareModuleDrawer
    from qrcode.main import QRCode

    code = QRCode(
        version=symbol.version,
        error_correction=ERROR_CORRECT_H,  # what qrcode asks of codes with a logo; not drawn
        box_size=scale,
        border=quiet_zone,
    )
    code.modules = [[bool(module) for module in row] for row in symbol.rows]
    code.modules_count = symbol.size
    code.data_cache = []  # nothing left to compute
    dark, light = colours
    drawn = code.make_image(
        image_factory=StyledPilImage,
        module_drawer=RoundedModuleDrawer() if rounded else SquareModuleDrawer(),
        color_mask=SolidFillColorMask(back_color=light, front_color=dark),
        embedded_image=logo,
    )
    picture: Image.Image = drawn.get_image()
    return picture.convert("RGB")
