"""The layers of a code, one inside the other, for :mod:`trustcert.formats.inspection`.

Nothing here verifies a signature or trusts what it reads.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import cbor2

from trustcert.encoding import base45, base64url, cbor, json
from trustcert.encoding.deflate import Wrapping, inflate
from trustcert.errors import MalformedError
from trustcert.limits import INFLATED_BYTES, MESSAGE_CHARACTERS
from trustcert.values import PublicValue

__all__ = ["TAGS", "Layer", "of_base45", "of_cbor", "of_cose", "of_json", "of_jws", "shown"]

TAGS: Final = frozenset({0, 1, 16, 18, 24, 37, 61, 98, 100, 1004})
"""The CBOR tags that are shown by their numbers; others are refused."""

_SHOWN_BYTES: Final = 32
_ZLIB: Final = b"\x78"


class Layer(PublicValue, frozen=True, kw_only=True):
    """One layer: its name, its size, and what stands in it where that can be shown as JSON."""

    name: str
    size: int
    content: Any = None


def shown(value: Any) -> Any:
    """Return a decoded value as JSON values: bytes in hexadecimal and cut, tags named."""
    if type(value) is cbor2.CBORTag:
        return {f"tag {value.tag}": shown(value.value)}
    if isinstance(value, bytes):
        rest = len(value) - _SHOWN_BYTES
        return f"h'{value[:_SHOWN_BYTES].hex()}'" + (f" and {rest} bytes" if rest > 0 else "")
    if isinstance(value, Mapping):
        return {str(key): shown(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(entry) for entry in value]
    is_json = value is None or isinstance(value, (str, int, float))
    # JSON has no NaN and no infinity
    if not is_json or (isinstance(value, float) and not math.isfinite(value)):
        return str(value)
    return value


def of_base45(text: str) -> Iterator[Layer]:
    """Yield base45, zlib where it is compressed, and the COSE message in ``text``."""
    data = base45.decode(text)
    yield Layer(name="base45", size=len(data))
    if data[:1] == _ZLIB:
        data = inflate(data, Wrapping.ZLIB, limit=INFLATED_BYTES, trailing=True)
        yield Layer(name="zlib", size=len(data))
    yield from of_cose(data)


def of_cose(message: bytes) -> Iterator[Layer]:
    """Yield the parts of a COSE message; of any other CBOR item, the item."""
    item = cbor.decode(message, tags=TAGS, indefinite=True)
    tags = []
    while type(item) is cbor2.CBORTag:
        tags.append(item.tag)
        item = item.value
    if type(item) not in (list, tuple) or len(item) < 3:
        yield Layer(name="cbor", size=len(message), content=shown(item))
        return
    yield Layer(name="cose", size=len(message), content={"tags": tags, "parts": len(item)})
    for name, part in zip(("protected", "unprotected", "payload"), item, strict=False):
        yield of_cbor(f"cose.{name}", part)
    if len(item) > 3 and isinstance(item[3], bytes):
        yield Layer(name="cose.signature", size=len(item[3]), content=shown(item[3]))


def of_cbor(name: str, part: Any) -> Layer:
    """Return a part of a COSE message: bytes are decoded where they are CBOR."""
    if not isinstance(part, bytes):
        return Layer(name=name, size=len(cbor.encode(part)), content=shown(part))
    try:
        content = shown(cbor.decode(part, tags=TAGS, indefinite=True))
    except MalformedError:
        content = shown(part)
    return Layer(name=name, size=len(part), content=content)


def of_jws(text: str) -> Iterator[Layer]:
    """Yield the parts of a JWS, and the disclosures and the key binding of an SD-JWT."""
    token, *disclosures = text.split("~")
    for name, part in zip(("header", "payload", "signature"), token.split("."), strict=False):
        data = base64url.decode(part)
        yield Layer(name=f"jws.{name}", size=len(data), content=_json_in(data))
    for part in disclosures:
        if "." in part:
            yield from of_jws(part)
        elif part:
            data = base64url.decode(part)
            yield Layer(name="disclosure", size=len(data), content=_json_in(data))


def of_json(text: str) -> Iterator[Layer]:
    """Yield the JSON value in ``text``."""
    content = json.decode(text, limit=MESSAGE_CHARACTERS)
    yield Layer(name="json", size=len(text.encode()), content=content)


def _json_in(data: bytes) -> Any:
    """Return the JSON in ``data``, compressed or not; the bytes themselves where there is none."""
    try:
        return json.decode(data, limit=INFLATED_BYTES)
    except MalformedError:
        pass
    try:
        plain = inflate(data, Wrapping.RAW, limit=INFLATED_BYTES, trailing=True)
        return json.decode(plain, limit=INFLATED_BYTES)
    except MalformedError:
        return shown(data)
