"""What must hold between claims before an issuer signs them."""

from __future__ import annotations

from trustcert.claims.labels import CREDENTIAL_NAME
from trustcert.claims.model import Claims
from trustcert.claims.profiles import Vaccination
from trustcert.claims.vocabulary import CredentialType
from trustcert.errors import MalformedError, inside
from trustcert.identifiers import uscc

_OF_PERSONS = frozenset(CredentialType) - {CredentialType.LICENCE}


def check(claims: Claims) -> None:
    """Return if ``claims`` make sense together.

    Raises:
        MalformedError: a time is out of order, or a holder is not named; ``where`` is the claim.
    """
    _times(claims)
    with inside(CREDENTIAL_NAME):
        _holder(claims)
        _details(claims)


def _times(claims: Claims) -> None:
    if claims.expires is not None:
        if claims.expires <= claims.issued_at:
            raise MalformedError("must be after the time of issue", where="exp")
        if claims.not_before is not None and claims.not_before >= claims.expires:
            raise MalformedError("must be before exp", where="nbf")


def _holder(claims: Claims) -> None:
    holder = claims.holder
    if holder.name is None and (claims.type in _OF_PERSONS or holder.organisation_code is None):
        raise MalformedError("is missing", where="name")
    if holder.organisation_code is not None:
        with inside("organisation_code"):
            uscc.parse(holder.organisation_code)


def _details(claims: Claims) -> None:
    details = claims.details
    sampled: int | None = getattr(details, "sampled_at", None)
    reported: int | None = getattr(details, "reported_at", None)
    for name, moment in (("sampled_at", sampled), ("reported_at", reported)):
        if moment is not None and moment > claims.issued_at:
            raise MalformedError("must not be after the time of issue", where=name)
    if sampled is not None and reported is not None and reported < sampled:
        raise MalformedError("must not be before sampled_at", where="reported_at")
    doses = details.doses if isinstance(details, Vaccination) else None
    if isinstance(details, Vaccination) and doses is not None and details.dose > doses:
        raise MalformedError("must not be above doses", where="dose")
