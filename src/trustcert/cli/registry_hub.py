"""``trustcert registry``: what the hub does, what a province hands in, and what nights check."""

from __future__ import annotations

from pathlib import Path

import click

from trustcert.cli import EXIT_INDETERMINATE, EXIT_INVALID, output
from trustcert.cli.options import FILE, PATH, Duration, at_option, json_option, read_bounded
from trustcert.cli.registry_options import (
    DIR,
    ISSUER,
    checked_folder,
    credential_type,
    draft_saved,
    known_role,
    listed_issuer,
    named,
    outside,
    public_key,
    reading,
    role_keys,
    working,
    write_output,
)
from trustcert.errors import TrustError, inside
from trustcert.limits import REGISTRY_BYTES, REGISTRY_DOCUMENT_BYTES
from trustcert.policy import from_document
from trustcert.registry import check as checking
from trustcert.registry import diff as comparing
from trustcert.registry import imports, layout, submission
from trustcert.registry.archive import Archive
from trustcert.registry.chain import Read
from trustcert.registry.publish import Folder
from trustcert.registry.pulling import pull as pulling
from trustcert.registry.repository import Repository
from trustcert.registry.workfolder import MARKER

PUBLIC_KEYS = click.option(
    "--key",
    "keys",
    type=FILE,
    multiple=True,
    required=True,
    help="Public key (PEM, as keygen writes FILE.pub); repeatable: all that shall count from now.",
)


@click.command(name="check", epilog="Example: trustcert registry check registry")
@DIR
@click.option("--soon", type=Duration(), default=checking.SOON, show_default="14d")
@json_option
@at_option
def check(folder: Path, soon: int, as_json: bool, at: int) -> int:  # noqa: FBT001 - a flag
    """Warn of what expires, of issuers without keys, of recognitions that lead nowhere.

    Each finding names the command that mends it. Exit 0: nothing; 3: warnings; 1: something is
    wrong now.
    """
    with reading(folder) as repository:
        found = checking.check(repository, at=at, soon=soon)
    for concern in found:
        word, mend = "error" if concern.error else "warning", named(folder, concern.mend)
        if as_json:
            fields = {"level": word, "where": concern.where, "problem": concern.problem}
            output.data({"schema": "registry-check/1", **fields, "mend": mend})
        else:
            output.line(f"{word}: {concern.where}: {concern.problem} → {mend}")
    if any(concern.error for concern in found):
        return EXIT_INVALID
    return EXIT_INDETERMINATE if found else 0


