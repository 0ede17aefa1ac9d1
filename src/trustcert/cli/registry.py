"""``trustcert registry``: make, sign and publish a registry of keys, each with one's own keys.

DIR is the work folder: what is published, the drafts of what follows, and their files. It holds no
secret; carry it, or single files of ``DIR/drafts``, from signer to signer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from trustcert.cli import output, registry_hub, registry_sign
from trustcert.cli.options import FILE, at_option, json_option
from trustcert.cli.registry_keys import command as key_command
from trustcert.cli.registry_keys import import_keys
from trustcert.cli.registry_options import (
    DIR,
    ISSUER,
    credential_type,
    draft_saved,
    known_role,
    listed_issuer,
    new_issuer,
    role_keys,
    root_keys,
    working,
)
from trustcert.errors import MalformedError, TrustError
from trustcert.identifiers.divisions import PROVINCES
from trustcert.policy import load, to_document
from trustcert.registry import layout
from trustcert.registry.check import SOON
from trustcert.registry.model import Issuer
from trustcert.registry.repository import Repository, create

_PUBLIC_HELP = "Public key (PEM, as keygen writes FILE.pub); repeatable."
_TYPE_HELP = "A type of credential that it may issue, as health_proof; repeatable."


@click.group(name="registry")
def command() -> None:
    """Make, sign and publish a registry of keys (a province's side)."""


for _command in (key_command, import_keys, *registry_sign.COMMANDS, *registry_hub.COMMANDS):
    command.add_command(_command)


@command.command(
    name="init",
    epilog="Example: trustcert registry init registry --root-key a.pub --root-key b.pub "
    "--root-threshold 2 --targets-key hub.pub --online-key online.pub",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--root-key", "root", type=FILE, multiple=True, required=True, help=_PUBLIC_HELP)
@click.option("--root-threshold", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--root-hybrid", is_flag=True, help="Ask for a classical and an ML-DSA signature, always."
)
@click.option("--targets-key", "hub", type=FILE, multiple=True, required=True, help=_PUBLIC_HELP)
@click.option("--targets-threshold", type=click.IntRange(1), default=1, show_default=True)
@click.option("--online-key", "online", type=FILE, required=True, help="Signs freshness, publicly.")
@json_option
@at_option
def init(folder: Path, at: int, as_json: bool, **given: Any) -> None:  # noqa: FBT001 - a flag
    """Make a new registry in DIR from public keys; then `registry sign` it.

    Prints where the draft of the root stands. Once it is signed and published, checkpoints get
    DIR/metadata/1.root.json by hand.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TrustError(f"{folder}: is there already and not empty; name a new folder")
    online = role_keys((given["online"],), 1)
    repository = create(
        root=root_keys(given["root"], given["root_threshold"], both=given["root_hybrid"]),
        targets=role_keys(given["hub"], given["targets_threshold"]),
        snapshot=online,
        timestamp=online,
        at=at,
    )
    repository.save(folder)
    draft = folder / "drafts" / "root.json"
    if not as_json:
        output.line(str(draft))
    told = "new registry; sign it with the root and targets keys: trustcert registry sign"
    output.result("registry-init/1", {"draft": str(draft)}, [told], as_json=as_json)


@command.command(
    name="add-issuer",
    epilog="Example: trustcert registry add-issuer registry CN-51 --key wang.pub --key li.pub "
    "--threshold 2 --status-key lists.pub --type health_proof",
)
@DIR
@ISSUER
@click.option("--key", "keys", type=FILE, multiple=True, help=_PUBLIC_HELP)
@click.option("--threshold", type=click.IntRange(1), default=1, show_default=True)
@click.option("--status-key", type=FILE, help="Public key that signs its status lists alone.")
@click.option("--type", "types", multiple=True, required=True, help=_TYPE_HELP)
@click.option("--name-zh", help="Name in Chinese; known for the 34 provinces.")
@click.option("--name-en", help="Name in English; known for the 34 provinces.")
@click.option("--authority", help="Unified social credit code of the authority behind it.")
@click.option("--alias", "aliases", multiple=True, help="Other text that names it; repeatable.")
@click.option("--contact", help="Where a holder appeals.")
@json_option
@at_option
def add_issuer(folder: Path, issuer: str, at: int, as_json: bool, **given: Any) -> None:  # noqa: FBT001
    """List ISSUER (CN-51, or a city as CN-44-03) and delegate its paths to its own keys.

    A city without --key signs nothing itself: its province keeps its keys.
    """
    name = new_issuer(issuer)
    province = PROVINCES.get(name.removeprefix("CN-"))
    zh = given["name_zh"] or (province.zh if province else None)
    en = given["name_en"] or (province.en if province else None)
    if zh is None or en is None:
        raise click.UsageError("give --name-zh and --name-en")
    entry = Issuer(
        id=name,
        name_zh=zh,
        name_en=en,
        types=frozenset(map(credential_type, given["types"])),
        authority=given["authority"],
        aliases=given["aliases"],
        contact=given["contact"],
    )
    keys = role_keys(given["keys"], given["threshold"]) if given["keys"] else None
    status = role_keys((given["status_key"],), 1) if given["status_key"] else None
    with working(folder) as repository:
        repository.add_issuer(entry, keys, at=at)
        if status is not None:
            repository.delegate_status(name, status, at=at)
    role = layout.parent(name) or "targets"
    draft_saved(as_json, "registry-add-issuer/1", role, [f"{name} ({en}) listed"], issuer=name)


@command.command(
    name="set-types",
    epilog="Example: trustcert registry set-types registry CN-51 --type health_proof",
)
@DIR
@ISSUER
@click.option("--type", "types", multiple=True, required=True, help=_TYPE_HELP)
@json_option
@at_option
def set_types(folder: Path, issuer: str, types: tuple[str, ...], as_json: bool, at: int) -> None:  # noqa: FBT001
    """Let ISSUER issue exactly these types of credentials from now on."""
    chosen = frozenset(map(credential_type, types))
    with working(folder) as repository:
        name = listed_issuer(repository, issuer)
        _change_entry(repository, replace(repository.issuer(name), types=chosen), at)
    told = f"{name} may issue {', '.join(sorted(chosen))}"
    role = layout.parent(name) or "targets"
    draft_saved(as_json, "registry-set-types/1", role, [told], issuer=name)


def _change_entry(repository: Repository, entry: Issuer, at: int) -> None:
    above = layout.parent(entry.id)
    listed = repository.issuers if above is None else repository.cities(above)
    changed = [entry if known.id == entry.id else known for known in listed]
    repository.put_listed(above, changed, at=at)


@command.command(
    name="delegate-status",
    epilog="Example: trustcert registry delegate-status sichuan CN-51 --key lists.pub",
)
@DIR
@ISSUER
@click.option("--key", "keys", type=FILE, multiple=True, required=True, help=_PUBLIC_HELP)
@json_option
@at_option
def delegate_status(
    folder: Path,
    issuer: str,
    keys: tuple[Path, ...],
    as_json: bool,  # noqa: FBT001 - a flag
    at: int,
) -> None:
    """Let an online key sign the status lists of ISSUER, and nothing else of it."""
    given = role_keys(keys, 1)
    with working(folder) as repository:
        name = listed_issuer(repository, issuer)
        repository.delegate_status(name, given, at=at)
    kids = ", ".join(key.kid.hex() for key in given.keys)
    told = f"the status lists of {name} are signed by {kids} from the next publication on"
    draft_saved(as_json, "registry-delegate-status/1", name, [told], issuer=name)


@command.command(
    name="set-policy", epilog="Example: trustcert registry set-policy sichuan CN-51 policy.toml"
)
@DIR
@click.argument("destination")
@click.argument("policy", type=FILE)
@json_option
@at_option
def set_policy(
    folder: Path,
    destination: str,
    policy: Path,
    as_json: bool,  # noqa: FBT001 - a flag
    at: int,
) -> None:
    """Make the file POLICY (.toml or .json) what DESTINATION (CN-44) accepts."""
    with working(folder) as repository:
        name = listed_issuer(repository, destination)
        found = load(policy)
        if found.destination != name:
            raise MalformedError(
                f"destination: is {found.destination}, must be {name}", where=str(policy)
            )
        repository.put_policy(name, to_document(found), at=at)
    draft_saved(as_json, "registry-set-policy/1", name, [f"policy of {name} set"], issuer=name)


@command.command(name="discard", epilog="Example: trustcert registry discard registry CN-51")
@DIR
@click.argument("role")
@json_option
def discard(folder: Path, role: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Drop the draft of ROLE; what is published of it stays."""
    with working(folder) as repository:
        repository.discard(role)
        version = repository.published_version(role)
    told = f"version {version} stays published" if version else "nothing of it was published yet"
    fields = {"role": role, "published": version}
    lines = [f"the draft of {role} is discarded; {told}"]
    output.result("registry-discard/1", fields, lines, as_json=as_json)


@command.command(name="renew", epilog="Example: trustcert registry renew registry")
@DIR
@click.argument("roles", metavar="[ROLE]...", nargs=-1)
@json_option
@at_option
def renew(folder: Path, roles: tuple[str, ...], as_json: bool, at: int) -> None:  # noqa: FBT001
    """Make drafts with a new expiry of each ROLE; of whatever ends soon where none is named."""
    with working(folder) as repository:
        chosen = [known_role(repository, role) for role in roles]
        renewed = repository.renew(chosen or repository.ending(at=at, soon=SOON), at=at)
        told = [f"{role}: {_signers(repository, role)}" for role in renewed]
    lines = ["drafts, to be signed and published:", *told] if told else ["nothing ends soon"]
    output.result("registry-renew/1", {"roles": list(renewed)}, lines, as_json=as_json)


def _signers(repository: Repository, role: str) -> str:
    found = repository.signatures(role)
    return f"needs {found.missing} signature(s) of {', '.join(found.unsigned)}"
