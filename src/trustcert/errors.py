"""The errors of trustcert.

::

    TrustcertError                 never raised itself
    ├── MalformedError             also ValueError; .where = "claims.exp"
    │   └── LimitExceededError     refused before parsing
    ├── UnsupportedError           well-formed, not spoken here
    ├── VerificationError          carries .report
    ├── TrustError                 registry, key set or status list refused
    │   ├── RollbackError          older than what we hold
    │   └── StaleError             past its time
    ├── SyncError                  network or disk; the cause attached
    └── SigningError               a token or service did not sign

No message holds personal data: messages name fields, rules and limits, not values of claims.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustcert.report import Report

__all__ = [
    "LimitExceededError",
    "MalformedError",
    "RollbackError",
    "SigningError",
    "StaleError",
    "SyncError",
    "TrustError",
    "TrustcertError",
    "UnsupportedError",
    "VerificationError",
    "inside",
]


class TrustcertError(Exception):
    """The base class of all errors of this library."""


class MalformedError(TrustcertError, ValueError):
    """The input is not what its format says; ``where`` is the place, as ``claims.exp``."""

    def __init__(self, problem: str, *, where: str = "") -> None:
        """Keep the problem apart from the place, which grows while the error climbs."""
        super().__init__(problem)
        self.problem = problem
        self.where = where

    def __str__(self) -> str:
        """Return the place and the problem."""
        return f"{self.where}: {self.problem}" if self.where else self.problem

    def under(self, place: str) -> None:
        """Prefix the place with the one that encloses it."""
        if not self.where:
            self.where = place
        else:
            joint = "" if self.where.startswith("[") else "."
            self.where = f"{place}{joint}{self.where}"


class LimitExceededError(MalformedError):
    """The input is larger than a bound of :mod:`trustcert.limits` and was not parsed."""


class UnsupportedError(TrustcertError):
    """The input is well-formed, but uses something that this library does not speak."""


class VerificationError(TrustcertError):
    """A credential was not accepted; ``report`` says why, step by step."""

    def __init__(self, report: Report) -> None:
        """Carry the report; the message is its verdict and its reason codes."""
        super().__init__(
            f"{report.verdict.value}: " + ", ".join(reason.value for reason in report.reasons)
        )
        self.report = report


class TrustError(TrustcertError):
    """A registry, a key set or a status list was refused."""


class RollbackError(TrustError):
    """Trust data older than what is already held."""


class StaleError(TrustError):
    """Trust data past its time."""


class SyncError(TrustcertError):
    """The network or the disk failed; ``__cause__`` says how."""


class SigningError(TrustcertError):
    """A token or a service did not sign: absent, locked, a wrong PIN; nothing was signed."""


class inside:  # noqa: N801 - reads as a statement, and costs a quarter of a generator
    """Prefix the place of a :class:`MalformedError` that passes through with ``place``."""

    __slots__ = ("place",)

    def __init__(self, place: str) -> None:
        """Name the place."""
        self.place = place

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let everything pass, a malformed input with its place."""
        if isinstance(error, MalformedError):
            error.under(self.place)
