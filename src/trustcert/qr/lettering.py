"""Words on pixels, every character shown: by a font that has it, or as its code point.

A name may hold characters that no installed font draws (U+2CB4E, private use of old systems). A
box or a question mark would show another name; so such a character is written as ``U+2CB4E``.
Characters are looked up one by one along the fonts, the first that has one draws it. Control
characters, bidirectional ones among them, are always named.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustcert.errors import MalformedError

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

_FOLDERS: Final = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
_WANTED: Final = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "NotoSansSC-Regular.ttf",
    "SourceHanSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "PingFang.ttc",
    "STHeiti Light.ttc",
    "msyh.ttc",
    "simsun.ttc",
    "simsunb.ttf",
    "DejaVuSans.ttf",
    "Arial Unicode.ttf",
    "arial.ttf",
)
_SPACES: Final = " \u00a0\u3000"
_INVISIBLE: Final = ("Cc", "Cf", "Cs")  # controls, which fonts draw as they please
_FACES_MAX: Final = 16  # of one collection


@cache
def system_fonts() -> tuple[Path, ...]:
    """Return the fonts of this machine that suit captions, Chinese ones first."""
    found: dict[str, Path] = {}
    for folder in _FOLDERS:
        for parent, _, files in os.walk(Path(folder).expanduser()):
            for name in files:
                found.setdefault(name, Path(parent, name))
    return tuple(found[name] for name in _WANTED if name in found)


class Lettering:
    """Fonts at one size; state is a memory of which font has which character."""

    def __init__(self, fonts: Sequence[Path], pixels: int) -> None:
        """Load ``fonts`` at ``pixels`` a line; without any, the one that Pillow carries.

        Raises:
            MalformedError: a font cannot be read.
        """
        self.pixels = pixels
        self._faces = [_face(path, pixels) for path in fonts] or [_carried(pixels)]
        self._missing = [_shape(face, "\U0010ffff") for face in self._faces]
        self._known: dict[str, int | None] = {}

    def width(self, text: str) -> float:
        """Return the pixels that ``text`` takes in a line."""
        return sum(face.getlength(run) for face, run in self._runs(text))

    def draw(self, canvas: ImageDraw.ImageDraw, at: tuple[float, float], text: str) -> None:
        """Draw ``text`` in black, its left end on the baseline ``at``."""
        x, baseline = at
        for face, run in self._runs(text):
            canvas.text((x, baseline), run, fill=0, font=face, anchor="ls")
            x += face.getlength(run)

    def _runs(self, text: str) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
        shown = ((self._font_of(letter), letter) for letter in text)
        for index, letters in groupby(shown, key=lambda pair: pair[0]):
            run = "".join(letter for _, letter in letters)
            if index is None:
                latin = self._faces[self._font_of("U") or 0]
                yield latin, "".join(f"U+{ord(letter):04X}" for letter in run)
            else:
                yield self._faces[index], run

    def _font_of(self, letter: str) -> int | None:
        if letter not in self._known:
            owners = (i for i, face in enumerate(self._faces) if self._has(i, face, letter))
            self._known[letter] = next(owners, None)
        return self._known[letter]

    def _has(self, index: int, face: ImageFont.FreeTypeFont, letter: str) -> bool:
        if letter in _SPACES or unicodedata.category(letter) in _INVISIBLE:
            return letter in _SPACES
        return _shape(face, letter) not in (self._missing[index], None)


def _shape(face: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes] | None:
    """Return the pixels of ``letter``, or ``None`` where it leaves none."""
    mask = face.getmask(letter)
    pixels = bytes(mask)
    return (mask.size, pixels) if any(pixels) else None


def _face(path: Path, pixels: int) -> ImageFont.FreeTypeFont:
    """Load a font; of a collection the face for simplified Chinese, where it has one."""
    from PIL import ImageFont

    try:
        first = ImageFont.truetype(path, pixels)
        if path.suffix.lower() != ".ttc":
            return first
        for index in range(_FACES_MAX):
            try:
                face = ImageFont.truetype(path, pixels, index=index)
            except OSError:
                break
            if (face.getname()[0] or "").endswith((" SC", " CN")):
                return face
    except (OSError, ValueError) as error:
        raise MalformedError("the font cannot be read", where="font") from error
    return first


def _carried(pixels: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    face = ImageFont.load_default(pixels)
    if not isinstance(face, ImageFont.FreeTypeFont):
        raise MalformedError("no font was found and none is built in: name one", where="font")
    return face
