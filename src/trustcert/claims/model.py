"""The claims of a credential: holder, issuer, details, status reference and validity."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from trustcert.claims.external_status import ExternalStatus
from trustcert.claims.fields import Field
from trustcert.claims.kinds import DATE, FLAG, choice, octets, several, text
from trustcert.claims.provenance import SOURCE, Source
from trustcert.claims.types import CredentialType, Details
from trustcert.claims.vocabulary import Presentation
from trustcert.identifiers.documents import BY_WIRE, DocumentType
from trustcert.keys import PublicKey
from trustcert.limits import NAME_CHARACTERS
from trustcert.values import PublicValue, Value

__all__ = ["Claims", "Holder", "StatusReference", "thumbprint"]

_DOCUMENTS: Final = choice(BY_WIRE)
_PRESENTATIONS: Final = choice(
    {1: Presentation.SCREEN, 2: Presentation.PAPER, 3: Presentation.LIVE}
)
_NAMES: Final = several(text(NAME_CHARACTERS), 8)

_Name = Annotated[
    str, Field(label=3, kind=text(NAME_CHARACTERS), says="The holder's name.", hidable=True)
]
_NameLatin = Annotated[
    str, Field(label=4, kind=text(NAME_CHARACTERS), says="The same in Latin letters.", hidable=True)
]
_DocumentType = Annotated[
    DocumentType, Field(label=5, kind=_DOCUMENTS, says="The kind of the holder's document.")
]
_DocumentTail = Annotated[str, Field(label=6, kind=text(8), says="Last characters of its number.")]
_DocumentDigest = Annotated[
    bytes, Field(label=7, kind=octets(17, 17), says="Salted digest of its number.")
]
_BirthDate = Annotated[date, Field(label=8, kind=DATE, says="The holder's birth date.")]
_Nationality = Annotated[str, Field(label=9, kind=text(3), says="ISO 3166 code.", hidable=True)]
_OrganisationCode = Annotated[
    str, Field(label=10, kind=text(32), says="Unified social credit code.")
]
_Division = Annotated[
    str, Field(label=41, kind=text(12), says="Where the holder is known to live.")
]
_NameAliases = Annotated[
    tuple[str, ...],
    Field(label=42, kind=_NAMES, says="Whole other names of the holder.", hidable=True),
]
_NameVariants = Annotated[
    tuple[str, ...],
    Field(
        label=43,
        kind=several(text(16), 8),
        says="Characters that are one in this name.",
        hidable=True,
    ),
]
_Guardians = Annotated[
    tuple[bytes, ...],
    Field(label=44, kind=several(octets(16, 16), 8), says="Keys that may present for the holder."),
]
_GuardianConsent = Annotated[
    bool, Field(label=45, kind=FLAG, says="Whether a guardian agreed to the processing.")
]
_Presentation = Annotated[
    Presentation, Field(label=2, kind=_PRESENTATIONS, says="How the credential is shown.")
]
_Source = Annotated[
    Source, Field(label=38, kind=SOURCE, says="What a converted credential came from.")
]


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

    name: _Name | None = None
    name_latin: _NameLatin | None = None
    document_type: _DocumentType | None = None
    document_tail: _DocumentTail | None = None
    document_digest: _DocumentDigest | None = None
    birth_date: _BirthDate | None = None
    nationality: _Nationality | None = None
    organisation_code: _OrganisationCode | None = None
    division: _Division | None = None
    name_aliases: _NameAliases | None = None
    name_variants: _NameVariants | None = None
    guardians: _Guardians | None = None
    guardian_consent: _GuardianConsent | None = None


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
    registries that have its status. ``events`` are all tests, doses or recoveries that a foreign
    credential records, the one in ``details`` included; empty where its format has only one. None
    of the four is ever written.
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
    presentation: _Presentation | None = None
    source: _Source | None = None
    original: Mapping[str, Any] | None = None
    revocation_id: str | None = None
    external_status: tuple[ExternalStatus, ...] = ()
    events: tuple[Details, ...] = ()

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
