"""The issuer's ledger: which indices are given out, and the state of each with its history.

One SQLite file for one issuer, used by several processes at once. Every change is one transaction
that holds the write lock from its start; the write-ahead log is flushed to disk before it returns
(``synchronous=FULL``), so that an index that was handed out is never handed out again, whatever
fails. The file names lists, indices, batches, keys, sites and accounts of officials: no holder.
It holds the secrets of the lists' orders (:mod:`trustcert.status.permutation`): keep it private.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from trustcert.errors import MalformedError, SyncError, TrustError
from trustcert.limits import STATUS_LIST_SIZE
from trustcert.status.paths import checked_issuer
from trustcert.values import Value

LIST_SIZE: Final = 1 << 20
"""Indices of a list where nothing else is asked for; a full list is followed by another."""

WAIT_SECONDS: Final = 60.0
"""How long a process waits for the others' transactions."""

CACHE_KIB: Final = 128 * 1024
"""Pages kept in memory: a million random indices touch pages of about 60 MiB again and again."""

_SCHEMA_VERSION: Final = 1

_SCHEMA: Final = """
CREATE TABLE list (
    number     INTEGER PRIMARY KEY,
    type       TEXT NOT NULL,
    period     TEXT NOT NULL,
    ends       INTEGER,
    size       INTEGER NOT NULL,
    secret     BLOB NOT NULL,
    given      INTEGER NOT NULL DEFAULT 0,
    opened_at  INTEGER NOT NULL,
    closed_at  INTEGER
);
CREATE INDEX list_partition ON list (type, period);
CREATE TABLE allocation (
    id         INTEGER PRIMARY KEY,
    list       INTEGER NOT NULL REFERENCES list,
    first      INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    issued_at  INTEGER NOT NULL,
    batch      TEXT,
    kid        BLOB,
    site       TEXT
);
CREATE TABLE change (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    cause      TEXT NOT NULL,
    note       TEXT NOT NULL
);
CREATE TABLE entry (
    list              INTEGER NOT NULL REFERENCES list,
    idx               INTEGER NOT NULL,
    change            INTEGER NOT NULL REFERENCES change,
    state             INTEGER NOT NULL,
    successor_issuer  TEXT,
    successor_list    INTEGER,
    successor_index   INTEGER,
    PRIMARY KEY (list, idx, change)
) WITHOUT ROWID;
CREATE INDEX entry_change ON entry (list, change);
CREATE TABLE version (
    list       INTEGER NOT NULL REFERENCES list,
    version    INTEGER NOT NULL,
    as_of      INTEGER NOT NULL,
    change     INTEGER NOT NULL,
    PRIMARY KEY (list, version)
) WITHOUT ROWID;
CREATE TABLE target (
    path       TEXT PRIMARY KEY,
    list       INTEGER NOT NULL REFERENCES list,
    content    BLOB,
    placed     INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE about (issuer TEXT NOT NULL, list_size INTEGER NOT NULL);
"""


class Ledger(Value, frozen=True, kw_only=True, eq=False):
    """An open ledger: a context manager that closes it. For one thread; open another for others."""

    _shown = ("issuer", "list_size")

    issuer: str
    list_size: int
    connection: sqlite3.Connection
    random: Callable[[int], bytes]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the ledger cannot be used after that."""
        self.connection.close()


def create(
    path: Path,
    *,
    issuer: str,
    list_size: int = LIST_SIZE,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Ledger:
    """Return a new ledger of ``issuer`` in the file ``path``, readable by its owner only.

    Raises:
        MalformedError: ``issuer`` is no issuer id, or ``list_size`` is out of bounds.
        SyncError: the file exists or cannot be written.
    """
    checked_issuer(issuer)
    if not 1 <= list_size <= STATUS_LIST_SIZE:
        raise MalformedError(f"must be 1 to {STATUS_LIST_SIZE}", where="list_size")
    with _disk("cannot create the ledger"), ExitStack() as undo:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        undo.callback(path.unlink)
        connection = _connected(path, undo)
        connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION};")
        connection.execute("INSERT INTO about VALUES (?, ?)", (issuer, list_size))
        connection.execute("COMMIT")
        undo.pop_all()
    return Ledger(issuer=issuer, list_size=list_size, connection=connection, random=random)


def open_ledger(path: Path, *, random: Callable[[int], bytes] = secrets.token_bytes) -> Ledger:
    """Return the ledger in the file ``path``.

    Raises:
        SyncError: the file is not there or cannot be read.
        TrustError: it is no ledger of this version.
    """
    if not path.is_file():
        raise SyncError("there is no ledger here")
    with _disk("cannot open the ledger"), ExitStack() as undo:
        connection = _connected(path, undo)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != _SCHEMA_VERSION:
            raise TrustError(f"not a ledger of version {_SCHEMA_VERSION}")
        issuer, list_size = connection.execute("SELECT issuer, list_size FROM about").fetchone()
        undo.pop_all()
    return Ledger(issuer=issuer, list_size=list_size, connection=connection, random=random)


@contextmanager
def writing(ledger: Ledger) -> Iterator[sqlite3.Connection]:
    """Run the body in one transaction, alone among all processes; an error undoes all of it.

    A body that has rolled back by itself changes nothing.

    Raises:
        SyncError: the disk failed, or others held the ledger for :data:`WAIT_SECONDS`.
    """
    connection = ledger.connection
    with _disk("the ledger failed"):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if connection.in_transaction:
            connection.execute("COMMIT")


@contextmanager
def reading(ledger: Ledger) -> Iterator[sqlite3.Connection]:
    """Run the body on one state of the ledger, whatever others write meanwhile.

    Raises:
        SyncError: the disk failed.
    """
    connection = ledger.connection
    with _disk("the ledger failed"):
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")


def _connected(path: Path, undo: ExitStack) -> sqlite3.Connection:
    """Return a connection that ``undo`` closes."""
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
    undo.callback(connection.close)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return connection


@contextmanager
def _disk(problem: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise SyncError(problem) from error
