"""``trustcert issue template``: a form to fill in, as a workbook or CSV."""

from __future__ import annotations

import sys

import click

from trustcert.claims.types import CredentialType

__all__ = ["template"]


@click.command(name="template")
@click.option(
    "--type",
    "type_",
    type=click.Choice([kind.value for kind in CredentialType]),
    required=True,
    help="Type of the credentials.",
)
@click.option("--csv", "as_csv", is_flag=True, help="CSV in UTF-8 instead of a workbook.")
def template(type_: str, as_csv: bool) -> None:  # noqa: FBT001 - a flag
    """Write a form for one type to stdout: its columns, an example, and the lists of values."""
    from trustcert.bulk.forms import form_as_csv, form_as_workbook

    kind = CredentialType(type_)
    data = form_as_csv(kind) if as_csv else form_as_workbook(kind)
    if not as_csv and sys.stdout.isatty():
        raise click.UsageError("a workbook is not for the terminal: add > form.xlsx")
    sys.stdout.buffer.write(data)
