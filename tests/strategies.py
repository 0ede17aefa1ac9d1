"""Strategies for what may be asserted, shared by the property tests."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from msgspec import structs
from tests.support import signer

from trustcert.claims import (
    Claims,
    Colour,
    Holder,
    Outcome,
    Presentation,
    Source,
    StatusReference,
    TestMethod,
)
from trustcert.claims.profiles import PROFILES, Details
from trustcert.identifiers.documents import DocumentType
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


def _several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=1, max_size=8).map(tuple)


FIELDS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "presentation": st.sampled_from(Presentation),
    "name": texts(120),
    "name_latin": texts(),
    "document_type": st.sampled_from(DocumentType),
    "document_tail": texts(8),
    "document_digest": st.binary(min_size=17, max_size=17),
    "birth_date": days,
    "nationality": texts(3),
    "organisation_code": texts(32),
    "colour": st.sampled_from(Colour),
    "result": st.sampled_from(Outcome),
    "sampled_at": instants,
    "reported_at": instants,
    "site": texts(),
    "method": st.sampled_from(TestMethod),
    "disease": texts(),
    "vaccine": texts(),
    "dose": st.integers(1, 99),
    "doses": st.integers(1, 99),
    "given_on": days,
    "number": texts(),
    "title": texts(),
    "identifier": texts(),
    "authority": texts(),
    "scope": texts(),
    "version": st.integers(1, 999),
    "level": texts(),
    "assigned_by": texts(),
    "rule": texts(),
    "label": texts(32),
    "division": texts(12),
    "name_aliases": _several(texts()),
    "name_variants": _several(texts(16)),
    "guardians": _several(st.binary(min_size=16, max_size=16)),
    "guardian_consent": st.booleans(),
    "as_of": instants,
    "window_days": st.integers(1, 31),
    "places": _several(texts(12)),
    "replaces": texts(),
    "address": texts(),
    "representative": texts(),
    "project": texts(),
    "file_name": texts(),
    "file_size": st.integers(0, 1 << 53),
    "file_digest": st.binary(min_size=33, max_size=33),
    "opinion": texts(),
    "major": texts(),
    "completed_on": days,
    "position": texts(),
    "since": days,
    "proved_on": days,
    "principal": texts(),
    "principal_code": texts(32),
    "powers": _several(texts()),
    "assigned_until": instants,
    "appeal": texts(),
    "maker": texts(),
    "lot": texts(),
    "positive_on": days,
    "valid_from": days,
    "valid_until": days,
    "source": st.builds(
        Source, format=texts(32), issuer=texts(), issued_at=instants, id=_maybe(texts())
    ),
}
"""One strategy a claim; a test holds this table against the label table."""


def _filled(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Fill every field without a default, and any of the others."""
    given = {}
    for field in structs.fields(kind):
        strategy = FIELDS[field.name]
        given[field.name] = strategy if field.required else _maybe(strategy)
    return st.builds(kind, **given)


DETAILS: Final[dict[type[Details], st.SearchStrategy[Any]]] = {
    profile: _filled(profile) for profile in PROFILES
}
holders: Final = _filled(Holder)
references: Final = st.builds(
    StatusReference,
    list=st.integers(0, STATUS_LIST_ID),
    index=st.integers(0, STATUS_LIST_SIZE - 1),
)


def claims(profile: type[Details] | None = None) -> st.SearchStrategy[Claims]:
    """Whatever a format can carry, sensible or not."""
    details = DETAILS[profile] if profile else st.one_of(*DETAILS.values())
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
