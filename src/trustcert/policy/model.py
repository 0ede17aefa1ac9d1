"""The structs of a policy: recognitions, rules by type, ages, colours and bundles.

These structs are the policy document: JSON has the same names. ``docs/policy.md`` explains every
field. An allow-list that is empty allows nothing, a claim that is judged and has no rule is not a
pass, and what is not recognised is held, not denied: it may be genuine, and local rules decide.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from msgspec import Meta, field

from trustcert.claims import Colour, CredentialType, Outcome, TestMethod
from trustcert.claims.lifetimes import begins, day_of
from trustcert.encoding.documents import Document, Instant
from trustcert.encoding.fields import typed
from trustcert.encoding.instants import HOUR
from trustcert.errors import MalformedError
from trustcert.identifiers import divisions
from trustcert.limits import REGISTRY_DOCUMENT_ITEMS
from trustcert.policy.cert_rules import CertRules

__all__ = [
    "ANYTHING",
    "ANY_ISSUER",
    "PINNED",
    "Ages",
    "Booster",
    "Bundle",
    "BundlePart",
    "Colours",
    "Combination",
    "Count",
    "Division",
    "Exclusion",
    "Exemption",
    "JudgeAt",
    "Jurisdiction",
    "Origin",
    "Paper",
    "Part",
    "Policy",
    "Recognition",
    "RecoveryRule",
    "Rule",
    "Series",
    "TravelRule",
    "VaccinationRule",
    "Window",
    "Words",
    "holds_at",
]


ANY_ISSUER: Final = "*"
"""In a recognition ``through`` an intermediary: whatever it converted."""

ANYTHING: Final = frozenset({"*"})
"""A list that accepts every disease or vaccine."""

_MAX_DAYS: Final = 366
_MAX_HOURS: Final = 24 * _MAX_DAYS
"""No window or age is longer than a year: a larger number is a slip of units."""

_Hours = Annotated[int, Meta(ge=1, le=_MAX_HOURS)]
_ManyDays = Annotated[int, Meta(ge=0, le=3_660, description="At most ten years")]
_ManyDaysFrom1 = Annotated[int, Meta(ge=1, le=3_660, description="At most ten years")]
_Age = Annotated[int, Meta(ge=0, le=150, description="Years")]

if TYPE_CHECKING:
    Division = str
else:

    class Division(str):
        """The id of a division, as CN-42-01."""

        __slots__ = ()

        @classmethod
        def from_json(cls, value: Any) -> Division:
            """Return the division of a JSON text."""
            return cls(divisions.parse_id(typed(value, str)).id)

        @classmethod
        def json_schema(cls) -> dict[str, Any]:
            """Return the schema of division ids."""
            return {"type": "string", "pattern": r"^CN-[0-9]{2}(-[0-9]{2}){0,2}$"}


class Origin(enum.Enum):
    """From which moment the age of a test counts; regions differ."""

    SAMPLED = "sampled"
    REPORTED = "reported"


class JudgeAt(enum.Enum):
    """At which moment the age of a test is judged; a late train makes the difference."""

    ENTRY = "entry"
    DEPARTURE = "departure"


class Paper(enum.Enum):
    """What a destination does with a credential on paper, which carries no colour.

    ACCEPT it with an identity check; LOOK_UP its state by hand; REFUSE it.
    """

    ACCEPT = "accept"
    LOOK_UP = "look_up"
    REFUSE = "refuse"


class Combination(enum.Enum):
    """Which of several regions' colours decides."""

    WORST = "worst"
    NEWEST = "newest"
    DESTINATION_FIRST = "destination_first"
    HOME_ONLY = "home_only"


class Jurisdiction(enum.Enum):
    """Why an authority may set a person's colour.

    It is the ISSUER of the code or under it, the NATIONAL level, of the DESTINATION, or of a
    place that the person VISITED by a travel record shown beside.
    """

    ISSUER = "issuer"
    NATIONAL = "national"
    DESTINATION = "destination"
    VISITED = "visited"


class Count(enum.Enum):
    """How the days of a window count: as so many times 24 hours, or as whole days in China."""

    ELAPSED = "elapsed"
    CALENDAR_DAYS = "calendar_days"


class Part(enum.Enum):
    """A part of a rule that an exemption can waive."""

    __hash__ = object.__hash__  # members are single objects

    TEST = "test"
    SERIES = "series"
    VACCINATION = "vaccination"
    BESIDE = "beside"
    IDENTITY = "identity"
    LIVE = "live"


_Types = frozenset[CredentialType]


