"""``trustcert issue``: applications to signed codes, their pictures and sheets."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from msgspec.structs import replace

from trustcert.bulk.caution import Doubt
from trustcert.bulk.checking import opened
from trustcert.bulk.issuing import Job, cautious_claims
from trustcert.claims.types import CredentialType
from trustcert.cli import issue_forms, issue_tables, output
from trustcert.cli.ledgers import LEDGER, server_option
from trustcert.cli.options import (
    DIRECTORY,
    FILE,
    PATH,
    Duration,
    Zone,
    at_option,
    password_file_option,
    read_bounded,
)
from trustcert.cli.signing import KEY, KEY_HELP, load_signer
from trustcert.encoding import json
from trustcert.encoding.fields import required, typed
from trustcert.encoding.instants import CHINA
from trustcert.errors import MalformedError, inside
from trustcert.formats import WRITABLE
from trustcert.issuer import issue, with_status
from trustcert.limits import CLAIMS_BYTES
from trustcert.qr import LEVELS
from trustcert.tables.encodings import ENCODINGS

if TYPE_CHECKING:  # a run without a ledger needs no database library
    from trustcert.ledger.storage import Ledger

_TEMPLATE: Final = "template"


class _Issue(click.Command):
    """The command, and ``trustcert issue template`` beside it."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Return the context of the command that the first argument asks for."""
        if args[:1] == [_TEMPLATE]:
            name = f"{info_name} {_TEMPLATE}"
            return issue_forms.template.make_context(name, args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


_TYPES: Final = [kind.value for kind in CredentialType]
_DOUBTS: Final = [doubt.value for doubt in Doubt]


@click.command(name="issue", cls=_Issue)
@click.argument("applications", type=FILE)
@click.option("--key", type=KEY, required=True, help=f"{KEY_HELP}.")
@password_file_option
@click.option("--issuer", help="Who issues, as CN-51; else the JSON's own field issuer.")
@click.option(
    "--type", "type", type=click.Choice(_TYPES), metavar="TYPE", help="Type where none is named."
)
@click.option("--ledger", type=LEDGER, help="The issuer's ledger of status lists; see `status`.")
@server_option
@click.option("--batch", help="Label of this run in the ledger; by default from the file.")
@click.option("--again", is_flag=True, help="Issue also what the batch has issued already.")
@click.option("--valid-for", "lifetime", type=Duration(), help="Expiry where none is given, as 7d.")
@at_option
@click.option(
    "--format", "format_", type=click.Choice(list(WRITABLE)), default="compact", show_default=True
)
@click.option("--qr", type=PATH, help="Draw the code into this file, .png or .svg.")
@click.option(
    "--qr-dir", "pictures", type=DIRECTORY, help="For a table: a PNG a row, named by its line."
)
@click.option("--sheet", type=PATH, help="For a table: a PDF to print, twelve codes a page.")
@click.option("--level", type=click.Choice(LEVELS), default="M", show_default=True)
@click.option(
    "--zone", type=Zone(), default=CHINA, show_default="+08:00", help="Of times that name none."
)
@click.option("--encoding", type=click.Choice(list(ENCODINGS)), help="Of CSV; else found out.")
@click.option("--worksheet", help="Of a workbook; else the first.")
@click.option("--ignore", "ignored", multiple=True, metavar="COLUMN", help="A column to leave out.")
@click.option("--refused", type=PATH, help="Refused rows; else beside the table, .refused.")
@click.option(
    "--accept", type=click.Choice(_DOUBTS), multiple=True, help="Sign what may be a mistake."
)
@click.option("--jobs", type=click.IntRange(1, 256), default=1, help="Processes that sign.")
@click.option("--dask", metavar="ADDRESS", help="Scheduler of a cluster that signs.")
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    applications: Path,
    issuer: str | None,
    ledger: Path | str | None,
    server: str,
    lifetime: int | None,
    at: int,
    format_: str,
    qr: Path | None,
    level: str,
    accept: tuple[str, ...],
    **asked: Any,
) -> int:
    """Sign the APPLICATIONS: one from a .json file, many from a table, .xlsx or CSV.

    Prints the code's text; of a table a JSON line a row. Refused rows are written to a table of
    the same form with a column that says why, and the exit code is 1. A run that was stopped goes
    on when the same command is given again with its --ledger. What may be a mistake is signed only
    with --accept. `trustcert issue template --type TYPE` writes a form to fill in.
    """
    one = applications.suffix.lower() == ".json"
    for_tables = {"--qr-dir": "pictures", "--sheet": "sheet", "--dask": "dask"}
    _refuse_misplaced(one, {"--qr": qr}, {name: asked[of] for name, of in for_tables.items()})
    _ask_about_ledger(ledger, accept)
    job = Job(
        issuer=issuer or "",
        issued_at=at,
        signer=load_signer(asked["key"], asked["password_file"]),
        lifetime=lifetime,
        format=format_,
        level=level,
        picture=asked["pictures"] is not None,
        accepted=frozenset(accept),
    )
    with _opened(ledger, server) as book:
        if one:
            return _one(job, applications, book, asked["batch"], asked["type"], qr)
        if not issuer:
            raise click.UsageError("a table needs --issuer")
        return issue_tables.issue_table(job, issue_tables.Asked(table=applications, **asked), book)


