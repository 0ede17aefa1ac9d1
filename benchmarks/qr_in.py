"""Reading QR codes: share decoded and time, side by side, on synthetic camera frames.

Every reader sees the same frames in the same run, in turns. A frame counts as read only when the
text is right. The frames are made from a seed: versions 5 to 25, one code each, on a textured
background; per group one kind of damage, from mild to what no reader survives; ``mixture`` has
several at once. Times are CPU time. The hard pictures of ``qr_pictures`` come after them, with the
share of all codes that was read, and the wrong contents; then what empty and hopeless pictures
cost, and the frames of a video.

    python benchmarks/qr_in.py [--quick] [--json FILE]
"""

from __future__ import annotations

import io
import math
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import zxingcpp
from PIL import Image, ImageFilter

import qr_pictures
from measure import main
from trustcert import qr
from trustcert.qr.draw import symbol_png
from trustcert.qr.symbol import Symbol

SIZES = ((640, 480), (1280, 720))
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
GROUPS = (
    "easy", "rotated", "perspective", "small", "blurred", "noisy",
    "speckled", "dim", "jpeg", "inverted", "mixture",
)  # fmt: skip
SUPERSAMPLING = 2
MODULE = 8


class Frame(NamedTuple):
    group: str
    text: str
    image: Image.Image


class Damage(NamedTuple):
    pixels: float = 3.0  # a module
    angle: float = 0.0  # degrees
    tilt: float = 0.0  # of the far side, relative
    blur: float = 0.0  # sigma in modules
    noise: float = 0.0  # sigma in grey levels
    specks: float = 0.0  # share of black and white pixels
    light: float = 1.0  # contrast left
    quality: int = 0  # of JPEG, 0 for none
    inverted: bool = False


def damage(group: str, level: float, rng: random.Random) -> Damage:
    """One kind of damage, ``level`` from 0 (mild) to 1 (severe)."""
    turn = rng.uniform(-8, 8)
    kinds: dict[str, Callable[[], Damage]] = {
        "easy": lambda: Damage(pixels=3 + level, angle=turn),
        "rotated": lambda: Damage(angle=360 * level),
        "perspective": lambda: Damage(tilt=0.35 * level, angle=turn),
        "small": lambda: Damage(pixels=2.2 - 1.0 * level, angle=turn),
        "blurred": lambda: Damage(blur=0.3 + 0.35 * level, angle=turn),
        "noisy": lambda: Damage(noise=20 + 50 * level, angle=turn),
        "speckled": lambda: Damage(specks=0.02 + 0.13 * level, angle=turn),
        "dim": lambda: Damage(light=0.5 - 0.4 * level, noise=4, angle=turn),
        "jpeg": lambda: Damage(quality=int(40 - 30 * level), angle=turn),
        "inverted": lambda: Damage(inverted=True, angle=turn),
        "mixture": lambda: Damage(
            pixels=rng.uniform(1.6, 4),
            angle=rng.uniform(0, 360),
            tilt=rng.uniform(0, 0.25),
            blur=rng.uniform(0, 0.5),
            noise=rng.uniform(0, 40),
            light=rng.uniform(0.3, 1),
            quality=rng.choice((0, 30, 60)),
        ),
    }
    return kinds[group]()


def frames(size: tuple[int, int], per_group: int, seed: int = 20) -> list[Frame]:
    rng = random.Random(seed)  # noqa: S311 - test data
    made = []
    for group in GROUPS:
        for index in range(per_group):
            level = index / max(per_group - 1, 1)
            wanted = damage(group, level, rng)
            room = 0.92 * min(size) / wanted.pixels / (1 if group != "rotated" else 1.42)
            most = max(5, min(25, int((room - 8 - 17) / 4)))
            text = _text(rng.randint(5, most), rng)
            made.append(Frame(group, text, _frame(qr.matrix(text), size, wanted, rng)))
    return made


def _text(version: int, rng: random.Random) -> str:
    length = {5: 122, 10: 311, 15: 600, 20: 970, 25: 1451}
    below = max(known for known in length if known <= version)
    above = min((known for known in length if known >= version), default=25)
    share = (version - below) / (above - below) if above > below else 0
    characters = int(length[below] + share * (length[above] - length[below]))
    return "TC1:" + "".join(rng.choices(ALPHABET, k=characters - 8))


