"""What is asserted: who, what, by whom, from when until when."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from trustcert.claims.external_status import ExternalStatus
from trustcert.claims.profiles import Details
from trustcert.claims.provenance import Source
from trustcert.claims.vocabulary import CredentialType, Presentation
from trustcert.identifiers.documents import DocumentType
from trustcert.keys import PublicKey
from trustcert.values import PublicValue, Value


class Holder(Value, frozen=True, kw_only=True):
    """The person or organisation that a credential is about.

    ``name`` is signed exactly as given; ``name_latin`` helps where a font lacks a character.
    A document is never named whole: ``document_tail`` are its last characters, to compare with
    the card, and ``document_digest`` a salted slow digest of the number
    (:mod:`trustcert.identifiers.digest`). ``nationality`` is an ISO 3166 code.
    ``organisation_code`` is a unified social credit code, which is public; of a person, that of
    the employer.

    ``division`` (``CN-42-01``) is where the issuer knows the holder to live. ``name_aliases`` are
    whole other names, ``name_variants`` groups of characters that are one in this name
    (:mod:`trustcert.identifiers.names`). ``guardians`` are thumbprints of the keys that may
    present for the holder (:func:`thumbprint`); ``guardian_consent`` says that a guardian agreed
    to the processing (PIPL article 31: below 14).
    """

    name: str | None = None
    name_latin: str | None = None
    document_type: DocumentType | None = None
    document_tail: str | None = None
    document_digest: bytes | None = None
    birth_date: date | None = None
    nationality: str | None = None
    organisation_code: str | None = None
    division: str | None = None
    name_aliases: tuple[str, ...] | None = None
    name_variants: tuple[str, ...] | None = None
    guardians: tuple[bytes, ...] | None = None
    guardian_consent: bool | None = None


def thumbprint(key: PublicKey) -> bytes:
    """Return how ``guardians`` names a key: 16 bytes of SHA-256 over its SubjectPublicKeyInfo."""
    return hashlib.sha256(key.spki).digest()[:16]


class StatusReference(PublicValue, frozen=True, kw_only=True):
    """Where an issuer keeps the status of a credential: an index of one of its lists."""

    list: int
    index: int


class Claims(Value, frozen=True, kw_only=True):
    """Everything that an issuer signs. Times are Unix seconds (NumericDate, RFC 7519 section 2).

    A credential is named by ``status``, or by ``id`` (``cti``, 8 random bytes) where it has no
    status reference; duplicates and revocations go by those signed names, never by a digest of
    the code, since one credential has many byte-different codes.
    ``holder_key`` is the key that a live presentation must be signed with (``cnf``).
    ``source`` says what a converted credential came from. ``original`` is the decoded payload of
    a foreign credential, for display and for the rules of its own world; ``revocation_id`` the
    id under which such an issuer lists it as revoked, ``external_status`` the lists outside of
    registries that have its status. None of the three is ever written.
    """

    issuer: str
    issued_at: int
    details: Details
    holder: Holder = Holder()
    expires: int | None = None
    not_before: int | None = None
    subject: str | None = None
    id: bytes | None = None
    status: StatusReference | None = None
    holder_key: PublicKey | None = None
    presentation: Presentation | None = None
    source: Source | None = None
    original: Mapping[str, Any] | None = None
    revocation_id: str | None = None
    external_status: tuple[ExternalStatus, ...] = ()

    @property
    def type(self) -> CredentialType:
        """The type of the credential."""
        return self.details.type

    def signed_name(self, issuer: str) -> str | None:
        """Return what names the credential among all others of ``issuer`` (its registry id).

        None where no signed claim does.
        """
        if self.status is not None:
            return f"{issuer}/{self.status.list}/{self.status.index}"
        return None if self.id is None else f"{issuer}/{self.id.hex()}"

    def __repr__(self) -> str:
        return f"<Claims {self.type.value} of {self.issuer}>"
