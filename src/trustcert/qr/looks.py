"""Image transformations before a reading attempt, those that find most for their time first.

A look changes the pixels so that another kind of damage stops mattering, and hands them to a
reader. The list and its order are measured by what each finds for its time on hard pictures
(``benchmarks/qr_pictures.py``). A median filter finds nothing that these do not find sooner.

====================================  ==============================================
look                                  what it rescues
====================================  ==============================================
histogram                             one threshold for all: missing print, steep tilt
smoothed                              sensor noise, specks (mean of 3 x 3)
darker, lighter                       faint and fat print, glare, bright spots (gamma 3 and 0.5)
equalised                             low contrast, motion
framed                                a code that is cut at its own edge, inverted ones too
small + darker                        large and worn codes (600 pixels a side, gamma 4)
smoothed + sharpened                  fat print, defocus, pages of small codes
doubled + smoothed                    small codes, from about 1.2 pixels a module
sharpened                             defocus, up to about 0.6 module
lighter + doubled                     small and dark
even light + thickened                faint print in uneven light
smoothed + doubled + sharpened        small, blurred and noisy
doubled + sharpened                   small and blurred
doubled or tripled, blurred, and      small, blurred, noisy and turned: what has everything
sharpened in several strengths
====================================  ==============================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["FRAME", "LOOKS", "REGION_LOOKS", "Look", "even_light", "is_busy", "within"]


class Look(NamedTuple):
    """A look: its name, its cost in plain looks, and what it makes of the pixels.

    ``scale`` is how many pixels of the result stand for one of the picture, ``histogram`` that
    the reader is to use one threshold for the whole picture, ``whole`` that the look is worth its
    time on pictures of over a megapixel.
    """

    name: str
    cost: float
    change: Callable[[Image.Image], Image.Image]
    scale: float = 1.0
    histogram: bool = False
    whole: bool = False


def within(pixels: Image.Image, most: int) -> Image.Image:
    """Return the picture, reduced where it has more than ``most`` pixels."""
    from PIL.Image import Resampling

    shrink = (most / (pixels.width * pixels.height)) ** 0.5
    if shrink >= 1:
        return pixels
    size = (max(1, int(pixels.width * shrink)), max(1, int(pixels.height * shrink)))
    return pixels.resize(size, Resampling.BILINEAR, reducing_gap=2.0)


def is_busy(pixels: Image.Image, most: int) -> bool:
    """Return whether more than ``most`` pixels differ from the mean around them, as no photo's do.

    A picture of finder patterns of one pixel a module is of this kind.
    """
    from PIL import ImageChops, ImageFilter

    around = pixels.filter(ImageFilter.BoxBlur(1))
    differences = ImageChops.difference(pixels, around).histogram()
    return sum(differences[9:]) > most


def even_light(pixels: Image.Image) -> Image.Image:
    """Return the differences from the mean of the surroundings, doubled, around middle grey."""
    from PIL import ImageChops, ImageFilter

    around = pixels.filter(ImageFilter.BoxBlur(20))
    return ImageChops.subtract(pixels, around, scale=0.5, offset=128)


def _gamma(exponent: float) -> Callable[[Image.Image], Image.Image]:
    levels = [round(255 * (level / 255) ** exponent) for level in range(256)]
    return lambda pixels: pixels.point(levels)


def _smoothed(pixels: Image.Image) -> Image.Image:
    from PIL import ImageFilter

    return pixels.filter(ImageFilter.BoxBlur(1))


def _blurred(radius: float) -> Callable[[Image.Image], Image.Image]:
    def change(pixels: Image.Image) -> Image.Image:
        from PIL import ImageFilter

        return pixels.filter(ImageFilter.GaussianBlur(radius))

    return change


def _sharpened(radius: float, percent: int) -> Callable[[Image.Image], Image.Image]:
    def change(pixels: Image.Image) -> Image.Image:
        from PIL import ImageFilter

        return pixels.filter(ImageFilter.UnsharpMask(radius, percent, threshold=0))

    return change


def _thickened(pixels: Image.Image) -> Image.Image:
    from PIL import ImageFilter

    return pixels.filter(ImageFilter.MinFilter(3))


def _thinned(pixels: Image.Image) -> Image.Image:
    from PIL import ImageFilter

    return pixels.filter(ImageFilter.MaxFilter(3))


def _equalised(pixels: Image.Image) -> Image.Image:
    from PIL import ImageOps

    return ImageOps.equalize(pixels)


def _enlarged(factor: int) -> Callable[[Image.Image], Image.Image]:
    def change(pixels: Image.Image) -> Image.Image:
        from PIL.Image import Resampling

        return pixels.resize((pixels.width * factor, pixels.height * factor), Resampling.BICUBIC)

    return change


def _same(pixels: Image.Image) -> Image.Image:
    return pixels


def _framed(pixels: Image.Image) -> Image.Image:
    """Invert, and give the quiet zone that a code of light modules lacks at the picture's edge."""
    from PIL import ImageOps

    return ImageOps.expand(ImageOps.invert(pixels), FRAME, fill=255)


