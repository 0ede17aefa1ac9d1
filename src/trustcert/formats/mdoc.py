"""ISO/IEC 18013-5 documents: an IssuerSigned, or a DeviceResponse with one, base64url (read).

The mobile security object (MSO) is signed (COSE_Sign1, certificate chain in ``x5chain``) and holds
a digest of every data element; each element travels as CBOR inside tag 24 and is checked against
its digest over the bytes that travelled. The chain counts as far as a pinned root does. The
issuer is the country of the signer's certificate (annex B). What the device signed is not judged:
a document read here proves what was issued, not who shows it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import cbor2

from trustcert import cose
from trustcert.claims import Claims
from trustcert.claims.external_status import from_claim
from trustcert.encoding import base64url, cbor, cbor_spans
from trustcert.encoding.fields import required, typed
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.formats import layers as layers_of
from trustcert.formats.content import iso18013, lenient
from trustcert.formats.envelope import Envelope
from trustcert.formats.layers import Layer
from trustcert.keys import ED25519, ESP256, ESP384, certificate
from trustcert.limits import (
    DOCUMENT_ELEMENTS,
    HEADER_WITH_CHAIN_BYTES,
    MESSAGE_CHARACTERS,
)

__all__ = ["LONGEST", "NAME", "claims", "decode", "layers", "plain", "recognises"]

NAME: Final = "mdoc"
LONGEST: Final = MESSAGE_CHARACTERS

_ALGORITHMS: Final = cose.by_number(ED25519, ESP256, ESP384)
_HASHES: Final = {
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
    "SHA-512": hashlib.sha512,
}
_KEYS: Final = ("version", "documents", "nameSpaces", "issuerAuth", "docType", "issuerSigned")
_HEADS: Final = tuple(cbor.encode(key) for key in _KEYS)
_LOOK: Final = 24
"""Characters that show whether a text is one of these: a map, and its first key."""
_EMBEDDED: Final = 24
_TAGS: Final = frozenset({0, 1, 24, 100, 1004})


def recognises(text: str) -> bool:
    """Return whether ``text`` begins like base64url of a map with a key of these documents."""
    try:
        start = base64url.decode(text[:_LOOK])
        major, _, at = cbor_spans.head(start, 0)
    except MalformedError:
        return False
    return major == 5 and start[at:].startswith(_HEADS)


def decode(text: str) -> Envelope:
    """Return the untrusted envelope in ``text``.

    Raises:
        MalformedError: not such a document; ``where`` is the place.
        UnsupportedError: several documents, or an algorithm that is not spoken here.
    """
    if len(text) > MESSAGE_CHARACTERS:
        raise LimitExceededError(f"document text of over {MESSAGE_CHARACTERS} characters")
    data = base64url.decode(text)
    if cbor_spans.item_end(data, 0) != len(data):
        raise MalformedError("bytes behind the document")
    doc_type, at = _issuer_signed(data)
    with inside("issuerSigned"):
        parts = cbor_spans.map_spans(data, at)
        if "issuerAuth" not in parts:
            raise MalformedError("is missing", where="issuerAuth")
        with inside("nameSpaces"):
            items = _items(data, parts["nameSpaces"][0]) if "nameSpaces" in parts else ()
        with inside("issuerAuth"):
            message = cose.read(
                data[slice(*parts["issuerAuth"])], unprotected_bytes=HEADER_WITH_CHAIN_BYTES
            )
    return Envelope(
        format=NAME,
        kid=message.kid(needed=False),
        algorithms=message.algorithms(_ALGORITHMS),
        signed=message.signed,
        signature=message.signature,
        payload=message.payload,
        attached=(doc_type.encode(), *items),
        certificates=message.certificates(),
    )


def claims(envelope: Envelope) -> Claims:
    """Return the claims of a verified envelope; every element was checked against its digest.

    Raises:
        MalformedError: an element that the MSO does not vouch for, or an MSO that is none.
        UnsupportedError: a digest algorithm or a kind of document that is not known here.
    """
    outer = cbor.decode(envelope.payload, tags=_TAGS, indefinite=True)
    mso = typed(cbor.decode(_embedded(outer), tags=_TAGS, indefinite=True), dict)
    doc_type = required(mso, "docType", str)
    named = envelope.attached[0].decode()
    if named and named != doc_type:
        raise MalformedError("is not that of the signed object", where="docType")
    elements = _checked(mso, envelope.attached[1:])
    with inside("validityInfo"):
        validity = required(mso, "validityInfo", dict)
        times = {name: _time(validity, name) for name in ("signed", "validFrom", "validUntil")}
    country = certificate.read(envelope.certificates[0]).country if envelope.certificates else None
    if country is None:
        raise MalformedError("names no country", where="x5chain")
    holder, details = iso18013.read(doc_type, elements, country)
    with inside("status"):
        status = from_claim(plain(mso["status"])) if "status" in mso else ()
    return Claims(
        issuer=country,
        issued_at=times["signed"],
        not_before=times["validFrom"],
        expires=times["validUntil"],
        holder=holder,
        details=details,
        holder_key=iso18013.device_key(mso),
        original={space: dict(found) for space, found in elements.items()},
        external_status=status,
    )


def layers(text: str) -> Iterator[Layer]:
    """Yield the layers of ``text``, nothing of it verified."""
    data = base64url.decode(text)
    yield layers_of.of_cbor("cbor", data)
    envelope = decode(text)
    yield layers_of.of_cbor("issuerAuth.payload", envelope.payload)
    for entry in envelope.attached[1:]:
        space, _, item = entry.partition(b"\x00")
        yield layers_of.of_cbor(space.decode("utf-8", "replace"), _embedded_in(item))


def _embedded_in(item: bytes) -> bytes:
    return _embedded(cbor.decode(item, tags=_TAGS, indefinite=True))


def _issuer_signed(data: bytes) -> tuple[str, int]:
    """Return the document's type, empty where nobody says, and where its IssuerSigned begins."""
    top = cbor_spans.map_spans(data, 0)
    at = 0
    if "documents" in top:
        documents = cbor_spans.array_spans(data, top["documents"][0])
        if len(documents) != 1:
            raise UnsupportedError("a response that does not hold exactly one document")
        at = documents[0][0]
        top = cbor_spans.map_spans(data, at)
    if "issuerSigned" not in top:
        return "", at
    doc_type = cbor.decode(data[slice(*top["docType"])]) if "docType" in top else ""
    return typed(doc_type, str, where="docType"), top["issuerSigned"][0]


