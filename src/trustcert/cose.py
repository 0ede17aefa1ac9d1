"""COSE_Sign1 (RFC 9052): read without trusting it, and written.

The Sig_structure that :func:`read` returns is made of the byte strings that arrived. A header has
at most :data:`~trustcert.limits.HEADER_BYTES` and :data:`~trustcert.limits.HEADER_ITEMS`, both
counted before it is decoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustcert.encoding import cbor, cbor_spans
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError, inside
from trustcert.keys import Algorithm, Signer
from trustcert.limits import CHAIN_CERTIFICATES, HEADER_BYTES, HEADER_ITEMS
from trustcert.values import Value

__all__ = [
    "ALG",
    "IV",
    "KID",
    "TYPE",
    "X5CHAIN",
    "Sign1",
    "by_number",
    "header",
    "join",
    "read",
    "read_deterministic",
    "sign",
    "to_be_signed",
]

ALG: Final = 1
KID: Final = 4
IV: Final = 5
TYPE: Final = 16
X5CHAIN: Final = 33
_CRIT: Final = 2

_TAG_SIGN1: Final = b"\xd2"
_TAG_CWT: Final = b"\xd8\x3d"
_ARRAY_OF_4: Final = b"\x84"
_EMPTY_MAP: Final = b"\xa0"
_BYTE_STRING: Final = 2

_Numbers = Mapping[Any, tuple[Algorithm, ...]]
"""The rows that an algorithm identifier may stand for."""


class Sign1(Value, frozen=True, kw_only=True):
    """A parsed message: headers decoded, ``payload`` not; ``signed`` is the Sig_structure."""

    is_tagged: bool
    protected: Mapping[Any, Any]
    unprotected: Mapping[Any, Any]
    payload: bytes
    signature: bytes
    signed: bytes

    def algorithms(self, known: _Numbers, *, unprotected: bool = False) -> tuple[Algorithm, ...]:
        """Return the rows that the message's ``alg`` may stand for, of those ``known``.

        Raises:
            UnsupportedError: none of them; with ``unprotected`` the other header is looked at.
        """
        number = (self.unprotected if unprotected else self.protected).get(ALG)
        rows = known.get(number) if type(number) is int else None
        if rows is None:
            raise UnsupportedError("cose.protected.alg is not an algorithm of this format")
        return rows

    def kid(self, *, needed: bool = True) -> bytes:
        """Return the key id: the protected one before the unprotected one.

        Raises:
            MalformedError: it is no byte string, or is missing although ``needed``.
        """
        found = self.protected.get(KID, self.unprotected.get(KID, None if needed else b""))
        if type(found) is not bytes:
            raise MalformedError("must be a byte string", where="cose.protected.kid")
        return found

    def certificates(self) -> tuple[bytes, ...]:
        """Return the certificates of ``x5chain`` (DER, RFC 9360), the signer's first.

        Raises:
            LimitExceededError: over :data:`~trustcert.limits.CHAIN_CERTIFICATES`.
            MalformedError: not one certificate or a list of them.
        """
        chain = self.protected.get(X5CHAIN, self.unprotected.get(X5CHAIN, []))
        chain = [chain] if type(chain) is bytes else chain
        if type(chain) is not list or not all(type(link) is bytes for link in chain):
            raise MalformedError("must be certificates", where="x5chain")
        if len(chain) > CHAIN_CERTIFICATES:
            raise LimitExceededError(f"over {CHAIN_CERTIFICATES} certificates", where="x5chain")
        return tuple(chain)


def by_number(*rows: Algorithm) -> _Numbers:
    """Return the table from COSE identifiers, fully specified and polymorphic, to these rows."""
    numbers = {number for row in rows for number in (row.cose, row.cose_polymorphic) if number}
    return {
        number: tuple(row for row in rows if number in (row.cose, row.cose_polymorphic))
        for number in numbers
    }


def read(data: bytes, *, external: bytes = b"", unprotected_bytes: int = HEADER_BYTES) -> Sign1:
    """Return the COSE_Sign1 that ``data`` is: with tag 18, tag 61 around 18, or no tag.

    ``external`` is data that the application supplies and the signature covers.
    ``unprotected_bytes`` is larger for formats whose unprotected header carries certificates.

    Raises:
        LimitExceededError: a header is too large.
        MalformedError: anything else; ``where`` is the part.
        UnsupportedError: a critical header parameter (RFC 9052 section 3.1): none is known here.
    """
    is_tagged = data.startswith((_TAG_SIGN1, _TAG_CWT + _TAG_SIGN1))
    body = data.removeprefix(_TAG_CWT).removeprefix(_TAG_SIGN1) if is_tagged else data
    if body[:1] != _ARRAY_OF_4:
        raise MalformedError("must be an array of four", where="cose")
    protected, start = _byte_string(body, 1, "cose.protected")
    with inside("cose.unprotected"):
        end = cbor_spans.item_end(body, start, items=HEADER_ITEMS)
    unprotected = body[start:end]
    payload, start = _byte_string(body, end, "cose.payload")
    signature, end = _byte_string(body, start, "cose.signature")
    if end != len(body):
        raise MalformedError("bytes behind the signature", where="cose")
    return Sign1(
        is_tagged=is_tagged,
        protected=header(protected, "cose.protected"),
        unprotected=header(unprotected, "cose.unprotected", limit=unprotected_bytes),
        payload=payload,
        signature=signature,
        signed=to_be_signed(protected, payload, external=external),
    )


def read_deterministic(data: bytes) -> Sign1:
    """Return the COSE_Sign1 that ``data`` is in the one encoding that :func:`sign` writes.

    It is untagged, in deterministic CBOR, and its unprotected header is empty.

    Raises:
        LimitExceededError: a header is too large.
        MalformedError: anything else; ``where`` is the part.
        UnsupportedError: a critical header parameter.
    """
    if data[:1] != _ARRAY_OF_4:
        raise MalformedError("must be an untagged array of four", where="cose")
    protected, start = _byte_string(data, 1, "cose.protected", deterministic=True)
    if data[start : start + 1] != _EMPTY_MAP:
        raise MalformedError("must be empty", where="cose.unprotected")
    payload, start = _byte_string(data, start + 1, "cose.payload", deterministic=True)
    signature, end = _byte_string(data, start, "cose.signature", deterministic=True)
    if end != len(data):
        raise MalformedError("bytes behind the signature", where="cose")
    return Sign1(
        is_tagged=False,
        protected=header(protected, "cose.protected", deterministic=True),
        unprotected={},
        payload=payload,
        signature=signature,
        signed=to_be_signed(protected, payload),
    )


def header(
    data: bytes, where: str, *, limit: int = HEADER_BYTES, deterministic: bool = False
) -> Mapping[Any, Any]:
    """Return the header map in ``data``; an empty string is an empty map.

    ``deterministic`` demands deterministic CBOR (RFC 8949 section 4.2.1).

    Raises:
        LimitExceededError: over ``limit`` bytes or :data:`~trustcert.limits.HEADER_ITEMS` items.
        MalformedError: no map with integer and text labels.
        UnsupportedError: a critical parameter.
    """
    if len(data) > limit:
        raise LimitExceededError(f"header of over {limit} bytes", where=where)
    if not data:
        return {}
    with inside(where):
        # A header with fewer bytes has fewer items.
        if len(data) > HEADER_ITEMS:
            cbor_spans.item_end(data, 0, items=HEADER_ITEMS)
        parameters = cbor.decode(data)
        if type(parameters) is not dict or not {int, str}.issuperset(map(type, parameters)):
            raise MalformedError("must be a map of parameters")
        if deterministic and cbor.encode(parameters) != data:
            raise MalformedError("not deterministic CBOR")
    if _CRIT in parameters:
        raise UnsupportedError(f"{where}.crit names parameters that are not known here")
    return parameters


def to_be_signed(protected: bytes, payload: bytes, *, external: bytes = b"") -> bytes:
    """Return the Sig_structure of a COSE_Sign1 (RFC 9052 section 4.4)."""
    # "zero-length string" stands for an empty map, whichever of the two arrived
    protected = b"" if protected == _EMPTY_MAP else protected
    return cbor.encode(["Signature1", protected, external, payload])


def sign(
    protected: Mapping[Any, Any], payload: bytes, signer: Signer, *, tagged: bool = False
) -> bytes:
    """Return a COSE_Sign1 over ``payload`` with an empty unprotected header."""
    encoded = cbor.encode(protected)
    message = join(encoded, payload, signer.sign(to_be_signed(encoded, payload)))
    return _TAG_SIGN1 + message if tagged else message


def join(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return an untagged COSE_Sign1 with an empty unprotected header."""
    return cbor.encode([protected, {}, payload, signature])


def _byte_string(
    data: bytes, at: int, where: str, *, deterministic: bool = False
) -> tuple[bytes, int]:
    """Return the content of the byte string at ``at``, and where it ends.

    ``deterministic`` demands the shortest head.
    """
    with inside(where):
        major, size, start = cbor_spans.head(data, at)
        if major != _BYTE_STRING:
            raise MalformedError("must be a byte string")
        end = start + size
        if end > len(data):
            raise MalformedError("is cut off")
    if deterministic and not cbor_spans.is_shortest(size, start - at):
        raise MalformedError("not deterministic CBOR", where="cose")
    return data[start:end], end