def _check_span(valid_from: int | None, valid_until: int | None) -> None:
    if valid_from is not None and valid_until is not None and valid_until <= valid_from:
        raise MalformedError("must be after valid_from", where="valid_until")


def holds_at(span: Exclusion | Recognition | Policy, at: int) -> bool:
    """Decide whether ``at`` lies in the span: ``valid_from`` is included, ``valid_until`` not."""
    start, end = span.valid_from, span.valid_until
    return (start is None or start <= at) and (end is None or at < end)


class Window(Document, frozen=True, kw_only=True):
    """How old a test may be, by ``hours`` or ``days`` from its ``origin``.

    ``inclusive`` admits exactly that age. With ``count`` calendar_days the day of the test is the
    first, and the last one ends at midnight in China. ``otherwise`` is the moment that counts
    where the first one is missing; without it such a test is held. ``methods`` and ``diseases``
    say which tests the window is for; without ``methods`` it is for all but antibody tests.
    """

    origin: Origin
    hours: _Hours | None = None
    days: Annotated[int, Meta(ge=1, le=_MAX_DAYS)] | None = None
    count: Count = Count.ELAPSED
    inclusive: bool | None = None
    otherwise: Origin | None = None
    judge_at: JudgeAt = JudgeAt.ENTRY
    methods: frozenset[TestMethod] | None = None
    diseases: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if (self.hours is None) == (self.days is None):
            raise MalformedError("must be given, either hours or days", where="hours")
        if self.count is Count.ELAPSED:
            if self.inclusive is None:
                raise MalformedError("is missing", where="inclusive")
        elif self.days is None:
            raise MalformedError("calendar_days counts days, not hours", where="count")

    def ends(self, start: int) -> int:
        """Return the first second (Unix) at which a test that counts from ``start`` is too old."""
        if self.count is Count.CALENDAR_DAYS:
            return begins(day_of(start), self.days or 0)
        hours = self.hours or (self.days or 0) * 24
        return start + hours * HOUR + (1 if self.inclusive else 0)


class Series(Document, frozen=True, kw_only=True):
    """Several tests: ``tests`` of them, ``apart_hours`` between, none older than ``within_hours``.

    三天两检 is 2 tests, 24 hours apart, within 72. They count from ``origin``.
    """

    tests: Annotated[int, Meta(ge=2, le=16)]
    apart_hours: _Hours
    within_hours: _Hours
    origin: Origin = Origin.SAMPLED

    def __post_init__(self) -> None:
        """Refuse a series that nobody can show."""
        if (self.tests - 1) * self.apart_hours > self.within_hours:
            raise MalformedError("is too short for the tests to be apart", where="within_hours")


class Booster(Document, frozen=True, kw_only=True):
    """The days that count from dose ``from_dose`` on."""

    from_dose: Annotated[int, Meta(ge=1, le=99)]
    delay_days: _ManyDays = 0
    valid_days: _ManyDaysFrom1 | None = None


class VaccinationRule(Document, frozen=True, kw_only=True):
    """Which vaccinations count, and when. ``["*"]`` is any disease or any vaccine.

    A course counts from ``delay_days`` after the day of the dose that completes it, to the end
    of day ``valid_days`` after it; without ``valid_days`` it has no end. With ``complete`` false
    any dose counts.
    """

    diseases: frozenset[str]
    vaccines: frozenset[str]
    complete: bool = True
    delay_days: _ManyDays = 0
    valid_days: _ManyDaysFrom1 | None = None
    booster: Booster | None = None

    def __post_init__(self) -> None:
        """Refuse a list that is everything and something."""
        for name, entries in (("diseases", self.diseases), ("vaccines", self.vaccines)):
            if entries > ANYTHING:
                raise MalformedError('"*" stands alone', where=name)


class RecoveryRule(Document, frozen=True, kw_only=True):
    """From which to which day after the first positive test a recovery counts, both included.

    Without ``diseases`` the recovery may be from any.
    """

    diseases: frozenset[str] | None = None
    from_days: _ManyDays = 0
    until_days: _ManyDays | None = None

    def __post_init__(self) -> None:
        """Refuse an end before the start."""
        if self.until_days is not None and self.until_days < self.from_days:
            raise MalformedError("must not be below from_days", where="until_days")


class TravelRule(Document, frozen=True, kw_only=True):
    """What a travel record may say: at most ``hours`` old, and no place in ``avoid``.

    None for ``hours`` is any age; a document must give a number.
    """

    hours: _Hours | None
    avoid: frozenset[Division] = frozenset()


