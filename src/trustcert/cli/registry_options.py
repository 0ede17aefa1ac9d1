"""What the commands of ``trustcert registry`` share: the work folder, keys, names, places."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from trustcert.claims import CredentialType
from trustcert.cli import output
from trustcert.cli.options import read_bounded
from trustcert.encoding import json, texts
from trustcert.errors import MalformedError, TrustError, inside
from trustcert.keys import PublicKey
from trustcert.limits import KEY_FILE_BYTES
from trustcert.registry import layout, naming
from trustcert.registry.hybrid import hybrid
from trustcert.registry.model import KeySet
from trustcert.registry.repository import Repository
from trustcert.registry.roles import RoleKeys
from trustcert.registry.rotation import find
from trustcert.registry.workfolder import MARKER, check_folder, locked

__all__ = [
    "DIR",
    "ISSUER",
    "LABEL",
    "check_publication_place",
    "checked_folder",
    "checked_label",
    "confirmed",
    "credential_type",
    "draft_saved",
    "kid_named",
    "known_role",
    "listed_issuer",
    "named",
    "new_issuer",
    "outside",
    "public_key",
    "reading",
    "role_keys",
    "root_keys",
    "working",
]

DIR = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
ISSUER = click.argument("issuer")

LABEL: Final = "Label: "
"""How the line of a ``.pub`` file begins that names its owner."""

_LABEL_CHARACTERS: Final = 40


def checked_folder(folder: Path) -> Path:
    """Return ``folder`` if it is a work folder.

    Raises:
        TrustError: it is none; the error says what it is.
    """
    try:
        check_folder(folder)
    except TrustError as error:
        if not folder.exists() and _is_issuer(folder.name):
            raise TrustError(
                f"{error}; the work folder comes first, then the issuer (DIR {folder})"
            ) from None
        raise
    return folder


@contextmanager
def working(folder: Path) -> Iterator[Repository]:
    """Yield the registry in ``folder`` for a change that is saved if the block ends well.

    Raises:
        TrustError: it is no work folder.
        SyncError: another command is changing it, or the disk refused; nothing was changed.
    """
    with locked(checked_folder(folder)):
        repository = Repository.load(folder)
        yield repository
        repository.save(folder)


@contextmanager
def reading(folder: Path) -> Iterator[Repository]:
    """Yield the registry in ``folder`` as it is, between two changes."""
    checked_folder(folder)
    if not os.access(folder, os.W_OK):  # as on a stick that is write-protected
        yield Repository.load(folder)
        return
    with locked(folder):
        yield Repository.load(folder)


def listed_issuer(repository: Repository, typed: str) -> str:
    """Return ``typed`` if it is an issuer of the registry.

    Raises:
        TrustError: it is none; the closest ids are named.
    """
    try:
        layout.issuer_id(typed)
    except MalformedError:
        known = [issuer.id for issuer in repository.every_issuer()]
        raise naming.unknown("issuer", typed, known) from None
    return repository.issuer(typed).id


def new_issuer(typed: str) -> str:
    """Return ``typed`` if it can be the id of a new issuer.

    Raises:
        UsageError: it cannot.
    """
    try:
        naming.check_issuer_id(typed)
    except (MalformedError, TrustError) as error:
        told = str(error) if typed in str(error) else f"{typed}: {error}"
        raise click.UsageError(told) from None
    return typed


def known_role(repository: Repository, typed: str) -> str:
    """Return ``typed`` if the registry has a role of that name.

    Raises:
        TrustError: it has none; the closest names are named.
    """
    roles = dict.fromkeys((*layout.TOP_LEVEL_ROLES, *repository.roles()))
    if typed not in roles:
        raise naming.unknown("role", typed, roles)
    return typed


def kid_named(key_set: KeySet, typed: str) -> str:
    """Return the kid of the one key of ``key_set`` that ``typed`` names.

    It is the kid, the beginning of one, or the file of the public key.

    Raises:
        MalformedError: no key, or several; the error lists them.
    """
    path = Path(typed)
    if path.is_file():
        return find(key_set, public_key(path).kid.hex()).key.kid.hex()
    kids = [record.key.kid.hex() for record in key_set.keys]
    found = [kid for kid in kids if kid.startswith(typed.lower())]
    if len(found) > 1:
        raise MalformedError(f"{typed} is the beginning of several keys: {', '.join(found)}")
    if not found and path.suffix in {".pub", ".pem"}:
        raise MalformedError(f"{typed}: there is no such file")
    return found[0] if found and typed else find(key_set, typed).key.kid.hex()


def role_keys(files: Iterable[Path], threshold: int) -> RoleKeys:
    """Return the public keys in ``files`` as those of a role.

    Raises:
        MalformedError: no public key, a private one, or a threshold that nobody reaches.
    """
    given = tuple(files)
    keys = tuple(public_key(file) for file in given)
    labels = ((key.kid.hex(), _label_of(file)) for key, file in zip(keys, given, strict=True))
    return RoleKeys(
        keys=keys,
        threshold=threshold,
        labels=tuple((kid, label) for kid, label in labels if label),
    )


def root_keys(files: Iterable[Path], threshold: int, *, both: bool) -> RoleKeys:
    """Return the public keys in ``files`` as those of the root.

    With ``both`` every quorum holds a classical and an ML-DSA signature, and ``threshold`` is at
    least that.

    Raises:
        MalformedError: as :func:`role_keys`, or ``both`` of keys of one kind.
    """
    given = tuple(files)
    if not both:
        return role_keys(given, threshold)
    found = role_keys(given, 1)
    least = hybrid(found.keys).threshold
    return RoleKeys(keys=found.keys, threshold=max(least, threshold), labels=found.labels)


def public_key(file: Path) -> PublicKey:
    """Return the public key in a PEM or JWK file.

    Raises:
        MalformedError: no public key, or a private one; ``where`` is the file.
    """
    with inside(str(file)):
        data = read_bounded(file, KEY_FILE_BYTES)
        if data.lstrip()[:1] == b"{":
            return PublicKey.from_jwk(json.decode(data, limit=KEY_FILE_BYTES))
        return PublicKey.from_pem(data)


def _label_of(file: Path) -> str | None:
    """Return the label in the first line of a public key's file, if it has one."""
    first = read_bounded(file, KEY_FILE_BYTES).partition(b"\n")[0]
    if not first.startswith(LABEL.encode()):
        return None
    return checked_label(first.removeprefix(LABEL.encode()).decode("utf-8", "replace").strip())


