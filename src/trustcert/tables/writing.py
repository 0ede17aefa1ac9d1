"""Tables of the same form as one that was read: the refused rows, given back with the reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from trustcert.errors import MalformedError
from trustcert.files import disk, replacing
from trustcert.tables.model import Cell, Form

__all__ = ["TableWriter"]


class TableWriter:
    """A new table that appears whole when it is closed, and only if it has a row."""

    def __init__(self, path: Path, form: Form, header: Sequence[Cell]) -> None:
        """Prepare to write at ``path``, in the ``form`` of another table."""
        self.path = path
        self.rows = 0
        self._form = form
        self._header = header
        self._stack = ExitStack()
        self._put: Any = None

    def add(self, cells: Sequence[Cell]) -> None:
        """Write one row, its cells as they were read.

        Raises:
            SyncError: the file cannot be written.
        """
        if self._put is None:
            self._put = self._workbook() if self._form.workbook else self._delimited()
            self._put(self._header)
        self.rows += 1
        self._put(cells)

    def _delimited(self) -> Any:
        file = self._stack.enter_context(replacing(self.path))
        # The mark of UTF-16 and UTF-8 is written here, for spreadsheets know the encoding by it.
        text = io.TextIOWrapper(file, encoding=self._form.encoding, newline="", write_through=True)
        self._stack.callback(text.detach)
        return csv.writer(text, delimiter=self._form.separator, lineterminator="\r\n").writerow

    def _workbook(self) -> Any:
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        file = self._stack.enter_context(replacing(self.path))
        self._stack.callback(book.save, file)
        return lambda cells: sheet.append([_kept(sheet, cell) for cell in cells])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with disk(self.path):
            self._stack.__exit__(kind, error, trace)


def _kept(sheet: Any, cell: Cell) -> Any:
    """Return a cell that a spreadsheet takes as what it is: a text stays a text."""
    if not isinstance(cell, str):
        return cell
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    kept = WriteOnlyCell(sheet)
    try:
        kept.value = cell
    except IllegalCharacterError:
        raise MalformedError("holds control characters") from None
    kept.data_type = "s"
    kept.number_format = "@"
    return kept
