"""Add, rotate, retire and remove the issuing keys of a key set.

A successor is added before its predecessor ends, so that checkpoints that synced yesterday know
both. Nothing is ever dropped from a key set by these functions: a key that disappears makes the
credentials it signed unknown, where a state says what is the matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from trustcert.encoding.instants import DAY, spoken
from trustcert.errors import MalformedError
from trustcert.keys import PublicKey
from trustcert.registry.model import KeyRecord, KeySet
from trustcert.registry.trust import KeyState
from trustcert.values import PublicValue

__all__ = ["OVERLAP", "Change", "add", "find", "remove", "retire", "rotate"]

OVERLAP: Final = 30 * DAY
"""Seconds for which a key goes on signing beside its successor."""


class Change(PublicValue, frozen=True, kw_only=True):
    """A key set as it will be, and in words what that does to which credentials."""

    key_set: KeySet
    told: tuple[str, ...]


def add(key_set: KeySet, record: KeyRecord) -> Change:
    """Return the key set with one key more.

    Raises:
        MalformedError: the key is there already.
    """
    if any(known.key == record.key for known in key_set.keys):
        raise MalformedError(f"key {record.key.kid.hex()} is there already")
    return Change(
        key_set=replace(key_set, keys=(*key_set.keys, record)),
        told=(f"key {record.key.kid.hex()} may sign {_types(record)}",),
    )


def rotate(
    key_set: KeySet, kid: str, successor: PublicKey, *, at: int, overlap: int = OVERLAP
) -> Change:
    """Return the key set with ``successor`` from ``at`` on, and key ``kid`` ending after that.

    The successor may sign what its predecessor may, and as long after it as that was to last.

    Raises:
        MalformedError: no such key, one that is not active, or the successor is there already.
    """
    old = find(key_set, kid)
    if old.state is not KeyState.ACTIVE:
        raise MalformedError(f"key {kid} is {old.state.value}, so it has no successor")
    end = at + overlap if old.not_after is None else min(old.not_after, at + overlap)
    lasts = None
    if old.not_after is not None:
        lasts = end + max(overlap, old.not_after - (old.not_before or at))
    new = KeyRecord(key=successor, types=old.types, not_before=at, not_after=lasts)
    ended = _with(key_set, kid, lambda record: replace(record, not_after=end))
    return Change(
        key_set=add(ended, new).key_set,
        told=(
            f"key {new.key.kid.hex()} may sign {_types(new)} from {spoken(at)}",
            f"key {kid} signs on until {spoken(end)}; what it signs until then stays good",
        ),
    )


def retire(key_set: KeySet, kid: str, *, at: int) -> Change:
    """Return the key set in which key ``kid`` signs nothing new; what it signed stays good.

    Raises:
        MalformedError: no such key, or one that is not active.
    """
    if find(key_set, kid).state is not KeyState.ACTIVE:
        raise MalformedError(f"key {kid} is {find(key_set, kid).state.value} already")

    def ended(record: KeyRecord) -> KeyRecord:
        end = at if record.not_after is None else min(at, record.not_after)
        return replace(record, state=KeyState.RETIRED, since=at, not_after=end)

    return Change(
        key_set=_with(key_set, kid, ended),
        told=(
            f"credentials that key {kid} issued before {spoken(at)} stay good",
            "whatever names a later issue time is refused (outside_key_window)",
        ),
    )


def remove(key_set: KeySet, kid: str, *, since: int, compromised: bool = True) -> Change:
    """Return the key set in which nothing that key ``kid`` ever signed is accepted.

    A thief can date a credential back, so ``since`` is told but protects nothing that came before.

    Raises:
        MalformedError: no such key.
    """
    state = KeyState.COMPROMISED if compromised else KeyState.WITHDRAWN
    old = find(key_set, kid)
    others = [
        record.key.kid.hex()
        for record in key_set.keys
        if record.key.kid.hex() != kid and record.state is KeyState.ACTIVE
    ]
    code = "key_compromised" if compromised else "key_withdrawn"
    refused = (
        f"every credential ({_types(old)}) that key {kid} ever signed is refused ({code}), "
        "whatever its issue time, from each checkpoint's next sync on"
    )
    following = f"{key_set.issuer} has no active key left: it can issue nothing until one is added"
    if others:
        following = f"issue them anew with key {others[0]}"
    changed = _with(key_set, kid, lambda record: replace(record, state=state, since=since))
    return Change(key_set=changed, told=(refused, following))


def find(key_set: KeySet, kid: str) -> KeyRecord:
    """Return the record of key ``kid`` (8 hexadecimal digits).

    Raises:
        MalformedError: there is none; the error lists those there are.
    """
    for record in key_set.keys:
        if record.key.kid.hex() == kid:
            return record
    known = ", ".join(record.key.kid.hex() for record in key_set.keys) or "none"
    raise MalformedError(f"{key_set.issuer} has no key {kid} (it has: {known})")


def _with(key_set: KeySet, kid: str, change: Callable[[KeyRecord], KeyRecord]) -> KeySet:
    keys = tuple(
        change(record) if record.key.kid.hex() == kid else record for record in key_set.keys
    )
    return replace(key_set, keys=keys)


def _types(record: KeyRecord) -> str:
    return "all types of its issuer" if record.types is None else ", ".join(sorted(record.types))
