"""A guard over the clock of a device that judges many credentials, one after another.

A clock that jumps back between two checks makes verdicts indeterminate, and the report says what
time it should at least be. What is remembered is one number, the floor:

- it rises with each check, to ``slack`` seconds before the time of the check, so that a clock which
  a time server moves back by seconds, or two threads that overtake each other, hold nobody;
- it rises to the issue time of credentials that a trusted key signed, if the application asks for
  that (``learns``): a device that starts with its clock behind notices at the first credential that
  is newer than its trust data. An issuer that dates ahead can then hold everybody here.

It never falls. After a clock that was ahead has been set right, begin with a new guard.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from trustcert.encoding.instants import instant
from trustcert.policy import Circumstances
from trustcert.policy.circumstances import NOTHING
from trustcert.report import Reason, Report, Step, Verdict
from trustcert.verifier import LEEWAY, Verifier

__all__ = ["ClockGuard"]

_UNTRUSTED: Final = frozenset({Step.FORMAT, Step.ISSUER, Step.SIGNATURE, Step.CLAIMS})


class ClockGuard:
    """The newest time that a device has seen; safe to share between threads."""

    __slots__ = ("_floor", "_lock", "learns", "slack")

    def __init__(self, *, floor: int = 0, learns: bool = False, slack: int = LEEWAY) -> None:
        """Begin at ``floor`` (Unix seconds), kept from an earlier run where there was one."""
        self._floor = floor
        self._lock = threading.Lock()
        self.learns = learns
        self.slack = slack

    @property
    def floor(self) -> int:
        """The time that it should at least be, Unix seconds; an application may keep it."""
        return self._floor

    def check(
        self,
        verifier: Verifier,
        text: str | bytes,
        *,
        at: float | str | datetime,
        circumstances: Circumstances = NOTHING,
    ) -> Report:
        """Return what ``verifier`` finds in ``text`` at ``at``, by a clock that only goes on.

        Raises:
            MalformedError: ``at`` is not a point in time.
        """
        moment = instant(at)
        floor = max(circumstances.clock_floor, self.passed(moment))
        known = replace(circumstances, clock_floor=floor)
        report = verifier.check(text, at=moment, circumstances=known)
        self.learn(report)
        return report

    def passed(self, at: int) -> int:
        """Note that a clock says ``at`` (Unix seconds); return the floor."""
        with self._lock:
            self._floor = max(self._floor, at - self.slack)
            return self._floor

    def learn(self, report: Report) -> None:
        """Raise the floor to the time at which the credential of ``report`` was issued.

        Only where this guard ``learns``, and only by a key that is trusted for that time.
        """
        if self.learns and report.issued_at is not None and _is_trusted(report):
            self.passed(report.issued_at)


def _is_trusted(report: Report) -> bool:
    """Return whether a key in use signed the issue time; what else is wrong does not matter."""
    return not any(
        finding.verdict is Verdict.INVALID
        and (finding.step in _UNTRUSTED or finding.reason is Reason.OUTSIDE_KEY_WINDOW)
        for finding in report.objections
    )
