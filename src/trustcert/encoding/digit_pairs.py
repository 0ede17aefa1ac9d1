"""Two decimal digits a character (``ord - 45``), as SMART Health Cards write a JWS into QR codes.

All pairs are converted together, as 16-bit lanes of one big integer.
"""

from __future__ import annotations

from typing import Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import MESSAGE_CHARACTERS

__all__ = ["decode", "encode"]

_LANES: Final = MESSAGE_CHARACTERS // 2
_LOW: Final = int.from_bytes(b"\x00\xff" * _LANES, "big")
_ONES: Final = int.from_bytes(b"\x00\x01" * _LANES, "big")
_OFFSET: Final = 45
_FIRST: Final = "-"
_LAST: Final = "z"


def decode(digits: str) -> str:
    """Return the text that ``digits`` stand for.

    Raises:
        LimitExceededError: over :data:`~trustcert.limits.MESSAGE_CHARACTERS` digits.
        MalformedError: something else than digits, a lone one, or a pair above 77 (``z``).
    """
    if len(digits) > MESSAGE_CHARACTERS:
        raise LimitExceededError(f"over {MESSAGE_CHARACTERS} digits")
    if len(digits) % 2:
        raise MalformedError("a lone digit at the end")
    if digits and not (digits.isascii() and digits.isdigit()):
        raise MalformedError("must be decimal digits")
    count = len(digits) // 2
    lanes = int.from_bytes(digits.encode("ascii"), "big") & _mask(0x0F0F, count)
    tens = lanes >> 8 & _LOW
    values = 10 * tens + (lanes & _LOW) + _OFFSET * (_ONES & (1 << 16 * count) - 1)
    text = values.to_bytes(2 * count, "big")[1::2]
    if text and max(text) > ord(_LAST):
        raise MalformedError("pair above 77")
    return text.decode("ascii")


def encode(text: str) -> str:
    """Return the digits of ``text``, whose characters must be ``-`` to ``z``.

    Raises:
        LimitExceededError: over :data:`~trustcert.limits.MESSAGE_CHARACTERS` digits.
        MalformedError: another character.
    """
    if 2 * len(text) > MESSAGE_CHARACTERS:
        raise LimitExceededError(f"over {MESSAGE_CHARACTERS} digits")
    if text and not (min(text) >= _FIRST and max(text) <= _LAST):
        raise MalformedError("character that has no pair of digits")
    spread = bytearray(2 * len(text))
    spread[1::2] = text.encode("ascii")
    values = int.from_bytes(spread, "big") - _OFFSET * (_ONES & (1 << 16 * len(text)) - 1)
    tens = values * 103 >> 10 & _mask(0x000F, len(text))  # x // 10 == x * 103 >> 10 for x < 179
    digits = (tens << 8) + (values - 10 * tens) + _mask(0x3030, len(text))
    return digits.to_bytes(2 * len(text), "big").decode("ascii")


def _mask(lane: int, count: int) -> int:
    return lane * (_ONES & (1 << 16 * count) - 1)
