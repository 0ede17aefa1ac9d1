"""CSV as spreadsheets write it: separated by commas, semicolons or tabs; a row is one line.

No cell holds a line break, so that a stray quotation mark ends with its line and spoils no other.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    with _text(file, encoding) as lines:
        for line in _bounded(lines):
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
    with _text(file, encoding) as lines:
        for number, text in enumerate(_bounded(lines), start=1):
            if text is None:
                problem = f"is of over {CSV_LINE_CHARACTERS} characters"
                yield Line(number=number, problem=problem)
            elif number > 1 or not text.lower().startswith(_DECLARATION):
                line = _line(number, text, separator)
                if line.problem or any(str(cell).strip() for cell in line.cells):
                    yield line


def _line(number: int, text: str, separator: str) -> Line:
    try:
        cells = next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        problem = "is not CSV: a quotation mark is open or misplaced"
        return Line(number=number, cells=(text.rstrip("\n"),), problem=problem)
    return Line(number=number, cells=tuple(cells))


@contextmanager
def _text(file: BinaryIO, encoding: str) -> Iterator[TextIO]:
    """Yield ``file`` as text from its start; it stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="strict", newline=None)
    try:
        yield text
    finally:
        with suppress(ValueError):  # it was closed already
            text.detach()


def _bounded(file: TextIO) -> Iterator[str | None]:
    """Yield lines, None for one that is over the limit, which is passed over."""
    while line := file.readline(CSV_LINE_CHARACTERS):
        if len(line) < CSV_LINE_CHARACTERS or line.endswith("\n"):
            yield line
        else:
            while line and not line.endswith("\n"):
                line = file.readline(CSV_LINE_CHARACTERS)
            yield None
