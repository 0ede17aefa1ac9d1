"""What a publisher should know before anybody else notices, for a nightly job.

Errors stop a checkpoint from doing its work now; warnings will do so later.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trustcert.claims import CredentialType
from trustcert.encoding.instants import DAY, spoken
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.registry import layout, model
from trustcert.registry.model import Issuer
from trustcert.registry.repository import Repository
from trustcert.registry.trust import KeyState
from trustcert.values import PublicValue

SOON: Final = 14 * DAY
"""Seconds before an expiry from which on it is worth a warning."""

_TYPES: Final = frozenset(kind.value for kind in CredentialType)


class Concern(PublicValue, frozen=True, kw_only=True):
    """One thing that is wrong (``error``) or soon will be, and where."""

    where: str
    problem: str
    error: bool = False


def check(repository: Repository, *, at: int, soon: int = SOON) -> tuple[Concern, ...]:
    """Return what is wrong with ``repository`` at ``at``, or will be within ``soon`` seconds."""
    found = [*_roles(repository, at, soon), *_issuers(repository, at, soon)]
    return tuple(sorted(found, key=lambda warning: not warning.error))


def _roles(repository: Repository, at: int, soon: int) -> Iterator[Concern]:
    for role, metadata in repository.metadata.items():
        signatures = repository.signatures(role)
        if metadata.signatures and signatures.expires <= at:
            yield Concern(where=role, problem="its metadata has expired", error=True)
        elif metadata.signatures and signatures.expires <= at + min(soon, _share(repository, role)):
            yield Concern(where=role, problem=f"its metadata expires {spoken(signatures.expires)}")
        if signatures.missing > 0:
            need = f"{signatures.missing} signature(s) are missing"
            yield Concern(where=role, problem=need, error=not signatures.draft)


def _share(repository: Repository, role: str) -> int:
    """Return a third of the role's lifetime: what lives a week is not always about to expire."""
    return repository.lifetimes.of(role) // 3


def _issuers(repository: Repository, at: int, soon: int) -> Iterator[Concern]:
    issuers = {issuer.id: issuer for issuer in repository.every_issuer()}
    active = {name: i for name, i in issuers.items() if i.state is KeyState.ACTIVE}
    for name, issuer in active.items():
        for kind in sorted(issuer.types - _TYPES):
            yield Concern(where=name, problem=f"may issue {kind}, which is no type of credential")
        yield from _keys(repository, issuer, at, soon)
        yield from _recognitions(repository, name, active)
    issued = frozenset[str]().union(*(issuer.types for issuer in active.values()))
    for destination in active:
        for kind in sorted(_spoken_of(repository, destination) - issued):
            problem = f"speaks of {kind}, which nobody may issue"
            yield Concern(where=layout.policy_path(destination), problem=problem)


def _keys(repository: Repository, issuer: Issuer, at: int, soon: int) -> Iterator[Concern]:
    path = layout.keys_path(issuer.id)
    try:
        key_set = repository.key_set(issuer.id)
    except (MalformedError, UnsupportedError) as error:
        yield Concern(where=path, problem=str(error), error=True)
        return
    usable = [
        record
        for record in key_set.keys
        if record.state is KeyState.ACTIVE and (record.not_after is None or record.not_after > at)
    ]
    if issuer.types and not usable:
        yield Concern(where=path, problem="has no key that may sign now", error=True)
    ends = [record.not_after for record in usable if record.not_after is not None]
    if usable and len(ends) == len(usable) and max(ends) <= at + soon:
        problem = f"its last key ends {spoken(max(ends))} and has no successor"
        yield Concern(where=path, problem=problem)
    for record in key_set.keys:
        for kind in sorted((record.types or frozenset()) - issuer.types):
            problem = f"key {record.key.kid.hex()} may sign {kind}, which {issuer.id} may not issue"
            yield Concern(where=path, problem=problem)


def _recognitions(
    repository: Repository, destination: str, active: dict[str, Issuer]
) -> Iterator[Concern]:
    path = layout.policy_path(destination)
    data = repository.files.get(path)
    try:
        document = {} if data is None else model.read_policy(data)
    except MalformedError as error:
        yield Concern(where=path, problem=str(error), error=True)
        return
    for index, entry in enumerate(document.get("recognises") or ()):
        issuer = entry.get("issuer") if isinstance(entry, dict) else None
        where = f"{path}: recognises[{index}]"
        if issuer not in active:
            yield Concern(where=where, problem=f"{issuer} is no active issuer here", error=True)
            continue
        for kind in entry.get("types") or ():
            if kind not in active[issuer].types:
                yield Concern(where=where, problem=f"{issuer} may not issue {kind}")


def _spoken_of(repository: Repository, destination: str) -> frozenset[str]:
    """Return the types that a policy recognises or has rules for; none if it cannot be read."""
    data = repository.files.get(layout.policy_path(destination))
    try:
        document = {} if data is None else model.read_policy(data)
    except MalformedError:
        return frozenset()
    listed = [entry for entry in document.get("recognises") or () if isinstance(entry, dict)]
    kinds = {str(kind) for entry in listed for kind in entry.get("types") or ()}
    return frozenset(kinds | set(document.get("rules") or ()))
