"""What a province hands in to the hub: its own signed metadata and targets, as one file.

The hub takes what the delegation allows and nothing else; it needs none of the province's keys,
and only publishes a new snapshot and timestamp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tuf.api.metadata import Metadata, Targets

from trustcert.errors import (
    MalformedError,
    RollbackError,
    TrustcertError,
    TrustError,
    UnsupportedError,
    inside,
)
from trustcert.registry import layout, model
from trustcert.registry.archive import Archive, pack
from trustcert.registry.chain import delegations
from trustcert.registry.metadata import check_bytes, parse, seconds_of
from trustcert.registry.repository import Repository
from trustcert.status import paths, snapshot
from trustcert.values import PublicValue

_NAMES: Final = (layout.METADATA, layout.TARGETS)


class Accepted(PublicValue, frozen=True, kw_only=True):
    """The roles that were taken over, each with its version, and the keys and cities now gone."""

    roles: tuple[tuple[str, int], ...]
    gone: tuple[str, ...] = ()


def submit(repository: Repository, issuer: str) -> bytes:
    """Return what ``issuer`` hands in: its roles, those of its cities, and their targets.

    Raises:
        TrustError: a role has not reached its threshold.
    """
    files: dict[str, bytes] = {}
    for role in _line(repository, issuer):
        if role != issuer and repository.is_unused(role):
            continue
        if not repository.is_signed(role):
            raise TrustError(f"{role}: has not reached its threshold")
        metadata = repository.metadata[role]
        files[layout.metadata_name(role, None)] = metadata.to_bytes()
        for path in metadata.signed.targets:
            files[f"{layout.TARGETS}{path}"] = repository.files[path]
    return pack(files)


def accept(  # noqa: PLR0913 - the question, its time, and what the hub allows
    repository: Repository,
    issuer: str,
    data: bytes,
    *,
    at: int,
    read_policy: Callable[[Mapping[str, Any]], object],
    may_drop: bool = False,
) -> Accepted:
    """Take the submission ``data`` of ``issuer`` over into ``repository``, all of it or nothing.

    ``read_policy`` raises on a policy document that is none (``trustcert.policy.from_document``).
    A key or a city that is simply gone makes credentials unknown where a state would say what is
    the matter; that is refused unless it ``may_drop`` them.

    Raises:
        TrustError: a signature is missing, something is outside the delegation, a document is not
            what it should be, or metadata is expired; the file and the rule are named.
        RollbackError: a role is older than the one that is held.
    """
    trial = Repository(repository.lifetimes)
    trial.metadata, trial.roots = dict(repository.metadata), dict(repository.roots)
    trial.files = dict(repository.files)
    archive = Archive(data)
    taken: list[tuple[str, int]] = []
    gone: list[str] = []
    waiting = [issuer]
    while waiting:
        role = waiting.pop(0)
        entry = archive.read(layout.metadata_name(role, None))
        if entry is not None:
            _take(trial, role, entry, archive, at=at)
            _check_documents(trial, role, read_policy)
            gone += _gone(repository, trial, role)
            taken.append((role, trial.metadata[role].signed.version))
        elif role not in trial.metadata:
            continue
        waiting += [found.name for found in delegations(trial.metadata[role].signed, role)]
    _check_used(archive, trial, [role for role, _ in taken])
    if gone and not may_drop:
        raise TrustError(
            f"{gone[0]} is gone: what it signed would become unknown; "
            "leave it there, retired or withdrawn"
        )
    repository.metadata, repository.files = trial.metadata, trial.files
    return Accepted(roles=tuple(taken), gone=tuple(gone))


def _take(trial: Repository, role: str, entry: bytes, archive: Archive, *, at: int) -> None:
    name = f"{role}.json"
    metadata = parse(Targets, entry, name)
    held = trial.metadata.get(role)
    _check_version(role, metadata, held, trial)
    trial.metadata[role] = metadata
    if not trial.is_signed(role):
        missing = trial.signatures(role).missing
        raise TrustError(f"{name}: {missing} signature(s) of role {role} are missing")
    if seconds_of(metadata.signed.expires) <= at:
        raise TrustError(f"{name}: role {role} has expired")
    _check_delegations(role, metadata.signed)
    for path, target in metadata.signed.targets.items():
        trial.check_path(role, path)
        data = archive.read(f"{layout.TARGETS}{path}")
        if data is None:
            data = trial.files.get(path)
        if data is None:
            raise TrustError(f"{path}: signed for, but not handed in")
        check_bytes(data, target.length, target.hashes, path)
        trial.files[path] = data


def _check_version(
    role: str, metadata: Metadata[Targets], held: Metadata[Any] | None, trial: Repository
) -> None:
    published = trial.published_version(role)
    version = metadata.signed.version
    if version < published:
        raise RollbackError(f"{role}.json: is version {version}; still held: version {published}")
    if version == published and held is not None and held.signed != metadata.signed:
        raise TrustError(f"{role}.json: version {version} was published with other contents")


def _check_delegations(role: str, signed: Targets) -> None:
    if signed.delegations is None or signed.delegations.roles is None:
        return
    own = {found.name for found in delegations(signed, role)}
    for name, delegation in signed.delegations.roles.items():
        allowed = (
            layout.status_paths(role) if layout.is_status(name) else layout.delegated_paths(name)
        )
        if name not in own:
            raise TrustError(f"{role}.json: delegates {name}, which is not its to delegate")
        if not set(delegation.paths or ()) <= set(allowed) or delegation.paths is None:
            raise TrustError(f"{role}.json: delegates paths to {name} that are not {name}'s")


def _check_documents(
    trial: Repository, role: str, read_policy: Callable[[Mapping[str, Any]], object]
) -> None:
    issuer = role.removesuffix(layout.role_of_status(""))
    for path in trial.metadata[role].signed.targets:
        data = trial.files[path]
        try:
            with inside(path):
                if path == layout.keys_path(issuer):
                    _check_key_types(trial, issuer, model.read_key_set(data, issuer))
                elif path == layout.policy_path(issuer):
                    _check_policy(issuer, model.read_policy(data), read_policy)
                elif path == layout.cities_path(issuer):
                    _check_cities(trial, issuer, model.read_issuers(data))
                elif path.startswith(f"{issuer}/status/") and paths.parse(path).is_snapshot:
                    snapshot.decode(data, issuer=issuer, number=paths.parse(path).number)
        except TrustError:
            raise
        except TrustcertError as error:
            raise TrustError(str(error)) from error


def _check_policy(
    issuer: str, document: Mapping[str, Any], read_policy: Callable[[Mapping[str, Any]], object]
) -> None:
    read_policy(document)
    if document.get("destination") != issuer:
        raise MalformedError(f"must be {issuer}", where="destination")


def _check_key_types(trial: Repository, issuer: str, key_set: model.KeySet) -> None:
    allowed = {entry.id: entry.types for entry in trial.every_issuer()}.get(issuer, frozenset())
    for record in key_set.keys:
        beyond = (record.types or frozenset()) - allowed
        if beyond:
            kinds = ", ".join(sorted(beyond))
            raise TrustError(
                f"{issuer}/keys.json: key {record.key.kid.hex()} may sign {kinds}, "
                f"which {issuer} may not issue"
            )


def _check_cities(trial: Repository, issuer: str, cities: tuple[model.Issuer, ...]) -> None:
    own = {entry.id: entry.types for entry in trial.issuers}.get(issuer, frozenset())
    for city in cities:
        problem = model.beyond(city, issuer, own)
        if problem is not None:
            raise TrustError(f"{issuer}/issuers.json: {problem}")


def _gone(before: Repository, after: Repository, role: str) -> Iterator[str]:
    """Yield each key and city of ``role`` that was there before and is there no more."""
    if layout.is_status(role) or role not in before.metadata:
        return
    signed = after.metadata[role].signed.targets
    keys_path, cities_path = layout.keys_path(role), layout.cities_path(role)
    kept = {record.key for record in after.key_set(role).keys} if keys_path in signed else set()
    for record in _readable(before, role).keys:
        if record.key not in kept:
            yield f"{keys_path}: key {record.key.kid.hex()}"
    listed = {city.id for city in after.cities(role)} if cities_path in signed else set()
    for city in before.cities(role):
        if city.id not in listed:
            yield f"{cities_path}: {city.id}"


def _readable(repository: Repository, issuer: str) -> model.KeySet:
    try:
        return repository.key_set(issuer)
    except (MalformedError, UnsupportedError):
        return model.KeySet(issuer=issuer)


def _check_used(archive: Archive, trial: Repository, roles: list[str]) -> None:
    known = {layout.metadata_name(role, None) for role in roles}
    for role in roles:
        known |= {f"{layout.TARGETS}{path}" for path in trial.metadata[role].signed.targets}
    for name in archive.names:
        if name not in known:
            raise TrustError(f"{name}: handed in, but nothing in it is signed for or delegated")


def _line(repository: Repository, issuer: str) -> Iterator[str]:
    waiting = [issuer]
    while waiting:
        role = waiting.pop(0)
        if role in repository.metadata:
            yield role
            found = delegations(repository.metadata[role].signed, role)
            waiting += [delegation.name for delegation in found]
