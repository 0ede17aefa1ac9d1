"""Where everything stands in a registry: roles, target paths, file names.

::

    targets               issuers.json
    └── CN-44             CN-44/keys.json, CN-44/policy.json, CN-44/issuers.json (its cities),
        │                 CN-44/keys-0.json to keys-f.json (the keys of cities without a role)
        ├── CN-44-status  CN-44/status/7.snapshot
        └── CN-44-03      CN-44-03/keys.json …, where the province delegates to the city

A province is delegated its own paths and those of its cities (``CN-44-*``); a client follows the
tree by name, so a role that delegates under another issuer's name is never looked at.

Published, metadata stands in ``metadata/`` and targets in ``targets/``, named as TUF's consistent
snapshots are (specification section 6.2): ``metadata/3.CN-44.json``,
``targets/CN-44/<sha256>.keys.json``. Only ``metadata/timestamp.json`` and ``registry.zip`` (all
of it as one file) are ever replaced.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from trustcert.encoding.fields import typed
from trustcert.errors import MalformedError

ISSUERS: Final = "issuers.json"
ARCHIVE: Final = "registry.zip"
METADATA: Final = "metadata/"
TARGETS: Final = "targets/"
TOP_LEVEL_ROLES: Final = ("root", "targets", "snapshot", "timestamp")
AS_OF: Final = "x-trustcert-as-of"
"""Signed field of timestamp and snapshot: when they were made, Unix seconds."""

_ISSUER_ID: Final = re.compile(r"[A-Z][A-Z0-9]{0,7}(?:-[A-Z0-9]{1,8}){0,2}")
_CITY: Final = re.compile(r"CN-([0-9]{2})-([0-9]{2})")
_STATUS: Final = "-status"


def issuer_id(value: Any) -> str:
    """Return ``value`` if it can name an issuer: ``CN-51``, ``CN-44-03``, ``DE``.

    Raises:
        MalformedError: it cannot.
    """
    if not _ISSUER_ID.fullmatch(typed(value, str)):
        raise MalformedError("must be an issuer id, as CN-51 or CN-44-03")
    return str(value)


def parent(issuer: str) -> str | None:
    """Return the province of a city (``CN-44`` of ``CN-44-03``), or None for a province."""
    above, _, last = issuer.rpartition("-")
    return above if last and "-" in above else None


def code_range(issuer: str) -> str | None:
    """Return the division codes of a Chinese city by how they begin: 4403 for ``CN-44-03``."""
    code = _CITY.fullmatch(issuer)
    return code and code[1] + code[2]


def role_of_status(issuer: str) -> str:
    """Return the role that signs the status lists of ``issuer``."""
    return f"{issuer}{_STATUS}"


def is_status(role: str) -> bool:
    """Return whether ``role`` signs status lists."""
    return role.endswith(_STATUS)


def delegator(role: str) -> str:
    """Return the role that names the keys of ``role``: for ``CN-44-status`` it is ``CN-44``."""
    if role in TOP_LEVEL_ROLES:
        return "root"
    if is_status(role):
        return role.removesuffix(_STATUS)
    return parent(role) or "targets"


def delegated_paths(issuer: str) -> list[str]:
    """Return the target paths that ``issuer`` and those below it may sign (TUF patterns)."""
    paths = [f"{issuer}/*", f"{issuer}/status/*"]
    if parent(issuer) is None:
        paths += [f"{issuer}-*/*", f"{issuer}-*/status/*"]
    return paths


def status_paths(issuer: str) -> list[str]:
    """Return the target paths that the status role of ``issuer`` may sign (TUF patterns)."""
    return [f"{issuer}/status/*"]


def paths_of(role: str) -> list[str]:
    """Return the target paths that are delegated to ``role`` (TUF patterns)."""
    return status_paths(delegator(role)) if is_status(role) else delegated_paths(role)


def keys_path(issuer: str) -> str:
    """Return the target path of the key set of ``issuer``."""
    return f"{issuer}/keys.json"


def policy_path(issuer: str) -> str:
    """Return the target path of what ``issuer`` accepts."""
    return f"{issuer}/policy.json"


def cities_path(issuer: str) -> str:
    """Return the target path of the list of cities of ``issuer``."""
    return f"{issuer}/{ISSUERS}"


def bin_path(city: str) -> str:
    """Return the target path of the file in which its province keeps the keys of ``city``.

    The last hexadecimal digit of the SHA-256 of its id says which of 16, so that one changed key
    changes one small file.
    """
    return f"{parent(city)}/keys-{hashlib.sha256(city.encode()).hexdigest()[-1]}.json"


def bin_paths(province: str) -> tuple[str, ...]:
    """Return the target paths of all files with keys of cities of ``province``."""
    return tuple(f"{province}/keys-{digit}.json" for digit in "0123456789abcdef")


def way_to(issuer: str) -> tuple[str, ...]:
    """Return the roles that may sign for paths of ``issuer``, from the top down."""
    above = parent(issuer)
    return ("targets", *((above,) if above else ()), issuer, role_of_status(issuer))


def issuer_of(path: str) -> str:
    """Return the issuer whose file stands at a target path; empty for the list of all issuers."""
    issuer, slash, _ = path.partition("/")
    return issuer if slash else ""


def metadata_name(role: str, version: int | None) -> str:
    """Return the published name of a role's metadata; the timestamp has no version in it."""
    return f"{METADATA}{role}.json" if version is None else f"{METADATA}{version}.{role}.json"


def published_name(role: str, version: int) -> str:
    """Return the published name of ``version`` of a role's metadata."""
    return metadata_name(role, None if role == "timestamp" else version)


def target_name(path: str, sha256: str) -> str:
    """Return the published name of the target ``path`` with this hash."""
    folder, slash, name = path.rpartition("/")
    return f"{TARGETS}{folder}{slash}{sha256}.{name}"
