"""The laws of a policy, over generated policies, credentials and what is shown beside them."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, NamedTuple

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.policy.objections import reasons_of
from tests.scenarios.country import DAY, HOUR, person, t

from trustcert.claims import (
    Claims,
    Colour,
    HealthCode,
    HealthProof,
    Outcome,
    Presentation,
    Recovery,
    TestMethod,
    TestResult,
    Vaccination,
)
from trustcert.claims.types import Travel
from trustcert.policy import Circumstances, Companion, Policy, evaluate, from_document
from trustcert.policy.evaluation import worst
from trustcert.report import Verdict

NOW: Final = t("2022-03-02 09:00")
NUMBER: Final = "11010519491231002X"
TYPES: Final = ("health_code", "health_proof", "test_result", "vaccination", "recovery", "travel")
RECOGNISED: Final = ("CN-51", "CN-42", "CN-00", "CN-42-01")
TIMES: Final = st.sampled_from([NOW - h * HOUR for h in (0, 1, 20, 30, 50, 80)]) | st.none()
DAYS: Final = st.sampled_from([date(2022, 3, 1), date(2022, 2, 1), date(2021, 6, 1)])
DISEASES: Final = st.sampled_from(["840539006", "covid_19", "influenza"])
PLACES: Final = st.sampled_from(["CN-42", "CN-42-01", "CN-42-05", "CN-51", "CN-41"])
VALID: Final = Verdict.VALID
ORDER: Final = [Verdict.INVALID, Verdict.INDETERMINATE, Verdict.VALID]

SHOWN_AT_ISSUING: Final = {
    # absent, these say that there is nothing of the kind; a verifier cannot miss them, so that an
    # issuer must never let a holder hide them
    "claims": {"presentation", "expires", "not_before", "source"},
    "holder": {"division"},
    "details": {
        "label", "assigned_by", "assigned_until",  # of a code
        "method", "sampled_at", "result",  # of a test
        "valid_from", "valid_until",  # of a recovery
        "places",  # of a travel record
    },
}  # fmt: skip


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual] * (2 * len(others)) + [*others])


def some(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, max_size=most, unique_by=str)


WINDOWS = st.builds(
    lambda base, more: base | more,
    st.fixed_dictionaries({
        "hours": st.sampled_from([24, 48, 72]),
        "origin": st.sampled_from(["sampled", "reported"]),
        "inclusive": st.booleans(),
    }),
    optional(
        methods=some(st.sampled_from([method.value for method in TestMethod])),
        diseases=some(DISEASES),
        otherwise=st.sampled_from(["sampled", "reported"]),
        judge_at=st.sampled_from(["entry", "departure"]),
    ),
)  # fmt: skip
DOSES = st.fixed_dictionaries(
    {"diseases": st.just(["*"]) | some(DISEASES, 2), "vaccines": st.just(["*"])},
    optional={
        "complete": st.booleans(),
        "delay_days": st.sampled_from([0, 14]),
        "valid_days": st.just(90),
        "booster": st.just({"from_dose": 2, "delay_days": 7}),
    },
)
GENEROUS: Final = {
    "colours": ["green", "yellow"],
    "results": ["negative", "no_abnormality"],
    "vaccination": {"diseases": ["*"], "vaccines": ["*"], "complete": False},
    "recovery": {},
    "travel": {"hours": 48},
    "paper": "accept",
}
PARTS = st.one_of(
    some(st.sampled_from(["green", "grey"])).map(lambda x: {"colours": x}),
    some(st.sampled_from(["negative", "no_abnormality"])).map(lambda x: {"results": x}),
    WINDOWS.map(lambda x: {"test": x}),
    st.lists(WINDOWS, min_size=1, max_size=3).map(lambda x: {"test": x}),
    st.just({"series": {"tests": 2, "apart_hours": 24, "within_hours": 72}}),
    DOSES.map(lambda x: {"vaccination": x}),
    optional(diseases=some(DISEASES), from_days=st.just(11), until_days=st.just(90)).map(
        lambda x: {"recovery": x}
    ),
    some(PLACES).map(lambda x: {"travel": {"hours": 48, "avoid": x}}),
    st.sampled_from([24, 48]).map(lambda x: {"refresh_hours": x}),
    st.sampled_from(["accept", "look_up", "refuse"]).map(lambda x: {"paper": x}),
    st.sampled_from([{"identity": True}, {"live": True}]),
    some(st.sampled_from(TYPES), 1).map(lambda x: {"beside": x}),
    st.just({"exemptions": [{"waives": ["test", "beside", "live", "identity"], "from_age": 60}]}),
)
RULES = st.lists(PARTS, max_size=2).map(
    lambda parts: {name: value for part in (GENEROUS, *parts) for name, value in part.items()}
)


def line(issuer: str) -> st.SearchStrategy[dict[str, Any]]:
    plain = {"issuer": issuer, "types": list(TYPES)}
    return st.just(plain) | st.one_of(
        st.sampled_from([NOW - DAY, NOW + DAY]).map(lambda x: plain | {"valid_from": x}),
        some(st.builds(lambda x: {"division": x}, PLACES), 2).map(
            lambda x: plain | {"excludes": x}
        ),
        some(st.sampled_from(TYPES), 1).map(lambda x: plain | {"beside": x}),
    )


def documents(*combinations: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "destination": st.just("CN-44"),
            "recognises": st.tuples(*map(line, RECOGNISED)).map(list),
            "rules": st.fixed_dictionaries(dict.fromkeys(TYPES, RULES)),
            "colours": st.fixed_dictionaries({"combine": st.sampled_from(combinations)}),
        },
        optional={
            "vocabularies": st.just({"CN-42": {"green": "green", "好": "green", "坏": "red"}}),
        },
    )


ANY = documents("worst", "newest", "destination_first", "home_only")
COLOURS = mostly(Colour.GREEN, *Colour)
RESULTS = mostly(Outcome.NEGATIVE, *Outcome)
CODES = st.builds(
    HealthCode,
    colour=COLOURS,
    label=mostly(None, "好", "坏"),
    assigned_by=mostly(None, "CN-51", "CN-41", "CN-00"),
    assigned_until=mostly(None, NOW - 1, NOW + HOUR),
)
TESTS = st.builds(
    TestResult,
    result=RESULTS,
    method=maybe(st.sampled_from(TestMethod)),
    sampled_at=TIMES,
    reported_at=TIMES,
    disease=maybe(DISEASES),
)
SHOTS = st.builds(
    Vaccination,
    disease=DISEASES,
    vaccine=st.sampled_from(["207", "141"]),
    dose=st.integers(1, 3),
    doses=maybe(st.just(2)),
    given_on=DAYS,
)
RECOVERIES = st.builds(
    Recovery,
    disease=DISEASES,
    positive_on=maybe(DAYS),
    valid_from=maybe(DAYS),
    valid_until=maybe(DAYS),
)
TRAVELS = st.builds(
    Travel,
    as_of=st.sampled_from([NOW, NOW - 30 * HOUR]),
    window_days=st.just(14),
    places=maybe(st.lists(PLACES, min_size=1, max_size=3).map(tuple)),
)
PROOFS = st.builds(
    HealthProof,
    colour=COLOURS,
    sampled_at=TIMES,
    reported_at=TIMES,
    result=maybe(RESULTS),
)
EVENTS = (
    st.tuples(CODES)
    | st.tuples(PROOFS)
    | st.tuples(TRAVELS)
    | st.lists(TESTS, min_size=1, max_size=3)
    | st.lists(SHOTS, min_size=1, max_size=3)
    | st.lists(RECOVERIES, min_size=1, max_size=2)
)
HOLDERS = st.builds(
    lambda base, changed: replace(base, **changed),
    st.just(person(number=NUMBER)),
    optional(
        division=st.sampled_from(["CN-42-01", "CN-42-05"]),
        birth_date=st.sampled_from([date(1949, 12, 31), date(2001, 2, 3)]),
        document_digest=st.none(),
    ),
)


def claims(events: Any, holder: Any, issued_at: int, presentation: Any, expires: Any) -> Claims:
    return Claims(
        issuer="CN-51",
        issued_at=issued_at,
        holder=holder,
        details=events[0],
        events=tuple(events) if len(events) > 1 else (),
        presentation=presentation,
        expires=expires,
    )


def about(events: Any) -> st.SearchStrategy[Claims]:
    return st.builds(
        claims,
        events,
        HOLDERS,
        st.sampled_from([NOW, NOW - 30 * HOUR]),
        mostly(None, *Presentation),
        maybe(st.just(NOW + DAY)),
    )


CLAIMS = about(EVENTS)
JOURNEYS = about(st.tuples(TRAVELS))
SEVERAL = about(
    st.lists(SHOTS, min_size=1, max_size=3) | st.lists(RECOVERIES, min_size=1, max_size=2)
)
ISSUERS = st.sampled_from(RECOGNISED)
COMPANIONS = st.lists(st.builds(Companion, claims=CLAIMS, issuer=ISSUERS), max_size=3)
KNOWN = st.builds(
    Circumstances,
    departed_at=maybe(st.just(NOW - 10 * HOUR)),
    number=mostly(None, "002X", NUMBER, "0021", "11010519491231003X"),
    is_live=st.booleans(),
)
LAW: Final = settings(
    deadline=None, max_examples=40, phases=[Phase.explicit, Phase.generate, Phase.shrink]
)


class Scene(NamedTuple):
    """A policy's document, a credential of an issuer, what is known, and what is shown beside."""

    document: Any
    mine: Claims
    issuer: str
    known: Circumstances
    beside: list[Companion]


