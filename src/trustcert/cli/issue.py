"""``trustcert issue``: applications to signed codes and their pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import click
from msgspec.structs import replace

from trustcert.bulk import RefusedRow, Row, issue_many, read_applications
from trustcert.claims import Claims, from_application
from trustcert.cli import EXIT_INVALID, output
from trustcert.cli.options import (
    DIRECTORY,
    FILE,
    PATH,
    Duration,
    at_option,
    password_file_option,
    read_bounded,
)
from trustcert.cli.signing import KEY, KEY_HELP, load_signer
from trustcert.encoding import json
from trustcert.encoding.fields import required, typed
from trustcert.errors import MalformedError, inside
from trustcert.formats import WRITABLE
from trustcert.issuer import with_status
from trustcert.keys import Signer
from trustcert.keys.pkcs11 import SESSIONS, KeyUri
from trustcert.limits import CLAIMS_BYTES
from trustcert.status.ledger import Ledger, open_ledger
from trustcert.values import PublicValue

_LEVELS: Final = ("L", "M", "Q", "H")


class _Run(PublicValue, frozen=True, kw_only=True):
    """What one call is to do with every credential."""

    key: Signer
    sessions: int
    ledger: Ledger | None
    format: str
    at: int
    lifetime: int | None
    batch: str | None

    def signed(self, claims: list[Claims]) -> list[str]:
        """Return the texts of ``claims``, in order."""
        if self.lifetime is not None:
            end = self.at + self.lifetime
            claims = [c if c.expires else replace(c, expires=end) for c in claims]
        if self.ledger is not None:
            claims = with_status(claims, self.ledger, self.key, batch=self.batch)
        if self.sessions == 1 or len(claims) == 1:
            return list(issue_many(claims, self.key, format=self.format))
        with ThreadPoolExecutor(self.sessions) as threads:
            return list(issue_many(claims, self.key, format=self.format, executor=threads))


@click.command(name="issue")
@click.argument("applications", type=FILE)
@click.option("--key", type=KEY, required=True, help=f"{KEY_HELP}.")
@password_file_option
@click.option("--issuer", help="Who issues, as CN-51; else the JSON's own field issuer.")
@click.option("--ledger", type=FILE, help="The issuer's ledger of status lists; see `status`.")
@click.option("--batch", help="Label of this run in the ledger, to revoke it whole.")
@click.option("--valid-for", "lifetime", type=Duration(), help="Expiry where none is given, as 7d.")
@at_option
@click.option(
    "--format", "format_", type=click.Choice(list(WRITABLE)), default="compact", show_default=True
)
@click.option("--qr", type=PATH, help="Draw the code into this file, .png or .svg.")
@click.option("--qr-dir", type=DIRECTORY, help="For CSV: a PNG a row, named by its line.")
@click.option("--level", type=click.Choice(_LEVELS), default="M", show_default=True)
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    applications: Path,
    key: Path | KeyUri,
    password_file: Path | None,
    issuer: str | None,
    ledger: Path | None,
    batch: str | None,
    lifetime: int | None,
    at: int,
    format_: str,
    qr: Path | None,
    qr_dir: Path | None,
    level: str,
) -> int:
    """Sign the APPLICATIONS: one from a .json file, many from a .csv file.

    Prints the code's text; for CSV a JSON line a row. Bad rows are named by line and lose no
    other; then the exit code is 1.
    """
    with open_ledger(ledger) if ledger else nullcontext() as opened:
        run = _Run(
            key=load_signer(key, password_file),
            sessions=SESSIONS if isinstance(key, KeyUri) else 1,
            ledger=opened,
            format=format_,
            at=at,
            lifetime=lifetime,
            batch=batch,
        )
        if applications.suffix.lower() == ".csv":
            return _many(run, applications, issuer, qr_dir, level)
        return _one(run, applications, issuer, qr, level)


def _one(run: _Run, path: Path, issuer: str | None, qr: Path | None, level: str) -> int:
    from trustcert.qr import save

    with inside(path.name):
        fields = dict(_object(path))
        named = fields.pop("issuer", None)
        if issuer is None:
            issuer = typed(named, str, where="issuer") if named is not None else None
        if issuer is None:
            raise MalformedError("is missing: give --issuer", where="issuer")
        (text,) = run.signed([from_application(fields, issuer=issuer, issued_at=run.at)])
    click.echo(text)
    if qr is not None:
        symbol = save(text, qr, error_correction=level)
        output.talk(f"{qr}: version {symbol.version}, {len(text)} characters")
    return 0


def _object(path: Path) -> Mapping[str, Any]:
    fields = typed(json.decode(read_bounded(path, CLAIMS_BYTES), limit=CLAIMS_BYTES), dict)
    required(fields, "type", str)
    return fields


def _many(run: _Run, path: Path, issuer: str | None, qr_dir: Path | None, level: str) -> int:
    from trustcert.qr import save

    if issuer is None:
        raise click.UsageError("a CSV file needs --issuer")
    good, refused = _rows(read_applications(path, issuer=issuer, issued_at=run.at))
    if qr_dir is not None:
        qr_dir.mkdir(parents=True, exist_ok=True)
    texts = run.signed([row.claims for row in good])
    for row, text in zip(good, texts, strict=True):
        line: dict[str, Any] = {"line": row.line, "text": text}
        if qr_dir is not None:
            picture = qr_dir / f"{row.line:06}.png"
            save(text, picture, error_correction=level)
            line["qr"] = str(picture)
        output.data(line)
    for problem in refused:
        output.talk(f"{path}: {problem}")
    output.talk(f"{len(good)} issued, {len(refused)} refused")
    return EXIT_INVALID if refused else 0


def _rows(rows: Iterable[Row | RefusedRow]) -> tuple[list[Row], list[RefusedRow]]:
    good: list[Row] = []
    refused: list[RefusedRow] = []
    for row in rows:
        if isinstance(row, Row):
            good.append(row)
        else:
            refused.append(row)
    return good, refused
