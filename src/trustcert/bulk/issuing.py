"""Issuing row by row: check, fit, allocate, sign, draw, record; in order, and never twice.

Rows go in parts through two tasks, each done by whichever worker is free::

    check    application to claims, cautions, and whether text and symbol hold them
    sign     claims with their places to text and picture

Between the two the writer takes as many indices as rows are to be signed, and after the second it
records them in the ledger's journal, all before anything of a part is handed out. A row that
cannot be checked or drawn is refused with its reason and takes nothing. After a crash the same
run finds what it recorded: what was handed out stays, and what may not have been is signed again
for the same places.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, wait
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from trustcert import qr
from trustcert.bulk.caution import refuse_doubtful
from trustcert.bulk.checking import opened
from trustcert.bulk.rows import Application, RefusedRow, claims_of, refused
from trustcert.bulk.workers import Task, Workers
from trustcert.claims import Claims, StatusReference
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.files import UNFINISHED, disk
from trustcert.formats import compact
from trustcert.issuer import issue
from trustcert.keys import PublicKey, Signer
from trustcert.limits import RSA_BITS_MOST, STATUS_LIST_ID, STATUS_LIST_SIZE
from trustcert.tables import Cell
from trustcert.values import PublicValue, Value

if TYPE_CHECKING:  # workers need no database library
    from trustcert.bulk.book import Book

__all__ = [
    "PART",
    "PART_OF_MANY",
    "IssuedRow",
    "Job",
    "KnownRow",
    "Place",
    "Result",
    "Run",
    "cautious_claims",
    "issue_rows",
]

PART: Final = 50
"""Rows of a task of one process: more would let the first output wait."""

PART_OF_MANY: Final = 400
"""Rows of a task of several processes: with fewer the handing out, and the ledger's transactions
for each part, cost the one writer more than a tenth of what the rows cost the others."""

_LARGEST: Final = StatusReference(list=STATUS_LIST_ID, index=STATUS_LIST_SIZE - 1)
"""The place with which a row's text is tried: no other makes it longer."""


_FITS_ALWAYS: Final = 1_273
"""Characters that fit a symbol whatever they are: version 40-H (ISO/IEC 18004:2015, table 7)."""


class Job(Value, frozen=True, kw_only=True):
    """What is the same for every row.

    ``signer`` is a key, or a picklable function that opens it where rows are signed.
    """

    _shown = ("issuer", "issued_at", "lifetime", "format", "level", "picture")

    issuer: str
    issued_at: int
    signer: Signer | Callable[[], Signer]
    lifetime: int | None = None
    format: str = compact.NAME
    level: str = "M"
    picture: bool = False
    """Whether a PNG is made of each row."""
    folder: Path | None = None
    """Where workers of this machine put the PNGs, under names to be changed; without one they
    give back the bytes."""
    run: str = ""
    """A name of this run for those files."""
    accepted: frozenset[str] = frozenset()
    """Names of the doubts that are accepted (:class:`~trustcert.bulk.caution.Doubt`)."""


class Place(PublicValue, frozen=True, kw_only=True):
    """Where a row stands that was recorded, when it was issued, and what its picture was called."""

    status: StatusReference
    issued_at: int
    expires: int | None
    output: str


class IssuedRow(Value, frozen=True, kw_only=True):
    """A row that was signed now. ``again`` says that it was recorded before, at the same place."""

    _shown = ("line",)

    line: int
    claims: Claims
    text: str
    picture: bytes | Path | None = None
    """The PNG, or the file that it is in until it is given its name."""
    again: bool = False
    output: str = ""
    """What its picture is called."""


class KnownRow(Value, frozen=True, kw_only=True):
    """A row that was issued before under the same batch, and is not issued again."""

    _shown = ("line", "place")

    line: int
    place: Place | None
    same_as: int | None = None
    """The line of this run that says the same."""


Result = IssuedRow | KnownRow | RefusedRow


class _Checked(Value, frozen=True, kw_only=True):
    """A row that is ready to be signed."""

    line: int
    claims: Claims


def cautious_claims(job: Job, fields: Mapping[str, Any]) -> Claims:
    """Return the claims of one application, if nothing about them is wrong or may be a mistake.

    Raises:
        MalformedError: a field is wrong, something doubtful is not accepted, or text or symbol
            cannot hold the claims; ``where`` is the field.
    """
    claims = claims_of(fields, issuer=job.issuer, issued_at=job.issued_at, lifetime=job.lifetime)
    refuse_doubtful(claims, job.accepted)
    _refuse_unfit(job, claims, opened(job.signer).public_key)
    return claims


