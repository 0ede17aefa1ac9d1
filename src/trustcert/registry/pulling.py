"""Bring a work folder up to date from a publication, verified as a checkpoint verifies it."""

from __future__ import annotations

from typing import Any

from tuf.api.metadata import Metadata

from trustcert.errors import RollbackError, TrustError
from trustcert.registry import layout
from trustcert.registry.chain import Chain, Read
from trustcert.registry.metadata import parse_role, sha256_of
from trustcert.registry.repository import Repository
from trustcert.values import PublicValue

__all__ = ["Pulled", "pull"]


class Pulled(PublicValue, frozen=True, kw_only=True):
    """The roles that are newer than before, with their versions, and the drafts that are gone."""

    roles: tuple[tuple[str, int], ...]
    dropped: tuple[str, ...]


def pull(repository: Repository, read: Read, root: bytes | None = None) -> Pulled:
    """Make what ``read`` returns what is published in ``repository``; keep the newer drafts.

    ``root`` is the root metadata that somebody brought by hand, for a repository that has none.

    Raises:
        TrustError: something is not signed as it must be, a file is missing, or it is another
            registry's.
        RollbackError: it is older than what the repository holds.
    """
    anchor = root or repository.roots.get(min(repository.roots, default=0))
    if anchor is None:
        raise TrustError("no root is known here: give root.json, brought by hand, with --root")
    chain = Chain(read, anchor)
    if repository.roots and repository.roots.get(1) not in (None, read(_root_name(1))):
        raise TrustError("it is another registry: its first root is not the one of this folder")
    published: dict[str, Metadata[Any]] = {}
    for name, role in chain.roles.items():
        file = layout.published_name(name, role.version)
        data = chain.root if name == "root" else read(file) or b""
        published[name] = parse_role(name, data, file)
        held = repository.published_version(name)
        if role.version < held:
            raise RollbackError(
                f"{name}: the publication has version {role.version}, this folder {held}: it is "
                "older than what is here; nothing was changed"
            )
        for path, target in role.targets.items():
            content = chain.read(path, target)
            if content is None:
                raise TrustError(f"{path}: signed for, but not in the publication")
            repository.blobs.put(layout.target_name(path, sha256_of(target, path)), content)
    newer = tuple(
        (name, metadata.signed.version)
        for name, metadata in published.items()
        if metadata.signed.version > repository.published_version(name)
    )
    repository.published.update(published)
    for version in range(1, published["root"].signed.version + 1):
        found = read(_root_name(version))
        if found is not None:
            repository.roots[version] = found
    repository.roots.setdefault(published["root"].signed.version, chain.root)
    return Pulled(roles=newer, dropped=_drop_published(repository))


def _drop_published(repository: Repository) -> tuple[str, ...]:
    gone = [
        role
        for role, draft in repository.drafts.items()
        if draft.signed.version <= repository.published_version(role)
    ]
    for role in gone:
        del repository.drafts[role]
    return tuple(gone)


def _root_name(version: int) -> str:
    return layout.metadata_name("root", version)