def _items(data: bytes, at: int) -> tuple[bytes, ...]:
    """Return each element as its name space, a zero byte, and its bytes as they travelled."""
    found = []
    for space, (start, _) in cbor_spans.map_spans(data, at).items():
        if "\x00" in space:
            raise MalformedError("must not hold control characters")
        found += [
            space.encode("utf-8", "strict") + b"\x00" + data[slice(*span)]
            for span in cbor_spans.array_spans(data, start)
        ]
    if len(found) > DOCUMENT_ELEMENTS:
        raise LimitExceededError(f"over {DOCUMENT_ELEMENTS} elements")
    return tuple(found)


def _checked(mso: Mapping[str, Any], items: tuple[bytes, ...]) -> Mapping[str, Mapping[str, Any]]:
    """Return the elements by name space and name, each with the digest that was signed."""
    function = _HASHES.get(required(mso, "digestAlgorithm", str))
    if function is None:
        raise UnsupportedError("digestAlgorithm is not one that is known here")
    signed = required(mso, "valueDigests", dict)
    elements: dict[str, dict[str, Any]] = {}
    used = set()
    for entry in items:
        head, _, item = entry.partition(b"\x00")
        space = head.decode("utf-8")
        with inside(f"nameSpaces.{space}"):
            element = typed(cbor.decode(_embedded_in(item), tags=_TAGS, indefinite=True), dict)
            number = required(element, "digestID", int)
            name = required(element, "elementIdentifier", str)
            digests = signed.get(space)
            expected = digests.get(number) if type(digests) is dict else None
            if expected != function(item).digest():
                raise MalformedError("is not the element that was signed", where=name)
            if (space, number) in used or name in elements.setdefault(space, {}):
                raise MalformedError("is given twice", where=name)
            used.add((space, number))
            elements[space][name] = plain(element.get("elementValue"))
    return elements


def plain(value: Any) -> Any:
    """Return a decoded value with tags taken off dates and times."""
    if type(value) is cbor2.CBORTag:
        return plain(value.value)
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def _embedded(value: Any) -> bytes:
    if type(value) is not cbor2.CBORTag or value.tag != _EMBEDDED or type(value.value) is not bytes:
        raise MalformedError("must be CBOR in a byte string with tag 24")
    return value.value


def _time(validity: Mapping[str, Any], name: str) -> int:
    moment = lenient.moment(plain(validity.get(name)))
    if moment is None:
        raise MalformedError("must be a time", where=name)
    return moment
