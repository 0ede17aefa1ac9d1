"""Frozen values: what dataclasses are, quicker to define and quicker to make.

A frozen dataclass writes and compiles half a dozen methods when it is defined, a millisecond a
class, which every start of a program would pay a hundred times; and it sets each field through
``object.__setattr__``, which looks the name up every time. Values share their methods, and the
constructor of a class is compiled when its first value is made. It fills a value while that is of a
twin class, with the same slots and nothing frozen, that nobody else ever sees, at a third of the
cost. :func:`maker` and :func:`filler` are for readers that have the fields in order, or as a row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from inspect import Parameter, Signature
from operator import attrgetter
from typing import Any, Final, NoReturn, TypeVar, dataclass_transform, overload

T = TypeVar("T")

_MISSING: Final = dataclasses.MISSING
_become: Final = object.__dict__["__class__"].__set__


@overload
def frozen(cls: type[T], /) -> type[T]: ...


@overload
def frozen(*, eq: bool = ..., repr: bool = ...) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(dataclasses.field,)
)
def frozen(cls: Any = None, /, *, eq: bool = True, repr: bool = True) -> Any:  # noqa: A002
    """Return ``cls`` as a dataclass with slots, frozen, whose fields are given by name.

    Without ``eq`` a value equals only itself; without ``repr`` it does not show its fields.

    Raises:
        TypeError: ``cls`` inherits from another class.
    """
    if cls is None:
        return lambda cls: _value(cls, eq=eq, shows=repr)
    return _value(cls, eq=eq, shows=repr)


def _value(cls: Any, *, eq: bool, shows: bool) -> Any:
    if cls.__bases__ != (object,):
        raise TypeError(f"{cls.__name__} inherits from another class")
    own = {*cls.__dict__}
    if cls.__doc__ is None:
        cls.__doc__ = cls.__name__  # where there is none, dataclass writes a signature
    made = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=True, slots=True)(cls)
    methods = dict(_METHODS)
    if eq:
        fields = dataclasses.fields(made)
        compared = [field.name for field in fields if field.compare]
        hashed = [f.name for f in fields if (f.compare if f.hash is None else f.hash)]
        methods |= _equality(_getter(compared), _getter(hashed))
    if shows:
        methods["__repr__"] = _shown
    for name, method in methods.items():
        if name not in own:
            setattr(made, name, method)
    return made


def maker(cls: type[T], *taken: str) -> Callable[..., T]:
    """Return a function that takes the fields of ``cls`` by their place.

    It takes those named, in that order, and gives the others their defaults; all where none is
    named.

    Raises:
        TypeError: a field that the constructor does not take, a name that is no field, or a field
            that is neither taken nor has a default.
    """
    fields, names = _described(cls)
    order = taken or tuple(field.name for field in fields)
    rest = {field.name: field.default for field in fields if field.name not in order}
    if not {*order} <= {field.name for field in fields} or _MISSING in rest.values():
        raise TypeError(f"{cls.__name__} cannot be made of {', '.join(order)}")
    lines = ["self = _Open()", *(f"self.{field.name} = {field.name}" for field in fields)]
    lines += ["self.__class__ = _Frozen", "return self"]
    made: Callable[..., T] = _function(
        f"make_{cls.__name__}", ", ".join(order), lines, names | rest
    )
    return made


def filler(cls: type[T]) -> tuple[Callable[[Sequence[Any]], T], tuple[Any, ...]]:
    """Return a function that takes a row of all fields of ``cls``, and the row of the defaults.

    In that row None stands for a field without a default.

    Raises:
        TypeError: a field that the constructor does not take.
    """
    fields, names = _described(cls)
    targets = ", ".join(f"self.{field.name}" for field in fields)
    lines = ["self = _Open()", f"[{targets}] = row", "self.__class__ = _Frozen", "return self"]
    blank = (None if f.default is _MISSING else f.default for f in fields)
    return _function(f"fill_{cls.__name__}", "row", lines, names), tuple(blank)


def _described(cls: type) -> tuple[tuple[dataclasses.Field[Any], ...], dict[str, Any]]:
    if not _is_value(cls):
        raise TypeError(f"{cls.__name__} is no value")
    fields = dataclasses.fields(cls)
    if hasattr(cls, "__post_init__") or not all(field.init for field in fields):
        raise TypeError(f"{cls.__name__} sets more than its constructor takes")
    return fields, _twins(cls)


def _is_value(cls: type) -> bool:
    return cls.__dict__.get("__setattr__") is _refuse_to_set


def _twins(cls: type) -> dict[str, Any]:
    open_ = type(cls.__name__, (), {"__slots__": cls.__dict__["__slots__"]})
    return {"_Open": open_, "_Frozen": cls}


def _constructor(cls: type) -> Callable[..., None]:
    names = _twins(cls) | {"_become": _become, "_factory": _MISSING}
    parameters, lines = ["self"], ["_become(self, _Open)"]
    for field in dataclasses.fields(cls):
        name, given = field.name, field.name
        if field.default is not _MISSING:
            names[f"_default_{name}"] = field.default
            parameter = f"{name}=_default_{name}"
        elif field.default_factory is not _MISSING:
            names[f"_make_{name}"] = field.default_factory
            parameter = f"{name}=_factory"
            given = f"_make_{name}() if {name} is _factory else {name}"
        else:
            parameter = name
        if field.init:
            parameters += ["*", parameter] if len(parameters) == 1 else [parameter]
            lines.append(f"self.{name} = {given}")
    lines.append("self.__class__ = _Frozen")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    made = _function("__init__", ", ".join(parameters), lines, names)
    made.__qualname__ = f"{cls.__qualname__}.__init__"  # what an error names
    return made  # type: ignore[no-any-return]


def _function(name: str, parameters: str, lines: list[str], names: dict[str, Any]) -> Any:
    source = f"def {name}({parameters}):\n    " + "\n    ".join(lines)
    exec(source, names)  # noqa: S102 - built from field names alone, as dataclasses does
    return names[name]


def _init(self: Any, /, **given: Any) -> None:
    """Make the first value of its class, and what makes the others; threads may do so at once."""
    cls = type(self)
    if not _is_value(cls):
        raise TypeError(f"{cls.__name__} inherits from a value")
    made = _constructor(cls)
    cls.__init__ = made
    made(self, **given)


class _Signature:
    """What a class takes, for whoever asks: until the first value is made nothing else says it."""

    def __get__(self, made: object, cls: type) -> Signature:
        parameters = []
        for field in dataclasses.fields(cls):
            must = field.default is _MISSING and field.default_factory is _MISSING
            given = Parameter.empty if must else field.default
            if field.init:
                parameters.append(
                    Parameter(
                        field.name,
                        Parameter.KEYWORD_ONLY,
                        default=given,
                        annotation=field.type,
                    )
                )
        return Signature(parameters)


def _getter(names: list[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda _: ()


def _equality(
    compared: Callable[[Any], Any], hashed: Callable[[Any], Any]
) -> dict[str, Callable[..., Any]]:
    def __eq__(self: Any, other: Any) -> bool:  # noqa: N807
        if other.__class__ is not self.__class__:
            return NotImplemented
        return bool(compared(self) == compared(other))

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(hashed(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


def _shown(self: Any) -> str:
    fields = (field.name for field in dataclasses.fields(self) if field.repr)
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in fields)
    return f"{type(self).__qualname__}({shown})"


def _refuse_to_set(self: Any, name: str, value: Any) -> NoReturn:  # noqa: ARG001
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> NoReturn:  # noqa: ARG001
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: Iterable[Any]) -> None:
    for field, given in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, given)


_METHODS: Final[dict[str, Any]] = {
    "__init__": _init,
    "__signature__": _Signature(),
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _state,
    "__setstate__": _restore,
}
