"""Picture files to upright grey pixels, inside limits.

Rules:

- PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF, HEIC and PDF, told by their first bytes and opened by their
  own plugin; an image library opens far more (EPS runs a PostScript interpreter). HEIC needs
  ``pillow-heif`` and PDF ``pypdfium2``; without them the error says what to do.
- What a file would decode to is known before it is decoded: bytes are counted while reading, pixels
  before decoding, and so are the scans of a progressive JPEG (each costs a pass over all pixels
  for as little as ten bytes). A large JPEG is decoded at half or a quarter of its size. Decoders
  that hold several whole pictures (WebP, AVIF, HEIC) have a lower limit of pixels.
- Every page of a TIFF or PDF is a picture of its own; of an animation only the first frame is.
- EXIF orientation is applied; unreadable EXIF is ignored.
- Transparency is flattened on white, or on black where white leaves one even area. More than 8 bits
  are spread over 8, from the darkest to the lightest thousandth of the pixels.
- A JPEG that ends early is read as far as it goes: a credential's signature guards its content.
- Whatever is wrong with a picture is a :class:`~trustcert.errors.MalformedError`; warnings of the
  image library stay here.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias, cast

from trustcert.errors import (
    LimitExceededError,
    MalformedError,
    SyncError,
    TrustcertError,
    UnsupportedError,
)
from trustcert.limits import (
    DOCUMENT_PAGES,
    IMAGE_CANVAS_PIXELS,
    IMAGE_JPEG_PIXELS,
    IMAGE_PIXELS,
    IMAGE_SCANS,
    PAGE_PIXELS,
)

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Page", "Picture", "contents", "pages"]

Picture: TypeAlias = "str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image.Image"
"""A path, the bytes of a file, an open binary file, or a Pillow image."""

_FLAT: Final = 24
"""Levels between the darkest and the lightest pixel below which no reader finds a code."""

_DRAFT_PIXELS: Final = 16_000_000
"""Pixels above which a JPEG is decoded at a half, a quarter or an eighth of its size."""

_PAGE_SCALE: Final = 300 / 72
"""Pixels a PDF point at which a page is drawn: 300 dots an inch, as office scanners use."""

_BRANDS: Final = {
    b"avif": "AVIF", b"avis": "AVIF",
    b"heic": "HEIC", b"heix": "HEIC", b"heim": "HEIC", b"heis": "HEIC",
    b"hevc": "HEIC", b"hevx": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC",
}  # fmt: skip
# Major brands of ISO base media files (ISO/IEC 23008-12 section 10, AV1 image format 1.1).


class Page:
    """One picture: a whole file, or a page of a document, not yet decoded."""

    def __init__(self, opened: Callable[[bool], Image.Image]) -> None:
        """Keep what opens the picture: called with True, it may leave the colours out."""
        self._opened = opened

    def grey(self) -> Image.Image:
        """Return the upright picture in mode ``L``.

        Raises:
            LimitExceededError: more pixels than allowed.
            MalformedError: the picture is damaged.
        """
        opened = self._opened(True)
        with _Damaged():
            return _upright(_flat(opened), opened)

    def channels(self) -> Iterator[tuple[str, Image.Image]]:
        """Yield the name and pixels of what :meth:`grey` may not show, each in mode ``L``.

        Raises:
            MalformedError: the picture is damaged.
        """
        opened = self._opened(False)
        with _Damaged():
            if _transparent(opened):
                yield "on black", _upright(_on(opened, 0), opened)
            if opened.mode in {"RGB", "RGBA", "P", "PA", "RGBX", "CMYK", "YCbCr"}:
                for name, band in zip(
                    ("red", "green", "blue"), opened.convert("RGB").split(), strict=True
                ):
                    yield name, _upright(band, opened)


def pages(
    picture: Picture, *, max_bytes: int, max_pixels: int, max_pages: int = DOCUMENT_PAGES
) -> Iterator[Page]:
    """Yield the pages of ``picture``: one for most files, more for a TIFF or PDF.

    Raises:
        LimitExceededError: more bytes, pixels, pages or progressive scans than allowed.
        MalformedError: a file that is no picture, or a damaged one.
        SyncError: the path or the file object cannot be read.
        UnsupportedError: a kind of file that needs a library which is not installed.
    """
    from PIL import Image

    if isinstance(picture, Image.Image):
        image = picture
        _refuse_size(image.size, max_pixels)
        yield Page(lambda _: image)
        return
    data = contents(picture, max_bytes)
    kind = _kind(data)
    if kind == "PDF":
        yield from _pdf_pages(data, max_pages)
        return
    first = _open(data, kind, max_pixels, grey=True)
    frames = getattr(first, "n_frames", 1) if kind == "TIFF" else 1
    if frames > max_pages:
        raise LimitExceededError(f"document of over {max_pages} pages")
    yield Page(lambda grey: first if grey else _open(data, kind, max_pixels, grey=False))
    for number in range(1, frames):
        yield Page(_tiff_page(data, number, max_pixels))


def _tiff_page(data: bytes, number: int, max_pixels: int) -> Callable[[bool], Image.Image]:
    def opened(grey: bool) -> Image.Image:  # noqa: FBT001 - as Page has it
        document = _open(data, "TIFF", max_pixels, grey=grey)
        with _Damaged():
            document.seek(number)
        _refuse_size(document.size, max_pixels)
        return document

    return opened


def _pdf_pages(data: bytes, max_pages: int) -> Iterator[Page]:
    try:
        import pypdfium2
    except ImportError:
        raise UnsupportedError(
            "PDF needs the library pypdfium2: pip install 'trustcert[pdf]'"
        ) from None
    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise MalformedError(
                "the PDF is protected by a password: print it to a new PDF without one"
            ) from error
        raise MalformedError("the PDF is damaged") from error
    if count > max_pages:
        raise LimitExceededError(f"document of over {max_pages} pages")
    try:
        for number in range(count):
            yield Page(_pdf_page(document, number))
    finally:
        document.close()


def _pdf_page(document: Any, number: int) -> Callable[[bool], Image.Image]:
    def opened(grey: bool) -> Image.Image:  # noqa: FBT001 - as Page has it
        with _Damaged():
            page = document[number]
            try:
                width, height = page.get_size()
                area = max(width * height, 1.0)
                scale = min(_PAGE_SCALE, (PAGE_PIXELS / area) ** 0.5)
                drawn: Image.Image = page.render(scale=scale, grayscale=grey).to_pil()
            finally:
                page.close()
            return drawn

    return opened


def contents(
    picture: str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO, most: int
) -> bytes:
    """Return the bytes of a file, of which it may have ``most``.

    Raises:
        LimitExceededError: it has more.
        SyncError: it cannot be read.
    """
    try:
        if isinstance(picture, bytes | bytearray | memoryview):
            data = picture if len(picture) > most else bytes(picture)
        elif isinstance(picture, str | PathLike):
            with Path(picture).open("rb") as file:
                data = file.read(most + 1)
        else:
            data = picture.read(most + 1)
    except OSError as error:
        raise SyncError(f"cannot read the picture: {error.strerror}") from error
    if len(data) > most:
        raise LimitExceededError(f"picture of over {most} bytes")
    return bytes(data)


def _kind(data: bytes) -> str:
    """Return the kind of a file by its first bytes.

    Raises:
        MalformedError: none that is read here; the message says what to do.
    """
    magics = {
        b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF87a": "GIF", b"GIF89a": "GIF",
        b"BM": "BMP", b"II*\0": "TIFF", b"MM\0*": "TIFF",
    }  # fmt: skip
    for magic, kind in magics.items():
        if data.startswith(magic):
            return kind
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in _BRANDS:
        return _BRANDS[data[8:12]]
    if b"%PDF-" in data[:1024]:
        return "PDF"
    if not data:
        raise MalformedError("the file is empty")
    if b"<svg" in data[:1024].lower():
        raise MalformedError("an SVG drawing is not read: save it as PNG and try again")
    raise MalformedError("not a picture of a kind that is read: save it as PNG or JPEG")


_WARNINGS: Final = threading.Lock()
# The filter of warnings is one for the whole process: two threads that set it aside at once would
# leave it changed.


def _open(data: bytes, kind: str, max_pixels: int, *, grey: bool) -> Image.Image:
    """Open by the plugin of the format, without Pillow's own search and its warnings."""
    if kind == "JPEG":
        if data.count(b"\xff\xda") > IMAGE_SCANS:
            raise LimitExceededError(f"JPEG of over {IMAGE_SCANS} scans")
        if not data.rstrip(b"\0").endswith(b"\xff\xd9"):
            data += b"\xff\xd9"
    if kind in {"WEBP", "AVIF", "HEIC"}:
        max_pixels = min(max_pixels, IMAGE_CANVAS_PIXELS)
    if kind == "WEBP" and _webp_pixels(data) > max_pixels:
        raise LimitExceededError(f"picture of over {max_pixels} pixels")
    plugin = _plugin(kind)
    with _Damaged(), _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opened = plugin(io.BytesIO(data))
        if kind == "JPEG":
            _draft(opened, grey=grey)
        _refuse_size(opened.size, max_pixels)
        if b"acTL" in data:
            opened.load()  # frames of an animated PNG are complained about while loading
    return opened


