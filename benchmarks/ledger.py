"""The ledger at 100 million credentials, each issued on its own, against one million.

A ledger's tables are filled by the database itself, as issuing would have filled them: batches of
a thousand, in which two keys take turns (so that no two neighbours on a list have a key in common:
the worst case), 2 million credentials a key at most, 10,000 a site, one in a hundred revoked, its
lists published. Then each question is asked, each change made and published, by the ledger's own
functions. What is done while others issue is done while another process issues; its longest wait
is told. It runs on SQLite; :func:`compared` takes URLs of PostgreSQL as well.
"""

# ruff: noqa: S608 - numbers and names of our own

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from measure import Row, main
from trustcert.ledger import allocation, changes, journal, publishing, schema, selection, storage
from trustcert.ledger.changes import Order
from trustcert.ledger.partition import Issuance
from trustcert.ledger.selection import Selection
from trustcert.ledger.storage import Ledger, Place
from trustcert.status.causes import Cause

AT = 1_767_196_800
DAY = 86_400
MILLION = 1_000_000
BATCH = 1_000
A_SECOND = 50
KEY_BATCHES = 4_000
SITE_BATCHES = 10
EXPIRES = AT + 900 * DAY
NOW = AT + 100 * DAY
HEALTH = Issuance(type="health", issued_at=NOW, expires=EXPIRES, batch="bench", site="here")
PERIOD = "2028-Q2"


