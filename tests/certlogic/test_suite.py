"""The rule language's own suite: every enabled assertion; the five disabled ones hold too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.formats.vectors import _PLACE, vectors

from trustcert.encoding import json
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.policy import certlogic

FILES = sorted((_PLACE / "certlogic").glob("*.json"))


def cases() -> list[Any]:
    found = []
    for file in FILES:
        suite = json.decode(file.read_bytes(), limit=1 << 20)
        for case in suite["cases"]:
            for number, assertion in enumerate(case["assertions"]):
                expression = assertion.get("certLogicExpression", case.get("certLogicExpression"))
                found.append(
                    pytest.param(
                        expression,
                        assertion.get("data"),
                        assertion["expected"],
                        id=f"{file.stem}-{case['name']}-{number}",
                    )
                )
    return found


def test_the_suite_is_here() -> None:
    vectors("certlogic")
    assert len(cases()) > 180


@pytest.mark.parametrize(("expression", "data", "expected"), cases())
def test_assertion(expression: Any, data: Any, expected: Any) -> None:
    found = certlogic.evaluate(expression, data)
    assert type(found) is type(expected)
    assert found == expected


@pytest.mark.parametrize(
    "expression",
    [
        {"if": [True, 1]},
        {"and": [True]},
        {"===": [1]},
        {"in": [1, "text"]},
        {"+": [1, "2"]},
        {"<": [1, "2"]},
        {"<": [1]},
        {"before": ["2021-01-01", "2021-01-02"]},
        {"plusTime": ["2021-13-01", 1, "day"]},
        {"plusTime": ["2021-01-01", 1.5, "day"]},
        {"plusTime": ["2021-01-01", 1, "second"]},
        {"plusTime": ["2021-01-01", 10**9, "day"]},
        {"plusTime": ["9999-12-31", 1, "year"]},
        {"plusTime": [5, 1, "day"]},
        {"dccDateOfBirth": ["31.12.2004"]},
        {"dccDateOfBirth": [2004]},
        {"extractFromUVCI": [5, 0]},
        {"reduce": [5, 1, 0]},
        {"var": 5},
        {"var": "a", "!": [1]},
        {"!": True},
        {},
    ],
)
def test_what_is_not_of_the_language_is_an_error(expression: Any) -> None:
    with pytest.raises(MalformedError):
        certlogic.evaluate(expression, {})


@pytest.mark.parametrize("name", ["or", "==", "missing", "map", "cat", "log", "!!"])
def test_operations_of_json_logic_that_are_not_here(name: str) -> None:
    with pytest.raises(UnsupportedError):
        certlogic.evaluate({name: [1, 2]}, {})


def test_evaluation_is_bounded() -> None:
    deep: Any = True
    for _ in range(40):
        deep = {"!": [deep]}
    with pytest.raises(LimitExceededError):
        certlogic.evaluate(deep, {})
    long = {"reduce": [{"var": "x"}, {"reduce": [{"var": "data.x"}, 1, 0]}, 0]}
    with pytest.raises(LimitExceededError):
        certlogic.evaluate(long, {"x": list(range(5000))})


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2020-02-29", 1, "year", "2021-03-01T00:00:00+00:00"),
        ("2021-01-31", 1, "month", "2021-03-03T00:00:00+00:00"),
        ("2021-03-31", -1, "month", "2021-03-03T00:00:00+00:00"),
        ("2021-12-15", 1, "month", "2022-01-15T00:00:00+00:00"),
        ("2021-01-01T23:30:00+08:00", 1, "hour", "2021-01-02T00:30:00+08:00"),
    ],
)
def test_time_that_is_added(start: str, amount: int, unit: str, expected: str) -> None:
    assert certlogic._plus_time(start, amount, unit) == datetime.fromisoformat(expected)


def test_lists_are_not_compared() -> None:
    twice = {"reduce": [{"var": "x"}, [{"var": "accumulator"}, {"var": "accumulator"}], 1]}
    with pytest.raises(MalformedError, match="single values"):
        certlogic.evaluate({"===": [twice, twice]}, {"x": list(range(60))})
    with pytest.raises(MalformedError, match="single values"):
        certlogic.evaluate({"in": [twice, [twice]]}, {"x": list(range(60))})
    for other, same in ((None, False), ([], False), (1, False)):
        assert certlogic.evaluate({"===": [{"var": "x"}, other]}, {"x": [1]}) is same


def test_numbers_do_not_grow_without_end() -> None:
    double = {"+": [{"var": "accumulator"}, {"var": "accumulator"}]}
    with pytest.raises(MalformedError, match="JSON cannot hold"):
        certlogic.evaluate({"reduce": [{"var": "x"}, double, 1]}, {"x": list(range(60))})
    assert certlogic.evaluate({"reduce": [{"var": "x"}, double, 1]}, {"x": [0] * 53}) == 1 << 53


def test_rules_share_one_budget() -> None:
    budget = certlogic.Budget(10)
    assert certlogic.evaluate({"===": [1, 1]}, {}, budget) is True
    assert budget.left == 7
    certlogic.evaluate({"===": [1, 1]}, {}, budget)
    with pytest.raises(LimitExceededError):
        certlogic.evaluate({"in": [1, list(range(3))]}, {}, budget)
