"""CBOR (RFC 8949) behind a fence.

cbor2's own ``loads`` takes trailing bytes, duplicate keys and indefinite lengths, and its tags
execute (tag 35 compiles a regular expression). Here all tags are refused but those that a format
asks for, and those come back as :class:`cbor2.CBORTag`, undone. :func:`decode_deterministic` also
refuses every encoding but the one of RFC 8949 section 4.2.1, so that one value has one encoding.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import cbor2

from trustcert.errors import MalformedError
from trustcert.limits import DEPTH


class _Fence(dict[int, Callable[[Any, bool], Any]]):
    """Semantic decoders that hand back the allowed tags undone and refuse every other."""

    def __init__(self, allowed: frozenset[int]) -> None:
        super().__init__({tag: _undone(tag) for tag in allowed})

    def __missing__(self, tag: int) -> Callable[[Any, bool], Any]:
        def refuse(_value: Any, _immutable: bool, /) -> Any:  # noqa: FBT001 - cbor2's signature
            raise MalformedError(f"CBOR tag {tag} has no place here")

        return refuse


def _undone(tag: int) -> Callable[[Any, bool], Any]:
    return lambda value, _immutable: cbor2.CBORTag(tag, value)


_fence: Final = lru_cache(maxsize=16)(_Fence)
_NO_TAGS: Final = _Fence(frozenset())


def decode(data: bytes, *, tags: frozenset[int] = frozenset()) -> Any:
    """Return the one item that ``data`` encodes; ``tags`` are let through as ``CBORTag``.

    Raises:
        MalformedError: not well-formed, trailing bytes, a duplicate key, an indefinite length, a
            tag that is not in ``tags``, or nested deeper than :data:`~trustcert.limits.DEPTH`.
    """
    stream = io.BytesIO(data)
    try:
        item = cbor2.CBORDecoder(
            stream,
            semantic_decoders=_fence(tags) if tags else _NO_TAGS,
            max_depth=DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        ).decode()
    except _FOREIGN as error:
        raise _translated(error) from None
    if stream.tell() != len(data):
        raise MalformedError("bytes behind the CBOR item")
    return item


def decode_deterministic(data: bytes) -> Any:
    """Return the one item that ``data`` encodes deterministically (RFC 8949 section 4.2.1).

    Raises:
        MalformedError: as :func:`decode`, or encoded otherwise than :func:`encode` would.
    """
    try:
        item = cbor2.loads(
            data,
            semantic_decoders=_NO_TAGS,
            max_depth=DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
    except _FOREIGN as error:
        raise _translated(error) from None
    if _least_bytes(item) != len(data):
        raise MalformedError("not deterministic CBOR")
    return item


def item_end(data: bytes, at: int) -> int:
    """Return where the item that begins at ``at`` ends, without decoding it.

    Raises:
        MalformedError: cut off, an indefinite length, a reserved head, or nested deeper than
            :data:`~trustcert.limits.DEPTH`.
    """
    open_items = [1]
    while open_items:
        if not open_items[-1]:
            open_items.pop()
            continue
        open_items[-1] -= 1
        major, argument, at = head(data, at)
        if major in (2, 3):
            at += argument
        elif major in (4, 5, 6):
            if len(open_items) > DEPTH:
                raise MalformedError(f"nested deeper than {DEPTH}")
            open_items.append({4: argument, 5: 2 * argument, 6: 1}[major])
        if at > len(data):
            raise MalformedError("is cut off")
    return at


def head(data: bytes, at: int) -> tuple[int, int, int]:
    """Return major type, argument and end of the head at ``at`` (RFC 8949 section 3).

    Raises:
        MalformedError: cut off, an indefinite length or a reserved head.
    """
    if at >= len(data):
        raise MalformedError("is cut off")
    major, short = data[at] >> 5, data[at] & 31
    if short < 24:
        return major, short, at + 1
    if short > 27:
        raise MalformedError("indefinite length or reserved head")
    end = at + 1 + (1 << short - 24)
    if end > len(data):
        raise MalformedError("is cut off")
    return major, int.from_bytes(data[at + 1 : end], "big"), end


def array_spans(data: bytes, at: int) -> list[tuple[int, int]]:
    """Return where each entry of the array at ``at`` begins and ends.

    Raises:
        MalformedError: no array, or as :func:`item_end`.
    """
    major, count, at = head(data, at)
    if major != 4:
        raise MalformedError("must be an array")
    spans = []
    for _ in range(min(count, len(data))):
        end = item_end(data, at)
        spans.append((at, end))
        at = end
    if len(spans) != count:
        raise MalformedError("is cut off")
    return spans


def map_spans(data: bytes, at: int) -> dict[str, tuple[int, int]]:
    """Return where the value of each key of the map at ``at``, whose keys are texts, stands.

    Raises:
        MalformedError: no map, another key, a key twice, or as :func:`item_end`.
    """
    major, count, at = head(data, at)
    if major != 5:
        raise MalformedError("must be a map")
    spans: dict[str, tuple[int, int]] = {}
    for _ in range(min(count, len(data))):
        start = item_end(data, at)
        key = decode(data[at:start])
        if type(key) is not str or key in spans:
            raise MalformedError("keys must be texts, each once")
        at = item_end(data, start)
        spans[key] = (start, at)
    if len(spans) != count:
        raise MalformedError("is cut off")
    return spans


def encode(item: Any) -> bytes:
    """Return the deterministic encoding of ``item`` (RFC 8949 section 4.2.1)."""
    return cbor2.dumps(_ordered(item))


_FOREIGN: Final = (
    cbor2.CBORDecodeError, cbor2.CBOREncodeError, RecursionError, ValueError, TypeError,
    OverflowError, MemoryError,
)  # fmt: skip


def _translated(error: BaseException) -> MalformedError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MalformedError):
            return cause
        cause = cause.__cause__
    return MalformedError("not well-formed CBOR")


_NEGATIVE: Final = 1 << 64


def _rank(key: int) -> int:
    """Order integer keys as their encodings stand: 0, 1, … then -1, -2, …."""
    return key if key >= 0 else _NEGATIVE - key


def _order(keys: Iterable[Any]) -> list[Any]:
    listed = list(keys)
    if all(type(key) is int for key in listed):
        return sorted(listed, key=_rank)
    return sorted(listed, key=cbor2.dumps)


def _least_bytes(item: Any) -> int:
    """Return how many bytes the shortest encoding of ``item`` takes, if its keys stand in order.

    No head of an encoding is shorter than the shortest, and nothing can make up for a longer one,
    so an encoding of this size is the deterministic one, and nothing stands behind it.

    Raises:
        MalformedError: keys out of order, or a value that has no one shortest form here.
    """
    if type(item) is dict:
        return _keys_bytes(item) + _each_least(item.values())
    return _each_least((item,))


def _each_least(items: Iterable[Any]) -> int:
    total = 0
    for item in items:
        kind = type(item)
        if kind is int:
            if 0 <= item < 24:
                total += 1
                continue
            size = item if item >= 0 else ~item
        elif kind is str:
            size = len(item) if item.isascii() else len(item.encode())
            total += size
        elif kind is bytes:
            size = len(item)
            total += size
        elif kind is dict:
            total += _least_bytes(item)
            continue
        elif kind is list:
            size = len(item)
            total += _each_least(item)
        elif item is None or kind is bool:
            size = 0
        else:
            raise MalformedError("not deterministic CBOR")
        total += 1 if size < 24 else _HEADS[size.bit_length()]
    return total


def _keys_bytes(item: dict[Any, Any]) -> int:
    """Return what the head of a map and its keys take, which must stand in order."""
    keys = tuple(item)
    if _INTEGER.issuperset(map(type, keys)) and len(keys) <= _REMEMBERED:
        return _integers_bytes(keys)
    # the order is asked for once, and the head of a map is as long as that of an integer
    if not _keys_in_order(item):
        raise MalformedError("not deterministic CBOR")
    return _each_least((len(keys), *keys))


@lru_cache(maxsize=1024)
def _integers_bytes(keys: tuple[int, ...]) -> int:
    if [*keys] != _order(keys):
        raise MalformedError("not deterministic CBOR")
    return _each_least((len(keys), *keys))


_INTEGER: Final = frozenset({int})
_REMEMBERED: Final = 64
"""Keys of the largest map whose keys' size is remembered: few maps have more."""

_HEADS: Final = bytes(
    2 if bits <= 8 else 3 if bits <= 16 else 5 if bits <= 32 else 9 for bits in range(65)
)
"""Bytes of the shortest head for an argument from 24 on, by its bits (RFC 8949 section 3)."""


def _keys_in_order(item: dict[Any, Any]) -> bool:
    """Refuse keys that Python takes for others: True and 1.0 would be found under 1."""
    return all(type(key) in _KEYS for key in item) and list(item) == _order(item)


def _ordered(item: Any) -> Any:
    if type(item) in _SCALARS:
        return item
    if isinstance(item, Mapping):
        return {key: _ordered(item[key]) for key in _order(item)}
    if isinstance(item, (list, tuple)):
        return [_ordered(value) for value in item]
    return item


_SCALARS: Final = frozenset({int, str, bytes, bool, float, type(None)})
_KEYS: Final = frozenset({int, str, bytes})
