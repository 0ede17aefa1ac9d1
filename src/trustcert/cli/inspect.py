"""``trustcert inspect``: what a code is made of, nothing of it verified."""

from __future__ import annotations

import click

from trustcert.cli import EXIT_COULD_NOT_RUN, EXIT_INVALID, output
from trustcert.cli.codes import texts_in
from trustcert.encoding import json

__all__ = ["command"]


@click.command(name="inspect")
@click.argument("inputs", nargs=-1, required=True)
@click.option(
    "--insecure",
    is_flag=True,
    required=True,
    help="Says that you know: nothing that is shown was verified.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line a code.")
def command(
    inputs: tuple[str, ...],
    insecure: bool,  # noqa: ARG001, FBT001 - asked for, so that it is typed
    as_json: bool,  # noqa: FBT001 - a flag
) -> int:
    """Show layers, headers, claims and sizes of codes, and what looks wrong. Verifies nothing.

    Each INPUT is a picture, a text file with one code a line, a .smart-health-card file, a code's
    own text, or - for a file on standard input. Personal data is shown as it stands there.
    """
    from trustcert.formats.inspection import inspect

    worst = 0
    for text in _texts(inputs):
        if text is None:
            worst = max(worst, EXIT_COULD_NOT_RUN)
            continue
        found = inspect(text)
        worst = max(worst, EXIT_INVALID if found.problems else 0)
        layers = [
            {"name": layer.name, "size": layer.size, "content": layer.content}
            for layer in found.layers
        ]
        if as_json:
            output.data(
                {
                    "verified": False,
                    "format": found.format,
                    "layers": layers,
                    "problems": list(found.problems),
                }
            )
            continue
        click.echo(f"NOT VERIFIED  {found.format or 'unknown format'}")
        for layer in found.layers:
            click.echo(f"  {layer.name}: {layer.size}")
            if layer.content is not None:
                body = json.encode_pretty(layer.content).decode().rstrip()
                click.echo("\n".join(f"    {line}" for line in body.splitlines()))
        for problem in found.problems:
            click.echo(f"  ! {problem}")
    return worst


def _texts(inputs: tuple[str, ...]) -> list[str | None]:
    """Return the texts of all inputs; None stands for a picture without a code."""
    found: list[str | None] = []
    for given in inputs:
        texts = texts_in(given)
        if not texts:
            output.talk(f"trustcert: {given}: no code in this picture")
        found += texts or [None]
    return found
