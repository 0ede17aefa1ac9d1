"""Hard pictures of QR codes, made from a seed: what print, paper, light and a moving hand do.

Each group has one kind of damage, from mild to what no reader survives. A picture is 1024 x 768
pixels of a textured desk with one code on white paper; a page has 35 codes on 1240 x 1754 pixels.
Every picture says which texts stand in it, so that a reader's result can be counted.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from trustcert import qr
from trustcert.qr.draw import symbol_png

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
SIZE = (1024, 768)
MODULE = 8
QUIET = 4
PAGE_CODES = 35

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Hard(NamedTuple):
    """A picture and the texts of the codes in it."""

    group: str
    texts: tuple[str, ...]
    image: Image.Image


def pictures(per_group: int, seed: int = 7) -> list[Hard]:
    """Return ``per_group`` pictures of each group, the damage rising from the first to the last."""
    made = []
    for number, (group, make) in enumerate(GROUPS.items()):
        for index in range(per_group):
            rng = np.random.default_rng((seed, number, index))
            level = index / max(per_group - 1, 1)
            made.append(make(group, level, rng))
    return made


def _text(rng: np.random.Generator, least: int = 60, most: int = 300) -> str:
    length = int(rng.integers(least, most))
    return "TC1:" + "".join(ALPHABET[place] for place in rng.integers(0, 45, length - 5)) + "0"


def _code(text: str) -> Floats:
    """The symbol with its quiet zone as levels 0 and 255, ``MODULE`` pixels a module."""
    drawn = symbol_png(qr.matrix(text), scale=MODULE)
    return np.asarray(Image.open(io.BytesIO(drawn)).convert("L"), np.float64)


def _desk(rng: np.random.Generator, size: tuple[int, int] = SIZE) -> Floats:
    width, height = size
    coarse = rng.normal(128, 45, (height // 12, width // 12))
    small = Image.fromarray(np.clip(coarse, 0, 255).astype(np.uint8))
    return np.asarray(small.resize(size, Image.Resampling.BICUBIC), np.float64)


def _sampled(code: Floats, u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Bilinear samples of ``code`` at ``u``, ``v`` (0 to 1 over its sides), and where it is."""
    side = code.shape[0]
    inside = (u >= 0) & (u < 1) & (v >= 0) & (v < 1)
    x, y = np.clip(u * side - 0.5, 0, side - 1.001), np.clip(v * side - 0.5, 0, side - 1.001)
    left, top = x.astype(int), y.astype(int)
    x, y = x - left, y - top
    above = code[top, left] * (1 - x) + code[top, left + 1] * x
    below = code[top + 1, left] * (1 - x) + code[top + 1, left + 1] * x
    return above * (1 - y) + below * y, inside.astype(np.float64)


Mapping = Callable[[Floats, Floats], tuple[Floats, Floats]]


def _photograph(code: Floats, mapping: Mapping, rng: np.random.Generator) -> Floats:
    """Show ``code`` on a desk: ``mapping`` takes pixels from the middle to places on the code."""
    width, height = SIZE
    grid = np.mgrid[0 : height * 2, 0 : width * 2].astype(np.float64) / 2 + 0.25
    y, x = grid[0] - height / 2, grid[1] - width / 2
    levels, inside = _sampled(code, *mapping(x, y))
    levels = 35 + levels * 0.8
    desk = _desk(rng).repeat(2, axis=0).repeat(2, axis=1)
    seen = levels * inside + desk * (1 - inside)
    halved: Floats = seen.reshape(height, 2, width, 2).mean(axis=(1, 3))
    return halved


def _turned(side: float, angle: float) -> Mapping:
    cosine, sine = math.cos(angle), math.sin(angle)

    def mapping(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return (x * cosine + y * sine) / side + 0.5, (y * cosine - x * sine) / side + 0.5

    return mapping


def _finished(levels: Floats, rng: np.random.Generator, noise: float = 4.0) -> Image.Image:
    noisy = levels + rng.normal(0, noise, levels.shape)
    file = io.BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=80)
    return Image.open(file).convert("L")


def _side(code: Floats, rng: np.random.Generator) -> float:
    return min(code.shape[0] / MODULE * float(rng.uniform(3.5, 6)), 620)


def _one(  # noqa: PLR0913 - one argument a column
    group: str,
    rng: np.random.Generator,
    *,
    printed: Callable[[Floats], Floats] = lambda code: code,
    mapping: Callable[[float], Mapping] | None = None,
    lit: Callable[[Floats], Floats] = lambda seen: seen,
    noise: float = 4.0,
) -> Hard:
    text = _text(rng)
    code = printed(_code(text))
    side = _side(code, rng)
    wanted = mapping(side) if mapping else _turned(side, float(rng.uniform(-0.4, 0.4)))
    seen = lit(_photograph(code, wanted, rng))
    return Hard(group, (text,), _finished(seen, rng, noise))