def _frame(
    symbol: Symbol, size: tuple[int, int], wanted: Damage, rng: random.Random
) -> Image.Image:
    code = Image.open(io.BytesIO(symbol_png(symbol, scale=MODULE))).convert("L")
    if wanted.inverted:
        code = code.point(lambda level: 255 - level)
    side = (symbol.size + 8) * wanted.pixels
    width, height = (length * SUPERSAMPLING for length in size)
    corners = _corners(side * SUPERSAMPLING, wanted, (width, height), rng)
    coefficients = _perspective(corners, code.width)
    coarse = np.random.default_rng(rng.getrandbits(32)).normal(
        128, 40, (size[1] // 8, size[0] // 8)
    )
    texture = Image.fromarray(np.clip(coarse, 0, 255).astype(np.uint8)).resize((width, height))
    warp = Image.Transform.PERSPECTIVE
    seen = code.transform((width, height), warp, coefficients, Image.Resampling.BICUBIC)
    mask = Image.new("L", code.size, 255).transform((width, height), warp, coefficients)
    frame = Image.composite(seen, texture, mask).reduce(SUPERSAMPLING)
    if wanted.blur:
        frame = frame.filter(ImageFilter.GaussianBlur(wanted.blur * wanted.pixels))
    return _sensor(frame, wanted, rng)


def _corners(
    side: float, wanted: Damage, size: tuple[int, int], rng: random.Random
) -> list[tuple[float, float]]:
    half = side / 2
    near, far = half, half * (1 - wanted.tilt)
    square = [(-far, -half), (far, -half), (near, half), (-near, half)]
    turn = math.radians(wanted.angle)
    turned = [
        (x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn))
        for x, y in square
    ]
    reach_x = max(abs(x) for x, _ in turned)
    reach_y = max(abs(y) for _, y in turned)
    slack_x = max(size[0] / 2 - reach_x, 0)
    slack_y = max(size[1] / 2 - reach_y, 0)
    middle_x = size[0] / 2 + rng.uniform(-slack_x, slack_x)
    middle_y = size[1] / 2 + rng.uniform(-slack_y, slack_y)
    return [(middle_x + x, middle_y + y) for x, y in turned]


def _perspective(corners: list[tuple[float, float]], side: int) -> list[float]:
    """Coefficients that take a point of the frame to a point of the code."""
    targets = ((0, 0), (side, 0), (side, side), (0, side))
    rows: list[tuple[float, ...]] = []
    values: list[float] = []
    for (x, y), (u, v) in zip(corners, targets, strict=True):
        rows.append((x, y, 1, 0, 0, 0, -u * x, -u * y))
        rows.append((0, 0, 0, x, y, 1, -v * x, -v * y))
        values += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows, float), np.array(values))]


def _sensor(frame: Image.Image, wanted: Damage, rng: random.Random) -> Image.Image:
    levels = np.asarray(frame, np.float64)
    generator = np.random.default_rng(rng.getrandbits(32))
    if wanted.light < 1:
        levels = 60 + (levels - 60) * wanted.light
    if wanted.noise:
        levels = levels + generator.normal(0, wanted.noise, levels.shape)
    if wanted.specks:
        hit = generator.random(levels.shape) < wanted.specks
        levels = np.where(hit, generator.choice((0.0, 255.0), levels.shape), levels)
    frame = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    if wanted.quality:
        file = io.BytesIO()
        frame.save(file, "JPEG", quality=wanted.quality)
        frame = Image.open(file).convert("L")
    return frame


def _zxing(image: Image.Image, **options: Any) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image, **options)]


def readers() -> dict[str, Callable[[Image.Image, str], Sequence[str]]]:
    """Readers by name; each takes the frame and the text that a signature would confirm."""
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    wanted: dict[str, Callable[[Image.Image, str], Sequence[str]]] = {
        "trustcert.qr.scan": lambda image, text: qr.scan(image, accept=text.__eq__).texts,
        "trustcert.qr.scan, budget 0": lambda image, text: (
            qr.scan(image, accept=text.__eq__, budget=0).texts
        ),
        "zxing-cpp, QR only": lambda image, _: _zxing(image, formats=only),
        "zxing-cpp, all formats": lambda image, _: _zxing(image),
    }
    try:
        from pyzbar import pyzbar
    except ImportError:
        return wanted
    symbols = [pyzbar.ZBarSymbol.QRCODE]
    wanted["pyzbar, QR only"] = lambda image, _: [
        found.data.decode(errors="replace") for found in pyzbar.decode(image, symbols=symbols)
    ]
    return wanted


def _measure(made: list[Frame]) -> dict[str, list[tuple[bool, float]]]:
    measured: dict[str, list[tuple[bool, float]]] = {name: [] for name in readers()}
    turns = list(readers().items())
    for frame in made:
        turns.append(turns.pop(0))
        for name, read in turns:
            start = time.thread_time()
            texts = read(frame.image, frame.text)
            spent = 1e3 * (time.thread_time() - start)
            measured[name].append((frame.text in texts, spent))
    return measured


