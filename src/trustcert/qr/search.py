"""The looks at one page of a picture, and the codes that they find."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from trustcert.limits import BUSY_PIXELS, LOOK_PIXELS
from trustcert.qr import sampler, structured_append
from trustcert.qr.corners import Corners, Region, apart, corners_of, is_symbol, middle, same_place
from trustcert.qr.looks import FRAME, LOOKS, REGION_LOOKS, Look, is_busy, within
from trustcert.qr.picture import Page
from trustcert.values import PublicValue, Value

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["SYMBOLOGIES", "Code", "Found", "Scan", "Search", "Step", "pyzbar"]

SYMBOLOGIES: Final = ("QR", "Aztec", "DataMatrix", "PDF417")
"""What can be read; the first two are, unless told otherwise."""

_UNIT: Final = 3.5e-9  # seconds that a plain look takes for each pixel, at least
_QUICK_PIXELS: Final = 500_000
_SEVERAL: Final = 3
_IDLE_LOOKS: Final = 3
_FEW_REGIONS: Final = 3
_LOOKS_BEFORE_FEW: Final = 5
_LOOKS_BEFORE_MANY: Final = 8
_SAMPLED: Final = 6  # located symbols that get a grid of their own
_GRID_COST: Final = 12_000.0  # plain looks at one pixel for each module: 0.08 s for version 8
_REGIONS: Final = 40  # located symbols that are looked at again
_PART_OVERLAP: Final = 0.3

_FORMATS: Final = {
    "QR": "QRCodeModel2", "Aztec": "Aztec", "DataMatrix": "DataMatrix", "PDF417": "PDF417",
}  # fmt: skip
_NAMES: Final = {
    **{library: name for name, library in _FORMATS.items()},
    "AztecCode": "Aztec",
    "QRCode": "QR",
}


class Code(Value, frozen=True, kw_only=True):
    """One code in a picture.

    ``symbology`` is one of :data:`SYMBOLOGIES`; ``corners`` are pixels of the upright page,
    clockwise from the symbol's own top left; ``look`` names the look that found it; ``page``
    counts from 1. Text and bytes may be personal data and stay out of the ``repr``.
    """

    _shown = ("symbology", "corners", "look", "page")

    text: str
    raw: bytes
    symbology: str
    corners: Corners
    look: str
    page: int = 1


class Scan(PublicValue, frozen=True, kw_only=True):
    """What was found in a picture, and by which looks.

    ``accepted`` are the codes that the caller's ``accept`` took (all of them without one),
    ``refused`` the others. ``unread`` are the corners of symbols that were located and not read.
    ``problems`` are sentences: pages that could not be opened, texts of which parts are missing.
    ``tried`` names the looks in their order. ``out_of_time`` says that looks were left out,
    ``over_limit`` that there were more codes than allowed.
    """

    accepted: tuple[Code, ...]
    refused: tuple[Code, ...]
    unread: tuple[Corners, ...]
    problems: tuple[str, ...]
    tried: tuple[str, ...]
    out_of_time: bool
    over_limit: bool

    @property
    def codes(self) -> tuple[Code, ...]:
        """All codes, the accepted ones first."""
        return self.accepted + self.refused

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of all codes, the accepted ones first."""
        return tuple(code.text for code in self.codes)

    @property
    def missing(self) -> tuple[str, ...]:
        """Sentences about what was seen and is not among the codes; none if all is there."""
        said = list(self.problems)
        if self.unread:
            places = ", ".join(f"{x:.0f},{y:.0f}" for x, y in map(middle, self.unread[:10]))
            said.append(f"codes seen and not read: {len(self.unread)} (at pixel {places})")
        if self.over_limit:
            said.append(f"more codes than the limit of {len(self.codes)}")
        return tuple(said)


