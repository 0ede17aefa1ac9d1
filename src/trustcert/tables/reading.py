"""Opening a table, of whatever kind it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from trustcert.errors import MalformedError, inside
from trustcert.files import disk
from trustcert.tables import delimited, encodings, workbook
from trustcert.tables.model import Form, Line

__all__ = ["Table", "open_table"]


class Table:
    """An open table: what form it has, how it was read, and its lines, once."""

    def __init__(self, form: Form, told: str, lines: Iterator[Line], about: int | None) -> None:
        """Keep what :func:`open_table` found."""
        self.form = form
        self.about = about
        """How many lines there are, about; None where the file does not tell."""
        self.told = told
        """How the file was read, for the person who gave it: its encoding and separator."""
        self._lines = lines

    def __iter__(self) -> Iterator[Line]:
        """Yield the lines that are not blank, as they are asked for."""
        return self._lines


@contextmanager
def open_table(
    path: Path, *, encoding: str | None = None, worksheet: str | None = None
) -> Iterator[Table]:
    """Open the CSV file or ``.xlsx`` workbook at ``path``, whatever its name ends with.

    ``encoding`` is a key of :data:`~trustcert.tables.encodings.ENCODINGS`: what a CSV file has
    where it cannot be told. ``worksheet`` names one of a workbook; else the first is read.

    Raises:
        LimitExceededError: larger than any real table.
        MalformedError: neither a workbook nor text in one encoding; ``where`` is the file's name.
        SyncError: the file cannot be read.
    """
    with disk(path), ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        with inside(path.name):
            head = file.read(8)
            workbook.refuse_other_kinds(head)
            if workbook.is_workbook(head):
                table = _workbook(file, worksheet, stack)
            else:
                table = _delimited(file, encoding)
        yield table


def _workbook(file: BinaryIO, worksheet: str | None, stack: ExitStack) -> Table:
    book, sheet = workbook.open_workbook(file, worksheet, stack)
    told = f"workbook, worksheet {sheet.title!r}"
    if len(book.sheetnames) > 1:
        told += f" of {len(book.sheetnames)}"
    about = sheet.max_row
    return Table(Form(workbook=True), told, workbook.rows_of(sheet), about)


def _delimited(file: Any, encoding: str | None) -> Table:
    found = encodings.encoding_of(file, encoding)
    separator = delimited.separator_of(file, found)
    name = next(name for name, known in encodings.ENCODINGS.items() if known == found)
    told = f"CSV in {name.upper()}, separated by {delimited.SEPARATORS[separator]}"
    form = Form(workbook=False, encoding=found, separator=separator)
    return Table(form, told, _guarded(file, form), _line_ends(file))


def _line_ends(file: BinaryIO) -> int:
    file.seek(0)
    return sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))


def _guarded(file: BinaryIO, form: Form) -> Iterator[Line]:
    try:
        yield from delimited.lines_of(file, form.encoding, form.separator)
    except UnicodeError:
        raise MalformedError("changed while it was read") from None
