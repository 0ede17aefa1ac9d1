"""Frozen values are the dataclasses that they say they are: frozen, equal, copied, pickled."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from tests.support import proof

import trustcert
from trustcert.claims import Claims, Colour, HealthProof, Holder, StatusReference
from trustcert.claims.profiles import PROFILES, Vaccination
from trustcert.formats import Envelope
from trustcert.report import Finding, Report
from trustcert.values import filler, frozen, maker

CLASSES = (Claims, Holder, StatusReference, Report, Finding, *PROFILES)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    """One and the same."""

    kind: ClassVar[str] = "kind"
    one: int
    two: str = "two"
    three: list[int] = dataclasses.field(default_factory=list, hash=False)
    four: int = dataclasses.field(default=4, compare=False, repr=False)


@frozen
class Value:
    """One and the same."""

    kind: ClassVar[str] = "kind"
    one: int
    two: str = "two"
    three: list[int] = dataclasses.field(default_factory=list, hash=False)
    four: int = dataclasses.field(default=4, compare=False, repr=False)


GIVEN: list[dict[str, Any]] = [
    {"one": 1}, {"one": 1, "two": "x"}, {"one": 1, "three": [3]}, {"one": 1, "four": 5}, {"one": 2},
]  # fmt: skip


@pytest.mark.parametrize("given", GIVEN)
def test_a_value_is_what_a_frozen_dataclass_is(given: dict[str, Any]) -> None:
    value, plain = Value(**given), Plain(**given)
    assert dataclasses.asdict(value) == dataclasses.asdict(plain)
    assert repr(value) == repr(plain).replace("Plain", "Value")
    assert [value == Value(**other) for other in GIVEN] == [
        plain == Plain(**other) for other in GIVEN
    ]
    assert [hash(value) == hash(Value(**other)) for other in GIVEN] == [
        hash(plain) == hash(Plain(**other)) for other in GIVEN
    ]
    assert value != object()
    assert dataclasses.replace(value, two="y") == Value(**{**given, "two": "y"})
    assert not hasattr(value, "__dict__")
    assert Value.kind == "kind"
    assert Value.__doc__ == "One and the same."


def test_whoever_asks_is_told_what_it_takes() -> None:
    mine, theirs = inspect.signature(Value), inspect.signature(Plain)
    assert [p.replace(default=None) for p in mine.parameters.values()] == [
        p.replace(default=None) for p in theirs.parameters.values()
    ]
    assert mine.parameters["two"].default == "two"
    assert mine.parameters["one"].default is inspect.Parameter.empty


def test_a_default_factory_makes_a_new_value_each_time() -> None:
    assert Value(one=1).three is not Value(one=1).three


@pytest.mark.parametrize("given", [{}, {"one": 1, "five": 5}])
def test_a_missing_or_unknown_field_is_refused_as_ever(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"Value.__init__\(\)"):
        Value(**given)


def test_a_value_may_have_no_fields() -> None:
    cls: Any = frozen(type("Empty", (), {"__annotations__": {}}))
    assert cls() == cls()
    assert (hash(cls()), repr(cls())) == (hash(cls()), "Empty()")
    with pytest.raises(TypeError):
        cls(one=1)


def test_fields_are_given_by_name() -> None:
    with pytest.raises(TypeError):
        Value(1)  # type: ignore[call-arg]


@frozen(eq=False, repr=False)
class Itself:
    one: int


def test_without_equality_a_value_is_only_itself() -> None:
    one = Itself(one=1)
    assert one == one  # noqa: PLR0124 - the question
    assert one != Itself(one=1)
    assert len({one, Itself(one=1)}) == 2
    assert repr(one).startswith("<")


@frozen
class Own:
    """Its own equality and representation stay."""

    one: int = 1
    double: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", 2 * self.one)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "own"


def test_what_a_class_says_itself_stands() -> None:
    made = Own(one=4)
    assert (made, hash(made), repr(made)) == (Own(), 7, "own")
    assert (made.double, pickle.loads(pickle.dumps(made)).double) == (8, 8)  # noqa: S301 - ours
    with pytest.raises(TypeError):
        Own(double=3)  # type: ignore[call-arg]


def test_threads_may_make_the_first_value_at_once() -> None:
    """Whoever has entered the first constructor goes on, though another was quicker."""
    cls: Any = frozen(type("Late", (), {"__annotations__": {"one": int}}))
    first = cls.__init__
    assert cls(one=1) == cls(one=1)
    assert cls.__init__ is not first
    late = object.__new__(cls)
    first(late, one=1)
    assert late == cls(one=1)


def test_nobody_inherits_from_a_value_nor_a_value_from_others() -> None:
    class Below(Value):
        pass

    with pytest.raises(TypeError):
        Below(one=1)
    with pytest.raises(TypeError, match="inherits"):
        type("First", (frozen(type("Unmade", (), {"__annotations__": {}})),), {})()
    with pytest.raises(TypeError, match="inherits"):
        frozen(type("Sub", (Plain,), {}))


def test_every_frozen_dataclass_here_is_a_value() -> None:
    """The other kind costs every start a millisecond a class."""
    seen = set[type]()
    for found in pkgutil.walk_packages(trustcert.__path__, "trustcert."):
        if not found.name.endswith("__main__"):
            seen |= {
                entry
                for entry in vars(importlib.import_module(found.name)).values()
                if isinstance(entry, type) and entry.__module__.startswith("trustcert")
            }
    params = {cls: vars(cls).get("__dataclass_params__") for cls in seen}
    assert [cls.__name__ for cls, given in params.items() if given and given.frozen] == []
    assert sum(given is not None for given in params.values()) > 100


@pytest.mark.parametrize("made", [proof(), proof().holder, proof().details, proof().status])
def test_what_was_made_is_frozen_and_of_its_class(made: Any) -> None:
    field = dataclasses.fields(made)[0].name
    assert type(made) in CLASSES
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, field, "other")
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        made.__class__ = Plain
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(made, field)


@pytest.mark.parametrize("made", [proof().holder, proof().details, proof().status])
def test_copies_are_equal_and_of_the_same_class(made: Any) -> None:
    again = pickle.loads(pickle.dumps(made))  # noqa: S301 - ours
    for other in (dataclasses.replace(made), again, copy.copy(made), copy.deepcopy(made)):
        assert other == made
        assert type(other) is type(made)
        assert hash(other) == hash(made)


@pytest.mark.parametrize("cls", CLASSES)
def test_a_maker_makes_what_the_constructor_makes(cls: type) -> None:
    make: Callable[..., Any] = maker(cls)
    names = [field.name for field in dataclasses.fields(cls)]
    values = {name: f"value of {name}" for name in names}
    assert make(**values) == make(*values.values()) == cls(**values)
    assert type(make(*values.values())) is cls


def test_a_maker_of_some_fields_gives_the_others_their_defaults() -> None:
    names = ("format", "kid", "payload", "algorithms", "signed", "signature", "variant")
    make: Callable[..., Any] = maker(Envelope, *names)
    given: dict[str, Any] = {name: f"value of {name}" for name in names}
    assert make(*given.values()) == Envelope(**given)
    for cls, some in ((Envelope, names[1:]), (Vaccination, ("disease", "vaccine", "dose"))):
        with pytest.raises(TypeError, match="cannot be made of"):
            maker(cls, *some)
    with pytest.raises(TypeError, match="cannot be made of"):
        maker(Envelope, *names, "colour")


@pytest.mark.parametrize("cls", CLASSES)
def test_a_filler_makes_of_a_row_what_the_constructor_makes(cls: type) -> None:
    filled: tuple[Callable[..., Any], tuple[Any, ...]] = filler(cls)
    fill, blank = filled
    names = [field.name for field in dataclasses.fields(cls)]
    values = {name: f"value of {name}" for name in names}
    assert fill([*values.values()]) == fill((*values.values(),)) == cls(**values)
    assert type(fill([*values.values()])) is cls
    with pytest.raises(ValueError, match="unpack"):
        fill([*values.values(), "one more"])
    defaults = {
        field.name: field.default
        for field in dataclasses.fields(cls)
        if field.default is not dataclasses.MISSING
    }
    assert dict(zip(names, blank, strict=True)) == dict.fromkeys(names) | defaults


def test_no_two_values_share_anything_but_defaults() -> None:
    one, other = HealthProof(colour=Colour.GREEN), HealthProof(colour=Colour.RED)
    assert (one.colour, other.colour) == (Colour.GREEN, Colour.RED)


@pytest.mark.parametrize("cls", [Plain, Own, int])
def test_a_class_that_would_be_filled_wrongly_is_refused(cls: type) -> None:
    for function in (maker, filler):
        with pytest.raises(TypeError):
            function(cls)
