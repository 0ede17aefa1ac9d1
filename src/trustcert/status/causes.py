"""Why a credential's state changes: the operations of the licence catalogues, and what they do.

The national catalogue schema of construction certificates numbers the states 01 valid, 02 withheld
(暂扣), 03 annulled (撤销), 04 cancelled (注销), 05 lapsed (失效), 06 transfer under way (办理转出),
07 withdrawn as a penalty (吊销), 99 other, and names the operations between them. Withholding ends
by release (暂扣发还) and a transfer can be called off (取消转出); everything else is final.

Measures that can be undone stand beside one another: what one office withheld and another is
investigating is suspended until both have ended, each by its own cause. The same measure twice is
one. So a release that is sent twice lifts nothing but its own. The same holds of what something
took the place of: the end of a measure does not bring it back.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final, Self

from trustcert.report import Reason
from trustcert.values import PublicValue

__all__ = [
    "ON_THE_WIRE",
    "REVERSIBLE",
    "RULES",
    "Cause",
    "Rule",
    "State",
    "cause_of",
    "in_force",
    "objection",
    "state_after",
]


class State(enum.Enum):
    """The state of one credential; closed, the values are the codes on the wire.

    The first three are those of the IETF Token Status List (section 7.1).
    """

    __hash__ = object.__hash__  # members are single objects

    VALID = 0
    INVALID = 1
    SUSPENDED = 2
    SUPERSEDED = 3


class Rule(PublicValue, frozen=True, kw_only=True):
    """What a cause does: it leads to ``state``, or ends another cause.

    ``name`` is the official term, ``code`` the state's number in the catalogue schema, ``wire`` the
    cause's own number on status lists (a transfer has none: a list says already who keeps the
    successor), ``reason`` the reason in a report, where it is not the state's, and ``ends`` the
    value of the cause that it undoes.
    """

    name: str
    code: str
    state: State
    wire: int | None = None
    reason: Reason | None = None
    ends: str | None = None

    @property
    def undoes(self) -> Cause | None:
        """The one cause that it ends, or None."""
        return None if self.ends is None else Cause(self.ends)


class Cause(enum.Enum):
    """Why a state changed; programs may store and compare the values.

    One member is all that a new cause takes. Of two that suspend, the first counts more: a
    decision, before a doubt.
    """

    rule: Rule

    def __new__(cls, value: str, *rules: Rule) -> Self:
        """Keep the text as the value, and the one rule beside it."""
        member = object.__new__(cls)
        member._value_ = value
        (member.rule,) = rules
        return member

    WITHHELD = "withheld", Rule(name="暂扣", code="02", state=State.SUSPENDED, wire=2)
    INVESTIGATED = (
        "investigated",
        Rule(
            name="核查",
            code="02",
            state=State.SUSPENDED,
            wire=10,
            reason=Reason.UNDER_INVESTIGATION,
        ),
    )
    ANNULLED = (
        "annulled",
        Rule(name="撤销", code="03", state=State.INVALID, wire=3, reason=Reason.ANNULLED),
    )
    CANCELLED = (
        "cancelled",
        Rule(name="注销", code="04", state=State.INVALID, wire=4, reason=Reason.CANCELLED),
    )
    LAPSED = (
        "lapsed",
        Rule(name="失效", code="05", state=State.INVALID, wire=5, reason=Reason.LAPSED),
    )
    PENALISED = (
        "penalised",
        Rule(name="吊销", code="07", state=State.INVALID, wire=7, reason=Reason.PENALISED),
    )
    LOST = "lost", Rule(name="挂失", code="05", state=State.INVALID, wire=11)
    KEY_COMPROMISED = (
        "key_compromised",
        Rule(name="密钥泄露", code="05", state=State.INVALID, wire=12),
    )
    OTHER = "other", Rule(name="其他", code="99", state=State.INVALID, wire=15)
    TRANSFERRED = "transferred", Rule(name="转出", code="06", state=State.SUPERSEDED)
    CHANGED = "changed", Rule(name="变更", code="05", state=State.SUPERSEDED, wire=13)
    RENEWED = "renewed", Rule(name="延续", code="05", state=State.SUPERSEDED, wire=14)
    RELEASED = "released", Rule(name="发还", code="01", state=State.VALID, ends="withheld")
    CLEARED = "cleared", Rule(name="核查结束", code="01", state=State.VALID, ends="investigated")
    TRANSFER_CANCELLED = (
        "transfer_cancelled",
        Rule(name="取消转出", code="01", state=State.VALID, ends="transferred"),
    )


RULES: Final[dict[Cause, Rule]] = {cause: cause.rule for cause in Cause}
"""What each cause does."""

ON_THE_WIRE: Final = {rule.wire: cause for cause, rule in RULES.items() if rule.wire is not None}
"""The causes that status lists name, by their numbers there.

Those that are states of the catalogue schema have its numbers; 1 and 6, valid and transferred, are
not used.
"""

REVERSIBLE: Final = {rule.undoes: cause for cause, rule in RULES.items() if rule.undoes}
"""The causes that can be undone, each with the one that does it."""


def in_force(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return which causes of a credential's history, oldest first, are not undone."""
    found: dict[Cause, None] = {}
    for cause in causes:
        undone = RULES[cause].undoes
        if undone is not None:
            found.pop(undone, None)
        else:
            found[cause] = None
    return tuple(found)


def cause_of(state: State, causes: Iterable[Cause]) -> Cause | None:
    """Return which cause of a credential's history put it into ``state``; None where it is valid.

    Of several measures in force it is the one that counts most: withheld before investigated.
    """
    standing = in_force(causes)
    fitting = (cause for cause, rule in RULES.items() if rule.state is state and cause in standing)
    return next(fitting, None)


def state_after(cause: Cause, standing: Iterable[Cause]) -> State:
    """Return the state to which ``cause`` leads where causes ``standing`` are in force before."""
    undone = RULES[cause].undoes
    if undone is None:
        return RULES[cause].state
    left = [RULES[other].state for other in standing if other is not undone]
    return max(left, key=lambda state: state.value, default=State.VALID)


def objection(cause: Cause, *, standing: Iterable[Cause], state: State) -> str | None:
    """Return why ``cause`` cannot act on a credential in ``state``, or None.

    ``standing`` are the causes in force.
    """
    rule = RULES[cause]
    if state is State.INVALID and rule.undoes is None:
        return "it is invalid for good"
    if rule.undoes is not None:
        if rule.undoes in standing and state is not State.INVALID:
            return None
        wanted, told = rule.undoes.value, state.name.lower()
        return f"{cause.value} needs one that is {wanted}, this one is {told}"
    is_again = cause is Cause.TRANSFERRED and cause in standing
    if state is State.SUPERSEDED and rule.state is not State.INVALID and not is_again:
        return "it is superseded already"
    return None
