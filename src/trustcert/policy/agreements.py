"""Mutual recognition compared between policies: agreements that only one side keeps."""

from __future__ import annotations

from collections.abc import Iterable

from trustcert.claims import CredentialType
from trustcert.policy.model import Policy, holds_at
from trustcert.values import PublicValue

__all__ = ["OneSided", "one_sided"]


class OneSided(PublicValue, frozen=True, kw_only=True):
    """A line that says it is mutual, and types that the other side does not recognise."""

    destination: str
    issuer: str
    types: frozenset[CredentialType]


def one_sided(policies: Iterable[Policy], *, at: int) -> tuple[OneSided, ...]:
    """Return the mutual lines at ``at`` whose other side recognises less, or nothing.

    A region whose policy is not among ``policies`` cannot be compared and is left out.
    """
    known = {policy.destination: policy for policy in policies if policy.destination}
    found = []
    for destination, policy in known.items():
        for line in policy.recognises or ():
            other = known.get(line.issuer)
            if not line.mutual or other is None or not holds_at(line, at):
                continue
            lacking = line.types - _recognised(other, destination, at)
            if lacking:
                found.append(OneSided(destination=destination, issuer=line.issuer, types=lacking))
    return tuple(found)


def _recognised(policy: Policy, issuer: str, at: int) -> frozenset[CredentialType]:
    return frozenset(
        kind
        for line in policy.recognises or ()
        if line.issuer == issuer and line.through is None and holds_at(line, at)
        for kind in line.types
    )
