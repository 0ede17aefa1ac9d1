"""JSON (RFC 8259) without duplicate names, NaN, half characters, huge numbers or deep nesting."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from trustcert.errors import LimitExceededError, MalformedError, inside
from trustcert.limits import DEPTH, INTEGER_DIGITS

__all__ = ["decode", "encode", "encode_pretty"]

_ALIKE: Final = bytes.maketrans(b"{}", b"[]")
_OTHERS: Final = bytes(set(range(256)) - set(b'[]{}"'))


def decode(data: bytes | str, *, limit: int, items: int | None = None) -> Any:
    """Return the value that ``data`` (UTF-8) encodes; ``limit`` is its largest size.

    The size is in bytes, or in characters for ``str``. ``items`` bounds how many members and
    entries there may be; a comma or bracket inside of a text counts too.

    Raises:
        LimitExceededError: larger than ``limit``, over ``items``, or nested deeper than
            :data:`~trustcert.limits.DEPTH`.
        MalformedError: not UTF-8, not JSON, a duplicate name, NaN or Infinity, half of a surrogate
            pair (RFC 7493 section 2.1), or an integer of over
            :data:`~trustcert.limits.INTEGER_DIGITS` digits.
    """
    if len(data) > limit:
        raise LimitExceededError(f"JSON of over {limit} bytes")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        if items is not None and sum(map(text.count, ",[{")) > items:
            raise LimitExceededError(f"JSON of over {items} items")
        _check_depth(text)
        try:
            value, end = _scan(text, 0)
        except StopIteration:
            end = -1
        # whitespace around the value, and what else there is beside it, is for the full decoder
        if end != len(text):
            value = _decoder.decode(text)
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise MalformedError(
            f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    if "\\u" in text:
        _check_halves(value)
    return value


def encode(value: Any) -> bytes:
    """Return ``value`` as minified UTF-8 JSON, in the order given."""
    return _minified(value).encode()


def encode_pretty(value: Any) -> bytes:
    """Return ``value`` as indented UTF-8 JSON with a last newline, for files that people read."""
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser meets it: each round takes the innermost pairs away."""
    if text.count("[") + text.count("{") <= DEPTH:
        return
    if "\\" in text:
        text = text.replace("\\\\", "").replace('\\"', "")
    kept = text.encode("utf-8", "surrogatepass").translate(_ALIKE, _OTHERS)
    brackets = b"".join(kept.split(b'"')[::2])  # what stands outside of strings
    for _ in range(DEPTH):
        rest = brackets.replace(b"[]", b"")
        if rest == brackets:
            break
        brackets = rest
    else:
        if brackets:
            raise LimitExceededError(f"JSON nested deeper than {DEPTH}")
    if brackets.count(b"[") > DEPTH:  # never closed
        raise LimitExceededError(f"JSON nested deeper than {DEPTH}")


def _check_halves(value: Any) -> None:
    """Refuse half of a surrogate pair, which only an escape can write and no UTF-8 can hold."""
    if isinstance(value, dict):
        for name, entry in value.items():
            _check_halves(name)
            with inside(name):
                _check_halves(entry)
    elif isinstance(value, list):
        for place, entry in enumerate(value):
            with inside(f"[{place}]"):
                _check_halves(entry)
    elif isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise MalformedError("half of a surrogate pair") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        met: set[str] = set()
        for name, _ in pairs:
            if name in met:
                raise MalformedError("duplicate name", where=name)
            met.add(name)
    return found


def _small_integer(digits: str) -> int:
    if len(digits) > INTEGER_DIGITS:
        raise MalformedError(f"integer of over {INTEGER_DIGITS} digits")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise MalformedError("number out of range")
    return value


def _no_constant(name: str) -> Any:
    raise MalformedError(f"{name} is not JSON")


_decoder: Final = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_int=_small_integer,
    parse_float=_finite,
    parse_constant=_no_constant,
)
_minified: Final = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False
).encode
_scan: Final[Callable[[str, int], tuple[Any, int]]] = _decoder.scan_once  # type: ignore[attr-defined]
