"""CBOR (RFC 8949) behind a fence.

cbor2's own ``loads`` takes trailing bytes, duplicate keys and indefinite lengths, and its tags
execute (tag 35 compiles a regular expression). Here all tags are refused but those that a format
asks for, and those come back as :class:`cbor2.CBORTag`, undone. :func:`decode_deterministic` also
refuses every encoding but the one of RFC 8949 section 4.2.1, so that one value has one encoding.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import cbor2

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import DEPTH, INDEFINITE_BYTES, PAYLOAD_ITEMS


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


def decode(data: bytes, *, tags: frozenset[int] = frozenset(), indefinite: bool = False) -> Any:
    """Return the one item that ``data`` encodes; ``tags`` are let through as ``CBORTag``.

    ``indefinite`` lets indefinite lengths and texts in chunks pass (RFC 8949 section 3.2).

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
            allow_indefinite=indefinite,
            allow_duplicate_keys=False,
        ).decode()
    except _FOREIGN as error:
        raise _translated(error) from None
    if stream.tell() != len(data):
        raise MalformedError("bytes behind the CBOR item")
    return item


def decode_payload(data: bytes, *, tags: frozenset[int] = frozenset()) -> Any:
    """Return the one item that the verified payload of a foreign message encodes.

    Indefinite lengths and texts in chunks pass in payloads of at most
    :data:`~trustcert.limits.INDEFINITE_BYTES`.

    Raises:
        LimitExceededError: over :data:`~trustcert.limits.PAYLOAD_ITEMS` items.
        MalformedError: as :func:`decode`.
    """
    if len(data) <= INDEFINITE_BYTES:
        return decode(data, tags=tags, indefinite=True)
    item_end(data, 0, items=PAYLOAD_ITEMS)
    return decode(data, tags=tags)


def decode_deterministic(data: bytes) -> Any:
    """Return the one item that ``data`` encodes deterministically (RFC 8949 section 4.2.1).

    Raises:
        MalformedError: as :func:`decode`, or encoded otherwise than :func:`encode` would.
    """
    try:
        item, end = item_at(data, 0)
    except (IndexError, UnicodeDecodeError):
        raise MalformedError("not well-formed CBOR") from None
    if end != len(data):
        raise MalformedError("is cut off" if end > len(data) else "bytes behind the CBOR item")
    return item


def item_at(data: bytes, at: int, depth: int = 0) -> tuple[Any, int]:
    """Return the item at ``at``, which must be encoded deterministically, and where it ends.

    ``depth`` is how many items are open around it. An item that is cut off may come back short:
    it ends behind the end of ``data``, which whoever reads the last one must notice.

    Raises:
        IndexError: there is nothing at ``at``.
        UnicodeDecodeError: a text that is not UTF-8.
        MalformedError: as :func:`decode_deterministic`.
    """
    first = data[at]
    if first < _ONE_MORE:
        return first, at + 1
    if _TEXT <= first < _TEXT + _ONE_MORE:
        end = at + first - (_TEXT - 1)
        return data[at + 1 : end].decode(), end
    if _BYTES <= first < _BYTES + _ONE_MORE:
        end = at + first - (_BYTES - 1)
        return data[at + 1 : end], end
    major, argument, start = _least_head(data, at)
    return _READ[major](data, start, argument, depth)


def _least_head(data: bytes, at: int) -> tuple[int, int, int]:
    major, argument, start = head(data, at)
    if argument < _LEAST[start - at]:
        raise MalformedError("not deterministic CBOR")
    return major, argument, start


def _integer(_data: bytes, at: int, argument: int, _depth: int) -> tuple[int, int]:
    return argument, at


def _negative(_data: bytes, at: int, argument: int, _depth: int) -> tuple[int, int]:
    return ~argument, at


def _bytes(data: bytes, at: int, size: int, _depth: int) -> tuple[bytes, int]:
    return data[at : at + size], at + size


def _text(data: bytes, at: int, size: int, _depth: int) -> tuple[str, int]:
    return data[at : at + size].decode(), at + size


def _array(data: bytes, at: int, count: int, depth: int) -> tuple[list[Any], int]:
    if depth >= DEPTH:
        raise MalformedError(f"nested deeper than {DEPTH}")
    items = []
    for _ in range(count):
        item, at = item_at(data, at, depth + 1)
        items.append(item)
    return items, at


def _map(data: bytes, at: int, count: int, depth: int) -> tuple[dict[Any, Any], int]:
    if depth >= DEPTH:
        raise MalformedError(f"nested deeper than {DEPTH}")
    items: dict[Any, Any] = {}
    last = b""
    for _ in range(count):
        key, end = item_at(data, at, depth + 1)
        encoded = data[at:end]
        # Python takes True for 1
        if type(key) not in _KEYS or encoded <= last:
            raise MalformedError("not deterministic CBOR")
        last = encoded
        items[key], at = item_at(data, end, depth + 1)
    return items, at


