"""The command line: ``trustcert COMMAND``. A client of the public API like any other.

Data goes to stdout, talk to stderr, ``-`` is a stream. Exit codes: 0 all valid or done, 1
something invalid, 2 usage, 3 nothing invalid but something indeterminate, 4 could not run, 70 a
bug of this program. One file a command, loaded when it is called.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import click

from trustcert.encoding import texts
from trustcert.errors import TrustcertError

EXIT_INVALID: Final = 1
EXIT_INDETERMINATE: Final = 3
EXIT_COULD_NOT_RUN: Final = 4
EXIT_BUG: Final = 70

COMMANDS: Final = {
    "keygen": "Make a key pair.",
    "key": "Change the password of a private key.",
    "token": "Make and list keys in hardware (PKCS #11).",
    "doctor": "Say why two sides' signatures do not fit.",
    "issue": "Sign credentials, one from JSON or many from CSV, and draw their QR codes.",
    "verify": "Judge codes: pictures, texts, or a scanner's stream.",
    "gate": "Open the screen of a checkpoint; check a shift's log.",
    "serve": "Serve checks over HTTP, for programs.",
    "sheet": "Print codes on sheets: a grid, labels, or one document a page, as PDF.",
    "scan": "Read the codes in pictures, judging nothing.",
    "inspect": "Show what codes are made of, verifying nothing.",
    "convert": "Issue a verified foreign credential again as a native one.",
    "sync": "Fetch registry and revocation lists into this machine's store.",
    "store": "Show or move this machine's store of trust data.",
    "policy": "Check and test a destination's rules before they are signed.",
    "registry": "Make, sign and publish a registry of keys (a province's side).",
    "status": "Revoke, suspend and publish status lists (a province's side).",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"trustcert.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trustcert", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show where in the program a bug is (a traceback).")
def cli(debug: bool) -> None:  # noqa: FBT001 - read by `run`, which sees the bug
    """Offline trust in credentials: issue, verify, publish, sync."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code of one command."""
    try:
        result: Any = cli.main(args=arguments, prog_name="trustcert", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("stopped", err=True)
        return EXIT_COULD_NOT_RUN
    except (TrustcertError, OSError) as error:
        click.echo(f"trustcert: {texts.escaped(_told(error))}", err=True)
        return EXIT_COULD_NOT_RUN
    except Exception as error:  # noqa: BLE001 - the edge: a bug must not look like a verdict
        given = sys.argv[1:] if arguments is None else arguments
        _tell_bug(error, debug="--debug" in given)
        return EXIT_BUG
    return result if isinstance(result, int) else 0


def _tell_bug(error: Exception, *, debug: bool) -> None:
    """Say that this is a bug, and where a file is that can be sent to whoever mends it.

    The file names places in the program and the kind of error: no message, no argument and no
    value, since these may hold data of persons.
    """
    click.echo(f"trustcert: this is a bug: {type(error).__name__}", err=True)
    if debug:
        traceback.print_exception(error)
        return
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"trustcert {version('trustcert')}, Python {sys.version.split()[0]}"]
    lines += [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="trustcert-bug-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write("\n".join([*lines, type(error).__name__, ""]))
    except OSError:
        click.echo("trustcert: run it again with --debug to see where", err=True)
        return
    told = f"please report it with {file.name}, which holds no personal data (see SECURITY.md)"
    click.echo(f"trustcert: {told}; --debug shows the whole traceback", err=True)


def _told(error: TrustcertError | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    return str(error)