class Exemption(Document, frozen=True, kw_only=True):
    """Parts that a rule ``waives`` for an age: from ``from_age`` on, below ``below_age``."""

    waives: frozenset[Part]
    from_age: _Age = 0
    below_age: Annotated[int, Meta(ge=1, le=150, description="Years")] | None = None

    def __post_init__(self) -> None:
        """Refuse an exemption for everybody and for nobody."""
        if self.below_age is None:
            if not self.from_age:
                raise MalformedError("must be given, from_age or below_age", where="below_age")
        elif self.below_age <= self.from_age:
            raise MalformedError("must be above from_age", where="below_age")


class Rule(Document, frozen=True, kw_only=True):
    """What must hold of one type: accepted colours and results, the age of the test, and more.

    Without ``colours``, ``results``, ``vaccination``, ``recovery``, ``travel`` or ``paper`` there
    is no rule for them, and a credential that asserts one is held. ``test`` is one window or
    several. ``refresh_hours`` is the age from which a colour counts as grey. ``beside`` are types
    to be shown too, ``identity`` demands a look at the document, ``live`` a signature by the
    holder's key at the moment of showing.
    """

    colours: frozenset[Colour] | None = None
    results: frozenset[Outcome] | None = None
    test: Window | Annotated[tuple[Window, ...], Meta(min_length=1, max_length=16)] | None = None
    series: Series | None = None
    vaccination: VaccinationRule | None = None
    recovery: RecoveryRule | None = None
    travel: TravelRule | None = None
    refresh_hours: _Hours | None = None
    paper: Paper | None = None
    identity: bool = False
    live: bool = False
    beside: _Types = frozenset()
    exemptions: Annotated[tuple[Exemption, ...], Meta(max_length=64)] = ()

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows of ``test``, in order."""
        if self.test is None:
            return ()
        return (self.test,) if isinstance(self.test, Window) else self.test


_SPAN_NAMES: Final = {"from": "valid_from", "until": "valid_until"}


class Exclusion(Document, frozen=True, kw_only=True):
    """A division that a line of recognition leaves out, in its span of time."""

    _renamed: ClassVar[Mapping[str, str]] = _SPAN_NAMES

    division: Division
    valid_from: Instant | None = None
    valid_until: Instant | None = None

    def __post_init__(self) -> None:
        """Refuse an end before the start."""
        _check_span(self.valid_from, self.valid_until)


class Recognition(Document, frozen=True, kw_only=True):
    """One line of mutual recognition (互认): ``issuer``'s ``types`` in a span of time.

    A line for a province holds for its cities too. With ``through`` the line holds for what that
    intermediary converted from ``issuer``, and only for that. ``beside`` are types to be shown
    too. ``mutual`` says that the issuer's region agreed to recognise this one's in turn.
    """

    _renamed: ClassVar[Mapping[str, str]] = _SPAN_NAMES

    issuer: str
    types: _Types
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    excludes: Annotated[tuple[Exclusion, ...], Meta(max_length=4096)] = ()
    through: str | None = None
    beside: _Types = frozenset()
    mutual: bool = False

    def __post_init__(self) -> None:
        """Refuse a line for everybody without an intermediary, and an end before the start."""
        if self.issuer == ANY_ISSUER and self.through is None:
            raise MalformedError('"*" needs an intermediary: give through', where="issuer")
        _check_span(self.valid_from, self.valid_until)


class Ages(Document, frozen=True, kw_only=True):
    """From which age of trust data a checkpoint is warned, and from which it holds everybody.

    24 and 48 hours are what deployed verifiers in Germany and Austria used.
    """

    warn_hours: _Hours = 24
    hold_hours: _Hours = 48

    def __post_init__(self) -> None:
        """Refuse a warning after the hold."""
        if self.warn_hours > self.hold_hours:
            raise MalformedError("must not be above hold_hours", where="warn_hours")

    @property
    def warn(self) -> int:
        """The age of the warning in seconds."""
        return self.warn_hours * HOUR

    @property
    def hold(self) -> int:
        """The age of the hold in seconds."""
        return self.hold_hours * HOUR


class Colours(Document, frozen=True, kw_only=True):
    """Which of several regions' colours decides (``combine``), and whose colours count."""

    combine: Combination = Combination.WORST
    jurisdiction: frozenset[Jurisdiction] = frozenset(Jurisdiction)


class Words(Document, frozen=True, kw_only=True):
    """A name in Chinese and in English."""

    zh: str = ""
    en: str = ""


