"""X.509 certificates (RFC 5280): key, validity, where from, what for.

Nothing is decided by the chain here (:mod:`trustcert.keys.path` does): a certificate in a list
counts because somebody listed or pinned it. The DER is read by hand, since genuine certificates
make strict parsers stop: explicitly encoded defaults and an empty list of usages (EU),
ecdsa-with-SHA384 with NULL parameters (Japan), SM2 (China). Whatever is not understood about
usages allows nothing more than what is.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from trustcert.errors import LimitExceededError, MalformedError, inside
from trustcert.keys import der as asn1
from trustcert.keys.public import PublicKey
from trustcert.limits import KEY_FILE_BYTES
from trustcert.values import Value

__all__ = ["Certificate", "read", "read_all", "read_each"]

_PEM: Final = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_UTC_TIME, _LONG_TIME = 0x17, 0x18
_TEXTS: Final = {
    0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii",
    0x1C: "utf-32-be", 0x1E: "utf-16-be",
}  # fmt: skip
"""The string types of a name (X.680), each as it is decoded."""
_COUNTRY, _PROVINCE, _ORGANISATION, _COMMON_NAME = "2.5.4.6", "2.5.4.8", "2.5.4.10", "2.5.4.3"
_KEY_USAGE, _EXTENDED_KEY_USAGE = "2.5.29.15", "2.5.29.37"
_CONSTRAINTS, _OTHER_NAMES = "2.5.29.19", "2.5.29.17"
_DNS_NAME, _URI = 0x82, 0x86
_USAGE_NAMES: Final = (
    "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly",
)  # fmt: skip


class Certificate(Value, frozen=True, kw_only=True):
    """What a certificate says; ``not_after`` is the first second after its validity.

    ``usages`` are the extended key usages as dotted texts, ``key_usage`` the names of RFC 5280
    section 4.2.1.3; each is None where there is no such extension. ``other_names`` are the URIs
    and host names of the subject. ``subject`` and ``issuer`` are names in DER. ``critical`` are
    the object ids of its critical extensions. Times are Unix seconds.
    """

    _shown = ("country", "province", "not_before", "not_after")

    der: bytes
    signed: bytes
    signed_with: str
    signature: bytes
    spki: bytes
    issuer: bytes
    subject: bytes
    not_before: int
    not_after: int
    country: str | None = None
    province: str | None = None
    organisation: str | None = None
    common_name: str | None = None
    usages: frozenset[str] | None = None
    key_usage: frozenset[str] | None = None
    is_authority: bool = False
    path_length: int | None = None
    other_names: frozenset[str] = frozenset()
    critical: frozenset[str] = frozenset()

    @property
    def key(self) -> PublicKey:
        """The key.

        Raises:
            MalformedError: it is none.
            UnsupportedError: it is outside the table of algorithms.
        """
        return PublicKey(self.spki)

    @property
    def digest(self) -> bytes:
        """SHA-256 over the certificate; its first 8 bytes are the kid of EU certificates."""
        return hashlib.sha256(self.der).digest()


def read(der: bytes) -> Certificate:
    """Return the certificate in ``der``; its key is not looked at yet.

    Raises:
        MalformedError: not a certificate, or bytes behind it.
    """
    if len(der) > KEY_FILE_BYTES:
        raise LimitExceededError(f"certificate of over {KEY_FILE_BYTES} bytes")
    try:
        return _read(der)
    except LimitExceededError:
        raise
    except (ValueError, IndexError):
        raise MalformedError("not a certificate") from None


def read_all(data: bytes) -> tuple[Certificate, ...]:
    """Return the certificates in ``data``: one in DER, or any number in PEM.

    Raises:
        MalformedError: there is none, or one of them is not a certificate.
        UnsupportedError: a key is outside the table of algorithms.
    """
    found: list[Certificate] = []
    for number, reader in enumerate(read_each(data), start=1):
        with inside(f"certificate {number}"):
            entry = reader()
            entry.key  # noqa: B018 - raises where it is of no use
        found.append(entry)
    return tuple(found)


def read_each(data: bytes) -> Iterator[Callable[[], Certificate]]:
    """Yield a reader of each certificate in ``data``, which raises what :func:`read` does.

    Raises:
        MalformedError: ``data`` is no certificate in DER and holds none in PEM.
    """
    if b"PRIVATE KEY-----" in data:
        raise MalformedError("this is a private key; only the public part belongs here")
    if data[:1] == b"\x30":
        yield lambda: read(data)
        return
    found = _PEM.findall(data)
    if not found:
        raise MalformedError("holds no certificate")
    for body in found:
        yield lambda body=body: read(_armoured(body))  # type: ignore[misc]


def _armoured(body: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except ValueError:
        raise MalformedError("its base64 is damaged") from None


def _read(der: bytes) -> Certificate:
    """Read Certificate and TBSCertificate (RFC 5280 section 4.1)."""
    tbs, algorithm, signature = asn1.inner(der)
    signed_with = _algorithm(algorithm.whole)
    parts = list(asn1.elements(tbs.content))
    if parts[0].tag == _VERSION:
        if asn1.inner(parts[0].whole, _VERSION)[0].content not in (b"\x00", b"\x02"):
            raise MalformedError("of a version that there is not")
        del parts[0]
    serial, inside_algorithm, issuer, validity, subject, spki = parts[:6]
    if (serial.tag, signature.tag, spki.tag) != (asn1.INTEGER, asn1.BIT_STRING, asn1.SEQUENCE):
        raise MalformedError("not a certificate")
    if _algorithm(inside_algorithm.whole) != signed_with:
        raise MalformedError("names two algorithms of its signature")
    start, end = map(_time, asn1.inner(validity.whole))
    names = _names(subject.whole)
    wrapped = [part for part in parts[6:] if part.tag == _EXTENSIONS]
    extensions = _extensions(wrapped[0].content) if wrapped else {}
    is_authority, path_length = _constraints(extensions)
    return Certificate(
        der=der,
        signed=tbs.whole,
        signed_with=signed_with,
        signature=asn1.bits(signature.content),
        spki=spki.whole,
        issuer=issuer.whole,
        subject=subject.whole,
        not_before=start,
        not_after=end + 1,  # RFC 5280 section 4.1.2.5: inclusive
        country=names.get(_COUNTRY),
        province=names.get(_PROVINCE),
        organisation=names.get(_ORGANISATION),
        common_name=names.get(_COMMON_NAME),
        usages=_usages(extensions),
        key_usage=_key_usage(extensions),
        is_authority=is_authority,
        path_length=path_length,
        other_names=_other_names(extensions),
        critical=frozenset(oid for oid, (critical, _) in extensions.items() if critical),
    )


def _algorithm(identifier: bytes) -> str:
    """Return the object id of an AlgorithmIdentifier; absent and NULL parameters are one."""
    oid, *parameters = asn1.inner(identifier)
    if oid.tag != asn1.OBJECT_ID or len(parameters) > 1:
        raise MalformedError("not an algorithm")
    return asn1.dotted(oid.content)


def _time(value: asn1.Element) -> int:
    """Return a UTCTime or GeneralizedTime in the one form of RFC 5280 section 4.1.2.5."""
    text = value.content.decode("ascii")
    if value.tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif value.tag != _LONG_TIME:
        raise MalformedError("not a time")
    if not re.fullmatch(r"[0-9]{14}Z", text):
        raise MalformedError("not a time")
    return int(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp())


def _names(name: bytes) -> dict[str, str]:
    """Return the first value of each attribute of a Name that is a text."""
    found: dict[str, str] = {}
    for group in asn1.inner(name):
        for pair in asn1.inner(group.whole, asn1.SET):
            oid, value = asn1.inner(pair.whole)
            if value.tag in _TEXTS:
                text = value.content.decode(_TEXTS[value.tag], "replace")
                found.setdefault(asn1.dotted(oid.content), text)
    return found


def _extensions(listed: bytes) -> dict[str, tuple[bool, bytes]]:
    """Return for each extension whether it is critical, and its value in DER."""
    found: dict[str, tuple[bool, bytes]] = {}
    for extension in asn1.inner(listed):
        oid, *flag, value = asn1.inner(extension.whole)
        name = asn1.dotted(oid.content)
        if value.tag != asn1.OCTETS or len(flag) > 1 or name in found:
            raise MalformedError("has an extension that does not parse")
        found[name] = bool(flag) and flag[0].content != b"\x00", value.content
    return found


def _usages(extensions: Mapping[str, tuple[bool, bytes]]) -> frozenset[str] | None:
    if _EXTENDED_KEY_USAGE not in extensions:
        return None
    listed = asn1.inner(extensions[_EXTENDED_KEY_USAGE][1])
    return frozenset(asn1.dotted(usage.content) for usage in listed if usage.tag == asn1.OBJECT_ID)


def _key_usage(extensions: Mapping[str, tuple[bool, bytes]]) -> frozenset[str] | None:
    if _KEY_USAGE not in extensions:
        return None
    (value,) = asn1.elements(extensions[_KEY_USAGE][1])
    octets = value.content[1:]
    flags = int.from_bytes(octets.ljust(2, b"\0")[:2], "big")
    return frozenset(name for bit, name in enumerate(_USAGE_NAMES) if flags & 0x8000 >> bit)


def _constraints(extensions: Mapping[str, tuple[bool, bytes]]) -> tuple[bool, int | None]:
    """Return whether this is an authority, and how many authorities may stand below it."""
    if _CONSTRAINTS not in extensions:
        return False, None
    parts = asn1.inner(extensions[_CONSTRAINTS][1])
    is_authority = any(part.tag == asn1.BOOLEAN and part.content == b"\xff" for part in parts)
    lengths = [
        int.from_bytes(p.content, "big", signed=True) for p in parts if p.tag == asn1.INTEGER
    ]
    return is_authority, lengths[0] if lengths else None


def _other_names(extensions: Mapping[str, tuple[bool, bytes]]) -> frozenset[str]:
    if _OTHER_NAMES not in extensions:
        return frozenset()
    listed = asn1.inner(extensions[_OTHER_NAMES][1])
    return frozenset(n.content.decode("ascii") for n in listed if n.tag in (_DNS_NAME, _URI))
