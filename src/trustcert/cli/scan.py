"""``trustcert scan``: the texts of the codes in pictures."""

from __future__ import annotations

from pathlib import Path

import click

from trustcert.cli import EXIT_COULD_NOT_RUN
from trustcert.cli.options import FILE
from trustcert.cli.pictures import all_option, file_texts

__all__ = ["command"]


@click.command(name="scan")
@click.argument("pictures", type=FILE, nargs=-1, required=True)
@click.option("--budget", type=float, help="Seconds of CPU time a page; 0.5, or 5 with --all.")
@all_option
def command(
    pictures: tuple[Path, ...],
    budget: float | None,
    every: bool,  # noqa: FBT001 - a flag
) -> int:
    """Print the text of every code in the PICTURES, one a line; nothing is verified.

    Pictures are PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF, HEIC, or the pages of a PDF. The exit code
    is 4 where a picture has no code, or a code was seen and not read.
    """
    exit_code = 0
    for picture in pictures:
        found = file_texts(picture, budget=budget, every=every)
        for text in found.texts:
            click.echo(text)
        if not found.complete:
            exit_code = EXIT_COULD_NOT_RUN
    return exit_code
