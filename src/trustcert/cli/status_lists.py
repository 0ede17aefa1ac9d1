"""``trustcert status``: whole lists: what there is, what comes, and publication in each form."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from trustcert.cli import output
from trustcert.cli.options import DIRECTORY, FILE, PATH, Duration, at_option, password_file_option
from trustcert.cli.registry_options import credential_type
from trustcert.cli.signing import KEY, KEY_HELP, load_signer
from trustcert.encoding.instants import rfc3339
from trustcert.errors import TrustError
from trustcert.files import write_whole
from trustcert.keys import Signer
from trustcert.keys.pkcs11 import KeyUri
from trustcert.registry import layout
from trustcert.registry.metadata import seconds_of
from trustcert.registry.repository import Repository
from trustcert.status import (
    allocation,
    bitstring,
    bitstring_credential,
    ietf,
    ietf_token,
    ledger,
    overview,
    publishing,
)
from trustcert.status.bitstring import Purpose
from trustcert.status.bitstring_credential import BitstringCredential
from trustcert.status.causes import REVERSIBLE, RULES
from trustcert.status.ietf_token import StatusListToken
from trustcert.status.statuslist import StatusList

_LEDGER = click.argument("ledger_file", metavar="LEDGER", type=FILE)


@click.command(name="publish")
@_LEDGER
@click.option("--registry", type=DIRECTORY, required=True, help="The registry's work folder.")
@click.option("--key", type=KEY, required=True, help=f"{KEY_HELP}, of the issuer's status role.")
@password_file_option
@at_option
def publish(
    ledger_file: Path, registry: Path, key: Path | KeyUri, password_file: Path | None, at: int
) -> None:
    """Put what changed in LEDGER into the registry, signed; then run `registry publish`.

    Nothing is written for a list that did not change. Where nothing changed at all, the signature
    is renewed before it expires.
    """
    signer = load_signer(key, password_file)
    with ledger.open_ledger(ledger_file) as book:
        publication = publishing.publish(book, at=at)
        repository = Repository.load(registry)
        role = layout.role_of_status(book.issuer)
        for path, content in publication.write.items():
            repository.put(role, path, content, at=at)
        for path in publication.remove:
            repository.remove(role, path, at=at)
        renewed = _renewed(repository, role, at)
        repository.sign(signer)
        repository.save(registry)
        publishing.confirm(book, publication)
    output.talk(
        f"{len(publication.write)} files written, {len(publication.remove)} taken back"
        + (", signature renewed" if renewed else "")
    )


def _renewed(repository: Repository, role: str, at: int) -> bool:
    """Make an unchanged role a draft where over half of its signature's lifetime has passed."""
    if not repository.is_delegated(role):
        issuer = layout.delegator(role)
        raise TrustError(
            f"{role}: no key may sign the status lists of {issuer} yet; let one: "
            f"trustcert registry delegate-status DIR {issuer} --key FILE.pub"
        )
    if repository.is_draft(role) or role not in repository.metadata:
        return False
    left = seconds_of(repository.metadata[role].signed.expires) - at
    if left > repository.lifetimes.of(role) // 2:
        return False
    repository.edit(role, at=at)
    return True


@click.command(name="prepare")
@_LEDGER
@click.option("--type", "kind", required=True, help="Type of the credentials, as health_proof.")
@click.option("--lifetime", type=Duration(), help="How long they live, as 180d; else for ever.")
@click.option("--ahead", type=Duration(), default="7d", show_default=True, help="How far ahead.")
@click.option("--room", type=int, default=1, show_default=True, help="For how many of them.")
@at_option
def prepare(  # noqa: PLR0913, PLR0917 - one parameter an option
    ledger_file: Path, kind: str, lifetime: int | None, ahead: int, room: int, at: int
) -> None:
    """Open the lists that credentials issued from now until --ahead will need.

    Published before the first credential stands on them, they are known to verifiers offline.
    """
    credential_type(kind)
    with ledger.open_ledger(ledger_file) as book:
        found = {
            number
            for issued in (at, at + ahead)
            for number in allocation.prepare(
                book,
                allocation.Issuance(
                    type=kind,
                    issued_at=issued,
                    expires=None if lifetime is None else issued + lifetime,
                ),
                room=room,
            )
        }
    output.talk(f"lists {', '.join(map(str, sorted(found)))} are open")


