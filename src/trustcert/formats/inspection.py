"""What a code is made of, layer by layer, without believing any of it: for people who debug.

Nothing here verifies a signature. A layer that cannot be opened ends the list with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import cbor2

from trustcert import formats
from trustcert.encoding import base32, base45, base64url, cbor, digit_pairs, json
from trustcert.encoding.deflate import Wrapping, inflate
from trustcert.errors import MalformedError, TrustcertError, UnsupportedError
from trustcert.limits import INFLATED_BYTES, MESSAGE_CHARACTERS
from trustcert.values import PublicValue

_TAGS: Final = frozenset({0, 1, 16, 18, 24, 37, 61, 98, 100, 1004})
_SHOWN_BYTES: Final = 32


class Layer(PublicValue, frozen=True, kw_only=True):
    """One layer: its name, its size, and what stands in it where that can be shown as JSON."""

    name: str
    size: int
    content: Any = None


class Inspection(PublicValue, frozen=True, kw_only=True):
    """What was found: the format's name, the layers from the outside in, and what looks wrong."""

    format: str | None
    layers: tuple[Layer, ...]
    problems: tuple[str, ...]


def inspect(text: str) -> Inspection:
    """Return what ``text`` is made of; never raises for any text."""
    known = formats.recognise(text)
    layers: list[Layer] = [Layer(name="text", size=len(text))]
    problems: list[str] = []
    if known is None:
        problems.append("no credential format begins like this")
    peel = None if known is None else _PEELS.get(known.NAME)
    if peel is not None:
        try:
            layers.extend(peel(text))
        except (TrustcertError, ValueError) as error:
            problems.append(f"the next layer does not open: {error}")
    problems += _judged(text)
    return Inspection(
        format=None if known is None else known.NAME,
        layers=tuple(layers),
        problems=tuple(problems),
    )


def _judged(text: str) -> Iterator[str]:
    """Yield what this library objects to in the envelope and in the claims."""
    try:
        envelope = formats.decode(text)
    except (MalformedError, UnsupportedError) as error:
        yield f"refused: {error}"
        return
    if not envelope.signature:
        yield "nobody signed it"
    for row in envelope.algorithms[:1]:
        size = row.signature_bytes
        if size and envelope.signature and len(envelope.signature) != size:
            yield f"a signature of {row.name} has {size} bytes, this one {len(envelope.signature)}"
    yield from (f"needs the switch {switch.value}" for switch in envelope.compatibility)
    try:
        claims = formats.open_claims(envelope)
    except (MalformedError, UnsupportedError) as error:
        yield f"claims refused: {error}"
        return
    if claims.expires is None:
        yield "never expires"
    elif claims.expires <= claims.issued_at:
        yield "expires before it was issued"


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
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return repr(value)


def _cose(message: bytes) -> Iterator[Layer]:
    found = cbor.decode(message, tags=_TAGS)
    tags = []
    while type(found) is cbor2.CBORTag:
        tags.append(found.tag)
        found = found.value
    if type(found) not in (list, tuple) or len(found) < 3:
        yield Layer(name="cbor", size=len(message), content=shown(found))
        return
    yield Layer(name="cose", size=len(message), content={"tags": tags, "parts": len(found)})
    for name, part in zip(("protected", "unprotected", "payload"), found, strict=False):
        yield _part(f"cose.{name}", part)
    if len(found) > 3 and isinstance(found[3], bytes):
        yield Layer(name="cose.signature", size=len(found[3]), content=shown(found[3]))


def _part(name: str, part: Any) -> Layer:
    if not isinstance(part, bytes):
        return Layer(name=name, size=len(cbor.encode(part)), content=shown(part))
    try:
        return Layer(name=name, size=len(part), content=shown(cbor.decode(part, tags=_TAGS)))
    except MalformedError:
        return Layer(name=name, size=len(part), content=shown(part))


def _base45(text: str) -> Iterator[Layer]:
    data = base45.decode(text[text.index(":") + 1 :] if ":" in text[:5] else text)
    yield Layer(name="base45", size=len(data))
    if data[:1] == b"\x78":
        data = inflate(data, Wrapping.ZLIB, limit=INFLATED_BYTES)
        yield Layer(name="zlib", size=len(data))
    yield from _cose(data)


def _base32(text: str) -> Iterator[Layer]:
    data = base32.decode(text.rpartition("/")[2])
    yield Layer(name="base32", size=len(data))
    yield from _cose(data)


def _digits(text: str) -> Iterator[Layer]:
    jws = digit_pairs.decode(text.rpartition("/")[2])
    yield Layer(name="jws", size=len(jws))
    yield from _jws(jws)


def _jws(text: str) -> Iterator[Layer]:
    token, *disclosures = text.split("~")
    for name, part in zip(("header", "payload", "signature"), token.split("."), strict=False):
        data = base64url.decode(part)
        yield Layer(name=f"jws.{name}", size=len(data), content=_json_of(data))
    for part in disclosures:
        if "." in part:
            yield from _jws(part)
        elif part:
            data = base64url.decode(part)
            yield Layer(name="disclosure", size=len(data), content=_json_of(data))


def _json_of(data: bytes) -> Any:
    """Return the JSON in ``data``, deflated or not; the bytes themselves where there is none."""
    try:
        return json.decode(data, limit=INFLATED_BYTES)
    except MalformedError:
        pass
    try:
        return json.decode(inflate(data, Wrapping.RAW, limit=INFLATED_BYTES), limit=INFLATED_BYTES)
    except MalformedError:
        return shown(data)


def _plain_json(text: str) -> Iterator[Layer]:
    yield Layer(
        name="json", size=len(text.encode()), content=json.decode(text, limit=MESSAGE_CHARACTERS)
    )


def _document(text: str) -> Iterator[Layer]:
    data = base64url.decode(text)
    yield Layer(name="cbor", size=len(data), content=shown(cbor.decode(data, tags=_TAGS)))
    envelope = formats.decode(text)
    yield _part("issuerAuth.payload", envelope.payload)
    for entry in envelope.attached[1:]:
        space, _, item = entry.partition(b"\x00")
        inner = cbor.decode(item, tags=_TAGS)
        content = cbor.decode(inner.value, tags=_TAGS) if type(inner) is cbor2.CBORTag else inner
        yield Layer(name=space.decode("utf-8", "replace"), size=len(item), content=shown(content))


_PEELS: Final[dict[str, Callable[[str], Iterator[Layer]]]] = {
    "compact": _base45,
    "hcert": _base45,
    "claim_169": _base45,
    "nzcp": _base32,
    "shc": _digits,
    "jwt": _jws,
    "sd_jwt": _jws,
    "vds_nc": _plain_json,
    "mdoc": _document,
}
