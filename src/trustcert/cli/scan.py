"""``trustcert scan``: the texts of the codes in pictures."""

from __future__ import annotations

from pathlib import Path

import click

from trustcert.cli import EXIT_COULD_NOT_RUN, output
from trustcert.cli.options import FILE
from trustcert.errors import TrustcertError


@click.command(name="scan")
@click.argument("pictures", type=FILE, nargs=-1, required=True)
@click.option("--budget", type=float, default=2.0, show_default=True, help="Seconds a picture.")
def command(pictures: tuple[Path, ...], budget: float) -> int:
    """Print the text of every code in the PICTURES, one a line; nothing is verified."""
    from trustcert.qr import scan

    exit_code = 0
    for picture in pictures:
        try:
            found = scan(picture, budget=budget)
        except TrustcertError as error:
            output.talk(f"trustcert: {picture}: {error}")
            exit_code = EXIT_COULD_NOT_RUN
            continue
        for text in found.texts:
            click.echo(text)
        if not found.texts:
            tried = ", ".join(found.tried)
            output.talk(f"trustcert: {picture}: no code in this picture (tried: {tried})")
            exit_code = EXIT_COULD_NOT_RUN
    return exit_code
