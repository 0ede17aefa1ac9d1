"""What a store holds, as tables for people; ``--json`` is for programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

from trustcert.encoding.instants import HOUR

__all__ = ["show"]

_WIDTH: Final = 160
"""Characters of a line where nobody looks at a terminal."""

_Rows = Iterable[Iterable[str]]


def show(held: Mapping[str, Any]) -> None:
    """Print what ``trustcert store show --json`` would say."""
    from rich.console import Console

    console = Console(
        file=sys.stdout,
        width=None if sys.stdout.isatty() else _WIDTH,
        highlight=False,
        no_color="NO_COLOR" in os.environ,
    )
    for title, columns, rows in _tables(held):
        lines = [list(row) for row in rows]
        if lines:
            console.print(_table(title, columns, lines))
    console.print(f"no clock should be behind {held['clock_floor']}")


def _tables(held: Mapping[str, Any]) -> Iterable[tuple[str, tuple[str, ...], _Rows]]:
    issuers = held["issuers"]
    yield (
        "Registries",
        ("registry", "data of", "age", "speaks for"),
        ((r["name"], r["as_of"], _age(r["age"]), _listed(r["issuers"], "all")) for r in
         held["registries"]),
    )  # fmt: skip
    yield (
        "Issuers",
        ("issuer", "name", "state", "may issue", "keys"),
        ((i["id"], i["name"], i["state"], _listed(i["types"]), str(len(i["keys"]))) for i in
         issuers),
    )  # fmt: skip
    yield (
        "Keys",
        ("issuer", "key", "algorithm", "state", "signs", "from", "until"),
        ((i["id"], k["kid"], k["algorithm"], k["state"], _listed(k["types"]),
          k["not_before"] or "", k["not_after"] or "") for i in issuers for k in i["keys"]),
    )  # fmt: skip
    yield (
        "Status lists",
        ("issuer", "list", "version", "places", "age"),
        ((i["id"], str(s["list"]), str(s["version"]), str(s["size"]), _age(s["age"]))
         for i in issuers for s in i["lists"]),
    )  # fmt: skip
    yield (
        "Recognitions",
        ("destination", "recognises"),
        ((i["id"], f"recognises {entry}") for i in issuers for entry in i["recognises"]),
    )
    yield (
        "Expires next",
        ("registry", "role", "version", "expires"),
        ((r["registry"], r["role"], str(r["version"]), r["expires"]) for r in held["next"]),
    )


def _table(title: str, columns: tuple[str, ...], rows: list[list[str]]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # names are shown as they are, never as markup
    return table


def _listed(names: Iterable[str] | None, otherwise: str = "nothing") -> str:
    return ", ".join(names or ()) or otherwise


def _age(seconds: int) -> str:
    return f"{seconds // HOUR} h {seconds % HOUR // 60} min"