class BundlePart(Document, frozen=True, kw_only=True):
    """One part of a bundle: credentials of any of ``types``, of the bundle's holder.

    With ``each_of`` one is needed for every person on the roster of that name, employed by the
    holder. ``same_address`` asks for the address of the first part.
    """

    part: str
    types: _Types
    name: Words = Words()
    each_of: str | None = None
    optional: bool = False
    same_address: bool = False


class Bundle(Document, frozen=True, kw_only=True):
    """One matter: its parts in order, and how many days ahead an expiry is said."""

    parts: Annotated[tuple[BundlePart, ...], Meta(min_length=1, max_length=64)]
    name: Words = Words()
    warn_days: Annotated[int, Meta(ge=0, le=_MAX_DAYS)] = 14

    def __post_init__(self) -> None:
        """Refuse parts without a holder and two parts of one name."""
        if not self.parts:
            raise MalformedError("a bundle has parts", where="parts")
        if self.parts[0].each_of is not None or self.parts[0].optional:
            raise MalformedError("the first part names the holder: one, required", where="parts[0]")
        if len({part.part for part in self.parts}) != len(self.parts):
            raise MalformedError("two parts of one name", where="parts")


_TYPE_NAMES: Final = {"propertyNames": {"enum": [kind.value for kind in CredentialType]}}


class Policy(Document, frozen=True, kw_only=True):
    """One destination's rules.

    ``recognises`` None, which no document can say, recognises whoever the application pinned.
    ``vocabularies`` map an issuer's own words for a state to the common colours; an issuer that
    has one uses no others. ``certlogic`` are rules of the EU's language for foreign certificates.
    """

    _renamed: ClassVar[Mapping[str, str]] = _SPAN_NAMES

    destination: str | None
    version: Annotated[int, Meta(ge=1, le=1 << 31)] = 1
    issued: Instant | None = None
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    ages: Ages = Ages()
    recognises: (
        Annotated[tuple[Recognition, ...], Meta(max_length=REGISTRY_DOCUMENT_ITEMS)] | None
    ) = ()
    rules: Annotated[dict[CredentialType, Rule], Meta(extra_json_schema=_TYPE_NAMES)] = field(
        default_factory=dict
    )
    vocabularies: dict[str, dict[str, Colour]] = field(default_factory=dict)
    colours: Colours = Colours()
    bundles: dict[str, Bundle] = field(default_factory=dict)
    certlogic: CertRules | None = None

    def __post_init__(self) -> None:
        """Refuse an end before the start."""
        _check_span(self.valid_from, self.valid_until)

    def lines_of(
        self, issuer: str, kind: CredentialType, *, through: str | None
    ) -> tuple[Recognition, ...]:
        """Return the lines that name exactly ``issuer``, ``through`` and ``kind``."""
        return tuple(
            line
            for line in self.recognises or ()
            if line.issuer == issuer and line.through == through and kind in line.types
        )

    def recognitions_of(
        self, issuer: str, kind: CredentialType, *, through: str | None = None
    ) -> tuple[Recognition, ...]:
        """Return the lines that recognise ``issuer`` for ``kind``, whenever they hold.

        A city is recognised with its province. ``through`` is who converted the credential.
        """
        lines = self.lines_of(issuer, kind, through=through)
        above = issuer
        while above.count("-") > 1:
            above = above.rpartition("-")[0]
            lines += self.lines_of(above, kind, through=through)
        if through is not None:
            lines += self.lines_of(ANY_ISSUER, kind, through=through)
        return lines

    def intermediaries_of(self, issuer: str, kind: CredentialType) -> tuple[str, ...]:
        """Return through whom ``issuer`` is recognised for ``kind``, whenever it is."""
        found = {
            line.through
            for line in self.recognises or ()
            if line.through and line.issuer in {issuer, ANY_ISSUER} and kind in line.types
        }
        return tuple(sorted(found))


_GREEN_ONLY: Final = frozenset({Colour.GREEN})
_GOOD: Final = frozenset({Outcome.NEGATIVE, Outcome.NO_ABNORMALITY})

PINNED: Final = Policy(
    destination=None,
    recognises=None,
    rules={
        kind: Rule(
            colours=_GREEN_ONLY,
            results=_GOOD,
            vaccination=VaccinationRule(diseases=ANYTHING, vaccines=ANYTHING, complete=False),
            recovery=RecoveryRule(),
            travel=TravelRule(hours=None),
            paper=Paper.ACCEPT,
        )
        for kind in CredentialType
    },
)
"""For an application that holds keys itself: their issuers are recognised because it pinned them;
green and negative pass, whatever the age of the test; paper asks for the document."""