def check_rows(
    job: Job, rows: list[tuple[int, dict[str, Any], int, tuple[Cell, ...]]]
) -> list[_Checked | RefusedRow]:
    """Return each row as claims that fit a code, or refused.

    A row is its line, its fields, its time of issue and its cells.
    """
    found: list[_Checked | RefusedRow] = []
    for line, fields, issued_at, cells in rows:
        try:
            claims = cautious_claims(replace(job, issued_at=issued_at), fields)
        except MalformedError as error:
            found.append(refused(line, error, cells))
        else:
            found.append(_Checked(line=line, claims=claims))
    return found


def sign_rows(job: Job, rows: list[_Checked]) -> list[tuple[str, bytes | Path | None]]:
    """Return text and picture of each row."""
    signer = opened(job.signer)
    out: list[tuple[str, bytes | Path | None]] = []
    for row in rows:
        text = issue(row.claims, signer, format=job.format)
        out.append((text, _picture(job, row.line, text) if job.picture else None))
    return out


def _picture(job: Job, line: int, text: str) -> bytes | Path:
    data = qr.png(text, error_correction=job.level)
    if job.folder is None:
        return data
    path = job.folder / f".{job.run}.{line}{UNFINISHED}"
    with disk(path):
        path.write_bytes(data)
    return path


