"""Keys by key id: a kid is a hint, may name several keys, and is anybody's to claim."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from trustcert.keys.public import KID_BYTES
from trustcert.registry.model import KeyRecord
from trustcert.registry.trust import KeyState, TrustedKey

_RANK: Final = {KeyState.ACTIVE: 0, KeyState.RETIRED: 1}


def kids_of(record: KeyRecord) -> frozenset[bytes]:
    """Return the key ids under which a key is found: four bytes, their digits, and foreign ones.

    The four bytes are computed of the key and never claimed: a claimed id of four bytes counts not.
    """
    own = (record.key.kid, record.key.kid.hex().encode())
    foreign = (kid for kid in map(bytes.fromhex, record.kids_hex) if len(kid) != KID_BYTES)
    return frozenset((*own, *(kid.encode() for kid in record.kids), *foreign))


def ranked(keys: Iterable[tuple[bytes, TrustedKey]]) -> dict[bytes, tuple[TrustedKey, ...]]:
    """Return the keys by kid: each issuer's first key before anybody's second.

    None is left out: a verifier tries 16 of them, the claimed issuer's first, and says that there
    were more.

    One key may have any number of owners (of SMART Health Cards, 161 share one): all are kept.
    """
    found: dict[bytes, list[TrustedKey]] = {}
    for kid, key in keys:
        found.setdefault(kid, []).append(key)
    return {kid: in_order(listed) for kid, listed in found.items()}


def in_order(listed: list[TrustedKey]) -> tuple[TrustedKey, ...]:
    """Return the owners of the keys under one kid, as :func:`ranked` orders them."""
    return tuple(_fair(listed))


def _fair(listed: list[TrustedKey]) -> list[TrustedKey]:
    if len(listed) == 1:
        return listed
    counts: dict[str, int] = {}
    order: list[tuple[int, TrustedKey]] = []
    for key in sorted(listed, key=lambda k: _RANK.get(k.state, 2)):
        counts[key.issuer] = counts.get(key.issuer, 0) + 1
        order.append((counts[key.issuer], key))
    return [key for _, key in sorted(order, key=lambda pair: pair[0])]