@click.command(name="diff", epilog="Example: trustcert registry diff registry sichuan")
@click.argument("old", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("new", metavar="[OTHER]", required=False, type=click.Path(path_type=Path))
@json_option
def diff(old: Path, new: Path | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Say in sentences what the drafts in DIR change against what is published.

    With OTHER: what that work folder changes against what is published in DIR. What is merely
    older there is left out.
    """
    with reading(old) as before:
        if new is None:
            lines = comparing.changes(before)
        else:
            with reading(new) as after:
                lines = comparing.diff(before, after)
    if as_json:
        output.data({"schema": "registry-diff/1", "changes": list(lines)})
        return
    for line in lines:
        output.line(line)


@click.command(name="submit", epilog="Example: trustcert registry submit sichuan CN-51 sichuan.zip")
@DIR
@ISSUER
@click.argument("out", type=PATH)
@click.option("--force", is_flag=True, help="Replace OUT whatever it holds.")
@json_option
def submit(folder: Path, issuer: str, out: Path, force: bool, as_json: bool) -> None:  # noqa: FBT001
    """Write what ISSUER has signed into the file OUT, for the hub."""
    with reading(folder) as repository:
        outside(folder, out, "the submission")
        name = listed_issuer(repository, issuer)
        data = submission.submit(repository, name)
        write_output(out, data, same_kind=_is_submission(out), force=force)
        roles = [name.split("/")[1].removesuffix(".json") for name in Archive(data).names
                 if name.startswith(layout.METADATA)]  # fmt: skip
    told = f"{out}: {', '.join(roles)}; for the hub: trustcert registry accept DIR {name} {out}"
    output.result("registry-submit/1", {"out": str(out), "roles": roles}, [told], as_json=as_json)


def _is_submission(path: Path) -> bool:
    try:
        names = Archive(read_bounded(path, REGISTRY_BYTES)).names if path.exists() else ()
    except (TrustError, ValueError, OSError):
        return False
    return all(name.startswith((layout.METADATA, layout.TARGETS)) for name in names)


@click.command(name="accept", epilog="Example: trustcert registry accept registry CN-51 in.zip")
@DIR
@ISSUER
@click.argument("file", type=FILE)
@click.option("--may-drop", is_flag=True, help="Keys and cities may be gone without a word.")
@click.option("--may-restore", is_flag=True, help="A key that was worse may count again.")
@json_option
@at_option
def accept(  # noqa: PLR0913, PLR0917 - one parameter an option
    folder: Path,
    issuer: str,
    file: Path,
    may_drop: bool,  # noqa: FBT001 - a flag
    may_restore: bool,  # noqa: FBT001 - a flag
    as_json: bool,  # noqa: FBT001 - a flag
    at: int,
) -> None:
    """Take over what ISSUER handed in as FILE, if it stays inside its delegation."""
    with working(folder) as repository:
        name = listed_issuer(repository, issuer)
        open_before = dict(repository.drafts)
        accepted = submission.accept(
            repository,
            name,
            read_bounded(file, REGISTRY_BYTES),
            at=at,
            read_policy=from_document,
            may_drop=may_drop,
            may_restore=may_restore,
        )
        changes = comparing.changes(repository)
        replaced = [
            role
            for role, draft in open_before.items()
            if role in dict(accepted.roles) and repository.drafts.get(role) != draft
        ]
    roles = dict(accepted.roles)
    told = ", ".join(f"{role} version {version}" for role, version in roles.items())
    lines = [*changes, *(f"{line} is gone" for line in accepted.gone)]
    lines += [f"the draft of {role} that was open here is replaced" for role in replaced]
    lines.append(f"accepted: {told}; now publish")
    fields = {"roles": roles, "gone": list(accepted.gone), "restored": list(accepted.restored)}
    output.result("registry-accept/1", fields, lines, as_json=as_json)


@click.command(
    name="pull", epilog="Example: trustcert registry pull sichuan https://registry.example/"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("source", metavar="FROM")
@click.option("--root", type=FILE, help="root.json, brought by hand: for a new DIR.")
@json_option
def pull(folder: Path, source: str, root: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Bring DIR up to date from a publication: a folder, a registry.zip, or an address.

    Everything is verified from the root that DIR holds. A DIR that is not there is made from
    --root. Drafts that are newer than the publication stay.
    """
    anchor = None if root is None else read_bounded(root, REGISTRY_DOCUMENT_BYTES)
    new = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if not new:
        checked_folder(folder)
    elif anchor is None:
        raise TrustError(f"{folder}: is new: give root.json, brought by hand, with --root")
    read = _publication(folder, source)
    if new:
        repository = Repository()
        found = pulling(repository, read, anchor)
        repository.save(folder)
    else:
        with working(folder) as repository:
            found = pulling(repository, read, anchor)
    newer = ", ".join(f"{role} version {version}" for role, version in found.roles)
    lines = [f"{folder}: {newer or 'nothing new'}"]
    lines += [f"the draft of {role} is published, or is older: dropped" for role in found.dropped]
    fields = {"roles": dict(found.roles), "dropped": list(found.dropped)}
    output.result("registry-pull/1", fields, lines, as_json=as_json)


def _publication(folder: Path, source: str) -> Read:
    """Return what reads the publication at ``source``."""
    if source.startswith(("https://", "http://")):
        from trustcert.sync.http import HttpFetcher

        fetcher = HttpFetcher()
        base = source if source.endswith("/") else f"{source}/"
        return Archive(fetcher.download_bytes(base + layout.ARCHIVE, REGISTRY_BYTES)).read
    place = Path(source)
    if not place.exists():
        raise TrustError(f"{source}: there is no such folder or file")
    if place.is_file():
        return Archive(read_bounded(place, REGISTRY_BYTES)).read
    if (place / MARKER).exists():
        told = "is a work folder, not a publication; give the folder that was published into"
        raise TrustError(f"{source}: {told}")
    outside(folder, place, "the publication")
    if not (place / "metadata" / "timestamp.json").exists():
        raise TrustError(f"{source}: holds no publication (no metadata/timestamp.json)")
    return Folder(place).get


@click.command(
    name="rotate",
    epilog="Example: trustcert registry rotate registry CN-51 --key wang.pub --key zhao.pub "
    "--threshold 2",
)
@DIR
@click.argument("role")
@PUBLIC_KEYS
@click.option("--threshold", type=click.IntRange(1), default=1, show_default=True)
@json_option
@at_option
def rotate(  # noqa: PLR0913, PLR0917 - one parameter an option
    folder: Path,
    role: str,
    keys: tuple[Path, ...],
    threshold: int,
    as_json: bool,  # noqa: FBT001 - a flag
    at: int,
) -> None:
    """Let other keys sign ROLE: root, targets, snapshot, timestamp, CN-51, CN-51-status.

    The keys given replace those of before. A new root needs the signatures of the old keys and of
    the new ones; a province's new keys those of the coordinating authority.
    """
    given = role_keys(keys, threshold)
    with working(folder) as repository:
        name = known_role(repository, role)
        if name in layout.TOP_LEVEL_ROLES:
            repository.set_root_keys(name, given, at=at)
        else:
            above = layout.delegator(name)
            repository.delegate(above, name, given, layout.paths_of(name), at=at)
        drafts = [*repository.drafts]
        waiting = [one for one in drafts if repository.signatures(one).missing > 0]
    fields = {"role": name, "missing": waiting}
    told = f"a draft; signatures are missing on: {', '.join(waiting) or 'nothing'}"
    output.result("registry-rotate/1", fields, [told], as_json=as_json)


@click.command(name="withdraw", epilog="Example: trustcert registry withdraw registry CN-51")
@DIR
@ISSUER
@click.option("--yes", is_flag=True, help="Do not ask at the terminal.")
@json_option
@at_option
def withdraw(folder: Path, issuer: str, yes: bool, as_json: bool, at: int) -> None:  # noqa: FBT001
    """Leave ISSUER in the list as withdrawn: whatever it signed is refused."""
    from trustcert.cli.registry_options import confirmed

    with working(folder) as repository:
        name = listed_issuer(repository, issuer)
        question = f"Withdraw {name} ({repository.issuer(name).name_en})?"
        if not confirmed(question, yes=yes or as_json):
            raise click.Abort
        repository.withdraw(name, at=at)
    told = f"every credential of {name} is refused from each next sync on"
    role = layout.parent(name) or "targets"
    draft_saved(as_json, "registry-withdraw/1", role, [told], issuer=name)


@click.command(
    name="import",
    epilog="Example: trustcert registry import registry dsc.json --type vaccination --key hub.pub",
)
@DIR
@click.argument("file", type=FILE)
@click.option("--type", "types", multiple=True, required=True, help="May be issued; repeatable.")
@PUBLIC_KEYS
@click.option("--signed-by", type=FILE, help="Public key that must have signed an EU trust list.")
@json_option
@at_option
def import_(  # noqa: PLR0913, PLR0917 - one parameter an option
    folder: Path,
    file: Path,
    types: tuple[str, ...],
    keys: tuple[Path, ...],
    signed_by: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
    at: int,
) -> None:
    """Make issuers of a foreign list of keys: certificates, an EU trust list, JWK sets, DIDs.

    Your own keys sign for them: say which.
    """
    with inside(str(file)):
        data = read_bounded(file, REGISTRY_DOCUMENT_BYTES)
        signer = None if signed_by is None else public_key(signed_by)
        found = imports.read(data, types=map(credential_type, types), signed_by=signer)
    with working(folder) as repository:
        imports.put(repository, found, role_keys(keys, 1), at=at)
    issuers = [
        {"id": issuer.id, "keys": len(key_set.keys), "name": issuer.name_en}
        for issuer, key_set in found.issuers
    ]
    if not as_json:
        for one in issuers:
            output.line(f"{one['id']}  {one['keys']} keys  {one['name']}")
    lines = [f"passed over: {line}" for line in found.passed_over]
    fields = {"issuers": issuers, "passed_over": list(found.passed_over)}
    output.result("registry-import/1", fields, lines, as_json=as_json)


COMMANDS = (check, diff, submit, accept, pull, rotate, withdraw, import_)
