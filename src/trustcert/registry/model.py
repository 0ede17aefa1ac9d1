"""The documents of a registry, in and out.

``issuers.json``, signed by the coordinating authority (``CN-44/issuers.json``, signed by the
province, lists its cities in the same form)::

    {"issuers": [{"id": "CN-51", "name": {"zh": "四川省", "en": "Sichuan"},
      "authority": "11510000…", "types": ["health_proof"], "aliases": ["四川"],
      "contact": "https://…", "state": "active", "divisions": ["51"]}]}

``CN-51/keys.json``, signed by the province::

    {"issuer": "CN-51", "keys": [{"kid": "0a1b2c3d", "jwk": {…}, "types": ["health_proof"],
      "not_before": "2026-01-01T00:00:00+08:00", "not_after": "…", "state": "active"}]}

``CN-44/policy.json`` is a map; what stands in it is the policy's own business. Times are RFC 3339
or Unix seconds. Unknown fields are refused: a rule that nobody reads must not look like one that
holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from trustcert.encoding import instants, json
from trustcert.encoding.fields import each, member, only, optional, required, text, typed
from trustcert.errors import MalformedError, inside
from trustcert.keys import PublicKey
from trustcert.limits import CLAIM_CHARACTERS, NAME_CHARACTERS, REGISTRY_DOCUMENT_BYTES
from trustcert.registry import layout
from trustcert.registry.trust import KeyState
from trustcert.values import PublicValue

STATES: Final = {state.value: state for state in (KeyState.ACTIVE, KeyState.WITHDRAWN)}
"""States of an issuer: withdrawn is the tombstone that it leaves behind."""

_TYPE: Final = re.compile(r"[a-z]+(?:_[a-z]+)*")
_DIVISION: Final = re.compile(r"[0-9]{2}(?:[0-9]{2}){0,2}")
_HEXADECIMAL: Final = re.compile(r"(?:[0-9a-f]{2}){1,32}")
_KEY_STATES: Final = {state.value: state for state in KeyState}
_ISSUER_FIELDS: Final = frozenset(
    {"id", "name", "authority", "types", "aliases", "contact", "state", "since", "divisions"}
)
_KEY_FIELDS: Final = frozenset(
    {"kid", "jwk", "types", "not_before", "not_after", "state", "since", "kids", "kids_hex"}
)


class Issuer(PublicValue, frozen=True, kw_only=True):
    """Who may issue what.

    ``authority`` is the unified social credit code of the authority behind it (GB 32100),
    ``types`` the credential types that it may issue (empty: none), ``aliases`` other texts that
    name it in a payload, ``contact`` where a holder appeals, ``divisions`` the code range
    (GB/T 2260 prefixes) that a city speaks for. A withdrawn issuer stays listed, for good.
    """

    id: str
    name_zh: str
    name_en: str
    types: frozenset[str] = frozenset()
    authority: str | None = None
    aliases: tuple[str, ...] = ()
    contact: str | None = None
    divisions: tuple[str, ...] = ()
    state: KeyState = KeyState.ACTIVE
    since: int | None = None

    @property
    def names(self) -> frozenset[str]:
        """The texts that name the issuer in a payload."""
        return frozenset({self.id, *self.aliases})


class KeyRecord(PublicValue, frozen=True, kw_only=True):
    """One key of a key set, and what it may sign; ``types`` None is all that its issuer may.

    ``kids`` and ``kids_hex`` are other key ids under which foreign formats name it.
    """

    key: PublicKey
    types: frozenset[str] | None = None
    not_before: int | None = None
    not_after: int | None = None
    state: KeyState = KeyState.ACTIVE
    since: int | None = None
    kids: tuple[str, ...] = ()
    kids_hex: tuple[str, ...] = ()


class KeySet(PublicValue, frozen=True, kw_only=True):
    """The keys of one issuer."""

    issuer: str
    keys: tuple[KeyRecord, ...] = ()


def read_issuers(data: bytes) -> tuple[Issuer, ...]:
    """Return the issuers that ``data`` lists.

    Raises:
        MalformedError: something does not fit; the place is named (``issuers[3].types``).
    """
    source = _document(data, {"issuers"})
    found = each(source, "issuers", _issuer)
    _no_two([issuer.id for issuer in found], "two issuers with one id", where="issuers")
    return found


def write_issuers(issuers: Iterable[Issuer]) -> bytes:
    """Return ``issuers.json`` with these issuers."""
    return json.encode_pretty({"issuers": [_written_issuer(issuer) for issuer in issuers]})


def beyond(city: Issuer, province: str, types: frozenset[str]) -> str | None:
    """Return what is wrong with a ``city`` of a ``province`` that may issue ``types``, or None."""
    if layout.parent(city.id) != province:
        return f"{city.id} is no city of {province}"
    if city.types - types:
        return f"{city.id} may issue {', '.join(sorted(city.types - types))}, beyond {province}"
    own = layout.code_range(city.id)
    for code in city.divisions:
        if own is None or not code.startswith(own):
            return f"{city.id} lists the division {code}, outside of its own {own or 'codes'}"
    return None


def read_key_set(data: bytes, issuer: str) -> KeySet:
    """Return the key set of ``issuer`` that ``data`` holds.

    Raises:
        MalformedError: something does not fit, or it is another issuer's.
        UnsupportedError: a kind of key outside the table of algorithms.
    """
    source = _document(data, {"issuer", "keys"})
    if required(source, "issuer", str) != issuer:
        raise MalformedError(f"must be {issuer}", where="issuer")
    keys = each(source, "keys", read_key)
    _no_two([record.key for record in keys], "one key twice", where="keys")
    return KeySet(issuer=issuer, keys=keys)


def key_entries(data: bytes, issuer: str) -> tuple[tuple[frozenset[bytes], Any], ...]:
    """Return each entry of the key set of ``issuer`` as decoded JSON, with its key ids.

    :func:`read_key` reads the rest of an entry when its key is asked for.

    Raises:
        MalformedError: it is no key set, or another issuer's.
    """
    source = _document(data, {"issuer", "keys"})
    if required(source, "issuer", str) != issuer:
        raise MalformedError(f"must be {issuer}", where="issuer")
    return each(source, "keys", _entry)


def read_key_sets(data: bytes, province: str) -> tuple[KeySet, ...]:
    """Return the key sets of cities that one file of their ``province`` holds.

    Raises:
        MalformedError: something does not fit, or one is no city of the province.
        UnsupportedError: a kind of key outside the table of algorithms.
    """
    return tuple(
        KeySet(issuer=city, keys=tuple(read_key(value) for _, value in entries))
        for city, entries in key_entries_of_cities(data, province)
    )


def key_entries_of_cities(
    data: bytes, province: str
) -> tuple[tuple[str, tuple[tuple[frozenset[bytes], Any], ...]], ...]:
    """Return the cities in one file of their ``province``, each with its :func:`key_entries`.

    Raises:
        MalformedError: it is no such file, or one is no city of the province.
    """

    def city(value: Any) -> tuple[str, tuple[tuple[frozenset[bytes], Any], ...]]:
        entry = typed(value, dict)
        only(entry, frozenset({"issuer", "keys"}))
        name = layout.issuer_id(required(entry, "issuer", str))
        if layout.parent(name) != province:
            raise MalformedError(f"is no city of {province}", where="issuer")
        return name, each(entry, "keys", _entry)

    found = each(_document(data, {"key_sets"}), "key_sets", city)
    _no_two([name for name, _ in found], "one issuer twice", where="key_sets")
    return found


def write_key_sets(key_sets: Iterable[KeySet]) -> bytes:
    """Return the file with the keys of these cities."""
    return json.encode_pretty(
        {
            "key_sets": [
                {"issuer": found.issuer, "keys": [_written_key(record) for record in found.keys]}
                for found in key_sets
            ]
        }
    )


def write_key_set(key_set: KeySet) -> bytes:
    """Return ``keys.json`` with these keys."""
    keys = [_written_key(record) for record in key_set.keys]
    return json.encode_pretty({"issuer": key_set.issuer, "keys": keys})


def read_policy(data: bytes) -> Mapping[str, Any]:
    """Return the map that ``data`` holds; its fields are the policy's own business.

    Raises:
        MalformedError: it is no map.
    """
    return typed(json.decode(data, limit=REGISTRY_DOCUMENT_BYTES), dict)


def write_policy(document: Mapping[str, Any]) -> bytes:
    """Return ``policy.json`` with this document."""
    return json.encode_pretty(dict(document))


def read_key(value: Any) -> KeyRecord:
    """Return one entry of a key set.

    Raises:
        MalformedError: something does not fit, or the kid is not the key's.
        UnsupportedError: a kind of key outside the table of algorithms.
    """
    entry = typed(value, dict)
    only(entry, _KEY_FIELDS)
    with inside("jwk"):
        key = PublicKey.from_jwk(required(entry, "jwk", dict))
    if required(entry, "kid", str) != key.kid.hex():
        raise MalformedError(f"is not that of the key, which is {key.kid.hex()}", where="kid")
    before, after = _instant(entry, "not_before"), _instant(entry, "not_after")
    if before is not None and after is not None and before >= after:
        raise MalformedError("ends before it begins", where="not_after")
    return KeyRecord(
        key=key,
        types=frozenset(each(entry, "types", _type)) if "types" in entry else None,
        not_before=before,
        not_after=after,
        state=_state(entry, _KEY_STATES),
        since=_since(entry),
        kids=each(entry, "kids", _name, limit=16),
        kids_hex=each(entry, "kids_hex", _hexadecimal, limit=16),
    )


def _entry(value: Any) -> tuple[frozenset[bytes], Any]:
    entry = typed(value, dict)
    own = _hexadecimal(required(entry, "kid", str))
    texts = each(entry, "kids", _name, limit=16) if "kids" in entry else ()
    binary = each(entry, "kids_hex", _hexadecimal, limit=16) if "kids_hex" in entry else ()
    kids = (bytes.fromhex(own), own.encode(), *map(str.encode, texts), *map(bytes.fromhex, binary))
    return frozenset(kids), entry


def _document(data: bytes, known: set[str]) -> Mapping[str, Any]:
    source = typed(json.decode(data, limit=REGISTRY_DOCUMENT_BYTES), dict)
    only(source, known)
    return source


def _issuer(value: Any) -> Issuer:
    entry = typed(value, dict)
    only(entry, _ISSUER_FIELDS)
    name = required(entry, "name", dict)
    with inside("id"):
        name_of = layout.issuer_id(required(entry, "id", str))
    with inside("name"):
        only(name, {"zh", "en"})
        zh, en = _name(required(name, "zh", str)), _name(required(name, "en", str))
    return Issuer(
        id=name_of,
        name_zh=zh,
        name_en=en,
        types=frozenset(each(entry, "types", _type)),
        authority=optional(entry, "authority", str),
        aliases=each(entry, "aliases", _alias, limit=64),
        contact=optional(entry, "contact", str),
        divisions=each(entry, "divisions", _division, limit=64),
        state=_state(entry, STATES),
        since=_since(entry),
    )


def _written_issuer(issuer: Issuer) -> dict[str, Any]:
    written = {
        "id": issuer.id,
        "name": {"zh": issuer.name_zh, "en": issuer.name_en},
        "authority": issuer.authority,
        "types": sorted(issuer.types),
        "aliases": list(issuer.aliases) or None,
        "contact": issuer.contact,
        "divisions": list(issuer.divisions) or None,
        "state": issuer.state.value,
        "since": _written_time(issuer.since),
    }
    return {name: value for name, value in written.items() if value is not None}


def _written_key(record: KeyRecord) -> dict[str, Any]:
    written = {
        "kid": record.key.kid.hex(),
        "jwk": record.key.to_jwk(),
        "types": None if record.types is None else sorted(record.types),
        "not_before": _written_time(record.not_before),
        "not_after": _written_time(record.not_after),
        "state": record.state.value,
        "since": _written_time(record.since),
        "kids": list(record.kids) or None,
        "kids_hex": list(record.kids_hex) or None,
    }
    return {name: value for name, value in written.items() if value is not None}


def _written_time(seconds: int | None) -> str | None:
    return None if seconds is None else instants.rfc3339(seconds)


def _instant(entry: Mapping[str, Any], name: str) -> int | None:
    if name not in entry:
        return None
    with inside(name):
        return instants.read(entry[name])


def _state(entry: Mapping[str, Any], table: Mapping[str, KeyState]) -> KeyState:
    word = optional(entry, "state", str)
    return KeyState.ACTIVE if word is None else member(word, table, where="state")


def _since(entry: Mapping[str, Any]) -> int | None:
    since = _instant(entry, "since")
    if since is None and entry.get("state") == KeyState.COMPROMISED.value:
        raise MalformedError("is missing: a compromised key says since when", where="since")
    return since


def _type(value: Any) -> str:
    if not _TYPE.fullmatch(text(value)):
        raise MalformedError("must be the name of a credential type, as health_proof")
    return str(value)


def _name(value: Any) -> str:
    return _bounded(value, NAME_CHARACTERS)


def _alias(value: Any) -> str:
    return _bounded(value, CLAIM_CHARACTERS)


def _bounded(value: Any, limit: int) -> str:
    if not 0 < len(text(value)) <= limit:
        raise MalformedError(f"must have 1 to {limit} characters")
    return str(value)


def _division(value: Any) -> str:
    if not _DIVISION.fullmatch(text(value)):
        raise MalformedError("must be the first 2, 4 or 6 digits of a division code (GB/T 2260)")
    return str(value)


def _hexadecimal(value: Any) -> str:
    if not _HEXADECIMAL.fullmatch(text(value)):
        raise MalformedError("must be lower-case hexadecimal, 1 to 32 bytes")
    return str(value)


def _no_two(values: list[Any], problem: str, *, where: str) -> None:
    if len(set(values)) != len(values):
        raise MalformedError(problem, where=where)
