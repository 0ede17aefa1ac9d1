"""Foreign key lists as issuers of a registry, run by whoever imports them.

Read are: certificates, JWK sets and DID documents (:mod:`~trustcert.registry.foreign`), the signed
EU trust list's content (``{"certificates": [{"kid", "rawData", "country", "certificateType"}]}``,
as the gateway and its mirrors write it), and a VCI-style snapshot
(``{"directory", "time", "issuerInfo": [{"issuer": {"iss", "name"}, "keys": [...], "crls":
[...]}]}``).

Some who hand out the EU list sign it: the first line is base64 of the ECDSA signature (r‖s, P-256,
SHA-256) over all that follows. With the key pinned it is checked; without, that is said.

A country keeps its own code as its id. What has no such name (a URL, a DID) gets ``X-`` and eight
hexadecimal digits of its SHA-256, and itself as alias, so that payloads still name it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from trustcert.encoding import instants, json
from trustcert.encoding.fields import each, optional, required, typed
from trustcert.errors import (
    MalformedError,
    TrustError,
    UnsupportedError,
    VerificationError,
    inside,
)
from trustcert.keys import ESP256, PublicKey, certificate
from trustcert.keys.certificate import Certificate
from trustcert.limits import NAME_CHARACTERS, REGISTRY_DOCUMENT_BYTES
from trustcert.registry import foreign, gdhcn, layout, pinned
from trustcert.registry.foreign import Listed
from trustcert.registry.foreign_lists import HeldCards
from trustcert.registry.model import Issuer, KeyRecord, KeySet
from trustcert.registry.repository import Repository
from trustcert.registry.roles import RoleKeys
from trustcert.status import shc
from trustcert.values import PublicValue

_SIGNER: Final = "DSC"
_SIGNATURE_LINE: Final = re.compile(rb"[A-Za-z0-9+/]{86}==")


class Imported(PublicValue, frozen=True, kw_only=True):
    """What a list became: issuers with their key sets, and what was passed over, with why."""

    issuers: tuple[tuple[Issuer, KeySet], ...]
    passed_over: tuple[str, ...] = ()
    cards: tuple[HeldCards, ...] = ()
    """Lists of revoked cards of a directory, for :class:`~trustcert.registry.anchors.ForeignTrust`:
    a registry has no place for them."""


def read(
    data: bytes,
    *,
    types: Iterable[str],
    signed_by: PublicKey | None = None,
    unsigned: bool = False,
) -> Imported:
    """Return the issuers and keys in ``data``, each allowed to issue at most ``types``.

    A list of the GDHCN is taken without its signature only where ``unsigned`` says so.

    Raises:
        MalformedError: it is none of the lists that are read here.
        UnsupportedError: it has keys, but none that is spoken here.
        TrustError: the key ``signed_by`` did not sign it, or a signed list comes without a key.
    """
    passed: list[str] = []
    if data.lstrip()[:1] == b"{":
        document = typed(json.decode(data, limit=REGISTRY_DOCUMENT_BYTES), dict)
        if gdhcn.recognises(document):
            _check_list(document, signed_by, passed, unsigned=unsigned)
            return _grouped(gdhcn.read(document, passed=passed), types, passed)
    data = _unwrapped(data, signed_by, passed)
    if data[:1] != b"{":
        return _grouped(pinned.read(data, passed=passed), types, passed)
    document = typed(json.decode(data, limit=REGISTRY_DOCUMENT_BYTES), dict)
    if "certificates" in document:
        return _grouped(_trust_list(document, passed), types, passed)
    if "issuerInfo" in document:
        cards: list[HeldCards] = []
        found = _directory(document, passed, cards)
        return replace(_grouped(found, types, passed), cards=tuple(cards))
    return _grouped(pinned.read(data, passed=passed), types, passed)


def with_aliases(imported: Imported, aliases: Iterable[tuple[str, str]]) -> Imported:
    """Return ``imported`` with further names (id of the issuer, name) of its issuers.

    Raises:
        MalformedError: an alias is of an issuer that the list does not have.
    """
    given: dict[str, set[str]] = {}
    for owner, alias in aliases:
        given.setdefault(owner, set()).add(alias)
    unknown = given.keys() - {issuer.id for issuer, _ in imported.issuers}
    if unknown:
        raise MalformedError(f"the list has no issuer {min(unknown)}", where="alias")
    issuers = tuple(
        (
            replace(issuer, aliases=tuple(sorted({*issuer.aliases, *given.get(issuer.id, ())}))),
            keys,
        )
        for issuer, keys in imported.issuers
    )
    return replace(imported, issuers=issuers)


def put(repository: Repository, imported: Imported, keys: RoleKeys, *, at: int) -> None:
    """List the issuers of ``imported`` in ``repository``, their paths signed by ``keys``.

    An issuer that is listed already gets the imported key set in the place of its own.

    Raises:
        TrustError: the repository has no role for an issuer that it lists.
    """
    known = {issuer.id for issuer in repository.every_issuer()}
    for issuer, key_set in imported.issuers:
        if issuer.id not in known:
            repository.add_issuer(issuer, keys, at=at)
        repository.put_key_set(key_set, at=at)


def _check_list(
    document: Mapping[str, Any], signed_by: PublicKey | None, passed: list[str], *, unsigned: bool
) -> None:
    if signed_by is not None:
        gdhcn.verify(document, signed_by)
    elif unsigned:
        passed.append("its signature: not checked, as --insecure-unsigned says")
    else:
        raise TrustError(
            "is a signed list: give the key of its signer with --signed-by (or take it unverified "
            "with --insecure-unsigned)"
        )


def _trust_list(document: Mapping[str, Any], passed: list[str]) -> list[Listed]:
    listed: list[Listed] = []

    def entry(value: Any) -> None:
        source = typed(value, dict)
        if optional(source, "certificateType", str) not in (None, _SIGNER):
            return
        kid = optional(source, "kid", str)
        try:
            found = certificate.read(_binary(required(source, "rawData", str)))
            _check_kid(found, kid)
            issuer = optional(source, "country", str)
            listed.extend(foreign.from_certificates([found], issuer=issuer))
        except (UnsupportedError, MalformedError) as error:
            passed.append(f"certificate {kid}: {error}")

    each(document, "certificates", entry)
    return listed


def _check_kid(found: Certificate, kid: str | None) -> None:
    own = base64.b64encode(found.digest[: foreign.KID_BYTES]).decode()
    if kid not in (None, own):
        raise MalformedError(f"is not that of its certificate, which is {own}", where="kid")


def _unwrapped(data: bytes, signed_by: PublicKey | None, passed: list[str]) -> bytes:
    """Return what follows the line of the signature, or ``data`` where there is none."""
    line, _, body = data.partition(b"\n")
    if not (_SIGNATURE_LINE.fullmatch(line.strip()) and body[:1] == b"{"):
        if signed_by is not None:
            raise TrustError("carries no signature that could be checked")
        return data
    if signed_by is None:
        passed.append("its signature was not checked, since no key for it was given")
        return body
    try:
        signed_by.verify(base64.b64decode(line.strip()), body, ESP256)
    except VerificationError:
        raise TrustError("was not signed by the key that was given") from None
    return body


def _directory(
    document: Mapping[str, Any], passed: list[str], cards: list[HeldCards]
) -> list[Listed]:
    listed: list[Listed] = []
    with inside("time"):
        made = instants.read(document["time"]) if "time" in document else None

    def entry(value: Any) -> None:
        source = typed(value, dict)
        with inside("issuer"):
            owner = required(required(source, "issuer", dict), "iss", str)
        for index, jwk in enumerate(each(source, "keys", lambda key: typed(key, dict))):
            try:
                listed.extend(foreign.from_jwks({"keys": [jwk]}, issuer=owner))
            except (UnsupportedError, MalformedError) as error:
                passed.append(f"{owner} keys[{index}]: {error}")
        for index, crl in enumerate(each(source, "crls", lambda crl: typed(crl, dict))):
            try:
                cards.append(_cards(owner, crl, source, made))
            except (UnsupportedError, MalformedError, TrustError) as error:
                passed.append(f"{owner} crls[{index}]: {error}")

    each(document, "issuerInfo", entry)
    return listed


def _cards(
    owner: str, crl: Mapping[str, Any], source: Mapping[str, Any], made: int | None
) -> HeldCards:
    kid = required(crl, "kid", str)
    keys = [key for key in source.get("keys", ()) if key.get("kid") == kid]
    if not keys:
        raise MalformedError("is of no key of its issuer", where="kid")
    announced = max(optional(key, "crlVersion", int) or 0 for key in keys)
    found = shc.decode(json.encode(crl), kid=kid)
    return HeldCards.of(found, issuer=owner, announced=announced, as_of=made)


def _grouped(listed: Iterable[Listed], types: Iterable[str], passed: list[str]) -> Imported:
    allowed = frozenset(types)
    by_owner: dict[str, list[Listed]] = {}
    for found in listed:
        by_owner.setdefault(found.issuer, []).append(found)
    if not by_owner:
        raise UnsupportedError("holds no key that is spoken here")
    issuers = []
    for owner, entries in by_owner.items():
        name = _id_of(owner)
        aliases = {text for entry in entries for text in entry.names} | {owner}
        issuer = Issuer(
            id=name,
            name_zh=owner[:NAME_CHARACTERS],
            name_en=owner[:NAME_CHARACTERS],
            types=allowed,
            aliases=tuple(sorted(aliases - {name})),
        )
        issuers.append((issuer, KeySet(issuer=name, keys=_merged(entries))))
    return Imported(issuers=tuple(issuers), passed_over=tuple(passed))


def _merged(entries: Iterable[Listed]) -> tuple[KeyRecord, ...]:
    """Return each key once; the same key in a renewed certificate keeps the newest record."""
    records: dict[bytes, KeyRecord] = {}
    for entry in sorted(entries, key=lambda found: found.record.not_before or 0):
        record = entry.record
        known = records.get(record.key.spki)
        if known is not None:
            record = _joined(known, record)
        records[record.key.spki] = record
    return tuple(records.values())


def _joined(old: KeyRecord, new: KeyRecord) -> KeyRecord:
    return KeyRecord(
        key=new.key,
        types=None if old.types is None or new.types is None else old.types | new.types,
        not_before=_least(old.not_before, new.not_before),
        not_after=_most(old.not_after, new.not_after),
        kids=tuple(sorted({*old.kids, *new.kids})),
        kids_hex=tuple(sorted({*old.kids_hex, *new.kids_hex})),
    )


def _least(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else min(one, other)


def _most(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _id_of(owner: str) -> str:
    try:
        return layout.issuer_id(owner)
    except MalformedError:
        return "X-" + hashlib.sha256(owner.encode()).hexdigest()[:8].upper()


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError("not base64", where="rawData") from None