def _draft(opened: Image.Image, *, grey: bool) -> None:
    """Have a JPEG decoded without its colours, and smaller where it is large.

    Raises:
        LimitExceededError: more pixels than are decoded even so. A progressive JPEG is held at
            full size while it is decoded.
    """
    progressive = "progression" in opened.info
    _refuse_size(opened.size, IMAGE_PIXELS if progressive else IMAGE_JPEG_PIXELS)
    pixels = opened.width * opened.height
    wanted = None
    if pixels > _DRAFT_PIXELS:
        shrink = (_DRAFT_PIXELS / pixels) ** 0.5 / 2
        wanted = (int(opened.width * shrink) or 1, int(opened.height * shrink) or 1)
    opened.draft("L" if grey else None, wanted)


def _refuse_size(size: tuple[int, int], max_pixels: int) -> None:
    if size[0] * size[1] > max_pixels:
        raise LimitExceededError(f"picture of over {max_pixels} pixels")
    if not size[0] * size[1]:
        raise MalformedError("picture without pixels")


class _Damaged:
    """A context in which whatever an image library raises is a damaged picture."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise :class:`MalformedError` for any other exception; memory may run out too."""
        if isinstance(error, Exception) and not isinstance(error, TrustcertError):
            raise MalformedError("the picture is damaged") from error