def filled(place: Place, count: int) -> Ledger:
    """Return a ledger of ``count`` credentials that were issued one by one."""
    ledger = storage.create(place, issuer="CN-51")
    allocation.allocate(ledger, Issuance(type="health", issued_at=AT, expires=EXPIRES))
    size = ledger.list_size
    rows = {
        "list": f"SELECT 1 + n, type, period, server, ends, size, {random(ledger)}, size,"
        " sealed, opened_at, closed_at FROM list, {series} WHERE n > 0",
        "origin": "SELECT 10 + n, 'batch-' || (n / 2), "
        f"{blob(ledger, f'(n / 2 / {KEY_BATCHES}) * 2 + n % 2')}, "
        f"'site-' || (n / 2 % {{sites}}), '', {BATCH // 2} FROM {{series}}",
        "allocation": f"SELECT 10 + n, 1 + n / {size}, n % {size}, 1, {AT} + n / {A_SECOND},"
        f" 10 + n / {BATCH} * 2 + n % 2 FROM {{series}}",
        "change": f"SELECT 10 + n, 1 + n, {blob(ledger, 'n')}, {AT} + n, 'desk', 'lost', ''"
        " FROM {series}",
        "entry": f"SELECT 1 + n * 100 / {size}, n * 100 % {size}, 10 + n / 1000, 1, 1, NULL,"
        " NULL, NULL FROM {series}",
    }
    counts = {
        "list": (count - 1) // size + 1,
        "origin": count // BATCH * 2,
        "allocation": count,
        "change": max(1, count // 100 // 1_000),
        "entry": count // 100,
    }
    sites = max(1, count // BATCH // SITE_BATCHES)

    def body(connection: Connection) -> None:
        connection.execute(text("DELETE FROM allocation"))
        connection.execute(text("DELETE FROM origin"))
        for table, query in rows.items():
            columns = ", ".join(
                f'"{column.name}"' for column in schema.METADATA.tables[table].columns
            )
            filled_in = query.format(series=series(ledger, counts[table]), sites=sites)
            if table == "allocation":
                for index in schema.allocation.indexes:
                    index.drop(connection)
            connection.execute(text(f'INSERT INTO "{table}" ({columns}) {filled_in}'))
            if table == "allocation":
                for index in schema.allocation.indexes:
                    index.create(connection)
        given = count - (counts["list"] - 1) * size
        connection.execute(
            text("UPDATE list SET given = CASE WHEN number = :n THEN :given ELSE size END"),
            {"n": counts["list"], "given": given},
        )
        connection.execute(text("UPDATE about SET change = :n"), {"n": counts["change"]})
        if ledger.engine.dialect.name == "postgresql":
            for table in ("allocation", "origin", "change"):
                counter = f"pg_get_serial_sequence('{table}', 'id')"
                connection.execute(text(f"SELECT setval({counter}, max(id)) FROM {table}"))

    storage.write(ledger, body)
    with ledger.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("ANALYZE")
    return ledger


def series(ledger: Ledger, count: int) -> str:
    """Return a table ``series`` of the numbers ``n`` below ``count``."""
    if ledger.engine.dialect.name == "postgresql":
        return f"(SELECT generate_series(0, {count - 1})::bigint AS n) AS series"
    return (
        "(WITH RECURSIVE up(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up"
        f" WHERE n < {count - 1}) SELECT n FROM up) AS series"
    )


def blob(ledger: Ledger, number: str) -> str:
    """Return the expression for a few bytes that tell a number."""
    if ledger.engine.dialect.name == "postgresql":
        return f"convert_to(({number})::text, 'UTF8')"
    return f"CAST(({number}) AS BLOB)"


def random(ledger: Ledger) -> str:
    """Return the expression for a list's secret."""
    if ledger.engine.dialect.name == "postgresql":
        return "sha256(secret || convert_to(n::text, 'UTF8'))"
    return "randomblob(32)"


def questions(ledger: Ledger, count: int) -> dict[str, Callable[[], Any]]:
    """Return what is asked and changed, each once a call, of other credentials each time."""
    turn = iter(range(1, count))
    batches = count // BATCH
    order = Order(cause=Cause.LOST, actor="desk", at=NOW)

    def fresh() -> int:
        return next(turn) * 7_919

    def batch() -> Selection:
        return Selection(batch=f"batch-{fresh() % batches}")

    def site() -> Selection:
        return Selection(site=f"site-{fresh() % max(1, batches // SITE_BATCHES)}")

    def window() -> Selection:
        start = AT + fresh() % (count // A_SECOND - 20)
        return Selection(issued_from=start, issued_until=start + 20)

    def one() -> tuple[int, int]:
        position = (fresh() * 100 + 1) % count
        number = 1 + position // ledger.list_size
        orders = storage.read(ledger, lambda c: allocation.orders(c, [number]))
        return number, orders[number].index(position % ledger.list_size)

    def exactly(found: int, expected: int) -> None:
        assert found == expected, (found, expected)

    def published() -> None:
        changes.change(ledger, [one()], order)
        publishing.confirm(ledger, publishing.publish(ledger, at=NOW))

    return {
        "find a batch of 1,000": lambda: exactly(selection.count(ledger, batch()), BATCH),
        "find a site's 10,000": lambda: exactly(selection.count(ledger, site()), 10 * BATCH),
        "find 20 seconds' 1,000": lambda: exactly(selection.count(ledger, window()), BATCH),
        "history of one": lambda: changes.history(ledger, *one()),
        "find a row in the journal": lambda: journal.find(ledger, "b", [bytes([fresh() % 256])]),
        "issue one": lambda: allocation.allocate(ledger, HEALTH),
        "revoke one": lambda: exactly(changes.change(ledger, [one()], order).changed, 1),
        "revoke a batch of 1,000": lambda: changes.change(ledger, batch(), order),
        "revoke one more, and publish": published,
    }


ISSUER = """
import sys, time
from trustcert.ledger import allocation, storage
from trustcert.ledger.partition import Issuance
issuance = Issuance(type="health", issued_at={now}, expires={expires}, batch="meanwhile")
longest, done = 0.0, 0
with storage.open_ledger(sys.argv[1]) as ledger:
    print("ready", flush=True)
    until = time.monotonic() + float(sys.argv[2])
    while time.monotonic() < until:
        start = time.monotonic()
        allocation.allocate(ledger, issuance)
        longest, done = max(longest, time.monotonic() - start), done + 1
        time.sleep(0.002)
print(longest, done)
"""


def by_key(place: Place, ledger: Ledger, count: int) -> list[Row]:
    """Revoke all of one key while another process issues."""
    kid = Selection(kid=b"0")
    expected = selection.count(ledger, kid)
    script = ISSUER.format(now=NOW, expires=EXPIRES)
    seconds = str(5 + expected / 100_000)
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", script, str(place), seconds], stdout=subprocess.PIPE, text=True
    ) as issuing:
        assert issuing.stdout is not None
        issuing.stdout.readline()
        order = Order(cause=Cause.KEY_COMPROMISED, actor="desk", at=NOW)
        start = time.perf_counter()
        outcome = changes.change(ledger, kid, order, partial=True)
        took = time.perf_counter() - start
        longest, done = issuing.stdout.read().split()
    start = time.perf_counter()
    publication = publishing.publish(ledger, at=NOW)
    publishing.confirm(ledger, publication)
    publish = time.perf_counter() - start
    assert outcome.changed + outcome.unchanged == expected, outcome
    group = f"a key of {expected:,} of {count:,}, every other one, while another process issues"
    found = {
        "revoke it (2 million: at most 10)": (took, "s"),
        "longest wait of the issuer (at most 1)": (float(longest), "s"),
        "issued meanwhile": (float(done), "credentials"),
        "publish it": (publish, "s"),
    }
    return [
        Row(group=group, what=what, unit=unit, median=value, spread=None, ratio=None)
        for what, (value, unit) in found.items()
    ]


def measured(place: Place, count: int) -> tuple[dict[str, float], list[Row]]:
    """Return the median milliseconds of each question, and what revoking a key took."""
    start = time.perf_counter()
    with filled(place, count) as ledger:
        print(f"{count:,} filled in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        start = time.perf_counter()
        publishing.confirm(ledger, publishing.publish(ledger, at=AT + DAY))
        print(f"published in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        found: dict[str, float] = {}
        for name, ask in questions(ledger, count).items():
            times = []
            for _ in range(15):
                begun = time.perf_counter()
                ask()
                times.append(1_000 * (time.perf_counter() - begun))
            found[name] = statistics.median(times)
            print(f"  {name}: {found[name]:.2f} ms", file=sys.stderr)
        return found, by_key(place, ledger, count)


def compared(places: tuple[Place, Place], large: int) -> list[Row]:
    """Return a row a question: at ``large`` credentials, with the ratio to a million."""
    small, key_small = measured(places[0], MILLION)
    big, key_big = measured(places[1], large)
    group = f"{large // MILLION} million credentials against one (ratio, at most 2)"
    rows = [
        Row(group=group, what=what, unit="ms", median=took, spread=None, ratio=took / small[what])
        for what, took in big.items()
    ]
    return [*rows, *key_small, *key_big]


def run(quick: bool) -> list[Row]:
    """Measure in SQLite; quick: 10 million instead of 100 million."""
    with tempfile.TemporaryDirectory() as folder:
        places = (Path(folder) / "small.ledger", Path(folder) / "large.ledger")
        return compared(places, (10 if quick else 100) * MILLION)


if __name__ == "__main__":
    main(run)
