"""A whole table issued: rows in; lines, pictures, a sheet and the refused rows out."""

from __future__ import annotations

import hashlib
import itertools
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import timezone
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

import click
from msgspec.structs import replace

from trustcert.bulk.checking import opened
from trustcert.bulk.issuing import IssuedRow, Job, KnownRow, Result, issue_rows
from trustcert.bulk.rows import RefusedRow, applications, columns_of
from trustcert.bulk.workers import Cluster, Here, Processes, Workers
from trustcert.claims import Claims
from trustcert.claims.columns import REASON_HEADER
from trustcert.cli import EXIT_COULD_NOT_RUN, EXIT_INVALID, output
from trustcert.cli.progress import Progress
from trustcert.cli.signing import opener
from trustcert.encoding import json
from trustcert.encoding.instants import rfc3339
from trustcert.errors import MalformedError, SyncError, UnsupportedError, inside
from trustcert.files import UNFINISHED, disk, write_whole
from trustcert.keys.pkcs11 import SESSIONS, KeyUri
from trustcert.tables import open_table
from trustcert.tables.writing import TableWriter
from trustcert.values import Value

if TYPE_CHECKING:  # a run without a ledger needs no database library
    from trustcert.bulk.book import Book
    from trustcert.ledger.storage import Ledger

__all__ = ["Asked", "issue_table"]

_LEFT_BEHIND: Final = 600.0
"""Seconds after which no run still writes a picture that has no name yet."""

_TOLD: Final = 20
"""Refused rows that are told one by one; all stand in the file."""


class Asked(Value, frozen=True, kw_only=True):
    """What the command line asks for beside the job."""

    _shown = ("table",)

    table: Path
    key: Path | KeyUri
    password_file: Path | None
    batch: str | None
    again: bool
    type: str | None
    zone: timezone
    encoding: str | None
    worksheet: str | None
    ignored: tuple[str, ...]
    refused: Path | None
    pictures: Path | None
    sheet: Path | None
    jobs: int
    dask: str | None


class _Run:
    """What comes out of one run, and how much of it there is."""

    def __init__(self, asked: Asked, writer: TableWriter, sheet: Any) -> None:
        self.issued = self.known = self.refused = self.done = self.last = 0
        self._pictures = asked.pictures
        self._table = asked.table
        self._writer = writer
        self._sheet = sheet

    def take(self, results: list[Result]) -> None:
        """Hand out what became of some rows."""
        told: list[bytes] = []
        for result in results:
            self.done += 1
            self.last = result.line
            if isinstance(result, RefusedRow):
                self._refuse(result)
            elif isinstance(result, KnownRow):
                self.known += 1
                told.append(json.encode(_known(result, self._pictures)))
            else:
                self.issued += 1
                told.append(json.encode(self._issued(result)))
        if told:
            click.echo(b"\n".join(told))

    def _refuse(self, row: RefusedRow) -> None:
        self.refused += 1
        if self.refused <= _TOLD:
            output.talk(f"{self._table}: {row}")
        elif self.refused == _TOLD + 1:
            output.talk("… and others, see the file of refused rows")
        self._writer.add((f"line {row.line}: {row.where}: {row.problem}", *row.cells))

    def _issued(self, row: IssuedRow) -> dict[str, Any]:
        told: dict[str, Any] = {"line": row.line, "text": row.text} | _place(row.claims)
        if self._pictures is not None and row.picture is not None:
            picture = self._pictures / row.output
            _put_picture(row.picture, picture, again=row.again)
            told["qr"] = str(picture)
        if self._sheet is not None:
            self._sheet.add(_entry(row))
        return told

    def summary(self) -> str:
        """Return how many rows were issued and refused."""
        before = f", {self.known} issued before" if self.known else ""
        return f"{self.issued} issued, {self.refused} refused{before}"


