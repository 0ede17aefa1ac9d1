"""A picture from anywhere to grey pixels, inside limits.

Rules:

- PNG, JPEG and WebP only, told by their first bytes; an image library opens far more (EPS runs a
  PostScript interpreter).
- Bytes are counted while reading, pixels before decoding, and the scans of a progressive JPEG
  before decoding: each of them costs a pass over all pixels for as little as ten bytes.
- EXIF orientation is applied; unreadable EXIF is ignored.
- Transparency is flattened on white, wider levels are spread over 8 bits.
- Only the first frame of an animation is looked at.
- Whatever is wrong with a picture is a :class:`~trustcert.errors.MalformedError`; warnings of the
  image library stay here.
"""

from __future__ import annotations

import io
import threading
import warnings
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias, cast

from trustcert.errors import LimitExceededError, MalformedError, SyncError
from trustcert.limits import IMAGE_SCANS

if TYPE_CHECKING:
    from PIL import Image

Picture: TypeAlias = "str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image.Image"
"""A path, the bytes of a file, an open binary file, or a Pillow image."""


def grey(picture: Picture, *, max_bytes: int, max_pixels: int) -> Image.Image:
    """Return the upright picture in mode ``L``.

    Raises:
        LimitExceededError: more bytes, pixels or progressive scans than allowed.
        MalformedError: not a whole PNG, JPEG or WebP file.
        SyncError: the path or the file object cannot be read.
    """
    from PIL import Image

    if isinstance(picture, Image.Image):
        opened = picture
    else:
        opened = _open(_contents(picture, max_bytes), max_pixels)
    width, height = opened.size
    if width * height > max_pixels:
        raise LimitExceededError(f"picture of over {max_pixels} pixels")
    if not width * height:
        raise MalformedError("picture without pixels")
    try:
        return _upright(_flat(opened), opened)
    except Exception as error:
        raise MalformedError("the picture is damaged") from error


def _contents(
    picture: str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO, most: int
) -> bytes:
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


_WARNINGS: Final = threading.Lock()
# The filter of warnings is one for the whole process: two threads that set it aside at once would
# leave it changed.


def _open(data: bytes, max_pixels: int) -> Image.Image:
    """Open by the plugin of the format, without Pillow's own search and its warnings."""
    from PIL import JpegImagePlugin, PngImagePlugin, WebPImagePlugin

    plugin: type[Image.Image]
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        plugin = PngImagePlugin.PngImageFile
    elif data.startswith(b"\xff\xd8\xff"):
        plugin = JpegImagePlugin.JpegImageFile
        if data.count(b"\xff\xda") > IMAGE_SCANS:
            raise LimitExceededError(f"JPEG of over {IMAGE_SCANS} scans")
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        plugin = WebPImagePlugin.WebPImageFile
        if _webp_pixels(data) > max_pixels:
            raise LimitExceededError(f"picture of over {max_pixels} pixels")
    else:
        raise MalformedError("not a PNG, JPEG or WebP picture")
    try:
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = plugin(io.BytesIO(data))
            opened.draft("L", None)  # a JPEG's colours need not be decoded
            if b"acTL" in data and opened.width * opened.height <= max_pixels:
                opened.load()  # frames of an animated PNG are complained about while loading
    except Exception as error:
        raise MalformedError("the picture is damaged") from error
    return opened


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
    from PIL import Image

    if opened.mode == "L" and "transparency" not in opened.info:
        opened.load()
        return opened
    if opened.mode.startswith(("I", "F")):
        return _narrow(opened.convert("F"))
    if "A" in opened.mode or "a" in opened.mode or "transparency" in opened.info:
        pixels = opened.convert("RGBA")
        white = Image.new("RGBA", pixels.size, "white")
        return Image.alpha_composite(white, pixels).convert("L")
    return opened.convert("L")


def _narrow(wide: Image.Image) -> Image.Image:
    """Spread whatever range the levels have over 8 bits."""
    low, high = cast("tuple[float, float]", wide.getextrema())
    scale = 255 / (high - low) if high > low else 1.0
    return wide.point(lambda level: level * scale - low * scale).convert("L")


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
