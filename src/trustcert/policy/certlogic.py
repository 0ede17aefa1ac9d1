"""CertLogic, the rule language of the EU's health certificates (specification 1.3), evaluated.

A subset of JsonLogic: ``var``, ``if``, ``===``, ``in``, comparisons of integers and of date-times,
``and``, ``!``, ``+``, ``plusTime``, ``reduce``, ``extractFromUVCI`` and ``dccDateOfBirth``. Nothing
else exists, nothing is coerced, only scalars are compared, and every evaluation ends: nesting is
bounded, and one :class:`Budget` of steps is shared by all rules of a check. Falsy
are false, null, "", 0, [] and {}. A partial date stands for its last day; a date-time without a
zone is UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.limits import LOGIC_DEPTH, LOGIC_STEPS

__all__ = ["Budget", "evaluate"]

_PARTS: Final = re.compile(r"[/#:]")
_UVCI: Final = "URN:UVCI:"
_YEAR: Final = re.compile(r"[0-9]{4}", re.ASCII)
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)
_MOST_SUM: Final = 1 << 53
"""The largest integer that every JSON reader holds (RFC 8259 section 6)."""

_MOST: Final = {"year": 1000, "month": 12_000, "day": 365_000, "hour": 8_760_000}
"""Units, and the most that a rule may add of each: a thousand years."""


class Budget:
    """The steps that are left to the rules of one check."""

    __slots__ = ("left",)

    def __init__(self, steps: int = LOGIC_STEPS) -> None:
        """Begin with ``steps``."""
        self.left = steps

    def take(self, steps: int = 1) -> None:
        """Use up some steps.

        Raises:
            LimitExceededError: fewer are left.
        """
        self.left -= steps
        if self.left < 0:
            raise LimitExceededError("the rules of this check take too many steps")


def evaluate(expression: Any, data: Any, budget: Budget | None = None) -> Any:
    """Return what ``expression`` gives for ``data``: JSON values, or an aware datetime.

    Raises:
        LimitExceededError: nested too deeply, or over the budget.
        MalformedError: an operation on operands that it is not for.
        UnsupportedError: an operation that the language does not have.
    """
    return _Evaluation(budget or Budget()).value(expression, data, 0)


def _is_true(value: Any) -> bool:
    """Return whether a value counts as true."""
    return isinstance(value, datetime) or bool(value)


class _Evaluation:
    """One evaluation, which takes its steps from a budget."""

    __slots__ = ("budget",)

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def value(self, expression: Any, data: Any, depth: int) -> Any:
        self.budget.take()
        if depth > LOGIC_DEPTH:
            raise LimitExceededError("a rule that is nested too deeply")
        if type(expression) is list:
            return [self.value(entry, data, depth + 1) for entry in expression]
        if type(expression) is not dict:
            return expression
        if len(expression) != 1:
            raise MalformedError("an expression must have one operation")
        ((name, operands),) = expression.items()
        if name == "var":
            self.budget.take(len(operands) // 16 if type(operands) is str else 0)
            return _variable(operands, data)
        if type(operands) is not list:
            raise MalformedError("operands must be a list", where=str(name))
        lazy = _LAZY.get(name)
        if lazy is not None:
            return lazy(self, operands, data, depth + 1)
        operation = _EAGER.get(name)
        if operation is None:
            raise UnsupportedError(f"operation {name!r:.40} does not exist")
        values = self._operands(name, operands, data, depth + 1)
        if name == "in" and type(values[1]) is list:
            self.budget.take(len(values[1]) // 4)
        return operation(*values)

    def _operands(self, name: str, operands: list[Any], data: Any, depth: int) -> list[Any]:
        least, most = _ARITY[name]
        if not least <= len(operands) <= most:
            raise MalformedError("has another number of operands", where=name)
        return [self.value(operand, data, depth) for operand in operands]

    def choose(self, operands: list[Any], data: Any, depth: int) -> Any:
        if len(operands) != 3:
            raise MalformedError("has another number of operands", where="if")
        chosen = operands[1 if _is_true(self.value(operands[0], data, depth)) else 2]
        return self.value(chosen, data, depth)

    def all(self, operands: list[Any], data: Any, depth: int) -> Any:
        if len(operands) < 2:
            raise MalformedError("has another number of operands", where="and")
        found: Any = None
        for operand in operands:
            found = self.value(operand, data, depth)
            if not _is_true(found):
                break
        return found

    def reduce(self, operands: list[Any], data: Any, depth: int) -> Any:
        if len(operands) != 3:
            raise MalformedError("has another number of operands", where="reduce")
        source = self.value(operands[0], data, depth)
        found = self.value(operands[2], data, depth)
        if source is None:
            return found
        if type(source) is not list:
            raise MalformedError("must go over a list", where="reduce")
        for entry in source:
            scope = {"accumulator": found, "current": entry, "data": data}
            found = self.value(operands[1], scope, depth)
        return found


def _variable(path: Any, data: Any) -> Any:
    """Return the value of ``data`` at a dotted path; null where there is none.

    Raises:
        MalformedError: the path is no text.
    """
    if type(path) is not str:
        raise MalformedError("must be a path", where="var")
    found = data
    for step in path.split(".") if path else ():
        if isinstance(found, Mapping):
            found = found.get(step)
        elif type(found) is list and step.isascii() and step.isdigit() and len(step) < 6:
            found = found[int(step)] if int(step) < len(found) else None
        else:
            return None
    return found


def _moment(value: Any) -> datetime:
    """Return the moment that a text names; a partial date is its last day, no zone is UTC.

    Raises:
        MalformedError: it names none.
    """
    if isinstance(value, datetime):
        return value
    if type(value) is not str:
        raise MalformedError("must be a date or a date-time")
    try:
        if _YEAR.fullmatch(value):
            return datetime(int(value), 12, 31, tzinfo=UTC)
        match = _MONTH.fullmatch(value)
        if match is not None:
            first = datetime(int(match[1]), int(match[2]), 1, tzinfo=UTC)
            return _plus_months(first, 1) - timedelta(days=1)
        found = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise MalformedError("must be a date or a date-time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _plus_time(value: Any, amount: Any, unit: Any) -> datetime:
    """Return a moment ``amount`` units later; a day that a month lacks runs into the next one.

    Raises:
        MalformedError: no moment, no integer, no unit, or outside the calendar.
    """
    if type(amount) is not int or type(unit) is not str or unit not in _MOST:
        raise MalformedError("must add an integer of years, months, days or hours")
    if abs(amount) > _MOST[unit]:
        raise MalformedError("outside the calendar", where="plusTime")
    start = _moment(value)
    try:
        if unit in {"year", "month"}:
            return _plus_months(start, amount * (12 if unit == "year" else 1))
        return start + timedelta(**{f"{unit}s": amount})
    except (OverflowError, ValueError):
        raise MalformedError("outside the calendar", where="plusTime") from None


def _plus_months(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year=year, month=month + 1, day=1) + timedelta(days=start.day - 1)


def _date_of_birth(value: Any) -> datetime:
    if type(value) is not str:
        raise MalformedError("must be a date of birth")
    try:
        found = _moment(value) if len(value) < 10 else _moment(str(date.fromisoformat(value)))
    except ValueError:
        raise MalformedError("must be a date of birth") from None
    return found


def _uvci_part(value: Any, index: Any) -> str | None:
    if value is None:
        return None
    if type(value) is not str or type(index) is not int:
        raise MalformedError("must be a text and an index", where="extractFromUVCI")
    parts = _PARTS.split(value.removeprefix(_UVCI))
    return parts[index] if 0 <= index < len(parts) else None


def _same(left: Any, right: Any) -> bool:
    """Compare two scalars: a list that a rule builds of itself would be compared without end."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list | Mapping) and left and right:
        raise MalformedError("must compare single values", where="===")
    return bool(left == right)


