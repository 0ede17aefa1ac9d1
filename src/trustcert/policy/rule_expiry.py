"""When a rule that holds now stops holding: found by asking it again at later times.

The rule is asked at growing distances from the check, up to two years; between the last time at
which it held and the first at which it did not, the second is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from trustcert.errors import MalformedError, UnsupportedError
from trustcert.limits import TIME_MAX
from trustcert.policy import certlogic

_DAY: Final = 86_400
_STEPS: Final = (1, 2, 4, 7, 14, 30, 60, 90, 180, 365, 730)
"""Days after the check at which a rule is asked again."""

World = Callable[[int], Mapping[str, Any]]


def moments(logic: Any, world: World, at: int) -> list[int]:
    """Return the first moment found after ``at`` at which ``logic`` no longer holds; none is [].

    Windows that open and close again between two of the asked days are not seen.
    """
    held = at
    for days in _STEPS:
        later = at + days * _DAY
        if later > TIME_MAX:
            break
        if not _holds(logic, world, later):
            return [_first(logic, world, held, later)]
        held = later
    return []


def _first(logic: Any, world: World, held: int, turned: int) -> int:
    while turned - held > 1:
        middle = (held + turned) // 2
        if _holds(logic, world, middle):
            held = middle
        else:
            turned = middle
    return turned


def _holds(logic: Any, world: World, at: int) -> bool:
    try:
        return certlogic.evaluate(logic, world(at)) is True
    except (MalformedError, UnsupportedError):
        return False
