"""Strict CBOR (RFC 8949): cbor2 with limits, allowed tags only, and deterministic encoding.

cbor2's own ``loads`` takes trailing bytes, duplicate keys and indefinite lengths, and its tags
execute (tag 35 compiles a regular expression). Here the items of a long message are counted before
cbor2 builds any. All tags are refused but those that a format asks for, and those come back as
:class:`cbor2.CBORTag`, undone.
:func:`decode_deterministic` also refuses every encoding but the one of RFC 8949 section 4.2.1, so
that one value has one encoding. Where the parts of a message stand is found by
:mod:`trustcert.encoding.cbor_spans`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import cbor2

from trustcert.encoding.cbor_spans import item_end
from trustcert.errors import MalformedError
from trustcert.limits import CBOR_ITEMS, DEPTH

__all__ = ["decode", "decode_deterministic", "encode"]


class _Fence(dict[int, Callable[[Any, bool], Any]]):
    """Semantic decoders that return the allowed tags undone and refuse every other."""

    def __init__(self, allowed: frozenset[int]) -> None:
        super().__init__({tag: _undone(tag) for tag in allowed})

    def __missing__(self, tag: int) -> Callable[[Any, bool], Any]:
        def refuse(_value: Any, _immutable: bool, /) -> Any:  # noqa: FBT001 - cbor2's signature
            raise MalformedError(f"CBOR tag {tag} has no place here")

        return refuse


def _undone(tag: int) -> Callable[[Any, bool], Any]:
    return lambda value, _immutable: cbor2.CBORTag(tag, value)


_fence: Final = lru_cache(maxsize=16)(_Fence)
"""Fences by the tags that a format asks for: chosen by this library, never by a message."""


def decode(data: bytes, *, tags: frozenset[int] = frozenset(), indefinite: bool = False) -> Any:
    """Return the one item that ``data`` encodes; ``tags`` are let through as ``CBORTag``.

    ``indefinite`` lets indefinite lengths and strings in pieces through, as some foreign issuers
    write them.

    Raises:
        LimitExceededError: more items or unusual keys than :mod:`trustcert.limits` allows.
        MalformedError: not well-formed, trailing bytes, a duplicate key, an indefinite length, a
            tag that is not in ``tags``, or nested deeper than :data:`~trustcert.limits.DEPTH`.
    """
    stream = io.BytesIO(data)
    # A message with fewer bytes has fewer items. cbor2 takes a stray break (ff) for a value.
    if len(data) > CBOR_ITEMS or b"\xff" in data:
        item_end(data, 0, indefinite=indefinite)
    try:
        item = cbor2.CBORDecoder(
            stream,
            semantic_decoders=_fence(tags),
            max_depth=DEPTH,
            allow_indefinite=indefinite,
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
        LimitExceededError: as :func:`decode`.
        MalformedError: as :func:`decode`, or encoded otherwise than :func:`encode` would.
    """
    item = decode(data)
    if not _is_in_order(item) or cbor2.dumps(item) != data:
        raise MalformedError("not deterministic CBOR")
    return item


def encode(item: Any) -> bytes:
    """Return the deterministic encoding of ``item`` (RFC 8949 section 4.2.1).

    cbor2 writes every integer and length in its shortest form; the keys of maps are put in order
    before. (Its own canonical order, shorter keys first, is that of RFC 7049.)
    """
    return cbor2.dumps(_ordered(item))


def _is_in_order(item: Any) -> bool:
    """Decide whether ``item`` has keys in order, and types with one encoding: no floats or tags.

    Keys are integers or strings alone: Python takes True and 1.0 for 1.
    """
    kind = type(item)
    if kind in _PLAIN:
        return True
    if kind is dict:
        in_order = _KEYS.issuperset(map(type, item)) and list(item) == _sorted(item)
        values = item.values()
    else:
        in_order, values = kind is list, item
    return in_order and all(map(_is_in_order, values))


def _ordered(item: Any) -> Any:
    """Return ``item`` with the keys of its maps in the order of their encodings."""
    if type(item) in _PLAIN:
        return item
    if isinstance(item, (dict, Mapping)):
        return {key: _ordered(item[key]) for key in _sorted(item)}
    return [_ordered(value) for value in item] if isinstance(item, (list, tuple)) else item


def _sorted(keys: Iterable[Any]) -> list[Any]:
    """Return keys in the order of their encodings: 0, 1, 2 and so on, then -1, -2 and so on."""
    listed = list(keys)
    if _LABELS.issuperset(map(type, listed)):
        if min(listed, default=0) >= 0:
            return sorted(listed)
        return sorted(listed, key=lambda label: (label < 0, abs(label)))
    return sorted(listed, key=cbor2.dumps)


_LABELS: Final = frozenset({int})
_KEYS: Final = frozenset({int, str, bytes})
_PLAIN: Final = frozenset({int, str, bytes, bool, type(None)})
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