def checked_label(label: str) -> str:
    """Return ``label`` if it can name a key for people.

    Raises:
        MalformedError: it is empty, too long, or holds characters that a terminal obeys.
    """
    if not 0 < len(label) <= _LABEL_CHARACTERS:
        raise MalformedError(f"must have 1 to {_LABEL_CHARACTERS} characters", where="label")
    if (found := texts.unprintable(label)) is not None:
        raise MalformedError(f"holds the character {found}", where="label")
    return label


def credential_type(name: str) -> str:
    """Return ``name`` if it is a type of credential.

    Raises:
        UsageError: it is none; the closest are named.
    """
    known = [kind.value for kind in CredentialType]
    if name not in known:
        raise click.UsageError(f"{name}: no such type; {naming.meant(name, known)}")
    return name


def outside(folder: Path, out: Path, what: str) -> None:
    """Refuse an output that lies in the work folder, or around it.

    Raises:
        UsageError: as said.
    """
    work, place = folder.resolve(), out.resolve()
    if place == work or work in place.parents:
        raise click.UsageError(
            f"{out}: lies in the work folder {folder}; give {what} a place outside of it"
        )
    if place in work.parents and place.is_dir():
        raise click.UsageError(f"{out}: holds the work folder {folder}; give {what} another place")


def check_publication_place(folder: Path, out: str) -> None:
    """Refuse a folder to publish into that is something else.

    Raises:
        UsageError: it is a file, a work folder, or holds other files and no publication.
    """
    if "://" in out:
        return
    place = Path(out)
    outside(folder, place, "the publication")
    if place.is_file():
        raise click.UsageError(f"{out}: is a file; publish into a folder")
    if (place / MARKER).exists():
        raise click.UsageError(f"{out}: is a work folder; publish into another one")
    known = (place / "metadata").is_dir()
    if place.is_dir() and not known and any(place.iterdir()):
        raise click.UsageError(
            f"{out}: holds other files and no publication; publish into a new or empty folder"
        )


def confirmed(question: str, *, yes: bool) -> bool:
    """Return whether the person at the terminal agrees; true where there is none."""
    import sys

    if yes or not sys.stdin.isatty():
        return True
    return bool(click.confirm(texts.escaped(question), err=True))


def named(folder: Path, command: str) -> str:
    """Return a command of a message with this work folder in it."""
    return command.replace("DIR", str(folder))


def _is_issuer(name: str) -> bool:
    try:
        layout.issuer_id(name)
    except MalformedError:
        return False
    return True


def draft_saved(as_json: bool, schema: str, role: str, lines: Iterable[str], **more: Any) -> None:  # noqa: FBT001 - a flag
    """Say what a command changed in the draft of ``role``, and what comes next."""
    told = [*lines]
    output.result(
        schema,
        {"role": role, "changes": told, **more},
        [*told, f"a draft of {role}: sign it (trustcert registry sign), then publish"],
        as_json=as_json,
    )
