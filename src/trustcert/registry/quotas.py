"""How large a registry may be: one set of limits for who publishes and who reads.

A reader refuses a whole registry that is over them. So a hub publishes none, and takes from no
province what would use up the room of the others.
"""

from __future__ import annotations

from collections.abc import Mapping

from trustcert.errors import TrustError
from trustcert.limits import (
    PROVINCE_BYTES,
    PROVINCE_FILES,
    PROVINCE_ROLES,
    REGISTRY_BYTES,
    REGISTRY_DOCUMENT_BYTES,
    REGISTRY_FILES,
    REGISTRY_PATH_CHARACTERS,
    REGISTRY_ROLES,
    STATUS_LIST_BYTES,
)
from trustcert.registry import layout

__all__ = ["check_path", "check_province", "check_registry", "check_target", "largest"]


def check_registry(sizes: Mapping[str, int], *, roles: int = 0, name: str = "the registry") -> None:
    """Return if a registry of files of these ``sizes`` and so many delegated roles can be read.

    Raises:
        TrustError: it cannot; the limit is named.
    """
    if roles > REGISTRY_ROLES:
        raise TrustError(f"{name} holds over {REGISTRY_ROLES} delegated roles")
    if len(sizes) > REGISTRY_FILES:
        raise TrustError(f"{name} holds over {REGISTRY_FILES} files")
    if sum(sizes.values()) > REGISTRY_BYTES:
        raise TrustError(f"{name} holds over {REGISTRY_BYTES} bytes")


def check_province(province: str, sizes: Mapping[str, int], *, roles: int) -> None:
    """Return if what one province signs for, with its cities, leaves room for the others.

    ``sizes`` are those of its targets by path.

    Raises:
        TrustError: it does not; the limit is named.
    """
    for found, most, what in (
        (roles, PROVINCE_ROLES, "delegated roles"),
        (len(sizes), PROVINCE_FILES, "files"),
        (sum(sizes.values()), PROVINCE_BYTES, "bytes"),
    ):
        if found > most:
            raise TrustError(f"{province}: {found} {what}, where one province may have {most}")


def check_path(path: str) -> None:
    """Return if ``path`` is a path that a registry may sign for.

    Raises:
        TrustError: it is too long, leaves its folder, or holds other characters than letters,
            digits, dots, hyphens and underscores.
    """
    if len(path) > REGISTRY_PATH_CHARACTERS:
        raise TrustError(
            f"target path of {len(path)} characters, where {REGISTRY_PATH_CHARACTERS} may be"
        )
    for part in path.split("/"):
        plain = part.replace("-", "").replace("_", "").replace(".", "")
        if not (plain.isascii() and plain.isalnum()) or part.startswith("."):
            raise TrustError(f"{path!a}: no path that a registry may sign for")


def check_target(path: str, size: int) -> None:
    """Return if a reader takes a target of this ``size``.

    Raises:
        TrustError: it does not.
    """
    most = STATUS_LIST_BYTES if "/status/" in path else REGISTRY_DOCUMENT_BYTES
    if size > most:
        raise TrustError(f"{path}: of {size} bytes, where {most} may be")


def largest(sizes: Mapping[str, int]) -> str:
    """Return, for a message, which issuers have the most bytes of ``sizes``, by target path."""
    found: dict[str, int] = {}
    for path, size in sizes.items():
        issuer = layout.issuer_of(path)
        province = layout.parent(issuer) or issuer
        found[province] = found.get(province, 0) + size
    most = sorted(found, key=lambda name: -found[name])[:3]
    return ", ".join(f"{name or 'the hub'} {found[name]} bytes" for name in most)
