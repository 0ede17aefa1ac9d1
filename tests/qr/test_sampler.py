"""Symbols that zxing-cpp locates and cannot read, bent and worn with numpy."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from trustcert import qr
from trustcert.qr import sampler

TEXT = "TC1:" + "BENT AND WORN/" * 12


def _bent(bend: Callable[[float, float], tuple[float, float]]) -> Image.Image:
    """The symbol at 6 pixels a module; ``bend`` takes places from 0 to 1 to places on it."""
    code = Image.open(io.BytesIO(qr.png(TEXT, scale=6))).convert("L")
    side = code.width
    step = side / 40
    mesh = []
    for row in range(40):
        for column in range(40):
            left, top = column * step, row * step
            box = tuple(round(each) for each in (left, top, left + step, top + step))
            corners: list[float] = []
            for x, y in ((0, 0), (0, 1), (1, 1), (1, 0)):
                u, v = bend((column + x) / 40, (row + y) / 40)
                corners += [u * side, v * side]
            mesh.append((box, tuple(corners)))
    seen = code.transform(
        code.size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC, fillcolor=255
    )
    page = Image.new("L", (side + 100, side + 100), 255)
    page.paste(seen, (50, 50))
    return page


def _waved(x: float, y: float) -> tuple[float, float]:
    return (
        x + 0.016 * math.sin(7 * y) * math.sin(math.pi * x),
        y + 0.016 * math.sin(9 * x + 1) * math.sin(math.pi * y),
    )


def _located(page: Image.Image) -> bool:
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
    found = zxingcpp.read_barcodes(page, formats=formats, return_errors=True)
    return any(each.error and each.extra for each in found)


def test_a_bent_symbol_is_read_by_its_own_grid() -> None:
    page = _bent(_waved)
    assert _located(page)
    found = qr.scan(page, accept=TEXT.__eq__, budget=5)
    assert [(code.text, code.look) for code in found.accepted] == [(TEXT, "own grid")]
    assert found.unread == ()
    assert set(qr.scan(page, budget=5).texts) <= {TEXT}


def test_without_numpy_the_other_looks_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampler, "available", lambda: False)
    page = _bent(_waved)
    found = qr.scan(page, accept=TEXT.__eq__, budget=5)
    assert "own grid" not in found.tried
    assert len(found.unread) == 1


def _modules() -> tuple[np.ndarray, int]:
    symbol = qr.matrix(TEXT)
    rows = np.frombuffer(symbol.modules, np.uint8).reshape(symbol.size, symbol.size)
    return rows.astype(np.float64) * 2 - 1, symbol.version


def _read(
    levels: np.ndarray, version: int, monkeypatch: pytest.MonkeyPatch, *, signed: bool
) -> object:
    monkeypatch.setattr(sampler, "_levels", lambda *_: levels)
    drawn = sampler.redrawn(Image.new("L", (9, 9)), ((0, 0),) * 4, version, signed=signed)
    if drawn is None:
        return None
    return [each.text for each in zxingcpp.read_barcodes(drawn)]


@pytest.mark.parametrize("signed", [True, False])
def test_weak_modules_are_erasures(
    signed: bool,  # noqa: FBT001 - a parameter
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    levels, version = _modules()
    assert _read(levels, version, monkeypatch, signed=signed) == [TEXT]
    worn = levels.copy()
    band = worn[12:22, 9:-9]
    band *= -0.01  # wrong, and known to be weak
    assert _read(worn, version, monkeypatch, signed=True) == [TEXT]
    wrong = levels.copy()
    wrong[12:22, 9:-9] *= -1  # wrong, and sure of it
    assert _read(wrong, version, monkeypatch, signed=signed) is None


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_no_symbol(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    size = 17 + 4 * 6
    noise = np.random.default_rng(seed).uniform(-1, 1, (size, size))
    assert _read(noise, 6, monkeypatch, signed=False) is None


def test_corners_that_span_nothing_and_unknown_versions_are_no_symbol() -> None:
    page = Image.new("L", (50, 50), 255)
    line = ((0, 0), (10, 10), (20, 20), (30, 30))
    assert sampler.redrawn(page, line, 5, signed=True) is None
    for version in (0, 41):
        corners = ((0, 0), (40, 0), (40, 40), (0, 40))
        assert sampler.redrawn(page, corners, version, signed=True) is None
