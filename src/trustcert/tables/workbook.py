"""Workbooks (``.xlsx``, ECMA-376) read by openpyxl as a stream of rows, behind a fence.

openpyxl parses what it is given. Before that, the archive's own directory bounds how much each
part inflates to, and every part is searched for what XML of a spreadsheet never has: a document
type, or text without a tag that is longer than any cell.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, BinaryIO, Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import (
    WORKBOOK_BYTES,
    WORKBOOK_CELL_CHARACTERS,
    WORKBOOK_PART_BYTES,
    WORKBOOK_PARTS,
    WORKBOOK_ROWS,
)
from trustcert.tables.model import Line

__all__ = ["is_workbook", "open_workbook", "refuse_other_kinds", "rows_of"]

_CHUNK: Final = 1 << 16
_GROWING: Final = ("xl/worksheets/", "xl/sharedStrings")
"""Beginnings of the names of parts that grow with the rows; every other part is small."""

_DOCTYPE: Final = b"<!DOCTYPE"

_TEXT_BYTES: Final = 6 * WORKBOOK_CELL_CHARACTERS
"""Bytes between two tags: the longest cell, each character written as a reference."""


def is_workbook(head: bytes) -> bool:
    """Decide by its first bytes whether a file is an archive, as every ``.xlsx`` is."""
    return head.startswith(b"PK\x03\x04")


def refuse_other_kinds(head: bytes) -> None:
    """Refuse the files of spreadsheets that are neither CSV nor ``.xlsx``.

    Raises:
        MalformedError: an old ``.xls``, or a workbook with a password.
    """
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise MalformedError("is an old .xls or has a password: save it as .xlsx without one")


def open_workbook(file: BinaryIO, worksheet: str | None, stack: ExitStack) -> tuple[Any, Any]:
    """Return the workbook and the worksheet named, or else the first visible one.

    ``stack`` closes the workbook.

    Raises:
        MalformedError: no ``.xlsx``, or none with that worksheet.
        LimitExceededError: it inflates to more than any real one.
    """
    _fence(file)
    from trustcert.tables.shared_strings import load

    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about parts that are not read here
            book = load(file, stack)
    except Exception as error:  # a parser of foreign files: whatever it raises
        raise MalformedError("is not an .xlsx workbook, or is damaged") from error
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in book.worksheets if worksheet is not None else visible:
        if worksheet in {None, sheet.title}:
            return book, sheet
    raise MalformedError("has no worksheet of that name" if worksheet else "has no worksheet")


def rows_of(sheet: Any) -> Iterator[Line]:
    """Yield each row that is not blank.

    Raises:
        LimitExceededError: more rows than a worksheet can have.
        MalformedError: the worksheet is damaged.
    """
    sheet.reset_dimensions()
    rows = sheet.iter_rows(values_only=True)
    for number in range(1, WORKBOOK_ROWS + 2):
        try:
            cells = next(rows, None)
        except Exception as error:  # as in open_workbook
            raise MalformedError("is damaged", where=f"line {number}") from error
        if cells is None:
            return
        if any(cell is not None and str(cell).strip() for cell in cells):
            yield Line(number=number, cells=tuple(cells))
    raise LimitExceededError(f"has over {WORKBOOK_ROWS} rows")


def _fence(file: BinaryIO) -> None:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                raise MalformedError("is an archive, but no .xlsx workbook: save it as .xlsx")
            if len(members) > WORKBOOK_PARTS:
                raise LimitExceededError(f"has over {WORKBOOK_PARTS} parts")
            for member in members:
                _fence_member(archive, member)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise MalformedError("is not an .xlsx workbook, or is damaged") from error


def _fence_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    grows = member.filename.startswith(_GROWING)
    most = WORKBOOK_BYTES if grows else WORKBOOK_PART_BYTES
    if member.file_size > most:
        raise LimitExceededError(f"holds a part of over {most} bytes")
    run, before = 0, b""
    with archive.open(member) as part:
        while chunk := part.read(_CHUNK):
            if _DOCTYPE in before + chunk or (grows and b"\x00" in chunk):
                raise MalformedError("is not an .xlsx workbook, or is damaged")
            first, *others = map(len, chunk.split(b"<"))
            if max(run + first, *others, 0) > _TEXT_BYTES:
                raise LimitExceededError("holds a cell that is longer than any cell can be")
            run = others[-1] if others else run + first
            before = chunk[-len(_DOCTYPE) :]
