"""Quick values are the dataclasses that they say they are: frozen, equal, copied, pickled."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from tests.support import proof

from trustcert.claims import Claims, Colour, HealthProof, Holder, StatusReference
from trustcert.claims.profiles import PROFILES, Vaccination
from trustcert.formats import Envelope
from trustcert.report import Finding, Report
from trustcert.values import filler, maker, quick

CLASSES = (Claims, Holder, StatusReference, Report, Finding, *PROFILES)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    one: int
    two: str = "two"
    three: list[int] = dataclasses.field(default_factory=list)


@quick
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Quick:
    one: int
    two: str = "two"
    three: list[int] = dataclasses.field(default_factory=list)


@pytest.mark.parametrize("given", [{"one": 1}, {"one": 1, "two": "x"}, {"one": 1, "three": [3]}])
def test_a_quick_constructor_takes_what_a_plain_one_takes(given: dict[str, Any]) -> None:
    assert dataclasses.asdict(Quick(**given)) == dataclasses.asdict(Plain(**given))


def test_a_default_factory_makes_a_new_value_each_time() -> None:
    assert Quick(one=1).three is not Quick(one=1).three


@pytest.mark.parametrize("given", [{}, {"one": 1, "four": 4}])
def test_a_missing_or_unknown_field_is_refused_as_ever(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Quick(**given)


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
    for copy in (dataclasses.replace(made), pickle.loads(pickle.dumps(made))):  # noqa: S301 - ours
        assert copy == made
        assert type(copy) is type(made)
        assert hash(copy) == hash(made)


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


@dataclasses.dataclass(frozen=True, slots=True)
class WithPost:
    one: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "one", self.one + 1)


@dataclasses.dataclass(frozen=True, slots=True)
class WithHidden:
    one: int
    two: int = dataclasses.field(init=False, default=0)


@dataclasses.dataclass(frozen=True)
class WithoutSlots:
    one: int


@dataclasses.dataclass(frozen=True, slots=True)
class Below(Plain):
    four: int = 4


@pytest.mark.parametrize("cls", [WithPost, WithHidden, WithoutSlots, Below])
def test_a_class_that_would_be_filled_wrongly_is_refused(cls: type) -> None:
    for function in (quick, maker, filler):
        with pytest.raises(TypeError):
            function(cls)
