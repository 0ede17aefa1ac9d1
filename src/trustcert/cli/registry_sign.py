"""``trustcert registry``: show, sign and publish: what is seen before and after a signature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from tuf.api.metadata import Metadata

from trustcert.cli import EXIT_COULD_NOT_RUN, EXIT_INDETERMINATE, output
from trustcert.cli.options import at_option, json_option, password_file_option, read_bounded
from trustcert.cli.registry_options import (
    DIR,
    check_publication_place,
    checked_folder,
    confirmed,
    known_role,
    reading,
    working,
)
from trustcert.cli.signing import KEY, KEY_HELP, load_signer
from trustcert.encoding.instants import rfc3339, spoken
from trustcert.errors import TrustError
from trustcert.files import write_whole
from trustcert.keys import Signer
from trustcert.keys.pkcs11 import KeyUri
from trustcert.limits import REGISTRY_METADATA_BYTES
from trustcert.registry import diff
from trustcert.registry import publish as publishing
from trustcert.registry.metadata import (
    TufSigner,
    as_of,
    name_of,
    parse_role,
    seconds_of,
    signed_file,
    signers_of,
)
from trustcert.registry.repository import Repository
from trustcert.registry.roles import Signatures
from trustcert.registry.workfolder import MARKER

GAP = 30 * 86_400
"""Seconds since the last publication from which on the clock is doubted."""

PATH = click.argument("path", metavar="DIR|FILE", type=click.Path(path_type=Path))
KEYS = click.option(
    "--key", "keys", type=KEY, multiple=True, required=True, help=f"{KEY_HELP}; repeatable."
)
CONTEXT = click.option(
    "--registry",
    type=click.Path(path_type=Path, file_okay=False),
    help="Work folder that a carried FILE is compared with.",
)


@click.command(name="sign", epilog="Example: trustcert registry sign registry --key wang.pem")
@PATH
@KEYS
@click.option("--role", help="Sign the draft of this role alone.")
@CONTEXT
@click.option("--yes", is_flag=True, help="Do not ask at the terminal.")
@password_file_option
@json_option
def sign(path: Path, keys: tuple[Path | KeyUri, ...], as_json: bool, **given: Any) -> int:  # noqa: FBT001
    """Say what the drafts in DIR change, ask, and sign those that a key has a say in.

    A FILE is a draft that was carried here (DIR/drafts/ROLE.json of another work folder).
    """
    folder, role = _place(path, given["role"])
    if folder is None:
        return _sign_carried(path, keys, as_json=as_json, **given)
    signers = [load_signer(key, given["password_file"]) for key in keys]
    with working(folder) as repository:
        if role is not None and role not in repository.drafts:
            known_role(repository, role)
            raise TrustError(f"{role}: no draft of it is open; nothing to sign")
        roles = _with_a_say(repository, signers, role)
        there = [name for name in roles if not _unsigned_by(repository, name, signers)]
        for line in [line for name in roles for line in _told(repository, name)]:
            output.talk(line)
        signing = [name for name in roles if name not in there]
        question = f"Sign {', '.join(signing)}?"
        if signing and not confirmed(question, yes=given["yes"] or as_json):
            raise click.Abort
        signed = tuple(name for name in signing if repository.sign(*signers, role=name))
        states = [repository.signatures(name) for name in repository.drafts]
    fields = {"signed": list(signed), "already": there, "drafts": [_state(s) for s in states]}
    lines = _after(signed, there, states)
    output.result("registry-sign/1", fields, lines, as_json=as_json)
    waiting = any(state.missing > 0 for state in states)
    return EXIT_COULD_NOT_RUN if waiting and not roles else 0


def _place(path: Path, role: str | None) -> tuple[Path | None, str | None]:
    """Return the work folder and the role that ``path`` names; None for a carried file."""
    if path.is_file():
        folder = path.parent.parent
        if path.parent.name == "drafts" and (folder / MARKER).exists():
            return folder, path.name.removesuffix(".json")
        return None, role
    return checked_folder(path), role


def _with_a_say(repository: Repository, signers: list[Signer], role: str | None) -> tuple[str, ...]:
    keyids = {TufSigner(signer).public_key.keyid for signer in signers}
    return tuple(
        name
        for name in repository.drafts
        if role in (None, name) and keyids & repository.signing_keys(name).keys()
    )


def _unsigned_by(repository: Repository, role: str, signers: list[Signer]) -> bool:
    """Return whether a signature of one of ``signers`` is still missing on the draft."""
    held = repository.draft_signers(role)
    allowed = repository.signing_keys(role)
    keyids = {TufSigner(signer).public_key.keyid for signer in signers}
    return any(keyid in allowed and keyid not in held for keyid in keyids)


def _told(repository: Repository, role: str) -> list[str]:
    """Return in sentences what the draft of ``role`` changes."""
    try:
        found = diff.changes(repository, role)
    except TrustError as error:
        found = (*_listed(repository.drafts[role], role), f"not all can be compared: {error}")
    return [f"{role}:", *(f"  {line}" for line in found or ("nothing but its expiry",))]


def _after(signed: tuple[str, ...], there: list[str], states: list[Signatures]) -> list[str]:
    lines = [f"{role}: the signature was there already" for role in there]
    lines += [f"signed: {', '.join(signed)}"] if signed else []
    if not states:
        return [*lines, "no draft is open: there is nothing to sign"]
    if not signed and not there:
        lines.append("no draft waits for these keys")
    for state in states:
        missing = f"{state.missing} more of {', '.join(state.unsigned)}"
        lines.append(f"{state.role}: " + (missing if state.missing > 0 else "enough have signed"))
    return lines


def _sign_carried(
    path: Path, keys: tuple[Path | KeyUri, ...], *, as_json: bool, **given: Any
) -> int:
    if not path.is_file():
        raise TrustError(f"{path}: there is no such folder or file")
    role = given["role"] or path.name.removesuffix(".json")
    data = read_bounded(path, REGISTRY_METADATA_BYTES)
    metadata = parse_role(role, data, path.name)
    context = Repository.load(given["registry"]) if given["registry"] else None
    signers = [load_signer(key, given["password_file"]) for key in keys]
    if context is not None:
        context.drafts[role] = metadata
        if not _with_a_say(context, signers, role):
            who = ", ".join(map(name_of, context.signing_keys(role).values()))
            raise TrustError(f"{role}: is signed by {who}; none of these keys was given")
    lines = _told(context, role) if context else [f"{role}:", *_listed(metadata, role)]
    for line in lines:
        output.talk(line)
    if not confirmed(f"Sign {path}?", yes=given["yes"] or as_json):
        raise click.Abort
    for signer in signers:
        data = signed_file(data, signer, path.name)
    write_whole(path, data)
    told = [f"{path}: signed; {len(parse_role(role, data, path.name).signatures)} signature(s)"]
    if context is not None:
        context.drafts[role] = parse_role(role, data, path.name)
        told = _after((role,), [], [context.signatures(role)])
    output.result("registry-sign/1", {"signed": [role], "already": [], "drafts": []}, told,
                  as_json=as_json)  # fmt: skip
    return 0


def _listed(metadata: Metadata[Any], role: str) -> list[str]:
    """Return what a draft says, for whoever has nothing to compare it with."""
    signed = metadata.signed
    until = spoken(seconds_of(signed.expires))
    lines = [f"  {role} version {signed.version}, good until {until}"]
    lines += [
        f"  signs for {path} (SHA-256 {target.hashes.get('sha256', '?')[:16]}…)"
        for path, target in getattr(signed, "targets", {}).items()
    ]
    below = getattr(signed, "roles", None) or getattr(
        getattr(signed, "delegations", None), "roles", {}
    )
    for name, entry in (below or {}).items():
        names = ", ".join(map(name_of, signers_of(signed, name).values()))
        lines.append(f"  {name}: {entry.threshold} of {names}")
    return lines


@click.command(name="show", epilog="Example: trustcert registry show registry")
@PATH
@CONTEXT
@json_option
@at_option
def show(path: Path, registry: Path | None, as_json: bool, at: int) -> int:  # noqa: FBT001 - a flag
    """Show each role: what has expired first, then what expires next, and who must still sign.

    FILE is a draft that was carried here. Exit 3 if a signature is missing or a role has expired.
    """
    folder, role = _place(path, None)
    if folder is None:
        return _show_carried(path, registry, as_json=as_json)
    with reading(folder) as repository:
        return _show(repository, role, at=at, as_json=as_json)


def _show(repository: Repository, only: str | None, *, at: int, as_json: bool) -> int:
    states = [
        repository.signatures(role)
        for role in repository.metadata
        if role not in ("snapshot", "timestamp") and only in (None, role)
    ]
    unfinished = False
    for state in sorted(states, key=lambda state: state.expires):
        expired = state.expires <= at
        unfinished = unfinished or state.missing > 0 or expired
        if as_json:
            output.data({"schema": "registry-show/1", **_state(state), "expired": expired})
            continue
        word = "draft" if state.draft else "published"
        who = f"needs {state.missing} more of {', '.join(state.unsigned)}"
        told = who if state.missing > 0 else f"signed by {', '.join(state.signed)}"
        until = f"{'EXPIRED' if expired else 'expires'} {rfc3339(state.expires)[:10]}"
        output.line(f"{state.role:<16} v{state.version:<4} {word:<10} {until}  {told}")
        if state.draft and (held := repository.published_version(state.role)):
            output.line(f"{'':<16} v{held:<4} published")
    unused = [name for name in repository.roles() if name not in repository.metadata]
    for name in unused if only is None and not as_json else ():
        output.line(f"{name:<16} -     has not handed in anything yet")
    return EXIT_INDETERMINATE if unfinished else 0


def _state(found: Signatures) -> dict[str, Any]:
    return {
        "role": found.role,
        "version": found.version,
        "draft": found.draft,
        "expires": rfc3339(found.expires),
        "signed": list(found.signed),
        "unsigned": list(found.unsigned),
        "missing": max(0, found.missing),
    }


def _show_carried(path: Path, registry: Path | None, *, as_json: bool) -> int:
    if not path.is_file():
        raise TrustError(f"{path}: there is no such folder or file")
    role = path.name.removesuffix(".json")
    metadata = parse_role(role, read_bounded(path, REGISTRY_METADATA_BYTES), path.name)
    if registry is not None:
        with reading(registry) as repository:
            repository.drafts[role] = metadata
            if not as_json:
                for line in _told(repository, role):
                    output.line(line)
            return _show(repository, role, at=0, as_json=as_json)
    if as_json:
        expires = rfc3339(seconds_of(metadata.signed.expires))
        version = metadata.signed.version
        fields = {"role": role, "version": version, "expires": expires, "draft": True}
        output.data({"schema": "registry-show-file/1", **fields,
                     "signatures": len(metadata.signatures)})  # fmt: skip
        return 0
    for line in _listed(metadata, role):
        output.line(line.strip())
    output.line(f"{len(metadata.signatures)} signature(s); --registry DIR says whose, and what "
                "changes")  # fmt: skip
    return 0


@click.command(
    name="publish", epilog="Example: trustcert registry publish registry www --key online.pem"
)
@DIR
@click.argument("out")
@KEYS
@password_file_option
@json_option
@at_option
def publish(  # noqa: PLR0913, PLR0917 - one parameter an option
    folder: Path,
    out: str,
    keys: tuple[Path | KeyUri, ...],
    password_file: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag
    at: int,
) -> None:
    """Publish DIR into OUT with the online key: a folder, or an object store (s3://bucket/cn).

    Each role is published as it was last signed by enough keys; drafts that wait are named.
    """
    checked_folder(folder)
    check_publication_place(folder, out)
    signers = [load_signer(key, password_file) for key in keys]
    with working(folder) as repository:
        given = click.get_current_context().get_parameter_source("at")
        if given is ParameterSource.DEFAULT:
            _check_gap(repository, at)
        published = publishing.publish(repository, out, *signers, at=at, work=folder)
    changed = ", ".join(published.roles) or "nothing new"
    fields = {
        "version": published.version,
        "out": out,
        "roles": list(published.roles),
        "waiting": [{"role": one.role, "reason": one.reason} for one in published.waiting],
    }
    lines = [f"version {published.version} published in {out}: {changed}"]
    lines += [f"not published: the draft of {one.role}: {one.reason}" for one in published.waiting]
    output.result("registry-publish/1", fields, lines, as_json=as_json)


def _check_gap(repository: Repository, at: int) -> None:
    timestamp = repository.published.get("timestamp")
    last = at if timestamp is None else as_of(timestamp.signed, "timestamp.json")
    if at > last + GAP:
        raise TrustError(
            f"the clock says {spoken(at)}, and the last publication was made {spoken(last)}: if "
            f"the clock is right, publish with --at {rfc3339(at)} (a later time than the true one "
            "cannot be taken back: checkpoints would refuse the right one)"
        )


COMMANDS = (sign, show, publish)