FRAME: Final = 24
"""Pixels that the framed look adds on each side."""

_SMALL_SIDE: Final = 600
"""Pixels of the longer side of the look at a small picture."""


def _small(pixels: Image.Image) -> Image.Image:
    return within(pixels, _SMALL_SIDE * _SMALL_SIDE * 3 // 4)


def _after(*changes: Callable[[Image.Image], Image.Image]) -> Callable[[Image.Image], Image.Image]:
    def change(pixels: Image.Image) -> Image.Image:
        for step in changes:
            pixels = step(pixels)
        return pixels

    return change


_lighter: Final = _gamma(0.5)
_darker: Final = _gamma(3.0)

LOOKS: Final = (
    Look("histogram", 1.0, _same, histogram=True, whole=True),
    Look("smoothed", 2.6, _smoothed, whole=True),
    Look("darker", 1.3, _darker),
    Look("lighter", 1.6, _lighter),
    Look("equalised", 1.4, _equalised),
    Look("framed", 1.2, _framed),
    Look("small + darker", 1.1, _after(_small, _gamma(4.0))),
    Look("smoothed + sharpened", 6.5, _after(_smoothed, _sharpened(2, 400)), whole=True),
    Look("doubled + smoothed", 15.0, _after(_enlarged(2), _smoothed), scale=2.0),
    Look("sharpened", 5.2, _sharpened(2, 400)),
    Look("lighter + doubled", 9.5, _after(_gamma(0.25), _enlarged(2)), scale=2.0),
    Look(
        "smoothed + doubled + sharpened",
        31.0,
        _after(_smoothed, _enlarged(2), _sharpened(3, 400)),
        2.0,
    ),
    Look("even light + thickened", 15.0, _after(even_light, _thickened)),
    Look("doubled + sharpened", 26.0, _after(_enlarged(2), _sharpened(3, 400)), scale=2.0),
    Look(
        "doubled + blurred + sharpened",
        32.0,
        _after(_enlarged(2), _blurred(1.5), _sharpened(3, 800)),
        scale=2.0,
    ),
    Look("tripled + blurred", 40.0, _after(_enlarged(3), _blurred(2)), scale=3.0),
    Look(
        "doubled + more blurred + sharpened",
        32.0,
        _after(_enlarged(2), _blurred(2), _sharpened(4, 600)),
        scale=2.0,
    ),
    Look(
        "doubled + less blurred + sharpened",
        32.0,
        _after(_enlarged(2), _blurred(1), _sharpened(3, 400)),
        scale=2.0,
    ),
)
"""Looks at the whole picture, after the plain one."""

REGION_LOOKS: Final = (
    Look("region smoothed", 2.6, _smoothed),
    Look("region sharpened", 6.0, _sharpened(3, 400)),
    Look("region even light", 4.0, _after(even_light, _smoothed)),
    Look("region lighter", 1.6, _lighter),
    Look("region darker", 1.3, _gamma(2.0)),
    Look("region equalised", 1.4, _equalised),
    Look("region thickened", 8.0, _thickened),
    Look("region thinned", 8.0, _thinned),
)
"""Looks at a symbol that was located and not read, made square."""
