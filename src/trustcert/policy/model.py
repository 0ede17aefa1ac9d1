"""What a destination accepts: whom it recognises, for what, and by which rules.

An allow-list that is empty allows nothing, a judged claim without a rule is not a pass, and
what is not recognised is held, not denied: it may be genuine, and the local rules decide.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from msgspec import field

from trustcert.claims import Claims, Colour, CredentialType, Outcome
from trustcert.claims.lifetimes import begins, day_of
from trustcert.report import Finding
from trustcert.values import PublicValue

if TYPE_CHECKING:
    from trustcert.policy.bundles import Bundle

HOUR: Final = 3600
DAY: Final = 24 * HOUR

ANY_ISSUER: Final = "*"
"""In a recognition ``through`` an intermediary: whatever it converted."""


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


class Part(enum.Enum):
    """A part of a rule that an exemption can waive."""

    __hash__ = object.__hash__  # members are single objects

    TEST = "test"
    SERIES = "series"
    VACCINATION = "vaccination"
    BESIDE = "beside"
    IDENTITY = "identity"
    LIVE = "live"


class Window(PublicValue, frozen=True, kw_only=True):
    """How old a test may be: ``hours`` from ``origin``; ``inclusive`` admits exactly that age.

    With ``calendar`` the hours are whole days in China, the day of the test being the first.
    ``otherwise`` is the moment that counts where the first one is missing; None holds.
    """

    hours: int
    origin: Origin
    inclusive: bool
    calendar: bool = False
    judge_at: JudgeAt = JudgeAt.ENTRY
    otherwise: Origin | None = None

    def ends(self, start: int) -> int:
        """Return the first second (Unix) at which a test that counts from ``start`` is too old."""
        if self.calendar:
            return begins(day_of(start), self.hours // 24)
        return start + self.hours * HOUR + (1 if self.inclusive else 0)


class Series(PublicValue, frozen=True, kw_only=True):
    """Several tests: ``tests`` of them, ``apart_hours`` between, none older than ``within_hours``.

    三天两检 is 2 tests, 24 hours apart, within 72. They count from ``origin``.
    """

    tests: int
    apart_hours: int
    within_hours: int
    origin: Origin = Origin.SAMPLED


class Immunity(PublicValue, frozen=True, kw_only=True):
    """Which vaccinations count, and when; None for a list is any, for days no end.

    A course counts from ``delay_days`` after the day of the dose that completes it, to the end
    of day ``valid_days`` after it. From dose ``booster_from`` on the booster's days count.
    Without ``complete`` any dose counts.
    """

    diseases: frozenset[str] | None
    vaccines: frozenset[str] | None
    complete: bool = True
    delay_days: int = 0
    valid_days: int | None = None
    booster_from: int | None = None
    booster_delay_days: int = 0
    booster_valid_days: int | None = None


class Recovered(PublicValue, frozen=True, kw_only=True):
    """From which to which day after the first positive test a recovery counts, both included."""

    from_days: int = 0
    until_days: int | None = None


class Journeyed(PublicValue, frozen=True, kw_only=True):
    """What a travel record may say: at most ``hours`` old, and no place in ``avoid``."""

    hours: int | None
    avoid: frozenset[str] = frozenset()


class Exemption(PublicValue, frozen=True, kw_only=True):
    """Parts that a rule ``waives`` for an age: from ``from_age`` on, below ``below_age``."""

    waives: frozenset[Part]
    from_age: int = 0
    below_age: int | None = None


class Rule(PublicValue, frozen=True, kw_only=True):
    """What must hold of one type: accepted colours and results, the age of the test, and more.

    None for ``colours``, ``outcomes``, ``immunity``, ``recovered``, ``journeyed`` or ``paper``
    means that there is no rule for them, so that a credential which asserts one is held.
    ``refresh_hours`` is the age from which a colour counts as GREY. ``beside`` are types to be
    shown too, ``identity`` demands a look at the document, ``live`` a signature by the holder's
    key at the moment of showing.
    """

    colours: frozenset[Colour] | None = None
    outcomes: frozenset[Outcome] | None = None
    window: Window | None = None
    series: Series | None = None
    immunity: Immunity | None = None
    recovered: Recovered | None = None
    journeyed: Journeyed | None = None
    refresh_hours: int | None = None
    paper: Paper | None = None
    identity: bool = False
    live: bool = False
    beside: frozenset[CredentialType] = frozenset()
    exemptions: tuple[Exemption, ...] = ()


class Exclusion(PublicValue, frozen=True, kw_only=True):
    """A division that a line of recognition leaves out, from ``start`` to ``end``."""

    division: str
    start: int | None = None
    end: int | None = None


class Recognition(PublicValue, frozen=True, kw_only=True):
    """One line of mutual recognition (互认): ``issuer``'s ``types`` from ``start`` to ``end``.

    ``start`` is included, ``end`` is not; both Unix seconds, None for open. A line for a province
    holds for its cities too. With ``through`` the line holds for what that intermediary converted
    from ``issuer``, and only for that. ``beside`` are types to be shown too. ``mutual`` says that
    the issuer's region agreed to recognise this one's in turn.
    """

    issuer: str
    types: frozenset[CredentialType]
    start: int | None = None
    end: int | None = None
    excludes: tuple[Exclusion, ...] = ()
    through: str | None = None
    beside: frozenset[CredentialType] = frozenset()
    mutual: bool = False


class Ages(PublicValue, frozen=True, kw_only=True):
    """From which age of trust data a checkpoint is warned, and from which it holds everybody.

    Seconds. 24 and 48 hours are what deployed verifiers in Germany and Austria used.
    """

    warn: int = 24 * HOUR
    hold: int = 48 * HOUR


class ForeignRules(Protocol):
    """Rules in another language that stand in the same policy, as CertLogic."""

    def judge(self, claims: Claims, at: int) -> tuple[list[Finding], list[int]] | None:
        """Return objections and ending moments, or None where no rule is for these claims."""
        ...

    def to_json(self) -> Any:
        """Return the rules as they stand in the policy's document."""
        ...


