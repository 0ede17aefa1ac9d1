"""One shift at one checkpoint: what was scanned, who passed, how many, and which twice.

A person is counted once, by the signed name of the credential: who was held and passes after the
document was compared counts as passed, and whoever passed before is flagged as a duplicate, not
denied, since staff scan again. What names nobody (no code, a wrong signature) is counted a scan.

The shift remembers signed names only as keyed digests, under a key that ends with it.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from trustcert.encoding import json
from trustcert.errors import LimitExceededError
from trustcert.limits import NAME_CHARACTERS, SHIFT_CREDENTIALS
from trustcert.policy import Circumstances
from trustcert.policy.circumstances import NOTHING
from trustcert.qr.healing import heal
from trustcert.report import Reason, Report, Step, Verdict
from trustcert.values import PublicValue
from trustcert.verifier import Verifier
from trustcert.verifier.clock import ClockGuard

SCHEMA: Final = "trustcert.shift.v1"
"""Name and version of the log's JSON lines."""

_DIGEST: Final = 16


class Passage(PublicValue, frozen=True, kw_only=True):
    """One scan: the report, and what the guard is told beside it.

    ``first_at`` is when the same credential passed before in this shift (Unix seconds), None
    where it did not. ``compare`` asks the guard to look at the document and to type its last
    characters.
    """

    report: Report
    first_at: int | None = None
    compare: bool = False

    @property
    def is_duplicate(self) -> bool:
        """Whether the same credential passed before in this shift."""
        return self.first_at is not None


class Tally(PublicValue, frozen=True, kw_only=True):
    """The numbers of a shift: credentials by verdict, type and region; scans in all.

    ``by_type`` and ``by_region`` count what was signed by a known key, by verdict.
    """

    scans: int
    duplicates: int
    by_verdict: dict[Verdict, int]
    by_type: dict[str, dict[Verdict, int]]
    by_region: dict[str, dict[Verdict, int]]

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as JSON values."""
        return {
            "scans": self.scans,
            "duplicates": self.duplicates,
            "by_verdict": _named(self.by_verdict),
            "by_type": {name: _named(found) for name, found in self.by_type.items()},
            "by_region": {name: _named(found) for name, found in self.by_region.items()},
        }


class Freshness(PublicValue, frozen=True, kw_only=True):
    """How old the registry is, in seconds, and until when it may be used without a network."""

    age: int | None
    warn: bool
    good_until: int | None


@dataclass(slots=True)
class _Seen:
    verdict: Verdict
    type: str
    region: str
    passed_at: int | None


class Shift:
    """Judges what a scanner types, counts, and logs; safe to share between threads.

    ``log`` takes each scan as a line of JSON without any fact about the person.
    """

    def __init__(
        self,
        verifier: Verifier,
        *,
        name: str,
        log: Callable[[str], object] | None = None,
        clock: ClockGuard | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Begin a shift of ``verifier`` at the checkpoint ``name``.

        A ``clock`` that jumps back in it holds everybody; a guard of its own by default.

        Raises:
            LimitExceededError: the name is too long.
        """
        if len(name) > NAME_CHARACTERS:
            raise LimitExceededError(f"has over {NAME_CHARACTERS} characters", where="name")
        self.verifier = verifier
        self.name = name
        self.clock = clock or ClockGuard()
        self._log = log
        self._key = random(32)
        self._seen: dict[bytes, _Seen] = {}
        self._nameless: Counter[Verdict] = Counter()
        self._scans = 0
        self._duplicates = 0
        self._lock = threading.Lock()

    def scan(self, text: str, *, at: int, circumstances: Circumstances = NOTHING) -> Passage:
        """Return what to tell the guard of one code; never raises for any text.

        The text is healed first (:func:`trustcert.qr.heal`). A copy counts where it was made for
        this checkpoint's ``name``.
        """
        known = replace(circumstances, here=circumstances.here or self.name)
        report = self.clock.check(self.verifier, heal(text), at=at, circumstances=known)
        with self._lock:
            first_at = self._count(report, at)
        passage = Passage(report=report, first_at=first_at, compare=_is_to_compare(report))
        if self._log is not None:
            self._log(_line(self.name, at, passage))
        return passage

    def tally(self) -> Tally:
        """Return the numbers so far."""
        with self._lock:
            seen = list(self._seen.values())
            verdicts = Counter(entry.verdict for entry in seen) + self._nameless
            return Tally(
                scans=self._scans,
                duplicates=self._duplicates,
                by_verdict={verdict: verdicts[verdict] for verdict in Verdict},
                by_type=_grouped((entry.type, entry.verdict) for entry in seen),
                by_region=_grouped((entry.region, entry.verdict) for entry in seen),
            )

    def freshness(self, *, at: int) -> Freshness:
        """Return how old the registry is at ``at``, and when everybody will be held."""
        as_of, ages = self.verifier.trust.as_of, self.verifier.ages
        if as_of is None:
            return Freshness(age=None, warn=False, good_until=None)
        age = max(0, at - as_of)
        return Freshness(age=age, warn=age >= ages.warn, good_until=as_of + ages.hold)

    def _count(self, report: Report, at: int) -> int | None:
        """Count one report; return when the same credential passed before."""
        self._scans += 1
        if report.id is None or report.type is None or report.issuer is None:
            self._nameless[report.verdict] += 1
            return None
        name = hashlib.blake2b(report.id.encode(), key=self._key, digest_size=_DIGEST).digest()
        entry = self._seen.get(name)
        if entry is None:
            if len(self._seen) >= SHIFT_CREDENTIALS:
                self._nameless[report.verdict] += 1
                return None
            region = "-".join(report.issuer.split("-")[:2])
            entry = _Seen(report.verdict, report.type, region, None)
            self._seen[name] = entry
        first_at = entry.passed_at
        if report.verdict is Verdict.VALID:
            if first_at is None:
                entry.passed_at = at
            else:
                self._duplicates += 1
        if first_at is None:
            entry.verdict = report.verdict
        return first_at


def _is_to_compare(report: Report) -> bool:
    return report.reasons == (Reason.IDENTITY_NEEDED,)


def _grouped(pairs: Iterable[tuple[str, Verdict]]) -> dict[str, dict[Verdict, int]]:
    found: dict[str, Counter[Verdict]] = {}
    for name, verdict in pairs:
        found.setdefault(name, Counter())[verdict] += 1
    return {name: dict(found[name]) for name in sorted(found)}


def _named(numbers: dict[Verdict, int]) -> dict[str, int]:
    return {verdict.signal: numbers.get(verdict, 0) for verdict in Verdict}


def _line(name: str, at: int, passage: Passage) -> str:
    report = passage.report
    signed = any(f.step is Step.SIGNATURE and f.verdict is Verdict.VALID for f in report.findings)
    line = {
        "schema": SCHEMA,
        "checkpoint": name,
        "at": at,
        "signal": report.verdict.signal,
        "reasons": [reason.value for reason in report.reasons],
        "warnings": [finding.reason.value for finding in report.warnings],
        "type": report.type,
        "issuer": report.issuer if signed else None,
        "format": report.format,
        "duplicate": passage.is_duplicate,
    }
    return json.encode(line).decode()