def _tag(_data: bytes, _at: int, tag: int, _depth: int) -> tuple[Any, int]:
    raise MalformedError(f"CBOR tag {tag} has no place here")


def _simple(_data: bytes, at: int, value: int, _depth: int) -> tuple[Any, int]:
    """Read false, true and null; floats and whatever else is simple have no one form here."""
    if value not in _SIMPLE:
        raise MalformedError("not deterministic CBOR")
    return _SIMPLE[value], at


_READ: Final = (_integer, _negative, _bytes, _text, _array, _map, _tag, _simple)
"""What reads the content behind a head, by its major type."""


def map_head(data: bytes, at: int) -> tuple[int, int]:
    """Return how many pairs the map at ``at`` has, deterministically encoded, and where they begin.

    Raises:
        MalformedError: no map, or as :func:`decode_deterministic`.
    """
    major, count, start = _least_head(data, at)
    if major != 5:
        raise MalformedError("must be a map")
    return count, start


def item_end(data: bytes, at: int, *, items: int = 1 << 16) -> int:
    """Return where the item that begins at ``at`` ends, without decoding it.

    Raises:
        LimitExceededError: it holds over ``items`` items, itself included.
        MalformedError: cut off, an indefinite length, a reserved head, or nested deeper than
            :data:`~trustcert.limits.DEPTH`.
    """
    open_items = [1]
    while open_items:
        if not open_items[-1]:
            open_items.pop()
            continue
        open_items[-1] -= 1
        items -= 1
        if items < 0:
            raise LimitExceededError("holds too many items")
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
    """Return the deterministic encoding of ``item`` (RFC 8949 section 4.2.1).

    Floats and tagged items, which no signed item of this library holds, are written by cbor2.
    """
    write = _WRITE.get(type(item))
    if write is not None:
        return write(item)
    return _written_map(item) if isinstance(item, Mapping) else cbor2.dumps(item)


def _written_integer(value: int) -> bytes:
    if 0 <= value < _ONE_MORE:
        return _OCTETS[value]
    return headed(0, value) if value >= 0 else headed(1, ~value)


def _written_bytes(value: bytes) -> bytes:
    return headed(2, len(value)) + value


def _written_text(value: str) -> bytes:
    raw = value.encode()
    return headed(3, len(raw)) + raw


def _written_array(items: Sequence[Any]) -> bytes:
    writer = _WRITE.get
    return headed(4, len(items)) + b"".join([writer(type(item), encode)(item) for item in items])


def _written_map(items: Mapping[Any, Any]) -> bytes:
    writer = _WRITE.get
    pairs = [
        writer(type(key), encode)(key) + writer(type(item), encode)(item)
        for key, item in items.items()
    ]
    pairs.sort()  # no key begins with another: pairs are in order where their keys are
    return headed(5, len(pairs)) + b"".join(pairs)


def headed(major: int, argument: int) -> bytes:
    """Return the shortest head of a major type and its argument (RFC 8949 section 3)."""
    first = major << 5
    if argument < _ONE_MORE:
        return _OCTETS[first | argument]
    octets = argument.bit_length() + 7 >> 3
    if octets > 8:
        return cbor2.dumps(~argument if major else argument)  # a bignum (RFC 8949 section 3.4.3)
    more, size = _HEADS[octets]
    return _OCTETS[first | more] + argument.to_bytes(size, "big")


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


_BYTES: Final = 0x40
_TEXT: Final = 0x60
_ONE_MORE: Final = 24
"""From here on what follows the first byte of a head is its argument (RFC 8949 section 3)."""
_LEAST: Final = (0, 0, 24, 1 << 8, 0, 1 << 16, 0, 0, 0, 1 << 32)
"""The least argument that needs a head of so many bytes."""
_SIMPLE: Final = {20: False, 21: True, 22: None}

_OCTETS: Final = tuple(bytes((value,)) for value in range(256))
_HEADS: Final = (
    (24, 1), (24, 1), (25, 2), (26, 4), (26, 4), (27, 8), (27, 8), (27, 8), (27, 8),
)  # fmt: skip
"""What the first byte of a head says, and how many follow, by the bytes that an argument needs."""
_WRITE: Final[dict[type, Callable[[Any], bytes]]] = {
    int: _written_integer,
    bytes: _written_bytes,
    str: _written_text,
    list: _written_array,
    tuple: _written_array,
    dict: _written_map,
    bool: cbor2.dumps,
    type(None): cbor2.dumps,
}
_KEYS: Final = frozenset({int, str, bytes})
