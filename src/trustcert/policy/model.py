"""What a destination accepts: whom it recognises, for what, and by which rules.

An allow-list that is empty allows nothing, a judged claim without a rule is not a pass, and
what is not recognised is held, not denied: it may be genuine, and the local rules decide.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from trustcert.claims import Colour, CredentialType, Outcome

HOUR: Final = 3600


class Origin(enum.Enum):
    """From which moment the age of a test counts; regions differ."""

    SAMPLED = "sampled"
    REPORTED = "reported"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """How old a test may be: ``hours`` from ``origin``; ``inclusive`` admits exactly that age."""

    hours: int
    origin: Origin
    inclusive: bool

    def ends(self, start: int) -> int:
        """Return the first second (Unix) at which a test that counts from ``start`` is too old."""
        return start + self.hours * HOUR + (1 if self.inclusive else 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What must hold of one type: accepted colours and results, and the age of the test.

    None for ``colours`` or ``outcomes`` means that there is no rule for them, so that a
    credential which asserts one is held.
    """

    colours: frozenset[Colour] | None = None
    outcomes: frozenset[Outcome] | None = None
    window: Window | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognition:
    """One line of mutual recognition (互认): ``issuer``'s ``types`` from ``start`` to ``end``.

    ``start`` is included, ``end`` is not; both Unix seconds, None for open.
    """

    issuer: str
    types: frozenset[CredentialType]
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ages:
    """From which age of trust data a checkpoint is warned, and from which it holds everybody.

    Seconds. 24 and 48 hours are what deployed verifiers in Germany and Austria used.
    """

    warn: int = 24 * HOUR
    hold: int = 48 * HOUR


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """One destination's rules. ``recognitions`` None recognises whoever the application pinned."""

    destination: str | None
    recognitions: tuple[Recognition, ...] | None
    rules: Mapping[CredentialType, Rule]
    ages: Ages = Ages()
    _lines: Mapping[tuple[str, CredentialType], tuple[Recognition, ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Index the recognitions: a check looks one up, however many there are."""
        lines: dict[tuple[str, CredentialType], tuple[Recognition, ...]] = {}
        for line in self.recognitions or ():
            for kind in line.types:
                key = (line.issuer, kind)
                lines[key] = (*lines.get(key, ()), line)
        object.__setattr__(self, "_lines", lines)

    def recognitions_of(self, issuer: str, kind: CredentialType) -> tuple[Recognition, ...]:
        """Return the lines that recognise ``issuer`` for ``kind``, whenever they hold."""
        return self._lines.get((issuer, kind), ())


_GREEN_ONLY: Final = frozenset({Colour.GREEN})
_GOOD: Final = frozenset({Outcome.NEGATIVE, Outcome.NO_ABNORMALITY})

PINNED: Final = Policy(
    destination=None,
    recognitions=None,
    rules={kind: Rule(colours=_GREEN_ONLY, outcomes=_GOOD) for kind in CredentialType},
)
"""For an application that holds keys itself: their issuers are recognised because it pinned them;
green and negative pass, whatever the age of the test."""
