"""What a verifier needs of trust data, whoever holds it: a registry, or an application.

A kid is a hint: :meth:`Trust.keys_for` returns every key under it, and after the signature the
issuer that the payload names must own the key that verified (:attr:`TrustedKey.names`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from trustcert.keys import PublicKey
from trustcert.status import StatusList
from trustcert.values import PublicValue

if TYPE_CHECKING:
    from trustcert.registry.foreign_lists import HeldBatches, HeldCards, HeldForeignList


USAGES: Final = {"mdoc": "1.0.18013.5.1.2", "vds_nc": "2.23.136.1.1.14.2"}
"""The extended key usage that a signer's certificate must allow, where it restricts its use:
ISO 18013-5 annex B.1.4, ICAO Doc 9303-13 section 3.4."""


class KeyState(enum.Enum):
    """What an issuer says of its key.

    A retired key signs nothing new, and what it signed stays; whatever a withdrawn or a
    compromised key signed is refused, since a thief can date a credential back.
    """

    __hash__ = object.__hash__

    ACTIVE = "active"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"
    COMPROMISED = "compromised"


class TrustedKey(PublicValue, frozen=True, kw_only=True):
    """A public key, whose it is and what it may sign.

    ``names`` are the texts that name the issuer in a payload: its id and its aliases. ``types``
    are the credential types that both the issuer and the key may sign; None, for keys that an
    application pins, is any type. A credential's issue time must be in ``not_before`` (included)
    to ``not_after`` (excluded); ``since`` is when ``state`` began. From ``good_until`` on the
    metadata that vouches for the key is expired. Times are Unix seconds. ``divisions`` is the
    code range (GB/T 2260 prefixes) outside which a city may name nothing; empty is any.
    """

    key: PublicKey
    issuer: str
    names: frozenset[str]
    types: frozenset[str] | None
    not_before: int | None = None
    not_after: int | None = None
    state: KeyState = KeyState.ACTIVE
    since: int | None = None
    good_until: int | None = None
    divisions: tuple[str, ...] = ()

    def signs_at(self, issued_at: int) -> bool:
        """Return whether the key was in use at a time of issue."""
        if self.not_before is not None and issued_at < self.not_before:
            return False
        if self.not_after is not None and issued_at >= self.not_after:
            return False
        return self.state is not KeyState.RETIRED or self.since is None or issued_at < self.since


class HeldList(PublicValue, frozen=True, kw_only=True):
    """A status list as it is held: ``as_of`` is when it was last known to be the newest.

    From ``good_until`` on the metadata that vouches for it is expired. Times are Unix seconds.
    """

    list: StatusList
    as_of: int
    good_until: int | None = None


class Trust(Protocol):
    """Verified trust data, in memory. Nothing here reads a clock, a disk or the network.

    An implementation that derives from this class inherits the answer of who holds no chains and
    no lists of other networks.
    """

    @property
    def as_of(self) -> int | None:
        """When all of the data was last known to be the newest; None for data without an age."""
        ...

    def as_of_issuer(self, issuer: str) -> int | None:
        """Return when the data about ``issuer`` was last known to be the newest, or None.

        Registries age apart: a stale one holds nobody else's credentials.
        """
        ...

    @property
    def clock_floor(self) -> int:
        """The newest signed time ever seen: no true clock is behind it."""
        ...

    def keys_for(self, kid: bytes) -> tuple[TrustedKey, ...]:
        """Return the owners of at most 16 keys under ``kid``; none where it is unknown."""
        ...

    def status_list(self, issuer: str, number: int) -> HeldList | None:
        """Return the status list of ``issuer`` with this number, or None where there is none."""
        ...

    def contact(self, issuer: str) -> str | None:
        """Return where a holder asks ``issuer`` about its decisions, or None; asked at no pass."""
        ...

    def policy_document(self, destination: str) -> Mapping[str, Any] | None:
        """Return what ``destination`` (``CN-44``) accepts, as decoded JSON, or None."""
        ...

    def keys_of_chain(
        self,
        chain: Sequence[bytes],  # noqa: ARG002 - for those that hold anchors
        *,
        usage: str | None,  # noqa: ARG002
        at: int,  # noqa: ARG002
    ) -> tuple[TrustedKey, ...]:
        """Return the key of the first certificate (DER) of ``chain`` for each anchor it leads to.

        ``usage`` is the extended key usage that the signer's certificate must allow.

        Raises:
            MalformedError: a certificate does not parse, or there are too many.
            UnsupportedError: a kind of key outside the table.
        """
        return ()

    def foreign_list(
        self,
        names: Iterable[str],  # noqa: ARG002 - for those that hold such lists
        uri: str,  # noqa: ARG002
        purpose: str | None,  # noqa: ARG002
    ) -> HeldForeignList | None:
        """Return the list that the issuer of these names keeps at ``uri``, or None.

        ``purpose`` None is an IETF list; any other, a W3C list of this purpose.
        """
        return None

    def revoked_cards(
        self,
        names: Iterable[str],  # noqa: ARG002 - for those that hold such lists
        kid: bytes,  # noqa: ARG002
    ) -> HeldCards | None:
        """Return the list that the issuer of these names keeps for the key ``kid``, or None."""
        return None

    @property
    def has_batches(self) -> bool:
        """Whether revocations of EU certificates are held at all."""
        return False

    def revocation_batches(self, country: str) -> HeldBatches | None:  # noqa: ARG002
        """Return the revoked EU certificates of ``country``, or None where they are not known."""
        return None
