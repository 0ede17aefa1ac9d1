"""Write docs/fields.md from the table of columns: ``python -m tests.fields_doc``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from trustcert.bulk.forms import form_columns
from trustcert.claims.columns import COLUMNS, words_of
from trustcert.claims.types import CredentialType

PAGE: Final = Path(__file__).parents[1] / "docs" / "fields.md"
_HEAD: Final = """# Fields of applications

Every column that a table of applications may have, in any order. A header is known by the field's
name or by one of the names beside it; case, blanks, underscores and remarks in brackets do not
count.
[Issuing](issuing.md) says how cells are read.
"""
_VALUES: Final = """
## Values of lists

A cell holds the value, or one of the Chinese words for it.
"""
_TYPES: Final = """
## Fields by type

Fields in bold must be given; a body that is named by its `organisation_code` needs no `name`.
"""


def page() -> str:
    """Return the text of the page."""
    lines = [_HEAD, "| field | names | content | example |", "|---|---|---|---|"]
    for column in COLUMNS.values():
        names = "、".join((*column.chinese, *column.english))
        example = f"`{column.example}`" if column.example else ""
        lines.append(f"| `{column.field}` | {names} | {column.content.value} | {example} |")
    lines += [_VALUES, "| field | value | words |", "|---|---|---|"]
    for column in COLUMNS.values():
        for member in column.choices or ():
            words = "、".join(words_of(member))
            lines.append(f"| `{column.field}` | `{member.value}` | {words} |")
    lines += [_TYPES, "| type | fields |", "|---|---|"]
    for kind in CredentialType:
        fields = ", ".join(
            f"**{column.field}**" if needed else column.field
            for column, needed in form_columns(kind)
        )
        lines.append(f"| `{kind.value}` | {fields} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
