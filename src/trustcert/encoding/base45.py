"""Base45 (RFC 9285), all digits at once as one big integer.

Two bytes are three digits, least significant first. Instead of looping over them, decoding reads
the whole text as one integer with a 24-bit lane a triple, and encoding the whole data with a
64-bit lane a pair; a few multiplications then convert every lane together. Space is a digit:
never strip a base45 text.
"""

from __future__ import annotations

from typing import Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import TEXT_CHARACTERS

_ALPHABET: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_NO_DIGIT: Final = 0xFF
_DIGITS: Final = bytes(_ALPHABET.find(c) if c in _ALPHABET else _NO_DIGIT for c in range(256))
_LETTERS: Final = _ALPHABET + bytes(256 - len(_ALPHABET))

_LANES: Final = TEXT_CHARACTERS // 3 + 1
_LOW: Final = int.from_bytes(b"\x00\x00\xff" * _LANES, "big")
_OVERFLOW: Final = int.from_bytes(b"\xff\x00\x00" * _LANES, "big")
_LOW_OF_64: Final = int.from_bytes((b"\x00" * 7 + b"\xff") * _LANES, "big")


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
    spread = bytearray(8 * pairs)
    spread[6::8] = data[0 : 2 * pairs : 2]
    spread[7::8] = data[1 : 2 * pairs : 2]
    lanes = int.from_bytes(spread, "big")
    # x // 2025 == x * 132562 >> 28 for x < 65536; r // 45 == r * 1457 >> 16 for r < 2025
    high = lanes * 132562 >> 28 & _LOW_OF_64
    rest = lanes - 2025 * high
    middle = rest * 1457 >> 16 & _LOW_OF_64
    low = rest - 45 * middle
    digits = (low << 16 | middle << 8 | high).to_bytes(8 * pairs, "big")
    out = bytearray(3 * pairs)
    out[0::3] = digits[5::8]
    out[1::3] = digits[6::8]
    out[2::3] = digits[7::8]
    if odd:
        out += bytes((data[-1] % 45, data[-1] // 45))
    return out.translate(_LETTERS).decode("ascii")
