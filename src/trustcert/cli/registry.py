"""``trustcert registry``: make, sign and publish a registry of keys, each with one's own keys.

DIR is the work folder: metadata, drafts included, and target files. It holds no secret; carry it,
or single files of ``DIR/metadata``, from signer to signer.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from trustcert.cli import EXIT_INDETERMINATE, output, registry_hub
from trustcert.cli.options import (
    FILE,
    at_option,
    password_file_option,
    read_bounded,
)
from trustcert.cli.registry_keys import command as key_command
from trustcert.cli.registry_options import DIR, credential_type, role_keys, root_keys
from trustcert.cli.signing import KEY, KEY_HELP, load_signer
from trustcert.encoding.instants import rfc3339
from trustcert.errors import MalformedError
from trustcert.files import write_whole
from trustcert.identifiers.divisions import PROVINCES
from trustcert.keys.pkcs11 import KeyUri
from trustcert.limits import REGISTRY_DOCUMENT_BYTES
from trustcert.policy import load, to_document
from trustcert.registry import publish as publishing
from trustcert.registry.metadata import signed_file
from trustcert.registry.model import Issuer
from trustcert.registry.publish import create
from trustcert.registry.repository import Repository

keys_option = click.option(
    "--key", "keys", type=KEY, multiple=True, required=True, help=f"{KEY_HELP}; repeatable."
)
_PUBLIC_HELP = "Public key (PEM, as keygen writes FILE.pub); repeatable."


@click.group(name="registry")
def command() -> None:
    """Make, sign and publish a registry of keys (a province's side)."""


for _command in (key_command, *registry_hub.COMMANDS):
    command.add_command(_command)


@command.command(name="init")
@DIR
@click.option("--root-key", "root", type=FILE, multiple=True, required=True, help=_PUBLIC_HELP)
@click.option("--root-threshold", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--root-hybrid", is_flag=True, help="Ask for a classical and an ML-DSA signature, always."
)
@click.option("--targets-key", "hub", type=FILE, multiple=True, required=True, help=_PUBLIC_HELP)
@click.option("--targets-threshold", type=click.IntRange(1), default=1, show_default=True)
@click.option("--online-key", "online", type=FILE, required=True, help="Signs freshness, publicly.")
@at_option
def init(folder: Path, at: int, **given: Any) -> None:
    """Make a new registry in DIR from public keys; then `registry sign` it.

    Prints where root.json stands: checkpoints get that file by hand.
    """
    _refuse_existing(folder / "metadata" / "root.json")
    online = role_keys((given["online"],), 1)
    repository = create(
        root=root_keys(given["root"], given["root_threshold"], both=given["root_hybrid"]),
        targets=role_keys(given["hub"], given["targets_threshold"]),
        snapshot=online,
        timestamp=online,
        at=at,
    )
    repository.save(folder)
    click.echo(folder / "metadata" / "root.json")
    output.talk("new registry; sign it with the root and targets keys: trustcert registry sign")


@command.command(name="add-issuer")
@DIR
@click.argument("issuer")
@click.option("--key", "keys", type=FILE, multiple=True, required=True, help=_PUBLIC_HELP)
@click.option("--threshold", type=click.IntRange(1), default=1, show_default=True)
@click.option("--status-key", type=FILE, help="Public key that signs its status lists alone.")
@click.option("--type", "types", multiple=True, required=True, help="May be issued; repeatable.")
@click.option("--name-zh", help="Name in Chinese; known for the 34 provinces.")
@click.option("--name-en", help="Name in English; known for the 34 provinces.")
@click.option("--authority", help="Unified social credit code of the authority behind it.")
@click.option("--alias", "aliases", multiple=True, help="Other text that names it; repeatable.")
@click.option("--contact", help="Where a holder appeals.")
@at_option
def add_issuer(folder: Path, issuer: str, at: int, **given: Any) -> None:
    """List ISSUER (CN-51, or a city as CN-44-03) and delegate its paths to its own keys."""
    repository = Repository.load(folder)
    province = PROVINCES.get(issuer.removeprefix("CN-"))
    zh = given["name_zh"] or (province.zh if province else None)
    en = given["name_en"] or (province.en if province else None)
    if zh is None or en is None:
        raise click.UsageError("give --name-zh and --name-en")
    entry = Issuer(
        id=issuer,
        name_zh=zh,
        name_en=en,
        types=frozenset(map(credential_type, given["types"])),
        authority=given["authority"],
        aliases=given["aliases"],
        contact=given["contact"],
    )
    repository.add_issuer(entry, role_keys(given["keys"], given["threshold"]), at=at)
    if given["status_key"]:
        repository.delegate_status(issuer, role_keys((given["status_key"],), 1), at=at)
    repository.save(folder)
    output.talk(f"{issuer} listed, in a draft")


@command.command(name="delegate-status")
@DIR
@click.argument("issuer")
@click.option("--key", "keys", type=FILE, multiple=True, required=True, help=_PUBLIC_HELP)
@at_option
def delegate_status(folder: Path, issuer: str, keys: tuple[Path, ...], at: int) -> None:
    """Let an online key sign the status lists of ISSUER, and nothing else of it."""
    repository = Repository.load(folder)
    repository.delegate_status(issuer, role_keys(keys, 1), at=at)
    repository.save(folder)


@command.command(name="set-policy")
@DIR
@click.argument("destination")
@click.argument("policy", type=FILE)
@at_option
def set_policy(folder: Path, destination: str, policy: Path, at: int) -> None:
    """Make the file POLICY (.toml or .json) what DESTINATION (CN-44) accepts."""
    found = load(policy)
    if found.destination != destination:
        raise MalformedError(f"destination: must be {destination}", where=str(policy))
    repository = Repository.load(folder)
    repository.put_policy(destination, to_document(found), at=at)
    repository.save(folder)


@command.command(name="sign")
@click.argument("path", metavar="DIR|FILE", type=click.Path(path_type=Path, exists=True))
@keys_option
@password_file_option
def sign(path: Path, keys: tuple[Path | KeyUri, ...], password_file: Path | None) -> None:
    """Sign every draft in DIR that a key has a say in, or one metadata FILE that was carried here.

    Says who has signed and what is missing.
    """
    signers = [load_signer(key, password_file) for key in keys]
    if path.is_file():
        data = read_bounded(path, REGISTRY_DOCUMENT_BYTES)
        for signer in signers:
            data = signed_file(data, signer, path.name)
        write_whole(path, data)
        output.talk(f"{path}: {len(signers)} signature(s) added")
        return
    repository = Repository.load(path)
    signed = repository.sign(*signers)
    repository.save(path)
    output.talk(f"signed: {', '.join(signed) or 'nothing; no draft waits for these keys'}")
    _show(repository, as_json=False)


@command.command(name="show")
@DIR
@click.option("--json", "as_json", is_flag=True, help="One JSON line a role.")
def show(folder: Path, as_json: bool) -> int:  # noqa: FBT001 - a flag
    """Show each role: its version, who has signed it, what is missing (exit 3 if anything is)."""
    return _show(Repository.load(folder), as_json=as_json)


@command.command(name="publish")
@DIR
@click.argument("out")
@keys_option
@password_file_option
@at_option
def publish(
    folder: Path, out: str, keys: tuple[Path | KeyUri, ...], password_file: Path | None, at: int
) -> None:
    """Publish DIR into OUT with the online key: a folder, or an object store (s3://bucket/cn)."""
    repository = Repository.load(folder)
    signers = [load_signer(key, password_file) for key in keys]
    published = publishing.publish(repository, out, *signers, at=at)
    repository.save(folder)
    changed = ", ".join(published.roles) or "nothing new"
    output.talk(f"version {published.version} published in {out}: {changed}")


def _show(repository: Repository, *, as_json: bool) -> int:
    missing = False
    for role in repository.metadata:
        if role in ("snapshot", "timestamp"):
            continue
        found = repository.signatures(role)
        missing = missing or found.missing > 0
        if as_json:
            output.data(
                {
                    "role": role,
                    "version": found.version,
                    "draft": found.draft,
                    "expires": rfc3339(found.expires),
                    "signed": list(found.signed),
                    "unsigned": list(found.unsigned),
                    "missing": max(0, found.missing),
                }
            )
            continue
        state = "draft" if found.draft else "published"
        who = f"needs {found.missing} more of {_short(found.unsigned)}"
        told = who if found.missing > 0 else "signed"
        click.echo(f"{role:<16} v{found.version:<4} {state:<10} {told}")
    return EXIT_INDETERMINATE if missing else 0


def _short(keyids: Iterable[str]) -> str:
    return ", ".join(keyid[:8] for keyid in keyids)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise FileExistsError(17, "exists and is never overwritten", str(path))
