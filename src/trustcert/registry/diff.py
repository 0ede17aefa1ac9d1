"""What a publication changes, in words, for whoever is asked to sign it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tuf.api.metadata import Root, Targets

from trustcert.encoding.instants import rfc3339
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.registry import layout, model
from trustcert.registry.metadata import seconds_of, signers_of
from trustcert.registry.model import Issuer, KeyRecord
from trustcert.registry.repository import Repository


def diff(old: Repository, new: Repository) -> tuple[str, ...]:
    """Return each difference between two states of a registry as a sentence."""
    return (*_roles(old, new), *_issuers(old, new), *_documents(old, new))


def _roles(old: Repository, new: Repository) -> Iterator[str]:
    for role in [*new.metadata, *(role for role in old.metadata if role not in new.metadata)]:
        before, after = old.metadata.get(role), new.metadata.get(role)
        if after is None:
            yield f"role {role} is gone"
        elif before is None:
            yield f"role {role} is new"
        else:
            yield from _versions(role, before.signed, after.signed)
    for above in ("root", *(role for role in new.metadata if role not in layout.TOP_LEVEL_ROLES)):
        yield from _delegated(above, old, new)
    yield from _delegated("targets", old, new)


def _versions(role: str, before: Any, after: Any) -> Iterator[str]:
    if after.version < before.version:
        yield f"role {role} goes BACK from version {before.version} to {after.version}"
    elif after.version > before.version:
        until = rfc3339(seconds_of(after.expires))
        yield f"role {role}: version {before.version} → {after.version}, good until {until}"
    elif after != before:
        yield f"role {role}: changed WITHOUT a new version"


def _delegated(above: str, old: Repository, new: Repository) -> Iterator[str]:
    before, after = _thresholds(old, above), _thresholds(new, above)
    for role in dict.fromkeys([*before, *after]):
        was, now = before.get(role), after.get(role)
        if was == now:
            continue
        if was is None or now is None:
            keys, threshold = now or was or ([], 0)
            word = "is delegated to" if now else "is no longer delegated to"
            yield f"role {role} {word} {threshold} of {len(keys)} keys: {_short(keys)}"
            continue
        if was[1] != now[1]:
            yield f"role {role} needs {now[1]} signatures, before {was[1]}"
        for word, keyids in (("new", now[0] - was[0]), ("no longer", was[0] - now[0])):
            if keyids:
                yield f"role {role}: {word} signed by {_short(keyids)}"


def _thresholds(repository: Repository, above: str) -> dict[str, tuple[set[str], int]]:
    metadata = repository.metadata.get(above)
    signed: Root | Targets | None = metadata.signed if metadata else None
    if isinstance(signed, Root):
        roles: Mapping[str, Any] = signed.roles
    else:
        roles = (signed.delegations.roles or {}) if signed and signed.delegations else {}
    return {
        name: (set(signers_of(signed, name)), role.threshold)
        for name, role in roles.items()
        if signed is not None
    }


def _issuers(old: Repository, new: Repository) -> Iterator[str]:
    before = {issuer.id: issuer for issuer in old.every_issuer()}
    after = {issuer.id: issuer for issuer in new.every_issuer()}
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if now is None:
            yield f"issuer {name} is gone from the list (leave it there, withdrawn)"
        elif was is None:
            yield f"issuer {name} ({now.name_en}) is new and may issue {_listed(now.types)}"
        elif was != now:
            yield from _issuer(was, now)
        yield from _keys(name, old, new)


def _issuer(was: Issuer, now: Issuer) -> Iterator[str]:
    if was.state is not now.state:
        yield f"issuer {now.id} is now {now.state.value}"
    if now.types - was.types:
        yield f"issuer {now.id} may now also issue {_listed(now.types - was.types)}"
    if was.types - now.types:
        yield f"issuer {now.id} may no longer issue {_listed(was.types - now.types)}"
    for name in ("name_zh", "name_en", "authority", "aliases", "contact", "divisions"):
        if getattr(was, name) != getattr(now, name):
            yield f"issuer {now.id}: {name} is now {getattr(now, name)}"


def _keys(issuer: str, old: Repository, new: Repository) -> Iterator[str]:
    try:
        before = {r.key.kid.hex(): r for r in old.key_set(issuer).keys}
        after = {r.key.kid.hex(): r for r in new.key_set(issuer).keys}
    except (MalformedError, UnsupportedError) as error:
        yield f"issuer {issuer}: its key set cannot be read: {error}"
        return
    for kid in dict.fromkeys([*before, *after]):
        was, now = before.get(kid), after.get(kid)
        if now is None:
            yield f"key {kid} of {issuer} is gone: what it signed becomes unknown"
        elif was is None:
            yield f"key {kid} of {issuer} is new: {_record(now)}"
        elif was != now:
            yield f"key {kid} of {issuer} is now {_record(now)}; before {_record(was)}"


def _record(record: KeyRecord) -> str:
    window = [
        f"{word} {rfc3339(moment)}"
        for word, moment in (("from", record.not_before), ("until", record.not_after))
        if moment is not None
    ]
    types = "all types" if record.types is None else _listed(record.types)
    return ", ".join((record.state.value, types, *window))


def _documents(old: Repository, new: Repository) -> Iterator[str]:
    known = {layout.ISSUERS}
    for issuer in (*old.every_issuer(), *new.every_issuer()):
        known |= {layout.keys_path(issuer.id), layout.cities_path(issuer.id)}
    for path in dict.fromkeys([*old.files, *new.files]):
        was, now = old.files.get(path), new.files.get(path)
        if was == now or path in known:
            continue
        if path.endswith("/policy.json"):
            yield from _policy(path, was, now)
        else:
            word = "is new" if was is None else "is gone" if now is None else "changed"
            yield f"{path} {word}"


def _policy(path: str, was: bytes | None, now: bytes | None) -> Iterator[str]:
    destination = path.partition("/")[0]
    before, after = _rules(was), _rules(now)
    for line in dict.fromkeys([*after, *before]):
        if line not in before:
            yield f"{destination} now {line}"
        elif line not in after:
            yield f"{destination} no longer {line}"


def _rules(data: bytes | None) -> list[str]:
    """Return each line of a policy: what it recognises, and each rule as it stands."""
    document = {} if data is None else dict(model.read_policy(data))
    lines = []
    for entry in document.pop("recognises", ()):
        span = (("from", "valid_from"), ("until", "valid_until"))
        window = " ".join(f"{word} {entry[name]}" for word, name in span if name in entry)
        types = _listed(entry.get("types", ()))
        lines.append(f"recognises {entry.get('issuer')} for {types} {window}".rstrip())
    for name, value in document.items():
        if isinstance(value, dict):
            lines += [f"has {name}.{key} = {inner}" for key, inner in value.items()]
        else:
            lines.append(f"has {name} = {value}")
    return lines


def _listed(names: Any) -> str:
    return ", ".join(sorted(map(str, names))) or "nothing"


def _short(keyids: Any) -> str:
    return ", ".join(sorted(keyid[:8] for keyid in keyids))
