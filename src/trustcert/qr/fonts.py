"""Fonts for printed text: which font file of this machine has which character.

Nothing is printed as a box, a question mark or a code point: that would be another name. A text
with a character that no font at hand has is refused, and the message names the package that has
one. Fonts are looked for in the folders of the system, and in the package of Chinese fonts that
the extra ``trustcert[print]`` installs.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from trustcert.errors import MalformedError, UnsupportedError
from trustcert.values import PublicValue

__all__ = ["Face", "Fonts", "is_simple", "system_fonts"]

_FOLDERS: Final = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
_PACKAGE: Final = "pylopdf_fonts_zh_cn"
_FACES_MAX: Final = 16  # of one collection


class _Script(PublicValue, frozen=True, kw_only=True):
    """The characters of one writing system, font files that have them, a package with one."""

    name: str
    blocks: tuple[tuple[int, int], ...]
    files: tuple[str, ...]
    package: str


_HAN: Final = _Script(
    name="Chinese",
    blocks=((0x2E80, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF)),
    files=(
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
        "uming.ttc",
        "Arial Unicode.ttf",
    ),
    package="fonts-noto-cjk",
)
_RARE: Final = _Script(
    name="rare Chinese",
    blocks=((0x20000, 0x3FFFF),),
    files=("BabelStoneHan.ttf", "HanaMinA.ttf", "HanaMinB.ttf", "simsunb.ttf"),
    package="fonts-hanazono",
)
_OTHERS: Final = (
    _Script(
        name="Tibetan",
        blocks=((0x0F00, 0x0FFF),),
        files=("NotoSerifTibetan-Regular.ttf", "Jomolhari.ttf", "himalaya.ttf", "Kailasa.ttc"),
        package="fonts-noto-core",
    ),
    _Script(
        name="Arabic or Uyghur",
        blocks=((0x0600, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08FF), (0xFB50, 0xFEFC)),
        files=("NotoNaskhArabic-Regular.ttf", "NotoSansArabic-Regular.ttf", "msuighur.ttf"),
        package="fonts-noto-core",
    ),
    _Script(
        name="Mongolian",
        blocks=((0x1800, 0x18AF),),
        files=("NotoSansMongolian-Regular.ttf", "monbaiti.ttf"),
        package="fonts-noto-core",
    ),
    _Script(
        name="Yi",
        blocks=((0xA000, 0xA4CF),),
        files=("NotoSansYi-Regular.ttf", "msyi.ttf"),
        package="fonts-noto-core",
    ),
    _Script(
        name="Dai, Lisu, Thai or Devanagari",
        blocks=((0x0900, 0x097F), (0x0E00, 0x0E7F), (0x1950, 0x19DF), (0xA4D0, 0xA4FF)),
        files=(
            "NotoSansTaiLe-Regular.ttf",
            "NotoSansNewTaiLue-Regular.ttf",
            "NotoSansLisu-Regular.ttf",
            "NotoSansThai-Regular.ttf",
            "NotoSansDevanagari-Regular.ttf",
        ),
        package="fonts-noto-core",
    ),
)
_LATIN: Final = _Script(
    name="Latin, Greek or Cyrillic",
    blocks=((0x0000, 0x058F), (0x1E00, 0x2BFF)),
    files=("NotoSans-Regular.ttf", "DejaVuSans.ttf", "arial.ttf", "Arial.ttf"),
    package="fonts-dejavu-core",
)
_SCRIPTS: Final = (_HAN, _RARE, *_OTHERS, _LATIN)

_JOINERS: Final = "\u200c\u200d\u180e"
_SELECTORS: Final = ((0xFE00, 0xFE0F), (0x180B, 0x180D), (0x180F, 0x180F), (0xE0100, 0xE01EF))
_SIMPLE: Final = (*_HAN.blocks, *_RARE.blocks, (0xA000, 0xA4CF), (0x0020, 0x02FF), (0x0370, 0x058F))
_SIMPLE_TOO: Final = ((0x1E00, 0x1FFF), (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x2BFF))


class Face(PublicValue, frozen=True, kw_only=True):
    """One font of a font file; ``index`` is its place in a collection."""

    path: Path
    index: int = 0


@cache
def system_fonts() -> tuple[Path, ...]:
    """Return the font files of this machine that are known to suit, Chinese ones first."""
    found: dict[str, Path] = {}
    for folder in _FOLDERS:
        for parent, _, files in os.walk(Path(folder).expanduser()):
            for name in files:
                found.setdefault(name, Path(parent, name))
    carried = find_spec(_PACKAGE)
    for folder in (carried.submodule_search_locations or ()) if carried else ():
        for path in sorted(Path(folder).glob("*.otf")):
            found.setdefault(path.name, path)
    wanted = [name for script in _SCRIPTS for name in script.files]
    return tuple(found[name] for name in wanted if name in found)


@lru_cache(maxsize=4096)
def is_simple(text: str) -> bool:
    """Return whether ``text`` is set glyph by glyph: no joining, marks or direction."""
    if text.isascii():
        return True
    return all(
        any(first <= ord(letter) <= last for first, last in (*_SIMPLE, *_SIMPLE_TOO))
        and not unicodedata.combining(letter)
        for letter in text
    )


class Fonts:
    """The faces at hand, and a memory of which of them has which character."""

    def __init__(self, paths: Sequence[str | os.PathLike[str]] | None = None) -> None:
        """Take ``paths`` in the order of preference; by default the fonts of this machine.

        Raises:
            MalformedError: a font file cannot be read.
        """
        given = system_fonts() if paths is None else tuple(Path(path) for path in paths)
        self.faces = tuple(_face(path) for path in given)
        self._characters: dict[Face, frozenset[int]] = {}
        self._known: dict[str, Face] = {}
        if paths is not None:
            for face in self.faces:
                self._characters_of(face)

    def of(self, letter: str) -> Face:
        """Return the first face that has ``letter``.

        Raises:
            MalformedError: a control, private or bidirectional character, which no page shows.
            UnsupportedError: no font at hand has it; the message names the package to install.
        """
        if letter not in self._known:
            self._known[letter] = self._found(letter)
        return self._known[letter]

    def of_text(self, text: str) -> list[Face]:
        """Return the faces that ``text`` needs, each once, in the order of their first character.

        Raises:
            MalformedError: as :meth:`of`.
            UnsupportedError: as :meth:`of`.
        """
        visible = (letter for letter in text if not _unseen(letter))
        return list(dict.fromkeys(self.of(letter) for letter in visible))

    def _found(self, letter: str) -> Face:
        if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
            raise MalformedError(f"U+{ord(letter):04X} is not a character that can be printed")
        for face in self.faces:
            if ord(letter) in self._characters_of(face):
                return face
        if not self.faces:
            raise UnsupportedError(
                "no font was found here: pip install 'trustcert[print]', or on Debian apt-get"
                f" install {_HAN.package}, or name a font file"
            )
        script = next((s for s in _SCRIPTS if _inside(letter, s.blocks)), None)
        if script is None:
            advice = "name a font file that has it"
        else:
            advice = f"install one (Debian: apt-get install {script.package}) or name a font file"
        kind = f"{script.name} " if script else ""
        raise UnsupportedError(
            f"no font here has the {kind}character U+{ord(letter):04X}: {advice}"
        )

    def _characters_of(self, face: Face) -> frozenset[int]:
        if face not in self._characters:
            from fontTools.ttLib import TTFont, TTLibError

            try:
                with face.path.open("rb") as file:
                    font = TTFont(file, fontNumber=face.index, lazy=True)
                    self._characters[face] = frozenset(font.getBestCmap() or ())
            except (TTLibError, OSError, ValueError) as error:
                raise MalformedError("the font cannot be read", where=face.path.name) from error
        return self._characters[face]


def _unseen(letter: str) -> bool:
    """Return whether a character only changes the look of its neighbours."""
    return letter in _JOINERS or _inside(letter, _SELECTORS)


def _inside(letter: str, blocks: Iterable[tuple[int, int]]) -> bool:
    return any(first <= ord(letter) <= last for first, last in blocks)


def _face(path: Path) -> Face:
    """Return the face of a font file: of a collection the one for simplified Chinese, if any."""
    if path.suffix.lower() not in {".ttc", ".otc"}:
        return Face(path=path)
    from fontTools.ttLib import TTCollection, TTLibError

    try:
        with path.open("rb") as file:
            collection = TTCollection(file, lazy=True)
            for index, font in enumerate(collection.fonts[:_FACES_MAX]):
                name = font["name"].getDebugName(1) or ""
                if name.endswith((" SC", " CN")):
                    return Face(path=path, index=index)
    except (TTLibError, OSError, ValueError) as error:
        raise MalformedError("the font cannot be read", where=path.name) from error
    return Face(path=path)
