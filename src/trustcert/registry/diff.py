"""What a draft changes against what is published, in sentences, for whoever is asked to sign it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tuf.api.metadata import Metadata, Root, Targets

from trustcert.encoding.instants import rfc3339
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.registry import layout, model
from trustcert.registry.metadata import name_of, seconds_of, signers_of
from trustcert.registry.model import Issuer, KeyRecord
from trustcert.registry.repository import Repository
from trustcert.registry.workfolder import Blobs, Contents

__all__ = ["changes", "diff"]


def changes(repository: Repository, role: str | None = None) -> tuple[str, ...]:
    """Return what the drafts, or the draft of ``role`` alone, change against what is published."""
    drafts = repository.drafts if role is None else {role: repository.drafts[role]}
    before = _state(repository.published, repository.blobs)
    after = _state({**repository.published, **drafts}, repository.blobs)
    return _sentences(before, after)


def diff(old: Repository, new: Repository) -> tuple[str, ...]:
    """Return what ``new`` changes against what is published in ``old``, role by role.

    A role that is merely older in ``new`` is left out: that copy was not brought up to date.
    """
    blobs = Blobs(others=(new.blobs, old.blobs))
    newer = {
        role: metadata
        for role, metadata in new.metadata.items()
        if role not in ("snapshot", "timestamp") and _follows(old.published.get(role), metadata)
    }
    return _sentences(_state(old.published, blobs), _state({**old.published, **newer}, blobs))


def _follows(held: Metadata[Any] | None, metadata: Metadata[Any]) -> bool:
    if held is None:
        return True
    version, known = metadata.signed.version, held.signed.version
    return bool(version > known or (version == known and metadata.signed != held.signed))


def _state(published: Mapping[str, Any], blobs: Blobs) -> Repository:
    return Repository(contents=Contents(published=published, blobs=blobs))


def _sentences(old: Repository, new: Repository) -> tuple[str, ...]:
    return (*_roles(old, new), *_issuers(old, new), *_documents(old, new))


def _roles(old: Repository, new: Repository) -> Iterator[str]:
    for role, after in new.metadata.items():
        before = old.metadata.get(role)
        if before is None:
            until = rfc3339(seconds_of(after.signed.expires))
            yield f"role {role} is new, good until {until}"
        elif before is not after:
            yield from _versions(role, before.signed, after.signed)
    for above in ("root", *(role for role in new.metadata if role not in layout.TOP_LEVEL_ROLES)):
        yield from _delegated(above, old, new)
    yield from _delegated("targets", old, new)


def _versions(role: str, before: Any, after: Any) -> Iterator[str]:
    if after.version > before.version:
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
            keys, threshold = now or was or ({}, 0)
            word = "is delegated to" if now else "is no longer delegated to"
            yield f"role {role} {word} {threshold} of {len(keys)} keys: {_names(keys)}"
            continue
        if was[1] != now[1]:
            yield f"role {role} needs {now[1]} signatures, before {was[1]}"
        for word, one, other in (("new", now[0], was[0]), ("no longer", was[0], now[0])):
            names = {keyid: name for keyid, name in one.items() if keyid not in other}
            if names:
                yield f"role {role}: {word} signed by {_names(names)}"


def _thresholds(repository: Repository, above: str) -> dict[str, tuple[dict[str, str], int]]:
    metadata = repository.metadata.get(above)
    signed: Root | Targets | None = metadata.signed if metadata else None
    if isinstance(signed, Root):
        roles: Mapping[str, Any] = signed.roles
    else:
        roles = (signed.delegations.roles or {}) if signed and signed.delegations else {}
    return {
        name: (
            {keyid: name_of(key) for keyid, key in signers_of(signed, name).items()},
            role.threshold,
        )
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
    if old.key_set_hash(issuer) == new.key_set_hash(issuer):
        return
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
        known |= set(layout.bin_paths(issuer.id))
    before, after = dict(old.targets()), dict(new.targets())
    for path in dict.fromkeys([*before, *after]):
        was, now = before.get(path), after.get(path)
        if path in known or (was and now and was.hashes == now.hashes):
            continue
        if path.endswith("/policy.json"):
            yield from _policy(path, old.file(path), new.file(path))
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


def _names(keys: Mapping[str, str]) -> str:
    return ", ".join(sorted(keys.values()))
