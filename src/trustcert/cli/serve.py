"""``trustcert serve``: checks over HTTP, for programs."""

from __future__ import annotations

from pathlib import Path

import click

from trustcert.cli.options import FILE, destination_option, read_bounded, store_option
from trustcert.errors import MalformedError

__all__ = ["command"]

_LEAST = 16
_TOKEN_FILE_BYTES = 64 * 1024


@click.command(name="serve")
@destination_option
@store_option
@click.option(
    "--listen",
    default="127.0.0.1:8080",
    show_default=True,
    metavar="HOST:PORT",
    help="Address to listen on. Put a proxy with TLS before any other than loopback.",
)
@click.option("--tokens", type=FILE, help="File of bearer tokens, one a line; one is then needed.")
def command(destination: str | None, store: Path, listen: str, tokens: Path | None) -> int:
    r"""Serve checks by the rules of a destination.

    \b
    trustcert serve --destination CN-44 --listen 127.0.0.1:8080
    curl -d '{"text": "TC1:…"}' -H 'Content-Type: application/json' http://127.0.0.1:8080/v1/check
    """
    from trustcert.cli.serving import listening, run_until_stopped
    from trustcert.web import app

    if destination is None:
        raise click.UsageError("name the place whose rules count: --destination CN-44")
    host, separator, port = listen.rpartition(":")
    if not separator or not port.isdecimal() or int(port) > 65535:
        raise click.UsageError("--listen takes HOST:PORT, as 127.0.0.1:8080")
    host = host.strip("[]") or "127.0.0.1"
    if host not in {"127.0.0.1", "::1", "localhost"} and tokens is None:
        raise click.UsageError("listening beyond this machine needs --tokens FILE")
    application = app(store, destination, tokens=_tokens(tokens))
    listener = listening(host, int(port))
    address = listener.getsockname()
    click.echo(f"http://{address[0]}:{address[1]}/")
    run_until_stopped(application, listener)
    return 0


def _tokens(file: Path | None) -> list[str]:
    if file is None:
        return []
    found = read_bounded(file, _TOKEN_FILE_BYTES).decode("ascii", "replace").split()
    if not found or any(len(token) < _LEAST for token in found):
        raise MalformedError(f"must hold tokens of at least {_LEAST} characters", where=str(file))
    return found
