"""Revocation data in files, as others publish it, for an application that pins its issuers' keys.

A list counts for the issuer that keeps it and for nobody else, and it must be an issuer whose keys
are pinned. What a file is shows in itself:

- a Status List Token (IETF, JWT or CWT) and a bitstring credential (W3C, JWT) are signed: a pinned
  key of their issuer must have done it. A file says nothing of when it was fetched, so a ``ttl``
  counts from when the list was signed;
- a card revocation list (SMART Health Cards) is not signed and names a key alone, which issuers
  share: it counts for the one pinned issuer of that key, or for the one that is named. Its counter
  must have reached what the pinned key announces;
- a directory of card issuers (VCI) holds such lists under their issuers;
- an EU batch names its country. The batches of a country that are given are all of it, and no
  certificate of another country is passed without its own.

What is not signed is as good as the way it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from trustcert.encoding import json
from trustcert.encoding.fields import required
from trustcert.errors import (
    MalformedError,
    StaleError,
    TrustError,
    UnsupportedError,
    VerificationError,
)
from trustcert.keys import PublicKey
from trustcert.limits import FOREIGN_LIST_BYTES, KEYS_PER_KID
from trustcert.registry.anchors import Anchor, ForeignTrust
from trustcert.registry.foreign import Listed
from trustcert.registry.foreign_lists import HeldBatches, HeldCards, HeldForeignList
from trustcert.registry.pinned import PinnedTrust, trusted_key
from trustcert.registry.trust import KeyState
from trustcert.status import bitstring_credential, eu, ietf_token, jws, shc
from trustcert.status.bitstring_credential import BitstringCredential
from trustcert.status.eu import RevocationBatch
from trustcert.values import PublicValue

LARGEST: Final = jws.CHARACTERS
"""Bytes of the largest file that can be a list: a signed one, in base64url twice."""

_COSE: Final = (b"\xd2", b"\x84")
"""How a COSE_Sign1 begins, tagged or not."""
_SIGNING: Final = (KeyState.ACTIVE, KeyState.RETIRED)
_WHOSE: Final = "say whose list it is, as ISSUER=FILE"

T = TypeVar("T")


class Revocations(PublicValue, frozen=True, kw_only=True):
    """What a file holds, and what of it was passed over, with why."""

    cards: tuple[HeldCards, ...] = ()
    lists: tuple[HeldForeignList, ...] = ()
    batches: tuple[RevocationBatch, ...] = ()
    passed_over: tuple[str, ...] = ()


def read(data: bytes, *, keys: Iterable[Listed], issuer: str | None = None, at: int) -> Revocations:
    """Return the lists in ``data`` that count for the owners of the pinned ``keys``.

    ``issuer`` names the one whose list it is, where the list itself does not say it.

    Raises:
        LimitExceededError: larger than :mod:`trustcert.limits` allows.
        MalformedError: none of the forms above, or not what its form says.
        StaleError: it is expired at ``at`` (Unix seconds).
        TrustError: no pinned key of its issuer signed it, it is another issuer's, or the file does
            not say whose of several it is.
        UnsupportedError: a form or an algorithm that is not spoken here.
    """
    everyone = tuple(keys)
    owned = tuple(entry for entry in everyone if issuer is None or issuer in entry.names)
    if not owned:
        raise TrustError(f"no key of {issuer or 'any issuer'} is pinned")
    if data[:1] in _COSE:
        return _token(owned, lambda key: ietf_token.open_cwt(data, key, uri=None, at=at))
    if data.lstrip()[:1] == b"{":
        return _unsigned(data, owned, at)
    try:
        text = data.decode("ascii").strip()
        typ = jws.typ_of(text)
    except (UnicodeDecodeError, MalformedError):
        raise MalformedError("is no revocation list of a form that is read here") from None
    if typ in ietf_token.TYPS:
        return _token(owned, lambda key: ietf_token.open_jwt(text, key, uri=None, at=at))
    if typ in bitstring_credential.TYPS:
        credential, signers = _opened(
            owned, lambda key: bitstring_credential.open_jwt(text, key, uri=None, at=at)
        )
        owner = _owner(_named(credential, signers, everyone, issuer), credential.valid_from)
        return Revocations(lists=(HeldForeignList.of_credential(credential, issuer=owner),))
    raise UnsupportedError("is signed, but not as a status list")


def trust_with(
    keys: Iterable[Listed],
    found: Iterable[Revocations],
    *,
    at: int,
    anchors: Iterable[Anchor] = (),
) -> ForeignTrust:
    """Return trust in pinned ``keys`` and ``anchors`` with the lists that were read for the keys.

    The batches of a country are taken for all that it has in force at ``at``.
    """
    found = tuple(found)
    by_country: dict[str, list[RevocationBatch]] = {}
    for batch in (batch for entry in found for batch in entry.batches):
        by_country.setdefault(batch.country, []).append(batch)
    held = [
        HeldBatches(country=country, batches=tuple(batches), as_of=at)
        for country, batches in by_country.items()
    ]
    return ForeignTrust(
        PinnedTrust.from_listed(keys),
        cards=[cards for entry in found for cards in entry.cards],
        lists=[known for entry in found for known in entry.lists],
        batches=held or None,
        anchors=anchors,
    )


def _token(
    owned: tuple[Listed, ...], open_: Callable[[PublicKey], ietf_token.StatusListToken]
) -> Revocations:
    token, signers = _opened(owned, open_)
    owner = _owner(signers, token.issued_at)
    held = HeldForeignList.of_token(token, issuer=owner, fetched_at=token.issued_at)
    return Revocations(lists=(held,))


def _named(
    credential: BitstringCredential,
    signers: tuple[Listed, ...],
    everyone: tuple[Listed, ...],
    issuer: str | None,
) -> tuple[Listed, ...]:
    """Return who of the owners of its key is the issuer that a W3C list names, or is given for it.

    A name that nobody pinned has counts for ``issuer``; the name of another pinned one never does.
    """
    named = tuple(entry for entry in signers if credential.issuer in entry.names)
    if named:
        return named
    if any(credential.issuer in entry.names for entry in everyone):
        raise TrustError("is the list of another issuer")
    if issuer is None:
        raise TrustError(f"names another issuer than the owner of its key; {_WHOSE}")
    return signers


def _opened(
    owned: tuple[Listed, ...], open_: Callable[[PublicKey], T]
) -> tuple[T, tuple[Listed, ...]]:
    """Return a signed list, and the pinned owners of the key that signed it."""
    keys = {entry.record.key: None for entry in owned if entry.record.state in _SIGNING}
    if len(keys) > KEYS_PER_KID:
        raise TrustError(f"over {KEYS_PER_KID} keys are pinned; {_WHOSE}")
    unfit: UnsupportedError | None = None
    for key in keys:
        try:
            found = open_(key)
        except UnsupportedError as error:
            unfit = error
        except VerificationError:
            continue
        else:
            return found, tuple(entry for entry in owned if entry.record.key == key)
    raise unfit or TrustError("was not signed by a pinned key of its issuer")


def _owner(signers: tuple[Listed, ...], signed_at: int) -> str:
    """Return whose a signed list is."""
    if not any(trusted_key(entry).signs_at(signed_at) for entry in signers):
        raise TrustError("was signed outside the window of its key")
    return _only(signers)


def _only(owned: Iterable[Listed]) -> str:
    owners = {entry.issuer for entry in owned}
    if len(owners) > 1:
        raise TrustError(f"its key is shared by {len(owners)} pinned issuers; {_WHOSE}")
    return owners.pop()


def _unsigned(data: bytes, owned: tuple[Listed, ...], at: int) -> Revocations:
    document = json.decode(data, limit=FOREIGN_LIST_BYTES)
    if "rids" in document:
        return Revocations(cards=(_cards(data, required(document, "kid", str), owned),))
    if "hashType" in document:
        return Revocations(batches=(_batch(data, owned, at),))
    if "issuerInfo" in document:
        return _directory(data, owned)
    if not {"lst", "status_list", "credentialSubject"}.isdisjoint(document):
        raise TrustError("is a status list that nobody signed as a JWT or CWT")
    raise MalformedError("is no revocation list of a form that is read here")


def _cards(data: bytes, kid: str, owned: tuple[Listed, ...]) -> HeldCards:
    keyed = [entry for entry in owned if kid in entry.record.kids]
    if not keyed:
        raise TrustError("lists cards of a key that is not pinned for its issuer")
    return _counted(HeldCards(issuer=_only(keyed), list=shc.decode(data, kid=kid)), keyed)


def _counted(held: HeldCards, owned: Iterable[Listed]) -> HeldCards:
    """Return a list that has reached what the pinned keys of its issuer announce."""
    keyed = (e for e in owned if held.issuer in e.names and held.list.kid in e.record.kids)
    announced = max((entry.card_lists for entry in keyed), default=0)
    return HeldCards.of(held.list, issuer=held.issuer, announced=announced, as_of=held.as_of)


def _batch(data: bytes, owned: tuple[Listed, ...], at: int) -> RevocationBatch:
    batch = eu.decode(data)
    if not any(batch.country in entry.names for entry in owned):
        raise TrustError(f"is of {batch.country}, whose keys are not pinned")
    if at >= batch.expires:
        raise StaleError("the batch is expired")
    return batch


def _directory(data: bytes, owned: tuple[Listed, ...]) -> Revocations:
    from trustcert.registry import imports

    found = imports.read(data, types=())
    names = {name for entry in owned for name in entry.names}
    cards = tuple(_counted(held, owned) for held in found.cards if held.issuer in names)
    if not cards:
        raise TrustError("lists no revoked cards of an issuer whose keys are pinned")
    passed = (text for text in found.passed_over if text.partition(" ")[0] in names)
    return Revocations(cards=cards, passed_over=tuple(passed))
