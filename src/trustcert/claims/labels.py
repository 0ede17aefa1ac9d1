"""The table of labels: every claim, its integer label in CBOR and its name in JSON.

Registered claims follow RFC 8392 (CWT), RFC 8747 (``cnf``) and RFC 7519 (JWT). Everything of this
library's own stands in the map under one private label, since a private label costs five bytes;
inside it labels below 24 cost one. The rows are those that the classes of claims declare
(:mod:`trustcert.claims.types`, :class:`~trustcert.claims.model.Holder`); ``docs/format.md`` prints
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from trustcert.claims.fields import Label, labels_of
from trustcert.claims.kinds import EXACT, INSTANT, Kind, choice, integer, octets, text
from trustcert.claims.model import Claims, Holder
from trustcert.claims.types import TYPES, CredentialType
from trustcert.limits import STATUS_LIST_ID, STATUS_LIST_SIZE
from trustcert.values import Value

__all__ = [
    "BY_NAME",
    "CNF",
    "COMMON",
    "CREDENTIAL",
    "CREDENTIAL_NAME",
    "HOLDER",
    "HOLDER_FIELDS",
    "INDEX",
    "LABELS",
    "LIST",
    "NAME_TEXT",
    "REGISTERED",
    "STATUS",
    "TYPE",
    "TYPE_CODES",
    "TYPE_KIND",
    "fields_of",
]

CNF: Final = 8
CREDENTIAL: Final = -65537
"""The private label (RFC 8392 section 9.1.1) of the map that holds the labels below."""
CREDENTIAL_NAME: Final = "credential"
"""Its name in JSON."""

TYPE: Final = 0
STATUS: Final = 1

NAME_TEXT: Final = text(128)
"""The kind of an issuer's or a subject's name."""
LIST: Final = integer(0, STATUS_LIST_ID)
INDEX: Final = integer(0, STATUS_LIST_SIZE - 1)
_NUMERIC_DATE: Final = Kind(
    pack=INSTANT.pack, unpack=INSTANT.unpack, show=INSTANT.show, read=INSTANT.unpack
)
"""RFC 7519 section 2: a number in JSON too."""

REGISTERED: Final = (
    ("issuer", Label(label=1, name="iss", kind=NAME_TEXT, required=True)),
    ("issued_at", Label(label=6, name="iat", kind=_NUMERIC_DATE, required=True)),
    ("subject", Label(label=2, name="sub", kind=NAME_TEXT)),
    ("expires", Label(label=4, name="exp", kind=_NUMERIC_DATE)),
    ("not_before", Label(label=5, name="nbf", kind=_NUMERIC_DATE)),
    ("id", Label(label=7, name="cti", kind=octets(8, 32))),
)
"""The registered claims, each with the field of :class:`Claims` that holds it."""

TYPE_CODES: Final[Mapping[int, CredentialType]] = {
    details.code: kind for kind, details in TYPES.items()
}
TYPE_KIND: Final = choice(TYPE_CODES)

COMMON: Final = labels_of(Claims)
HOLDER: Final = labels_of(Holder)
HOLDER_FIELDS: Final = frozenset(row.name for row in HOLDER)

_FIELDS: Final[Mapping[CredentialType, tuple[tuple[type[Value], Label], ...]]] = {
    kind: tuple(
        (owner, row)
        for owner, rows in ((Claims, COMMON), (Holder, HOLDER), (details, labels_of(details)))
        for row in rows
    )
    for kind, details in TYPES.items()
}


def fields_of(kind: CredentialType) -> tuple[tuple[type[Value], Label], ...]:
    """Return the fields of the credential map of one type, each with the class that has it."""
    return _FIELDS[kind]


def _rows() -> Iterator[Label]:
    yield Label(label=TYPE, name="type", kind=TYPE_KIND, says="What kind of credential it is.")
    yield Label(label=STATUS, name="status", kind=EXACT, says="Where its status is kept.")
    seen = {TYPE, STATUS}
    for _, row in sorted(chain(*_FIELDS.values()), key=lambda pair: pair[1].label):
        if row.label not in seen:
            seen.add(row.label)
            yield row


LABELS: Final = tuple(_rows())
BY_NAME: Final = {row.name: row for row in LABELS}
