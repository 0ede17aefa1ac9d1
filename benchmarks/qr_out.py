"""Writing QR codes: time and size, side by side with qrcode, segno and bare zxing-cpp.

All writers get the same texts in the same run, in turns; medians of the rounds, spread is the
interquartile range, ratio is to bare zxing-cpp (with Pillow where a PNG is made). Every PNG is
read back before anything is timed.

    python benchmarks/qr_out.py [--quick] [--json FILE]
"""

from __future__ import annotations

import io
import random
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import qrcode
import qrcode.constants
import segno
import zxingcpp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from measure import main
from trustcert import qr

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
RNG = random.Random(300)  # noqa: S311 - test data
TEXTS = {
    "300 alphanumeric": "TC1:" + "".join(RNG.choices(ALPHABET, k=296)),
    "health card, 1200 digits": "shc:/" + "".join(RNG.choices("0123456789", k=1_200)),
    "token, 395 bytes": "".join(RNG.choices(ALPHABET.lower()[:36] + "_-.", k=395)),
    "name in UTF-8": "古丽娜尔·阿不都热依木" * 5,
}
SCALE = 4
BARE = "zxing-cpp, bare"

Maker = Callable[[str], Any]


def _qrcode(text: str) -> qrcode.QRCode[Any]:
    code: qrcode.QRCode[Any] = qrcode.QRCode(
        error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=SCALE, border=4
    )
    code.add_data(text)
    code.make(fit=True)
    return code


def _segno(text: str) -> segno.QRCode:
    return segno.make(text, error="m", micro=False, boost_error=False)


def _zxing(text: str) -> zxingcpp.Image:
    options = {} if text.isascii() else {"eci": "UTF-8"}
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", **options)
    return zxingcpp.write_barcode_to_image(code, scale=SCALE)


def _qrcode_png(text: str) -> bytes:
    file = io.BytesIO()
    _qrcode(text).make_image().save(file)
    return file.getvalue()


def _segno_png(text: str) -> bytes:
    file = io.BytesIO()
    _segno(text).save(file, kind="png", scale=SCALE)
    return file.getvalue()


def _zxing_png(text: str) -> bytes:
    drawn = _zxing(text)
    pixels = bytes(memoryview(drawn))  # type: ignore[arg-type]
    file = io.BytesIO()
    Image.frombytes("L", drawn.shape[::-1], pixels).save(file, "PNG")
    return file.getvalue()


MATRIX: dict[str, Maker] = {
    BARE: _zxing,
    "trustcert.qr.matrix": qr.matrix,
    "qrcode": lambda text: _qrcode(text).modules,
    "segno": lambda text: _segno(text).matrix,
}
PNG: dict[str, Maker] = {
    BARE: _zxing_png,
    "trustcert.qr.png": qr.png,
    "qrcode": _qrcode_png,
    "segno": _segno_png,
}
VERSION: dict[str, Callable[[str], int]] = {
    "trustcert.qr.matrix": lambda text: qr.matrix(text).version,
    "qrcode": lambda text: int(_qrcode(text).version or 0),
    "segno": lambda text: int(_segno(text).version),
}


def _rounds(makers: dict[str, Maker], text: str, rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in makers}
    turns = list(makers.items())
    for maker in makers.values():
        maker(text)
    for _ in range(rounds):
        turns.append(turns.pop(0))
        for name, maker in turns:
            start = time.perf_counter()
            maker(text)
            times[name].append(1e3 * (time.perf_counter() - start))
    return times


def _rows(group: str, times: dict[str, list[float]]) -> list[dict[str, Any]]:
    base = statistics.median(times[BARE])
    return [
        _row(group, name, "ms", spent, statistics.median(spent) / base)
        for name, spent in times.items()
    ]


def _row(
    group: str, what: str, unit: str, values: Iterable[float], ratio: float | None = None
) -> dict[str, Any]:
    measured = list(values)
    spread = None
    if len(measured) > 1:
        quartiles = statistics.quantiles(measured, n=4)
        spread = quartiles[2] - quartiles[0]
    return {
        "group": group,
        "what": what,
        "unit": unit,
        "median": statistics.median(measured),
        "spread": spread,
        "ratio": ratio,
    }


def _issuing(rounds: int) -> dict[str, Any]:
    """Codes a second on one core, from bytes to sign to a PNG."""
    key = ec.generate_private_key(ec.SECP256R1())
    text = TEXTS["300 alphanumeric"]
    rates = []
    for _ in range(rounds):
        start = time.perf_counter()
        for number in range(20):
            key.sign(b"%d" % number + bytes(100), ec.ECDSA(hashes.SHA256()))
            qr.png(text[:-2] + f"{number:02}")
        rates.append(20 / (time.perf_counter() - start))
    return _row("issuing", "ES256 signature and trustcert.qr.png", "codes/s", rates)


def _sheet(codes: int) -> dict[str, Any]:
    """Measure the bar of 1,000 codes a second to a vector sheet, fonts and files included."""
    rng = random.Random(12)  # noqa: S311 - test data
    entries = (
        qr.SheetEntry(
            text="TC1:" + "".join(rng.choices(ALPHABET, k=256)),
            captions=(f"张*{chr(0x4E00 + number % 700)}", "四川省 健康证明", "至 2026-12-06 07:24"),
        )
        for number in range(codes)
    )
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        qr.write_sheet(entries, Path(folder, "sheet.pdf"), at=0)
        rate = codes / (time.perf_counter() - start)
    return _row("sheet", f"trustcert.qr.write_sheet, {codes} codes as PDF", "codes/s", [rate])


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Rows of group, what, unit, median, spread (interquartile) and ratio to bare zxing-cpp."""
    rounds = 7 if quick else 41
    rows = []
    for name, text in TEXTS.items():
        for maker in PNG.values():
            assert text in qr.scan(maker(text)).texts
        rows += _rows(f"matrix, {name}", _rounds(MATRIX, text, rounds))
        rows += _rows(f"PNG, {name}", _rounds(PNG, text, rounds))
        rows += [
            _row(f"version, {name}", writer, "version", [version(text)])
            for writer, version in VERSION.items()
        ]
    return [*rows, _issuing(rounds), _sheet(600 if quick else 12_000)]


if __name__ == "__main__":
    main(run)
