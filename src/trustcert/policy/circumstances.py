"""What a checkpoint knows besides the credential: journey, document shown, other proofs."""

from __future__ import annotations

from typing import Final

from trustcert.claims import Claims
from trustcert.formats import Challenge
from trustcert.values import PublicValue, Value

__all__ = ["NOTHING", "Circumstances", "Companion"]


class Companion(PublicValue, frozen=True, kw_only=True):
    """Another credential that was verified and is VALID: its claims and its issuer's id."""

    claims: Claims
    issuer: str


class Circumstances(Value, frozen=True, kw_only=True):
    """What a checkpoint knows beside the credential.

    ``departed_at`` (Unix seconds) is when the journey began, by the ticket. ``number`` is what
    was typed from the document that was shown: the whole number or its visible tail.
    ``companions`` are other credentials of the same holder. ``is_live`` says that the holder's
    key, or a guardian's, has just signed (:mod:`trustcert.presentation`); the verifier sets it.
    ``here`` names the verifier and ``purpose`` the use that a copy must be made for.
    ``challenge`` is what the holder must have answered; without one, an answer that
    comes along is neither asked for nor looked at. ``clock_floor`` (Unix seconds) is a time that
    has passed, by what this device saw before (:class:`trustcert.verifier.clock.ClockGuard`).
    """

    _shown = ("departed_at", "companions", "is_live", "here", "purpose", "challenge", "clock_floor")

    departed_at: int | None = None
    number: str | None = None
    companions: tuple[Companion, ...] = ()
    is_live: bool = False
    here: str | None = None
    purpose: str | None = None
    challenge: Challenge | None = None
    clock_floor: int = 0


NOTHING: Final = Circumstances()
"""Nothing is known beside the credential."""
