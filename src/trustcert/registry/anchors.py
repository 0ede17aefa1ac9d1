"""Trust data that only foreign formats need: pinned root certificates, lists of revoked cards.

Some messages bring the signer's certificate along (ICAO VDS-NC, ISO 18013-5). It proves nothing
by itself: it counts if it is an :class:`Anchor` or a chain of certificates leads from it to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trustcert.errors import MalformedError, inside
from trustcert.keys import certificate, path
from trustcert.keys.certificate import Certificate
from trustcert.limits import CERTIFICATE_BYTES, CHAIN_CERTIFICATES
from trustcert.registry.foreign import Listed
from trustcert.registry.foreign_lists import HeldBatches, HeldCards, HeldForeignList
from trustcert.registry.trust import HeldList, Trust, TrustedKey
from trustcert.values import PublicValue


class Anchor(PublicValue, frozen=True, kw_only=True):
    """A certificate (DER) that an application pins: a country's signing authority, or a signer.

    ``names`` are the texts that name the issuer in a payload, ``types`` the credential types
    that it may sign; None is any.
    """

    certificate: bytes
    issuer: str
    names: frozenset[str]
    types: frozenset[str] | None = None


def anchors_of(keys: Iterable[Listed]) -> tuple[Anchor, ...]:
    """Return the anchors that pinned certificates are for messages that bring their chain."""
    return tuple(
        Anchor(
            certificate=entry.certificate,
            issuer=entry.issuer,
            names=entry.names,
            types=entry.record.types,
        )
        for entry in keys
        if entry.certificate
    )


class ForeignTrust(Trust):
    """Trust data of an application together with anchors and lists of revoked cards.

    It is itself a :class:`~trustcert.registry.trust.Trust`; whatever it does not know is asked of
    the one it was made from.
    """

    def __init__(
        self,
        trust: Trust,
        *,
        anchors: Iterable[Anchor] = (),
        cards: Iterable[HeldCards] = (),
        lists: Iterable[HeldForeignList] = (),
        batches: Iterable[HeldBatches] | None = None,
    ) -> None:
        """Add to ``trust``; of two lists in one place the newer one counts.

        ``batches`` are the revocations of each country whose EU certificates may be valid here.
        None is an application that goes without: then no such certificate is ever revoked.
        """
        self.trust = trust
        self._has_batches = batches is not None
        self._batches = {held.country: held for held in batches or ()}
        self._lists: dict[tuple[str, str, str | None], HeldForeignList] = {}
        for known in lists:
            name = (known.issuer, known.uri, known.purpose)
            if name not in self._lists or known.as_of > self._lists[name].as_of:
                self._lists[name] = known
        self.anchors = tuple(anchors)
        self._cards: dict[tuple[str, str], HeldCards] = {}
        for found in cards:
            place = (found.issuer, found.list.kid)
            held = self._cards.get(place)
            if held is None or found.list.counter > held.list.counter:
                self._cards[place] = found

    @property
    def as_of(self) -> int | None:
        """When the data was last known to be the newest; None for data without an age."""
        return self.trust.as_of

    def as_of_issuer(self, issuer: str) -> int | None:
        """Return when the data about ``issuer`` was last known to be the newest, or None."""
        return self.trust.as_of_issuer(issuer)

    @property
    def has_batches(self) -> bool:
        """Whether the application holds revocations of EU certificates at all."""
        return self._has_batches

    @property
    def clock_floor(self) -> int:
        """The newest signed time ever seen."""
        return self.trust.clock_floor

    def keys_for(self, kid: bytes) -> tuple[TrustedKey, ...]:
        """Return the keys under ``kid``; none where it is unknown."""
        return self.trust.keys_for(kid)

    def status_list(self, issuer: str, number: int) -> HeldList | None:
        """Return the status list of ``issuer`` with this number, or None."""
        return self.trust.status_list(issuer, number)

    def contact(self, issuer: str) -> str | None:
        """Return where a holder asks ``issuer`` about its decisions, or None."""
        return self.trust.contact(issuer)

    def policy_document(self, destination: str) -> Mapping[str, Any] | None:
        """Return what ``destination`` accepts, as decoded JSON, or None."""
        return self.trust.policy_document(destination)

    def revoked_cards(self, names: Iterable[str], kid: bytes) -> HeldCards | None:
        """Return the list that the issuer of these names keeps for the key ``kid``, or None."""
        text = kid.decode("ascii", "replace")
        held = (self._cards.get((name, text)) for name in names)
        return next((found for found in held if found is not None), None)

    def foreign_list(
        self, names: Iterable[str], uri: str, purpose: str | None
    ) -> HeldForeignList | None:
        """Return the list that the issuer of these names keeps at ``uri``, or None.

        ``purpose`` None is an IETF list; any other, a W3C list of this purpose.
        """
        held = (self._lists.get((name, uri, purpose)) for name in names)
        return next((found for found in held if found is not None), None)

    def revocation_batches(self, country: str) -> HeldBatches | None:
        """Return the revoked EU certificates of ``country``, or None where they are not known."""
        return self._batches.get(country)

    def keys_of_chain(
        self, chain: Sequence[bytes], *, usage: str | None, at: int
    ) -> tuple[TrustedKey, ...]:
        """Return the key of the first certificate of ``chain`` for each anchor it leads to.

        ``usage`` is the extended key usage that the signer's certificate must allow, if it
        restricts its use. Anchors and the certificates between must be in their validity at
        ``at``; the signer's own validity becomes the window of the key.

        Raises:
            MalformedError: a certificate does not parse, or there are too many.
            UnsupportedError: a kind of key outside the table.
        """
        if len(chain) > CHAIN_CERTIFICATES or any(len(c) > CERTIFICATE_BYTES for c in chain):
            raise MalformedError("certificate chain too long", where="certificates")
        if not chain or not self.anchors:
            return ()
        with inside("certificates"):
            parsed = [certificate.read(entry) for entry in chain]
        if not path.may_sign(parsed[0], usage):
            return ()
        found = []
        for anchor in self.anchors:
            with inside("certificates"):
                root = certificate.read(anchor.certificate)
            if path.leads_to(parsed, root, at):
                found.append(_trusted(parsed[0], anchor))
        return tuple(found)


def _trusted(signer: Certificate, anchor: Anchor) -> TrustedKey:
    return TrustedKey(
        key=signer.key,
        issuer=anchor.issuer,
        names=anchor.names,
        types=anchor.types,
        not_before=signer.not_before,
        not_after=signer.not_after,
    )
