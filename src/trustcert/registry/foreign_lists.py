"""Revocations as others publish them, held by an application that fetched and verified them.

A list counts for the issuer that keeps it and for nobody else; a Status List Token and a bitstring
credential are opened with a key of that issuer before they come here
(:mod:`trustcert.status.ietf_token`, :mod:`trustcert.status.bitstring_credential`).
"""

from __future__ import annotations

from trustcert.errors import MalformedError
from trustcert.status.bitstring import BitstringStatusList
from trustcert.status.bitstring_credential import BitstringCredential
from trustcert.status.eu import RevocationBatch
from trustcert.status.ietf import TokenStatusList
from trustcert.status.ietf_token import StatusListToken
from trustcert.status.shc import CardRevocationList
from trustcert.values import PublicValue, Value


class HeldForeignList(PublicValue, frozen=True, kw_only=True):
    """A list of ``issuer`` (a text that names it in a payload) at the address ``uri``.

    ``as_of`` is when its issuer signed it, ``good_until`` when it expires; Unix seconds.
    """

    issuer: str
    uri: str
    list: TokenStatusList | BitstringStatusList
    as_of: int
    good_until: int | None = None

    @property
    def purpose(self) -> str | None:
        """What a W3C list is about; None for an IETF list."""
        found = self.list
        return found.purpose.value if isinstance(found, BitstringStatusList) else None

    @classmethod
    def of_token(cls, token: StatusListToken, *, issuer: str, fetched_at: int) -> HeldForeignList:
        """Return a verified token as it is held: no longer than it or its ``ttl`` lasts."""
        ends = None
        if token.ttl is not None or token.expires is not None:
            ends = token.fresh_until(fetched_at)
        return cls(
            issuer=issuer, uri=token.uri, list=token.list, as_of=token.issued_at, good_until=ends
        )

    @classmethod
    def of_credential(cls, credential: BitstringCredential, *, issuer: str) -> HeldForeignList:
        """Return a verified list credential as it is held."""
        return cls(
            issuer=issuer,
            uri=credential.uri,
            list=credential.list,
            as_of=credential.valid_from,
            good_until=credential.valid_until,
        )


class HeldBatches(Value, frozen=True, kw_only=True):
    """Every batch of revoked EU certificates that ``country`` has in force; it may have none.

    ``as_of`` is when that was last known to be all (Unix seconds).
    """

    _shown = ("country", "as_of")

    country: str
    batches: tuple[RevocationBatch, ...]
    as_of: int


class HeldCards(PublicValue, frozen=True, kw_only=True):
    """A list of revoked SMART Health Cards of one issuer; ``as_of`` is when it was the newest.

    ``as_of`` is Unix seconds, None for a list without an age. Issuers share keys, so that a list
    counts for the issuer that keeps it and for nobody else.
    """

    issuer: str
    list: CardRevocationList
    as_of: int | None = None

    @classmethod
    def of(
        cls, found: CardRevocationList, *, issuer: str, announced: int, as_of: int | None = None
    ) -> HeldCards:
        """Return a list as it is held; the key ``announced`` at least its counter.

        Raises:
            MalformedError: it is older than that.
        """
        if found.counter < announced:
            raise MalformedError(f"is {found.counter}, before the key's {announced}", where="ctr")
        return cls(issuer=issuer, list=found, as_of=as_of)
