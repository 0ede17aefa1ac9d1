"""What must hold between claims before an issuer signs them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trustcert.claims.labels import CREDENTIAL_NAME
from trustcert.claims.lifetimes import birthday, end_of_month
from trustcert.claims.model import Claims
from trustcert.claims.types import (
    AgentAuthorisation,
    BusinessLicence,
    HealthCode,
    ProofOfLife,
    StaffHealthCertificate,
    Travel,
    Vaccination,
)
from trustcert.claims.vocabulary import Colour, Presentation
from trustcert.encoding.instants import DAY
from trustcert.errors import MalformedError, inside
from trustcert.identifiers import divisions, licence, uscc

__all__ = ["check"]

_PAPER_DAYS: Final = 180
"""Longest life of a credential on paper: Shanghai's printed codes of 2022."""

_CONSENT_AGE: Final = 14
"""Below this age a guardian consents to the processing (PIPL articles 28 and 31)."""


def check(claims: Claims, *, strict_check: bool = True) -> tuple[str, ...]:
    """Check that ``claims`` make sense together; return the places of doubtful identifiers.

    With ``strict_check=False`` credit codes and licence identifiers whose check character is wrong
    are let through, as registries have given some out. Their places are returned, for a warning:
    compare each with the document.

    Raises:
        MalformedError: a time is out of order, a holder is not named, an identifier is wrong, or
            a type's own rule is broken; ``where`` is the claim.
    """
    _times(claims)
    with inside(CREDENTIAL_NAME):
        _holder(claims)
        _guardians(claims)
        _details(claims)
        _places(claims)
        doubtful = [
            *_credit_codes(claims, strict_check=strict_check),
            *_identifiers(claims, strict_check=strict_check),
        ]
        if claims.presentation is Presentation.PAPER:
            _paper(claims)
    _lifetime(claims)
    return tuple(f"{CREDENTIAL_NAME}.{name}" for name in doubtful)


def _credit_codes(claims: Claims, *, strict_check: bool) -> Iterator[str]:
    """Yield the names of the claims with a credit code whose check character is wrong."""
    for owner, name in ((claims.holder, "organisation_code"), (claims.details, "principal_code")):
        code: str | None = getattr(owner, name, None)
        if code is not None:
            with inside(name):
                if not uscc.parse(code, strict_check=strict_check).check_is_right:
                    yield name


def _times(claims: Claims) -> None:
    if claims.expires is not None:
        if claims.expires <= claims.issued_at:
            raise MalformedError("must be after the time of issue", where="exp")
        if claims.not_before is not None and claims.not_before >= claims.expires:
            raise MalformedError("must be before exp", where="nbf")


def _holder(claims: Claims) -> None:
    holder = claims.holder
    if holder.name is None and (not claims.details.of_bodies or holder.organisation_code is None):
        raise MalformedError("is missing", where="name")
    if holder.organisation_code is None and isinstance(claims.details, BusinessLicence):
        raise MalformedError("is missing", where="organisation_code")


def _guardians(claims: Claims) -> None:
    holder = claims.holder
    if holder.guardians is not None and claims.expires is None:
        raise MalformedError("a credential with guardians must expire", where="guardians")
    if holder.birth_date is None or not claims.details.is_health:
        return
    if claims.issued_at < birthday(holder.birth_date, _CONSENT_AGE) and not holder.guardian_consent:
        raise MalformedError(
            f"a guardian must consent below the age of {_CONSENT_AGE}", where="guardian_consent"
        )


def _details(claims: Claims) -> None:
    details = claims.details
    sampled: int | None = getattr(details, "sampled_at", None)
    reported: int | None = getattr(details, "reported_at", None)
    for name, moment in (("sampled_at", sampled), ("reported_at", reported)):
        if moment is not None and moment > claims.issued_at:
            raise MalformedError("must not be after the time of issue", where=name)
    if sampled is not None and reported is not None and reported < sampled:
        raise MalformedError("must not be before sampled_at", where="reported_at")
    if isinstance(details, Vaccination) and details.dose > (details.doses or details.dose):
        raise MalformedError("must not be above doses", where="dose")
    if isinstance(details, Travel) and details.as_of > claims.issued_at:
        raise MalformedError("must not be after the time of issue", where="as_of")
    if isinstance(details, HealthCode) and details.assigned_by is not None:
        with inside("assigned_by"):
            divisions.parse_id(details.assigned_by)


def _places(claims: Claims) -> None:
    if claims.holder.division is not None:
        with inside("division"):
            divisions.parse_id(claims.holder.division)
    if isinstance(claims.details, Travel):
        for place, division in enumerate(claims.details.places or ()):
            with inside(f"places[{place}]"):
                divisions.parse_id(division)


def _identifiers(claims: Claims, *, strict_check: bool) -> Iterator[str]:
    """Yield the names of the claims with a licence identifier whose check character is wrong."""
    details = claims.details
    identifier: str | None = getattr(details, "identifier", None)
    if identifier is not None:
        with inside("identifier"):
            found = licence.parse(identifier, strict_check=strict_check)
            if claims.issuer.startswith("CN-") and not found.issued_in(_digits(claims.issuer)):
                raise MalformedError(f"is of {found.province.en}, not of the issuer's province")
        if licence.Deviation.CHECK_DIGIT in found.warnings:
            yield "identifier"
    replaces: str | None = getattr(details, "replaces", None)
    if replaces is not None:
        with inside("replaces"):
            licence.parse(replaces, strict_check=False)  # an old one may be of the wrong kind
        if replaces == identifier:
            raise MalformedError("nothing replaces itself", where="replaces")


def _digits(issuer: str) -> str:
    return divisions.parse_id(issuer).code


def _paper(claims: Claims) -> None:
    colour: Colour | None = getattr(claims.details, "colour", None)
    if colour not in {None, Colour.NONE}:
        raise MalformedError("on paper there is no colour, it would not change", where="colour")
    if claims.holder.document_tail is None:
        raise MalformedError("on paper is shown with a document", where="document_number")


def _lifetime(claims: Claims) -> None:
    start = claims.issued_at if claims.not_before is None else claims.not_before
    expires = claims.expires
    if claims.presentation is Presentation.PAPER:
        _at_most(expires, start, _PAPER_DAYS, "paper")
    if isinstance(claims.details, StaffHealthCertificate):
        _at_most(expires, start, 366, "a staff health certificate")
    if isinstance(claims.details, AgentAuthorisation) and expires is None:
        raise MalformedError("an authorisation must expire", where="exp")
    if isinstance(claims.details, ProofOfLife):
        proved = claims.details.proved_on
        if expires is None or not any(end_of_month(proved, months=n) == expires for n in range(25)):
            raise MalformedError("must be the end of a month of the two years after", where="exp")


def _at_most(expires: int | None, start: int, days: int, what: str) -> None:
    if expires is None or expires - start > days * DAY:
        raise MalformedError(f"{what} is valid for at most {days} days", where="exp")
