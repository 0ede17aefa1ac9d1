"""Revocation batches of the EU Digital COVID Certificate, read.

The gateway hands out batches: JSON with ``country``, ``expires``, ``kid`` (base64 of eight
bytes, or ``UNKNOWN_KID``), ``hashType`` and ``entries``, each with a ``hash``: base64 of the first
16 bytes of a SHA-256. There are three kinds: over the certificate's identifier (UCI), over the
issuer's country code followed by it, and over the signature. The rules say the signature's bytes;
the apps that were deployed hash an ECDSA signature's R alone, because S can be negated without the
signature failing. So a certificate has four hashes here, both over the signature by name, and a
batch of the kind SIGNATURE is asked for both.

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

_HASH_BYTES: Final = 16
_KID_BYTES: Final = 8
_UNKNOWN_KID: Final = "UNKNOWN_KID"
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)


class HashType(enum.Enum):
    """What a batch's hashes are over."""

    UCI = "UCI"
    COUNTRY_CODE_UCI = "COUNTRYCODEUCI"
    SIGNATURE = "SIGNATURE"


class CertificateHashes(Value, frozen=True, kw_only=True):
    """The four hashes by which one certificate may stand in a batch, 16 bytes each.

    ``r`` is over the first half of an ECDSA signature, and None for RSA.
    """

    _shown = ("whole_signature", "r")

    uci: bytes
    country_code_uci: bytes
    whole_signature: bytes
    r: bytes | None

    def of(self, kind: HashType) -> tuple[bytes, ...]:
        """Return the hashes to look for in a batch of this kind."""
        if kind is HashType.UCI:
            return (self.uci,)
        if kind is HashType.COUNTRY_CODE_UCI:
            return (self.country_code_uci,)
        return (self.whole_signature,) if self.r is None else (self.r, self.whole_signature)


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
    return CertificateHashes(
        uci=_digest(uci.encode()),
        country_code_uci=_digest((country + uci).encode()),
        whole_signature=_digest(signature),
        r=_digest(signature[: len(signature) // 2]) if is_ecdsa else None,
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