class _Trial:
    """A signer of nothing: its signatures have the length of the key's."""

    def __init__(self, key: PublicKey) -> None:
        self.public_key = key

    def sign(self, message: bytes) -> bytes:  # noqa: ARG002 - what every signer takes
        return bytes(self.public_key.algorithm.signature_bytes or RSA_BITS_MOST // 8)


def _refuse_unfit(job: Job, claims: Claims, key: PublicKey) -> None:
    """Refuse claims whose text is over the limit, or does not fit a symbol that is to be drawn."""
    tried = replace(claims, status=claims.status or _LARGEST)
    try:
        text = issue(tried, _Trial(key), format=job.format)
        if job.picture and len(text) > _FITS_ALWAYS:
            qr.matrix(text, error_correction=job.level)
    except LimitExceededError as error:
        if not error.where:
            error.where = "row"
        raise


class _Part:
    """Some neighbouring rows on their way."""

    def __init__(self, rows: list[Application | RefusedRow]) -> None:
        self.rows = rows
        self.results: dict[int, Result] = {}
        """What became of rows, by their line."""
        self.known: dict[int, Place] = {}
        """The places of rows that were recorded by a run that was interrupted."""
        self.owner = ""
        self.digests: dict[int, bytes] = {}
        self.cells = {row.line: row.cells for row in rows}
        self.checked: list[_Checked] = []
        self.task: Task


class Run:
    """One issuing run: the two tasks of each part, and what the ledger has to know of it."""

    def __init__(
        self,
        job: Job,
        workers: Workers,
        book: Book | None,
        named: Callable[[int], str],
        fits: Callable[[Claims], None],
    ) -> None:
        """Prepare to issue with ``workers``; see :func:`issue_rows`."""
        self._job = job
        self._workers = workers
        self._book = book
        self._named = named
        self._fits = fits
        self._under_way: dict[bytes, int] = {}

    def results(
        self, rows: Iterable[Application | RefusedRow], stopped: Callable[[], bool]
    ) -> Iterator[list[Result]]:
        """Yield the results of each part, in order; they count as handed out when asked for more.

        Once ``stopped``, no part is begun any more, and only those are signed that were sent to
        be signed.
        """
        source = iter(rows)
        alone = self._workers.count == 1
        size = PART if alone else PART_OF_MANY
        parts = iter(lambda: list(islice(source, size)), [])
        ahead = 1 if alone else 2 * self._workers.count + 2
        checking: deque[_Part] = deque()
        signing: deque[_Part] = deque()
        try:
            while True:
                while not stopped() and len(checking) + len(signing) < ahead:
                    begun = next(parts, None)
                    if begun is None:
                        break
                    checking.append(self._check(begun))
                if stopped():
                    checking.clear()
                first = [queue[0].task.future for queue in (signing, checking) if queue]
                if not first:
                    return
                wait(first, return_when=FIRST_COMPLETED)
                if signing and (signing[0].task.future.done() or not checking):
                    part = signing.popleft()
                    yield self._finish(part)
                    self._handed_out(part)
                else:
                    signing.append(self._sign(checking.popleft()))
        finally:
            self._give_back(signing)

    def _check(self, rows: list[Application | RefusedRow]) -> _Part:
        part = _Part(rows)
        applications: list[Application] = []
        for row in rows:
            if isinstance(row, RefusedRow):
                part.results[row.line] = row
            else:
                applications.append(row)
        if self._book is not None:
            applications = self._unknown(part, applications, self._book)
        job = self._job
        part.task = Task(
            self._workers,
            check_rows,
            job,
            [
                (
                    row.line,
                    row.fields,
                    part.known[row.line].issued_at if row.line in part.known else job.issued_at,
                    row.cells,
                )
                for row in applications
            ],
        )
        return part

    def _unknown(
        self, part: _Part, applications: list[Application], book: Book
    ) -> list[Application]:
        """Return the applications that are to be issued; what became of the others is noted."""
        part.digests = {row.line: book.digest(row.fields) for row in applications}
        part.owner = book.owner(part.digests.values())
        interrupted = book.interrupted(part.owner)
        found = book.find(part.digests.values(), interrupted=interrupted)
        left: list[Application] = []
        for row in applications:
            digest = part.digests[row.line]
            place = found.get(digest)
            same = self._under_way.get(digest)
            if same is not None:
                part.results[row.line] = KnownRow(line=row.line, place=None, same_as=same)
                continue
            if place is not None and not interrupted:
                part.results[row.line] = KnownRow(line=row.line, place=place)
                continue
            if place is not None:
                part.known[row.line] = place
            self._under_way[digest] = row.line
            left.append(row)
        return left

    def _sign(self, part: _Part) -> _Part:
        for found in part.task.result():
            if isinstance(found, RefusedRow):
                part.results[found.line] = found
                continue
            try:
                self._fits(found.claims)
            except MalformedError as error:
                part.results[found.line] = refused(found.line, error, part.cells[found.line])
            else:
                part.checked.append(found)
        if self._book is not None:
            part.checked = self._placed(part, self._book)
        part.task = Task(self._workers, sign_rows, self._job, part.checked)
        return part

    def _placed(self, part: _Part, book: Book) -> list[_Checked]:
        # Neighbours in the ledger's order are of one site, so that it notes few ranges.
        fresh = sorted(
            (row for row in part.checked if row.line not in part.known),
            key=lambda row: getattr(row.claims.details, "site", None) or "",
        )
        places = dict(
            zip(
                (row.line for row in fresh),
                book.take(part.owner, [row.claims for row in fresh], part.known.values()),
                strict=True,
            )
        )
        out = []
        for row in part.checked:
            known = part.known.get(row.line)
            status = places[row.line] if known is None else known.status
            out.append(replace(row, claims=replace(row.claims, status=status)))
        return out

    def _finish(self, part: _Part) -> list[Result]:
        fresh: list[tuple[bytes, Claims, str]] = []
        for row, (text, picture) in zip(part.checked, part.task.result(), strict=True):
            known = part.known.get(row.line)
            output = self._named(row.line) if known is None else known.output
            part.results[row.line] = IssuedRow(
                line=row.line,
                claims=row.claims,
                text=text,
                picture=picture,
                again=known is not None,
                output=output,
            )
            if known is None and self._book is not None:
                fresh.append((part.digests[row.line], row.claims, output))
        if self._book is not None:
            self._book.record(part.owner, fresh)
        return [part.results[row.line] for row in part.rows]

    def _handed_out(self, part: _Part) -> None:
        for digest in part.digests.values():
            self._under_way.pop(digest, None)
        if self._book is not None and part.checked:
            self._book.handed_out(part.owner)

    def _give_back(self, signing: Iterable[_Part]) -> None:
        """Give back the places of parts of which nothing was recorded."""
        if self._book is not None:
            for part in signing:
                if not part.known:
                    self._book.give_back(part.owner)


def issue_rows(  # noqa: PLR0913 - the job, the workers, and what the caller adds
    job: Job,
    rows: Iterable[Application | RefusedRow],
    workers: Workers,
    *,
    book: Book | None = None,
    named: Callable[[int], str] = lambda _line: "",
    fits: Callable[[Claims], None] = lambda _claims: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[list[Result]]:
    """Yield what became of each row, in parts and in order.

    The results of a part count as handed out when the next are asked for. ``book`` is the
    ledger's: without one nothing can be revoked, and a row that is given twice is issued twice.
    ``named`` gives the name of the picture of a line that is issued for the first time; ``fits``
    raises :class:`MalformedError` for claims that cannot be printed. Once ``stopped`` returns true,
    what is being signed is finished and no more is begun.

    Raises:
        SigningError: a token or a service did not sign.
        SyncError: the ledger failed, or workers died again and again.
    """
    return Run(job, workers, book, named, fits).results(rows, stopped)
