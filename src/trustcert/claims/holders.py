"""Compare holders: of two credentials, and of a credential and the person who shows it.

The number decides, or its salted digest; where only the visible tail of it is known, the name, the
kind of document and the birth date must support it. A name alone never does.
"""

from __future__ import annotations

from trustcert.claims.application import confirm_document
from trustcert.claims.model import Holder
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.identifiers import names
from trustcert.identifiers.entry import normalise
from trustcert.identifiers.masking import tail_matches

__all__ = ["is_number_of", "same_body", "same_holder", "same_name"]


def same_holder(one: Holder, other: Holder, number: str | None = None) -> bool:
    """Decide whether two credentials are of one person.

    ``number`` is what was typed from the document, where a person did: the whole number must be
    the one that was digested for both. Otherwise the visible tail, the kind of document, the name
    and the birth date must agree; a birth date that only one of the two states does not.
    """
    if number is not None and any(_is_whole(holder, number) for holder in (one, other)):
        return all(is_number_of(holder, number) is True for holder in (one, other))
    return (
        other.name is not None
        and one.document_tail is not None
        and one.document_tail == other.document_tail
        and one.document_type == other.document_type
        and one.birth_date == other.birth_date
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

    What is longer than the visible tail was typed whole and is compared whole, with the digest;
    where there is none, another tail is a No and the same tail leaves it open.
    """
    try:
        if _is_whole(holder, typed) and holder.document_digest is not None:
            return confirm_document(holder, typed)
        if holder.document_tail is None:
            return None
        size = len(normalise(holder.document_tail).text)
        same = tail_matches(holder.document_tail, normalise(typed).text[-size:])
        return None if same and _is_whole(holder, typed) else same
    except UnsupportedError:
        return None
    except MalformedError:
        return False


def _is_whole(holder: Holder, typed: str) -> bool:
    """Return whether more was typed than the tail that the credential shows."""
    try:
        return len(normalise(typed).text) > len(normalise(holder.document_tail or "").text)
    except MalformedError:
        return True
