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

from collections.abc import Iterable, Mapping
from typing import Any, Final

from trustcert.encoding.fields import each, optional, required, typed
from trustcert.errors import MalformedError, UnsupportedError, inside
from trustcert.identifiers.divisions import PROVINCES
from trustcert.keys import PublicKey
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


class Listed(PublicValue, frozen=True, kw_only=True):
    """A key from a foreign list: its owner, the texts that name the owner, and the key.

    ``card_lists`` is how often the owner has changed the list of cards revoked under this key, as
    the key itself announces it (``crlVersion``, SMART Health Cards).
    """

    issuer: str
    names: frozenset[str]
    record: KeyRecord
    card_lists: int = 0


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
    """
    allowed = None if types is None else frozenset(types)
    return tuple(_from_certificate(found, issuer, allowed) for found in certificates)


def from_jwks(document: Any, *, issuer: str | None = None) -> tuple[Listed, ...]:
    """Return the keys of a JWK set; whose they are is in its ``issuer``, or given.

    Keys for other uses (``enc``) and of kinds that are not spoken here are passed over.

    Raises:
        MalformedError: no JWK set, a private key in it, or nobody says whose it is.
        UnsupportedError: it has keys, but none that is spoken here.
    """
    source = typed(document, dict)
    owner = issuer or source.get("issuer")
    if owner is None:
        raise MalformedError("is missing: a JWK set does not say whose it is", where="issuer")
    with inside("issuer"):
        owner = typed(owner, str)
    return _some(each(source, "keys", lambda value: _of_jwk(value, owner)))


def from_did(document: Any) -> tuple[Listed, ...]:
    """Return the keys with which the subject of a DID document makes assertions.

    Raises:
        MalformedError: no DID document, or an assertion method that it does not define.
        UnsupportedError: none of its assertion methods is a key that is spoken here.
    """
    source = typed(document, dict)
    owner = required(source, "id", str)
    defined = {required(m, "id", str): m for m in each(source, "verificationMethod", _map)}
    methods = each(source, _ASSERTION, lambda entry: _method(entry, defined))
    if not methods:
        raise MalformedError("is missing", where=_ASSERTION)
    found = []
    for index, method in enumerate(methods):
        with inside(f"{_ASSERTION}[{index}]"):
            found.append(_of_method(method, owner))
    return _some(tuple(found))


def _from_certificate(
    found: Certificate, issuer: str | None, types: frozenset[str] | None
) -> Listed:
    owner = issuer or _place(found)
    names = {owner, *(name for name in (found.country, found.province) if name)}
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


def _of_jwk(value: Any, owner: str) -> Listed | None:
    jwk = typed(value, dict)
    if jwk.get("use", "sig") != "sig":
        return None
    try:
        key = PublicKey.from_jwk(jwk)
    except UnsupportedError:
        return None
    own = jwk.get("kid")
    with inside("kid"):
        kids = {thumbprint(key)} if own is None else {thumbprint(key), typed(own, str)}
    announced = optional(jwk, "crlVersion", int) or 0
    return _listed(owner, key, kids, announced)


def _of_method(method: Mapping[str, Any], owner: str) -> Listed | None:
    name = required(method, "id", str)
    if method.get("controller", owner) != owner:
        raise MalformedError("is controlled by another", where="controller")
    if "publicKeyJwk" not in method:
        return None
    with inside("publicKeyJwk"):
        try:
            key = PublicKey.from_jwk(required(method, "publicKeyJwk", dict))
        except UnsupportedError:
            return None
    fragment = name.partition("#")[2]
    kids = {name, fragment, f"#{fragment}"} if fragment else {name}
    return _listed(owner, key, kids)


def _listed(owner: str, key: PublicKey, kids: set[str], card_lists: int = 0) -> Listed:
    record = KeyRecord(key=key, kids=tuple(sorted(kids)))
    return Listed(issuer=owner, names=frozenset({owner}), record=record, card_lists=card_lists)


def _method(entry: Any, defined: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(entry, str):
        if entry not in defined:
            raise MalformedError("names no verification method of this document")
        entry = defined[entry]
    return _map(entry)


def _map(value: Any) -> Mapping[str, Any]:
    return typed(value, dict)


def _some(found: tuple[Listed | None, ...]) -> tuple[Listed, ...]:
    listed = tuple(entry for entry in found if entry is not None)
    if found and not listed:
        raise UnsupportedError("none of its keys is of a kind that is spoken here")
    return listed
