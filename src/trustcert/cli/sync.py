"""``trustcert sync``: fetch registry and status lists into this machine's store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from trustcert.cli import output
from trustcert.cli.options import FILE, read_bounded, store_option
from trustcert.encoding.instants import spoken
from trustcert.limits import REGISTRY_ROOT_BYTES
from trustcert.store import DEFAULT, TrustStore
from trustcert.sync import HttpFetcher, SyncResult, sync

__all__ = ["command"]

_ANEW = "\r\x1b[K"
"""Begins the terminal's line anew."""


@click.command(name="sync")
@click.argument("url", required=False)
@click.option("--root", type=FILE, help="Root metadata, brought by hand; for the first sync.")
@store_option
@click.option("--name", default=DEFAULT, show_default=True, help="Which registry of the store.")
@click.option("--issuer", "issuers", multiple=True, help="Only these it may speak for; repeatable.")
@click.option("--lists", multiple=True, help="Status lists of these issuers only; repeatable.")
@click.option("--no-archive", is_flag=True, help="Fetch file by file, never the one-file form.")
@click.option("--dry-run", is_flag=True, help="Fetch and verify, but change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line.")
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    url: str | None,
    root: Path | None,
    store: Path,
    name: str,
    issuers: tuple[str, ...],
    lists: tuple[str, ...],
    no_archive: bool,  # noqa: FBT001 - a flag
    dry_run: bool,  # noqa: FBT001 - a flag
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Bring this machine's store up to date from URL (known after the first time).

    Whatever fails, the store stays as it was.
    """
    fetcher = HttpFetcher(progress=_progress if sys.stderr.isatty() else None)
    try:
        result = sync(
            TrustStore(store),
            url,
            root=None if root is None else read_bounded(root, REGISTRY_ROOT_BYTES),
            name=name,
            issuers=issuers or None,
            lists=lists or None,
            archive=not no_archive,
            dry_run=dry_run,
            fetcher=fetcher,
        )
    finally:
        fetcher.close()
        if sys.stderr.isatty():
            click.echo(_ANEW, nl=False, err=True)
    for problem in (*result.problems, *result.notes):
        output.talk(f"trustcert: {problem}")
    if as_json:
        output.data(_as_json(result))
    else:
        click.echo(("would change: " if dry_run else "") + _as_text(result))


def _as_json(result: SyncResult) -> dict[str, Any]:
    return {
        "registry": result.name,
        "changed": result.changed,
        "as_of": result.as_of,
        "roles": {role: list(versions) for role, versions in result.roles.items()},
        "requests": result.requests,
        "bytes": result.bytes,
        "problems": list(result.problems),
    }


def _as_text(result: SyncResult) -> str:
    changed = f"{len(result.roles)} roles changed" if result.changed else "nothing new"
    cost = f"{result.requests} requests, {result.bytes} bytes"
    return f"{changed}; data of {spoken(result.as_of)}; {cost}"


def _progress(url: str, received: int) -> None:
    name = url.rpartition("/")[2]
    click.echo(f"{_ANEW}{name[-60:]}  {received // 1024} KiB", nl=False, err=True)