def _fat(group: str, level: float, rng: np.random.Generator) -> Hard:
    grown = 3 + 2 * round(2 * level)  # pixels of 8 a module

    def printed(code: Floats) -> Floats:
        image = Image.fromarray(code.astype(np.uint8))
        return np.asarray(image.filter(ImageFilter.MinFilter(grown)), np.float64)

    return _one(group, rng, printed=printed)


def _faint(group: str, level: float, rng: np.random.Generator) -> Hard:
    grown = 3 + 2 * round(2 * level)

    def printed(code: Floats) -> Floats:
        image = Image.fromarray(code.astype(np.uint8))
        return np.asarray(image.filter(ImageFilter.MaxFilter(grown)), np.float64)

    return _one(group, rng, printed=printed)


def _missing(group: str, level: float, rng: np.random.Generator) -> Hard:
    """Ink that did not take: spots, a stripe, a torn corner where no finder stands."""

    def printed(code: Floats) -> Floats:
        side = code.shape[0]
        worn = code.copy()
        y, x = np.mgrid[0:side, 0:side]
        for _ in range(int(3 + 25 * level)):
            spot_x, spot_y = rng.uniform(0.2, 0.9, 2) * side
            radius = rng.uniform(0.01, 0.03) * side
            worn[(x - spot_x) ** 2 + (y - spot_y) ** 2 < radius**2] = 255
        stripe = int(rng.uniform(0.35, 0.6) * side)
        worn[:, stripe : stripe + int(MODULE * 2.2 * level)] = 255
        corner = (side - x) + (side - y) < 0.45 * side * level
        worn[corner] = 255
        return worn

    return _one(group, rng, printed=printed)


def _spot(level: float, rng: np.random.Generator) -> Callable[[Floats], Floats]:
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    middle_x, middle_y = (
        SIZE[0] / 2 + rng.uniform(-120, 120),
        SIZE[1] / 2 + rng.uniform(-120, 120),
    )
    distance = (x - middle_x) ** 2 + (y - middle_y) ** 2
    light = np.exp(-distance / (2 * (120 + 60 * level) ** 2))
    return lambda seen: (
        seen * (1 - 0.75 * level) * 0.8 + (60 + 330 * level) * light * (0.3 + seen / 255)
    )


def _bright_spot(group: str, level: float, rng: np.random.Generator) -> Hard:
    return _one(group, rng, lit=_spot(level, rng))


def _glare(group: str, level: float, rng: np.random.Generator) -> Hard:
    """A reflection on a screen or foil: the contrast is all but gone inside its band."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    turn = rng.uniform(0, math.pi)
    across = (x - SIZE[0] / 2) * math.cos(turn) + (y - SIZE[1] / 2) * math.sin(turn)
    band = np.exp(-(((across - rng.uniform(-80, 80)) / (30 + 90 * level)) ** 2))
    veil = (0.55 + 0.42 * level) * band
    return _one(group, rng, lit=lambda seen: seen * (1 - veil) + 250 * veil)


def _crumpled(group: str, level: float, rng: np.random.Generator) -> Hard:
    """Folds: the paper's place shifts smoothly, and each facet has its own light."""
    waves = [
        (rng.uniform(4, 14), rng.uniform(0, 2 * math.pi), rng.uniform(0, 2 * math.pi))
        for _ in range(6)
    ]

    def mapping(side: float) -> Mapping:
        plain = _turned(side, float(rng.uniform(-0.4, 0.4)))

        def bent(x: Floats, y: Floats) -> tuple[Floats, Floats]:
            u, v = plain(x, y)
            for waving, turn, phase in waves:
                along = u * math.cos(turn) + v * math.sin(turn)
                push = (0.002 + 0.010 * level) * np.sin(waving * along + phase)
                u, v = u + push * math.sin(turn + 1), v + push * math.cos(turn + 1)
            return u, v

        return bent

    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    light = np.ones((SIZE[1], SIZE[0]))
    for _ in range(5):
        turn = rng.uniform(0, math.pi)
        across = x * math.cos(turn) + y * math.sin(turn)
        light *= 1 - 0.35 * level * (across > rng.uniform(200, 800))
    return _one(group, rng, mapping=mapping, lit=lambda seen: seen * light)