def scenes(documents: Any = ANY, mine: Any = CLAIMS) -> st.SearchStrategy[Scene]:
    return st.builds(Scene, documents, mine, ISSUERS, KNOWN, COMPANIONS)


def verdict(policy: Policy, mine: Claims, issuer: str, known: Circumstances) -> Verdict:
    findings, _ = evaluate(policy, mine, issuer, NOW, known)
    reasons_of(findings)
    return worst([finding.verdict for finding in findings])


def judged(policy: Policy, mine: Claims, issuer: str, known: Circumstances) -> Any:
    findings, moments = evaluate(policy, mine, issuer, NOW, known)
    told = {(finding.verdict, finding.reason, finding.where) for finding in findings}
    return told, (None if findings else min(moments, default=None))


@LAW
@given(scenes(), CLAIMS, st.integers(0, 3))
def test_a_companion_that_is_not_recognised_changes_nothing(
    scene: Scene, stranger: Claims, place: int
) -> None:
    document, mine, issuer, known, beside = scene
    policy = from_document(document)
    more = [*beside]
    more.insert(place, Companion(claims=stranger, issuer="CN-31"))
    without, with_it = (replace(known, companions=tuple(shown)) for shown in (beside, more))
    assert evaluate(policy, mine, issuer, NOW, with_it) == evaluate(
        policy, mine, issuer, NOW, without
    )


