"""Policies and their cases as files: TOML or JSON with the same content.

An error names the file, the path in it, what is allowed and what stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

from trustcert.encoding import json
from trustcert.encoding.fields import typed
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import DEPTH, REGISTRY_DOCUMENT_BYTES
from trustcert.policy.document import from_document
from trustcert.policy.model import Policy

__all__ = ["load", "read"]

_T = TypeVar("_T")


def load(path: Path) -> Policy:
    """Return the policy in a ``.toml`` or ``.json`` file.

    Raises:
        MalformedError: not TOML or JSON, or a field is missing, unknown or wrong. The message
            names the file, the path in it, what is allowed and what was found.
        LimitExceededError: larger than a registry document may be, or nested too deep.
    """
    return read(path, from_document)


def read(path: Path, build: Callable[[Mapping[str, Any]], _T]) -> _T:
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
        document = _toml(data) if is_toml else json.decode(data, limit=REGISTRY_DOCUMENT_BYTES)
        return build(typed(document, dict))
    except MalformedError as error:
        raise type(error)(str(error), where=str(path)) from None


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
