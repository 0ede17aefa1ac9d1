"""The URI of a key on a token (RFC 7512).

::

    pkcs11:token=Sichuan;object=issuing-2026?module-path=/usr/lib/softhsm/libsofthsm2.so

``token``, ``object`` and ``module-path`` are needed, ``type=private`` and ``pin-source=file:…``
may stand there. ``pin-value`` is refused: a URI shows in lists of processes and in logs.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, unquote

from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.limits import IDENTIFIER_CHARACTERS
from trustcert.values import PublicValue

__all__ = ["SCHEME", "KeyUri", "key_uri", "parse"]

SCHEME: Final = "pkcs11:"

_PATH: Final = frozenset({"token", "object", "type"})
_QUERY: Final = frozenset({"module-path", "pin-source"})
_LONGEST: Final = 8 * IDENTIFIER_CHARACTERS
_FILE: Final = "file:"


class KeyUri(PublicValue, frozen=True, kw_only=True):
    """What names a private key: module, token, label, and the file of the PIN, if any."""

    module: str
    token: str
    key: str
    pin_file: str | None = None


def parse(uri: str) -> KeyUri:
    """Return what ``uri`` names.

    Raises:
        MalformedError: no such URI, or a part is missing or stands there twice.
        UnsupportedError: an attribute that is not spoken here.
    """
    if len(uri) > _LONGEST:
        raise LimitExceededError(f"over {_LONGEST} characters", where="uri")
    if not uri.startswith(SCHEME):
        raise MalformedError(f"must begin with {SCHEME}", where="uri")
    path, _, query = uri[len(SCHEME) :].partition("?")
    found = _attributes(path, ";", _PATH) | _attributes(query, "&", _QUERY)
    if found.pop("type", "private") != "private":
        raise MalformedError("must be private", where="uri.type")
    for name in ("token", "object", "module-path"):
        if not found.get(name):
            raise MalformedError("is missing", where=f"uri.{name}")
    source = found.get("pin-source")
    if source is not None and source.removeprefix(_FILE)[:1] != "/":
        raise UnsupportedError("uri.pin-source must be file: and an absolute path")
    return KeyUri(
        module=found["module-path"],
        token=found["token"],
        key=found["object"],
        pin_file=None if source is None else source.removeprefix(_FILE).removeprefix("//"),
    )


def key_uri(module: str, token: str, key: str) -> str:
    """Return the URI of a private key, without a PIN's source."""
    parts = (f"token={quote(token, safe='')}", f"object={quote(key, safe='')}")
    return f"{SCHEME}{';'.join(parts)}?module-path={quote(module)}"


def _attributes(text: str, joint: str, known: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(joint)):
        name, equals, value = part.partition("=")
        if name == "pin-value":
            raise MalformedError("a PIN never stands in a URI; use pin-source", where="uri")
        if name not in known:
            raise UnsupportedError(f"a key's URI knows only: {', '.join(sorted(known))}")
        if not equals or name in found:
            raise MalformedError("must stand there once, with a value", where=f"uri.{name}")
        try:
            found[name] = unquote(value, errors="strict")
        except UnicodeDecodeError:
            raise MalformedError("must be UTF-8", where=f"uri.{name}") from None
    return found
