"""Text to the modules of a QR symbol (ISO/IEC 18004:2015).

The symbol is the smallest that holds the text at the wished error correction: zxing-cpp's writer
splits the text into numeric, alphanumeric and byte segments by dynamic programming, so that
``shc:/`` and its digits, or ``TC1:`` and its base45, cost what the standard lets them cost.

ASCII travels as it is. Any other text is UTF-8 under an ECI (ISO/IEC 18004 section 7.4.2, ECI
000026): without it a reader must guess the character set, and readers guess differently.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import TEXT_CHARACTERS
from trustcert.values import Value

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


_DARK: Final = bytes(1 if grey < 128 else 0 for grey in range(256))


def matrix(text: str, *, error_correction: str = "M") -> Symbol:
    """Return the smallest symbol that holds ``text``.

    Raises:
        LimitExceededError: the text does not fit version 40; the message says what would.
        MalformedError: no text, a lone surrogate, or an unknown error correction level.
    """
    _refuse_unwritable(text, error_correction)
    import zxingcpp

    options = {"ec_level": error_correction}
    if not text.isascii():
        options["eci"] = "UTF-8"
    try:
        barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, **options)
    except ValueError:
        raise LimitExceededError(_too_long(text, error_correction)) from None
    image = zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False)
    size = image.shape[0]
    return Symbol(
        version=(size - 17) // 4,
        error_correction=error_correction,
        size=size,
        modules=bytes(memoryview(image)).translate(_DARK),  # type: ignore[arg-type]
    )


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
