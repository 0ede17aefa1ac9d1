from __future__ import annotations

import io
import math
import random
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import segno
import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps

from trustcert import qr
from trustcert.errors import MalformedError
from trustcert.qr import reader, search
from trustcert.qr.looks import LOOKS

QUICK = ("quick", "plain", "other symbologies", "histogram", "smoothed")


def _image(text: str, scale: int = 4) -> Image.Image:
    return Image.open(io.BytesIO(qr.png(text, scale=scale))).convert("L")


def _on_grey(code: Image.Image, size: tuple[int, int] = (800, 600)) -> Image.Image:
    canvas = Image.new("L", size, 170)
    canvas.paste(code, ((size[0] - code.width) // 2, (size[1] - code.height) // 2))
    return canvas


@pytest.fixture
def text(credential_text: Callable[[int], str]) -> str:
    return credential_text(244)


@pytest.mark.parametrize("angle", [0, 7, 45, 90, 133, 180, 270, 301])
def test_a_code_reads_at_any_angle(text: str, angle: int) -> None:
    turned = _image(text).rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    assert qr.scan(_on_grey(turned)).texts == (text,)


def test_an_inverted_and_a_mirrored_code_read(text: str) -> None:
    assert qr.scan(ImageOps.invert(_image(text))).texts == (text,)
    assert qr.scan(ImageOps.mirror(_image(text))).texts == (text,)


def _shrunk(text: str, pixels: float, angle: float) -> Image.Image:
    """A code of so many ``pixels`` a module as a lens would show it."""
    turned = _image(text, 12).rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    side = round(turned.width * pixels / 12)
    return _on_grey(turned.resize((side, side), Image.Resampling.BOX), (400, 400))


def test_a_code_of_one_pixel_a_module_reads(text: str) -> None:
    assert qr.scan(_image(text, scale=1)).texts == (text,)


@pytest.mark.parametrize("angle", [0, 9])
def test_codes_of_1_2_pixels_a_module_read_by_looking_again(
    angle: int, credential_text: Callable[[int], str]
) -> None:
    texts = [credential_text(length) for length in range(160, 260, 5)]
    images = [_shrunk(text, 1.2, angle) for text in texts]
    first = sum(bool(qr.scan(image, budget=0).codes) for image in images)
    read = sum(qr.scan(image).texts == (text,) for text, image in zip(texts, images, strict=True))
    assert read >= 18
    assert read >= first + 4


@pytest.mark.parametrize("modules", [0.3, 0.5, 0.6])
def test_a_blurred_code_reads(text: str, modules: float) -> None:
    blurred = _on_grey(_image(text)).filter(ImageFilter.GaussianBlur(4 * modules))
    assert qr.scan(blurred).texts == (text,)


def _noisy(image: Image.Image, sigma: float) -> Image.Image:
    rng = random.Random(4)  # noqa: S311 - test data
    levels = bytes(
        min(255, max(0, round(level + rng.gauss(0, sigma)))) for level in image.tobytes()
    )
    return Image.frombytes("L", image.size, levels)


def test_a_noisy_code_reads(text: str) -> None:
    code = _on_grey(_image(text, 3), (260, 260))
    assert qr.scan(_noisy(code, 30)).texts == (text,)
    loud = qr.scan(_noisy(code, 70))
    assert loud.texts == (text,)
    assert loud.tried[-1] == loud.accepted[0].look


def test_a_speckled_code_reads(text: str) -> None:
    rng = random.Random(5)  # noqa: S311 - test data
    code = bytearray(_on_grey(_image(text, 4), (320, 320)).tobytes())
    for place in rng.sample(range(len(code)), len(code) // 10):
        code[place] = 255 - code[place]
    assert qr.scan(Image.frombytes("L", (320, 320), bytes(code))).texts == (text,)


@pytest.mark.parametrize("quality", [60, 25, 10])
def test_a_compressed_code_reads(text: str, quality: int) -> None:
    file = io.BytesIO()
    _on_grey(_image(text, 3)).save(file, "JPEG", quality=quality)
    assert qr.scan(file.getvalue()).texts == (text,)


def test_a_torn_code_reads_by_its_error_correction(text: str) -> None:
    code = Image.open(io.BytesIO(qr.png(text, error_correction="Q"))).convert("L")
    code.paste(200, (120, 120, 180, 180))
    assert qr.scan(code).texts == (text,)


def test_several_codes_in_one_picture_read(credential_text: Callable[[int], str]) -> None:
    texts = [credential_text(length) for length in (100, 150, 200, 250)]
    page = Image.new("L", (900, 900), 255)
    for place, text in enumerate(texts):
        page.paste(_image(text), (450 * (place % 2), 450 * (place // 2)))
    found = qr.scan(page)
    assert sorted(found.texts) == sorted(texts)
    assert not found.over_limit
    assert found.missing == ()
    limited = qr.scan(page, max_codes=3)
    assert len(limited.codes) == 3
    assert limited.over_limit
    assert limited.missing == ("more codes than the limit of 3",)


def test_the_same_code_twice_is_one_code(text: str) -> None:
    page = Image.new("L", (600, 300), 255)
    page.paste(_image(text), (0, 0))
    page.paste(_image(text), (300, 0))
    assert qr.scan(page).texts == (text,)


def test_corners_are_pixels_of_the_picture_whatever_the_look(text: str) -> None:
    def spots(found: qr.Scan) -> list[float]:
        return [side for corner in found.codes[0].corners for side in corner]

    code = _image(text, 3)
    page = Image.new("L", (640, 480), 255)
    page.paste(code, (200, 100))
    corners = qr.scan(page).codes[0].corners
    inner = (200 + 12, 100 + 12)
    outer = (200 + code.width - 12, 100 + code.height - 12)
    expected = (inner, (outer[0], inner[1]), outer, (inner[0], outer[1]))
    for corner, wanted in zip(corners, expected, strict=True):
        assert math.dist(corner, wanted) < 4
    doubled = qr.scan(page, accept=lambda _: False)
    assert len(doubled.refused) == 1
    assert spots(doubled) == spots(qr.scan(page))


def test_without_a_code_the_scan_says_what_was_tried() -> None:
    found = qr.scan(Image.new("L", (320, 240), 255))
    assert found.codes == ()
    assert found.texts == ()
    assert found.tried[: len(QUICK)] == QUICK
    assert {look.name for look in LOOKS} <= set(found.tried)
    assert ("zbar" in found.tried) == (search.pyzbar() is not None)
    assert not found.out_of_time


def _readings(
    monkeypatch: pytest.MonkeyPatch, *seen: tuple[str, ...], then: tuple[str, ...] = ()
) -> None:
    """Have the reader library read these texts, one tuple a look."""
    corner = SimpleNamespace(x=0, y=0)
    position = SimpleNamespace(
        top_left=corner, top_right=corner, bottom_right=corner, bottom_left=corner
    )
    given = iter(seen)

    def barcodes(*_: object, **__: object) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(
                text=each,
                bytes=each.encode(),
                error=None,
                position=position,
                format=zxingcpp.BarcodeFormat.QRCodeModel2,
                extra={},
                ec_level="M",
            )
            for each in next(given, then)
        ]

    monkeypatch.setattr(search, "_barcodes", barcodes)


def test_looking_goes_on_until_a_text_is_accepted(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "TC1:WRONG"
    _readings(monkeypatch, (wrong,), (wrong,), (wrong, text))
    asked: list[str] = []

    def accept(candidate: str) -> bool:
        asked.append(candidate)
        return candidate == text

    found = qr.scan(Image.new("L", (99, 99)), accept=accept)
    assert [code.text for code in found.accepted] == [text]
    assert [code.text for code in found.refused] == [wrong]
    assert found.texts == (text, wrong)
    assert found.tried == QUICK[:3]
    assert asked == [wrong, text]


def test_refused_codes_never_push_out_an_accepted_one(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _readings(monkeypatch, (*(f"TC1:{number}" for number in range(15)), text, "TC1:LAST"))
    found = qr.scan(Image.new("L", (99, 99)), accept=text.__eq__)
    assert [code.text for code in found.accepted] == [text]
    assert len(found.codes) == 16
    assert found.over_limit


def test_no_look_starts_after_the_budget() -> None:
    ticks = iter(range(1000))
    found = qr.scan(Image.new("L", (99, 99), 255), budget=7, clock=lambda: next(ticks))
    assert found.tried[:2] == QUICK[:2]
    assert len(found.tried) < 5
    assert found.out_of_time
    first_only = qr.scan(Image.new("L", (99, 99), 255), budget=0)
    assert first_only.tried == ("quick",)
    assert first_only.out_of_time


def test_a_reader_that_fails_does_not_end_the_scan(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("4294967295 is not a valid ZBarOrientation")

    broken = SimpleNamespace(decode=fails, ZBarSymbol=SimpleNamespace(QRCODE=64))
    monkeypatch.setattr(search, "pyzbar", lambda: broken)
    found = qr.scan(Image.new("L", (99, 99), 255))
    assert found.codes == ()
    assert found.tried[-1] == "zbar (failed)"
    monkeypatch.setattr(search, "_barcodes", fails)
    assert qr.scan(_image(text)).tried[0] == "quick (failed)"


def _split(text: str, count: int) -> list[Image.Image]:
    images = []
    for symbol in segno.make_sequence(text, symbol_count=count, error="m", boost_error=False):
        file = io.BytesIO()
        symbol.save(file, kind="png", scale=4, border=4)
        images.append(Image.open(file).convert("L"))
    return images


def _side_by_side(images: list[Image.Image]) -> Image.Image:
    page = Image.new("L", (sum(image.width for image in images), images[0].height), 255)
    left = 0
    for image in images:
        page.paste(image, (left, 0))
        left += image.width
    return page


@pytest.mark.parametrize(("length", "count"), [(400, 2), (400, 3), (3000, 5)])
def test_a_text_split_over_several_codes_is_joined(
    length: int, count: int, credential_text: Callable[[int], str]
) -> None:
    text = credential_text(length)
    images = _split(text, count)
    assert len(images) == count
    page = _side_by_side(images[::-1])
    assert qr.scan(page).texts == (text,)
    assert qr.scan(page, accept=text.__eq__).texts == (text,)
    assert qr.scan(page.rotate(90, expand=True)).texts == (text,)


def test_a_part_without_the_others_is_named(credential_text: Callable[[int], str]) -> None:
    images = _split(credential_text(400), 3)
    found = qr.scan(_side_by_side(images[:2]))
    assert len(found.codes) == 2
    assert found.missing == (
        "a text is split over 3 codes, of which 2 were read: take a picture of all of them",
    )


def test_a_symbol_that_is_seen_and_not_read_is_said(
    credential_text: Callable[[int], str],
) -> None:
    read, torn = credential_text(200), credential_text(250)
    page = Image.new("L", (800, 400), 255)
    page.paste(_image(read), (20, 20))
    worn = _image(torn)
    worn.paste(255, (60, 60, 160, 160))
    page.paste(worn, (420, 20))
    found = qr.scan(page)
    assert found.texts == (read,)
    (corners,) = found.unread
    assert all(420 <= x <= 420 + worn.width for x, _ in corners)
    assert found.missing[0].startswith("codes seen and not read: 1 (at pixel ")


def _symbol(content: str | bytes, kind: str = "QRCode", **options: str) -> Image.Image:
    formats = getattr(zxingcpp.BarcodeFormat, kind)
    barcode = zxingcpp.create_barcode(content, formats, **options)
    drawn = zxingcpp.write_barcode_to_image(barcode, scale=4)
    return Image.frombytes("L", drawn.shape[::-1], bytes(memoryview(drawn)))  # type: ignore[arg-type]


def test_bytes_stay_exact() -> None:
    content = bytes(range(256))
    (code,) = qr.scan(_symbol(content)).codes
    assert code.raw == content
    (bare,) = qr.scan(_symbol(content, eci="Unknown")).codes
    assert bare.raw == content


@pytest.mark.parametrize(
    ("content", "options", "text"),
    [
        ("张伟 𬭎", {"eci": "UTF-8"}, "张伟 𬭎"),
        ("张伟 𬭎".encode(), {"eci": "Unknown"}, "张伟 𬭎"),
        ("张伟", {"eci": "GB18030"}, "张伟"),
        ("山田", {}, "山田"),
        (b"\xe9t\xe9", {"eci": "ISO-8859-1"}, "été"),
    ],
)
def test_declared_character_sets_and_bare_utf8_become_text(
    content: str | bytes, options: dict[str, str], text: str
) -> None:
    assert qr.scan(_symbol(content, **options)).texts == (text,)


def test_aztec_codes_read() -> None:
    (code,) = qr.scan(_symbol("TC1:AZTEC", "Aztec")).codes
    assert (code.text, code.symbology, code.look) == ("TC1:AZTEC", "Aztec", "plain")


def test_other_symbologies_and_micro_qr_are_no_codes() -> None:
    for kind in ("DataMatrix", "PDF417", "Code128", "MicroQRCode"):
        assert qr.scan(_symbol("12345", kind)).codes == ()


@pytest.mark.parametrize("kind", ["DataMatrix", "PDF417"])
def test_other_symbologies_read_where_they_are_asked_for(kind: str) -> None:
    drawn = _symbol("2D-DOC 12345", kind)
    (code,) = qr.scan(drawn, symbologies=("QR", kind)).codes
    assert (code.text, code.symbology) == ("2D-DOC 12345", kind)
    assert qr.scan(drawn, symbologies=(kind,)).texts == ("2D-DOC 12345",)
    with pytest.raises(MalformedError, match="DataMatrix"):
        qr.scan(drawn, symbologies=("Code128",))


def test_a_missing_libzbar_is_skipped_and_reported(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "pyzbar", lambda: None)
    monkeypatch.setattr(reader, "pyzbar", lambda: None)
    assert qr.scan(_image(text)).texts == (text,)
    assert "zbar" not in qr.scan(Image.new("L", (99, 99))).tried
    zxing, zbar = qr.reader_libraries()
    assert (zxing.name, zxing.available, zxing.problem) == ("zxing-cpp", True, "")
    assert (zbar.name, zbar.available) == ("zbar", False)
    assert "libzbar" in zbar.problem


def test_zbar_looks_when_zxing_finds_nothing(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if search.pyzbar() is None:
        pytest.skip("libzbar is not installed")
    _readings(monkeypatch)
    (code,) = qr.scan(_image(text)).codes
    assert (code.text, code.raw, code.look) == (text, text.encode(), "zbar")
    assert len(code.corners) == 4


def test_neither_a_code_nor_a_scan_shows_its_text() -> None:
    found = qr.scan(_image("TC1:SECRET NAME"))
    assert found.texts == ("TC1:SECRET NAME",)
    assert "SECRET" not in repr(found)


def test_the_caller_s_picture_is_not_changed(text: str) -> None:
    image = _image(text).convert("RGBA")
    before = image.copy()
    qr.scan(image)
    assert ImageChops.difference(image, before).getbbox() is None
    assert image.mode == "RGBA"
