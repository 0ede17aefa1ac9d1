"""Pictures to the texts of the QR and Aztec codes in them.

The first look is zxing-cpp's, for QR codes only: five times faster than all symbologies, and no
phantom linear codes. If it finds nothing acceptable a ladder of second looks follows, each of
which rescues another kind of damage:

=============================  ===================================================
look                           what it rescues
=============================  ===================================================
plain                          most pictures
smoothed                       sensor noise, specks (mean of 3 x 3)
doubled                        small codes, from about 1.2 pixels a module
aztec                          Aztec codes (ISO/IEC 24778)
sharpened                      defocus, up to about 0.6 module
median                         dust, print dots, dropped pixels
doubled, sharpened             small and blurred
smoothed, doubled, sharpened   small, blurred and noisy
zbar                           what another reader sees in the plain picture
=============================  ===================================================

Pictures of over 4 megapixels are not doubled: their codes are not small.

A reader miscorrects about one code in a thousand into another text, and only a signature can
tell. So a caller that holds keys passes ``accept``: looking ends when it accepts a text, and what
it refused is reported apart. Every look after the first starts only inside the time budget;
a look that has started runs to its end, which the limit of pixels bounds.

What a symbol holds is bytes. ``Code.raw`` has them exactly as they stand in the symbol.
``Code.text`` is their text: by the character set that the symbol declares (ECI, kanji mode), as
UTF-8 where nothing is declared and the bytes are UTF-8, and otherwise zxing-cpp's guess, which for
eight-bit bytes may be wrong: formats that travel as bytes read ``raw``. zbar hands over text only:
there ``raw`` is that text in UTF-8, exact for ASCII.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from trustcert.limits import IMAGE_BYTES, IMAGE_CODES, IMAGE_PIXELS
from trustcert.qr.picture import Picture, grey
from trustcert.values import PublicValue, Value

if TYPE_CHECKING:
    from PIL import Image

BUDGET: Final = 2.0
"""Seconds after which no further look starts, unless told otherwise."""

_DOUBLED_PIXELS: Final = 4_000_000


class Code(Value, frozen=True, kw_only=True):
    """One code in a picture.

    ``symbology`` is ``QR`` or ``Aztec``; ``corners`` are pixels of the upright picture, clockwise
    from the symbol's own top left; ``look`` names the look that found it. Text and bytes may be
    personal data and stay out of the ``repr``.
    """

    _shown = ("symbology", "corners", "look")

    text: str
    raw: bytes
    symbology: str
    corners: tuple[tuple[int, int], ...]
    look: str


class Scan(PublicValue, frozen=True, kw_only=True):
    """What was found in a picture, and by which looks.

    ``accepted`` are the codes that the caller's ``accept`` took (all of them without one),
    ``refused`` the others. ``tried`` names the looks in their order. ``out_of_time`` says that
    looks were left out, ``more`` that there were more codes than the limit.
    """

    accepted: tuple[Code, ...]
    refused: tuple[Code, ...]
    tried: tuple[str, ...]
    out_of_time: bool
    more: bool

    @property
    def codes(self) -> tuple[Code, ...]:
        """All codes, the accepted ones first."""
        return self.accepted + self.refused

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of all codes, the accepted ones first."""
        return tuple(code.text for code in self.codes)


def scan(  # noqa: PLR0913 - one argument a limit
    picture: Picture,
    *,
    accept: Callable[[str], bool] | None = None,
    budget: float = BUDGET,
    clock: Callable[[], float] = time.monotonic,
    max_bytes: int = IMAGE_BYTES,
    max_pixels: int = IMAGE_PIXELS,
    max_codes: int = IMAGE_CODES,
) -> Scan:
    """Return the codes in ``picture``; none found is an empty scan, not an error.

    ``budget`` is in seconds on ``clock``, from the call on, reading the picture included; 0 allows
    the first look alone, as fits a video stream.

    Raises:
        LimitExceededError: more bytes or pixels than allowed.
        MalformedError: not a whole PNG, JPEG or WebP picture.
        SyncError: the path or the file object cannot be read.
    """
    deadline = clock() + budget
    pixels = grey(picture, max_bytes=max_bytes, max_pixels=max_pixels)
    accepted: dict[tuple[str, bytes], Code] = {}
    refused: dict[tuple[str, bytes], Code] = {}
    tried: list[str] = []
    out_of_time = False
    for name, look in _looks(pixels):
        out_of_time = bool(tried) and clock() >= deadline
        if out_of_time:
            break
        tried.append(name)
        for code in look():
            key = (code.symbology, code.raw)
            if key not in accepted and key not in refused:
                taken = accept is None or accept(code.text)
                (accepted if taken else refused)[key] = code
        if accepted:
            break
    codes = (*accepted.values(), *refused.values())[:max_codes]
    return Scan(
        accepted=codes[: len(accepted)],
        refused=codes[len(accepted) :],
        tried=tuple(tried),
        out_of_time=out_of_time,
        more=len(accepted) + len(refused) > len(codes),
    )


