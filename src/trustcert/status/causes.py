"""Why a credential's state changes: the operations of the licence catalogues, and what they do.

The national catalogue schema of construction certificates numbers the states 01 valid, 02 withheld
(暂扣), 03 annulled (撤销), 04 cancelled (注销), 05 lapsed (失效), 06 transfer under way (办理转出),
07 withdrawn as a penalty (吊销), 99 other, and names the operations between them. Withholding ends
by release (暂扣发还) and a transfer can be called off (取消转出); everything else is final.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from trustcert.status.statuslist import State


class Cause(enum.Enum):
    """Why a state changed; programs may store and compare the values."""

    WITHHELD = "withheld"
    INVESTIGATED = "investigated"
    ANNULLED = "annulled"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    PENALISED = "penalised"
    LOST = "lost"
    KEY_COMPROMISED = "key_compromised"
    OTHER = "other"
    TRANSFERRED = "transferred"
    CHANGED = "changed"
    RENEWED = "renewed"
    RELEASED = "released"
    TRANSFER_CANCELLED = "transfer_cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What a cause does: from which states to which; ``undoes`` limits what it can end.

    ``name`` is the official term, ``code`` the state's number in the catalogue schema.
    """

    name: str
    code: str
    state: State
    undoes: frozenset[Cause] = frozenset()


RULES: Final[dict[Cause, Rule]] = {
    Cause.WITHHELD: Rule(name="暂扣", code="02", state=State.SUSPENDED),
    Cause.INVESTIGATED: Rule(name="核查", code="02", state=State.SUSPENDED),
    Cause.ANNULLED: Rule(name="撤销", code="03", state=State.INVALID),
    Cause.CANCELLED: Rule(name="注销", code="04", state=State.INVALID),
    Cause.LAPSED: Rule(name="失效", code="05", state=State.INVALID),
    Cause.PENALISED: Rule(name="吊销", code="07", state=State.INVALID),
    Cause.LOST: Rule(name="挂失", code="05", state=State.INVALID),
    Cause.KEY_COMPROMISED: Rule(name="密钥泄露", code="05", state=State.INVALID),
    Cause.OTHER: Rule(name="其他", code="99", state=State.INVALID),
    Cause.TRANSFERRED: Rule(name="转出", code="06", state=State.SUPERSEDED),
    Cause.CHANGED: Rule(name="变更", code="05", state=State.SUPERSEDED),
    Cause.RENEWED: Rule(name="延续", code="05", state=State.SUPERSEDED),
    Cause.RELEASED: Rule(
        name="发还",
        code="01",
        state=State.VALID,
        undoes=frozenset({Cause.WITHHELD, Cause.INVESTIGATED}),
    ),
    Cause.TRANSFER_CANCELLED: Rule(
        name="取消转出", code="01", state=State.VALID, undoes=frozenset({Cause.TRANSFERRED})
    ),
}
"""What each cause does."""


def objection(cause: Cause, *, last: Cause | None, state: State) -> str | None:
    """Return why ``cause`` cannot act on a credential in ``state`` since ``last``, or None.

    ``last`` is None for a credential that never changed.
    """
    rule = RULES[cause]
    if rule.undoes:
        if last in rule.undoes:
            return None
        wanted = " or ".join(sorted(c.value for c in rule.undoes))
        return f"{cause.value} needs one that is {wanted}, this one is {state.name.lower()}"
    if state is State.INVALID:
        return "it is invalid for good"
    if state is State.SUPERSEDED and rule.state is not State.INVALID and cause is not last:
        return "it is superseded already"
    return None
