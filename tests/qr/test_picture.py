from __future__ import annotations

import io
import random
import struct
import threading
import warnings
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from trustcert import qr
from trustcert.errors import LimitExceededError, MalformedError, SyncError
from trustcert.limits import IMAGE_BYTES, IMAGE_PIXELS, IMAGE_SCANS
from trustcert.qr.picture import grey

TEXT = "TC1:" + "PICTURE 42/" * 12
FORMATS = ("PNG", "JPEG", "WEBP")


def _code(mode: str = "L") -> Image.Image:
    return Image.open(io.BytesIO(qr.png(TEXT))).convert("L").convert(mode)


def _file(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_path_bytes_a_file_and_an_image_all_read(tmp_path: Path, kind: str) -> None:
    data = _file(_code("RGB"), kind)
    path = tmp_path / "named-as-it-likes.dat"
    path.write_bytes(data)
    pictures = (path, str(path), data, bytearray(data), memoryview(data), io.BytesIO(data))
    for picture in (*pictures, Image.open(io.BytesIO(data)), _code()):
        assert qr.scan(picture).texts == (TEXT,)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [(mode, "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    + [(mode, "JPEG") for mode in ("L", "RGB", "CMYK")]
    + [(mode, "WEBP") for mode in ("RGB", "RGBA")],
)
def test_every_mode_reads(mode: str, kind: str) -> None:
    if mode == "I;16":
        image = _code("I").point(lambda level: level * 257 + 0).convert("I;16")
    else:
        image = _code(mode)
    assert qr.scan(_file(image, kind)).texts == (TEXT,)


def test_a_dark_16_bit_picture_reads() -> None:
    image = _code("I").point(lambda level: level * 8 + 100).convert("I;16")
    assert qr.scan(_file(image, "PNG")).texts == (TEXT,)
    assert qr.scan(_code("F")).texts == (TEXT,)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparency_is_flattened_on_white(kind: str) -> None:
    black = Image.new("RGBA", _code().size, "black")
    black.putalpha(_code().point(lambda level: 255 - level))
    assert qr.scan(_file(black, kind, **({"lossless": True} if kind == "WEBP" else {}))).texts == (
        TEXT,
    )


def test_a_transparent_palette_colour_is_flattened_on_white() -> None:
    image = _code().point(lambda level: 1 if level else 0).convert("P")
    image.putpalette((0, 0, 0, 0, 0, 0))
    assert qr.scan(_file(image, "PNG", transparency=1)).texts == (TEXT,)
    assert qr.scan(_file(image, "PNG", transparency=b"\xff\x00")).texts == (TEXT,)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    upright = Image.new("L", (300, 200), 255)
    upright.paste(0, (0, 0, 100, 50))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = _file(stored, kind, exif=exif.tobytes())
    seen = grey(data, max_bytes=IMAGE_BYTES, max_pixels=IMAGE_PIXELS)
    assert seen.size == (300, 200)
    assert [seen.getpixel(spot) for spot in ((50, 25), (250, 25), (50, 175), (250, 175))] == (
        pytest.approx([0, 255, 255, 255], abs=3)
    )


@pytest.mark.parametrize("junk", [b"", b"Exif\0\0", b"MM\0*\0\0\0\x08\xff\xff", b"\xff" * 900])
def test_unreadable_exif_is_ignored(junk: bytes) -> None:
    for kind in FORMATS:
        assert qr.scan(_file(_code("RGB"), kind, exif=junk)).texts == (TEXT,)


def test_an_animation_is_read_by_its_first_frame() -> None:
    blank = Image.new("L", _code().size, 255)
    for kind in ("PNG", "WEBP"):
        data = _file(_code(), kind, save_all=True, append_images=[blank], duration=100)
        assert qr.scan(data).texts == (TEXT,)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "EPS", "PPM", "ICO"])
def test_other_formats_are_refused(kind: str) -> None:
    with pytest.raises(MalformedError, match="not a PNG, JPEG or WebP"):
        qr.scan(_file(_code(), kind))