def _looks(pixels: Image.Image) -> Iterator[tuple[str, Callable[[], list[Code]]]]:
    """Yield the names of the looks and the looks, not yet taken."""
    from PIL import ImageFilter

    mean = ImageFilter.BoxBlur(1)
    fine = ImageFilter.UnsharpMask(radius=2, percent=400, threshold=0)
    coarse = ImageFilter.UnsharpMask(radius=3, percent=400, threshold=0)
    yield "plain", lambda: _zxing(pixels, "plain")
    yield "smoothed", lambda: _zxing(pixels.filter(mean), "smoothed")
    small = pixels.width * pixels.height <= _DOUBLED_PIXELS
    if small:
        yield "doubled", lambda: _zxing(_doubled(pixels), "doubled", factor=2)
    yield "aztec", lambda: _zxing(pixels, "aztec", aztec=True)
    yield "sharpened", lambda: _zxing(pixels.filter(fine), "sharpened")
    yield "median", lambda: _zxing(pixels.filter(ImageFilter.MedianFilter(3)), "median")
    if small:
        look = "doubled, sharpened"
        yield look, lambda: _zxing(_doubled(pixels).filter(coarse), look, factor=2)
        last = "smoothed, doubled, sharpened"
        yield last, lambda: _zxing(_doubled(pixels.filter(mean)).filter(coarse), last, factor=2)
    if _pyzbar() is not None:
        yield "zbar", lambda: _zbar(pixels)


def _doubled(pixels: Image.Image) -> Image.Image:
    from PIL.Image import Resampling

    return pixels.resize((pixels.width * 2, pixels.height * 2), Resampling.BICUBIC)


def _zxing(pixels: Image.Image, look: str, *, factor: int = 1, aztec: bool = False) -> list[Code]:
    import zxingcpp

    formats = zxingcpp.BarcodeFormat
    wanted = formats.Aztec if aztec else formats.QRCodeModel2
    found = zxingcpp.read_barcodes(
        pixels, formats=zxingcpp.BarcodeFormats(wanted), text_mode=zxingcpp.TextMode.Plain
    )
    return [
        Code(
            text=barcode.text,
            raw=barcode.bytes,
            symbology="Aztec" if aztec else "QR",
            corners=_corners(barcode.position, factor),
            look=look,
        )
        for barcode in found
    ]


def _corners(position: Any, factor: int) -> tuple[tuple[int, int], ...]:
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return tuple((point.x // factor, point.y // factor) for point in points)


def _zbar(pixels: Image.Image) -> list[Code]:
    pyzbar = _pyzbar()
    try:
        found = pyzbar.decode(pixels, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except pyzbar.PyZbarError:
        return []
    return [
        Code(
            text=symbol.data.decode(errors="replace"),
            raw=symbol.data,
            symbology="QR",
            corners=tuple((point.x, point.y) for point in symbol.polygon),
            look="zbar",
        )
        for symbol in found
    ]


@cache
def _pyzbar() -> Any:
    """Return the module, or ``None`` where it or its libzbar is not installed."""
    try:
        from pyzbar import pyzbar
    except (ImportError, OSError):
        return None
    return pyzbar


class Reader(PublicValue, frozen=True, kw_only=True):
    """A library that reads codes, and why it is not there where it is not."""

    name: str
    available: bool
    problem: str = ""


def readers() -> tuple[Reader, ...]:
    """Return the readers in the order in which they look."""
    zbar = _pyzbar() is not None
    return (
        Reader(name="zxing-cpp", available=True),
        Reader(name="zbar", available=zbar, problem="" if zbar else "libzbar is not installed"),
    )
