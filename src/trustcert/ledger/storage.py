"""Ledgers on disk: one SQLite file, or one PostgreSQL database, for one issuer.

Used by several processes at once, each with its own :class:`Ledger`. Everything happens in
transactions that are functions of a connection: :func:`write` runs one, and runs it again when it
fell victim to others (a serialisation failure or deadlock) or when the server went away, for up to
:data:`WAIT_SECONDS`. The answer to a commit may be lost, so a function handed to :func:`write`
does no harm when it runs twice.

A change is on disk before :func:`write` returns (SQLite with ``synchronous=FULL``; PostgreSQL's
``synchronous_commit`` must not be off): an index that was handed out is never handed out again,
whatever fails. In SQLite a writer holds the only write lock, so transactions are short. In
PostgreSQL rows are locked before they change, which is right at READ COMMITTED and above.

The database names lists, indices, batches, keys, sites and accounts of officials: no holder. It
holds the secrets of the lists' orders: keep it private.
"""

from __future__ import annotations

import os
import random as pseudo_random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from trustcert.errors import MalformedError, SyncError, TrustError, UnsupportedError
from trustcert.ledger import schema
from trustcert.limits import CLAIM_CHARACTERS, STATUS_LIST_SIZE
from trustcert.status.paths import checked_issuer
from trustcert.status.snapshot import LINEAGE_BYTES
from trustcert.values import Value

T = TypeVar("T")

Place: TypeAlias = Path | str
"""Where a ledger is: a file, or a URL as ``postgresql://ledger@db.example/cn51``."""

LIST_SIZE: Final = 1 << 20
"""Indices of a list where nothing else is asked for; a full list is followed by another."""

WAIT_SECONDS: Final = 60.0
"""How long a process waits for the others' transactions, or for the server to come back."""

CACHE_KIB: Final = 128 * 1024
"""Pages that SQLite keeps in memory."""

_POSTGRESQL: Final = "postgresql"
_RETRIED: Final = ("40001", "40P01", "57P01", "57P02", "57P03", "08")
"""SQLSTATE of serialisation failure, deadlock, a server that stops or starts, a lost connection."""

_NAMED: Final = 1_000
"""Values that one statement names: SQLite takes 32,766, PostgreSQL 65,535."""

_FIRST_PAUSE: Final = 0.005
_LONGEST_PAUSE: Final = 0.5


class Ledger(Value, frozen=True, kw_only=True, eq=False):
    """An open ledger: a context manager that closes it.

    ``server`` names the issuing server whose lists this process gives indices out of, so that
    servers do not wait for one another. ``lineage`` is the ledger's random name.
    """

    _shown = ("issuer", "list_size", "server")

    issuer: str
    list_size: int
    lineage: bytes
    server: str
    engine: Engine
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
        """Close the connections; the ledger cannot be used after that."""
        self.engine.dispose()


def is_url(place: Place) -> bool:
    """Return whether ``place`` is the URL of a database, not a file."""
    return isinstance(place, str) and place.startswith((f"{_POSTGRESQL}:", f"{_POSTGRESQL}+"))


