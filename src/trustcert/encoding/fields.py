"""Untrusted mappings into typed values, with the path of whatever does not fit.

Each reader takes one field of a decoded CBOR or JSON map. An error names the field; where maps
nest, :func:`trustcert.errors.inside` prefixes the place while the error climbs, so that it ends
as ``keys[3].jwk.crv``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeVar

from trustcert.errors import LimitExceededError, MalformedError, inside
from trustcert.limits import REGISTRY_DOCUMENT_ITEMS

__all__ = ["T", "each", "member", "only", "optional", "required", "text", "typed"]

T = TypeVar("T")

_NAMES: Final[dict[type, str]] = {
    str: "a text",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    bytes: "a byte string",
    list: "a list",
    dict: "a map",
}


def typed(value: Any, kind: type[T], *, where: str = "") -> T:
    """Return ``value`` if it is a ``kind``; a boolean is no integer, an integer is a number.

    Raises:
        MalformedError: it is something else.
    """
    if type(value) is kind:
        return value
    if kind is float and type(value) is int:
        return value  # type: ignore[return-value]
    if not isinstance(value, kind) or (type(value) is bool and kind is not bool):
        raise MalformedError(f"must be {_NAMES.get(kind, kind.__name__)}", where=where)
    return value


def required(source: Mapping[Any, Any], key: Any, kind: type[T]) -> T:
    """Return the field ``key`` of ``source``.

    Raises:
        MalformedError: it is missing, null or of another kind.
    """
    value = source.get(key)
    if value is None:
        raise MalformedError("is missing", where=str(key))
    return typed(value, kind, where=str(key))


def optional(source: Mapping[Any, Any], key: Any, kind: type[T]) -> T | None:
    """Return the field ``key`` of ``source``, or None where there is none.

    Raises:
        MalformedError: it is there, but null or of another kind.
    """
    return typed(source[key], kind, where=str(key)) if key in source else None


def each(
    source: Mapping[Any, Any],
    key: Any,
    read: Callable[[Any], T],
    *,
    limit: int = REGISTRY_DOCUMENT_ITEMS,
) -> tuple[T, ...]:
    """Return ``read`` of each entry of the list ``key``; an absent list is empty.

    Raises:
        LimitExceededError: the list has over ``limit`` entries.
        MalformedError: it is no list, or an entry does not fit: then with its index.
    """
    entries = optional(source, key, list) or []
    if len(entries) > limit:
        raise LimitExceededError(f"has over {limit} entries", where=str(key))
    out: list[T] = []
    for index, entry in enumerate(entries):
        with inside(f"{key}[{index}]"):
            out.append(read(entry))
    return tuple(out)


def text(value: Any) -> str:
    """Return ``value`` if it is a text; for :func:`each`."""
    return typed(value, str)


def only(source: Mapping[Any, Any], known: Collection[Any]) -> None:
    """Refuse a field that nobody would read.

    Raises:
        MalformedError: a field is not among ``known``; the error lists those.
    """
    for key in source:
        if key not in known:
            allowed = ", ".join(sorted(map(str, known)))
            raise MalformedError(f"unknown field (known are: {allowed})", where=str(key))


def member(value: str, table: Mapping[str, T], *, where: str = "") -> T:
    """Return what ``table`` holds for ``value``.

    Raises:
        MalformedError: nothing; the error lists what is allowed.
    """
    try:
        return table[value]
    except KeyError:
        raise MalformedError(f"must be one of: {', '.join(table)}", where=where) from None
