"""CSV as spreadsheets write it: separated by commas, semicolons or tabs; a row is one line.

No cell holds a line break, so that a stray quotation mark ends with its line and spoils no other.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, Final, TextIO

from trustcert.errors import MalformedError
from trustcert.limits import CSV_LINE_CHARACTERS
from trustcert.tables.model import Line

__all__ = ["SEPARATORS", "lines_of", "separator_of"]

SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs"}
"""The separators that spreadsheets write, with their names."""

_DECLARATION: Final = "sep="
"""How a first line begins that names the separator to Excel and is no row."""


def separator_of(file: BinaryIO, encoding: str) -> str:
    """Return the separator of the first line that is not blank; a comma where it has none.

    Raises:
        MalformedError: the line could be divided by two of them.
    """
    for line in _bounded(_text(file, encoding)):
        text = (line or "").strip("\r\n")
        if text.lower().startswith(_DECLARATION) and len(text) == len(_DECLARATION) + 1:
            return text[-1] if text[-1] in SEPARATORS else ","
        if text.strip():
            return _separator(text)
    return ","


def _separator(text: str) -> str:
    outside = "".join(text.split('"')[::2])
    found = [mark for mark in SEPARATORS if mark in outside]
    if len(found) > 1:
        raise MalformedError("is divided by commas, semicolons or tabs, not by two", where="line 1")
    return found[0] if found else ","


def lines_of(file: BinaryIO, encoding: str, separator: str) -> Iterator[Line]:
    """Yield each line that is not blank; one that is no row has a ``problem``."""
    for number, text in enumerate(_bounded(_text(file, encoding)), start=1):
        if text is None:
            problem = f"is of over {CSV_LINE_CHARACTERS} characters"
            yield Line(number=number, problem=problem)
            continue
        if number == 1 and text.lower().startswith(_DECLARATION):
            continue
        try:
            cells = next(csv.reader([text], delimiter=separator, strict=True), [])
        except csv.Error:
            problem = "is not CSV: a quotation mark is open or misplaced"
            yield Line(number=number, cells=(text.rstrip("\n"),), problem=problem)
            continue
        if any(cell.strip() for cell in cells):
            yield Line(number=number, cells=tuple(cells))


def _text(file: BinaryIO, encoding: str) -> TextIO:
    file.seek(0)
    return io.TextIOWrapper(_Kept(file), encoding=encoding, errors="strict", newline=None)


class _Kept(io.BufferedReader):
    """A reader of a file that stays open when a text wrapper around it is thrown away."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)  # type: ignore[arg-type]  # any readable stream will do
        self._file = file

    def close(self) -> None:
        """Let the owner close the file."""


def _bounded(file: TextIO) -> Iterator[str | None]:
    """Yield lines, None for one that is over the limit, which is passed over."""
    while line := file.readline(CSV_LINE_CHARACTERS):
        if len(line) < CSV_LINE_CHARACTERS or line.endswith("\n"):
            yield line
        else:
            while line and not line.endswith("\n"):
                line = file.readline(CSV_LINE_CHARACTERS)
            yield None
