"""A country in memory for the scenarios: provinces with keys, policies and status lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import structs
from tests.support import FakeTrust, signer, trusted

from trustcert.claims import Claims, Colour, HealthCode, HealthProof, Holder, Outcome
from trustcert.claims.types import Details, TestResult
from trustcert.encoding.instants import instant
from trustcert.identifiers import digest
from trustcert.identifiers.documents import DocumentType, tail
from trustcert.issuer import issue
from trustcert.policy import Policy, from_document
from trustcert.registry.trust import HeldList, TrustedKey
from trustcert.status.indices import from_indices
from trustcert.status.statuslist import State, StatusList
from trustcert.verifier import Verifier

HOUR: Final = 3600
DAY: Final = 24 * HOUR
SALT: Final = b"saltsalt"

PROOF_RULE: Final[dict[str, Any]] = {
    "colours": ["green"],
    "results": ["no_abnormality", "negative"],
    "test": {"hours": 72, "origin": "sampled", "inclusive": True},
}


def t(text: str) -> int:
    """Return a time in China, as ``2020-03-09 08:00``."""
    return instant(f"{text.replace(' ', 'T')}:00+08:00")


def policy(destination: str = "CN-44", **changed: Any) -> Policy:
    """Return a policy that recognises Sichuan's health proofs, changed as said."""
    return from_document(document(destination, **changed))


def document(destination: str = "CN-44", **changed: Any) -> dict[str, Any]:
    """Return that policy's document."""
    return {
        "destination": destination,
        "recognises": [{"issuer": "CN-51", "types": ["health_proof"]}],
        "rules": {"health_proof": PROOF_RULE},
    } | changed


def everyone(
    *types: str, issuers: Iterable[str] = ("CN-00", "CN-51", "CN-44", "CN-42", "CN-41")
) -> list[Any]:
    """Return lines that recognise these issuers for these types."""
    return [{"issuer": issuer, "types": list(types)} for issuer in issuers]


def key_of(issuer: str, **changed: Any) -> TrustedKey:
    """Return the key of a province, that may sign everything, changed as said."""
    return trusted(signer(issuer).public_key, issuer=issuer, types=None, **changed)


def trust(*issuers: str, lists: Iterable[StatusList] = (), as_of: int | None = None) -> FakeTrust:
    """Return trust data with the keys of these provinces and these lists, synced at ``as_of``."""
    held = tuple(HeldList(list=entry, as_of=as_of or entry.as_of) for entry in lists)
    return FakeTrust(keys=tuple(map(key_of, issuers)), lists=held, as_of=as_of)


def listed(
    issuer: str, at: int, moved: Mapping[str, Iterable[int]] | None = None, **states: Iterable[int]
) -> StatusList:
    """Return list 1 of a province: ``listed("CN-51", at, suspended=[3])``."""
    size = 1000
    return StatusList(
        issuer=issuer,
        number=1,
        version=1,
        size=size,
        as_of=at,
        states={
            State[name.upper()]: from_indices(found, size=size) for name, found in states.items()
        },
        moved={to: from_indices(found, size=size) for to, found in (moved or {}).items()},
    )


def verifier(rules: Policy, data: FakeTrust | None = None) -> Verifier:
    """Return a verifier of these rules, by default with every province's key and no lists."""
    return Verifier(data or trust("CN-00", "CN-51", "CN-44", "CN-42", "CN-41"), policy=rules)


def person(
    name: str = "胡志君",
    number: str | None = None,
    kind: DocumentType = DocumentType.CITIZEN_ID,
    **more: Any,
) -> Holder:
    """Return a holder; with a number, its tail and its digest of the cheapest cost."""
    if number is None:
        return Holder(name=name, **more)
    value = digest.digest(number, SALT, cost=0)
    return Holder(
        name=name,
        document_type=kind,
        document_tail=tail(kind, number),
        document_digest=bytes((0,)) + SALT + value,
        **more,
    )


def proof(at: int, *, issuer: str = "CN-51", sampled: int | None = None, **changed: Any) -> Claims:
    """Return a health proof issued at ``at``, sampled an hour before, changed as said."""
    base = Claims(
        issuer=issuer,
        issued_at=at,
        expires=at + 30 * DAY,
        holder=Holder(name="胡志君"),
        details=HealthProof(
            colour=Colour.GREEN,
            sampled_at=at - HOUR if sampled is None else sampled,
            result=Outcome.NO_ABNORMALITY,
        ),
    )
    return structs.replace(base, **changed)


def code(
    at: int,
    colour: Colour = Colour.GREEN,
    *,
    issuer: str = "CN-51",
    holder: Holder | None = None,
    **details: Any,
) -> Claims:
    """Return a health code of ``colour`` issued at ``at``."""
    return Claims(
        issuer=issuer,
        issued_at=at,
        expires=at + 30 * DAY,
        holder=holder or person(number="11010519491231002X"),
        details=HealthCode(colour=colour, **details),
    )


def negative_test(
    at: int, sampled: int | None, reported: int | None = None, **changed: Any
) -> Claims:
    """Return a negative test result issued at ``at``."""
    base = Claims(
        issuer="CN-51",
        issued_at=at,
        holder=person(number="11010519491231002X"),
        details=TestResult(result=Outcome.NEGATIVE, sampled_at=sampled, reported_at=reported),
    )
    return structs.replace(base, **changed)


def signed(claims: Claims, by: str | None = None) -> str:
    """Return the text of ``claims`` signed by their issuer's key, or by another's."""
    return issue(claims, signer(by or claims.issuer))


def about(details: Details, at: int, *, issuer: str, holder: Holder, **more: Any) -> Claims:
    """Return any claims issued at ``at``."""
    return Claims(issuer=issuer, issued_at=at, details=details, holder=holder, **more)
