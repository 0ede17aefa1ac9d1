"""``trustcert status``: whole lists: what there is, what comes, and publication in each form."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from trustcert.cli import output
from trustcert.cli.ledgers import NEW_LEDGER, ledger_argument, server_option
from trustcert.cli.options import DIRECTORY, PATH, Duration, at_option, password_file_option
from trustcert.cli.registry_options import credential_type
from trustcert.cli.signing import KEY, KEY_HELP, load_signer
from trustcert.encoding.instants import rfc3339
from trustcert.errors import RollbackError, TrustError
from trustcert.files import write_whole
from trustcert.keys import Signer
from trustcert.keys.pkcs11 import KeyUri
from trustcert.ledger import allocation, moving, overview, publishing, recovery, storage
from trustcert.ledger.partition import Issuance
from trustcert.registry import layout
from trustcert.registry.metadata import seconds_of
from trustcert.registry.repository import Repository
from trustcert.status import bitstring, bitstring_credential, ietf, ietf_token
from trustcert.status.bitstring import Purpose
from trustcert.status.bitstring_credential import BitstringCredential
from trustcert.status.causes import REVERSIBLE, RULES
from trustcert.status.ietf_token import StatusListToken
from trustcert.status.statuslist import StatusList


@click.command(name="publish")
@ledger_argument
@click.option("--registry", type=DIRECTORY, required=True, help="The registry's work folder.")
@click.option("--key", type=KEY, required=True, help=f"{KEY_HELP}, of the issuer's status role.")
@password_file_option
@at_option
def publish(
    ledger_place: Path | str,
    registry: Path,
    key: Path | KeyUri,
    password_file: Path | None,
    at: int,
) -> None:
    """Put what changed in LEDGER into the registry, signed; then run `registry publish`.

    Nothing is written for a list that did not change. Where nothing changed at all, the signature
    is renewed before it expires.
    """
    signer = load_signer(key, password_file)
    with storage.open_ledger(ledger_place) as book:
        repository = Repository.load(registry)
        role = layout.role_of_status(book.issuer)
        try:
            lost = recovery.check(book, _held(repository, book.issuer))
        except RollbackError as error:
            raise RollbackError(
                f"{error}. Was this ledger restored from a backup? Nothing was published; see"
                f" `trustcert status recover --help`"
            ) from error
        publication = publishing.publish(book, at=at)
        written = {**recovery.contents(book, lost), **publication.write}
        for path, content in written.items():
            repository.put(role, path, content, at=at)
        for path in publication.remove:
            repository.remove(role, path, at=at)
        renewed = _renewed(repository, role, at)
        repository.sign(signer)
        repository.save(registry)
        publishing.confirm(book, publication)
    if lost:
        output.talk(f"the registry had lost {len(lost)} files; they were put back")
    output.talk(
        f"{len(publication.write)} files written, {len(publication.remove)} taken back"
        + (", signature renewed" if renewed else "")
    )


def _held(repository: Repository, issuer: str) -> dict[str, bytes]:
    """Return the status lists of ``issuer`` that stand in the registry."""
    return {
        path: content
        for path, content in repository.files.items()
        if path.startswith(f"{issuer}/status/")
    }


@click.command(name="recover")
@ledger_argument
@click.option("--registry", type=DIRECTORY, required=True, help="The registry's work folder.")
@click.option("--by", "actor", required=True, help="Account or office that decides.")
@at_option
def recover(ledger_place: Path | str, registry: Path, actor: str, at: int) -> None:
    """Bring LEDGER, restored from a backup, up to the lists that the registry holds.

    States are taken over from the lists. Indices that may have been given out since the backup are
    given out no more: every list is closed to issuing, and new ones are opened when they are
    needed. What was never published is lost. A new, empty LEDGER takes over a lost one's lists.

    Example: trustcert status recover CN-51.ledger --registry registry --by 51-security
    """
    with storage.open_ledger(ledger_place) as book:
        held = _held(Repository.load(registry), book.issuer)
        done = recovery.recover(book, held, actor=actor, at=at)
    output.talk(f"{done.changed} states taken over from the registry")
    for number in (*done.behind, *done.adopted):
        output.talk(f"list {number}: the registry knew more of it")
    output.talk(f"{len(done.sealed) + len(done.adopted)} lists are closed to issuing")
    output.talk(
        f"new lists are numbered from {done.first_number} on: {recovery.NUMBERS_SKIPPED} numbers"
        " are left out, which the lost ledger may have opened and not published"
    )
    output.talk("batches, sites and journal entries since the backup are lost; publish now")


@click.command(name="move")
@ledger_argument
@click.argument("new_place", metavar="TO", type=NEW_LEDGER)
def move(ledger_place: Path | str, new_place: Path | str) -> None:
    """Move LEDGER to the new place TO, as from a file to PostgreSQL, and verify what arrived.

    Nobody can issue while it moves; afterwards only with the new one. A move that was cut short is
    started again with the same words.

    Example: trustcert status move CN-51.ledger postgresql://ledger@db.example/cn51
    """
    done = moving.move(ledger_place, new_place)
    rows = sum(done.rows.values())
    output.talk(f"{rows} rows moved to {storage.shown(new_place)}, each compared")
    output.talk(f"SHA-256 of all of them: {done.digest.hex()}")
    output.talk(f"{storage.shown(ledger_place)} is closed; keep it as a backup, or delete it")


@click.command(name="batches")
@ledger_argument
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
def batches(ledger_place: Path | str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Show what was issued: how many in each batch, at each site, with each key, and when."""
    with storage.open_ledger(ledger_place) as book:
        found = overview.origins(book)
    for facts in found:
        told = {
            "batch": facts.batch,
            "site": facts.site,
            "kid": None if facts.kid is None else facts.kid.hex(),
            "issued": facts.issued,
            "from": rfc3339(facts.first_at),
            "until": rfc3339(facts.last_at),
        }
        if as_json:
            output.data(told)
        else:
            click.echo(
                f"batch {facts.batch or '-'}  site {facts.site or '-'}  key {told['kid'] or '-'}  "
                f"{facts.issued} issued  {told['from']} to {told['until']}"
            )
    if not found:
        output.talk("nothing was issued yet")


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
@ledger_argument
@click.option("--type", "kind", required=True, help="Type of the credentials, as health_proof.")
@click.option("--lifetime", type=Duration(), help="How long they live, as 180d; else for ever.")
@click.option("--ahead", type=Duration(), default="7d", show_default=True, help="How far ahead.")
@click.option("--room", type=int, default=1, show_default=True, help="For how many of them.")
@server_option
@at_option
def prepare(  # noqa: PLR0913, PLR0917 - one parameter an option
    ledger_place: Path | str,
    kind: str,
    lifetime: int | None,
    ahead: int,
    room: int,
    server: str,
    at: int,
) -> None:
    """Open the lists that credentials issued from now until --ahead will need.

    Published before the first credential stands on them, they are known to verifiers offline.
    """
    credential_type(kind)
    with storage.open_ledger(ledger_place, server=server) as book:
        found = {
            number
            for issued in (at, at + ahead)
            for number in allocation.prepare(
                book,
                Issuance(
                    type=kind,
                    issued_at=issued,
                    expires=None if lifetime is None else issued + lifetime,
                ),
                room=room,
            )
        }
    output.talk(f"lists {', '.join(map(str, sorted(found)))} are open")


@click.command(name="lists")
@ledger_argument
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
def lists(ledger_place: Path | str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Show the lists: what is given out, published, and waiting to be."""
    with storage.open_ledger(ledger_place) as book:
        found = overview.lists(book)
    for facts in found:
        told = {
            "list": facts.number,
            "type": facts.type,
            "period": facts.period,
            "server": facts.server,
            "ends": None if facts.ends is None else rfc3339(facts.ends),
            "size": facts.size,
            "given": facts.given,
            "sealed": facts.sealed,
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
                + (f"  server {facts.server}" if facts.server else "")
                + ("  closed to issuing" if facts.sealed else "")
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
@ledger_argument
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
    ledger_place: Path | str,
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
    with storage.open_ledger(ledger_place) as book:
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


COMMANDS: Final[tuple[click.Command, ...]] = (
    publish,
    prepare,
    lists,
    batches,
    causes,
    export,
    aggregation,
    recover,
    move,
)
