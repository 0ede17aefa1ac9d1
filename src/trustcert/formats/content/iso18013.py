"""What a mobile document asserts: driving licences, and persons of the European wallet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trustcert.claims import Details, Holder, Identity, Licence, confirmation
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.formats.content import lenient
from trustcert.keys import PublicKey

__all__ = [
    "DRIVING_LICENCE",
    "LICENCE_SPACE",
    "PERSONS",
    "UNDISCLOSED",
    "device_key",
    "read",
]

DRIVING_LICENCE: Final = "org.iso.18013.5.1.mDL"
LICENCE_SPACE: Final = "org.iso.18013.5.1"
PERSONS: Final = ("eu.europa.ec.eudi.pid.", "eu.europa.ec.eudiw.pid.")
UNDISCLOSED: Final = "undisclosed"
"""Stands for the number of a licence whose holder did not show it."""

_TAIL: Final = 4


def read(
    doc_type: str, elements: Mapping[str, Mapping[str, Any]], country: str
) -> tuple[Holder, Details]:
    """Return whom a document is about, and what it asserts.

    Raises:
        MalformedError: it names another issuing country than its signer's.
        UnsupportedError: a type of document that is not known here.
    """
    if doc_type == DRIVING_LICENCE:
        shown = elements.get(LICENCE_SPACE, {})
    elif doc_type.startswith(PERSONS):
        shown = elements.get(doc_type, {})
    else:
        raise UnsupportedError("docType is not a document that is known here")
    if shown.get("issuing_country", country) != country:
        raise MalformedError("is not the country of the signer", where="issuing_country")
    number = lenient.words(shown.get("document_number"))
    holder = Holder(
        name=lenient.name(shown.get("given_name"), shown.get("family_name")),
        birth_date=lenient.day(shown.get("birth_date")),
        document_tail=None if number is None else number[-_TAIL:],
        nationality=lenient.words(shown.get("nationality"), 3),
    )
    authority = lenient.words(shown.get("issuing_authority"))
    if doc_type == DRIVING_LICENCE:
        return holder, Licence(
            title="driving licence", number=number or UNDISCLOSED, authority=authority
        )
    return holder, Identity(title=doc_type, authority=authority)


def device_key(mso: Mapping[str, Any]) -> PublicKey | None:
    """Return the key of the holder's device, None where it is not of a kind spoken here."""
    info = mso.get("deviceKeyInfo")
    key = info.get("deviceKey") if type(info) is dict else None
    if type(key) is not dict:
        return None
    try:
        return confirmation.from_cose({1: key})
    except (MalformedError, UnsupportedError):
        return None