def _opened(ledger: Path | str | None, server: str) -> AbstractContextManager[Ledger | None]:
    if ledger is None:
        return nullcontext()
    from trustcert.ledger.storage import open_ledger

    return open_ledger(ledger, server=server)


def _refuse_misplaced(
    one: bool,  # noqa: FBT001 - the answer to one question
    for_one: Mapping[str, object],
    for_tables: Mapping[str, object],
) -> None:
    for name, value in (for_tables if one else for_one).items():
        if value is not None:
            kind = "a table" if one else "a .json file"
            raise click.UsageError(f"{name} is for {kind}")


def _ask_about_ledger(ledger: Path | str | None, accepted: tuple[str, ...]) -> None:
    """Have somebody agree that what is signed can never be revoked."""
    if ledger is not None or Doubt.NO_LEDGER.value in accepted:
        return
    told = "without --ledger nothing that is signed now can be revoked"
    if not sys.stdin.isatty():
        raise click.UsageError(f"{told} (--accept {Doubt.NO_LEDGER.value} signs it)")
    click.confirm(f"{told}: sign it?", abort=True, err=True)


def _one(  # noqa: PLR0913, PLR0917 - what one credential takes
    job: Job,
    path: Path,
    ledger: Ledger | None,
    batch: str | None,
    type_: str | None,
    qr: Path | None,
) -> int:
    from trustcert.qr import save

    if qr is not None and qr.exists():
        raise click.UsageError(f"{qr} exists: name another file")
    signer = opened(job.signer)
    with inside(path.name):
        fields = dict(_object(path, type_))
        named = fields.pop("issuer", None)
        issuer = job.issuer or (typed(named, str, where="issuer") if named is not None else "")
        if not issuer:
            raise MalformedError("is missing: give --issuer", where="issuer")
        claims = cautious_claims(replace(job, issuer=issuer, picture=qr is not None), fields)
        if ledger is not None:
            (claims,) = with_status([claims], ledger, signer, batch=batch)
        text = issue(claims, signer, format=job.format)
    click.echo(text)
    if qr is not None:
        symbol = save(text, qr, error_correction=job.level)
        output.talk(f"{qr}: version {symbol.version}, {len(text)} characters")
    return 0


def _object(path: Path, type_: str | None) -> Mapping[str, Any]:
    fields = typed(json.decode(read_bounded(path, CLAIMS_BYTES), limit=CLAIMS_BYTES), dict)
    if type_ is not None:
        fields.setdefault("type", type_)
    required(fields, "type", str)
    return fields
