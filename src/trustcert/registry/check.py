"""What a publisher should know before anybody else notices, for a nightly job.

Errors stop a checkpoint from doing its work now; warnings will do so later.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trustcert.claims import CredentialType
from trustcert.encoding.instants import DAY, spoken
from trustcert.errors import MalformedError, TrustError, UnsupportedError
from trustcert.registry import layout, model, naming, quotas
from trustcert.registry.chain import count_delegations
from trustcert.registry.metadata import seconds_of
from trustcert.registry.model import Issuer
from trustcert.registry.publish import select
from trustcert.registry.repository import Repository
from trustcert.registry.trust import KeyState
from trustcert.values import PublicValue

SOON: Final = 14 * DAY
"""Seconds before an expiry from which on it is worth a warning."""

_PUBLISH: Final = "trustcert registry publish DIR OUT --key FILE"
_SIGN: Final = "trustcert registry sign DIR --key FILE"
_ADD: Final = "trustcert registry key add DIR {} FILE.pub"
_POLICY: Final = "trustcert registry set-policy DIR DESTINATION POLICY"
_TYPES_OF: Final = "trustcert registry set-types DIR ISSUER --type TYPE"

_TYPES: Final = frozenset(kind.value for kind in CredentialType)


class Concern(PublicValue, frozen=True, kw_only=True):
    """One thing that is wrong (``error``) or soon will be, where, and the command that mends it.

    In ``mend``, ``DIR`` stands for the work folder, capital words for what is to be filled in.
    """

    where: str
    problem: str
    mend: str
    error: bool = False


def check(repository: Repository, *, at: int, soon: int = SOON) -> tuple[Concern, ...]:
    """Return what is wrong with ``repository`` at ``at``, or will be within ``soon`` seconds."""
    found = [
        *_roles(repository, at, soon),
        *_drafts(repository),
        *_limits(repository),
        *_issuers(repository, at, soon),
    ]
    return tuple(sorted(found, key=lambda warning: not warning.error))


def _roles(repository: Repository, at: int, soon: int) -> Iterator[Concern]:
    if not repository.published:
        problem = "nothing has been published yet"
        yield Concern(where="registry", problem=problem, mend=_PUBLISH)
    for role, metadata in repository.published.items():
        expires = seconds_of(metadata.signed.expires)
        online = role in ("snapshot", "timestamp")
        mend = _PUBLISH if online else f"trustcert registry renew DIR {role}"
        if not online and role in repository.drafts:
            mend = f"trustcert registry sign DIR --key FILE  (a draft of {role} is open)"
        within = min(soon, repository.lifetimes.of(role) // 3)
        if expires <= at:
            problem = f"what is published of it has expired {spoken(expires)}"
            yield Concern(where=role, problem=problem, mend=mend, error=True)
        elif expires <= at + within:
            problem = f"what is published of it expires {spoken(expires)}"
            yield Concern(where=role, problem=problem, mend=mend)


def _drafts(repository: Repository) -> Iterator[Concern]:
    try:
        _, waiting = select(repository)
    except TrustError as error:
        yield Concern(where="registry", problem=str(error), mend=_SIGN)
        return
    for draft in waiting:
        mend = f"{_SIGN}, or trustcert registry discard DIR {draft.role}"
        yield Concern(where=draft.role, problem=f"its draft waits: {draft.reason}", mend=mend)


def _limits(repository: Repository) -> Iterator[Concern]:
    """Hold the newest state, drafts included, against what readers take."""
    sizes = {path: target.length for path, target in repository.targets()}
    roles = count_delegations(repository.metadata)
    mend = "give cities no keys of their own (add-issuer without --key), drop lists that have ended"
    try:
        for path, size in sizes.items():
            quotas.check_target(path, size)
        quotas.check_registry(sizes | dict.fromkeys(repository.metadata, 0), roles=roles)
    except TrustError as error:
        problem = f"{error}: no checkpoint would read it"
        yield Concern(where="registry", problem=problem, mend=mend, error=True)


def _issuers(repository: Repository, at: int, soon: int) -> Iterator[Concern]:
    issuers = {issuer.id: issuer for issuer in repository.every_issuer()}
    active = {name: i for name, i in issuers.items() if i.state is KeyState.ACTIVE}
    for name, issuer in active.items():
        for kind in sorted(issuer.types - _TYPES):
            yield Concern(
                where=name,
                problem=f"may issue {kind}, which is no type of credential",
                mend=_TYPES_OF,
            )
        yield from _keys(repository, issuer, at, soon)
        yield from _recognitions(repository, name, active)
    issued = frozenset[str]().union(*(issuer.types for issuer in active.values()))
    for destination in active:
        for kind in sorted(_spoken_of(repository, destination) - issued):
            problem = f"speaks of {kind}, which nobody may issue"
            yield Concern(where=layout.policy_path(destination), problem=problem, mend=_POLICY)


def _keys(repository: Repository, issuer: Issuer, at: int, soon: int) -> Iterator[Concern]:
    path = layout.keys_path(issuer.id)
    try:
        key_set = repository.key_set(issuer.id)
    except (MalformedError, UnsupportedError) as error:
        yield Concern(where=path, problem=str(error), mend=_ADD.format(issuer.id), error=True)
        return
    usable = [
        record
        for record in key_set.keys
        if record.state is KeyState.ACTIVE and (record.not_after is None or record.not_after > at)
    ]
    if issuer.types and not usable:
        yield Concern(
            where=path,
            problem="has no key that may sign now",
            mend=_ADD.format(issuer.id),
            error=True,
        )
    ends = [record.not_after for record in usable if record.not_after is not None]
    if usable and len(ends) == len(usable) and max(ends) <= at + soon:
        problem = f"its last key ends {spoken(max(ends))} and has no successor"
        mend = f"trustcert registry key rotate DIR {issuer.id} KID NEW.pub"
        yield Concern(where=path, problem=problem, mend=mend)
    for record in key_set.keys:
        for kind in sorted((record.types or frozenset()) - issuer.types):
            problem = f"key {record.key.kid.hex()} may sign {kind}, which {issuer.id} may not issue"
            mend = f"trustcert registry key retire DIR {issuer.id} {record.key.kid.hex()}"
            yield Concern(where=path, problem=problem, mend=mend)


def _recognitions(
    repository: Repository, destination: str, active: dict[str, Issuer]
) -> Iterator[Concern]:
    path = layout.policy_path(destination)
    data = repository.file(path)
    try:
        document = {} if data is None else model.read_policy(data)
    except MalformedError as error:
        yield Concern(where=path, problem=str(error), mend=_POLICY, error=True)
        return
    for index, entry in enumerate(document.get("recognises") or ()):
        issuer = entry.get("issuer") if isinstance(entry, dict) else None
        where = f"{path}: recognises[{index}]"
        if issuer not in active:
            yield Concern(where=where, problem=_meant(issuer, active), mend=_POLICY, error=True)
            continue
        for kind in entry.get("types") or ():
            if kind not in active[issuer].types:
                yield Concern(where=where, problem=f"{issuer} may not issue {kind}", mend=_POLICY)


def _meant(issuer: object, active: dict[str, Issuer]) -> str:
    return f"{issuer} is no active issuer here; {naming.meant(str(issuer), active)}"


def _spoken_of(repository: Repository, destination: str) -> frozenset[str]:
    """Return the types that a policy recognises or has rules for; none if it cannot be read."""
    data = repository.file(layout.policy_path(destination))
    try:
        document = {} if data is None else model.read_policy(data)
    except MalformedError:
        return frozenset()
    listed = [entry for entry in document.get("recognises") or () if isinstance(entry, dict)]
    kinds = {str(kind) for entry in listed for kind in entry.get("types") or ()}
    return frozenset(kinds | set(document.get("rules") or ()))
