"""Whether two credentials are of one holder, and whether a holder is who stands there.

The number decides, or its salted digest; where only the visible tail of it is known, the name, the
kind of document and the birth date must support it. A name alone never does.
"""

from __future__ import annotations

from typing import Final

from trustcert.claims.application import confirm_document
from trustcert.claims.model import Holder
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.identifiers import names
from trustcert.identifiers.masking import tail_matches

TAIL_CHARACTERS: Final = 8
"""What is typed and not longer counts as the visible tail of a number."""


def same_holder(one: Holder, other: Holder, number: str | None = None) -> bool:
    """Decide whether two credentials are of one person.

    ``number`` is the document's number as typed, where a person gave it: then it must be the one
    that was digested for both.
    """
    if number is not None and len(number) > TAIL_CHARACTERS:
        digests = [holder for holder in (one, other) if holder.document_digest is not None]
        if len(digests) == 2:
            return all(is_number_of(holder, number) is True for holder in digests)
    return (
        other.name is not None
        and one.document_tail is not None
        and one.document_tail == other.document_tail
        and one.document_type == other.document_type
        and (None in {one.birth_date, other.birth_date} or one.birth_date == other.birth_date)
        and same_name(one, other.name)
    )


def same_body(one: Holder, other: Holder) -> bool:
    """Decide whether two credentials are of one body: by its unified social credit code."""
    code = one.organisation_code
    return code is not None and code == other.organisation_code


def same_name(holder: Holder, shown: str) -> bool:
    """Decide whether ``shown`` may be the holder's name; a hint, never an identity.

    The Latin name, the aliases and the variants that the issuer declared count.
    """
    aliases = (*(holder.name_aliases or ()), *filter(None, (holder.name_latin,)))
    return holder.name is not None and names.matches(
        holder.name, shown, aliases=aliases, variants=holder.name_variants or ()
    )


def is_number_of(holder: Holder, typed: str) -> bool | None:
    """Decide whether ``typed``, from the document shown, is the holder's; None if nothing says.

    A whole number is compared with the digest, or, where there is none, by its tail; a short text
    with the visible tail.
    """
    try:
        if len(typed) > TAIL_CHARACTERS and holder.document_digest is not None:
            return confirm_document(holder, typed)
        if holder.document_tail is None:
            return None
        tail = typed if len(typed) <= TAIL_CHARACTERS else typed.strip()
        size = len(holder.document_tail)
        return tail_matches(holder.document_tail, tail[-size:] if len(tail) > size else tail)
    except UnsupportedError:
        return None
    except MalformedError:
        return False
