"""When a CertLogic rule that holds now stops holding: found by evaluating it at later times.

The rule is asked at growing distances from the check, up to two years; between the last time at
which it held and the first at which it did not, the second is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from trustcert.encoding.instants import DAY
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.limits import TIME_MAX
from trustcert.policy import certlogic
from trustcert.policy.certlogic import Budget

__all__ = ["World", "ends"]

_DAYS: Final = (1, 2, 4, 7, 14, 30, 60, 90, 180, 365, 730)
"""Days after the check at which a rule is asked again."""

World = Callable[[int], Mapping[str, Any]]


def ends(logic: Any, world: World, at: int, budget: Budget) -> int | None:
    """Return the first moment found after ``at`` at which ``logic`` no longer holds, or None.

    Where the budget runs out it is the moment after the last one at which the rule surely held.
    Windows that open and close again between two of the asked days are not seen.
    """
    held, turned = at, None
    try:
        for days in _DAYS:
            later = at + days * DAY
            if later > TIME_MAX:
                return None
            if not _holds(logic, world, later, budget):
                turned = later
                break
            held = later
        while turned is not None and turned - held > 1:
            middle = (held + turned) // 2
            if _holds(logic, world, middle, budget):
                held = middle
            else:
                turned = middle
    except LimitExceededError:
        return held + 1
    return turned


def _holds(logic: Any, world: World, at: int, budget: Budget) -> bool:
    try:
        return certlogic.evaluate(logic, world(at), budget) is True
    except LimitExceededError:
        raise
    except (MalformedError, UnsupportedError):
        return False
