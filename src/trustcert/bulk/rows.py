"""Rows of a table as applications: by the header's columns, each cell as its column holds it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timezone
from pathlib import Path
from typing import Any

from trustcert.claims import Claims, check, from_application
from trustcert.claims.columns import Column, Content, column_of, is_reason, value_of
from trustcert.claims.labels import CREDENTIAL_NAME
from trustcert.encoding.instants import CHINA
from trustcert.errors import MalformedError, inside
from trustcert.limits import INTEGER_DIGITS
from trustcert.tables import Cell, Form, Line, open_table
from trustcert.tables.cells import date_of, instant_of, is_blank, lost_digits, text_of
from trustcert.values import PublicValue, Value

__all__ = [
    "Application",
    "Columns",
    "RefusedRow",
    "Row",
    "applications",
    "claims_of",
    "columns_of",
    "read_applications",
    "refused",
]

_FIELDS_OF_CLAIMS = {"exp": "expires", "nbf": "not_before", "sub": "subject", "iss": "issuer"}
_TRUE = frozenset(("是", "true", "yes", "1", "有"))
_FALSE = frozenset(("否", "false", "no", "0", "无"))


class Row(PublicValue, frozen=True, kw_only=True):
    """One good row of a table: its line (the header is line 1) and its claims."""

    line: int
    claims: Claims


class RefusedRow(Value, frozen=True, kw_only=True):
    """One bad row: its line, the column and the reason, without any value of the row.

    ``cells`` are the row itself, to be given back to who wrote it.
    """

    _shown = ("line", "where", "problem")

    line: int
    where: str
    problem: str
    cells: tuple[Cell, ...] = ()

    def __str__(self) -> str:
        return f"line {self.line}: {self.where}: {self.problem}"


class Application(Value, frozen=True, kw_only=True):
    """One row as the fields of :func:`trustcert.claims.from_application`."""

    _shown = ("line",)

    line: int
    fields: dict[str, Any]
    cells: tuple[Cell, ...]


class Columns(PublicValue, frozen=True, kw_only=True):
    """The columns of a table in their order; None is one that is passed over.

    ``width`` is how many cells a row has at least: those of the header in CSV, where a line with
    fewer was cut off; none in a workbook.
    """

    columns: tuple[Column | None, ...]
    width: int


def columns_of(header: Line | None, form: Form, ignored: Collection[str] = ()) -> Columns:
    """Return the columns that the first line of a table of this ``form`` names.

    ``ignored`` are headers of columns that the caller knows and does not want.

    Raises:
        MalformedError: it names an unknown column, or one twice.
    """
    if header is None:
        raise MalformedError("the first line must name the columns", where="line 1")
    with inside(f"line {header.number}"):
        if header.problem:
            raise MalformedError(header.problem)
        names = [text_of(cell) for cell in header.cells]
        while names and not names[-1]:
            names.pop()
        columns = tuple(_column(place, names, ignored) for place in range(len(names)))
        fields = [column.field for column in columns if column is not None]
        for field in fields:
            if fields.count(field) > 1:
                raise MalformedError(f"names the column {field} twice")
    return Columns(columns=columns, width=0 if form.workbook else len(header.cells))


def _column(place: int, names: Sequence[str], ignored: Collection[str]) -> Column | None:
    name = names[place]
    column = column_of(name)
    if name in ignored or not name or is_reason(name):
        return None
    if column is None:
        # Where most of the first line is unknown it may be a person's row: then it is not shown.
        known = sum(column_of(other) is not None for other in names)
        shown = f", {name[:40]!r}," if known * 2 > len(names) else ""
        raise MalformedError(
            f"column {place + 1}{shown} is unknown: rename it to one of the fields in the docs"
            " (trustcert issue template shows them), or leave it out with --ignore"
        )
    return column


def fields_of(
    columns: Columns, line: Line, defaults: Mapping[str, Any], zone: timezone
) -> dict[str, Any]:
    """Return the fields of one row; ``defaults`` where it has none.

    Raises:
        MalformedError: a cell is not what its column holds, or was destroyed by a spreadsheet;
            ``where`` is the field.
    """
    if line.problem:
        raise MalformedError(line.problem, where="row")
    cells = line.cells
    if len(cells) < columns.width:
        raise MalformedError(f"has {len(cells)} cells, not {columns.width}", where="row")
    if not all(map(is_blank, cells[len(columns.columns) :])):
        raise MalformedError(
            f"has more cells than the {len(columns.columns)} columns that are named", where="row"
        )
    fields = dict(defaults)
    for column, cell in zip(columns.columns, cells, strict=False):
        if column is not None and not is_blank(cell):
            with inside(column.field):
                fields[column.field] = _value(column, cell, zone)
    return fields


def _value(column: Column, cell: Cell, zone: timezone) -> Any:
    if column.content is Content.TIME:
        return instant_of(cell, zone)
    if column.content is Content.DATE:
        return date_of(cell).isoformat()
    text = value_of(column, text_of(cell))
    if column.content is Content.LIST:
        parts = text.replace("；", ";").replace("、", ";").split(";")
        return [part.strip() for part in parts if part.strip()]
    if column.content is Content.FLAG and text.casefold() in _TRUE | _FALSE:
        return text.casefold() in _TRUE
    if column.content is Content.NUMBER and text.isascii() and text.isdigit():
        return int(text[:INTEGER_DIGITS])
    return text


def claims_of(
    fields: Mapping[str, Any], *, issuer: str, issued_at: int, lifetime: int | None = None
) -> Claims:
    """Return the claims of one application that hold together.

    ``lifetime`` (seconds from the time of issue) sets the expiry where the application has none.

    Raises:
        MalformedError: a field is missing, unknown or wrong; ``where`` is its name.
    """
    if lifetime is not None and "expires" not in fields:
        fields = {**fields, "expires": issued_at + lifetime}
    try:
        claims = from_application(fields, issuer=issuer, issued_at=issued_at)
    except MalformedError as error:
        number = fields.get("document_number")
        if error.where == "document_number" and type(number) is str and lost_digits(number):
            raise MalformedError(
                "a spreadsheet replaced the last digits by zeros:"
                " format the column as text and type the number again",
                where=error.where,
            ) from None
        raise
    check(claims)
    return claims


def applications(
    lines: Iterable[Line],
    columns: Columns,
    *,
    defaults: Mapping[str, Any] | None = None,
    zone: timezone = CHINA,
) -> Iterator[Application | RefusedRow]:
    """Yield each row as an application, or refused; a bad row loses no other."""
    given = defaults or {}
    for line in lines:
        try:
            fields = fields_of(columns, line, given, zone)
        except MalformedError as error:
            yield refused(line.number, error, line.cells)
        else:
            yield Application(line=line.number, fields=fields, cells=line.cells)


def refused(line: int, error: MalformedError, cells: tuple[Cell, ...]) -> RefusedRow:
    """Return a row refused for ``error``, whose place is named as the field of an application."""
    where = error.where.removeprefix(f"{CREDENTIAL_NAME}.")
    where = _FIELDS_OF_CLAIMS.get(where, where or "row")
    return RefusedRow(line=line, where=where, problem=error.problem, cells=cells)


def read_applications(  # noqa: PLR0913 - the table, the issue, and how to read it
    path: Path,
    *,
    issuer: str,
    issued_at: int,
    defaults: Mapping[str, Any] | None = None,
    zone: timezone = CHINA,
    encoding: str | None = None,
) -> Iterator[Row | RefusedRow]:
    """Yield each row of a table of applications, good or refused; a bad row loses no other.

    The first line names the columns (:mod:`trustcert.claims.columns`). An empty cell is an absent
    field. ``defaults`` are fields that every row has unless it says otherwise. ``zone`` is that of
    times which name none, ``encoding`` what CSV has where it cannot be told
    (:func:`trustcert.tables.open_table`).

    Raises:
        MalformedError: no table, or the header names an unknown or a doubled column.
    """
    with open_table(path, encoding=encoding) as table:
        lines = iter(table)
        columns = columns_of(next(lines, None), table.form)
        for found in applications(lines, columns, defaults=defaults, zone=zone):
            if isinstance(found, RefusedRow):
                yield found
                continue
            try:
                claims = claims_of(found.fields, issuer=issuer, issued_at=issued_at)
            except MalformedError as error:
                yield refused(found.line, error, found.cells)
            else:
                yield Row(line=found.line, claims=claims)
