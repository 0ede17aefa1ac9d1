"""Frozen values that a check makes by the dozen, at half the cost of making them.

A frozen dataclass sets each field through ``object.__setattr__``, which looks the name up every
time. :func:`quick` gives it a constructor that writes through the slots' own descriptors instead;
nothing else of the class changes.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

T = TypeVar("T")


def quick(cls: type[T]) -> type[T]:
    """Return ``cls``, a dataclass (frozen, kw_only, slots), with the faster constructor.

    Raises:
        TypeError: a field that the constructor does not take.
    """
    names: dict[str, Any] = {"_factory": dataclasses.MISSING}
    parameters, lines = [], []
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        if not field.init:
            raise TypeError(f"{cls.__name__}.{field.name} is not set by its constructor")
        names[f"_set_{field.name}"] = getattr(cls, field.name).__set__
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
        lines.append(f"    _set_{field.name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    source = f"def __init__(self, *, {', '.join(parameters)}):\n" + "\n".join(lines)
    exec(source, names)  # noqa: S102 - built from field names alone, as dataclasses does
    made = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = cls.__init__.__annotations__
    cls.__init__ = made  # type: ignore[method-assign]
    return cls
