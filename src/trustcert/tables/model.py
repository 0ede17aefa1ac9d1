"""What every table is made of: lines of cells, and the form of the file."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from trustcert.values import PublicValue, Value

__all__ = ["Cell", "Form", "Line"]

Cell = str | int | float | bool | datetime | date | time | timedelta | None
"""The value of one cell. In CSV every cell is a text; an empty one is "" or None."""


class Line(Value, frozen=True, kw_only=True):
    """One line of a table: its number in the file, from 1, and its cells.

    ``problem`` says why the line could not be divided into cells; then it has one, or none.
    """

    number: int
    cells: tuple[Cell, ...] = ()
    problem: str = ""


class Form(PublicValue, frozen=True, kw_only=True):
    """How a table is written: a workbook, or CSV with its encoding and separator."""

    workbook: bool
    encoding: str = ""
    separator: str = ","
