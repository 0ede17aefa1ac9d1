"""Revocation batches of the EU Digital COVID Certificate, read.

The gateway hands out batches: JSON with ``country``, ``expires``, ``kid`` (base64 of eight
bytes, or ``UNKNOWN_KID``), ``hashType`` and ``entries``, each with a ``hash``: base64 of the first
16 bytes of a SHA-256. There are three kinds: over the certificate's identifier (UCI), over the
issuer's country code followed by it, and over the signature. The rules say the signature's bytes;
the apps that were deployed hash an ECDSA signature's R alone, because S can be negated without the
signature failing. So a batch of the kind SIGNATURE is asked for R, for the whole signature, and for
the whole signature with the other S.

The gateway signs batches (CMS) and verifiers get them from their own backend: what is read here is
the signed content, which whoever fetches it must have verified.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from trustcert.encoding import fields, instants, json
from trustcert.errors import LimitExceededError, MalformedError, inside
from trustcert.limits import FOREIGN_LIST_BYTES, FOREIGN_LIST_ITEMS
from trustcert.values import Value

__all__ = ["CertificateHashes", "HashType", "RevocationBatch", "decode", "hashes_of", "revoked"]

_HASH_BYTES: Final = 16
_KID_BYTES: Final = 8
_UNKNOWN_KID: Final = "UNKNOWN_KID"
_ORDERS: Final = {
    64: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    96: int(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
        "581a0db248b0a77aecec196accc52973",
        16,
    ),
}
"""The orders of P-256 and P-384 (SP 800-186 section 3.2.1), by the size of a signature."""
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)


class HashType(enum.Enum):
    """What a batch's hashes are over."""

    UCI = "UCI"
    COUNTRY_CODE_UCI = "COUNTRYCODEUCI"
    SIGNATURE = "SIGNATURE"


class CertificateHashes(Value, frozen=True, kw_only=True):
    """The hashes by which one certificate may stand in a batch, 16 bytes each.

    ``signatures`` are over the whole signature and, for ECDSA, over R and over the signature with
    the other S that verifies.
    """

    _shown = ("signatures",)

    uci: bytes
    country_code_uci: bytes
    signatures: tuple[bytes, ...]

    def of(self, kind: HashType) -> tuple[bytes, ...]:
        """Return the hashes to look for in a batch of this kind."""
        if kind is HashType.UCI:
            return (self.uci,)
        if kind is HashType.COUNTRY_CODE_UCI:
            return (self.country_code_uci,)
        return self.signatures


class RevocationBatch(Value, frozen=True, kw_only=True):
    """One batch: hashes of certificates of ``country``, of one ``kid`` (None: of any)."""

    _shown = ("country", "kid", "kind", "expires")

    country: str
    kid: bytes | None
    kind: HashType
    expires: int
    hashes: frozenset[bytes]


def decode(data: bytes) -> RevocationBatch:
    """Return the batch in ``data``.

    Raises:
        LimitExceededError: larger than :mod:`trustcert.limits` allows.
        MalformedError: not such a batch; ``where`` is the place.
    """
    item = fields.typed(json.decode(data, limit=FOREIGN_LIST_BYTES), dict)
    country = fields.required(item, "country", str)
    if _COUNTRY.fullmatch(country) is None:
        raise MalformedError("must be two capital letters", where="country")
    kid = fields.required(item, "kid", str)
    kinds = {kind.value: kind for kind in HashType}
    kind = fields.member(fields.required(item, "hashType", str), kinds, where="hashType")
    with inside("expires"):
        expires = instants.instant(fields.typed(item.get("expires"), str))
    with inside("kid"):
        key = None if kid == _UNKNOWN_KID else _bytes(kid, _KID_BYTES)
    entries = fields.required(item, "entries", list)
    if len(entries) > FOREIGN_LIST_ITEMS:
        raise LimitExceededError(f"has over {FOREIGN_LIST_ITEMS} entries", where="entries")
    hashes = frozenset(_hash(entry, place) for place, entry in enumerate(entries))
    return RevocationBatch(country=country, kid=key, kind=kind, expires=expires, hashes=hashes)


def hashes_of(*, uci: str, country: str, signature: bytes, is_ecdsa: bool) -> CertificateHashes:
    """Return the hashes of the certificate with this identifier, issuer's country and signature."""
    hashed = [signature]
    if is_ecdsa:
        half = len(signature) // 2
        r, s = signature[:half], int.from_bytes(signature[half:])
        hashed.append(r)
        order = _ORDERS.get(len(signature))
        if order is not None and 0 < s < order:
            hashed.append(r + (order - s).to_bytes(half))
    return CertificateHashes(
        uci=_digest(uci.encode()),
        country_code_uci=_digest((country + uci).encode()),
        signatures=tuple(map(_digest, hashed)),
    )


def revoked(
    batches: Iterable[RevocationBatch],
    certificate: CertificateHashes,
    *,
    country: str,
    kid: bytes | None,
    at: int,
) -> bool:
    """Return whether a batch that is not expired at ``at`` (Unix seconds) names the certificate.

    ``country`` is its issuer's, ``kid`` the one of the key that verified it; None asks the batches
    of all keys, as is wise where the kid comes from the certificate's own unsigned header.
    """
    return any(
        batch.country == country
        and (kid is None or batch.kid in (None, kid))
        and at < batch.expires
        and not batch.hashes.isdisjoint(certificate.of(batch.kind))
        for batch in batches
    )


def _hash(entry: Any, place: int) -> bytes:
    with inside(f"entries[{place}]"):
        found: Mapping[str, Any] = fields.typed(entry, dict)
        with inside("hash"):
            return _bytes(fields.typed(found.get("hash"), str), _HASH_BYTES)


def _bytes(text: str, size: int) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError("not base64") from None
    if len(data) != size:
        raise MalformedError(f"must have {size} bytes")
    return data


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:_HASH_BYTES]