class Policy(PublicValue, frozen=True, kw_only=True):
    """One destination's rules. ``recognitions`` None recognises whoever the application pinned.

    In force from ``start`` (included) to ``end`` (excluded), Unix seconds. ``vocabularies`` map an
    issuer's own words for a state to the common colours; an issuer that has one uses no others.
    ``combination`` says which of several regions' colours decides, ``jurisdictions`` whose colours
    count. ``foreign`` are rules in other languages by their name.
    """

    destination: str | None
    recognitions: tuple[Recognition, ...] | None
    rules: Mapping[CredentialType, Rule]
    ages: Ages = Ages()
    version: int = 1
    issued: int | None = None
    start: int | None = None
    end: int | None = None
    vocabularies: Mapping[str, Mapping[str, Colour]] = field(default_factory=dict)
    combination: Combination = Combination.WORST
    jurisdictions: frozenset[Jurisdiction] = frozenset(Jurisdiction)
    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    foreign: Mapping[str, ForeignRules] = field(default_factory=dict)

    def lines_of(
        self, issuer: str, kind: CredentialType, *, through: str | None
    ) -> tuple[Recognition, ...]:
        """Return the lines that name exactly ``issuer``, ``through`` and ``kind``."""
        return tuple(
            line
            for line in self.recognitions or ()
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
            for line in self.recognitions or ()
            if line.through and line.issuer in {issuer, ANY_ISSUER} and kind in line.types
        }
        return tuple(sorted(found))


_GREEN_ONLY: Final = frozenset({Colour.GREEN})
_GOOD: Final = frozenset({Outcome.NEGATIVE, Outcome.NO_ABNORMALITY})

PINNED: Final = Policy(
    destination=None,
    recognitions=None,
    rules={
        kind: Rule(
            colours=_GREEN_ONLY,
            outcomes=_GOOD,
            immunity=Immunity(diseases=None, vaccines=None, complete=False),
            recovered=Recovered(),
            journeyed=Journeyed(hours=None),
            paper=Paper.ACCEPT,
        )
        for kind in CredentialType
    },
)
"""For an application that holds keys itself: their issuers are recognised because it pinned them;
green and negative pass, whatever the age of the test; paper asks for the document."""
