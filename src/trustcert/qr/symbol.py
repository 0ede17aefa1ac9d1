"""Text to the modules of a QR symbol (ISO/IEC 18004:2015).

The symbol is the smallest that holds the text at the wished error correction: zxing-cpp's writer
splits the text into numeric, alphanumeric and byte segments by dynamic programming, so that
``shc:/`` and its digits, or ``TC1:`` and its base45, cost what the standard lets them cost.

ASCII travels as it is. Any other text is UTF-8 under an ECI (ISO/IEC 18004 section 7.4.2, ECI
000026): without it a reader must guess the character set, and readers guess differently.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from types import MappingProxyType
from typing import Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import TEXT_CHARACTERS
from trustcert.values import Value

__all__ = ["LEVELS", "Symbol", "matrix", "penalty"]

LEVELS: Final = ("L", "M", "Q", "H")
"""Error correction levels: about 7, 15, 25 and 30 % of a symbol may be lost."""

_CAPACITY: Final = MappingProxyType(
    {
        "L": (7_089, 4_296, 2_953),
        "M": (5_596, 3_391, 2_331),
        "Q": (3_993, 2_420, 1_663),
        "H": (3_057, 1_852, 1_273),
    }
)
# Digits, alphanumeric characters and bytes in version 40: ISO/IEC 18004:2015, table 7.


class Symbol(Value, frozen=True, kw_only=True):
    """A QR symbol without its quiet zone.

    ``version`` is 1 to 40, ``size`` the modules of a side (17 + 4 versions), ``modules`` the rows
    from top to bottom in one string of bytes, one byte a module: 1 dark, 0 light.
    """

    _shown = ("version", "error_correction", "size")

    version: int
    error_correction: str
    size: int
    modules: bytes

    @property
    def rows(self) -> tuple[bytes, ...]:
        """The modules row by row, each ``size`` bytes long."""
        return tuple(
            self.modules[start : start + self.size]
            for start in range(0, len(self.modules), self.size)
        )


_DARK: Final = bytes(ord("1") if grey < 128 else ord("0") for grey in range(256))
_TO_MODULES: Final = bytes.maketrans(b"01", b"\x00\x01")


def matrix(text: str, *, error_correction: str = "M") -> Symbol:
    """Return the smallest symbol that holds ``text``, under the best of the eight masks.

    Raises:
        LimitExceededError: the text does not fit version 40; the message says what would.
        MalformedError: no text, a lone surrogate, or an unknown error correction level.
    """
    _refuse_unwritable(text, error_correction)
    try:
        size, unmasked = _encoded(text, error_correction, mask=0)
    except ValueError:
        raise LimitExceededError(_too_long(text, error_correction)) from None
    masked = (unmasked ^ mask for mask in _masks(size, error_correction))
    best = min(masked, key=lambda modules: penalty(modules, size))
    return Symbol(
        version=(size - 17) // 4,
        error_correction=error_correction,
        size=size,
        modules=f"{best:0{size * size}b}".encode().translate(_TO_MODULES),
    )


def _encoded(text: str, level: str, *, mask: int, version: int = 0) -> tuple[int, int]:
    """Return the modules of a side, and all modules as the bits of one number."""
    import zxingcpp

    options: dict[str, str | int] = {"ec_level": level, "data_mask": mask}
    if version:
        options["version"] = version
    if not text.isascii():
        options["eci"] = "UTF-8"
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, **options)
    image = zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False)
    return image.shape[0], int(bytes(memoryview(image)).translate(_DARK), 2)  # type: ignore[arg-type]


@lru_cache(maxsize=160)
def _masks(size: int, level: str) -> tuple[int, ...]:
    """Return by which modules each mask differs from mask 0: the same in every symbol of a size."""
    version = (size - 17) // 4
    symbols = [_encoded("0", level, mask=mask, version=version)[1] for mask in range(8)]
    return tuple(symbols[0] ^ symbol for symbol in symbols)


def penalty(modules: int, size: int) -> int:
    """Return how hard a symbol is to read, by the rules of ISO/IEC 18004:2015 section 7.8.3.1.

    ``modules`` are the bits of one number, row by row, a dark module a 1. Runs of five and more of
    one colour count 3 and 1 for each more, squares of four 3, what looks like a finder pattern
    beside four light modules 40, and each 5 % that the dark ones are away from half 10.
    """
    light = modules ^ ((1 << size * size) - 1)
    points = 10 * (abs(modules.bit_count() * 20 - 10 * size * size) // (size * size))
    for colour in (modules, light):
        pairs = colour & (colour >> 1) & _starts(size, 2)
        points += 3 * (pairs & (pairs >> size)).bit_count()
    for step in (1, size):
        five = _starts(size, 5) if step == 1 else -1
        for colour in (modules, light):
            pairs = colour & (colour >> step)
            runs = pairs & (pairs >> 2 * step) & (colour >> 4 * step) & five
            points += runs.bit_count() + 2 * (runs & ~(runs << step)).bit_count()
        dark = (modules, *(modules >> i * step for i in (2, 3, 4, 6)))
        finder = reduce(int.__and__, dark) & (light >> step) & (light >> 5 * step)
        blank = light & (light >> step)
        blank &= blank >> 2 * step
        eleven = _starts(size, 11) if step == 1 else -1
        before = finder & (blank >> 7 * step) & eleven
        after = blank & (finder >> 4 * step) & eleven
        points += 40 * (before.bit_count() + after.bit_count())
    return points


@lru_cache(maxsize=120)
def _starts(size: int, length: int) -> int:
    """Return the bits from which ``length`` modules lie in one row."""
    row = (1 << (size - length + 1)) - 1
    return sum(row << (size * y) for y in range(size))


def _refuse_unwritable(text: str, error_correction: str) -> None:
    if error_correction not in LEVELS:
        raise MalformedError("not one of L, M, Q, H", where="error_correction")
    if not text:
        raise MalformedError("no text to write")
    if len(text) > TEXT_CHARACTERS:
        raise LimitExceededError(_too_long(text, error_correction))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedError("text with a lone surrogate") from None


def _too_long(text: str, level: str) -> str:
    digits, letters, octets = _CAPACITY[level]
    length = len(text.encode(errors="replace"))
    return (
        f"{length} bytes of text do not fit one QR symbol: at error correction {level} it holds"
        f" {digits} digits, {letters} alphanumeric characters or {octets} bytes"
    )
