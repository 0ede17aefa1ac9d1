"""Many credentials at once: batch files in, reports out, over any executor.

Work is handed out in chunks of this module's own, because an executor's ``map`` may ignore its
``chunksize`` and single tasks cost more than a check. Threads help by about two thirds on two
cores, since signatures are verified outside the interpreter lock; processes by more, given a
function that makes the verifier in each of them.
"""

from __future__ import annotations

import csv
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Final, TextIO, TypeVar

from trustcert.claims import Claims, check, from_application
from trustcert.claims.application import FIELDS
from trustcert.errors import LimitExceededError, MalformedError, inside
from trustcert.formats import compact
from trustcert.issuer import issue
from trustcert.keys import Signer
from trustcert.limits import CSV_LINE_CHARACTERS
from trustcert.report import Report
from trustcert.values import PublicValue
from trustcert.verifier import Verifier

T = TypeVar("T")
R = TypeVar("R")

CHUNK: Final = 1_000
"""Credentials a task: below 100 handing out costs as much as checking, above 2,000 the last task
leaves other cores idle."""

_TOO_LONG: Final = "\x00"
"""Stands for a line over the limit: no cell of a real row is a control character."""

CHUNK_SIGNED: Final = 50
"""Credentials a task of issuing: a token answers tens to thousands a second."""

_AHEAD: Final = 64
"""Tasks handed out before the first is waited for: bounds memory on endless input."""


class Row(PublicValue, frozen=True, kw_only=True):
    """One good row of a batch file: its line (the header is line 1) and its claims."""

    line: int
    claims: Claims


class RefusedRow(PublicValue, frozen=True, kw_only=True):
    """One bad row: its line, the column and the reason, without any value of the row."""

    line: int
    where: str
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.where}: {self.problem}"


def read_applications(
    path: Path, *, issuer: str, issued_at: int, defaults: Mapping[str, str] | None = None
) -> Iterator[Row | RefusedRow]:
    """Yield each row of a CSV file of applications, good or refused; a bad row loses no other.

    The first line names the columns: the fields of :mod:`trustcert.claims.application`. UTF-8,
    with or without a byte order mark. An empty cell is an absent field. ``defaults`` are fields
    that every row has unless it says otherwise.

    Raises:
        MalformedError: the header is missing or names an unknown or a doubled column.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = _bounded(file)
        columns = _columns(next(lines, ""))
        for number, text in enumerate(lines, start=2):
            if not text.strip("\r\n"):
                continue
            try:
                fields = {**(defaults or {}), **_named(columns, _cells(text))}
                claims = from_application(fields, issuer=issuer, issued_at=issued_at)
                check(claims)
            except MalformedError as error:
                where = error.where or "row"
                yield RefusedRow(line=number, where=where, problem=error.problem)
            else:
                yield Row(line=number, claims=claims)


def _cells(line: str) -> list[str]:
    """Return the cells of one line: no field holds a line break, so a stray quote ends with it."""
    if line == _TOO_LONG:
        raise LimitExceededError(f"is of over {CSV_LINE_CHARACTERS} characters", where="row")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        raise MalformedError("is not CSV", where="row") from None


def _named(columns: list[str], cells: list[str]) -> dict[str, str]:
    """Return the cells that are not empty by their columns."""
    if len(cells) != len(columns):
        raise MalformedError(f"has {len(cells)} cells, not {len(columns)}", where="row")
    return {name: cell for name, cell in zip(columns, cells, strict=True) if cell}


def check_many(
    verifier: Verifier | Callable[[], Verifier],
    texts: Iterable[str | bytes],
    *,
    at: int,
    executor: Executor | None = None,
    chunk: int = CHUNK,
) -> Iterator[Report]:
    """Yield the report of each text, in order.

    For an executor of threads give the verifier; for one of processes a picklable function that
    makes it (as ``functools.partial(open_verifier, path)``): each process calls it once.
    """
    task = functools.partial(_check_chunk, verifier, at)
    return itertools.chain.from_iterable(in_chunks(task, texts, executor=executor, chunk=chunk))


def issue_many(
    claims: Iterable[Claims],
    signer: Signer,
    *,
    format: str = compact.NAME,  # noqa: A002 - the word of the field
    executor: Executor | None = None,
    chunk: int = CHUNK_SIGNED,
) -> Iterator[str]:
    """Yield the text of each of ``claims``, in order.

    For a key on a token or in a service give an executor of as many threads as it has sessions:
    each waits for its own signature. What fails ends the run; what came before it is whole.

    Raises:
        MalformedError: as :func:`trustcert.issuer.issue`.
        SigningError: the token or the service did not sign.
    """
    task = functools.partial(_issue_chunk, signer, format)
    return itertools.chain.from_iterable(in_chunks(task, claims, executor=executor, chunk=chunk))


def _issue_chunk(signer: Signer, form: str, claims: list[Claims]) -> list[str]:
    return [issue(entry, signer, format=form) for entry in claims]


def in_chunks(
    task: Callable[[list[T]], R],
    items: Iterable[T],
    *,
    executor: Executor | None = None,
    chunk: int = CHUNK,
) -> Iterator[R]:
    """Yield ``task`` of each list of ``chunk`` items, in order, with a bounded number ahead."""
    source = iter(items)
    chunks = iter(lambda: list(itertools.islice(source, chunk)), [])
    if executor is None:
        yield from map(task, chunks)
        return
    ahead: list[Future[R]] = []
    for part in chunks:
        ahead.append(executor.submit(task, part))
        if len(ahead) >= _AHEAD:
            yield ahead.pop(0).result()
    for future in ahead:
        yield future.result()


def _check_chunk(
    verifier: Verifier | Callable[[], Verifier], at: int, texts: list[str | bytes]
) -> list[Report]:
    judge = verifier if isinstance(verifier, Verifier) else _made(verifier)
    return [judge.check(text, at=at) for text in texts]


_verifiers: dict[bytes, Verifier] = {}


def _made(make: Callable[[], Verifier]) -> Verifier:
    """Return the verifier of this process, made at its first task."""
    import pickle

    name = pickle.dumps(make)
    if name not in _verifiers:
        _verifiers[name] = make()
    return _verifiers[name]


def _columns(line: str) -> list[str]:
    if not line.strip("\r\n"):
        raise MalformedError("the first line must name the columns", where="line 1")
    with inside("line 1"):
        columns = _cells(line)
    for place, name in enumerate(columns, start=1):
        if name not in FIELDS:
            known = ", ".join(sorted(FIELDS))
            # not its text: where the header is missing, it is a person's
            raise MalformedError(f"column {place} is unknown (known: {known})", where="line 1")
    if len(set(columns)) != len(columns):
        raise MalformedError("names a column twice", where="line 1")
    return columns


def _bounded(file: TextIO) -> Iterator[str]:
    """Yield lines; one over the limit becomes a mark that fails its row, not the file."""
    while line := file.readline(CSV_LINE_CHARACTERS):
        if len(line) < CSV_LINE_CHARACTERS or line.endswith("\n"):
            yield line
        else:
            while line and not line.endswith("\n"):
                line = file.readline(CSV_LINE_CHARACTERS)
            yield _TOO_LONG
