"""The EU Digital COVID Certificate as claims (DCC JSON schema 1.0.0 to 1.3.0, read tolerantly).

A certificate holds events of exactly one kind: ``v``, ``t`` or ``r``. Every issuer writes one;
schema 1.0.0 allows a list, of which the newest counts. The schema is no gate: many genuine
certificates contradict it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from trustcert.claims import Details, Holder, Outcome, Recovery, TestResult, Vaccination
from trustcert.claims.codes import TESTS
from trustcert.claims.events import distinct, newest_test
from trustcert.encoding.fields import typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.formats.content import lenient
from trustcert.limits import DCC_EVENTS

__all__ = ["COMMON", "Assertion", "holder_of", "only", "read", "refusal", "unknown"]

COMMON: Final = frozenset({"ver", "nam", "dob"})
"""What stands beside the event in every certificate."""

_EVENTS: Final = ("v", "t", "r")
_OUTCOMES: Final = {"260415000": Outcome.NEGATIVE, "260373001": Outcome.POSITIVE}
_UNNAMED: Final = "unnamed"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,15}", re.ASCII)
_NAMES: Final = 4


class Assertion(NamedTuple):
    """What a certificate asserts.

    ``event`` is the entry that ``details`` were read from, ``events`` are all of them, ``ends`` is
    when the last day of the event is over (Unix seconds) where it has one.
    """

    details: Details
    event: Mapping[Any, Any]
    ends: int | None = None
    events: tuple[Details, ...] = ()


def read(certificate: Mapping[Any, Any]) -> Assertion:
    """Return what a certificate asserts: its newest dose, test or recovery, and all of them.

    Raises:
        MalformedError: events of several kinds, or what stands there is none.
        UnsupportedError: none of the three kinds; what stands there instead is named.
    """
    kinds = [kind for kind in _EVENTS if certificate.get(kind)]
    if not kinds:
        raise refusal("EU certificate", certificate)
    if len(kinds) > 1:
        raise MalformedError("must hold events of one kind, holds several", where="hcert")
    kind = kinds[0]
    entries = typed(certificate[kind], list, where=f"hcert.{kind}")
    if len(entries) > DCC_EVENTS:
        raise LimitExceededError(f"over {DCC_EVENTS} events", where=f"hcert.{kind}")
    found: list[tuple[Details, Mapping[Any, Any]]] = []
    for place, entry in enumerate(entries):
        event: Mapping[Any, Any] = typed(entry, dict, where=f"hcert.{kind}[{place}]")
        found.append((_details(kind, event, place), event))
    if len(found) == 1:
        return Assertion(*found[0])
    newest = _newest([details for details, _ in found])
    chosen = next((event for details, event in found if details == newest), found[0][1])
    return Assertion(newest, chosen, events=tuple(details for details, _ in found))


def _newest(found: list[Details]) -> Details:
    """Return the newest of several events of one kind."""
    doses = distinct(entry for entry in found if isinstance(entry, Vaccination))
    if doses:
        return doses[-1]
    tests = newest_test(entry for entry in found if isinstance(entry, TestResult))
    if tests is not None:
        return tests
    recoveries = [entry for entry in found if isinstance(entry, Recovery)]
    return max(recoveries, key=lambda entry: entry.positive_on or date.min)


def only(certificate: Mapping[Any, Any], kind: str) -> Mapping[Any, Any]:
    """Return the one event of a kind.

    Raises:
        MalformedError: several events, or what stands there is none.
    """
    entries = typed(certificate[kind], list, where=f"hcert.{kind}")
    if len(entries) != 1:
        raise MalformedError("must hold one event", where=f"hcert.{kind}")
    return typed(entries[0], dict, where=f"hcert.{kind}[0]")


def unknown(certificate: Mapping[Any, Any], known: frozenset[str]) -> list[str]:
    """Return the names of what a certificate holds beside ``known``, for people; few and short."""
    names = [key for key in certificate if key not in known and certificate[key] not in (None, [])]
    shown = [key if type(key) is str and _NAME.fullmatch(key) else "?" for key in names]
    return shown[:_NAMES]


def refusal(
    name: str, certificate: Mapping[Any, Any], known: frozenset[str] = COMMON
) -> UnsupportedError:
    """Return the error that says which certificate holds what, where that is not known here."""
    held = unknown(certificate, known)
    if not held:
        return UnsupportedError(f"{name}: holds no event that is known here")
    return UnsupportedError(f"{name}: holds {', '.join(held)}, which is not known here")


def holder_of(certificate: Mapping[Any, Any]) -> Holder:
    """Return whom a certificate is about."""
    names = certificate.get("nam")
    if type(names) is not dict:
        names = {}
    latin = lenient.name(_filled(names.get("gnt")), _filled(names.get("fnt")))
    name = lenient.name(names.get("gn"), names.get("fn")) or latin
    return Holder(name=name, name_latin=latin, birth_date=lenient.day(certificate.get("dob")))


def _details(kind: str, event: Mapping[Any, Any], place: int) -> Details:
    """Return what event ``place`` of a kind asserts."""
    if kind == "v":
        return _vaccination(event, place)
    disease = lenient.words(event.get("tg"), 64) or _UNNAMED
    if kind == "t":
        test = TESTS.get(str(event.get("tt")))
        return TestResult(
            result=_OUTCOMES.get(str(event.get("tr")), Outcome.INCONCLUSIVE),
            method=None if test is None else test.method,
            sampled_at=lenient.moment(event.get("sc")),
            reported_at=lenient.moment(event.get("dr")),
            site=lenient.words(event.get("tc")),
            disease=disease,
        )
    return Recovery(
        disease=disease,
        positive_on=lenient.day(event.get("fr")),
        valid_from=lenient.day(event.get("df")),
        valid_until=lenient.day(event.get("du")),
        site=lenient.words(event.get("is")),
    )


def _vaccination(event: Mapping[str, Any], place: int) -> Vaccination:
    given_on = lenient.day(event.get("dt"))
    if given_on is None:
        raise MalformedError("must be a date", where=f"hcert.v[{place}].dt")
    get, words, count = event.get, lenient.words, lenient.count
    return Vaccination(
        disease=words(get("tg"), 64) or _UNNAMED,
        vaccine=words(get("mp"), 64) or words(get("vp"), 64) or _UNNAMED,
        dose=count(get("dn")) or 0,
        doses=count(get("sd")),
        given_on=given_on,
        maker=words(get("ma"), 64),
        site=words(get("is")),
    )


def _filled(part: Any) -> Any:
    """Return a part of a machine-readable name with spaces for its fillers (ICAO Doc 9303-3)."""
    return part.replace("<", " ").strip() if type(part) is str else part