@click.command(name="lists")
@_LEDGER
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
def lists(ledger_file: Path, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Show the lists: what is given out, published, and waiting to be."""
    with ledger.open_ledger(ledger_file) as book:
        found = overview.lists(book)
    for facts in found:
        told = {
            "list": facts.number,
            "type": facts.type,
            "period": facts.period,
            "ends": None if facts.ends is None else rfc3339(facts.ends),
            "size": facts.size,
            "given": facts.given,
            "version": facts.version,
            "as_of": None if facts.as_of is None else rfc3339(facts.as_of),
            "waiting": facts.waiting,
        }
        if as_json:
            output.data(told)
        else:
            stands = f"version {facts.version}" if facts.version else "never published"
            click.echo(
                f"{facts.number}  {facts.type}  {facts.period}  {facts.given} of {facts.size}  "
                f"{stands}  {facts.waiting} changes waiting"
            )


@click.command(name="causes")
def causes() -> None:
    """Show the causes: state, catalogue code, number on lists, official name, what undoes it.

    A cause without a number (-) is not told on lists: it makes valid, or the list says who keeps
    the successor. Only lists of licences and the like tell causes.
    """
    for cause, rule in RULES.items():
        undone = REVERSIBLE.get(cause)
        until = f"until {undone.value}" if undone else "for good"
        ends = until if rule.undoes is None else f"ends {rule.undoes.value}"
        state, wire = rule.state.name.lower(), "-" if rule.wire is None else rule.wire
        click.echo(f"{cause.value:20} {state:11} {rule.code}  {wire:>2}  {rule.name}  {ends}")


@click.command(name="export")
@_LEDGER
@click.argument("number", metavar="LIST", type=int)
@click.option("--as", "form", type=click.Choice(["jwt", "cwt", "w3c"]), required=True,
              help="IETF Status List Token as JWT or CWT, W3C credential as JWT.")  # fmt: skip
@click.option("--uri", required=True, help="Address of the list, as its credentials name it.")
@click.option("--key", type=KEY, required=True, help=f"{KEY_HELP}.")
@click.option("--out", type=PATH, help="File to write; else stdout.")
@click.option("--ttl", type=Duration(), help="How long it may be held, as 12h (IETF).")
@click.option("--lifetime", type=Duration(), help="When it expires, as 7d.")
@click.option("--aggregation", help="Address of the list of lists (IETF).")
@click.option("--issuer-url", help="URL of the issuer (W3C).")
@click.option("--purpose", type=click.Choice([purpose.value for purpose in Purpose]),
              default="revocation", show_default=True, help="One of two lists (W3C).")  # fmt: skip
@password_file_option
@at_option
def export(  # noqa: PLR0913, PLR0917 - one parameter an option
    ledger_file: Path,
    number: int,
    form: str,
    uri: str,
    key: Path | KeyUri,
    out: Path | None,
    ttl: int | None,
    lifetime: int | None,
    aggregation: str | None,
    issuer_url: str | None,
    purpose: str,
    password_file: Path | None,
    at: int,
) -> None:
    """Write LIST as it was last published in a form that others read, signed."""
    signer = load_signer(key, password_file)
    with ledger.open_ledger(ledger_file) as book:
        found = overview.published(book, number)
    expires = None if lifetime is None else at + lifetime
    if form == "w3c":
        if issuer_url is None:
            raise click.UsageError("a W3C list names its issuer: --issuer-url")
        credential = BitstringCredential(
            uri=uri,
            issuer=issuer_url,
            list=bitstring.from_status_list(found, Purpose(purpose)),
            valid_from=at,
            valid_until=expires,
        )
        data = bitstring_credential.sign_jwt(credential, signer).encode()
    else:
        token = StatusListToken(
            uri=uri,
            issued_at=at,
            list=ietf.from_status_list(found),
            expires=expires,
            ttl=ttl,
            aggregation_uri=aggregation,
        )
        data = _token(token, signer, form)
    if out is None:
        click.echo(data, nl=False)
    else:
        write_whole(out, data)
    output.talk(_told(found, form, purpose, len(data)))


@click.command(name="aggregation")
@click.argument("uris", metavar="URI...", nargs=-1, required=True)
def aggregation(uris: tuple[str, ...]) -> None:
    """Write the document that names the addresses of all lists of an issuer (IETF)."""
    click.echo(ietf_token.aggregation(uris).decode())


def _token(token: StatusListToken, signer: Signer, form: str) -> bytes:
    if form == "cwt":
        return ietf_token.sign_cwt(token, signer)
    return ietf_token.sign_jwt(token, signer).encode()


def _told(found: StatusList, form: str, purpose: str, size: int) -> str:
    counts = {state.name.lower(): count for state, count in found.counts().items() if count}
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    about = f" for {purpose}" if form == "w3c" else ""
    return f"list {found.number}, version {found.version}{about}: {said}; {size} bytes"


COMMANDS: Final[tuple[click.Command, ...]] = (publish, prepare, lists, causes, export, aggregation)
