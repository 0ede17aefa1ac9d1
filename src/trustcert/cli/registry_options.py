"""What the commands of ``trustcert registry`` read: public keys, their roles, credential types."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from trustcert.claims import CredentialType
from trustcert.cli.options import DIRECTORY, read_bounded
from trustcert.encoding import json
from trustcert.errors import inside
from trustcert.keys import PublicKey
from trustcert.limits import KEY_FILE_BYTES
from trustcert.registry.hybrid import hybrid
from trustcert.registry.roles import RoleKeys

DIR = click.argument("folder", metavar="DIR", type=DIRECTORY)


def role_keys(files: Iterable[Path], threshold: int) -> RoleKeys:
    """Return the public keys in ``files`` as those of a role.

    Raises:
        MalformedError: no public key, a private one, or a threshold that nobody reaches.
    """
    return RoleKeys(keys=tuple(public_key(file) for file in files), threshold=threshold)


def root_keys(files: Iterable[Path], threshold: int, *, both: bool) -> RoleKeys:
    """Return the public keys in ``files`` as those of the root.

    With ``both`` every quorum holds a classical and an ML-DSA signature, and ``threshold`` is at
    least that.

    Raises:
        MalformedError: as :func:`role_keys`, or ``both`` of keys of one kind.
    """
    if not both:
        return role_keys(files, threshold)
    found = hybrid(public_key(file) for file in files)
    return RoleKeys(keys=found.keys, threshold=max(found.threshold, threshold))


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


def credential_type(name: str) -> str:
    """Return ``name`` if it is a type of credential.

    Raises:
        UsageError: it is none; the error lists them.
    """
    known = [kind.value for kind in CredentialType]
    if name not in known:
        raise click.UsageError(f"{name}: a type must be one of: {', '.join(known)}")
    return name
