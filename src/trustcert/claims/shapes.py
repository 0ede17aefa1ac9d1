"""Untrusted maps, read by their shape: which keys, in which order.

The credentials of one issuer and type have the same claims in the same order. So what the keys
mean, whether one is unknown and whether one is missing is asked once a shape; after that a map is
read in one loop over its values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from trustcert.errors import MalformedError, UnsupportedError

SHAPES: Final = 1024
"""Shapes that are remembered at each place: each takes a kilobyte, and issuers have few."""


class Slot(NamedTuple):
    """Where the value of one key goes: which of the rows, at which place, and how it is read.

    ``where`` is its place in an error.
    """

    row: int
    place: int
    read: Callable[[Any], Any]
    where: str


Bare = tuple[int, int, Callable[[Any], Any], str]
Shape = tuple[Bare, ...]
"""The slots of a map's keys in their order, as bare tuples: those are unpacked faster."""


def shape_of(keys: Iterable[Any], slots: Mapping[Any, Slot]) -> Shape:
    """Return the slots of a map's keys.

    Raises:
        UnsupportedError: a key without a slot: the one that is ignored may be the one that
            restricts.
    """
    found: list[Bare] = []
    for key in keys:
        slot = slots.get(key)
        if slot is None:
            raise UnsupportedError(f"claim {key!r:.40} is not known here")
        found.append((*slot,))
    return tuple(found)


def read(shape: Shape, source: Mapping[Any, Any], rows: tuple[list[Any], ...]) -> None:
    """Read the values of ``source``, whose keys have this shape, into the ``rows``.

    Raises:
        MalformedError: a value is of the wrong shape; ``where`` is its place.
        UnsupportedError: a value that is not known here.
    """
    where = ""
    slots = zip(shape, source.values())  # noqa: B905 - a map and its own shape are alike long
    try:
        for (row, place, convert, where), value in slots:  # noqa: B007 - told below
            rows[row][place] = convert(value)
    except (MalformedError, UnsupportedError) as error:
        raise placed(error, where) from None


def placed(error: MalformedError | UnsupportedError, where: str) -> Exception:
    """Return ``error`` with the place where it happened."""
    if isinstance(error, MalformedError):
        error.under(where)
        return error
    return UnsupportedError(f"{where}: {error}")
