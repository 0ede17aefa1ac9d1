from __future__ import annotations

import io
import random
import struct
import sys
import threading
import warnings
import zlib
from pathlib import Path

import pillow_heif
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from trustcert import qr
from trustcert.errors import LimitExceededError, MalformedError, SyncError, UnsupportedError
from trustcert.limits import (
    BUSY_PIXELS,
    IMAGE_BYTES,
    IMAGE_PIXELS,
    IMAGE_SCANS,
    LOOK_PIXELS,
    PAGE_PIXELS,
)
from trustcert.qr import search
from trustcert.qr.picture import pages

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
    (page,) = pages(data, max_bytes=IMAGE_BYTES, max_pixels=IMAGE_PIXELS)
    seen = page.grey()
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


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_other_formats_that_people_have_read(kind: str, mode: str) -> None:
    image = _code(mode).convert("RGB") if kind == "AVIF" else _code(mode)
    assert qr.scan(_file(image, kind)).texts == (TEXT,)


def test_a_heic_photograph_reads() -> None:
    file = io.BytesIO()
    pillow_heif.from_pillow(_code("RGB")).save(file)
    assert qr.scan(file.getvalue()).texts == (TEXT,)


@pytest.mark.parametrize(
    ("module", "data", "advice"),
    [
        ("pypdfium2", b"%PDF-1.7\n", "pip install 'trustcert\\[pdf\\]'"),
        ("pillow_heif", b"\0\0\0\x18ftypheic", "pip install 'trustcert\\[heic\\]'.*as JPEG"),
    ],
)
def test_a_missing_library_is_named_with_what_to_do(
    module: str, data: bytes, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UnsupportedError, match=advice):
        qr.scan(data)


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0", "save it as PNG or JPEG"),
        (b"P5 1 1 255 \0", "save it as PNG or JPEG"),
        (b'<?xml version="1.0"?>\n<svg xmlns=', "an SVG drawing is not read: save it as PNG"),
        (b"", "the file is empty"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_to_do(data: bytes, advice: str) -> None:
    with pytest.raises(MalformedError, match=advice):
        qr.scan(data)


OTHER = "TC1:" + "SECOND PAGE/" * 12


def _two_pages(kind: str) -> bytes:
    pages = [Image.open(io.BytesIO(qr.png(text, scale=2))).convert("L") for text in (TEXT, OTHER)]
    return _file(pages[0], kind, save_all=True, append_images=pages[1:])


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_every_page_of_a_document_reads(kind: str) -> None:
    found = qr.scan(_two_pages(kind))
    assert [(code.text, code.page) for code in found.codes] == [(TEXT, 1), (OTHER, 2)]


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_a_document_of_too_many_pages_is_refused(kind: str) -> None:
    with pytest.raises(LimitExceededError, match="over 1 pages"):
        list(pages(_two_pages(kind), max_bytes=IMAGE_BYTES, max_pixels=IMAGE_PIXELS, max_pages=1))


def test_a_pdf_page_of_any_size_is_drawn_within_the_limit() -> None:
    document = pypdfium2.PdfDocument.new()
    document.new_page(14_400, 14_400)
    file = io.BytesIO()
    document.save(file)
    opened = pages(file.getvalue(), max_bytes=IMAGE_BYTES, max_pixels=IMAGE_PIXELS)
    drawn = next(opened).grey()
    assert 0.9 * PAGE_PIXELS < drawn.width * drawn.height <= 1.01 * PAGE_PIXELS


def test_a_damaged_pdf_is_malformed() -> None:
    with pytest.raises(MalformedError, match="the PDF is damaged"):
        qr.scan(b"%PDF-1.7\nnothing")


def test_a_jpeg_that_ends_early_reads() -> None:
    page = Image.new("RGB", (600, 900), "white")
    page.paste(_code("RGB"), (100, 50))
    for options in ({}, {"progressive": True}):
        data = _file(page, "JPEG", **options)
        for length in (len(data) - 2, len(data) - 40):
            assert qr.scan(data[:length]).texts == (TEXT,)


def test_a_photograph_of_48_megapixels_reads_without_all_its_pixels() -> None:
    photograph = Image.new("L", (8064, 6048), 190)
    photograph.paste(_code().resize((1400, 1400)), (3000, 2000))
    data = _file(photograph, "JPEG")
    (page,) = pages(data, max_bytes=IMAGE_BYTES, max_pixels=IMAGE_PIXELS)
    assert page.grey().size == (4032, 3024)
    (code,) = qr.scan(data).codes
    assert code.text == TEXT


@pytest.mark.parametrize("size", [(11_000, 10_100), (60_000, 2_000)])
def test_a_jpeg_beyond_any_camera_is_refused(size: tuple[int, int]) -> None:
    data = bytearray(_file(Image.new("L", (64, 64)), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", size[1], size[0])
    with pytest.raises(LimitExceededError, match="110000000 pixels"):
        qr.scan(bytes(data))


def test_white_modules_on_nothing_are_laid_on_black() -> None:
    image = Image.new("RGBA", _code().size, "white")
    image.putalpha(_code())
    assert qr.scan(_file(image, "PNG")).texts == (TEXT,)
    page = Image.new("RGBA", (900, 400), (90, 90, 90, 255))
    page.paste(image, (20, 20))
    assert qr.scan(page).codes[0].text == TEXT


def test_colours_of_one_lightness_are_read_by_their_channels() -> None:
    red, green = (200, 0, 0), (0, 102, 0)
    image = Image.composite(
        Image.new("RGB", _code().size, red), Image.new("RGB", _code().size, green), _code()
    )
    assert len(set(image.convert("L").tobytes())) <= 2
    assert max(image.convert("L").tobytes()) - min(image.convert("L").tobytes()) < 3
    (code,) = qr.scan(_file(image, "PNG")).codes
    assert (code.text, code.look) == (TEXT, "red")


def test_16_bits_are_spread_without_a_few_bright_and_dead_pixels() -> None:
    image = _code("I").point(lambda level: level * 2 + 1000)
    for place in range(40):
        image.putpixel((place, place % 3), 65535)
        image.putpixel((place, 4 + place % 3), 0)
    assert qr.scan(_file(image.convert("I;16"), "PNG")).texts == (TEXT,)


def test_a_code_without_a_quiet_zone_reads_inverted_too() -> None:
    bare = Image.open(io.BytesIO(qr.png(TEXT, quiet_zone=0))).convert("L")
    assert qr.scan(bare).texts == (TEXT,)
    assert qr.scan(ImageOps.invert(bare)).texts == (TEXT,)


def _finder_patterns(side: int) -> Image.Image:
    rows = ("1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111")
    cell = Image.new("L", (8, 8), 255)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            cell.putpixel((x, y), 0 if module == "1" else 255)
    page = Image.new("L", (side, side), 255)
    page.paste(cell, (0, 0))
    width = 8
    while width < side:
        page.paste(page.crop((0, 0, width, 8)), (width, 0))
        width *= 2
    height = 8
    while height < side:
        page.paste(page.crop((0, 0, side, height)), (0, height))
        height *= 2
    return page


@pytest.mark.parametrize("side", [1_900, 6_320])
def test_a_reader_never_gets_more_of_a_busy_picture_than_it_can_take(
    side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def barcodes(pixels: Image.Image, *_: object, **__: object) -> list[object]:
        seen.append(pixels.width * pixels.height)
        return []

    monkeypatch.setattr(search, "_barcodes", barcodes)
    qr.scan(_file(_finder_patterns(side), "PNG"))
    assert seen
    assert max(seen[:4]) <= BUSY_PIXELS
    assert max(seen) <= LOOK_PIXELS


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
        _webp_of_size(b"VP8L", 6_320, 6_320),
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
