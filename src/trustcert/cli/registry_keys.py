"""``trustcert registry key``: the issuing keys of one issuer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from trustcert.cli import output
from trustcert.cli.options import FILE, Duration, Instant, at_option
from trustcert.cli.registry_options import DIR, credential_type, public_key
from trustcert.encoding.instants import rfc3339
from trustcert.registry import rotation
from trustcert.registry.model import KeyRecord, KeySet
from trustcert.registry.repository import Repository
from trustcert.registry.rotation import Change


@click.group(name="key")
def command() -> None:
    """Add, rotate, retire and remove the keys that sign credentials."""


@command.command(name="add")
@DIR
@click.argument("issuer")
@click.argument("public", type=FILE)
@click.option("--type", "types", multiple=True, help="What it may sign; all by default.")
@click.option("--not-before", type=Instant(), help="First issue time that counts.")
@click.option("--not-after", type=Instant(), help="First issue time that counts no more.")
@at_option
def add(folder: Path, issuer: str, public: Path, at: int, **given: Any) -> None:
    """Add the key in the file PUBLIC to the key set of ISSUER."""
    record = KeyRecord(
        key=public_key(public),
        types=frozenset(map(credential_type, given["types"])) or None,
        not_before=given["not_before"],
        not_after=given["not_after"],
    )
    _change(folder, issuer, at, lambda key_set: rotation.add(key_set, record))


@command.command(name="rotate")
@DIR
@click.argument("issuer")
@click.argument("kid")
@click.argument("public", type=FILE)
@click.option("--overlap", type=Duration(), default=rotation.OVERLAP, show_default="30d")
@at_option
def rotate(  # noqa: PLR0913, PLR0917 - one parameter an option
    folder: Path, issuer: str, kid: str, public: Path, overlap: int, at: int
) -> None:
    """Let the key in PUBLIC follow key KID, which signs on for a while beside it."""
    successor = public_key(public)
    _change(
        folder,
        issuer,
        at,
        lambda key_set: rotation.rotate(key_set, kid, successor, at=at, overlap=overlap),
    )


@command.command(name="retire")
@DIR
@click.argument("issuer")
@click.argument("kid")
@at_option
def retire(folder: Path, issuer: str, kid: str, at: int) -> None:
    """Let key KID sign nothing new; what it signed stays good."""
    _change(folder, issuer, at, lambda key_set: rotation.retire(key_set, kid, at=at))


@command.command(name="remove")
@DIR
@click.argument("issuer")
@click.argument("kid")
@click.option("--since", type=Instant(), help="Since when it was in wrong hands; default now.")
@click.option("--withdrawn", is_flag=True, help="Not stolen, but issued or used by mistake.")
@click.option("--ledger", type=FILE, help="Ledger of status lists, to count the credentials.")
@at_option
def remove(folder: Path, issuer: str, kid: str, at: int, **given: Any) -> None:
    """In an emergency: refuse whatever key KID ever signed, and say what that does."""
    since = at if given["since"] is None else given["since"]
    compromised = not given["withdrawn"]
    _change(
        folder,
        issuer,
        at,
        lambda key_set: rotation.remove(key_set, kid, since=since, compromised=compromised),
    )
    if given["ledger"]:
        output.talk(f"{_issued(given['ledger'], kid)} credentials in the ledger are concerned")


@command.command(name="list")
@DIR
@click.argument("issuer")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a key.")
def list_(folder: Path, issuer: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """List the keys of ISSUER, drafts included."""
    for record in Repository.load(folder).key_set(issuer).keys:
        told = {
            "kid": record.key.kid.hex(),
            "algorithm": record.key.algorithm.name,
            "state": record.state.value,
            "not_before": None if record.not_before is None else rfc3339(record.not_before),
            "not_after": None if record.not_after is None else rfc3339(record.not_after),
        }
        if as_json:
            output.data(told)
        else:
            click.echo("  ".join(str(value or "-") for value in told.values()))


def _change(folder: Path, issuer: str, at: int, change: Callable[[KeySet], Change]) -> None:
    repository = Repository.load(folder)
    changed = change(repository.key_set(issuer))
    repository.put_key_set(changed.key_set, at=at)
    repository.save(folder)
    for line in changed.told:
        output.talk(line)
    output.talk(f"a draft of {issuer}; sign it, then publish")


def _issued(file: Path, kid: str) -> int:
    from trustcert.ledger import selection, storage

    with storage.open_ledger(file) as book:
        return selection.count(book, selection.Selection(kid=bytes.fromhex(kid)))