class Found:
    """The codes of all pages."""

    def __init__(self, accept: Callable[[str], bool] | None, most: int) -> None:
        self._accept = accept
        self._most = most
        self.accepted: dict[tuple[str, bytes], Code] = {}
        self.refused: dict[tuple[str, bytes], Code] = {}
        self.unread: list[Corners] = []
        self.problems: list[str] = []
        self.tried: list[str] = []
        self.parts = structured_append.Parts()
        self.out_of_time = False

    def add(self, code: Code) -> bool:
        """Keep the code if it is new, and return whether it may be a part of a text."""
        key = (code.symbology, code.raw)
        if key in self.accepted or key in self.refused:
            return False
        taken = self._accept is None or self._accept(code.text)
        (self.accepted if taken else self.refused)[key] = code
        return self._accept is None or not taken

    @property
    def count(self) -> int:
        """How many codes there are."""
        return len(self.accepted) + len(self.refused)

    @property
    def asks(self) -> bool:
        """Whether somebody tells right texts from wrong ones."""
        return self._accept is not None

    @property
    def over_limit(self) -> bool:
        """Whether there are more codes than allowed."""
        return self.count > self._most

    def scan(self) -> Scan:
        """Return what was found, with the parts of split texts joined."""
        for raw in self.parts.joined():
            for part in self.parts.of(raw):
                self.accepted.pop(("QR", part), None)
                self.refused.pop(("QR", part), None)
            text = raw.decode(errors="replace")
            self.add(Code(text=text, raw=raw, symbology="QR", corners=(), look="joined"))
        codes = (*self.accepted.values(), *self.refused.values())[: self._most]
        return Scan(
            accepted=codes[: len(self.accepted)],
            refused=codes[len(self.accepted) :],
            unread=tuple(self.unread),
            problems=(*self.problems, *self.parts.problems()),
            tried=tuple(dict.fromkeys(self.tried)),
            out_of_time=self.out_of_time,
            over_limit=self.over_limit,
        )


class Step(NamedTuple):
    """One look: its name, its cost in plain looks, the pixels that it looks at, and how."""

    name: str
    cost: float
    pixels: int
    take: Callable[[], None]


