"""The envelope of a credential (parsed, not verified), and the protocol of a format."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Protocol

from trustcert.claims import Claims
from trustcert.formats.layers import Layer
from trustcert.keys import Algorithm, Signer
from trustcert.values import Value

__all__ = ["Compatibility", "Envelope", "Format", "KeyBinding", "WritableFormat", "shown_kid"]


class Compatibility(enum.Enum):
    """Departures from a format's text that its issuers are known for; each can be switched off.

    ``docs/foreign-formats.md`` says for each where it was seen.
    """

    ALG_UNPROTECTED = "alg_unprotected"
    """The algorithm stands in the unprotected header (HC1)."""
    ES256_P384 = "es256_p384"
    """ECDSA with SHA-256 by a P-384 key (HC1)."""
    NOT_CANONICAL = "not_canonical"
    """The signature covers a canonical form that did not itself travel (VDS-NC, RFC 8785)."""
    TRAILING_BYTES = "trailing_bytes"
    """Bytes stand behind the compressed payload (health cards)."""


class KeyBinding(Value, frozen=True, kw_only=True):
    """A holder's proof of possession beside a credential (RFC 9901 section 4.3), not verified.

    ``presented`` is the text that ``sd_hash`` must be the digest of.
    """

    algorithms: tuple[Algorithm, ...]
    signed: bytes
    signature: bytes
    payload: bytes
    presented: bytes


class Envelope(Value, frozen=True, kw_only=True):
    """A parsed credential that nobody has verified: header, signed bytes, signature.

    ``format`` is the name of its format, ``kid`` a hint that may be empty. ``algorithms`` are the
    rows that the header's algorithm identifier may stand for in this format; the key decides
    which it is. ``issuer`` is who the header says signed, where the format has a place for it.
    ``signed`` are the bytes under the signature as they travelled; ``payload`` is not parsed
    before the signature holds.
    An empty ``signature`` is a message that nobody signed. ``attached`` travels beside the
    payload, which vouches for it by digests. ``certificates`` (DER, the signer's first) stand in
    the message of some formats: they count only as far as a pinned root does. ``compatibility``
    are the switches that reading it took. ``variant`` is the prefix, where relatives share a
    format; it is not signed.
    """

    format: str
    kid: bytes
    algorithms: tuple[Algorithm, ...]
    signed: bytes
    signature: bytes
    payload: bytes
    issuer: str | None = None
    attached: tuple[bytes, ...] = ()
    certificates: tuple[bytes, ...] = ()
    compatibility: frozenset[Compatibility] = frozenset()
    binding: KeyBinding | None = None
    variant: str = ""

    def __repr__(self) -> str:
        return f"<Envelope {self.format}>"


def shown_kid(kid: bytes) -> str:
    """Return a kid for people: text kids as they are, others in hexadecimal."""
    if len(kid) > 4 and kid.isascii() and kid.decode("ascii").isprintable():
        return kid.decode("ascii")[:64]
    return kid[:32].hex()


class Format(Protocol):
    """One credential format; a module of this package."""

    NAME: str
    """The name in reports, as ``compact``."""
    LONGEST: int
    """Characters of its longest text."""

    def recognises(self, text: str) -> bool:
        """Return whether ``text`` is meant to be of this format: by how it begins, cheaply."""
        ...

    def decode(self, text: str) -> Envelope:
        """Return the untrusted envelope in ``text``.

        Raises:
            MalformedError: not what the format says; ``where`` is the place.
            UnsupportedError: an algorithm or version that is not spoken here.
        """
        ...

    def claims(self, envelope: Envelope) -> Claims:
        """Return the claims of an envelope whose signature was verified.

        Raises:
            MalformedError: the payload does not parse; ``where`` is the claim.
            UnsupportedError: the payload holds something that is not known here.
        """
        ...

    def layers(self, text: str) -> Iterator[Layer]:
        """Yield the layers of ``text`` from the outside in, nothing of it verified.

        Raises:
            MalformedError: the next layer does not open.
        """
        ...


class WritableFormat(Format, Protocol):
    """A format that this library also writes."""

    def encode(self, claims: Claims, signer: Signer) -> str:
        """Return ``claims`` signed by ``signer`` as text.

        Raises:
            MalformedError: a claim has a value that the format cannot carry.
        """
        ...
