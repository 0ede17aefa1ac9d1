"""Frozen values that a check makes by the dozen, at a third of the cost of making them.

A frozen dataclass sets each field through ``object.__setattr__``, which looks the name up every
time. Here a value is filled while it is of a twin class, with the same slots and nothing frozen,
that nobody else ever sees. :func:`quick` gives a class a constructor that works like this;
:func:`maker` and :func:`filler` are for readers that have the fields in order, or as a row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")

_become: Final = object.__dict__["__class__"].__set__


def quick(cls: type[T]) -> type[T]:
    """Return ``cls``, a dataclass (frozen, kw_only, slots), with the faster constructor.

    Raises:
        TypeError: a field that the constructor does not take, or slots that are inherited.
    """
    fields, names = _described(cls)
    names |= {"_become": _become, "_factory": dataclasses.MISSING}
    parameters, lines = [], ["_become(self, _Open)"]
    for field in fields:
        value = field.name
        if field.default is not dataclasses.MISSING:
            names[f"_default_{field.name}"] = field.default
            parameters.append(f"{field.name}=_default_{field.name}")
        elif field.default_factory is not dataclasses.MISSING:
            names[f"_make_{field.name}"] = field.default_factory
            parameters.append(f"{field.name}=_factory")
            value = f"_make_{field.name}() if {field.name} is _factory else {field.name}"
        else:
            parameters.append(field.name)
        lines.append(f"self.{field.name} = {value}")
    lines.append("self.__class__ = _Frozen")
    made = _function("__init__", f"self, *, {', '.join(parameters)}", lines, names)
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = cls.__init__.__annotations__
    cls.__init__ = made  # type: ignore[method-assign]
    return cls


def maker(cls: type[T], *taken: str) -> Callable[..., T]:
    """Return a function that takes the fields of ``cls`` by their place.

    It takes those named, in that order, and gives the others their defaults; all where none is
    named.

    Raises:
        TypeError: a field that the constructor does not take, slots that are inherited, a name
            that is no field, or a field that is neither taken nor has a default.
    """
    fields, names = _described(cls)
    order = taken or tuple(field.name for field in fields)
    rest = {field.name: field.default for field in fields if field.name not in order}
    if not {*order} <= {field.name for field in fields} or dataclasses.MISSING in rest.values():
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
        TypeError: a field that the constructor does not take, or slots that are inherited.
    """
    fields, names = _described(cls)
    targets = ", ".join(f"self.{field.name}" for field in fields)
    lines = ["self = _Open()", f"[{targets}] = row", "self.__class__ = _Frozen", "return self"]
    blank = (None if f.default is dataclasses.MISSING else f.default for f in fields)
    return _function(f"fill_{cls.__name__}", "row", lines, names), tuple(blank)


def _described(cls: type) -> tuple[tuple[dataclasses.Field[Any], ...], dict[str, Any]]:
    fields = dataclasses.fields(cls)
    slots = tuple(field.name for field in fields)
    if cls.__dict__.get("__slots__") != slots or cls.__bases__ != (object,):
        raise TypeError(f"{cls.__name__} must be a dataclass with slots of its own")
    if hasattr(cls, "__post_init__") or not all(field.init for field in fields):
        raise TypeError(f"{cls.__name__} sets more than its constructor takes")
    return fields, {"_Open": type(cls.__name__, (), {"__slots__": slots}), "_Frozen": cls}


def _function(name: str, parameters: str, lines: list[str], names: dict[str, Any]) -> Any:
    source = f"def {name}({parameters}):\n    " + "\n    ".join(lines)
    exec(source, names)  # noqa: S102 - built from field names alone, as dataclasses does
    return names[name]
