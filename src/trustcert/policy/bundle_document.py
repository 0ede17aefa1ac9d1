"""Definitions of bundles as JSON values, in and out.

::

    {"small_restaurant": {"name": {"zh": "开办小餐馆", "en": "Opening a small restaurant"},
      "warn_days": 14, "parts": [
        {"part": "licence", "types": ["business_licence"]},
        {"part": "staff", "types": ["staff_health_certificate"], "each_of": "staff"}]}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trustcert.claims import CredentialType
from trustcert.encoding.fields import each, only, optional, required, typed
from trustcert.errors import MalformedError, inside
from trustcert.policy.bundles import Bundle, Requirement
from trustcert.policy.rule_document import integer, named_set, present, texts


def read_all(document: Mapping[str, Any]) -> dict[str, Bundle]:
    """Return the bundles of a policy's document.

    Raises:
        MalformedError: a field is missing, unknown or wrong; ``where`` is its path.
    """
    found = {}
    for name, source in (optional(document, "bundles", dict) or {}).items():
        with inside(f"bundles.{name}"):
            found[name] = _bundle(name, typed(source, dict))
    return found


def written_all(bundles: Mapping[str, Bundle]) -> dict[str, Any]:
    """Return bundles as JSON values, as :func:`read_all` reads them."""
    return {
        name: {
            "name": {"zh": bundle.zh, "en": bundle.en},
            "warn_days": bundle.warn_days,
            "parts": [_part_json(part) for part in bundle.parts],
        }
        for name, bundle in bundles.items()
    }


def _bundle(name: str, source: Mapping[str, Any]) -> Bundle:
    only(source, {"name", "warn_days", "parts"})
    zh, en = _names(source)
    required(source, "parts", list)
    parts = each(source, "parts", _part, limit=64)
    if not parts:
        raise MalformedError("a bundle has parts", where="parts")
    if parts[0].each_of is not None or parts[0].optional:
        raise MalformedError("the first part names the holder: one, required", where="parts[0]")
    if len({part.name for part in parts}) != len(parts):
        raise MalformedError("two parts of one name", where="parts")
    warn = integer(source, "warn_days", 0, 366)
    return Bundle(name=name, parts=parts, zh=zh, en=en, warn_days=14 if warn is None else warn)


def _names(source: Mapping[str, Any]) -> tuple[str, str]:
    names = optional(source, "name", dict) or {}
    with inside("name"):
        only(names, {"zh", "en"})
        return optional(names, "zh", str) or "", optional(names, "en", str) or ""


def _part(source: Any) -> Requirement:
    source = typed(source, dict)
    only(source, {"part", "name", "types", "each_of", "optional", "same_address"})
    zh, en = _names(source)
    return Requirement(
        name=required(source, "part", str),
        types=named_set(source, "types", CredentialType),
        zh=zh,
        en=en,
        each_of=optional(source, "each_of", str),
        optional=optional(source, "optional", bool) or False,
        same_address=optional(source, "same_address", bool) or False,
    )


def _part_json(part: Requirement) -> dict[str, Any]:
    return present(
        {
            "part": part.name,
            "name": {"zh": part.zh, "en": part.en},
            "types": texts(part.types),
            "each_of": part.each_of,
            "optional": part.optional or None,
            "same_address": part.same_address or None,
        }
    )
