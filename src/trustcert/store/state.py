"""What a store knows of a registry beside the registry itself: one entry of its archive.

::

    {"root": "{…}", "url": "https://…", "issuers": ["CN-51"], "clock": 1795486539,
     "lists": {"CN-51": {"1": 7}}}

``root`` is the metadata that somebody brought by hand, ``issuers`` whom the registry may speak for
(absent: for all). ``clock`` is the newest signed time and ``lists`` the newest version of each
status list ever seen; they only grow. TUF keeps roles from going back, not what stands in their
files: whoever holds a status role's key could sign an old list anew. A list may go away (an
expired partition is dropped whole): what it covered is then unknown, never valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import field

from trustcert.encoding import json
from trustcert.encoding.fields import each, only, optional, required, typed
from trustcert.errors import RollbackError, inside
from trustcert.limits import REGISTRY_DOCUMENT_BYTES
from trustcert.registry import layout
from trustcert.registry.load import RegistryTrust
from trustcert.values import PublicValue

__all__ = ["ENTRY", "Pin", "State", "following", "read", "write"]

ENTRY: Final = "store/state.json"
"""The name of the entry; nothing that is published stands below ``store/``."""

KIDS: Final = "store/kids"
"""The name of the entry with the index of key ids (:mod:`trustcert.registry.kidindex`)."""

_FIELDS: Final = frozenset({"root", "url", "issuers", "clock", "lists"})


class Pin(PublicValue, frozen=True, kw_only=True):
    """What somebody decided to trust: the root, where its registry is, for which issuers.

    ``issuers`` None is every issuer that no other registry of the store is for.
    """

    root: bytes
    url: str | None = None
    issuers: frozenset[str] | None = None


class State(PublicValue, frozen=True, kw_only=True):
    """A pin, and what was ever seen under it: signed times, versions of lists."""

    pin: Pin
    clock: int = 0
    lists: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def read(data: bytes) -> State:
    """Return the state that ``data`` holds.

    Raises:
        MalformedError: something does not fit; the place is named.
    """
    source: Mapping[str, Any] = typed(json.decode(data, limit=REGISTRY_DOCUMENT_BYTES), dict)
    only(source, _FIELDS)
    issuers = each(source, "issuers", layout.issuer_id) if "issuers" in source else None
    with inside("lists"):
        lists = {
            issuer: {number: typed(version, int) for number, version in typed(found, dict).items()}
            for issuer, found in (optional(source, "lists", dict) or {}).items()
        }
    return State(
        pin=Pin(
            root=required(source, "root", str).encode(),
            url=optional(source, "url", str),
            issuers=None if issuers is None else frozenset(issuers),
        ),
        clock=required(source, "clock", int),
        lists=lists,
    )


def write(state: State) -> bytes:
    """Return the entry for ``state``."""
    pin = state.pin
    written = {
        "root": pin.root.decode(),
        "url": pin.url,
        "issuers": None if pin.issuers is None else sorted(pin.issuers),
        "clock": state.clock,
        "lists": {issuer: dict(lists) for issuer, lists in sorted(state.lists.items())},
    }
    return json.encode({name: value for name, value in written.items() if value is not None})


def following(before: State | None, pin: Pin, trust: RegistryTrust) -> State:
    """Return the state after ``trust`` was read, under ``pin``.

    Raises:
        RollbackError: a status list is older than it was.
    """
    lists = {issuer: dict(found) for issuer, found in (before.lists if before else {}).items()}
    for issuer, number in trust.lists():
        held = trust.status_list(issuer, number)
        if held is None:
            continue
        known = lists.setdefault(issuer, {}).get(str(number), 0)
        if held.list.version < known:
            raise RollbackError(
                f"status list {number} of {issuer}: is version {held.list.version}; "
                f"still held: version {known}"
            )
        lists[issuer][str(number)] = held.list.version
    clock = max(trust.clock_floor, before.clock if before else 0)
    return State(pin=pin, clock=clock, lists=lists)