def issue_table(job: Job, asked: Asked, ledger: Ledger | None) -> int:
    """Issue every row of a table; return the exit code."""
    _refuse_old_output(asked, ledger)
    with ExitStack() as stack, _interruptible() as stopped:
        table = stack.enter_context(
            open_table(asked.table, encoding=asked.encoding, worksheet=asked.worksheet)
        )
        output.talk(f"{asked.table}: {table.told}")
        lines = iter(table)
        header = next(lines, None)
        with inside(asked.table.name):
            columns = columns_of(header, table.form, asked.ignored)
        given = {"type": asked.type} if asked.type else {}
        rows = applications(lines, columns, defaults=given, zone=asked.zone)
        heading = (REASON_HEADER, *(header.cells if header else ()))
        writer = stack.enter_context(TableWriter(_refused_path(asked), table.form, heading))
        book = None if ledger is None else _book(job, asked, ledger)
        paper = stack.enter_context(ExitStack())
        sheet = _sheet(job, asked, paper)
        workers = _workers(asked)
        stack.callback(workers.close)
        run = _Run(asked, writer, sheet)
        with Progress(table.about) as progress:
            results = issue_rows(
                _job(job, asked),
                rows,
                workers,
                book=book,
                named=_namer(asked.pictures),
                fits=_fits(sheet),
                stopped=stopped,
            )
            read = _hand_out(results, run, progress)
        ended = read and not stopped()
        _finish_sheet(paper, run, sheet, ended=ended)
        if book is not None and sheet is not None and ended:
            book.close_all()
    return _code(run, writer, ended=ended)


def _hand_out(results: Iterator[list[Result]], run: _Run, progress: Progress) -> bool:
    """Hand out all results; return whether somebody read them to the end."""
    try:
        for part in results:
            run.take(part)
            progress.show(run.done, run.issued, run.refused)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes at its end
        return False
    finally:
        results.close()  # type: ignore[attr-defined]  # a generator: it gives back what it holds
    return True


def _finish_sheet(paper: ExitStack, run: _Run, sheet: Any, *, ended: bool) -> None:
    """Write the sheet if it holds all that was issued; else leave nothing of it behind."""
    if sheet is None:
        return
    if ended and run.issued:
        paper.close()
        output.talk(f"{len(sheet.files)} files of {sheet.pages} pages: {sheet.files[0]}")
    else:
        reason = SyncError("the run ended before the sheet was whole")
        paper.__exit__(SyncError, reason, None)


def _code(run: _Run, writer: TableWriter, *, ended: bool) -> int:
    """Tell how the run ended, and return its exit code."""
    if writer.rows:
        output.talk(f"refused rows with their reasons: {writer.path}")
    output.talk(run.summary())
    if not ended:
        output.talk(f"stopped after line {run.last}; with --ledger the same command goes on here")
        return EXIT_COULD_NOT_RUN
    return EXIT_INVALID if run.refused else 0


def _refuse_old_output(asked: Asked, ledger: Ledger | None) -> None:
    if asked.sheet is not None and asked.sheet.exists():
        raise click.UsageError(f"{asked.sheet} exists: name another file")
    if asked.pictures is None:
        return
    asked.pictures.mkdir(parents=True, exist_ok=True)
    _clear_unfinished(asked.pictures)
    if ledger is None and next(asked.pictures.glob("*.png"), None) is not None:
        raise click.UsageError(f"{asked.pictures} holds pictures already: name another folder")


def _refused_path(asked: Asked) -> Path:
    """Return where refused rows go: a file that is not there yet, unless one was named."""
    if asked.refused is not None:
        return asked.refused
    table = asked.table
    numbers = itertools.chain(("",), itertools.count(2))
    names = (f"{table.stem}.refused{number}{table.suffix}" for number in numbers)
    return next(path for name in names if not (path := table.with_name(name)).exists())


def _namer(folder: Path | None) -> Callable[[int], str]:
    """Return what names the picture of a line: none that is there already."""
    if folder is None:
        return lambda _line: ""

    def named(line: int) -> str:
        first = f"{line:06}.png"
        others = (f"{line:06}-{number}.png" for number in itertools.count(2))
        names = itertools.chain((first,), others)
        return next(name for name in names if not (folder / name).exists())

    return named


