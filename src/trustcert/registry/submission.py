"""What a province hands in to the hub: its own signed metadata and targets, as one file.

The hub takes what the delegation allows and nothing else; it needs none of the province's keys,
and only publishes a new snapshot and timestamp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tuf.api.metadata import Metadata, Targets

from trustcert.encoding import texts
from trustcert.errors import (
    MalformedError,
    RollbackError,
    TrustcertError,
    TrustError,
    UnsupportedError,
    inside,
)
from trustcert.registry import layout, lineage, model, quotas
from trustcert.registry.archive import Archive, pack
from trustcert.registry.chain import count_delegations, delegations
from trustcert.registry.metadata import check_bytes, parse, seconds_of, sha256_of
from trustcert.registry.repository import Repository
from trustcert.status import paths, snapshot
from trustcert.values import PublicValue

_NAMES: Final = (layout.METADATA, layout.TARGETS)


class Accepted(PublicValue, frozen=True, kw_only=True):
    """The roles that were taken over, each with its version.

    ``gone`` are the keys and cities that are there no more, ``restored`` those that count again.
    """

    roles: tuple[tuple[str, int], ...]
    gone: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()


def submit(repository: Repository, issuer: str) -> bytes:
    """Return what ``issuer`` hands in: its roles, those of its cities, and their targets.

    Raises:
        TrustError: it is not listed, a role has not reached its threshold, or nobody has signed
            anything yet.
    """
    repository.issuer(issuer)
    if not repository.is_delegated(issuer):
        raise TrustError(
            f"{issuer} signs nothing: its province hands in its keys "
            f"(registry submit DIR {layout.parent(issuer)} OUT)"
        )
    files: dict[str, bytes] = {}
    for role in _line(repository, issuer):
        if role != issuer and repository.is_unused(role):
            continue
        found = repository.signatures(role)
        if found.missing > 0:
            raise TrustError(
                f"{role}: has not reached its threshold: {found.missing} signature(s) missing, of "
                f"{', '.join(found.unsigned)}; trustcert registry sign DIR --key FILE"
            )
        metadata = repository.metadata[role]
        files[layout.metadata_name(role, None)] = metadata.to_bytes()
        for path in metadata.signed.targets:
            data = repository.file(path)
            if data is None:
                raise TrustError(f"{path}: signed for, but not in the work folder")
            files[f"{layout.TARGETS}{path}"] = data
    if not files:
        raise TrustError(
            f"{issuer} has nothing to hand in yet; add a key: "
            f"trustcert registry key add DIR {issuer} FILE.pub"
        )
    return pack(files)


def accept(  # noqa: PLR0913 - the question, its time, and what the hub allows
    repository: Repository,
    issuer: str,
    data: bytes,
    *,
    at: int,
    read_policy: Callable[[Mapping[str, Any]], object],
    may_drop: bool = False,
    may_restore: bool = False,
) -> Accepted:
    """Take the submission ``data`` of ``issuer`` over into ``repository``, all of it or nothing.

    ``read_policy`` raises on a policy document that is none (``trustcert.policy.from_document``).
    Nothing is taken that a checkpoint would refuse. A key or a city that is simply gone makes
    credentials unknown where a state would say what is the matter; that is refused unless it
    ``may_drop`` them. A key whose state is better than before would count again; that is refused
    unless it ``may_restore`` it.

    Raises:
        TrustError: a signature is missing, something is outside the delegation, a document is not
            what it should be, or metadata is expired; the file and the rule are named.
        RollbackError: a role is older than the one that is held.
    """
    repository.issuer(issuer)
    trial = repository.copy()
    archive = Archive(data)
    taken: list[tuple[str, int]] = []
    gone: list[str] = []
    back: list[str] = []
    waiting = [issuer]
    while waiting:
        role = waiting.pop(0)
        entry = archive.read(layout.metadata_name(role, None))
        if entry is not None:
            _take(trial, role, entry, archive, at=at)
            _check_documents(trial, role, read_policy)
            gone += _gone(repository, trial, role)
            back += _restored(repository, trial, role)
            taken.append((role, trial.metadata[role].signed.version))
        elif role not in trial.metadata:
            continue
        waiting += [found.name for found in delegations(trial.metadata[role].signed, role)]
    if not taken:
        raise TrustError(_nothing(archive, issuer))
    _check_used(archive, trial, [role for role, _ in taken])
    _check_room(trial, issuer)
    if gone and not may_drop:
        raise TrustError(
            f"{gone[0]} is gone: what it signed would become unknown; "
            "leave it there, retired or withdrawn (or accept it so with --may-drop)"
        )
    if back and not may_restore:
        raise TrustError(
            f"{back[0]}: is this an older key set, handed in again? "
            "if it is meant, accept it with --may-restore"
        )
    repository.drafts.update(trial.drafts)
    for role in repository.drafts.keys() - trial.drafts.keys():
        del repository.drafts[role]
    repository.blobs = trial.blobs
    return Accepted(roles=tuple(taken), gone=tuple(gone), restored=tuple(back))


def _nothing(archive: Archive, issuer: str) -> str:
    roles = [
        name.removeprefix(layout.METADATA).removesuffix(".json")
        for name in archive.names
        if name.startswith(layout.METADATA)
    ]
    shown = ", ".join(map(ascii, sorted(roles)[:4])) or "no role"
    return f"the file holds nothing of {issuer}, but {shown}: is it another province's?"


def _take(trial: Repository, role: str, entry: bytes, archive: Archive, *, at: int) -> None:
    name = f"{role}.json"
    metadata = parse(Targets, entry, name)
    _check_version(role, metadata, trial)
    published = trial.published.get(role)
    if published is None or metadata.signed.version > published.signed.version:
        trial.drafts[role] = metadata
    else:  # handed in again as it is published
        trial.drafts.pop(role, None)
    missing = trial.signatures(role).missing
    if missing > 0:
        raise TrustError(f"{name}: {missing} signature(s) of role {role} are missing")
    if seconds_of(metadata.signed.expires) <= at:
        raise TrustError(f"{name}: role {role} has expired; registry renew, sign, submit again")
    _check_delegations(role, metadata.signed, published.signed if published else None)
    for path, target in metadata.signed.targets.items():
        quotas.check_path(path)
        quotas.check_target(path, target.length)
        trial.check_path(role, path)
        data = archive.read(f"{layout.TARGETS}{path}")
        kept = layout.target_name(path, sha256_of(target, path))
        if data is None:
            data = trial.blobs.get(kept)
        if data is None:
            raise TrustError(f"{path}: signed for, but not handed in")
        check_bytes(data, target.length, target.hashes, path)
        trial.blobs.put(kept, data)
    lineage.check_lists(published, metadata, trial.reader(published), trial.reader(metadata))


def _check_version(role: str, metadata: Metadata[Targets], trial: Repository) -> None:
    """Refuse what is older than what is published, or than what was accepted and waits for it."""
    version = metadata.signed.version
    held = trial.published.get(role)
    accepted = trial.drafts.get(role)
    if accepted is not None and accepted.signatures and trial.is_signed(role):
        held = accepted
    if held is None:
        return
    if version < held.signed.version:
        raise RollbackError(
            f"{role}.json: is version {version}; still held: version {held.signed.version}"
        )
    if version == held.signed.version and held.signed != metadata.signed:
        raise TrustError(
            f"{role}.json: version {version} was handed in before with other contents; edit and "
            "sign it again, which gives it the next version"
        )


def _check_room(trial: Repository, issuer: str) -> None:
    """Hold what the province has now, and the whole registry with it, against the limits."""
    sizes: dict[str, int] = {}
    own: dict[str, int] = {}
    province = layout.parent(issuer) or issuer
    line: dict[str, Metadata[Any]] = {}
    for role, metadata in trial.metadata.items():
        owner = role.removesuffix(layout.role_of_status(""))
        below = province in {owner, layout.parent(owner)}
        if below:
            line[role] = metadata
        for path, target in getattr(metadata.signed, "targets", {}).items():
            sizes[path] = target.length
            if below:
                own[path] = target.length
    quotas.check_province(province, own, roles=count_delegations(line))
    files = sizes | {f"{role}.json": 0 for role in trial.metadata}
    quotas.check_registry(files, roles=count_delegations(trial.metadata))


def _check_delegations(role: str, signed: Targets, published: Targets | None) -> None:
    own = {found.name for found in delegations(signed, role)}
    for found in delegations(published, role) if published else ():
        if found.name not in own:
            raise TrustError(
                f"{role}.json: no longer delegates {found.name}, which every checkpoint holds and "
                "may not lose; withdraw it, and leave the delegation"
            )
    if signed.delegations is None:
        return
    if signed.delegations.roles is None:
        raise TrustError(f"{role}.json: delegates to hash bins, which are not spoken here")
    for name, delegation in signed.delegations.roles.items():
        allowed = (
            layout.status_paths(role) if layout.is_status(name) else layout.delegated_paths(name)
        )
        if name not in own:
            raise TrustError(f"{role}.json: delegates {name}, which is not its to delegate")
        if not delegation.paths or not set(delegation.paths) <= set(allowed):
            raise TrustError(f"{role}.json: delegates paths to {name} that are not {name}'s")


def _check_documents(
    trial: Repository, role: str, read_policy: Callable[[Mapping[str, Any]], object]
) -> None:
    issuer = role.removesuffix(layout.role_of_status(""))
    for path in trial.metadata[role].signed.targets:
        data = trial.file(path) or b""
        try:
            with inside(path):
                if path in layout.bin_paths(issuer):
                    for key_set in model.read_key_sets(data, issuer):
                        _check_key_types(trial, key_set.issuer, key_set)
                elif path == layout.keys_path(issuer):
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
    allowed = trial.issuer(issuer).types
    for record in key_set.keys:
        beyond = (record.types or frozenset()) - allowed
        if beyond:
            kinds = ", ".join(sorted(beyond))
            raise TrustError(
                f"{issuer}/keys.json: key {record.key.kid.hex()} may sign {kinds}, "
                f"which {issuer} may not issue"
            )


def _check_cities(trial: Repository, issuer: str, cities: tuple[model.Issuer, ...]) -> None:
    own = trial.issuer(issuer).types
    for city in cities:
        _check_texts(city)
        problem = model.beyond(city, issuer, own)
        if problem is not None:
            raise TrustError(f"{issuer}/issuers.json: {problem}")


def _check_texts(issuer: model.Issuer) -> None:
    """Refuse names that would move the cursor or turn the text of whoever reads them."""
    for text in (issuer.name_zh, issuer.name_en, issuer.contact or "", *issuer.aliases):
        if (found := texts.unprintable(text)) is not None:
            raise TrustError(f"{issuer.id}: a name or contact holds the character {found}")


def _gone(before: Repository, after: Repository, role: str) -> Iterator[str]:
    """Yield each key and city of ``role`` that was there before and is there no more."""
    if layout.is_status(role) or role not in before.metadata:
        return
    cities_path = layout.cities_path(role)
    listed = {city.id for city in after.cities(role)}
    for issuer in (role, *(city.id for city in before.cities(role))):
        kept = {record.key for record in after.key_set(issuer).keys}
        for record in _readable(before, issuer).keys:
            if record.key not in kept:
                yield f"{layout.keys_path(issuer)}: key {record.key.kid.hex()}"
    for city in before.cities(role):
        if city.id not in listed:
            yield f"{cities_path}: {city.id}"


def _restored(before: Repository, after: Repository, role: str) -> Iterator[str]:
    """Yield each key and city of ``role`` whose state is better than it was."""
    if layout.is_status(role) or role not in before.metadata:
        return
    for issuer in (role, *(city.id for city in before.cities(role))):
        yield from lineage.restored_keys(_readable(before, issuer), after.key_set(issuer))
    yield from lineage.restored_issuers(before.cities(role), after.cities(role))


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
            raise TrustError(f"{name!a}: handed in, but nothing in it is signed for or delegated")


def _line(repository: Repository, issuer: str) -> Iterator[str]:
    waiting = [issuer]
    while waiting:
        role = waiting.pop(0)
        if role in repository.metadata:
            yield role
            found = delegations(repository.metadata[role].signed, role)
            waiting += [delegation.name for delegation in found]
