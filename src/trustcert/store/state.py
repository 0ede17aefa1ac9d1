"""What a store knows of a registry beside the registry itself: one entry of its archive.

::

    {"root": "{…}", "url": "https://…", "issuers": ["CN-51"], "clock": 1795486539,
     "lists": {"CN-51": {"1": 7}}, "digests": {"CN-51": {"1": "5d0c…"}},
     "disputed": {"CN-51": {"1": 7}}, "files": {"5d0c…": 1795486539000000000}}

``root`` is the metadata that somebody brought by hand, ``issuers`` whom the registry may speak for
(absent: for all). ``clock`` is the newest signed time and ``lists`` the newest version of each
status list ever seen; they only grow. TUF keeps roles from going back, not what stands in their
files: whoever holds a status role's key could sign an old list anew. A list may go away (an
expired partition is dropped whole): what it covered is then unknown, never valid.

``digests`` has the SHA-256 of each list at that version. A list that comes in the same version with
other contents is ``disputed``: its issuer, or a thief of the key, says two things at once. It is
not used until a newer version comes. ``files`` has the time of change of each large file as it was
written, so that a sync need not read all of them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from msgspec import field

from trustcert.encoding import json
from trustcert.encoding.fields import each, only, optional, required, typed
from trustcert.errors import RollbackError, inside
from trustcert.registry import layout
from trustcert.registry.load import RegistryTrust
from trustcert.status.statuslist import StatusList, check_lineage
from trustcert.values import PublicValue

__all__ = ["ENTRY", "Pin", "State", "following", "read", "write"]

T = TypeVar("T")

ENTRY: Final = "store/state.json"
"""The name of the entry; nothing that is published stands below ``store/``."""

KIDS: Final = "store/kids"
"""The name of the entry with the index of key ids (:mod:`trustcert.registry.kidindex`)."""

_BYTES: Final = 16 * 1024 * 1024
"""Bytes of the entry: 20,000 lists take below 5 MB."""

_FIELDS: Final = frozenset(
    {"root", "url", "issuers", "clock", "lists", "digests", "disputed", "lineages", "files"}
)


class Pin(PublicValue, frozen=True, kw_only=True):
    """What somebody decided to trust: the root, where its registry is, for which issuers.

    ``issuers`` None is every issuer that no other registry of the store is for.
    """

    root: bytes
    url: str | None = None
    issuers: frozenset[str] | None = None


class State(PublicValue, frozen=True, kw_only=True):
    """A pin, and what was ever seen under it: signed times, versions of lists.

    ``lineages`` has for each issuer which ledger its lists come from, in hexadecimal.
    """

    pin: Pin
    clock: int = 0
    lists: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    digests: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    disputed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    lineages: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)


def read(data: bytes) -> State:
    """Return the state that ``data`` holds.

    Raises:
        MalformedError: something does not fit; the place is named.
    """
    source: Mapping[str, Any] = typed(json.decode(data, limit=_BYTES), dict)
    only(source, _FIELDS)
    issuers = each(source, "issuers", layout.issuer_id) if "issuers" in source else None
    return State(
        pin=Pin(
            root=required(source, "root", str).encode(),
            url=optional(source, "url", str),
            issuers=None if issuers is None else frozenset(issuers),
        ),
        clock=required(source, "clock", int),
        lists=_by_list(source, "lists", int),
        digests=_by_list(source, "digests", str),
        disputed=_by_list(source, "disputed", int),
        lineages=_by_name(source, "lineages", str),
        files=_by_name(source, "files", int),
    )


def _by_name(source: Mapping[str, Any], name: str, kind: type[T]) -> dict[str, T]:
    """Return what the field ``name`` says by issuer or by hash."""
    with inside(name):
        found = optional(source, name, dict) or {}
        return {key: typed(value, kind) for key, value in found.items()}


def _by_list(source: Mapping[str, Any], name: str, kind: type[T]) -> dict[str, dict[str, T]]:
    """Return what the field ``name`` says of each list, by issuer and number."""
    with inside(name):
        return {
            issuer: {number: typed(value, kind) for number, value in typed(found, dict).items()}
            for issuer, found in (optional(source, name, dict) or {}).items()
        }


def write(state: State) -> bytes:
    """Return the entry for ``state``."""
    pin = state.pin
    written = {
        "root": pin.root.decode(),
        "url": pin.url,
        "issuers": None if pin.issuers is None else sorted(pin.issuers),
        "clock": state.clock,
        **{
            name: {issuer: dict(found) for issuer, found in sorted(values.items())}
            for name, values in (
                ("lists", state.lists), ("digests", state.digests), ("disputed", state.disputed),
            )
        },
        "lineages": dict(sorted(state.lineages.items())),
        "files": dict(sorted(state.files.items())),
    }  # fmt: skip
    return json.encode({name: value for name, value in written.items() if value is not None})


def following(before: State | None, pin: Pin, trust: RegistryTrust) -> State:
    """Return the state after ``trust`` was read, under ``pin``.

    Only lists that are not those of ``before`` are read. A list of no use is a problem of
    ``trust``, and so is a disputed one.

    Raises:
        RollbackError: a status list is older than it was.
        TrustError: a status list comes from another ledger than its issuer's lists before.
    """
    seen = _Seen(before)
    for issuer, number in trust.lists():
        digest = trust.digest_of_list(issuer, number)
        if digest is not None and digest == seen.digests.get(issuer, {}).get(str(number)):
            continue
        listed = trust.read_list(issuer, number)
        if listed is not None and digest is not None:
            seen.add(listed.list, digest)
    trust.problems += seen.problems()
    clock = max(trust.clock_floor, before.clock if before else 0)
    return State(
        pin=pin,
        clock=clock,
        lists=seen.lists,
        digests=seen.digests,
        disputed=seen.disputed,
        lineages=seen.lineages,
    )


class _Seen:
    """The newest version ever seen of each list, its hash and ledger, and which are disputed."""

    def __init__(self, before: State | None) -> None:
        before = before or State(pin=Pin(root=b""))
        self.lists = {issuer: dict(found) for issuer, found in before.lists.items()}
        self.digests = {issuer: dict(found) for issuer, found in before.digests.items()}
        self.disputed = {issuer: dict(found) for issuer, found in before.disputed.items()}
        self.lineages = dict(before.lineages)

    def add(self, listed: StatusList, digest: str) -> None:
        """Take up a list with this hash.

        Raises:
            RollbackError: it is older than what was seen.
            TrustError: it comes from another ledger.
        """
        issuer, number, version = listed.issuer, str(listed.number), listed.version
        known = self.lists.setdefault(issuer, {}).get(number, 0)
        if version < known:
            raise RollbackError(
                f"status list {number} of {issuer}: is version {version}; "
                f"still held: version {known}"
            )
        other = self.digests.setdefault(issuer, {}).get(number)
        if version > known:
            self.disputed.get(issuer, {}).pop(number, None)
        elif other is not None and other != digest:
            self.disputed.setdefault(issuer, {})[number] = version
        if listed.lineage is not None:
            lineage = listed.lineage.hex()
            check_lineage(issuer, self.lineages.setdefault(issuer, lineage), lineage)
        self.lists[issuer][number] = version
        self.digests[issuer][number] = digest

    def problems(self) -> list[str]:
        """Return a sentence for each disputed list."""
        return [disputed_problem(i, n, v) for i in self.disputed for n, v in
                self.disputed[i].items()]  # fmt: skip


def disputed_problem(issuer: str, number: str, version: int) -> str:
    """Return what is the matter with a disputed list, and what to do."""
    return (
        f"status list {number} of {issuer}: {issuer} signed version {version} twice, with "
        f"different contents; its credentials on this list are held until a newer version comes. "
        f"Tell {issuer}: its status key may be in two hands"
    )
