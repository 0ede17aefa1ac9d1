"""Policies and their cases as files: TOML or JSON with the same content.

An error names the file, the line, the path, what stands there and what is allowed. Policies hold
nothing of any person, so that the value may be said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final, TypeVar

from trustcert.encoding import json
from trustcert.encoding.fields import typed
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import DEPTH, REGISTRY_DOCUMENT_BYTES
from trustcert.policy.document import from_document
from trustcert.policy.model import Policy

T = TypeVar("T")

_SHOWN: Final = 60
_STEP: Final = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r"""\s*("[^"\n]*"|'[^'\n]*'|[\w-]+(?:\s*\.\s*[\w-]+)*)\s*=""")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|\n')

Place = tuple[str | int, ...]


def load(path: Path) -> Policy:
    """Return the policy in a ``.toml`` or ``.json`` file.

    Raises:
        MalformedError: not TOML or JSON, or a field is missing, unknown or wrong. The message
            names file, line, path, value and what is allowed.
        LimitExceededError: larger than a registry document may be, or nested too deep.
    """
    return read(path, from_document)


def read(path: Path, build: Callable[[Mapping[str, Any]], T]) -> T:
    """Return what ``build`` makes of the map in a ``.toml`` or ``.json`` file.

    Raises:
        MalformedError: the file or its content is wrong, as :func:`load` says it.
    """
    with path.open("rb") as file:
        data = file.read(REGISTRY_DOCUMENT_BYTES + 1)
    if len(data) > REGISTRY_DOCUMENT_BYTES:
        raise LimitExceededError(f"is of over {REGISTRY_DOCUMENT_BYTES} bytes", where=str(path))
    is_toml = path.suffix.lower() == ".toml"
    try:
        document = typed(_toml(data) if is_toml else _json(data), dict)
    except MalformedError as error:
        error.under(str(path))
        raise
    try:
        return build(document)
    except MalformedError as error:
        raise _told(error, path, data.decode(), document, is_toml=is_toml) from None


def _json(data: bytes) -> Any:
    return json.decode(data, limit=REGISTRY_DOCUMENT_BYTES)


def _toml(data: bytes) -> Any:
    import tomllib

    try:
        return _plain(tomllib.loads(data.decode("utf-8")), DEPTH)
    except UnicodeDecodeError:
        raise MalformedError("not UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MalformedError(f"not TOML: {error}") from None


def _plain(value: Any, depth: int) -> Any:
    """Return TOML's values as JSON's: a time becomes its RFC 3339 text."""
    if depth < 0:
        raise LimitExceededError(f"nested deeper than {DEPTH}")
    if isinstance(value, dict):
        return {key: _plain(entry, depth - 1) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry, depth - 1) for entry in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value


def _told(
    error: MalformedError, path: Path, source: str, document: Any, *, is_toml: bool
) -> MalformedError:
    """Return the error with the line, and with the value that stands there."""
    place = _place(error.where, document)
    lines = dict(_toml_lines(source) if is_toml else _json_lines(source))
    line = next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), 1)
    problem = f"{error.where}: {error.problem}" if error.where else error.problem
    found, value = _value(document, place, error.where)
    if found and not isinstance(value, dict | list):
        problem += f" (found: {value!r:.{_SHOWN}})"
    return type(error)(problem, where=f"{path}:{line}")


def _place(where: str, document: Any) -> Place:
    """Return the steps of an error's path, as far as the document has them.

    A name may hold dots (``small.bundle``): at each step the longest that fits is taken.
    """
    steps: list[str | int] = []
    rest, value = where, document
    while rest:
        rest = rest.removeprefix(".")
        step, rest = _step(rest, value)
        if step is None:
            break
        steps.append(step)
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
    return tuple(steps)


def _step(rest: str, value: Any) -> tuple[str | int | None, str]:
    if isinstance(value, dict):
        fitting = [key for key in value if rest == key or rest.startswith((f"{key}.", f"{key}["))]
        if fitting:
            key = max(fitting, key=len)
            return key, rest[len(key) :]
    match = _STEP.match(rest)
    if match is None:
        return None, ""
    return int(match[1]) if match[1] else match[2], rest[match.end() :]


def _value(document: Any, place: Place, where: str) -> tuple[bool, Any]:
    value = document
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return False, None
    return bool(where), value


def _toml_lines(source: str) -> Iterator[tuple[Place, int]]:
    """Yield places and their lines: tables and keys that begin a line."""
    table: Place = ()
    counts: dict[Place, int] = {}
    inside = ""
    for number, line in enumerate(source.splitlines(), start=1):
        if inside:
            if inside in line:
                inside = ""
            continue
        if match := _HEADER.match(line):
            table = _under_last(_parts(match[2]), counts, is_array=match[1] == "[[")
            yield table, number
        elif match := _KEY.match(line):
            yield (*table, *_parts(match[1])), number
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                inside = quotes


def _parts(dotted: str) -> Place:
    found = re.findall(r'"([^"]*)"|\'([^\']*)\'|([\w-]+)', dotted)
    return tuple("".join(groups) for groups in found)


def _under_last(parts: Place, counts: dict[Place, int], *, is_array: bool) -> Place:
    """Return the place of a table: each array of tables on the way means its last entry."""
    out: Place = ()
    for depth, part in enumerate(parts, start=1):
        out = (*out, part)
        if depth == len(parts) and is_array:
            counts[out] = counts.get(out, -1) + 1
        if out in counts:
            out = (*out, counts[out])
    return out


def _json_lines(source: str) -> Iterator[tuple[Place, int]]:
    """Yield the place of each value and its line, of a text that is JSON."""
    line = 1
    stack: list[str | int] = []
    kinds: list[str] = []
    key: str | None = None
    for mark in _TOKEN.findall(source):
        if mark == "\n":
            line += 1
        elif mark in "{[":
            kinds.append(mark)
            stack.append("" if mark == "{" else 0)
            if mark == "[":
                yield tuple(stack), line
        elif mark in "}]":
            kinds.pop()
            stack.pop()
        elif mark == "," and kinds[-1] == "[":
            stack[-1] = int(stack[-1]) + 1
            yield tuple(stack), line
        elif mark == ":" and key is not None:
            stack[-1] = key
            yield tuple(stack), line
        elif mark.startswith('"'):
            key = _json(mark.encode())
