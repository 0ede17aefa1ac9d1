"""The base classes of frozen values: msgspec structs whose repr shows no personal data.

Fields are given by keyword. ``msgspec.structs`` has ``replace`` and ``asdict`` for them.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

__all__ = ["PublicValue", "Value"]


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen value. Its repr shows only the fields that its class names in ``_shown``.

    A field that may hold data of a person is never named there.
    """

    _shown: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
        return f"{type(self).__qualname__}({shown})"


class PublicValue(Value, frozen=True, kw_only=True):
    """A frozen value of which no field holds data of a person: its repr shows all of them."""

    def __repr__(self) -> str:
        names = self.__struct_fields__
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"