class Search:
    """The looks at one page."""

    def __init__(
        self,
        found: Found,
        *,
        clock: Callable[[], float],
        deadline: float,
        number: int = 1,
        symbologies: Collection[str] = SYMBOLOGIES[:2],
    ) -> None:
        """Look for ``symbologies`` on page ``number`` until ``deadline`` on ``clock``."""
        self._found = found
        self._number = number
        self._symbologies = symbologies
        self._clock = clock
        self._deadline = deadline
        self._unit = _UNIT
        self._read: list[Corners] = []
        self.unread: list[Corners] = []
        self._versions: dict[Corners, int] = {}
        self._before = len(found.accepted)
        self._idle = 0  # looks since the last that read something new

    def run(self, page: Page) -> None:
        """Look until all is read or the time is up."""
        first = True
        try:
            for step in self._steps(page):
                if self._found.over_limit or (not first and self._satisfied()):
                    return
                self.take(step, must=first)
                first = False
        finally:
            self._found.unread += apart(self.unread)

    def take(self, step: Step, *, must: bool = False) -> None:
        """Take a look if its time is left, or if it ``must`` be taken."""
        expected = step.cost * self._unit * step.pixels
        start = self._clock()
        if not must and start + expected > self._deadline:
            self._found.out_of_time = True
            return
        known = self._found.count
        self._found.tried.append(step.name)
        try:
            step.take()
        except Exception:  # noqa: BLE001 - foreign readers fail in many ways; the next one looks
            self._found.tried[-1] += " (failed)"
        self._idle = 0 if self._found.count > known else self._idle + 1
        spent = self._clock() - start
        self._unit = max(self._unit, self._unit * spent / max(expected, 1e-6))

    def end(self) -> Scan:
        """Return what was found."""
        self._found.unread += apart(self.unread)
        return self._found.scan()

    def _satisfied(self) -> bool:
        """Return whether nothing is left to look for.

        Where several codes stand in a picture there may be more, so a few looks must have passed
        without another.
        """
        here = len(self._found.accepted) - self._before
        several = here >= _SEVERAL and self._idle < _IDLE_LOOKS
        return here > 0 and not self.unread and not several

    def _steps(self, page: Page) -> Iterator[Step]:
        full = page.grey()
        base = within(full, LOOK_PIXELS)
        if _count(base) > BUSY_PIXELS and is_busy(base, BUSY_PIXELS // 2):
            base = within(full, BUSY_PIXELS)
        small = within(base, BUSY_PIXELS)
        scale = base.width / full.width
        others = tuple(name for name in self._symbologies if name != "QR")
        if "QR" in self._symbologies:
            if _count(base) <= _QUICK_PIXELS:
                yield self.quick(base, scale)
                if self._found.count == 1 and self._satisfied():
                    return
            yield self.full(base, scale)
        if others:
            look = partial(self._zxing, base, "plain", scale, others)
            yield Step("other symbologies", 1.5, _count(base), look)
        if "QR" not in self._symbologies:
            return
        yield from self._second_looks(full, base, small)
        if base is not full:
            yield from self._parts(full)
        yield from self._channels(page)
        if pyzbar() is not None:
            look = partial(self._zbar, small, small.width / full.width)
            yield Step("zbar", 8.0, _count(small), look)

    def quick(self, pixels: Image.Image, scale: float) -> Step:
        """Return a look that finds an easy code in half of the time."""
        look = partial(self._zxing, pixels, "quick", scale, quick=True)
        return Step("quick", 0.5, _count(pixels), look)

    def full(self, pixels: Image.Image, scale: float) -> Step:
        """Return a look at the pixels as they are."""
        return Step("plain", 1.0, _count(pixels), partial(self._zxing, pixels, "plain", scale))

    def changed(self, look: Look, pixels: Image.Image, scale: float) -> Step:
        """Return a look at changed pixels."""
        return Step(
            look.name, look.cost, _count(pixels), partial(self._second, look, pixels, scale)
        )

    def inside(self, look: Look, region: Region, corners: Corners) -> Step:
        """Return a look at a symbol that was located."""
        return Step(
            look.name, look.cost, region.pixels, partial(self._inside, look, region, corners)
        )

    def _second_looks(
        self, full: Image.Image, base: Image.Image, small: Image.Image
    ) -> Iterator[Step]:
        for number, look in enumerate(LOOKS):
            few = len(self.unread) <= _FEW_REGIONS
            if number == (_LOOKS_BEFORE_FEW if few else _LOOKS_BEFORE_MANY):
                yield from self._regions(full)
            pixels = base if look.whole else small
            if look.scale > 1:
                pixels = within(pixels, int(LOOK_PIXELS / look.scale**2))
            yield self.changed(look, pixels, pixels.width / full.width)

    def _second(self, look: Look, pixels: Image.Image, scale: float) -> None:
        changed = look.change(pixels)
        border = FRAME if look.name == "framed" else 0
        inner = (changed.width - 2 * border) / pixels.width
        shift = (-round(border / scale), -round(border / scale)) if border else (0, 0)
        self._zxing(changed, look.name, scale * inner, shift=shift, histogram=look.histogram)

    def _regions(self, full: Image.Image) -> Iterator[Step]:
        """Yield looks at the symbols that were located and not read, each made square."""
        for corners in self.unread[:_REGIONS]:
            region = Region(full, corners)
            for look in REGION_LOOKS:
                if corners in self.unread:
                    yield self.inside(look, region, corners)
        if not sampler.available():
            return
        for corners in self.unread[:_SAMPLED]:
            yield Step(
                "own grid",
                _GRID_COST,
                (17 + 4 * self._versions[corners]) ** 2,
                partial(self._own_grid, full, corners),
            )

    def _own_grid(self, full: Image.Image, corners: Corners) -> None:
        signed = self._found.asks
        drawn = sampler.redrawn(full, corners, self._versions[corners], signed=signed)
        for barcode in _barcodes(drawn, ("QR",)) if drawn is not None else ():
            if not barcode.error:
                self._add(barcode, corners, "own grid")

    def _inside(self, look: Look, region: Region, corners: Corners) -> None:
        for barcode in _barcodes(look.change(region.square()), ("QR",)):
            if not barcode.error:
                self._add(barcode, corners, look.name)

    def _parts(self, full: Image.Image) -> Iterator[Step]:
        """Yield looks at overlapping parts of a large picture at full size."""
        side = int(BUSY_PIXELS**0.5)
        stride = int(side * (1 - _PART_OVERLAP))
        for top in range(0, max(1, full.height - side + stride), stride):
            for left in range(0, max(1, full.width - side + stride), stride):
                right, bottom = min(left + side, full.width), min(top + side, full.height)
                part = full.crop((left, top, right, bottom))
                look = partial(self._zxing, part, "parts", 1.0, shift=(left, top))
                yield Step("parts", 1.0, _count(part), look)

    def _channels(self, page: Page) -> Iterator[Step]:
        for name, band in page.channels():
            pixels = within(band, BUSY_PIXELS)
            look = partial(self._zxing, pixels, name, pixels.width / band.width)
            yield Step(name, 1.0, _count(pixels), look)

    def _zxing(  # noqa: PLR0913 - how to look
        self,
        pixels: Image.Image,
        look: str,
        scale: float,
        symbologies: Collection[str] = ("QR",),
        *,
        shift: tuple[int, int] = (0, 0),
        histogram: bool = False,
        quick: bool = False,
    ) -> None:
        found = _barcodes(pixels, symbologies, histogram=histogram, quick=quick)
        located = []
        for barcode in found:
            corners = corners_of(barcode.position, scale, shift)
            if not barcode.error:
                self._add(barcode, corners, look, pixels)
            elif barcode.extra and symbologies == ("QR",) and is_symbol(corners):
                located.append((corners, int(barcode.extra.get("Version", 0))))
        for corners, version in located:
            if not any(same_place(corners, known) for known in (*self._read, *self.unread)):
                self.unread.append(corners)
                self._versions[corners] = version

    def _add(
        self, barcode: Any, corners: Corners, look: str, pixels: Image.Image | None = None
    ) -> None:
        code = Code(
            text=barcode.text,
            raw=barcode.bytes,
            symbology=_NAMES[barcode.format.name],
            corners=corners,
            look=look,
            page=self._number,
        )
        self._mark_read(corners)
        if self._found.add(code) and pixels is not None:
            self._found.parts.note(code.raw, pixels, barcode)

    def _mark_read(self, corners: Corners) -> None:
        self._read.append(corners)
        self.unread = [known for known in self.unread if not same_place(corners, known)]

    def _zbar(self, pixels: Image.Image, scale: float) -> None:
        library = pyzbar()
        for symbol in library.decode(pixels, symbols=[library.ZBarSymbol.QRCODE]):
            corners = tuple((int(x / scale), int(y / scale)) for x, y in symbol.polygon)
            code = Code(
                text=symbol.data.decode(errors="replace"),
                raw=symbol.data,
                symbology="QR",
                corners=corners,
                look="zbar",
                page=self._number,
            )
            if len(corners) == 4:
                self._mark_read(corners)
            self._found.add(code)


def _count(pixels: Image.Image) -> int:
    return pixels.width * pixels.height


def _barcodes(
    pixels: Image.Image,
    symbologies: Collection[str],
    *,
    histogram: bool = False,
    quick: bool = False,
) -> list[Any]:
    import zxingcpp

    formats = zxingcpp.BarcodeFormats(
        [getattr(zxingcpp.BarcodeFormat, _FORMATS[name]) for name in symbologies]
    )
    binarizer = zxingcpp.Binarizer
    found: list[Any] = zxingcpp.read_barcodes(
        pixels,
        formats=formats,
        text_mode=zxingcpp.TextMode.Plain,
        binarizer=binarizer.GlobalHistogram if histogram else binarizer.LocalAverage,
        try_rotate=not quick,
        try_downscale=not quick,
        try_invert=not quick,
        return_errors=True,
    )
    return found


@cache
def pyzbar() -> Any:
    """Return the module, or ``None`` where it or its libzbar is not installed."""
    try:
        from pyzbar import pyzbar as library
    except (ImportError, OSError):
        return None
    return library
