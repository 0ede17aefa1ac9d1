"""Trust data from verified registries, as the verifier asks for it.

Keys are found by kid in one dictionary, their issuers with them; a key, a status list or a policy
is read when it is first asked for. A document that is signed but malformed takes only itself out:
a key becomes unknown (a key set with all of them, if it is none), a list missing, never valid;
:attr:`RegistryTrust.problems` says so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trustcert.errors import MalformedError, TrustcertError, TrustError, UnsupportedError
from trustcert.limits import CLAIM_CHARACTERS
from trustcert.registry import layout, model
from trustcert.registry.chain import Chain
from trustcert.registry.kids import in_order
from trustcert.registry.model import Issuer, KeyRecord
from trustcert.registry.trust import HeldList, KeyState, Trust, TrustedKey
from trustcert.status import StatusList, paths, snapshot
from trustcert.values import PublicValue

_USABLE: Final = frozenset({KeyState.ACTIVE, KeyState.RETIRED})


class Registry(PublicValue, frozen=True, kw_only=True):
    """One verified registry, and the issuers it may speak for; None is all that it lists."""

    name: str
    chain: Chain
    scope: frozenset[str] | None = None

    def speaks_for(self, issuer: str) -> bool:
        """Return whether this registry may say anything about ``issuer``."""
        return self.scope is None or _within(issuer, self.scope)


@dataclass(slots=True, eq=False)
class _Entry:
    """A key of a key set as decoded JSON, and as it is once somebody asked for it."""

    issuer: Issuer
    value: Any
    good_until: int
    where: str
    read: TrustedKey | None = None


class RoleAge(PublicValue, frozen=True, kw_only=True):
    """How old a role's metadata is known to be, in seconds, and when it expires."""

    registry: str
    role: str
    version: int
    age: int
    expires: int
    expired: bool


