"""JSON documents that are declared as typed structs: read, written, and described by a schema.

A struct that subclasses :class:`Document` is the only declaration: msgspec builds it from decoded
JSON, :func:`schema` derives the JSON schema, and :func:`read` says of a wrong document where it is
wrong, what stands there and what is allowed. The name of a field in JSON is its name in Python.

A class that JSON has no type for defines ``from_json``, ``to_json`` and ``json_schema``.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from functools import lru_cache
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

import msgspec
from msgspec import inspect

from trustcert.encoding import instants
from trustcert.encoding.fields import member, typed
from trustcert.errors import LimitExceededError, MalformedError, inside
from trustcert.values import PublicValue

__all__ = ["Document", "Instant", "read", "schema", "written"]

_D = TypeVar("_D", bound="Document")

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_RFC3339: Final = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*(Z|[+-]\d{2}:\d{2})$"
_SHOWN: Final = 60
"""How many characters of a wrong value an error repeats."""


class Document(PublicValue, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON object with exactly these fields; null stands for no value.

    ``_renamed`` maps a name that was used before to the one to use now; the error for the old
    name says so.
    """

    _renamed: ClassVar[Mapping[str, str]] = {}


if TYPE_CHECKING:
    Instant = int
else:

    class Instant(int):
        """Unix seconds; in JSON an integer or an RFC 3339 text with a zone.

        ``int()`` of it is a plain number, for what looks at the exact type.
        """

        @classmethod
        def from_json(cls, value: Any) -> Instant:
            """Return the instant of a JSON value."""
            return cls(instants.read(value))

        def to_json(self) -> str:
            """Return the RFC 3339 text, in China's zone."""
            return instants.rfc3339(self)

        @classmethod
        def json_schema(cls) -> dict[str, Any]:
            """Return the schema of both forms."""
            return {
                "oneOf": [
                    {"type": "integer", "minimum": 0},
                    {"type": "string", "pattern": _RFC3339},
                ],
                "description": "RFC 3339 with a zone (2026-03-01T08:00:00+08:00), or Unix seconds",
            }


def read(kind: type[_D], document: Any, *, foreign: Collection[str] = ()) -> _D:
    """Return the ``kind`` that decoded JSON holds.

    ``foreign`` names top-level fields that another standard defines: null may stand in them.

    Raises:
        MalformedError: a field is missing, unknown, renamed or wrong; ``where`` is its path, the
            message says what is allowed and what was found.
    """
    source = typed(document, dict)
    _refuse_null({name: value for name, value in source.items() if name not in foreign})
    try:
        return msgspec.convert(source, kind, dec_hook=_decoded)
    except (msgspec.ValidationError, MalformedError) as error:
        _check(_described(kind), source)
        raise MalformedError(str(error)) from None  # _check knows fewer types than msgspec


def written(value: Any) -> Any:
    """Return a document as JSON values, without the fields that have their default value."""
    if isinstance(value, msgspec.Struct):
        return {
            field.encode_name: written(getattr(value, field.name))
            for field in msgspec.structs.fields(value)
            if field.required or getattr(value, field.name) != _default(field)
        }
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return {written(key): written(entry) for key, entry in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(written, value))
    if isinstance(value, tuple | list):
        return list(map(written, value))
    return value.to_json() if hasattr(value, "to_json") else value


