from __future__ import annotations

import io
import random

import pytest
from PIL import Image, ImageFilter, ImageOps

from trustcert import qr
from trustcert.errors import MalformedError
from trustcert.qr.looks import LOOKS, REGION_LOOKS

TEXT = "TC1:" + "VIDEO FRAMES/" * 12


def _frame(scale: int = 4) -> Image.Image:
    canvas = Image.new("L", (640, 480), 170)
    canvas.paste(Image.open(io.BytesIO(qr.png(TEXT, scale=scale))).convert("L"), (150, 90))
    return canvas


def _noisy(image: Image.Image, sigma: float, seed: int) -> Image.Image:
    rng = random.Random(seed)  # noqa: S311 - test data
    levels = bytes(min(255, max(0, round(each + rng.gauss(0, sigma)))) for each in image.tobytes())
    return Image.frombytes("L", image.size, levels)


def test_an_easy_frame_is_read_by_the_quick_look() -> None:
    reader = qr.Reader()
    found = reader.look(_frame())
    assert (found.texts, found.tried) == ((TEXT,), ("quick",))


def test_an_empty_frame_gets_one_look() -> None:
    reader = qr.Reader()
    tried = [reader.look(Image.new("L", (640, 480), 255)).tried for _ in range(16)]
    assert all(len(looks) == 1 for looks in tried)
    assert {looks[0] for looks in tried} == {"quick", "plain", LOOKS[0].name, LOOKS[1].name}


def test_an_inverted_code_is_read_by_the_second_frame() -> None:
    reader = qr.Reader()
    frames = [reader.look(ImageOps.invert(_frame())).texts for _ in range(2)]
    assert (TEXT,) in frames


def test_second_looks_are_taken_only_where_a_symbol_was_located() -> None:
    worn = _frame()
    worn.paste(255, (220, 160, 300, 240))
    reader = qr.Reader(budget=10)
    found = reader.look(worn)
    assert len(found.unread) == 1
    assert set(found.tried) == {"quick", *(look.name for look in REGION_LOOKS)}
    assert qr.Reader(budget=0).look(worn).tried == ("quick",)


def test_frames_of_one_noisy_code_are_combined() -> None:
    image = _frame(3).filter(ImageFilter.GaussianBlur(0.8))
    alone = together = 0
    for start in range(0, 40, 10):
        reader = qr.Reader(budget=10)
        frames = [_noisy(image, 52, seed) for seed in range(start, start + 6)]
        alone += any(qr.Reader(budget=10).look(frame).codes for frame in frames)
        together += any(reader.look(frame).codes for frame in frames)
    assert together >= alone


def test_the_texts_of_a_stream_are_put_to_accept() -> None:
    found = qr.Reader(accept=lambda text: text == "another").look(_frame())
    assert (found.accepted, [code.text for code in found.refused]) == ((), [TEXT])


def test_a_damaged_frame_is_an_error_and_the_next_one_reads() -> None:
    reader = qr.Reader()
    with pytest.raises(MalformedError):
        reader.look(b"\x89PNG\r\n\x1a\n")
    assert reader.look(_frame()).texts == (TEXT,)
