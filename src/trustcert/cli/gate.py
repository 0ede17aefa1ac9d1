"""``trustcert gate``: the screen of a checkpoint, and its log."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, Final

import click

from trustcert.cli import EXIT_INVALID, output
from trustcert.cli.options import FILE, PATH, default_store, destination_option, store_option
from trustcert.encoding.instants import spoken
from trustcert.errors import TrustError, inside
from trustcert.keys import PublicKey
from trustcert.limits import KEY_FILE_BYTES
from trustcert.sentences import sentence
from trustcert.wording import LANGUAGES, translated

__all__ = ["check", "command", "log_group"]

_LOG_BYTES: Final = 1 << 30


@click.group(name="gate", invoke_without_command=True)
@destination_option
@click.option("--name", default="checkpoint", show_default=True, help="Name of this checkpoint.")
@store_option
@click.option("--port", type=click.IntRange(0, 65535), default=8799, show_default=True)
@click.option("--sync", "source", metavar="URL", help="Address for the page's sync button.")
@click.option(
    "--folder",
    type=PATH,
    default=lambda: default_store().parent / "gate",
    show_default="the user's data directory",
    help="Where logs and the gate's key are kept.",
)
@click.option("--no-browser", is_flag=True, help="Print the address; do not open it.")
@click.option("--terminal", is_flag=True, help="Judge what a scanner types here, one line a scan.")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh", show_default=True)
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    ctx: click.Context,
    destination: str | None,
    name: str,
    store: Path,
    port: int,
    source: str | None,
    folder: Path,
    no_browser: bool,  # noqa: FBT001 - a flag
    terminal: bool,  # noqa: FBT001 - a flag
    language: str,
) -> int | None:
    r"""Open the screen of a checkpoint in the browser.

    \b
    trustcert gate --destination CN-44 --name "Guangzhou South, platform 3"

    The page is served on this machine only, and asks nothing of any other.
    """
    if ctx.invoked_subcommand is not None:
        return None
    if destination is None:
        raise click.UsageError("name the place whose rules count: --destination CN-44")
    if terminal:
        return _terminal(store, destination, name, folder, language)
    return _serve_page(store, destination, name, folder, source, port, opens=not no_browser)


def _serve_page(  # noqa: PLR0913, PLR0917 - what the command was given
    store: Path,
    destination: str,
    name: str,
    folder: Path,
    source: str | None,
    port: int,
    *,
    opens: bool,
) -> int:
    from trustcert.cli.serving import listening, run_until_stopped
    from trustcert.store import TrustStore
    from trustcert.web import gate_app
    from trustcert.web.gate import Gate

    socket = listening("127.0.0.1", port)
    chosen = socket.getsockname()[1]
    gate = Gate(TrustStore(store), destination=destination, name=name, folder=folder, source=source)
    address = f"http://localhost:{chosen}/"
    application = gate_app(gate, hosts=[f"localhost:{chosen}", f"127.0.0.1:{chosen}"])
    click.echo(address)
    if opens:
        click.launch(address)
    run_until_stopped(application, socket)
    return 0


def _terminal(store: Path, destination: str, name: str, folder: Path, language: str) -> int:
    """Judge lines from stdin until it ends; an empty line shows the numbers."""
    from trustcert.gate import Shift, ShiftLog, broken_off, load_or_make_key
    from trustcert.live import LiveVerifier
    from trustcert.store import TrustStore

    def now() -> int:
        return int(time.time())

    live = LiveVerifier(TrustStore(store), destination, clock=now)
    broken = broken_off(folder, "shift-*-t.jsonl")
    if broken is None:
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        path = folder / f"shift-{stamp}-t.jsonl"
        log = ShiftLog.begin(path, checkpoint=name, destination=destination, at=now())
        shift = Shift(live.current(), name=name, log=log)
    else:
        log, lines = ShiftLog.resume(broken)
        name = str(lines[0]["checkpoint"])
        shift = Shift(live.current(), name=name, log=log)
        shift.go_on(lines)
        output.talk(f"{name}: the shift that was broken off goes on, {shift.tally().scans} scans")
    output.talk(f"{name}: scan; an empty line shows the numbers; Ctrl-D ends the shift")
    for line in sys.stdin:
        if not line.strip():
            output.data(shift.tally().to_json())
            continue
        shift.verifier = live.current()
        passage = shift.scan(line, at=now())
        click.echo(output.report_as_text(name, passage.report, language))
        if passage.first_at is not None:
            told = sentence("passed here already at {time}", time=spoken(passage.first_at))
            click.echo(f"  {translated(told, language)}")
        if shift.log_problem is not None:
            output.talk(f"trustcert: the log cannot be written: {shift.log_problem}")
    numbers = shift.tally().to_json()
    try:
        log.end(now(), numbers, load_or_make_key(folder / "gate.key"))
    except OSError as error:
        output.talk(f"trustcert: the log cannot be ended: {error.strerror}")
    output.data(numbers)
    return 0


@command.group(name="log")
def log_group() -> None:
    """Check the logs of shifts."""


@log_group.command(name="check")
@click.argument("file", type=FILE)
@click.option(
    "--key", type=FILE, help="The gate's public key (.pub); else any key may have signed."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line.")
def check(file: Path, key: Path | None, as_json: bool) -> int:  # noqa: FBT001 - a flag
    """Say whether a shift's log is whole: no line changed, missing or cut off."""
    from trustcert.cli.options import read_bounded
    from trustcert.gate import check_log

    expected = None
    if key is not None:
        with inside(str(key)):
            expected = PublicKey.from_pem(read_bounded(key, KEY_FILE_BYTES))
    try:
        found = check_log(read_bounded(file, _LOG_BYTES), key=expected)
    except TrustError as error:
        output.talk(f"trustcert: {file}: {error}")
        return EXIT_INVALID
    if as_json:
        output.data({"schema": "trustcert.log_check.v1"} | _as_json(found))
    else:
        end = "ended and signed" if found.is_ended else "NOT ended: it may have been cut"
        click.echo(f"{file}: {found.scans} scans, every line in place; {end}")
        if found.signer is not None and expected is None:
            click.echo(f"  signed by {found.signer[-16:]}; give --key to check whose key that is")
    return 0 if found.is_ended else EXIT_INVALID


def _as_json(found: Any) -> dict[str, Any]:
    from msgspec.structs import asdict

    return asdict(found)
