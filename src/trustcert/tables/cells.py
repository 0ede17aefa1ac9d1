"""What a cell means: a text, a time, a date; and what a spreadsheet or a conversion destroyed.

Times as spreadsheets have them: ``2026/3/1``, ``2026-11-29 08:00``, ``2026年3月1日``, a serial
number of days since 1899-12-30 (ECMA-376, the 1900 date system), or a date cell of a workbook.
What names no zone is in the zone that the caller gives.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from trustcert.encoding.instants import instant
from trustcert.errors import MalformedError
from trustcert.tables.model import Cell

__all__ = ["date_of", "instant_of", "is_blank", "lost_digits", "text_of"]

_EXACT_DIGITS: Final = 15
"""Decimal digits that a spreadsheet keeps of a number (IEEE 754 double)."""

_SERIAL_ORIGIN: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - the zone is the caller's
_SERIAL_END: Final = 2_958_466
"""The serial number of 10000-01-01."""

_SHORTENED: Final = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{2,3}")
_ROUNDED: Final = re.compile(rf"[1-9][0-9]{{{_EXACT_DIGITS - 1}}}0{{3,5}}")
_FORMULA_TEXT: Final = re.compile(r'="{1,3}([^"]*)"{1,3}')
_MARKED_TEXT: Final = re.compile(r"['\u2018\u2019]([0-9A-Za-z][^'\u2018\u2019]*)")
_TEXT_MARKS: Final = ("=", "'", "\u2018", "\u2019")
_ERRORS: Final = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA", "#SPILL!")
)
_BLANKS: Final = " \t\r\n\u00a0\u2007\u202f\u3000\ufeff"

_DATE: Final = re.compile(
    r"([0-9]{4})\s*(?:[-/.]|年)\s*([0-9]{1,2})\s*(?:[-/.]|月)\s*([0-9]{1,2})\s*日?"
    r"(?:[\sT]*([0-9]{1,2})\s*[:时點点]\s*([0-9]{1,2})?\s*分?(?:\s*:?\s*([0-9]{1,2})(?:\.0+)?\s*秒?)?)?"
)
_DIGITS_DATE: Final = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_NUMBER: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")


def is_blank(cell: Cell) -> bool:
    """Decide whether nothing stands in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip(_BLANKS))


def text_of(cell: Cell) -> str:
    """Return the text of a cell, without the blanks around it and a spreadsheet's text marks.

    ``="0123"`` and ``'0123`` are how people keep a spreadsheet from changing a number.

    Raises:
        MalformedError: the cell shows that a spreadsheet or a conversion destroyed the text.
    """
    if isinstance(cell, str):
        text = cell.strip(_BLANKS)
        marked = None
        if text.startswith(_TEXT_MARKS):
            marked = _FORMULA_TEXT.fullmatch(text) or _MARKED_TEXT.fullmatch(text)
        if marked is not None:
            text = marked[1].strip(_BLANKS)
        _refuse_destroyed(text)
        return text
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number_text(cell)
    if cell is None:
        return ""
    raise MalformedError("a spreadsheet made a date of it: format the column as text")


def instant_of(cell: Cell, zone: timezone) -> int:
    """Return the Unix seconds that a cell means; a date alone is its midnight.

    Raises:
        MalformedError: no time that is understood.
    """
    if isinstance(cell, str):
        text = text_of(cell)
        local = _local(text)
        if local is None and text.isascii() and text.isdigit() and len(text) in {9, 10, 11, 12}:
            return instant(int(text))
        return instant(text) if local is None else instant(local.replace(tzinfo=zone))
    return instant(_moment(cell).replace(tzinfo=zone))


def date_of(cell: Cell) -> date:
    """Return the date that a cell means.

    Raises:
        MalformedError: no date, or one with a time of day.
    """
    moment = _local(text_of(cell)) if isinstance(cell, str) else _moment(cell)
    if moment is None:
        raise MalformedError("must be a date, as 1990-01-31")
    if moment.time() != time():
        raise MalformedError("must be a date without a time of day")
    return moment.date()


def lost_digits(text: str) -> bool:
    """Decide whether a number may be one whose last digits a spreadsheet replaced by zeros."""
    return _ROUNDED.fullmatch(text) is not None


def _number_text(number: float) -> str:
    if abs(number) >= 10**_EXACT_DIGITS:
        raise MalformedError(
            f"a spreadsheet kept only {_EXACT_DIGITS} digits of this number:"
            " format the column as text and type it again"
        )
    return str(int(number)) if number == int(number) else repr(number)


def _refuse_destroyed(text: str) -> None:
    if _SHORTENED.fullmatch(text):
        raise MalformedError(
            "a spreadsheet shortened this number, as 1.1E+17:"
            " format the column as text and type it again"
        )
    if text in _ERRORS:
        raise MalformedError("is the error of a formula")
    if text.isascii():
        return
    if "\ufffd" in text or _decoded_wrongly(text):
        raise MalformedError("was decoded wrongly once before: take it from the original file")


def _decoded_wrongly(text: str) -> bool:
    """Decide whether ``text`` is what another encoding makes of a Chinese or accented text."""
    if max(text) > "\u2122":  # the last character of Windows' Latin code page
        return _is_utf_8_read_as_chinese(text)
    for octets in filter(None, (_encoded(text, "cp1252"), _encoded(text, "latin-1"))):
        if _text_in(octets, "utf-8") is not None:
            return True
        if _text_in(octets, "gb2312") is not None and _improbable(text):
            return True
    return _text_in(text.encode(), "gb2312") is not None and _improbable(text)


def _is_utf_8_read_as_chinese(text: str) -> bool:
    if _encoded(text, "gb2312") is not None:
        return False
    octets = _encoded(text, "gb18030")
    read = None if octets is None else _text_in(octets, "utf-8")
    return read is not None and all(
        "\u3400" <= ch <= "\u9fff" or ch.isascii() or ch == "·" for ch in read
    )


def _improbable(text: str) -> bool:
    """Decide whether no Latin name looks so: signs among its letters, or four accents in a row."""
    return bool(re.search(r"[\x80-\xbf\u02c6\u02dc\u2010-\u2122]|[\xc0-\xff]{4}", text))


def _encoded(text: str, encoding: str) -> bytes | None:
    try:
        return text.encode(encoding)
    except UnicodeError:
        return None


def _text_in(octets: bytes, encoding: str) -> str | None:
    try:
        return octets.decode(encoding)
    except UnicodeError:
        return None


def _moment(cell: Cell) -> datetime:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - as above
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _serial(cell)
    raise MalformedError("must be a date or a time, as 2026-03-01 08:00")


def _serial(days: float) -> datetime:
    if not 1 <= days < _SERIAL_END:
        raise MalformedError("must be a date or a time, as 2026-03-01 08:00")
    return _SERIAL_ORIGIN + timedelta(seconds=round(days * 86_400))


def _local(text: str) -> datetime | None:
    """Return the time without a zone that ``text`` says, None where it has another form."""
    found = _DATE.fullmatch(text) or _DIGITS_DATE.fullmatch(text)
    if found is not None:
        parts = [int(part or 0) for part in found.groups()]
        try:
            return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - as above
        except ValueError:
            raise MalformedError("is no date of the calendar") from None
    if _NUMBER.fullmatch(text) and float(text) < _SERIAL_END:
        return _serial(float(text))
    return None
