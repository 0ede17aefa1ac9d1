"""The shared texts of a workbook, kept in a file: a province's names do not fit in memory.

openpyxl keeps them as a list. Here its reader is given a sequence instead that holds their places
in a temporary file without a name, which the system deletes when it is closed.
"""

from __future__ import annotations

import tempfile
from array import array
from contextlib import ExitStack
from typing import Any, BinaryIO, Final
from xml.etree import ElementTree as ET

from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

__all__ = ["load"]

_ITEM: Final = f"{{{SHEET_MAIN_NS}}}si"
_TEXT: Final = f"{{{SHEET_MAIN_NS}}}t"
_RUN: Final = f"{{{SHEET_MAIN_NS}}}r"


def load(file: BinaryIO, stack: ExitStack) -> Any:
    """Return the workbook in ``file``, its rows to be read as a stream; ``stack`` closes it."""
    reader = _Reader(file, read_only=True, data_only=True, keep_links=False)
    try:
        reader.read()
    finally:
        if isinstance(reader.shared_strings, SharedStrings):
            stack.callback(reader.shared_strings.close)
    stack.callback(reader.wb.close)
    return reader.wb


class _Reader(ExcelReader):
    """openpyxl's reader with the shared texts in a file."""

    def read_strings(self) -> None:
        """Read the part of shared texts, if there is one."""
        part = self.package.find(SHARED_STRINGS)  # type: ignore[no-untyped-call]
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = SharedStrings(source)  # type: ignore[assignment]


class SharedStrings:
    """The shared texts, by their number."""

    def __init__(self, source: Any) -> None:
        """Write the texts of the part ``source`` to a file."""
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it is as long-lived as the workbook
        self._ends = array("Q", [0])
        end = 0
        parser = ET.iterparse(source, events=("start", "end"))  # noqa: S314 - .workbook fences it
        _, root = next(parser)
        for event, node in parser:
            if event == "end" and node.tag == _ITEM:
                end += self._file.write(_content(node).encode("utf-8", "surrogatepass"))
                self._ends.append(end)
                root.clear()
        self._file.flush()

    def close(self) -> None:
        """Delete the file."""
        self._file.close()

    def __getitem__(self, number: int) -> str:
        """Return the text with this number."""
        if not 0 <= number < len(self._ends) - 1:
            raise IndexError(number)
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        return self._file.read(end - start).decode("utf-8", "surrogatepass")


def _content(item: ET.Element) -> str:
    """Return the text of an item, without its phonetic runs."""
    texts = [child for child in item if child.tag == _TEXT]
    texts += [text for run in item if run.tag == _RUN for text in run if text.tag == _TEXT]
    return "".join(text.text or "" for text in texts)