def create(  # noqa: PLR0913 - what a ledger is made of
    place: Place,
    *,
    issuer: str,
    list_size: int = LIST_SIZE,
    server: str = "",
    lineage: bytes | None = None,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Ledger:
    """Return a new ledger of ``issuer``; one that is moved keeps its ``lineage``.

    It is made in a new file that only its owner can read, or in the PostgreSQL database of the URL,
    which must be there and hold no ledger yet.

    Raises:
        MalformedError: ``issuer`` is no issuer id, or ``list_size`` or ``server`` out of bounds.
        SyncError: there is a file or ledger already, or it cannot be written.
        UnsupportedError: the extra for PostgreSQL is not installed.
    """
    row = {
        "schema": schema.VERSION,
        "issuer": checked_issuer(issuer),
        "list_size": list_size,
        "lineage": lineage or random(LINEAGE_BYTES),
        "change": 0,
        "published": 0,
        "first_number": 1,
        "moved": "",
    }
    if not 1 <= list_size <= STATUS_LIST_SIZE:
        raise MalformedError(f"must be 1 to {STATUS_LIST_SIZE}", where="list_size")
    with ExitStack() as undo:
        engine = _made(place, undo)
        _once(engine, lambda connection: _lay_out(connection, row), "cannot create the ledger")
        ledger = _opened(engine, row, server, random)
        undo.pop_all()
    return ledger


def open_ledger(
    place: Place, *, server: str = "", random: Callable[[int], bytes] = secrets.token_bytes
) -> Ledger:
    """Return the ledger at ``place``.

    Raises:
        MalformedError: ``place`` is no URL of a database, or ``server`` out of bounds.
        SyncError: it is not there or cannot be read.
        TrustError: it is no ledger of this version.
        UnsupportedError: the extra for PostgreSQL is not installed.
    """
    if not is_url(place) and not Path(place).is_file():
        raise SyncError(f"{place}: there is no ledger here; `trustcert status create` makes one")
    with ExitStack() as undo:
        engine = _engine(place)
        undo.callback(engine.dispose)
        row = _once(engine, _about, "cannot open the ledger", reading=True)
        ledger = _opened(engine, row, server, random)
        undo.pop_all()
    return ledger


def write(ledger: Ledger, body: Callable[[Connection], T]) -> T:
    """Return what ``body`` returns, run in one transaction; an error in it undoes all of it.

    Raises:
        SyncError: the disk or the server failed, or others held it for :data:`WAIT_SECONDS`.
        TrustError: the ledger was moved elsewhere.
    """

    def here(connection: Connection) -> T:
        # shared with all but a move, which waits for this transaction, and this one for it
        moved = connection.scalar(
            select(schema.about.c.moved).with_for_update(read=True, key_share=True)
        )
        if moved:
            raise TrustError(f"this ledger is closed: {moved}")
        return body(connection)

    return _run(ledger.engine, here)


def write_moving(ledger: Ledger, body: Callable[[Connection], T]) -> T:
    """Return what ``body`` returns, run in a transaction beside which nobody writes.

    The ledger may have been moved elsewhere. Unlike :func:`write` it is tried once.

    Raises:
        SyncError: the disk or the server failed.
    """

    def alone(connection: Connection) -> T:
        connection.execute(select(schema.about).with_for_update())
        return body(connection)

    return _once(ledger.engine, alone, "the ledger failed")


def closed(ledger: Ledger) -> str:
    """Return why nothing can be written to the ledger any more, empty where it can."""
    query = select(schema.about.c.moved)
    return str(read(ledger, lambda connection: connection.scalars(query).one()))


def shown(place: Place) -> str:
    """Return ``place`` without a password."""
    return make_url(str(place)).render_as_string() if is_url(place) else str(place)


def read(ledger: Ledger, body: Callable[[Connection], T]) -> T:
    """Return what ``body`` returns, run on one state of the ledger, whatever others write.

    Raises:
        SyncError: the disk or the server failed.
    """
    return _run(ledger.engine, body, reading=True)


def lock(connection: Connection) -> Any:
    """Return the ledger's own row, locked until the transaction ends.

    Whoever numbers a change or a list, or publishes, holds it.
    """
    return connection.execute(select(schema.about).with_for_update(key_share=True)).one()


def hold_off_issuing(connection: Connection) -> None:
    """Wait until nobody is in the middle of giving out indices, and let nobody begin."""
    if connection.dialect.name == _POSTGRESQL:
        connection.execute(text("LOCK TABLE allocation IN SHARE MODE"))


def parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield ``items`` in parts that one statement can name."""
    for at in range(0, len(items), _NAMED):
        yield items[at : at + _NAMED]


def insert_many(connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows that have a value for each column of ``table``, in the fastest way there is."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    cursor: Any = connection.connection.cursor()
    if connection.dialect.name == _POSTGRESQL:
        with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(table.columns))
    statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608 - our names
    cursor.executemany(statement, rows)


def _opened(
    engine: Engine, row: dict[str, Any], server: str, random: Callable[[int], bytes]
) -> Ledger:
    if len(server) > CLAIM_CHARACTERS:
        raise MalformedError(f"must have up to {CLAIM_CHARACTERS} characters", where="server")
    return Ledger(
        issuer=row["issuer"],
        list_size=row["list_size"],
        lineage=row["lineage"],
        server=server,
        engine=engine,
        random=random,
    )


def _made(place: Place, undo: ExitStack) -> Engine:
    """Return the engine of a new place; a file is made, and taken away again by ``undo``."""
    if not is_url(place):
        try:
            os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise SyncError(f"{place}: {error.strerror}") from error
        undo.callback(Path(place).unlink)
    engine = _engine(place)
    undo.callback(engine.dispose)
    return engine


def _engine(place: Place) -> Engine:
    if not is_url(place):
        return _sqlite(Path(place))
    try:
        import psycopg  # noqa: F401 - the driver that the URL below names
    except ImportError:
        raise UnsupportedError("PostgreSQL needs: pip install 'trustcert[postgresql]'") from None
    try:
        url = make_url(str(place)).set(drivername=f"{_POSTGRESQL}+psycopg")
    except (ArgumentError, ValueError):  # not its text: it may hold a password
        raise MalformedError(
            "not a URL as postgresql://user@host/database", where="ledger"
        ) from None
    return create_engine(url, hide_parameters=True, connect_args={"connect_timeout": 10})


def _sqlite(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        hide_parameters=True,
        connect_args={"timeout": WAIT_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy says when a transaction begins
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"cache_size = -{CACHE_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _lay_out(connection: Connection, row: dict[str, Any]) -> None:
    if inspect(connection).has_table(schema.about.name):
        raise SyncError("there is a ledger in this database already")
    schema.METADATA.create_all(connection)
    connection.execute(insert(schema.about).values(row))


def _about(connection: Connection) -> dict[str, Any]:
    if not inspect(connection).has_table(schema.about.name):
        raise TrustError("this is no ledger")
    if "schema" not in {column["name"] for column in inspect(connection).get_columns("about")}:
        raise TrustError("a ledger of version 1: `trustcert status move` makes a new one of it")
    row = dict(connection.execute(select(schema.about)).mappings().one())
    if row["schema"] != schema.VERSION:
        raise TrustError(f"a ledger of version {row['schema']}, not {schema.VERSION}")
    return row


def _run(engine: Engine, body: Callable[[Connection], T], *, reading: bool = False) -> T:
    until = time.monotonic() + WAIT_SECONDS
    pause = _FIRST_PAUSE
    while True:
        try:
            return _once(engine, body, "the ledger failed", reading=reading)
        except SyncError as error:
            if not _is_passing(error.__cause__) or time.monotonic() + pause > until:
                raise
        time.sleep(pause * pseudo_random.uniform(0.5, 1))  # noqa: S311 - so that rivals part
        pause = min(2 * pause, _LONGEST_PAUSE)


def _once(
    engine: Engine, body: Callable[[Connection], T], problem: str, *, reading: bool = False
) -> T:
    driver: Any = engine.dialect.loaded_dbapi
    try:
        with engine.connect() as connection:
            if reading and engine.dialect.name == _POSTGRESQL:
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            elif reading:
                connection.execution_options(reading=True)
            with connection.begin():
                return body(connection)
    except (SQLAlchemyError, OSError, driver.Error) as error:
        raise SyncError(f"{problem}: {_told(error)}") from error


def _is_passing(error: BaseException | None) -> bool:
    """Return whether the same transaction may succeed soon."""
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_RETRIED)
    # psycopg gives no SQLSTATE where it was no server that spoke
    return type(cause).__module__.startswith("psycopg") and "Operational" in type(cause).__name__


def _told(error: Exception) -> str:
    """Return what the driver says in one line, without the statement and its values."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
