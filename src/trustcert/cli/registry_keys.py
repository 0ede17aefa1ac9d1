"""``trustcert registry key``: the issuing keys of one issuer, and those of many from a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from trustcert.cli import output
from trustcert.cli.options import FILE, Duration, Instant, at_option, json_option, read_bounded
from trustcert.cli.registry_options import (
    DIR,
    ISSUER,
    confirmed,
    credential_type,
    draft_saved,
    kid_named,
    listed_issuer,
    public_key,
    reading,
    working,
)
from trustcert.encoding.instants import instant, rfc3339
from trustcert.errors import MalformedError, TrustcertError, TrustError
from trustcert.limits import REGISTRY_DOCUMENT_BYTES, REGISTRY_DOCUMENT_ITEMS
from trustcert.registry import layout, rotation
from trustcert.registry.model import KeyRecord, KeySet
from trustcert.registry.repository import Repository
from trustcert.registry.rotation import Change

_KID = click.argument("kid", metavar="KID")
_COLUMNS = ("issuer", "file", "types", "not_before", "not_after")


@click.group(name="key")
def command() -> None:
    """Add, rotate, retire and remove the keys that sign credentials.

    KID is what keygen and `key list` print, the beginning of it, or the file of the public key.
    """


@command.command(
    name="add", epilog="Example: trustcert registry key add sichuan CN-51 issuing-2026.pem.pub"
)
@DIR
@ISSUER
@click.argument("public", type=FILE, nargs=-1, required=True)
@click.option("--type", "types", multiple=True, help="What it may sign; all by default.")
@click.option("--not-before", type=Instant(), help="First issue time that counts.")
@click.option("--not-after", type=Instant(), help="First issue time that counts no more.")
@json_option
@at_option
def add(folder: Path, issuer: str, public: tuple[Path, ...], at: int, **given: Any) -> None:
    """Add the keys in the files PUBLIC to the key set of ISSUER."""
    records = [
        KeyRecord(
            key=public_key(file),
            types=frozenset(map(credential_type, given["types"])) or None,
            not_before=given["not_before"],
            not_after=given["not_after"],
        )
        for file in public
    ]

    def added(key_set: KeySet) -> Change:
        told: list[str] = []
        for record in records:
            change = rotation.add(key_set, record)
            key_set = change.key_set
            told += change.told
        return Change(key_set=key_set, told=tuple(told))

    _change(folder, issuer, at, added, as_json=given["as_json"], schema="registry-key-add/1")


@command.command(
    name="rotate",
    epilog="Example: trustcert registry key rotate sichuan CN-51 1f2e issuing-2027.pem.pub",
)
@DIR
@ISSUER
@_KID
@click.argument("public", type=FILE)
@click.option("--overlap", type=Duration(), default=rotation.OVERLAP, show_default="30d")
@json_option
@at_option
def rotate(folder: Path, issuer: str, kid: str, public: Path, at: int, **given: Any) -> None:
    """Let the key in PUBLIC follow key KID, which signs on for a while beside it."""
    successor, overlap = public_key(public), given["overlap"]

    def rotated(key_set: KeySet) -> Change:
        return rotation.rotate(key_set, kid_named(key_set, kid), successor, at=at, overlap=overlap)

    _change(folder, issuer, at, rotated, as_json=given["as_json"], schema="registry-key-rotate/1")


@command.command(
    name="retire", epilog="Example: trustcert registry key retire sichuan CN-51 1f2e3d4c"
)
@DIR
@ISSUER
@_KID
@json_option
@at_option
def retire(folder: Path, issuer: str, kid: str, as_json: bool, at: int) -> None:  # noqa: FBT001
    """Let key KID sign nothing new; what it signed stays good."""

    def retired(key_set: KeySet) -> Change:
        return rotation.retire(key_set, kid_named(key_set, kid), at=at)

    _change(folder, issuer, at, retired, as_json=as_json, schema="registry-key-retire/1")


@command.command(
    name="remove",
    epilog="Example: trustcert registry key remove sichuan CN-51 1f2e3d4c "
    "--since 2026-03-01T00:00:00+08:00",
)
@DIR
@ISSUER
@_KID
@click.option("--since", type=Instant(), help="Since when it was in wrong hands; default now.")
@click.option("--withdrawn", is_flag=True, help="Not stolen, but issued or used by mistake.")
@click.option("--ledger", type=FILE, help="Ledger of status lists, to count the credentials.")
@click.option("--yes", is_flag=True, help="Do not ask at the terminal.")
@json_option
@at_option
def remove(folder: Path, issuer: str, kid: str, at: int, **given: Any) -> None:
    """In an emergency: refuse whatever key KID ever signed, and say what that does."""
    since = at if given["since"] is None else given["since"]
    if since > at:
        raise click.UsageError(f"--since {rfc3339(since)} is in the future")
    compromised = not given["withdrawn"]
    removed: list[str] = []

    def gone(key_set: KeySet) -> Change:
        removed.append(kid_named(key_set, kid))
        change = rotation.remove(key_set, removed[0], since=since, compromised=compromised)
        for line in change.told:
            output.talk(line)
        question = f"Remove key {removed[0]} of {key_set.issuer}?"
        if not confirmed(question, yes=given["yes"] or given["as_json"]):
            raise click.Abort
        return change

    _change(folder, issuer, at, gone, as_json=given["as_json"], schema="registry-key-remove/1",
            quiet=True)  # fmt: skip
    if given["ledger"]:
        count = _issued(given["ledger"], removed[0])
        output.talk(f"{count} credentials in the ledger are concerned")


@command.command(name="list", epilog="Example: trustcert registry key list sichuan CN-51")
@DIR
@ISSUER
@json_option
def list_(folder: Path, issuer: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """List the keys of ISSUER, drafts included."""
    with reading(folder) as repository:
        key_set = repository.key_set(listed_issuer(repository, issuer))
    if not key_set.keys:
        output.talk(f"{issuer} has no keys yet; trustcert registry key add DIR {issuer} FILE.pub")
    for record in key_set.keys:
        told = {
            "kid": record.key.kid.hex(),
            "algorithm": record.key.algorithm.name,
            "state": record.state.value,
            "not_before": None if record.not_before is None else rfc3339(record.not_before),
            "not_after": None if record.not_after is None else rfc3339(record.not_after),
        }
        if as_json:
            output.data({"schema": "registry-key-list/1", "issuer": issuer, **told})
        else:
            output.line("  ".join(str(value or "-") for value in told.values()))


@click.command(
    name="import-keys", epilog="Example: trustcert registry import-keys guangdong cities.csv"
)
@DIR
@click.argument("file", metavar="FILE.csv", type=FILE)
@json_option
@at_option
def import_keys(folder: Path, file: Path, as_json: bool, at: int) -> None:  # noqa: FBT001 - a flag
    """Add the keys that a table names: columns issuer and file.

    The columns types, not_before and not_after may be there too. Files are found from the table's
    own folder; types are separated by spaces. Nothing is added unless every row is right.
    """
    rows = _rows(file)
    problems: list[str] = []
    added: dict[str, int] = {}
    with working(folder) as repository:
        for number, row in rows:
            try:
                name = listed_issuer(repository, row["issuer"])
                change = rotation.add(repository.key_set(name), _record(file.parent, row))
                repository.put_key_set(change.key_set, at=at)
                added[name] = added.get(name, 0) + 1
            except (TrustcertError, OSError, click.UsageError) as error:
                told = error.message if isinstance(error, click.UsageError) else str(error)
                problems.append(f"row {number}: {told}")
        if problems:
            shown = problems[:20]
            more = f" and {len(problems) - 20} more" if len(problems) > 20 else ""
            raise TrustError(f"{file}: nothing was added: " + "; ".join(shown) + more)
    total = sum(added.values())
    lines = [f"{total} keys added for {len(added)} issuers; sign the drafts, then publish"]
    output.result("registry-import-keys/1", {"added": added}, lines, as_json=as_json)


def _rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        text = read_bounded(file, REGISTRY_DOCUMENT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedError("is not UTF-8; save it as CSV UTF-8", where=str(file)) from None
    table = csv.DictReader(io.StringIO(text), strict=True)
    columns = [name.strip().lower() for name in table.fieldnames or ()]
    for name in ("issuer", "file"):
        if name not in columns:
            problem = f"has no column {name}; the first row names them: {', '.join(_COLUMNS)}"
            raise MalformedError(problem, where=str(file))
    if unknown := set(columns) - set(_COLUMNS):
        problem = f"column {min(unknown)!a} is none of: {', '.join(_COLUMNS)}"
        raise MalformedError(problem, where=str(file))
    table.fieldnames = columns
    try:
        rows = [
            (table.line_num, {name: (row.get(name) or "").strip() for name in _COLUMNS})
            for row in table
        ]
    except csv.Error as error:
        raise MalformedError(f"row {table.line_num}: {error}", where=str(file)) from None
    if len(rows) > 5 * REGISTRY_DOCUMENT_ITEMS:
        raise MalformedError(f"has over {5 * REGISTRY_DOCUMENT_ITEMS} rows", where=str(file))
    return rows


def _record(folder: Path, row: dict[str, str]) -> KeyRecord:
    path = folder / row["file"]
    if not row["file"] or not path.is_file():
        raise MalformedError(f"{path}: there is no such file")
    return KeyRecord(
        key=public_key(path),
        types=frozenset(map(credential_type, row["types"].split())) or None,
        not_before=instant(row["not_before"]) if row["not_before"] else None,
        not_after=instant(row["not_after"]) if row["not_after"] else None,
    )


def _change(  # noqa: PLR0913 - what to change, and how to say it
    folder: Path,
    issuer: str,
    at: int,
    change: Callable[[KeySet], Change],
    *,
    as_json: bool,
    schema: str,
    quiet: bool = False,
) -> None:
    """Change the key set of ``issuer``; ``quiet`` where the change has said itself what it does."""
    with working(folder) as repository:
        name = listed_issuer(repository, issuer)
        changed = change(repository.key_set(name))
        repository.put_key_set(changed.key_set, at=at)
    told = () if quiet and not as_json else changed.told
    draft_saved(as_json, schema, _role_of(repository, name), told, issuer=name)


def _role_of(repository: Repository, issuer: str) -> str:
    """Return the role that signs the keys of ``issuer``: its own, or that of its province."""
    return issuer if repository.is_delegated(issuer) else layout.parent(issuer) or issuer


def _issued(file: Path, kid: str) -> int:
    from trustcert.ledger import selection, storage

    with storage.open_ledger(file) as book:
        return selection.count(book, selection.Selection(kid=bytes.fromhex(kid)))
