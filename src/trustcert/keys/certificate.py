"""X.509 certificates (RFC 5280) as key lists use them: key, validity, where from, what for.

Nothing is decided by the chain here: a certificate counts because somebody listed or pinned it.
Extensions are read by hand, since real certificates of the EU list have an explicitly encoded
default or an empty list of usages, at which strict parsers stop; whatever is not understood
about usages allows nothing more than what is.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.keys import serialised
from trustcert.keys.public import PublicKey
from trustcert.limits import KEY_FILE_BYTES
from trustcert.values import PublicValue

if TYPE_CHECKING:  # at run time where a certificate is met: it takes a fifth of a start
    from cryptography import x509

__all__ = ["Certificate", "load", "read", "read_all"]

_PEM: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----"
)
_EXTENDED_KEY_USAGE: Final = bytes.fromhex("551d25")
_SEQUENCE, _OBJECT_ID, _OCTETS, _EXTENSIONS = 0x30, 0x06, 0x04, 0xA3


class Certificate(PublicValue, frozen=True, kw_only=True):
    """What a certificate says; ``not_after`` is the first second after its validity.

    ``usages`` are the extended key usages as dotted texts, None where there is no such extension.
    Times are Unix seconds.
    """

    key: PublicKey
    der: bytes
    not_before: int
    not_after: int
    country: str | None
    province: str | None
    usages: frozenset[str] | None

    @property
    def digest(self) -> bytes:
        """SHA-256 over the certificate; its first 8 bytes are the kid of EU certificates."""
        return hashlib.sha256(self.der).digest()


def read(der: bytes) -> Certificate:
    """Return the certificate in ``der``.

    Raises:
        MalformedError: not a certificate, or bytes behind it.
        UnsupportedError: its key is outside the table of algorithms.
    """
    from cryptography.x509.oid import NameOID

    if len(der) > KEY_FILE_BYTES:
        raise LimitExceededError(f"certificate of over {KEY_FILE_BYTES} bytes")
    with serialised.translated("not a certificate"):
        parsed = load(der)
        subject = parsed.subject
        return Certificate(
            key=PublicKey(serialised.spki_of(parsed.public_key())),
            der=der,
            not_before=int(parsed.not_valid_before_utc.timestamp()),
            not_after=int(parsed.not_valid_after_utc.timestamp()) + 1,
            country=_attribute(subject, NameOID.COUNTRY_NAME),
            province=_attribute(subject, NameOID.STATE_OR_PROVINCE_NAME),
            usages=_usages(parsed.tbs_certificate_bytes),
        )


def load(der: bytes) -> x509.Certificate:
    """Return the parsed certificate in ``der``; its parts may still not parse.

    Raises:
        MalformedError: not a certificate, or of a version that there is not.
    """
    from cryptography import x509

    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion):
        raise MalformedError("not a certificate") from None


def read_all(data: bytes) -> tuple[Certificate, ...]:
    """Return the certificates in ``data``: one in DER, or any number in PEM.

    Raises:
        MalformedError: there is none, or one of them is not a certificate.
        UnsupportedError: a key is outside the table of algorithms.
    """
    if b"PRIVATE KEY-----" in data:
        raise MalformedError("this is a private key; only the public part belongs here")
    if data[:1] == b"\x30":
        return (read(data),)
    found = tuple(read(base64.b64decode(match[1])) for match in _PEM.finditer(data))
    if not found:
        raise MalformedError("holds no certificate")
    return found


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    values = name.get_attributes_for_oid(oid)
    return str(values[0].value) if values else None


def _usages(tbs: bytes) -> frozenset[str] | None:
    """Return the extended key usages of a TBSCertificate (RFC 5280 sections 4.1, 4.2.1.12)."""
    ((_, body),) = _items(tbs)
    wrapped = next((value for tag, value in _items(body) if tag == _EXTENSIONS), b"")
    for _, listed in _items(wrapped):
        for _, extension in _items(listed):
            parts = list(_items(extension))
            if parts[:1] != [(_OBJECT_ID, _EXTENDED_KEY_USAGE)] or parts[-1][0] != _OCTETS:
                continue
            return frozenset(
                _dotted(value)
                for _, usages in _items(parts[-1][1])
                for tag, value in _items(usages)
                if tag == _OBJECT_ID
            )
    return None


def _items(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and contents of each element of ``der`` (X.690, definite lengths)."""
    at = 0
    while at < len(der):
        size, start = der[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(der[at + 2 : start], "big")
        if start + size > len(der):
            raise ValueError
        yield der[at], der[start : start + size]
        at = start + size


def _dotted(oid: bytes) -> str:
    parts, value = [], 0
    for octet in oid:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            parts.append(value)
            value = 0
    first = min(parts[0] // 40, 2)
    return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))