class RegistryTrust(Trust):
    """Verified registries in memory; fulfils :class:`trustcert.registry.trust.Trust`."""

    __slots__ = ("_by_kid", "_entries", "_lists", "_policies", "_source", "as_of", "at",
                 "clock_floor", "issuers", "problems", "registries")  # fmt: skip

    registries: tuple[Registry, ...]
    """The registries that this was read from."""
    issuers: Mapping[str, Issuer]
    """The issuers, by id."""
    problems: list[str]
    """Documents that are signed but of no use, and why."""
    at: int
    """The reference time of opening, Unix seconds: ages are counted to it."""
    as_of: int | None
    """When the data was last known to be the newest: the oldest registry's time."""
    clock_floor: int
    """The newest signed time ever seen: no true clock is behind it."""

    def __init__(self, registries: Iterable[Registry], *, at: int, clock_floor: int = 0) -> None:
        """Read issuers and key sets of ``registries``; ``at`` is when they are opened.

        No two may speak for one issuer: one without a scope leaves to the others what is theirs.
        """
        self.registries = tuple(registries)
        self.at = at
        times = [registry.chain.as_of for registry in self.registries]
        self.as_of = min(times, default=None)
        self.clock_floor = max([clock_floor, *times])
        self.problems = []
        self._lists: dict[tuple[str, int], HeldList | None] = {}
        self._policies: dict[str, Mapping[str, Any] | None] = {}
        self._source: dict[str, Registry] = {}
        self.issuers = {}
        taken = frozenset[str]().union(*(r.scope for r in self.registries if r.scope is not None))
        for registry in self.registries:
            for issuer in self._listed(registry):
                if registry.scope is not None or not _within(issuer.id, taken):
                    self._source[issuer.id] = registry
                    self.issuers[issuer.id] = issuer
        self._entries: dict[bytes, list[_Entry]] = {}
        self._by_kid: dict[bytes, tuple[TrustedKey, ...]] = {}
        for kid, entry in self._listed_keys():
            self._entries.setdefault(kid, []).append(entry)

    def as_of_issuer(self, issuer: str) -> int | None:
        """Return when the registry that speaks for ``issuer`` was the newest, or None."""
        registry = self._source.get(issuer)
        return None if registry is None else registry.chain.as_of

    def keys_for(self, kid: bytes) -> tuple[TrustedKey, ...]:
        """Return the owners of at most 16 keys under ``kid``; none where it is unknown."""
        found = self._by_kid.get(kid)
        if found is None:
            entries = self._entries.get(kid)
            if entries is None:
                return ()
            read = [key for entry in entries if (key := self._key(entry)) is not None]
            found = self._by_kid[kid] = in_order(read)
        return found

    def status_list(self, issuer: str, number: int) -> HeldList | None:
        """Return the status list of ``issuer`` with this number, or None where there is none."""
        name = issuer, number
        if name not in self._lists:
            self._lists[name] = self._read_list(issuer, number)
        return self._lists[name]

    def contact(self, issuer: str) -> str | None:
        """Return where a holder asks ``issuer`` about its decisions, or None.

        None too for what is no short line of text: it is shown on screens and stands in logs.
        """
        found = self.issuers.get(issuer)
        contact = None if found is None else found.contact
        if not contact or len(contact) > CLAIM_CHARACTERS or not contact.isprintable():
            return None
        return contact

    def policy_document(self, destination: str) -> Mapping[str, Any] | None:
        """Return what ``destination`` (``CN-44``) accepts, as decoded JSON, or None."""
        if destination not in self._policies:
            path, registry = layout.policy_path(destination), self._source.get(destination)
            self._policies[destination] = (
                self._guarded(path, registry, destination, model.read_policy) if registry else None
            )
        return self._policies[destination]

    @property
    def ages(self) -> tuple[RoleAge, ...]:
        """The age and the expiry of every role, registry by registry, seen from :attr:`at`."""
        return tuple(
            RoleAge(
                registry=registry.name,
                role=role.name,
                version=role.version,
                age=self.at - registry.chain.as_of,
                expires=role.expires,
                expired=role.expires <= self.at,
            )
            for registry in self.registries
            for role in registry.chain.roles.values()
        )

    def lists(self) -> Iterator[tuple[str, int]]:
        """Yield issuer and number of each status list that is held."""
        for issuer, registry in self._source.items():
            for role in (issuer, layout.role_of_status(issuer)):
                for path in registry.chain.paths(role):
                    target = _status_target(path)
                    if target and target.issuer == issuer and target.is_snapshot:
                        yield issuer, target.number

    def every_key(self) -> Iterator[TrustedKey]:
        """Yield every key once, in the order of the issuers."""
        seen: set[tuple[str, bytes]] = set()
        for kid in self._entries:
            for key in self.keys_for(kid):
                name = key.issuer, key.key.spki
                if name not in seen:
                    seen.add(name)
                    yield key

    def read_everything(self) -> tuple[str, ...]:
        """Read each key, list and policy now; return what is signed but of no use."""
        for kid in self._entries:
            self.keys_for(kid)
        for issuer, number in self.lists():
            self.status_list(issuer, number)
        for issuer in self.issuers:
            self.policy_document(issuer)
        return tuple(dict.fromkeys(self.problems))

    def _listed(self, registry: Registry) -> Iterator[Issuer]:
        provinces = self._issuers_at(registry, "targets", layout.ISSUERS)
        for issuer in provinces:
            if registry.speaks_for(issuer.id) and layout.parent(issuer.id) is None:
                yield issuer
                cities = self._issuers_at(registry, issuer.id, layout.cities_path(issuer.id))
                for city in cities:
                    if layout.parent(city.id) == issuer.id:
                        yield _below(city, issuer)

    def _issuers_at(self, registry: Registry, role: str, path: str) -> tuple[Issuer, ...]:
        return self._guarded(path, registry, role, model.read_issuers) or ()

    def _listed_keys(self) -> Iterator[tuple[bytes, _Entry]]:
        for issuer in self.issuers.values():
            path, registry = layout.keys_path(issuer.id), self._source[issuer.id]
            read = functools.partial(model.key_entries, issuer=issuer.id)
            entries = self._guarded(path, registry, issuer.id, read)
            found = registry.chain.find(issuer.id, path)
            if found is None or entries is None:
                continue
            for number, (kids, value) in enumerate(entries):
                where = f"{path}: keys[{number}]"
                entry = _Entry(issuer, value, found[0].good_until, where)
                for kid in kids:
                    yield kid, entry

    def _key(self, entry: _Entry) -> TrustedKey | None:
        if entry.read is None:
            try:
                entry.read = _trusted(entry.issuer, model.read_key(entry.value), entry.good_until)
            except (MalformedError, UnsupportedError) as error:
                self.problems.append(f"{entry.where}: {error}")
        return entry.read

    def _read_list(self, issuer: str, number: int) -> HeldList | None:
        registry = self._source.get(issuer)
        if registry is None:
            return None
        path = paths.snapshot(issuer, number)
        found = registry.chain.find(issuer, path)
        read = functools.partial(snapshot.decode, issuer=issuer, number=number)
        decoded: StatusList | None = self._guarded(path, registry, issuer, read)
        if found is None or decoded is None:
            return None
        good_until = found[0].good_until
        return HeldList(list=decoded, as_of=registry.chain.as_of, good_until=good_until)

    def _guarded(
        self, path: str, registry: Registry, issuer: str, read: Callable[[bytes], Any]
    ) -> Any:
        """Return what ``read`` makes of a target; None where it is not held or of no use."""
        found = registry.chain.find(issuer, path)
        if found is None:
            return None
        try:
            data = registry.chain.read(path, found[1])
            return None if data is None else read(data)
        except (MalformedError, UnsupportedError, TrustError) as error:
            self.problems.append(f"{path}: {error}")
            return None


def _within(issuer: str, scope: frozenset[str]) -> bool:
    return issuer in scope or layout.parent(issuer) in scope


def _status_target(path: str) -> paths.Target | None:
    try:
        return paths.parse(path)
    except TrustcertError:
        return None


def _below(city: Issuer, province: Issuer) -> Issuer:
    """Return the city with what its province lets it do, and in its own code range only."""
    withdrawn = province.state is KeyState.WITHDRAWN
    own = layout.code_range(city.id)
    divisions = tuple(code for code in city.divisions if own and code.startswith(own))
    return Issuer(
        id=city.id,
        name_zh=city.name_zh,
        name_en=city.name_en,
        types=city.types & province.types,
        authority=city.authority,
        aliases=city.aliases,
        contact=city.contact or province.contact,
        divisions=divisions or ((own,) if own else ()),
        state=province.state if withdrawn else city.state,
        since=province.since if withdrawn else city.since,
    )


def _trusted(issuer: Issuer, record: KeyRecord, good_until: int) -> TrustedKey:
    withdrawn = issuer.state is KeyState.WITHDRAWN and record.state in _USABLE
    return TrustedKey(
        key=record.key,
        issuer=issuer.id,
        names=issuer.names,
        types=issuer.types if record.types is None else issuer.types & record.types,
        not_before=record.not_before,
        not_after=record.not_after,
        state=issuer.state if withdrawn else record.state,
        since=issuer.since if withdrawn else record.since,
        good_until=good_until,
        divisions=issuer.divisions,
    )