@LAW
@given(scenes(), st.randoms())
def test_order_never_matters(scene: Scene, random: Any) -> None:
    document, mine, issuer, known, beside = scene

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            entries = [(name, shuffled(entry)) for name, entry in value.items()]
            random.shuffle(entries)
            return dict(entries)
        if isinstance(value, list | tuple):
            entries = [shuffled(entry) for entry in value]
            random.shuffle(entries)
            return type(value)(entries)
        return value

    def turned(found: Claims) -> Claims:
        details = found.details
        if isinstance(details, Travel):
            details = replace(details, places=shuffled(details.places))
        events = shuffled(found.events)
        return replace(found, details=events[0] if events else details, events=events)

    first = judged(from_document(document), mine, issuer, replace(known, companions=tuple(beside)))
    others = [Companion(claims=turned(x.claims), issuer=x.issuer) for x in shuffled(beside)]
    known = replace(known, companions=tuple(others))
    assert judged(from_document(shuffled(document)), turned(mine), issuer, known) == first


@LAW
@given(scenes(documents("worst")), COMPANIONS)
def test_what_is_denied_stays_denied_with_more_beside_it(
    scene: Scene, more: list[Companion]
) -> None:
    document, mine, issuer, known, beside = scene
    policy = from_document(document)
    before = verdict(policy, mine, issuer, replace(known, companions=tuple(beside)))
    after = verdict(policy, mine, issuer, replace(known, companions=(*beside, *more)))
    assert before is not Verdict.INVALID or after is Verdict.INVALID


