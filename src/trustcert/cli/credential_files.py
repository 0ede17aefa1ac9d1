"""Credentials that are to change, as a person names them: places, codes, tables of both."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click

from trustcert import formats
from trustcert.cli import output
from trustcert.cli.options import names_file, read_bounded
from trustcert.errors import MalformedError, UnsupportedError, VerificationError, inside
from trustcert.keys import PublicKey
from trustcert.ledger.changes import Row, wanted_in
from trustcert.ledger.planning import Wanted
from trustcert.limits import KEY_FILE_BYTES
from trustcert.tables import Line, open_table

_NO_CODE: Final = 40
"""Characters below which a text is a mistyped place, not a code."""

_PLACE: Final = re.compile(r"([0-9]{1,10})[:,]([0-9]{1,10})", re.ASCII)


def reference(text: str, issuer_key: Path | None) -> tuple[int, int]:
    """Return list and index that ``text`` names: ``7:12345``, a code, or a picture of one.

    Raises:
        MalformedError: no code, one of another key, or one without a place on a list.
        UsageError: a code without a key to verify it with.
    """
    if _PLACE.fullmatch(text):
        return place_of(text)
    if issuer_key is None:
        raise click.UsageError("to revoke by code, give --issuer-key, so that it can be verified")
    for code in _codes(text):
        return _place_in(code, _key(issuer_key))
    raise MalformedError("no code in this picture")


def place_of(text: str) -> tuple[int, int]:
    """Return list and index of ``7:12345``.

    Raises:
        UsageError: it is written otherwise.
    """
    match = _PLACE.fullmatch(text)
    if match is None:
        raise click.UsageError("a place is LIST:INDEX, as 7:12345")
    return int(match[1]), int(match[2])


def read(path: Path, issuer_key: Path | None, encoding: str | None = None) -> list[Row]:
    """Return each row of a table of credentials, or why it names none.

    A row has a list and an index, and behind them the successor where there is one: its issuer, or
    issuer, list and index; or it has a code, to be verified with ``issuer_key``. A first row
    without any digit is a header; a row that begins with ``#`` is a remark.

    Raises:
        MalformedError: the file is no table, or the key no public key.
        SyncError: the file cannot be read.
    """
    key = None if issuer_key is None else _key(issuer_key)
    rows: list[Row] = []
    with open_table(path, encoding=encoding) as table:
        output.talk(f"{path}: {table.told}")
        for line in table:
            cells = [_text(cell) for cell in line.cells]
            while cells and not cells[-1]:
                cells.pop()
            if not line.problem and (not cells or cells[0].startswith("#")):
                continue
            if not rows and not any(map(str.isdigit, "".join(cells))) and not line.problem:
                output.talk(f"line {line.number} is taken as a header")
                continue
            rows.append((line.number, _wanted(line, cells, key)))
    return rows


def _wanted(line: Line, cells: list[str], key: PublicKey | None) -> Wanted | str:
    """Return the credential that a row names, or why it names none."""
    if line.problem:
        return line.problem
    try:
        return _credential(cells, key)
    except MalformedError as error:
        return error.problem
    except UnsupportedError as error:
        return str(error)


def _credential(cells: list[str], key: PublicKey | None) -> Wanted:
    if len(cells) == 1 and (match := _PLACE.fullmatch(cells[0])):
        return Wanted(number=int(match[1]), index=int(match[2]))
    if len(cells) > 1 or len(cells[0]) <= _NO_CODE:
        return wanted_in(cells)
    if key is None:
        raise MalformedError("a code: give --issuer-key, so that it can be verified")
    number, index = _place_in(cells[0], key)
    return Wanted(number=number, index=index)


def _text(cell: object) -> str:
    """Return a cell as text; a workbook has numbers in some."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _key(path: Path) -> PublicKey:
    with inside(str(path)):
        return PublicKey.from_pem(read_bounded(path, KEY_FILE_BYTES))


def _place_in(code: str, key: PublicKey) -> tuple[int, int]:
    envelope = formats.decode(code)
    try:
        key.verify(envelope.signature, envelope.signed)
    except VerificationError:
        raise MalformedError("this code was not signed with the issuer's key") from None
    status = formats.open_claims(envelope).status
    if status is None:
        raise MalformedError("this code has no place on a status list")
    return status.list, status.index


def _codes(text: str) -> tuple[str, ...]:
    if not names_file(text):
        return (text,)
    from trustcert.qr import scan

    return scan(Path(text)).texts