def _contains(value: Any, entries: Any) -> bool:
    if entries is None:
        return False
    if type(entries) is not list:
        raise MalformedError("must look into a list", where="in")
    return any(_same(value, entry) for entry in entries)


def _sum(left: Any, right: Any) -> int:
    if type(left) is not int or type(right) is not int:
        raise MalformedError("must add integers", where="+")
    if abs(left + right) > _MOST_SUM:
        raise MalformedError("gives a number that JSON cannot hold", where="+")
    return left + right


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    def compare(*operands: Any) -> bool:
        if not all(type(operand) is int for operand in operands):
            raise MalformedError("must compare integers")
        return all(map(test, operands, operands[1:]))

    return compare


def _timed(test: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    def compare(*operands: Any) -> bool:
        if not all(isinstance(operand, datetime) for operand in operands):
            raise MalformedError("must compare date-times")
        return all(map(test, operands, operands[1:]))

    return compare


_TESTS: Final[dict[str, tuple[str, Callable[[Any, Any], bool]]]] = {
    "<": ("before", lambda a, b: a < b),
    ">": ("after", lambda a, b: a > b),
    "<=": ("not-after", lambda a, b: a <= b),
    ">=": ("not-before", lambda a, b: a >= b),
}
_EAGER: Final[dict[str, Callable[..., Any]]] = {
    "===": _same,
    "in": _contains,
    "!": lambda value: not _is_true(value),
    "+": _sum,
    "plusTime": _plus_time,
    "extractFromUVCI": _uvci_part,
    "dccDateOfBirth": _date_of_birth,
    **{name: _ordered(test) for name, (_, test) in _TESTS.items()},
    **{name: _timed(test) for name, test in _TESTS.values()},
}
_ARITY: Final = {
    "===": (2, 2),
    "in": (2, 2),
    "!": (1, 1),
    "+": (2, 2),
    "plusTime": (3, 3),
    "extractFromUVCI": (2, 2),
    "dccDateOfBirth": (1, 1),
    **{name: (2, 3) for pair in _TESTS.items() for name in (pair[0], pair[1][0])},
}
_LAZY: Final[dict[str, Callable[[_Evaluation, list[Any], Any, int], Any]]] = {
    "if": _Evaluation.choose,
    "and": _Evaluation.all,
    "reduce": _Evaluation.reduce,
}
