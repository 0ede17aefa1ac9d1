"""One shift at one checkpoint: what was scanned, who passed, how many, and which twice.

A person is counted once, by the signed name of the credential or, where it has none, by its signed
payload: who was held and passes after the document was compared counts as passed, and whoever
passed before is flagged as a duplicate, not denied, since staff scan again. What nobody trusted
signed (no code, a wrong signature) is counted a scan.

The shift remembers credentials only as keyed digests, under a key that ends with it.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from trustcert.errors import LimitExceededError
from trustcert.gate.log import ShiftLog
from trustcert.limits import NAME_CHARACTERS, SHIFT_CREDENTIALS
from trustcert.policy import Circumstances
from trustcert.policy.circumstances import NOTHING
from trustcert.qr import heal
from trustcert.report import Reason, Report, Verdict
from trustcert.values import PublicValue
from trustcert.verifier import Verifier
from trustcert.verifier.clock import ClockGuard

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
    """Judges what is scanned, counts, and logs; safe to share between threads.

    ``verifier`` may be replaced at any time by a newer one: each scan uses one of them from its
    beginning to its end.
    """

    def __init__(
        self,
        verifier: Verifier,
        *,
        name: str,
        log: ShiftLog | None = None,
        clock: ClockGuard | None = None,
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
        self.log = log
        self.log_problem: str | None = None
        """Why the last line could not be logged; None while the log is whole."""
        self._key = secrets.token_bytes(32) if log is None else log.secret
        self._seen: dict[str, _Seen] = {}
        self._unnamed: Counter[Verdict] = Counter()
        self._scans = 0
        self._duplicates = 0
        self._lock = threading.Lock()

    def go_on(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Take over the numbers of a shift that was broken off, from the lines of its log."""
        verdicts = {verdict.signal: verdict for verdict in Verdict}
        for line in lines:
            if line["kind"] == "scan":
                verdict = verdicts[line["signal"]]
                self._count(line["credential"], verdict, line["type"], line["region"], line["at"])

    def scan(self, text: str, *, at: int, circumstances: Circumstances = NOTHING) -> Passage:
        """Return what to tell the guard of one code; never raises for any text.

        The text is healed first (:func:`trustcert.qr.heal`). A copy counts where it was made for
        this checkpoint's ``name``. A line that cannot be logged is noted in ``log_problem``.
        """
        known = replace(circumstances, here=circumstances.here or self.name)
        report = self.clock.check(self.verifier, heal(text), at=at, circumstances=known)
        credential, region = self._name_of(report), _region_of(report)
        with self._lock:
            first_at = self._count(credential, report.verdict, report.type, region, at)
            passage = Passage(report=report, first_at=first_at, compare=_is_to_compare(report))
            if self.log is not None:
                self._write(self.log, at, passage, credential, region)
        return passage

    def tally(self) -> Tally:
        """Return the numbers so far."""
        with self._lock:
            seen = list(self._seen.values())
            verdicts = Counter(entry.verdict for entry in seen) + self._unnamed
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

    def _name_of(self, report: Report) -> str | None:
        """Return a digest that tells one credential from another in this shift, None for none."""
        if report.type is None or report.digest is None:
            return None
        name = report.digest if report.id is None else report.id.encode()
        return hashlib.blake2b(name, key=self._key, digest_size=_DIGEST).hexdigest()

    def _count(
        self, name: str | None, verdict: Verdict, kind: str | None, region: str | None, at: int
    ) -> int | None:
        """Count one scan; return when the same credential passed before."""
        self._scans += 1
        entry = None if name is None else self._seen.get(name)
        if entry is None:
            if name is None or kind is None or region is None:
                self._unnamed[verdict] += 1
                return None
            if len(self._seen) >= SHIFT_CREDENTIALS:
                self._unnamed[verdict] += 1
                return None
            entry = self._seen[name] = _Seen(verdict, kind, region, None)
        first_at = entry.passed_at
        if verdict is Verdict.VALID:
            if first_at is None:
                entry.passed_at = at
            else:
                self._duplicates += 1
        if first_at is None:
            entry.verdict = verdict
        return first_at

    def _write(
        self, log: ShiftLog, at: int, passage: Passage, credential: str | None, region: str | None
    ) -> None:
        report = passage.report
        line = {
            "signal": report.verdict.signal,
            "reasons": [reason.value for reason in report.reasons],
            "warnings": [finding.reason.value for finding in report.warnings],
            "type": report.type,
            "region": region,
            "format": report.format,
            "duplicate": passage.is_duplicate,
            "credential": credential,
        }
        try:
            log.write("scan", at, line)
        except OSError as error:
            self.log_problem = error.strerror or type(error).__name__
        else:
            self.log_problem = None


def _region_of(report: Report) -> str | None:
    """Return the province or country of the issuer, where a trusted key signed."""
    return None if report.issuer is None else "-".join(report.issuer.split("-")[:2])


def _is_to_compare(report: Report) -> bool:
    return report.reasons == (Reason.IDENTITY_NEEDED,)


def _grouped(pairs: Iterable[tuple[str, Verdict]]) -> dict[str, dict[Verdict, int]]:
    found: dict[str, Counter[Verdict]] = {}
    for name, verdict in pairs:
        found.setdefault(name, Counter())[verdict] += 1
    return {name: dict(found[name]) for name in sorted(found)}


def _named(numbers: dict[Verdict, int]) -> dict[str, int]:
    return {verdict.signal: numbers.get(verdict, 0) for verdict in Verdict}
