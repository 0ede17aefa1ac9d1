"""The base classes of values, and what every class of the package owes to them."""

from __future__ import annotations

import importlib
import inspect
import pickle
import pkgutil

import pytest
from msgspec.structs import replace

import trustcert
from trustcert.claims import Claims, HealthCode, Holder
from trustcert.claims.vocabulary import Colour
from trustcert.values import PublicValue, Value

PERSONAL = {"holder", "text", "raw", "name_latin", "birth_date", "captions", "number"}
"""Names of fields that hold data of a person wherever they stand."""

IMPERSONAL = {
    ("trustcert.identifiers.citizen", "holder"),  # which kind of holder a number is of
    ("trustcert.identifiers.uscc", "number"),  # of an organisation, public
    ("trustcert.gate.receipts", "number"),  # counts receipts
    ("trustcert.policy.cases", "number"),  # of invented persons, in a file of cases
    ("trustcert.status.statuslist", "number"),  # of a status list, here and below
    ("trustcert.status.paths", "number"),
    ("trustcert.ledger.overview", "number"),
    ("trustcert.status.delta", "number"),
    ("trustcert.ledger.publishing", "number"),
    ("trustcert.ledger.planning", "number"),
    ("trustcert.ledger.journal", "number"),
}


class Secret(Value, frozen=True, kw_only=True):
    name: str
    size: int = 0
    _shown = ("size",)


class Plain(PublicValue, frozen=True, kw_only=True):
    name: str
    size: int = 0


def every_class() -> list[type[Value]]:
    for module in pkgutil.walk_packages(trustcert.__path__, "trustcert."):
        if module.name != "trustcert.__main__":
            importlib.import_module(module.name)
    found, stack = [], [Value]
    while stack:
        for cls in stack.pop().__subclasses__():
            stack.append(cls)
            if cls.__module__.startswith("trustcert.") and cls is not PublicValue:
                found.append(cls)
    assert len(found) > 100
    return found


def test_a_repr_shows_what_the_class_names_and_nothing_else() -> None:
    assert repr(Secret(name="张伟", size=3)) == "Secret(size=3)"
    assert repr(Plain(name="a")) == "Plain(name='a', size=0)"
    assert "张伟" not in repr(
        Claims(
            issuer="CN-51",
            issued_at=0,
            details=HealthCode(colour=Colour.GREEN),
            holder=Holder(name="张伟"),
        )
    )


def test_every_class_shows_only_fields_that_it_has() -> None:
    for cls in every_class():
        assert set(cls._shown) <= set(cls.__struct_fields__), cls


def test_no_class_shows_a_field_with_data_of_a_person() -> None:
    wrong = [
        (cls.__module__, name)
        for cls in every_class()
        for name in (cls.__struct_fields__ if issubclass(cls, PublicValue) else cls._shown)
        if name in PERSONAL and (cls.__module__, name) not in IMPERSONAL
    ]
    assert wrong == []


def test_every_class_is_frozen_and_takes_keywords_only() -> None:
    for cls in every_class():
        assert cls.__struct_config__.frozen, cls
        if cls.__struct_fields__:
            with pytest.raises(TypeError, match="positional"):
                cls(1)


def test_values_are_replaced_compared_hashed_and_pickled() -> None:
    one = Secret(name="a")
    assert replace(one, size=2) == Secret(name="a", size=2) != one
    assert hash(one) == hash(Secret(name="a"))
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own bytes
    with pytest.raises(AttributeError, match="immutable"):
        one.name = "b"  # type: ignore[misc]


def test_the_signature_of_every_class_can_be_shown() -> None:
    """``help`` and typed decoding need the annotations of fields at run time."""
    for cls in every_class():
        assert set(inspect.signature(cls).parameters) == set(cls.__struct_fields__), cls
