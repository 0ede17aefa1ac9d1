"""Whether a credential names a place that its issuer may not speak for.

A city that signs under its province speaks for its own part of GB/T 2260: the division where the
holder lives, the division that set a colour, and the authority in a licence's identifier must each
be in it, or be the province around it.
"""

from __future__ import annotations

from collections.abc import Iterator

from trustcert.claims import Claims
from trustcert.errors import MalformedError
from trustcert.identifiers import divisions, licence
from trustcert.registry.trust import TrustedKey


def place_outside(owner: TrustedKey, claims: Claims) -> str | None:
    """Return where ``claims`` name a place that ``owner`` may not speak for, or None."""
    for where, code in _named(claims):
        if not any(code.startswith(own) or own.startswith(code) for own in owner.divisions):
            return where
    return None


def _named(claims: Claims) -> Iterator[tuple[str, str]]:
    """Yield each place that is named, as the digits of its code; what is no code is none here."""
    details = claims.details
    for where, name in (
        ("claims.credential.division", claims.holder.division),
        ("claims.credential.assigned_by", getattr(details, "assigned_by", None)),
    ):
        if name is not None:
            yield where, _code(name)
    identifier = getattr(details, "identifier", None)
    if identifier is not None:
        yield "claims.credential.identifier", _authority(identifier)


def _code(name: str) -> str:
    try:
        return _digits(divisions.parse_id(name))
    except MalformedError:
        return name


def _authority(identifier: str) -> str:
    try:
        return _digits(divisions.parse_code(licence.parse(identifier, strict_check=False).division))
    except MalformedError:
        return identifier


def _digits(place: divisions.Division) -> str:
    return place.province.code + place.city + place.county
