"""How commands name a ledger: a file, or the URL of a PostgreSQL database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import click

from trustcert.cli.options import FILE

SERVER_VARIABLE: Final = "TRUSTCERT_SERVER"


class LedgerPlace(click.ParamType[Path | str]):
    """A ledger's file, or the URL of its database; a password is better kept in ~/.pgpass."""

    name = "file|postgresql:"

    def __init__(self, *, new: bool = False) -> None:
        """Take a file that must be there, unless the ledger is ``new``."""
        self.new = new

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path | str:
        """Return the path or the URL."""
        if isinstance(value, str) and value.startswith(("postgresql:", "postgresql+", "postgres:")):
            return "postgresql:" + value.partition(":")[2]
        if self.new:
            return Path(value)
        return Path(os.fspath(FILE.convert(value, param, ctx)))


LEDGER: Final = LedgerPlace()
NEW_LEDGER: Final = LedgerPlace(new=True)

ledger_argument = click.argument("ledger_place", metavar="LEDGER", type=LEDGER)
server_option = click.option(
    "--server",
    default="",
    envvar=SERVER_VARIABLE,
    help=f"Issuing server whose own lists are meant, or ${SERVER_VARIABLE}.",
)