def _rows(size: tuple[int, int], made: list[Frame]) -> list[dict[str, Any]]:
    measured = _measure(made)
    camera = f"{size[0]}x{size[1]}"
    rows = []
    raw = [spent for _, spent in measured["zxing-cpp, QR only"]]
    plain = [not frame.group.startswith("mixture") for frame in made]
    for name, results in measured.items():
        times = [spent for _, spent in results]
        single = [read for (read, _), one in zip(results, plain, strict=True) if one]
        mixed = [read for (read, _), one in zip(results, plain, strict=True) if not one]
        for what, unit, value in (
            ("one damage", "share read", statistics.fmean(single)),
            ("mixture", "share read", statistics.fmean(mixed)),
        ):
            rows.append(_row(f"{camera} {what}", name, unit, value))
        easy = [t for t, frame in zip(times, made, strict=True) if frame.group == "easy"]
        easy_raw = [t for t, frame in zip(raw, made, strict=True) if frame.group == "easy"]
        for what, spent, base in (("easy frames", easy, easy_raw), ("all frames", times, raw)):
            row = _row(f"{camera} {what}", name, "ms", statistics.median(spent))
            row["spread"] = _spread(spent)
            row["ratio"] = statistics.median(spent) / statistics.median(base)
            rows.append(row)
        for group in dict.fromkeys(frame.group for frame in made if frame.group != "mixture"):
            share = [read for (read, _), f in zip(results, made, strict=True) if f.group == group]
            rows.append(_row(f"{camera} {group}", name, "share read", statistics.fmean(share)))
    return rows


def _row(group: str, what: str, unit: str, median: float) -> dict[str, Any]:
    return {
        "group": group,
        "what": what,
        "unit": unit,
        "median": median,
        "spread": None,
        "ratio": None,
    }


def _spread(values: list[float]) -> float:
    quartiles = statistics.quantiles(values, n=4)
    return quartiles[2] - quartiles[0]


def hard_readers() -> dict[str, Callable[[Image.Image, tuple[str, ...]], Sequence[str]]]:
    """Readers of pictures with several codes; each takes the texts a signature would confirm."""
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
    return {
        "trustcert.qr.scan": lambda image, texts: (
            qr.scan(image, accept=texts.__contains__, max_codes=100).texts
        ),
        "trustcert.qr.scan, budget 5": lambda image, texts: (
            qr.scan(image, accept=texts.__contains__, max_codes=100, budget=5).texts
        ),
        "trustcert.qr.scan, no signature": lambda image, _: qr.scan(image, max_codes=100).texts,
        "zxing-cpp, QR only": lambda image, _: _zxing(image, formats=only),
    }


def _hard_rows(quick: bool) -> list[dict[str, Any]]:
    made = qr_pictures.pictures(3 if quick else 20)
    rows = []
    for name, read in hard_readers().items():
        wrong = 0
        shares: dict[str, list[float]] = {}
        times: dict[str, list[float]] = {}
        for picture in made:
            start = time.thread_time()
            texts = set(read(picture.image, picture.texts))
            times.setdefault(picture.group, []).append(1e3 * (time.thread_time() - start))
            right = texts & set(picture.texts)
            wrong += len(texts - right)
            shares.setdefault(picture.group, []).append(len(right) / len(picture.texts))
        for group, share in shares.items():
            rows.append(_row(f"hard: {group}", name, "share read", statistics.fmean(share)))
            rows.append(_row(f"hard: {group}", name, "ms", statistics.fmean(times[group])))
        mean = statistics.fmean(statistics.fmean(share) for share in shares.values())
        rows.append(_row("hard: mean of the groups", name, "share read", mean))
        rows.append(_row("hard: mean of the groups", name, "wrong contents", wrong))
    return rows


def _empty_rows(quick: bool) -> list[dict[str, Any]]:
    """What is spent where there is no code: a whole scan, a frame of a video, a bare look."""
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
    generator = np.random.default_rng(3)
    rows = []
    for width, height in (*SIZES, (1632, 1224)):
        count = 8 if quick else 40
        coarse = generator.normal(128, 40, (count, height // 8, width // 8))
        seen = [
            Image.fromarray(np.clip(each, 0, 255).astype(np.uint8)).resize((width, height))
            for each in coarse
        ]
        stream = qr.Reader()
        cases: dict[str, Callable[[Image.Image], object]] = {
            "trustcert.qr.scan": qr.scan,
            "trustcert.qr.Reader, a frame": stream.look,
            "zxing-cpp, QR only": lambda image: _zxing(image, formats=only),
        }
        means = {}
        for name, case in cases.items():
            start = time.thread_time()
            for image in seen:
                case(image)
            means[name] = 1e3 * (time.thread_time() - start) / count
        for name, mean in means.items():
            row = _row(f"{width}x{height} without a code", name, "ms", mean)
            row["ratio"] = mean / means["zxing-cpp, QR only"]
            rows.append(row)
    return rows


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Rows of group, what, unit, median, spread (interquartile) and ratio to bare zxing-cpp."""
    rows = []
    for size in SIZES:
        rows += _rows(size, frames(size, 4 if quick else 30))
    rows += _hard_rows(quick) + _empty_rows(quick)
    return sorted(rows, key=lambda row: row["group"])


if __name__ == "__main__":
    main(run)
