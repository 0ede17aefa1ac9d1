"""JSON Canonicalization Scheme (RFC 8785), for the one format whose signature covers it."""

from __future__ import annotations

import json
from typing import Any, Final

from trustcert.errors import MalformedError

__all__ = ["canonical"]

_EXACT: Final = (1 << 53) - 1
"""Above this an IEEE 754 double, which the scheme writes numbers as, is not exact."""


def canonical(value: Any) -> bytes:
    """Return the canonical encoding of a decoded JSON value.

    Raises:
        MalformedError: a number that is no exact integer (their canonical form is a rule of its
            own, and no seal has one), or a lone surrogate.
    """
    try:
        return _text(value).encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("a lone surrogate is no character") from None


def _text(value: Any) -> str:
    if isinstance(value, dict):
        # RFC 8785 section 3.2.3: names in the order of their UTF-16 code units
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_text(name)}:{_text(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    if type(value) is int and abs(value) > _EXACT:
        raise MalformedError("integer beyond 2**53, which has no exact form")
    if type(value) is float:
        raise MalformedError("must not hold numbers with a fraction or an exponent")
    return json.dumps(value, ensure_ascii=False)
