"""Which versions of status lists a store has ever seen.

TUF keeps roles from going back, not what stands in their files: whoever holds a status role's key
could sign an old list anew. So the archive of a store carries one entry of its own, ``seen.json``
(``{"CN-51": {"1": 7}}``), that only grows. A list may go away (an expired partition is dropped
whole): what it covered is then unknown, never valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustcert.encoding import json
from trustcert.encoding.fields import typed
from trustcert.errors import MalformedError, RollbackError, TrustError
from trustcert.limits import REGISTRY_DOCUMENT_BYTES
from trustcert.registry.archive import Archive
from trustcert.registry.load import RegistryTrust

ENTRY: Final = "seen.json"

Versions = Mapping[str, Mapping[str, int]]


def read(archive: Archive | None) -> Versions:
    """Return the newest version of each list, by issuer and number, that a store has seen.

    Raises:
        TrustError: the entry is damaged.
    """
    data = archive.read(ENTRY) if archive else None
    if data is None:
        return {}
    try:
        source = typed(json.decode(data, limit=REGISTRY_DOCUMENT_BYTES), dict)
        return {issuer: _versions(lists) for issuer, lists in source.items()}
    except MalformedError as error:
        raise TrustError(f"{ENTRY}: damaged: {error}") from None


def merged(before: Versions, trust: RegistryTrust) -> Versions:
    """Return ``before`` with the lists of ``trust``.

    Raises:
        RollbackError: a list is older than it was.
    """
    now = {issuer: dict(lists) for issuer, lists in before.items()}
    for issuer, number in trust.lists():
        held = trust.status_list(issuer, number)
        if held is None:
            continue
        lists = now.setdefault(issuer, {})
        known = lists.get(str(number), 0)
        if held.list.version < known:
            raise RollbackError(
                f"status list {number} of {issuer}: is version {held.list.version}; "
                f"still held: version {known}"
            )
        lists[str(number)] = held.list.version
    return now


def write(versions: Versions) -> bytes:
    """Return the entry with these versions."""
    return json.encode({issuer: dict(lists) for issuer, lists in sorted(versions.items())})


def _versions(value: Any) -> dict[str, int]:
    return {number: typed(version, int) for number, version in typed(value, dict).items()}
