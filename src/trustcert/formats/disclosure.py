"""Selective disclosure for JWTs (RFC 9901): hiding claims behind digests, and finding them again.

A disclosure is base64url of ``[salt, name, value]``, or of ``[salt, value]`` for an entry of a
list. Its digest stands in ``_sd`` of the object that the claim belongs to, or as ``{"...":
digest}`` in the list. Values may hide further claims. A *path* names a claim: ``credential.name``,
``nationalities[0]``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from trustcert.encoding import base64url, json
from trustcert.encoding.fields import typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.limits import DEPTH, DISCLOSURES, JSON_ITEMS, MESSAGE_CHARACTERS
from trustcert.values import Value

__all__ = [
    "DEFAULT_HASH",
    "ELEMENT",
    "HASHES",
    "SALT_BYTES",
    "SD",
    "SD_ALG",
    "Random",
    "Revealed",
    "digest",
    "hash_of",
    "hide",
    "reveal",
]

SD: Final = "_sd"
SD_ALG: Final = "_sd_alg"
ELEMENT: Final = "..."
HASHES: Final = {
    "sha-256": hashlib.sha256,
    "sha-384": hashlib.sha384,
    "sha-512": hashlib.sha512,
}
DEFAULT_HASH: Final = "sha-256"
SALT_BYTES: Final = 16
"""128 bits, as RFC 9901 section 9.3 recommends."""

_RESERVED: Final = frozenset({SD, SD_ALG, ELEMENT})

Random = Callable[[int], bytes]


class Revealed(Value, frozen=True, kw_only=True):
    """The claims with every given disclosure put back, and the path and parents of each."""

    claims: Mapping[str, Any]
    paths: Mapping[str, str]
    parents: Mapping[str, str | None]


def reveal(payload: Mapping[str, Any], disclosures: Sequence[str]) -> Revealed:
    """Return the claims of a verified ``payload`` (RFC 9901 section 7.1, steps 3 to 5).

    Raises:
        MalformedError: a disclosure that is malformed, given twice or referred to by nothing, a
            digest that occurs twice, or a claim that is reserved or already there.
        UnsupportedError: a hash algorithm that is not known here.
    """
    if len(disclosures) > DISCLOSURES:
        raise LimitExceededError(f"over {DISCLOSURES} disclosures", where="disclosures")
    walk = _Walk(hash_of(payload), disclosures)
    claims = walk.object(payload, "", None, 1)
    claims.pop(SD_ALG, None)
    unused = len(walk.by_digest) - len(walk.paths)
    if unused:
        raise MalformedError(f"{unused} are referred to by nothing", where="disclosures")
    return Revealed(claims=claims, paths=walk.paths, parents=walk.parents)


def hash_of(payload: Mapping[str, Any]) -> Callable[[bytes], Any]:
    """Return the hash function that a payload names in ``_sd_alg``; SHA-256 where it does not.

    Raises:
        MalformedError: it is no name.
        UnsupportedError: it names another one than SHA-256, SHA-384 and SHA-512.
    """
    name = payload.get(SD_ALG, DEFAULT_HASH)
    function = HASHES.get(typed(name, str, where=SD_ALG))
    if function is None:
        raise UnsupportedError("_sd_alg is not a hash algorithm that is known here")
    return function


def digest(text: str, function: Callable[[bytes], Any]) -> str:
    """Return the digest of a disclosure or of a presentation, base64url."""
    return base64url.encode(function(text.encode("ascii")).digest())


class _Walk:
    """One pass over a payload: which digests were met, which disclosures were used."""

    __slots__ = ("by_digest", "met", "parents", "paths")

    def __init__(self, function: Callable[[bytes], Any], disclosures: Sequence[str]) -> None:
        self.by_digest: dict[str, str] = {}
        self.met: set[str] = set()
        self.paths: dict[str, str] = {}
        self.parents: dict[str, str | None] = {}
        for index, text in enumerate(disclosures):
            key = digest(text, function)
            if key in self.by_digest:
                raise MalformedError("is given twice", where=f"disclosures[{index}]")
            self.by_digest[key] = text

    def value(self, value: Any, path: str, parent: str | None, depth: int) -> Any:
        if depth > DEPTH:
            raise LimitExceededError(f"nested deeper than {DEPTH}", where="disclosures")
        if type(value) is dict:
            return self.object(value, path, parent, depth)
        return self.list(value, path, parent, depth) if type(value) is list else value

    def object(
        self, source: Mapping[str, Any], path: str, parent: str | None, depth: int
    ) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, value in source.items():
            place = f"{path}.{name}" if path else name
            if name == ELEMENT or (name == SD_ALG and path):
                raise MalformedError("is a reserved name", where=place)
            if name != SD:
                out[name] = self.value(value, place, parent, depth + 1)
        for key in _digests(source, path):
            text = self.met_now(key)
            if text is None:
                continue
            name, value = _named(text)
            if name in out:
                raise MalformedError("is there already", where=f"{path}.{name}".lstrip("."))
            place = f"{path}.{name}" if path else name
            self.note(text, place, parent)
            out[name] = self.value(value, place, text, depth + 1)
        return out

    def list(self, source: list[Any], path: str, parent: str | None, depth: int) -> list[Any]:
        out: list[Any] = []
        for element in source:
            if type(element) is not dict or ELEMENT not in element:
                out.append(self.value(element, f"{path}[{len(out)}]", parent, depth + 1))
                continue
            if len(element) != 1 or type(element[ELEMENT]) is not str:
                raise MalformedError("must hold one digest and nothing else", where=path)
            text = self.met_now(element[ELEMENT])
            if text is not None:
                place = f"{path}[{len(out)}]"
                self.note(text, place, parent)
                out.append(self.value(_unnamed(text), place, text, depth + 1))
        return out

    def met_now(self, key: str) -> str | None:
        """Return the disclosure of a digest, None for a decoy or a claim that is held back."""
        if key in self.met:
            raise MalformedError("a digest occurs twice", where=SD)
        self.met.add(key)
        return self.by_digest.get(key)

    def note(self, text: str, path: str, parent: str | None) -> None:
        self.paths[text] = path
        self.parents[text] = parent


def _digests(source: Mapping[str, Any], path: str) -> list[str]:
    found = source.get(SD, [])
    if type(found) is not list or not all(type(key) is str for key in found):
        raise MalformedError("must be a list of digests", where=f"{path}.{SD}".lstrip("."))
    return found


def _named(text: str) -> tuple[str, Any]:
    parts = _parts(text)
    if len(parts) != 3:
        raise MalformedError("must be [salt, name, value]", where="disclosures")
    name = typed(parts[1], str, where="disclosures")
    if name in _RESERVED:
        raise MalformedError("discloses a reserved name", where="disclosures")
    return name, parts[2]


def _unnamed(text: str) -> Any:
    parts = _parts(text)
    if len(parts) != 2:
        raise MalformedError("must be [salt, value] in a list", where="disclosures")
    return parts[1]


def _parts(text: str) -> list[Any]:
    with inside("disclosures"):
        parts = typed(
            json.decode(base64url.decode(text), limit=MESSAGE_CHARACTERS, items=JSON_ITEMS), list
        )
        if not parts or type(parts[0]) is not str:
            raise MalformedError("must begin with a salt")
        return parts


def hide(
    payload: dict[str, Any], paths: Collection[str], *, decoys: int, random: Random
) -> tuple[dict[str, Any], list[str]]:
    """Return ``payload`` with the claims at ``paths`` hidden, and their disclosures.

    ``decoys`` digests that nothing discloses are added to each object that hides something, so
    that nobody can count (RFC 9901 section 4.2.5). ``a[]`` hides each entry of the list ``a``.

    Raises:
        MalformedError: a path that names nothing.
    """
    disclosures: list[str] = []
    out: dict[str, Any] = json.decode(
        json.encode(payload), limit=MESSAGE_CHARACTERS, items=JSON_ITEMS
    )
    # the deepest first: what is hidden inside a hidden claim must be hidden before
    for path in sorted(paths, key=lambda path: path.count(".") + path.count("["), reverse=True):
        if path.endswith("[]"):
            disclosures += _hide_elements(out, path[:-2], decoys, random)
        else:
            disclosures.append(_hide_claim(out, path, decoys, random))
    _finish(out, decoys, random)
    out[SD_ALG] = DEFAULT_HASH
    return out, disclosures


def _hide_claim(root: dict[str, Any], path: str, decoys: int, random: Random) -> str:
    *above, name = path.split(".")
    target: Any = root
    for step in above:
        target = target.get(step) if type(target) is dict else None
    if type(target) is not dict or name not in target or name in _RESERVED:
        raise MalformedError("names no claim", where=path)
    value = target.pop(name)
    _finish(value, decoys, random)
    text = _disclosure([name, value], random)
    target.setdefault(SD, []).append(digest(text, HASHES[DEFAULT_HASH]))
    return text


def _hide_elements(root: dict[str, Any], path: str, decoys: int, random: Random) -> list[str]:
    target: Any = root
    for step in path.split("."):
        target = target.get(step) if type(target) is dict else None
    if type(target) is not list:
        raise MalformedError("names no list", where=path)
    _finish(target, decoys, random)
    texts = [_disclosure([value], random) for value in target]
    target[:] = [{ELEMENT: digest(text, HASHES[DEFAULT_HASH])} for text in texts]
    return texts


def _finish(value: Any, decoys: int, random: Random) -> None:
    """Add decoys, and order digests so that their order says nothing (section 4.2.4.1)."""
    if type(value) is dict:
        for entry in value.values():
            _finish(entry, decoys, random)
        if SD in value:
            fakes = (base64url.encode(random(32)) for _ in range(decoys))
            value[SD] = sorted([*value[SD], *fakes])
    elif type(value) is list:
        for entry in value:
            _finish(entry, decoys, random)


def _disclosure(parts: list[Any], random: Random) -> str:
    salt = base64url.encode(random(SALT_BYTES))
    return base64url.encode(json.encode([salt, *parts]))
