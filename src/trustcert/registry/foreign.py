"""Keys as others publish them: certificates, JWK sets, DID documents.

Each key comes with the key ids under which its format names it, with the texts that name its
issuer in a payload, and with the types that its list allows it:

- certificates (EU DCC: X.509 with a country, or a state or province): the first 8 bytes of
  SHA-256 over the DER; extended key usages 1.3.6.1.4.1.1847.2021.1.{1, 2, 3} (also seen under
  1.3.6.1.4.1.0.1847.2021.1) allow tests, vaccinations, recoveries, none of them any type;
- JWK sets (RFC 7517): the JWK's own ``kid``, and its thumbprint (RFC 7638);
- DID documents (W3C DID 1.0; New Zealand's ``did:web``): each assertion method's full id, and its
  fragment.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from trustcert.encoding.fields import each, optional, required, typed
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.identifiers.divisions import PROVINCES
from trustcert.keys import PublicKey, certificate
from trustcert.keys.certificate import Certificate
from trustcert.keys.thumbprint import thumbprint
from trustcert.registry.model import KeyRecord
from trustcert.values import PublicValue

KID_BYTES: Final = 8
"""Bytes of an EU key id."""

_USAGES: Final = {
    f"1.3.6.1.4.1.{arc}1847.2021.1.{number}": name
    for arc in ("", "0.")
    for number, name in ((1, "test_result"), (2, "vaccination"), (3, "recovery"))
}
_ASSERTION: Final = "assertionMethod"
_METHODS: Final = "verificationMethod"
_DIGITS: Final = 10


DEPENDENT_TERRITORIES: Final = {
    "GB": frozenset({"GG", "IM", "JE"}),
    "DK": frozenset({"FO", "GL"}),
    "NL": frozenset({"AW", "CW", "SX"}),
    "FR": frozenset({"NC", "PF"}),
    "FI": frozenset({"AX"}),
}
"""Territories with a code of their own (ISO 3166-1, alpha-2) whose certificates a state signs; that
they belong to it is said in the remarks of ISO 3166 for each. A key of the state counts for them,
and none of theirs for the state."""


class Listed(PublicValue, frozen=True, kw_only=True):
    """A key from a foreign list: its owner, the texts that name the owner, and the key.

    ``card_lists`` is how often the owner has changed the list of cards revoked under this key, as
    the key itself announces it (``crlVersion``, SMART Health Cards). ``certificate`` is what the
    key came in (DER), where it came in one.
    """

    issuer: str
    names: frozenset[str]
    record: KeyRecord
    card_lists: int = 0
    certificate: bytes = b""


PassedOver = list[str]
"""What was passed over of a list: for each entry which it is, and why."""


def some(listed: Iterable[Listed], passed: PassedOver) -> tuple[Listed, ...]:
    """Return the keys of a list; one that had entries, all of no use, is an error.

    Raises:
        UnsupportedError: nothing is left; the error says why the first was passed over.
    """
    found = tuple(listed)
    if passed and not found:
        more = f" (and {len(passed) - 1} others)" if len(passed) > 1 else ""
        raise UnsupportedError(f"holds no key that is of use here: {passed[0]}{more}")
    return found


def from_certificates(
    certificates: Iterable[Certificate],
    *,
    issuer: str | None = None,
    types: Iterable[str] | None = None,
) -> tuple[Listed, ...]:
    """Return the keys of certificates; ``issuer`` and ``types`` override what they say.

    A Chinese certificate whose state or province is one of the 34 belongs to ``CN-51`` and so on.

    Raises:
        MalformedError: a certificate names no country, and no issuer is given.
        UnsupportedError: a key is outside the table of algorithms.
    """
    allowed = None if types is None else frozenset(types)
    return tuple(_from_certificate(found, issuer, allowed) for found in certificates)


def from_certificate_file(
    data: bytes,
    *,
    issuer: str | None = None,
    types: Iterable[str] | None = None,
    passed: PassedOver | None = None,
) -> tuple[Listed, ...]:
    """Return the keys of the certificates in ``data``, PEM or DER; the unusable are passed over.

    Raises:
        MalformedError: it holds no certificate, or a private key.
        UnsupportedError: none of its certificates is of use.
    """
    passed = [] if passed is None else passed
    mine: PassedOver = []
    listed: list[Listed] = []
    for number, reader in enumerate(certificate.read_each(data), start=1):
        try:
            listed += from_certificates([reader()], issuer=issuer, types=types)
        except (MalformedError, UnsupportedError) as error:
            mine.append(f"certificate {number}: {error}")
    passed += mine
    return some(listed, mine)


def from_jwks(
    document: Any, *, issuer: str | None = None, passed: PassedOver | None = None
) -> tuple[Listed, ...]:
    """Return the keys of a JWK set; whose they are is in its ``issuer``, or given.

    An entry that is of no use is passed over (RFC 7517 section 5), and said in ``passed``.

    Raises:
        MalformedError: no JWK set, a private key in it, or nobody says whose it is.
        UnsupportedError: it has keys, but none that is spoken here.
    """
    source = typed(document, dict)
    owner = issuer or source.get("issuer")
    if owner is None:
        raise MalformedError(
            "is missing: a JWK set does not say whose it is; give it as ISSUER=FILE", where="issuer"
        )
    with inside("issuer"):
        owner = typed(owner, str)
    return _each_of(source, "keys", lambda value: _of_jwk(value, owner), passed)


def from_did(document: Any, *, passed: PassedOver | None = None) -> tuple[Listed, ...]:
    """Return the keys with which the subject of a DID document makes assertions.

    Names of methods are resolved against the document's ``id``. A document without
    ``assertionMethod`` says for no key what it is for: all in ``verificationMethod`` count.
    A method that is of no use is passed over, and said in ``passed``.

    Raises:
        MalformedError: no DID document, or no method for assertions.
        UnsupportedError: none of its assertion methods is a key that is spoken here.
    """
    source = typed(document, dict)
    owner = required(source, "id", str)
    defined: dict[str, Mapping[str, Any]] = {}
    for method in each(source, _METHODS, lambda value: value):
        if isinstance(method, dict) and isinstance(method.get("id"), str):
            defined[_resolved(method["id"], owner)] = method
    where = _ASSERTION if _ASSERTION in source else _METHODS
    if not source.get(where):
        raise MalformedError("is missing", where=_ASSERTION)
    return _each_of(
        source, where, lambda entry: _of_method(_method(entry, defined, owner), owner), passed
    )


def _each_of(
    source: Mapping[str, Any],
    name: str,
    read: Callable[[Any], Listed],
    passed: PassedOver | None,
) -> tuple[Listed, ...]:
    """Return what ``read`` makes of each entry of a list, without those of no use."""
    mine: PassedOver = []
    listed: list[Listed] = []
    for index, entry in enumerate(each(source, name, lambda value: value)):
        with inside(f"{name}[{index}]"):
            _refuse_private(entry)
        try:
            listed.append(read(entry))
        except (MalformedError, UnsupportedError) as error:
            mine.append(f"{name}[{index}]: {error}")
    if passed is not None:
        passed += mine
    return some(listed, mine)


def _refuse_private(entry: Any) -> None:
    """Raise for a private key: a file that holds one is a mistake, whatever else is in it."""
    jwk = entry.get("publicKeyJwk", entry) if isinstance(entry, dict) else {}
    if isinstance(jwk, dict) and "d" in jwk:
        raise MalformedError("this is a private key; only the public part belongs here")


def _from_certificate(
    found: Certificate, issuer: str | None, types: frozenset[str] | None
) -> Listed:
    owner = issuer or _place(found)
    names = {owner, *(name for name in (found.country, found.province) if name)}
    names |= DEPENDENT_TERRITORIES.get(found.country or "", frozenset())
    return Listed(
        issuer=owner,
        names=frozenset(names) if issuer is None else frozenset({issuer}),
        record=KeyRecord(
            key=found.key,
            types=_types(found) if types is None else types,
            not_before=found.not_before,
            not_after=found.not_after,
            kids_hex=(found.digest[:KID_BYTES].hex(),),
        ),
        certificate=found.der,
    )


def _place(found: Certificate) -> str:
    if found.country is None:
        raise MalformedError("names no country; say whose it is", where="certificate.subject")
    for province in PROVINCES.values() if found.country == "CN" else ():
        if found.province in (province.zh, province.en, province.code):
            return f"CN-{province.code}"
    return found.country


def _types(found: Certificate) -> frozenset[str] | None:
    types = frozenset(_USAGES[usage] for usage in found.usages or () if usage in _USAGES)
    return types or None


def _of_jwk(value: Any, owner: str) -> Listed:
    jwk = typed(value, dict)
    key = PublicKey.from_jwk(jwk)
    own = optional(jwk, "kid", str)
    kids = {thumbprint(key)} if own is None else {thumbprint(key), own}
    return _listed(owner, key, kids, _announced(jwk))


def _announced(jwk: Mapping[str, Any]) -> int:
    """Return ``crlVersion``, which some directories write as a text of digits."""
    value = jwk.get("crlVersion", 0)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _DIGITS:
        return int(value)
    return typed(value, int, where="crlVersion")


def _of_method(method: Mapping[str, Any], owner: str) -> Listed:
    name = _resolved(required(method, "id", str), owner)
    if _resolved(method.get("controller", owner), owner) != owner:
        raise MalformedError("is controlled by another", where="controller")
    if "publicKeyJwk" not in method:
        raise UnsupportedError("its key is not a JWK")
    with inside("publicKeyJwk"):
        key = key_of_jwk(required(method, "publicKeyJwk", dict))
    fragment = name.partition("#")[2]
    kids = {name, fragment, f"#{fragment}"} if fragment else {name}
    return _listed(owner, key, kids)


def key_of_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """Return the key of a JWK: of its own fields, or where these are broken of its certificate."""
    try:
        return PublicKey.from_jwk(jwk)
    except (MalformedError, UnsupportedError):
        if "x5c" not in jwk:
            raise
    return certificate_of_jwk(jwk).key


def certificate_of_jwk(jwk: Mapping[str, Any]) -> Certificate:
    """Return the first certificate in ``x5c`` (RFC 7517 section 4.7).

    Raises:
        MalformedError: there is none, or it is not one.
    """
    with inside("x5c"):
        chain = required({"x5c": jwk.get("x5c")}, "x5c", list)
        if not chain:
            raise MalformedError("is empty")
        try:
            der = base64.b64decode("".join(typed(chain[0], str).split()), validate=True)
        except (ValueError, binascii.Error):
            raise MalformedError("is not base64") from None
        return certificate.read(der)


def _listed(owner: str, key: PublicKey, kids: set[str], card_lists: int = 0) -> Listed:
    record = KeyRecord(key=key, kids=tuple(sorted(kids)))
    return Listed(issuer=owner, names=frozenset({owner}), record=record, card_lists=card_lists)


def _method(entry: Any, defined: Mapping[str, Mapping[str, Any]], owner: str) -> Mapping[str, Any]:
    if not isinstance(entry, str):
        return typed(entry, dict)
    name = _resolved(entry, owner)
    if name not in defined:
        raise UnsupportedError(f"names {entry[:80]}, which this document does not define")
    return defined[name]


def _resolved(name: Any, base: str) -> str:
    """Return a DID URL, a relative one (``#k1``) resolved against the document's id."""
    url = typed(name, str)
    return base + url if url.startswith("#") else url
