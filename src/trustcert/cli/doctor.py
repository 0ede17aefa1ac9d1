"""``trustcert doctor``: find why a signature or a scanner does not work."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from trustcert.cli import EXIT_COULD_NOT_RUN, EXIT_INVALID, output
from trustcert.cli.options import FILE, PATH, read_bounded
from trustcert.keys.sm2 import DEFAULT_ID
from trustcert.limits import SCANNER_LINE_BYTES, SM2_DOCTOR_BYTES

__all__ = ["command", "scanner", "sm2"]


@click.group(name="doctor")
def command() -> None:
    """Find why an SM2 signature or a scanner does not work; this accepts no credential."""


@command.command(name="sm2")
@click.option("--key", type=FILE, required=True, help="Public key: PEM, DER or a point.")
@click.option("--message", type=FILE, required=True, help="What was to be signed, as bytes.")
@click.option("--signature", type=FILE, required=True, help="What the other side sent.")
@click.option("--id", "identifier", default=DEFAULT_ID, show_default=True, help="The ID expected.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def sm2(
    key: Path,
    message: Path,
    signature: Path,
    identifier: str,
    as_json: bool,  # noqa: FBT001 - a flag
) -> int:
    """Say why an SM2 signature does not verify.

    Tries the usual mismatches: no Z, another ID, DER against raw, text against bytes, a point
    without 04, swapped halves. The exit code is 0 only where everything is as GB/T 32918 has it.
    """
    from trustcert.keys.sm2_doctor import diagnose

    given = [read_bounded(path, SM2_DOCTOR_BYTES) for path in (key, message, signature)]
    found = diagnose(*given, identifier=identifier)
    if as_json:
        output.data({"fits": found.fits, "mismatches": list(found.mismatches)})
    elif found.fits:
        click.echo("fits: signed by this key over this message, as GB/T 32918 has it")
    elif found.mismatches:
        click.echo("does not verify; it would, but for this:")
        for mismatch in found.mismatches:
            click.echo(f"- {mismatch}")
    else:
        click.echo("does not verify, and no usual mismatch explains it: another key or message?")
    return 0 if found.fits else EXIT_INVALID


@command.command(name="scanner")
@click.option(
    "--code",
    "picture",
    type=PATH,
    help="Write the test code to this picture (.png or .svg), to print it, and stop.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def scanner(
    picture: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
) -> int:
    """Say what a hand-held scanner does to a code's text.

    Shows a test code and reads one line from stdin: scan the code into this window. The exit code
    is 0 where codes read through this scanner, 1 where they do not.
    """
    from trustcert.qr import save, terminal
    from trustcert.qr.scanner_test import TEST_TEXT, diagnose

    if picture is not None:
        save(TEST_TEXT, picture)
        return 0
    if sys.stdin.isatty():
        output.talk(terminal(TEST_TEXT))
        output.talk("Scan this code into this window; press Enter if the scanner does not.")
    received = sys.stdin.buffer.readline(SCANNER_LINE_BYTES).decode("utf-8", "replace")
    if not received.strip():
        output.talk("trustcert: nothing was typed: is the scanner set to act as a keyboard?")
        return EXIT_COULD_NOT_RUN
    found = diagnose(received)
    if as_json:
        output.data({"exact": found.exact, "undone": found.undone, "changes": list(found.changes)})
    elif found.exact:
        click.echo("exact: the text came as it was sent")
    else:
        works = "codes read all the same" if found.undone else "codes do not read through it"
        click.echo(f"the text was changed on its way; {works}:")
        for change in found.changes:
            click.echo(f"- {change}")
    return 0 if found.undone else EXIT_INVALID