def schema(kind: type[Document], *, title: str) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of ``kind``."""
    found = msgspec.json.schema(kind, schema_hook=_schema_of)
    tidy: dict[str, Any] = _tidied(found)
    return {"$schema": _DIALECT, "title": title} | tidy


def _schema_of(kind: Any) -> dict[str, Any]:
    found: dict[str, Any] = kind.json_schema()
    return found


def _decoded(kind: Any, value: Any) -> Any:
    return kind.from_json(value)


@lru_cache(maxsize=64)  # by the classes of this program, never by input
def _described(kind: type[Document]) -> inspect.Type:
    return inspect.type_info(kind)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _refuse_null(value: Any) -> None:
    if value is None:
        raise MalformedError("must not be null")
    entries: Any = ()
    if isinstance(value, Mapping):
        entries = value.items()
    elif isinstance(value, list):
        entries = ((f"[{index}]", entry) for index, entry in enumerate(value))
    for name, entry in entries:
        with inside(str(name)):
            _refuse_null(entry)


def _tidied(value: Any) -> Any:
    """Return a schema in which no field may be null, descriptions without indentation."""
    if isinstance(value, list):
        return [_tidied(entry) for entry in value if entry != {"type": "null"}]
    if not isinstance(value, dict):
        return value
    found = {name: _tidied(entry) for name, entry in value.items()}
    if isinstance(found.get("description"), str):
        found["description"] = cleandoc(found["description"])
    if not isinstance(found.get("default", ""), bool | int | str):  # null, or a set without order
        del found["default"]
    choices = found.get("anyOf")
    if choices is not None and len(choices) == 1:
        del found["anyOf"]
        found |= choices[0]
    return found


def _check(kind: inspect.Type, value: Any) -> None:
    """Raise a MalformedError with the path of the first place at which ``value`` is no ``kind``."""
    match kind:
        case inspect.Metadata():
            _check(kind.type, value)
        case inspect.UnionType():
            _check(_chosen(kind, value), value)
        case inspect.StructType():
            _check_fields(kind, value)
        case inspect.DictType():
            for name, entry in typed(value, dict).items():
                with inside(str(name)):
                    _check(kind.key_type, name)
                    _check(kind.value_type, entry)
        case inspect.VarTupleType() | inspect.FrozenSetType():
            _check_list(kind, value)
        case inspect.AnyType():
            pass
        case _:
            try:
                _check_scalar(kind, value)
            except MalformedError as error:
                found = "" if isinstance(value, dict | list) else f" (found: {value!r:.{_SHOWN}})"
                raise MalformedError(f"{error.problem}{found}", where=error.where) from None


def _chosen(kind: inspect.UnionType, value: Any) -> inspect.Type:
    """Return the alternative that is meant: a list where a list stands."""
    types = [entry for entry in kind.types if not isinstance(entry, inspect.NoneType)]
    lists = [entry for entry in types if isinstance(entry, inspect.VarTupleType)]
    others = [entry for entry in types if entry not in lists]
    return (lists if isinstance(value, list) and lists else others or lists)[0]


def _check_fields(kind: inspect.StructType, value: Any) -> None:
    fields = {field.encode_name: field for field in kind.fields}
    renamed = getattr(kind.cls, "_renamed", {})
    for name in typed(value, dict):
        if name in renamed:
            raise MalformedError(f"is now called {renamed[name]}", where=str(name))
        if name not in fields:
            known = ", ".join(sorted(fields))
            raise MalformedError(f"unknown field (known are: {known})", where=str(name))
    for name, field in fields.items():
        if name in value:
            with inside(name):
                _check(field.type, value[name])
        elif field.required:
            raise MalformedError("is missing", where=name)
    try:
        msgspec.convert(value, kind.cls, dec_hook=_decoded)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, MalformedError):  # of __post_init__
            raise error.__cause__ from None


def _check_list(kind: inspect.VarTupleType | inspect.FrozenSetType, value: Any) -> None:
    entries = typed(value, list)
    if kind.min_length is not None and len(entries) < kind.min_length:
        raise MalformedError(f"must have at least {kind.min_length} entry")
    if kind.max_length is not None and len(entries) > kind.max_length:
        raise LimitExceededError(f"has over {kind.max_length} entries")
    for index, entry in enumerate(entries):
        with inside(f"[{index}]"):
            _check(kind.item_type, entry)


def _check_scalar(kind: inspect.Type, value: Any) -> None:
    match kind:
        case inspect.EnumType():
            member(typed(value, str), {str(entry.value): entry for entry in kind.cls})
        case inspect.IntType():
            number = typed(value, int)
            if (kind.ge is not None and number < kind.ge) or (
                kind.le is not None and number > kind.le
            ):
                raise MalformedError(f"must be {kind.ge} to {kind.le}")
        case inspect.BoolType():
            typed(value, bool)
        case inspect.StrType():
            if not typed(value, str) and kind.min_length:
                raise MalformedError("must not be empty")
        case inspect.CustomType():
            kind.cls.from_json(value)  # type: ignore[attr-defined]
