from __future__ import annotations

import io
import math
import random
from collections.abc import Callable

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps

from trustcert import qr
from trustcert.qr import reader

PATHS = ("plain", "smoothed", "doubled", "aztec", "sharpened", "median")


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
    assert not found.more
    limited = qr.scan(page, max_codes=3)
    assert len(limited.codes) == 3
    assert limited.more


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
    assert found.tried[: len(PATHS)] == PATHS
    assert ("zbar" in found.tried) == (reader._pyzbar() is not None)
    assert not found.out_of_time


def test_looking_goes_on_until_a_text_is_accepted(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = reader.Code(text="TC1:WRONG", raw=b"TC1:WRONG", symbology="QR", corners=(), look="")
    right = reader.Code(text=text, raw=text.encode(), symbology="QR", corners=(), look="")
    seen = iter(([wrong], [wrong], [wrong, right]))
    monkeypatch.setattr(reader, "_zxing", lambda *_, **__: next(seen))
    asked: list[str] = []

    def accept(candidate: str) -> bool:
        asked.append(candidate)
        return candidate == text

    found = qr.scan(Image.new("L", (99, 99)), accept=accept)
    assert found.accepted == (right,)
    assert found.refused == (wrong,)
    assert found.texts == (text, "TC1:WRONG")
    assert found.tried == PATHS[:3]
    assert asked == ["TC1:WRONG", text]


def test_refused_codes_never_push_out_an_accepted_one(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [
        reader.Code(text=each, raw=each.encode(), symbology="QR", corners=(), look="")
        for each in (*(f"TC1:{number}" for number in range(40)), text)
    ]
    monkeypatch.setattr(reader, "_zxing", lambda *_, **__: codes)
    found = qr.scan(Image.new("L", (99, 99)), accept=text.__eq__)
    assert [code.text for code in found.accepted] == [text]
    assert len(found.codes) == 16
    assert found.more


def test_no_look_starts_after_the_budget() -> None:
    ticks = iter(range(100))
    found = qr.scan(Image.new("L", (99, 99), 255), budget=3, clock=lambda: next(ticks))
    assert found.tried == PATHS[:3]
    assert found.out_of_time
    first_only = qr.scan(Image.new("L", (99, 99), 255), budget=0)
    assert first_only.tried == ("plain",)
    assert first_only.out_of_time


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
    assert (code.text, code.symbology, code.look) == ("TC1:AZTEC", "Aztec", "aztec")


def test_other_symbologies_and_micro_qr_are_no_codes() -> None:
    for kind in ("DataMatrix", "PDF417", "Code128", "MicroQRCode"):
        assert qr.scan(_symbol("12345", kind)).codes == ()


def test_a_missing_libzbar_is_skipped_and_reported(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_pyzbar", lambda: None)
    assert qr.scan(_image(text)).texts == (text,)
    assert "zbar" not in qr.scan(Image.new("L", (99, 99))).tried
    zxing, zbar = qr.readers()
    assert (zxing.name, zxing.available, zxing.problem) == ("zxing-cpp", True, "")
    assert (zbar.name, zbar.available) == ("zbar", False)
    assert "libzbar" in zbar.problem


def test_zbar_looks_when_zxing_finds_nothing(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if reader._pyzbar() is None:
        pytest.skip("libzbar is not installed")
    monkeypatch.setattr(reader, "_zxing", lambda *_, **__: [])
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