def _curved(group: str, level: float, rng: np.random.Generator) -> Hard:
    """Round a bottle: the code covers 60 to 160 degrees of it."""
    arc = math.radians(60 + 100 * level)

    def mapping(side: float) -> Mapping:
        radius = side / arc
        plain = _turned(1.0, float(rng.uniform(-0.15, 0.15)))

        def bent(x: Floats, y: Floats) -> tuple[Floats, Floats]:
            x, y = plain(x, y)
            sine = np.clip((x - 0.5) / radius, -1, 1)
            u = np.arcsin(sine) / arc + 0.5
            # the camera stands a little above: lines around the bottle become arcs
            v = (y - 0.5 + 0.18 * radius * (1 - np.sqrt(1 - sine**2))) / side + 0.5
            return np.where(np.abs(x - 0.5) < radius, u, -1.0), v

        return bent

    return _one(group, rng, mapping=mapping)


def _tilted(group: str, level: float, rng: np.random.Generator) -> Hard:
    """Seen at 45 to 78 degrees from the normal, by a camera 2.5 sides away."""
    tilt = math.radians(45 + 33 * level)
    axis = float(rng.uniform(0, 2 * math.pi))

    def mapping(side: float) -> Mapping:
        far = 2.5 * side
        turn = _turned(1.0, axis)
        back = _turned(side, float(rng.uniform(-0.4, 0.4)))

        def seen(x: Floats, y: Floats) -> tuple[Floats, Floats]:
            x, y = (place - 0.5 for place in turn(x, y))
            # a ray (x, y, far) meets the plane through (0, 0, far) that leans by `tilt`
            depth = far * math.cos(tilt) / (math.cos(tilt) - y / far * math.sin(tilt))
            depth = np.where(depth > 0, depth, np.inf)
            along = (depth - far) / math.sin(tilt)
            u, v = back(x * depth / far, np.where(np.isfinite(along), along, 1e6))
            return u, v

        return seen

    return _one(group, rng, mapping=mapping)


def _low_contrast(group: str, level: float, rng: np.random.Generator) -> Hard:
    middle = float(rng.uniform(60, 190))
    kept = 0.25 - 0.2 * level
    return _one(group, rng, lit=lambda seen: middle + (seen - 128) * kept, noise=2.5)


def _moved(group: str, level: float, rng: np.random.Generator) -> Hard:
    reach, turn = 3 + 11 * level, rng.uniform(0, math.pi)

    def lit(seen: Floats) -> Floats:
        blurred = np.zeros_like(seen)
        steps = 15
        image = Image.fromarray(seen.astype(np.float32))
        for step in range(steps):
            far = (step / (steps - 1) - 0.5) * reach
            move = (1, 0, far * math.cos(turn), 0, 1, far * math.sin(turn))
            shifted = image.transform(SIZE, Image.Transform.AFFINE, move, Image.Resampling.BILINEAR)
            blurred += np.asarray(shifted, np.float64)
        return blurred / steps

    return _one(group, rng, lit=lit)


def _page(group: str, level: float, rng: np.random.Generator) -> Hard:
    """A page of 35 codes as a flatbed or a phone takes it."""
    width, height = 1240, 1754
    page = np.full((height, width), 235.0)
    texts = []
    for place in range(PAGE_CODES):
        text = _text(rng, 60, 160)
        code = _code(text)
        side = int(min(code.shape[0] / MODULE * 3.6, 225))
        small = Image.fromarray(code.astype(np.uint8)).resize((side, side), Image.Resampling.BOX)
        left, top = 20 + place % 5 * 243, 20 + place // 5 * 248
        page[top : top + side, left : left + side] = 30 + np.asarray(small, np.float64) * 0.8
        texts.append(text)
    turned = Image.fromarray(page.astype(np.uint8)).rotate(
        float(rng.uniform(-4, 4)), Image.Resampling.BICUBIC, fillcolor=120
    )
    blurred = turned.filter(ImageFilter.GaussianBlur(0.4 + 1.3 * level))
    y, x = np.mgrid[0:height, 0:width]
    light = 1 - 0.6 * level * (x / width + y / height) / 2
    seen = np.asarray(blurred, np.float64) * light
    return Hard(group, tuple(texts), _finished(seen, rng, 3 + 9 * level))


GROUPS: dict[str, Callable[[str, float, np.random.Generator], Hard]] = {
    "fat print": _fat,
    "faint print": _faint,
    "missing print": _missing,
    "bright spot": _bright_spot,
    "glare": _glare,
    "crumpled": _crumpled,
    "curved": _curved,
    "tilted": _tilted,
    "low contrast": _low_contrast,
    "motion": _moved,
    "page of 35": _page,
}
