"""The names under which status lists stand in a registry: TUF targets of the issuer's status role.

::

    CN-51/status/7.snapshot      list 7 of CN-51, newest version
    CN-51/status/7.41-44.delta   its changes from version 41 to version 44
"""

from __future__ import annotations

import re
from typing import Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import STATUS_LIST_ID
from trustcert.values import PublicValue

__all__ = ["VERSION_MAX", "Target", "checked_issuer", "delta", "parse", "snapshot"]

VERSION_MAX: Final = (1 << 31) - 1
"""Largest version of a list: one a second for 68 years."""

_ISSUER: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", re.ASCII)
_NUMBER: Final = r"(0|[1-9][0-9]{0,9})"
_PATH: Final = re.compile(
    rf"(?P<issuer>[^/]+)/status/{_NUMBER}\.(?:snapshot|{_NUMBER}-{_NUMBER}\.delta)", re.ASCII
)


class Target(PublicValue, frozen=True, kw_only=True):
    """What a target path names; ``base`` and ``to`` are the versions of a delta, else None."""

    issuer: str
    number: int
    base: int | None = None
    to: int | None = None

    @property
    def is_snapshot(self) -> bool:
        """Whether the whole list is meant."""
        return self.to is None


def snapshot(issuer: str, number: int) -> str:
    """Return the path of the newest snapshot of a list."""
    return f"{checked_issuer(issuer)}/status/{number}.snapshot"


def delta(issuer: str, number: int, base: int, to: int) -> str:
    """Return the path of the delta from version ``base`` to version ``to`` of a list."""
    return f"{checked_issuer(issuer)}/status/{number}.{base}-{to}.delta"


def parse(path: str) -> Target:
    """Return what ``path`` names.

    Raises:
        MalformedError: it names no status list, or is not written as this module writes it.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise MalformedError("not the path of a status list")
    number, base, to = (None if n is None else int(n) for n in match.groups()[1:])
    if number is None or number > STATUS_LIST_ID:
        raise LimitExceededError(f"list number over {STATUS_LIST_ID}")
    if base is not None and to is not None and not base < to <= VERSION_MAX:
        raise MalformedError("a delta leads to a later version")
    return Target(issuer=checked_issuer(match["issuer"]), number=number, base=base, to=to)


def checked_issuer(issuer: str) -> str:
    """Return ``issuer`` if it can stand in a path.

    Raises:
        MalformedError: it has other characters than ASCII letters, digits, ``.``, ``_`` and ``-``,
            does not begin and end with a letter or digit, or is longer than 64.
    """
    if _ISSUER.fullmatch(issuer) is None:
        raise MalformedError("not an issuer id")
    return issuer