def test_too_many_bytes_are_refused_wherever_they_come_from(tmp_path: Path) -> None:
    data = qr.png(TEXT)
    path = tmp_path / "code.png"
    path.write_bytes(data)
    for picture in (data, bytearray(data), io.BytesIO(data), path):
        with pytest.raises(LimitExceededError):
            qr.scan(picture, max_bytes=len(data) - 1)
    assert qr.scan(data, max_bytes=len(data)).texts == (TEXT,)


def test_an_endless_file_is_read_up_to_the_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0
            self.given += size
            return b"\x89PNG\r\n\x1a\n" + bytes(size - 8)

    endless = Endless()
    with pytest.raises(LimitExceededError):
        qr.scan(endless, max_bytes=1_000)  # type: ignore[arg-type]
    assert endless.given == 1_001


def _png_of_size(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def _webp_of_size(kind: bytes, width: int, height: int) -> bytes:
    if kind == b"VP8X":
        body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little")
    else:
        body = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)
    body += bytes(40)
    riff = b"WEBP" + kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(riff)) + riff


@pytest.mark.parametrize(
    "data",
    [
        _png_of_size(30_000, 30_000),
        _png_of_size(2**31 - 1, 2**31 - 1),
        _webp_of_size(b"VP8X", 16_000, 16_000),
        _webp_of_size(b"VP8L", 16_000, 16_000),
        _webp_of_size(b"VP8 ", 16_000, 16_000),
    ],
)
def test_too_many_pixels_are_refused_before_decoding(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(LimitExceededError, match="pixels"):
            qr.scan(data)


def test_the_pixel_limit_is_exact() -> None:
    image = _code()
    pixels = image.width * image.height
    for picture in (image, _file(image, "PNG"), _file(image, "JPEG"), _file(image, "WEBP")):
        assert qr.scan(picture, max_pixels=pixels).texts == (TEXT,)
        with pytest.raises(LimitExceededError):
            qr.scan(picture, max_pixels=pixels - 1)


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    data = _file(_code(), "JPEG", progressive=True)
    assert qr.scan(data).texts == (TEXT,)
    scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(LimitExceededError, match="scans"):
        qr.scan(data[:-2] + scan * IMAGE_SCANS + data[-2:])


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"])
def test_a_mere_beginning_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        qr.scan(data)


def test_a_missing_file_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(SyncError, match="No such file"):
        qr.scan(tmp_path / "nowhere.png")
    with pytest.raises(SyncError):
        qr.scan(tmp_path)


def test_an_image_without_pixels_is_malformed() -> None:
    with pytest.raises(MalformedError):
        qr.scan(Image.new("L", (0, 5)))


ORIGINALS = tuple(
    _file(_code("RGB"), kind, **options)
    for kind, options in (
        ("PNG", {}),
        ("JPEG", {"progressive": True, "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3"}),
        ("JPEG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("PNG", {"save_all": True, "append_images": [_code("RGB").rotate(90)]}),
    )
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ORIGINALS), st.randoms(use_true_random=False), st.data())
def test_no_damage_does_more_than_make_a_picture_malformed(
    original: bytes, rng: random.Random, data: st.DataObject
) -> None:
    damaged = bytearray(original)
    for _ in range(data.draw(st.integers(0, 8), "flips")):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    for _ in range(data.draw(st.integers(0, 3), "headers")):
        damaged[rng.randrange(min(64, len(damaged)))] = rng.randrange(256)
    length = data.draw(st.one_of(st.none(), st.integers(0, len(damaged))), "length")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found: qr.Scan | None = qr.scan(bytes(damaged[:length]), budget=0, max_pixels=1_000_000)
        except MalformedError:
            found = None
    assert found is None or set(found.texts) <= {TEXT}
    assert not caught


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from((b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\xff\0\0\0WEBPVP8 ")),
    st.binary(max_size=300),
)
def test_any_bytes_are_read_or_malformed(magic: bytes, rest: bytes) -> None:
    with pytest.raises(MalformedError):
        qr.scan(magic + rest, budget=0)


def test_threads_leave_the_warning_filters_as_they_were() -> None:
    data = _file(_code("RGB"), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff")
    before = list(warnings.filters)
    read: list[bool] = []
    threads = [
        threading.Thread(target=lambda: read.append(qr.scan(data).texts == (TEXT,)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [True] * 8
    assert list(warnings.filters) == before
