"""Strategies for what may be asserted, shared by the property tests."""

from __future__ import annotations

import enum
from datetime import date
from typing import Any, Final, get_args, get_type_hints

from hypothesis import settings
from hypothesis import strategies as st
from msgspec import structs
from tests.support import signer

from trustcert.claims import (
    Claims,
    Holder,
    Source,
    StatusReference,
)
from trustcert.claims.fields import labels_of
from trustcert.claims.kinds import Kind
from trustcert.claims.types import TYPES, Details
from trustcert.keys import ED25519, ESP256, ESP384
from trustcert.limits import STATUS_LIST_ID, STATUS_LIST_SIZE, TIME_MAX

unhurried: Final = settings(deadline=None)
"""For machines that are shared: an example may take its time."""

instants: Final = st.integers(0, TIME_MAX)
days: Final = st.dates(date(1850, 1, 1), date(9999, 12, 31))
signers: Final = st.sampled_from([signer(algorithm=row) for row in (ED25519, ESP256, ESP384)])


def texts(most: int = 40) -> st.SearchStrategy[str]:
    """Any characters but controls and surrogates: names hold unassigned and private ones."""
    return st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=most)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _strategy(hint: Any, kind: Kind) -> st.SearchStrategy[Any]:
    """Any value that a field of this type and kind may have."""
    if kind.entry is not None:
        entry = _strategy(get_args(hint)[0], kind.entry)
        return st.lists(entry, min_size=1, max_size=8).map(tuple)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(hint)
    if hint in {date, bool, Source}:
        return {date: days, bool: st.booleans(), Source: sources}[hint]
    assert kind.bounds is not None
    least, most = kind.bounds
    if hint is int:
        return st.integers(least, most)
    return (
        texts(most if most <= 120 else 40)
        if hint is str
        else st.binary(min_size=least, max_size=most)
    )


def _fields(cls: Any) -> dict[str, st.SearchStrategy[Any]]:
    """A strategy for each declared field of a class."""
    found = {}
    hints = get_type_hints(cls)
    for row in labels_of(cls):
        given = [hint for hint in get_args(hints[row.name]) if hint is not type(None)]
        optional = type(None) in get_args(hints[row.name])
        found[row.name] = _strategy(given[0] if optional else hints[row.name], row.kind)
    return found


sources: Final = st.builds(
    Source, format=texts(32), issuer=texts(), issued_at=instants, id=_maybe(texts())
)
FIELDS: Final = {
    name: strategy
    for cls in (Claims, Holder, *TYPES.values())
    for name, strategy in _fields(cls).items()
}
"""One strategy for each claim of this library's own."""


def _filled(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Fill every field without a default, and any of the others."""
    given = {}
    for field in structs.fields(kind):
        strategy = FIELDS[field.name]
        given[field.name] = strategy if field.required else _maybe(strategy)
    return st.builds(kind, **given)


DETAILS: Final[dict[type[Details], st.SearchStrategy[Any]]] = {
    cls: _filled(cls) for cls in TYPES.values()
}
holders: Final = _filled(Holder)
references: Final = st.builds(
    StatusReference,
    list=st.integers(0, STATUS_LIST_ID),
    index=st.integers(0, STATUS_LIST_SIZE - 1),
)


def claims(cls: type[Details] | None = None) -> st.SearchStrategy[Claims]:
    """Whatever a format can carry, sensible or not."""
    details = DETAILS[cls] if cls else st.one_of(*DETAILS.values())
    return st.builds(
        Claims,
        issuer=texts().filter(lambda name: "://" not in f"{name}/"),  # no list in JSON
        issued_at=instants,
        details=details,
        holder=holders,
        expires=_maybe(instants),
        not_before=_maybe(instants),
        subject=_maybe(texts()),
        id=_maybe(st.binary(min_size=8, max_size=32)),
        status=_maybe(references),
        holder_key=_maybe(signers.map(lambda key: key.public_key)),
        presentation=_maybe(FIELDS["presentation"]),
        source=_maybe(FIELDS["source"]),
    )
