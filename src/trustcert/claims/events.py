"""Find the newest of several tests, and count the distinct doses of several vaccinations.

Moments are compared as instants, never as texts. What cannot be put in order is not guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from trustcert.claims.codes import disease_of
from trustcert.claims.types import TestResult, Vaccination
from trustcert.claims.vocabulary import Outcome, TestMethod

__all__ = ["distinct", "newest_test", "numbered"]


def newest_test(tests: Iterable[TestResult]) -> TestResult | None:
    """Return the newest of several tests by ``sampled_at``; None where there is none.

    Antibody results count only where there are no others: they do not say who is infected now.
    An undated test may be the newest. Where the tests that may be the newest disagree, the result
    is ``inconclusive``.
    """
    found = list(tests)
    found = [test for test in found if test.method is not TestMethod.ANTIBODY] or found
    if not found:
        return None
    moments = [test.sampled_at for test in found if test.sampled_at is not None]
    latest = max(moments, default=None)
    newest = [test for test in found if test.sampled_at in {None, latest}]
    chosen = next((test for test in newest if test.sampled_at is not None), newest[0])
    if len({test.result for test in newest}) > 1:
        return replace(chosen, result=Outcome.INCONCLUSIVE)
    return chosen


def distinct(doses: Iterable[Vaccination]) -> tuple[Vaccination, ...]:
    """Return the doses by day, of several of one disease and day only the one numbered lowest.

    A dose that two offices recorded, each under its own vaccine code, is one dose. Where the
    disease is not known, doses of one vaccine count together.
    """
    found: dict[tuple[object, date], Vaccination] = {}
    for dose in sorted(doses, key=lambda entry: (entry.given_on, entry.dose)):
        found.setdefault((_against(dose), dose.given_on), dose)
    return tuple(found.values())


def numbered(doses: Iterable[Vaccination]) -> tuple[Vaccination, ...]:
    """Return the :func:`distinct` doses, each with its number among those of its disease."""
    counts: Counter[object] = Counter()
    out = []
    for dose in distinct(doses):
        counts[_against(dose)] += 1
        out.append(replace(dose, dose=min(counts[_against(dose)], 99)))
    return tuple(out)


def _against(dose: Vaccination) -> object:
    return disease_of(dose) or (dose.disease, dose.vaccine)
