"""The tables of a ledger, the same for SQLite and PostgreSQL. They name no holder.

A *position* is a place in the secret order of a list (:mod:`trustcert.ledger.permutation`): the
n-th credential of the list has position n. What was issued together has neighbouring positions, so
that a row can stand for a range of them. An empty batch, site or key stands for none.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
)

VERSION: Final = 2
"""Version of these tables."""

_Id: Final = BigInteger().with_variant(Integer, "sqlite")  # only so does SQLite count by itself

METADATA: Final = MetaData()

about: Final = Table(
    "about",
    METADATA,
    Column("schema", Integer, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("list_size", BigInteger, nullable=False),
    Column("lineage", LargeBinary, nullable=False),
    Column("change", BigInteger, nullable=False),
    Column("published", BigInteger, nullable=False),
    Column("first_number", BigInteger, nullable=False),
    Column("moved", Text, nullable=False),
)
"""One row. ``change`` is the number of the newest change, ``published`` of the newest that was
published; ``moved`` says where the ledger was moved to, empty for nowhere. New lists are numbered
from ``first_number`` on."""

status_list: Final = Table(
    "list",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("server", Text, nullable=False),
    Column("ends", BigInteger),
    Column("size", BigInteger, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("given", BigInteger, nullable=False),
    Column("sealed", Boolean, nullable=False, server_default=false()),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Index("list_partition", "type", "period", "server"),
)
"""The lists. The positions below ``given`` are given out, leased or free again. On a ``sealed``
list none is given out any more, and any may have been."""

lease: Final = Table(
    "lease",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("list", BigInteger, ForeignKey("list.number"), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Index("lease_owner", "owner"),
)
"""Blocks of positions that an issuing run holds, and has not accounted for yet."""

free: Final = Table(
    "free",
    METADATA,
    Column("list", BigInteger, ForeignKey("list.number"), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("list", "first"),
)
"""Positions that came back from leases unused: the next to be given out."""

origin: Final = Table(
    "origin",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("batch", Text, nullable=False),
    Column("kid", LargeBinary, nullable=False),
    Column("site", Text, nullable=False),
    Column("server", Text, nullable=False),
    Column("issued", BigInteger, nullable=False),
    UniqueConstraint("batch", "kid", "site", "server"),
    Index("origin_kid", "kid"),
    Index("origin_site", "site"),
)
"""What credentials have in common that may turn out bad together: run, key, place; and how many
each issuing server ``issued`` of them."""

allocation: Final = Table(
    "allocation",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("list", BigInteger, ForeignKey("list.number"), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("origin", BigInteger, ForeignKey("origin.id"), nullable=False),
    Index("allocation_place", "list", "first", unique=True),
    Index("allocation_origin", "origin", "issued_at"),
    Index("allocation_time", "issued_at"),
)
"""What was issued: ranges of positions, each with its origin and time."""

journal: Final = Table(
    "journal",
    METADATA,
    Column("batch", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("copy", Integer, nullable=False),
    Column("list", BigInteger, ForeignKey("list.number"), nullable=False),
    Column("idx", BigInteger, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("output", Text, nullable=False),
    PrimaryKeyConstraint("batch", "digest", "copy"),
    sqlite_with_rowid=False,
)
"""Which rows of an issuing run are issued, and where each stands."""

change: Final = Table(
    "change",
    METADATA,
    Column("id", _Id, primary_key=True),
    Column("number", BigInteger, unique=True),
    Column("token", LargeBinary, nullable=False, unique=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("note", Text, nullable=False),
)
"""The history: who decided what. Without a ``number`` a change is being prepared and counts for
nothing; numbers are given in the order in which changes become true."""

entry: Final = Table(
    "entry",
    METADATA,
    Column("list", BigInteger, ForeignKey("list.number"), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("change", BigInteger, ForeignKey("change.id"), nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("state", Integer, nullable=False),
    Column("successor_issuer", Text),
    Column("successor_list", BigInteger),
    Column("successor_index", BigInteger),
    PrimaryKeyConstraint("list", "first", "change"),
    Index("entry_change", "change"),
    sqlite_with_rowid=False,
)
"""What each change did, by ranges of positions: ``count`` is a power of two that divides
``first``. So all entries of a position begin at one of 29 places, and are found by index."""

version: Final = Table(
    "version",
    METADATA,
    Column("list", BigInteger, ForeignKey("list.number"), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("change", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    PrimaryKeyConstraint("list", "version"),
    sqlite_with_rowid=False,
)
"""The versions of the lists: the newest change in each, and SHA-256 of its snapshot."""

target: Final = Table(
    "target",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("list", BigInteger, ForeignKey("list.number"), nullable=False),
    Column("content", LargeBinary),
    Column("placed", Boolean, nullable=False, server_default=false()),
    Index("target_list", "list"),
)
"""What the registry is to hold, by path; without content where it is to be taken back."""
