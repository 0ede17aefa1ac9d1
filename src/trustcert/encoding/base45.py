"""Base45 (RFC 9285), all digits at once as one big integer.

Two bytes are three digits, least significant first. Instead of looping over them, decoding reads
the whole text as one integer with a 24-bit lane a triple, and encoding the whole data with a
32-bit lane a pair; a few multiplications then convert every lane together. Space is a digit:
never strip a base45 text.
"""

from __future__ import annotations

from typing import Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import TEXT_CHARACTERS

__all__ = ["decode", "encode"]

_ALPHABET: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_NO_DIGIT: Final = 0xFF
_DIGITS: Final = bytes(_ALPHABET.find(c) if c in _ALPHABET else _NO_DIGIT for c in range(256))
_LETTERS: Final = _ALPHABET + bytes(256 - len(_ALPHABET))

_LANES: Final = TEXT_CHARACTERS // 3 + 1
_LOW: Final = int.from_bytes(b"\x00\x00\xff" * _LANES, "big")
_OVERFLOW: Final = int.from_bytes(b"\xff\x00\x00" * _LANES, "big")
_ELEVEN_BITS: Final = int.from_bytes(b"\x00\x00\x07\xff" * _LANES, "big")
_SIX_BITS: Final = int.from_bytes(b"\x00\x00\x00\x3f" * _LANES, "big")


def decode(text: str) -> bytes:
    """Return the bytes that ``text`` stands for.

    Raises:
        LimitExceededError: longer than :data:`~trustcert.limits.TEXT_CHARACTERS`.
        MalformedError: a character outside the alphabet, a lone digit, or a group over its range.
    """
    if len(text) > TEXT_CHARACTERS:
        raise LimitExceededError(f"base45 text of over {TEXT_CHARACTERS} characters")
    try:
        digits = text.encode().translate(_DIGITS)
    except UnicodeEncodeError:
        raise MalformedError("character outside the base45 alphabet") from None
    if _NO_DIGIT in digits:
        raise MalformedError("character outside the base45 alphabet")
    rest = len(digits) % 3
    if rest == 1:
        raise MalformedError("base45 text ends in a lone digit")
    lanes = int.from_bytes(digits[:-2] if rest else digits)
    pairs = (lanes >> 16 & _LOW) + 45 * (lanes >> 8 & _LOW) + 2025 * (lanes & _LOW)
    if pairs & _OVERFLOW:
        raise MalformedError("base45 group over 65535")
    out = bytearray(pairs.to_bytes(len(digits) - rest))
    del out[::3]
    if rest:
        last = digits[-2] + 45 * digits[-1]
        if last > 255:
            raise MalformedError("base45 group over 255")
        out.append(last)
    return bytes(out)


def encode(data: bytes) -> str:
    """Return the base45 text of ``data``.

    Raises:
        LimitExceededError: the text would be longer than
            :data:`~trustcert.limits.TEXT_CHARACTERS`.
    """
    pairs, odd = divmod(len(data), 2)
    if 3 * pairs + 2 * odd > TEXT_CHARACTERS:
        raise LimitExceededError(f"base45 text of over {TEXT_CHARACTERS} characters")
    spread = bytearray(4 * pairs)
    spread[2::4] = data[0 : 2 * pairs : 2]
    spread[3::4] = data[1 : 2 * pairs : 2]
    lanes = int.from_bytes(spread, "big")
    # for x < 65536, x // 45 == x * 46604 >> 21; for x < 2025, x // 45 == x * 1457 >> 16
    rest = lanes * 46604 >> 21 & _ELEVEN_BITS
    low = lanes - 45 * rest
    high = rest * 1457 >> 16 & _SIX_BITS
    middle = rest - 45 * high
    digits = (low << 16 | middle << 8 | high).to_bytes(4 * pairs, "big")
    out = bytearray(3 * pairs)
    out[0::3] = digits[1::4]
    out[1::3] = digits[2::4]
    out[2::3] = digits[3::4]
    if odd:
        out += bytes((data[-1] % 45, data[-1] // 45))
    return out.translate(_LETTERS).decode("ascii")