@LAW
@given(scenes(mine=JOURNEYS), st.lists(PLACES, max_size=3))
def test_more_places_never_help(scene: Scene, places: list[str]) -> None:
    document, mine, issuer, known, _ = scene
    record = mine.details
    assert isinstance(record, Travel)
    policy = from_document(document)
    more = replace(record, places=(*(record.places or ()), *places) or None)
    before = verdict(policy, mine, issuer, known)
    after = verdict(policy, replace(mine, details=more), issuer, known)
    assert ORDER.index(after) <= ORDER.index(before)


@LAW
@given(scenes(mine=SEVERAL), SHOTS | RECOVERIES)
def test_another_dose_or_recovery_never_turns_a_denial_into_a_question(
    scene: Scene, another: Any
) -> None:
    """It may complete a course, and so let pass."""
    document, mine, issuer, _, _ = scene
    rules = {
        kind: {part: rule[part] for part in ("vaccination", "recovery") if part in rule}
        for kind, rule in document["rules"].items()
    }
    policy = replace(from_document(document | {"rules": rules}), recognises=None)
    mine = replace(mine, presentation=None)
    known = Circumstances()
    before = verdict(policy, mine, issuer, known)
    if type(another) is type(mine.details):
        events = (*(mine.events or (mine.details,)), another)
        after = verdict(policy, replace(mine, events=events), issuer, known)
        assert before is not Verdict.INVALID or after is not Verdict.INDETERMINATE


def withheld(mine: Any) -> list[tuple[str, str, Claims]]:
    """Return the claims with each optional field left out, and which."""
    found = []
    for part, value in (("claims", mine), ("holder", mine.holder), ("details", mine.details)):
        for field in msgspec.structs.fields(value):
            if field.default is not None or getattr(value, field.name) is None:
                continue
            less = replace(value, **{field.name: None})
            whole = less if part == "claims" else replace(mine, **{part: less})
            found.append((part, field.name, whole))
    return found


@LAW
@given(scenes())
def test_withholding_a_claim_never_lets_pass(scene: Scene) -> None:
    document, mine, issuer, known, beside = scene
    policy = from_document(document)
    alone = verdict(policy, mine, issuer, known)  # what is beside may be left out as a whole
    known = replace(known, companions=tuple(beside))
    passes = VALID in {alone, verdict(policy, mine, issuer, known)}
    for part, name, less in withheld(mine):
        if name not in SHOWN_AT_ISSUING[part]:
            assert passes or verdict(policy, less, issuer, known) is not VALID, name


@LAW
@given(scenes(documents("worst")))
def test_withholding_a_claim_of_what_is_shown_beside_never_lets_pass(scene: Scene) -> None:
    document, mine, issuer, known, beside = scene
    policy = from_document(document)
    for index, companion in enumerate(beside):
        fewer = [other for place, other in enumerate(beside) if place != index]
        if VALID in {
            verdict(policy, mine, issuer, replace(known, companions=tuple(shown)))
            for shown in (beside, fewer)  # it may be left out as a whole
        }:
            continue
        for part, name, less in withheld(companion.claims):
            if name not in SHOWN_AT_ISSUING[part]:
                others = (*fewer, Companion(claims=less, issuer=companion.issuer))
                found = verdict(policy, mine, issuer, replace(known, companions=others))
                assert found is not VALID, name
