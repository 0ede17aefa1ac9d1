"""``trustcert registry``: what the hub does, what a province hands in, and what nights check."""

from __future__ import annotations

from pathlib import Path

import click

from trustcert.cli import EXIT_INDETERMINATE, EXIT_INVALID, output
from trustcert.cli.options import DIRECTORY, FILE, PATH, Duration, at_option, read_bounded
from trustcert.cli.registry_options import DIR, credential_type, public_key, role_keys
from trustcert.errors import inside
from trustcert.files import write_whole
from trustcert.limits import REGISTRY_BYTES, REGISTRY_DOCUMENT_BYTES
from trustcert.policy import from_document
from trustcert.registry import check as checking
from trustcert.registry import diff as comparing
from trustcert.registry import imports, layout, submission
from trustcert.registry.repository import Repository

PUBLIC_KEYS = click.option(
    "--key",
    "keys",
    type=FILE,
    multiple=True,
    required=True,
    help="Public key (PEM, as keygen writes FILE.pub); repeatable: all that shall count from now.",
)


@click.command(name="check")
@DIR
@click.option("--soon", type=Duration(), default=checking.SOON, show_default="14d")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a finding.")
@at_option
def check(folder: Path, soon: int, as_json: bool, at: int) -> int:  # noqa: FBT001 - a flag
    """Warn of what expires, of issuers without keys, of recognitions that lead nowhere.

    Exit 0: nothing; 3: warnings; 1: something is wrong now.
    """
    found = checking.check(Repository.load(folder), at=at, soon=soon)
    for concern in found:
        word = "error" if concern.error else "warning"
        if as_json:
            output.data({"level": word, "where": concern.where, "problem": concern.problem})
        else:
            click.echo(f"{word}: {concern.where}: {concern.problem}")
    if any(concern.error for concern in found):
        return EXIT_INVALID
    return EXIT_INDETERMINATE if found else 0


@click.command(name="diff")
@click.argument("old", type=DIRECTORY)
@click.argument("new", type=DIRECTORY)
def diff(old: Path, new: Path) -> None:
    """Say in words what changes from the work folder OLD to NEW, before anybody signs."""
    for line in comparing.diff(Repository.load(old), Repository.load(new)):
        click.echo(line)


@click.command(name="submit")
@DIR
@click.argument("issuer")
@click.argument("out", type=PATH)
def submit(folder: Path, issuer: str, out: Path) -> None:
    """Write what ISSUER has signed into the file OUT, for the hub."""
    write_whole(out, submission.submit(Repository.load(folder), issuer))


@click.command(name="accept")
@DIR
@click.argument("issuer")
@click.argument("file", type=FILE)
@click.option("--may-drop", is_flag=True, help="Keys and cities may be gone without a word.")
@at_option
def accept(folder: Path, issuer: str, file: Path, may_drop: bool, at: int) -> None:  # noqa: FBT001 - a flag
    """Take over what ISSUER handed in as FILE, if it stays inside its delegation."""
    repository = Repository.load(folder)
    data = read_bounded(file, REGISTRY_BYTES)
    accepted = submission.accept(
        repository, issuer, data, at=at, read_policy=from_document, may_drop=may_drop
    )
    repository.save(folder)
    told = ", ".join(f"{role} version {version}" for role, version in accepted.roles)
    for line in accepted.gone:
        output.talk(f"{line} is gone")
    output.talk(f"accepted: {told}; now publish")


@click.command(name="rotate")
@DIR
@click.argument("role")
@PUBLIC_KEYS
@click.option("--threshold", type=click.IntRange(1), default=1, show_default=True)
@at_option
def rotate(folder: Path, role: str, keys: tuple[Path, ...], threshold: int, at: int) -> None:
    """Let other keys sign ROLE: root, targets, snapshot, timestamp, CN-51, CN-51-status.

    The keys given replace those of before. A new root needs the signatures of the old keys and of
    the new ones; a province's new keys those of the coordinating authority.
    """
    repository = Repository.load(folder)
    given = role_keys(keys, threshold)
    if role in layout.TOP_LEVEL_ROLES:
        repository.set_root_keys(role, given, at=at)
    else:
        above = layout.delegator(role)
        repository.delegate(above, role, given, layout.paths_of(role), at=at)
    repository.save(folder)
    waiting = [name for name in repository.metadata if repository.signatures(name).missing > 0]
    output.talk(f"a draft; signatures are missing on: {', '.join(waiting)}")


@click.command(name="withdraw")
@DIR
@click.argument("issuer")
@at_option
def withdraw(folder: Path, issuer: str, at: int) -> None:
    """Leave ISSUER in the list as withdrawn: whatever it signed is refused."""
    repository = Repository.load(folder)
    repository.withdraw(issuer, at=at)
    repository.save(folder)
    output.talk(f"a draft: every credential of {issuer} is refused from each next sync on")


@click.command(name="import")
@DIR
@click.argument("file", type=FILE)
@click.option("--type", "types", multiple=True, required=True, help="May be issued; repeatable.")
@PUBLIC_KEYS
@click.option("--signed-by", type=FILE, help="Public key that must have signed the list.")
@click.option("--alias", "aliases", multiple=True, help="Other name, ISSUER=NAME; repeatable.")
@click.option("--insecure-unsigned", is_flag=True, help="Take a signed list without its signature.")
@at_option
def import_(  # noqa: PLR0913, PLR0917 - one parameter an option
    folder: Path,
    file: Path,
    types: tuple[str, ...],
    keys: tuple[Path, ...],
    signed_by: Path | None,
    aliases: tuple[str, ...],
    insecure_unsigned: bool,  # noqa: FBT001 - a flag
    at: int,
) -> None:
    """Make issuers of a foreign list of keys: certificates, an EU or GDHCN list, JWK sets, DIDs.

    Your own keys sign for them: say which.
    """
    with inside(str(file)):
        data = read_bounded(file, REGISTRY_DOCUMENT_BYTES)
        signer = None if signed_by is None else public_key(signed_by)
        found = imports.read(
            data,
            types=map(credential_type, types),
            signed_by=signer,
            unsigned=insecure_unsigned,
        )
    pairs = []
    for alias in aliases:
        owner, equals, name = alias.partition("=")
        if not (owner and equals and name):
            raise click.UsageError("--alias is ISSUER=NAME, as GB=Jersey")
        pairs.append((owner, name))
    found = imports.with_aliases(found, pairs)
    repository = Repository.load(folder)
    imports.put(repository, found, role_keys(keys, 1), at=at)
    repository.save(folder)
    for line in found.passed_over:
        output.talk(f"passed over: {line}")
    for issuer, key_set in found.issuers:
        click.echo(f"{issuer.id}  {len(key_set.keys)} keys  {issuer.name_en}")


COMMANDS = (check, diff, submit, accept, rotate, withdraw, import_)