def _plugin(kind: str) -> Callable[[io.BytesIO], Image.Image]:
    if kind == "HEIC":
        try:
            module = import_module("pillow_heif")
        except ImportError:
            raise UnsupportedError(
                "HEIC needs the library pillow-heif: pip install 'trustcert[heic]', or save the"
                " photograph as JPEG"
            ) from None
        return cast("Callable[[io.BytesIO], Image.Image]", module.as_plugin.HeifImageFile)
    names = {
        "PNG": ("PngImagePlugin", "PngImageFile"),
        "JPEG": ("JpegImagePlugin", "JpegImageFile"),
        "WEBP": ("WebPImagePlugin", "WebPImageFile"),
        "GIF": ("GifImagePlugin", "GifImageFile"),
        "BMP": ("BmpImagePlugin", "BmpImageFile"),
        "TIFF": ("TiffImagePlugin", "TiffImageFile"),
        "AVIF": ("AvifImagePlugin", "AvifImageFile"),
    }
    from PIL import features

    if kind == "AVIF" and not features.check("avif"):
        raise UnsupportedError("this Pillow reads no AVIF: save the picture as PNG or JPEG")
    name, plugin = names[kind]
    return cast(
        "Callable[[io.BytesIO], Image.Image]", getattr(import_module(f"PIL.{name}"), plugin)
    )


def _webp_pixels(data: bytes) -> int:
    """Return the pixels of the canvas, which the WebP decoder allocates on opening.

    RFC 9649 sections 2.5 (lossy), 2.6 (lossless) and 2.7 (extended).
    """
    kind = data[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    elif kind == b"VP8L":
        packed = int.from_bytes(data[21:25], "little")
        width, height = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    else:
        width = int.from_bytes(data[26:28], "little") & 0x3FFF
        height = int.from_bytes(data[28:30], "little") & 0x3FFF
    return width * height


def _flat(opened: Image.Image) -> Image.Image:
    if opened.mode == "L" and "transparency" not in opened.info:
        opened.load()
        return opened
    if opened.mode.startswith(("I", "F")):
        return _narrow(opened.convert("F"))
    if _transparent(opened):
        flat = _on(opened, 255)
        low, high = cast("tuple[int, int]", flat.getextrema())
        return flat if high - low >= _FLAT else _on(opened, 0)
    return opened.convert("L")


def _transparent(opened: Image.Image) -> bool:
    return "A" in opened.mode or "a" in opened.mode or "transparency" in opened.info


def _on(opened: Image.Image, level: int) -> Image.Image:
    """Return the picture laid on an even area of ``level``."""
    from PIL import Image

    pixels = opened.convert("RGBA")
    return Image.composite(
        pixels.convert("L"), Image.new("L", pixels.size, level), pixels.getchannel("A")
    )


def _narrow(wide: Image.Image) -> Image.Image:
    """Spread the levels over 8 bits, leaving out the thousandth part at either end.

    Bright and dead pixels stand far outside of the others, so that the 256 bins of a histogram
    are refined a few times.
    """
    low, high = cast("tuple[float, float]", wide.getextrema())
    spare = wide.width * wide.height // 1000
    for _ in range(3):
        bins = wide.histogram(extrema=(low, high))
        width = (high - low) / 256
        first = _bin_after(bins, spare)
        last = 255 - _bin_after(bins[::-1], spare)
        low, high = low + first * width, low + (last + 1) * width
    scale = 255 / (high - low) if high > low else 1.0
    return wide.point(lambda level: level * scale - low * scale).convert("L")


def _bin_after(bins: list[int], spare: int) -> int:
    for place, count in enumerate(bins):
        spare -= count
        if spare < 0:
            return place
    return 0


def _upright(flat: Image.Image, opened: Image.Image) -> Image.Image:
    """Undo the camera's rotation (EXIF 2.32, tag 0112 hex)."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    if "exif" not in opened.info and "Raw profile type exif" not in opened.info:
        return flat
    try:
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            orientation = opened.getexif().get(0x0112)
    except Exception:  # noqa: BLE001 - readers of hostile EXIF fail in many ways, none matters
        return flat
    turn = turns.get(orientation) if isinstance(orientation, int) else None
    return flat if turn is None else flat.transpose(turn)
