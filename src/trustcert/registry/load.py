"""Trust data from verified registries, as the verifier asks for it.

Everything is read when it is first asked for: an index of key ids (:mod:`registry.kidindex`) leads
to the issuers, their role is verified then, and their key set read. A document that is signed but
malformed takes only itself out, a role that is not signed as it must be all that it signs: a key
becomes unknown, a list missing, never valid; :attr:`RegistryTrust.problems` says so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import field
from tuf.api.metadata import TargetFile

from trustcert.errors import MalformedError, TrustcertError, TrustError, UnsupportedError
from trustcert.limits import CLAIM_CHARACTERS
from trustcert.registry import layout, model
from trustcert.registry.chain import Chain, Role
from trustcert.registry.kidindex import KidIndex
from trustcert.registry.kids import in_order
from trustcert.registry.model import Issuer, KeyRecord
from trustcert.registry.trust import HeldList, KeyState, Trust, TrustedKey
from trustcert.status import StatusList, paths, snapshot
from trustcert.values import PublicValue

__all__ = ["Registry", "RegistryTrust", "RoleAge"]

_USABLE: Final = frozenset({KeyState.ACTIVE, KeyState.RETIRED})


class Registry(PublicValue, frozen=True, kw_only=True):
    """One verified registry, and the issuers it may speak for; None is all that it lists.

    ``kids`` is the index of its key ids; it is made when first needed where none is given.
    ``disputed`` are status lists that are not used, and why.
    """

    name: str
    chain: Chain
    scope: frozenset[str] | None = None
    kids: KidIndex | None = None
    disputed: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def speaks_for(self, issuer: str) -> bool:
        """Return whether this registry may say anything about ``issuer``."""
        return self.scope is None or _within(issuer, self.scope)


class _Entry:
    """A key of a key set as decoded JSON, and as it is once somebody asked for it."""

    __slots__ = ("good_until", "issuer", "read", "value", "where")

    def __init__(self, issuer: Issuer, value: Any, good_until: int, where: str) -> None:
        self.issuer, self.value, self.good_until, self.where = issuer, value, good_until, where
        self.read: TrustedKey | None = None


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

    __slots__ = ("_by_kid", "_cities", "_entries", "_kids", "_lists", "_policies", "_provinces",
                 "_taken", "as_of", "at", "clock_floor", "issuers", "problems",
                 "registries")  # fmt: skip

    registries: tuple[Registry, ...]
    """The registries that this was read from."""
    issuers: Mapping[str, Issuer]
    """The issuers, by id; the cities of a province are read when one is asked for."""
    problems: list[str]
    """Documents that are signed but of no use, and why."""
    at: int
    """The reference time of opening, Unix seconds: ages are counted to it."""
    as_of: int | None
    """When the data was last known to be the newest: the oldest registry's time."""
    clock_floor: int
    """The newest signed time ever seen: no true clock is behind it."""

    def __init__(self, registries: Iterable[Registry], *, at: int, clock_floor: int = 0) -> None:
        """Read the provinces of ``registries``; ``at`` is when they are opened.

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
        self._taken = frozenset[str]().union(
            *(r.scope for r in self.registries if r.scope is not None)
        )
        self._provinces: dict[str, tuple[Registry, Issuer]] = {}
        for registry in self.registries:
            for issuer in self._issuers_at(registry, "targets", layout.ISSUERS):
                top = layout.parent(issuer.id) is None
                if top and registry.speaks_for(issuer.id) and self._leaves(registry, issuer.id):
                    self._provinces[issuer.id] = registry, issuer
        self._cities: dict[str, dict[str, Issuer]] = {}
        self.issuers = _Issuers(self)
        self._entries: dict[str, tuple[tuple[frozenset[bytes], _Entry], ...]] = {}
        self._by_kid: dict[bytes, tuple[TrustedKey, ...]] = {}
        self._kids: tuple[KidIndex, ...] | None = None

    def as_of_issuer(self, issuer: str) -> int | None:
        """Return when the registry that speaks for ``issuer`` was the newest, or None."""
        registry = self._source(issuer)
        return None if registry is None else registry.chain.as_of

    def province(self, issuer: str) -> Issuer | None:
        """Return the entry of a province, or None."""
        found = self._provinces.get(issuer)
        return None if found is None else found[1]

    def cities(self, province: str) -> Mapping[str, Issuer]:
        """Return the cities of ``province`` by id, read now if they were not before."""
        if province not in self._cities:
            self._cities[province] = dict(self._cities_of(province))
        return self._cities[province]

    @property
    def provinces(self) -> tuple[str, ...]:
        """The ids of the provinces."""
        return tuple(self._provinces)

    def keys_for(self, kid: bytes) -> tuple[TrustedKey, ...]:
        """Return the owners of at most 16 keys under ``kid``; none where it is unknown."""
        found = self._by_kid.get(kid)
        if found is None:
            if self._kids is None:
                self._kids = tuple(self._index(registry) for registry in self.registries)
            named = dict.fromkeys(name for index in self._kids for name in index.issuers(kid))
            read = [
                key
                for issuer in named
                for kids, entry in self._entries_of(issuer)
                if kid in kids and (key := self._key(entry)) is not None
            ]
            found = in_order(read)
            if found:
                self._by_kid[kid] = found
        return found

    def status_list(self, issuer: str, number: int) -> HeldList | None:
        """Return the status list of ``issuer`` with this number, or None where there is none."""
        name = issuer, number
        if name not in self._lists:
            self._lists[name] = self.read_list(issuer, number)
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
            path, registry = layout.policy_path(destination), self._source(destination)
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
        for issuer in self.issuers:
            registry = self._source(issuer)
            for role in (issuer, layout.role_of_status(issuer)) if registry else ():
                for path in self._paths(registry, role):
                    target = _status_target(path)
                    if target and target.issuer == issuer and target.is_snapshot:
                        yield issuer, target.number

    def every_key(self) -> Iterator[TrustedKey]:
        """Yield every key once, in the order of the issuers."""
        for issuer in self.issuers:
            for kids, entry in self._entries_of(issuer):
                key = self._key(entry)
                if key is not None and any(key in self.keys_for(kid) for kid in kids):
                    yield key

    def read_everything(self, *, lists: bool = True) -> tuple[str, ...]:
        """Read each key, list and policy now; return what is signed but of no use."""
        for issuer in self.issuers:
            for _, entry in self._entries_of(issuer):
                self._key(entry)
        for issuer, number in self.lists() if lists else ():
            self.status_list(issuer, number)
        for issuer in self.issuers:
            self.policy_document(issuer)
        return tuple(dict.fromkeys(self.problems))

    def index(self) -> KidIndex:
        """Return the index of the key ids of all issuers here, for a store."""
        return KidIndex.made(
            (kid, issuer)
            for issuer in self.issuers
            for kids, _ in self._entries_of(issuer)
            for kid in kids
        )

    def _index(self, registry: Registry) -> KidIndex:
        if registry.kids is not None:
            return registry.kids
        return KidIndex.made(
            (kid, issuer)
            for issuer in self.issuers
            if self._source(issuer) is registry
            for kids, _ in self._entries_of(issuer)
            for kid in kids
        )

    def _leaves(self, registry: Registry, issuer: str) -> bool:
        """Return whether no other registry is for ``issuer`` alone."""
        return registry.scope is not None or not _within(issuer, self._taken)

    def _source(self, issuer: str) -> Registry | None:
        """Return the registry that speaks for ``issuer``, or None where it is not listed."""
        if issuer not in self.issuers:
            return None
        found = self._provinces.get(issuer) or self._provinces.get(layout.parent(issuer) or "")
        return None if found is None else found[0]

    def _cities_of(self, province: str) -> Iterator[tuple[str, Issuer]]:
        if province not in self._provinces:
            return
        registry, above = self._provinces[province]
        for city in self._issuers_at(registry, province, layout.cities_path(province)):
            if layout.parent(city.id) == province and self._leaves(registry, city.id):
                yield city.id, _below(city, above)

    def _issuers_at(self, registry: Registry, role: str, path: str) -> tuple[Issuer, ...]:
        return self._guarded(path, registry, role, model.read_issuers) or ()

    def _entries_of(self, issuer: str) -> tuple[tuple[frozenset[bytes], _Entry], ...]:
        """Return the entries of the key set of ``issuer``, each with its key ids."""
        if issuer not in self._entries:
            self._entries[issuer] = ()
            self._read_entries(issuer)
        return self._entries[issuer]

    def _read_entries(self, issuer: str) -> None:
        registry, found = self._source(issuer), self.issuers.get(issuer)
        if registry is None or found is None:
            return
        path, above = layout.keys_path(issuer), layout.parent(issuer)
        read = functools.partial(model.key_entries, issuer=issuer)
        entries = self._guarded(path, registry, issuer, read)
        good_until = self._good_until(registry, issuer, path)
        if entries is not None and good_until is not None:
            self._entries[issuer] = self._made(found, path, entries, good_until)
        elif above is not None and good_until is None:
            self._read_bin(registry, above, layout.bin_path(issuer))

    def _read_bin(self, registry: Registry, province: str, path: str) -> None:
        """Read the keys of the cities in one file of their province: of those without their own."""
        read = functools.partial(model.key_entries_of_cities, province=province)
        good_until = self._good_until(registry, province, path)
        cities = self._guarded(path, registry, province, read)
        for city, entries in cities or () if good_until is not None else ():
            known = self.issuers.get(city)
            own = self._good_until(registry, city, layout.keys_path(city))
            if known is not None and own is None and layout.bin_path(city) == path:
                self._entries[city] = self._made(known, path, entries, good_until or 0)

    def _made(
        self,
        issuer: Issuer,
        path: str,
        entries: Iterable[tuple[frozenset[bytes], Any]],
        good_until: int,
    ) -> tuple[tuple[frozenset[bytes], _Entry], ...]:
        return tuple(
            (kids, _Entry(issuer, value, good_until, f"{path}: keys[{number}]"))
            for number, (kids, value) in enumerate(entries)
        )

    def _good_until(self, registry: Registry, issuer: str, path: str) -> int | None:
        """Return until when the metadata for ``path`` is good; None where nothing signs it."""
        found = self._find(registry, issuer, path)
        return None if found is None else found[0].good_until

    def _find(self, registry: Registry, issuer: str, path: str) -> tuple[Role, TargetFile] | None:
        try:
            return registry.chain.find(issuer, path)
        except TrustError as error:
            self._note(str(error))
            return None

    def _paths(self, registry: Registry | None, role: str) -> tuple[str, ...]:
        try:
            return () if registry is None else registry.chain.paths(role)
        except TrustError as error:
            self._note(str(error))
            return ()

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def _key(self, entry: _Entry) -> TrustedKey | None:
        if entry.read is None:
            try:
                entry.read = _trusted(entry.issuer, model.read_key(entry.value), entry.good_until)
            except (MalformedError, UnsupportedError) as error:
                self.problems.append(f"{entry.where}: {error}")
        return entry.read

    def digest_of_list(self, issuer: str, number: int) -> str | None:
        """Return the SHA-256 that is signed for a status list, whether it is held or not."""
        registry = self._source(issuer)
        found = self._find(registry, issuer, paths.snapshot(issuer, number)) if registry else None
        return None if found is None else found[1].hashes.get("sha256")

    def read_list(self, issuer: str, number: int) -> HeldList | None:
        """Return a status list, read now and not kept in memory."""
        registry = self._source(issuer)
        if registry is None:
            return None
        disputed = registry.disputed.get((issuer, str(number)))
        if disputed is not None:
            self.problems.append(disputed)
            return None
        path = paths.snapshot(issuer, number)
        found = self._find(registry, issuer, path)
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
        found = self._find(registry, issuer, path)
        if found is None:
            return None
        try:
            data = registry.chain.read(path, found[1])
            return None if data is None else read(data)
        except (MalformedError, UnsupportedError, TrustError) as error:
            self.problems.append(f"{path}: {error}")
            return None


class _Issuers(Mapping[str, Issuer]):
    """The issuers of trust data by id, each province's cities behind it."""

    __slots__ = ("_trust",)

    def __init__(self, trust: RegistryTrust) -> None:
        """Look into ``trust``."""
        self._trust = trust

    def __getitem__(self, issuer: str) -> Issuer:
        found = self._trust.province(issuer)
        if found is not None:
            return found
        return self._trust.cities(layout.parent(issuer) or "")[issuer]

    def __iter__(self) -> Iterator[str]:
        for province in self._trust.provinces:
            yield province
            yield from self._trust.cities(province)

    def __len__(self) -> int:
        return sum(1 for _ in self)


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
