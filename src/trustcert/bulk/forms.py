"""Forms to fill in: the columns of one type, with examples and the lists of values."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

from trustcert.claims.application import fields_of_type
from trustcert.claims.columns import COLUMNS, Column, Content, words_of
from trustcert.claims.types import CredentialType

__all__ = ["form_as_csv", "form_as_workbook", "form_columns"]

_ROWS: Final = 10_000
"""Rows below the header for which a spreadsheet offers the lists."""

_FORMATS: Final = {Content.TIME: "yyyy-mm-dd hh:mm", Content.DATE: "yyyy-mm-dd"}
"""How the cells of a column are shown; all others are text, so that no number is rounded."""

_GUIDE: Final = "说明 guide"


def form_columns(kind: CredentialType) -> list[tuple[Column, bool]]:
    """Return the columns of one type, each with whether it must be filled in."""
    fields = fields_of_type(kind)
    return [(column, fields[name]) for name, column in COLUMNS.items() if name in fields]


def form_as_csv(kind: CredentialType) -> bytes:
    """Return the header of a form, CSV in UTF-8 with a byte order mark."""
    out = io.StringIO()
    csv.writer(out).writerow(_header(column) for column, _ in form_columns(kind))
    return out.getvalue().encode("utf-8-sig")


def form_as_workbook(kind: CredentialType) -> bytes:
    """Return a form as ``.xlsx``: an empty table, and a worksheet that explains its columns.

    The examples stand in the second worksheet, where nobody issues them by mistake.
    """
    from openpyxl import Workbook

    book = Workbook()
    table, guide = book.worksheets[0], book.create_sheet(_GUIDE)
    table.title = kind.value
    table.freeze_panes = "A2"
    guide.append(["列 column", "必填 required", "内容 content", "例 example", "可选值 values"])
    for number, (column, needed) in enumerate(form_columns(kind), start=1):
        _fill_column(table, number, column, kind, needed=needed)
        guide.append(
            [
                _header(column),
                "*" if needed else "",
                column.content.value,
                kind.value if column.field == "type" else column.example,
                ", ".join(_values(column)),
            ]
        )
    for letter, width in zip("ABCDE", (34, 12, 20, 28, 90), strict=True):
        guide.column_dimensions[letter].width = width
    for cell in guide["D"]:
        cell.number_format = "@"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill_column(
    table: Any, number: int, column: Column, kind: CredentialType, *, needed: bool
) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter(number)
    head = table.cell(row=1, column=number, value=_header(column))
    head.font = Font(bold=needed)
    table.column_dimensions[letter].width = 22
    table.column_dimensions[letter].number_format = _FORMATS.get(column.content, "@")
    rule = DataValidation(type=None, allow_blank=True)
    if column.choices is not None:
        values = [kind.value] if column.field == "type" else [str(m.value) for m in column.choices]
        listed = ",".join(values)
        if len(listed) < 255:  # what a spreadsheet takes in one rule
            rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
            rule.showErrorMessage = False  # a Chinese word for a value is read too
    rule.promptTitle = column.field[:32]
    rule.prompt = _prompt(column)[:255]
    rule.showInputMessage = True
    rule.add(f"{letter}2:{letter}{_ROWS}")
    table.add_data_validation(rule)


def _prompt(column: Column) -> str:
    example = f"; 例 example: {column.example}" if column.example else ""
    return f"{column.content.value}{example}"


def _header(column: Column) -> str:
    return f"{column.chinese[0]} {column.field}"


def _values(column: Column) -> list[str]:
    """Return the values of a list with a Chinese word for each: ``green 绿``."""
    if column.choices is None:
        return []
    return [" ".join((str(member.value), *words_of(member)[:1])) for member in column.choices]