def _put_picture(made: bytes | Path, target: Path, *, again: bool) -> None:
    """Give a picture its name; only that of the same row, issued at the same place, is replaced."""
    with disk(target):
        if isinstance(made, Path) and again:
            made.replace(target)
        elif isinstance(made, Path):
            target.hardlink_to(made)
            made.unlink()
        elif again:
            write_whole(target, made, lasting=False)
        else:
            with target.open("xb") as file:
                file.write(made)


def _clear_unfinished(folder: Path) -> None:
    """Remove pictures without a name that a run left behind which was killed long ago."""
    for path in folder.glob(f".*{UNFINISHED}"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFT_BEHIND:
                path.unlink()


def _book(job: Job, asked: Asked, ledger: Ledger) -> Book:
    from trustcert.bulk.book import Book

    if job.issuer != ledger.issuer:
        raise MalformedError(f"the ledger is of {ledger.issuer}", where="--issuer")
    batch = asked.batch or f"{asked.table.stem[:60]} {_digest(asked.table)}"
    if asked.batch is None:
        output.talk(f"batch: {batch}")
    book = Book(ledger, batch=batch, kid=opened(job.signer).public_key.kid, again=asked.again)
    book.kept_open = asked.sheet is not None
    return book


def _digest(path: Path) -> str:
    """Return what names the content of a file: the same file again is the same batch."""
    with disk(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _workers(asked: Asked) -> Workers:
    if asked.dask is not None:
        return Cluster(asked.dask)
    if asked.jobs > 1:
        return Processes(asked.jobs)
    if isinstance(asked.key, KeyUri):
        return Here(ThreadPoolExecutor(SESSIONS), SESSIONS)
    return Here()


def _job(job: Job, asked: Asked) -> Job:
    """Return the job as the workers need it: elsewhere each opens the key itself."""
    if asked.dask is None:
        job = replace(job, folder=asked.pictures, run=secrets.token_hex(4))
    if asked.dask is None and asked.jobs == 1:
        return job
    return replace(job, signer=opener(asked.key, asked.password_file, here=asked.dask is None))


def _sheet(job: Job, asked: Asked, paper: ExitStack) -> Any:
    if asked.sheet is None:
        return None
    from trustcert.qr import Layout, open_sheet

    layout = Layout(error_correction=job.level)
    title = asked.batch or asked.table.stem
    return paper.enter_context(
        open_sheet(asked.sheet, at=job.issued_at, layout=layout, title=title)
    )


def _fits(sheet: Any) -> Callable[[Claims], None]:
    """Return what refuses claims whose captions no page can show."""
    if sheet is None:
        return lambda _claims: None

    from trustcert.qr.printed import captions_of

    def fits(claims: Claims) -> None:
        try:
            sheet.check_captions(captions_of(claims))
        except UnsupportedError as error:
            raise MalformedError(str(error), where="captions") from None

    return fits


def _entry(row: IssuedRow) -> Any:
    from trustcert.qr.printed import entry_of

    return entry_of(row.claims, row.text, serial=str(row.line))


def _place(claims: Claims) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if claims.status is not None:
        told |= {"list": claims.status.list, "index": claims.status.index}
    if claims.expires is not None:
        told["expires"] = rfc3339(claims.expires)
    return told


def _known(row: KnownRow, pictures: Path | None) -> dict[str, Any]:
    told: dict[str, Any] = {"line": row.line, "issued_before": True}
    if row.same_as is not None:
        told["same_as_line"] = row.same_as
    if row.place is not None:
        told |= {"list": row.place.status.list, "index": row.place.status.index}
        if row.place.expires is not None:
            told["expires"] = rfc3339(row.place.expires)
        if row.place.output:
            told["qr"] = str(pictures / row.place.output if pictures else row.place.output)
    return told


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Yield what says whether Ctrl-C was pressed; a second one ends the program at once."""
    pressed = threading.Event()

    def press(_number: int, _frame: FrameType | None) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()
        output.talk("stopping after the rows that are being signed; Ctrl-C again stops at once")

    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)
