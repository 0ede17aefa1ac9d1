"""S12: the life of a licence: withheld, released, changed, cancelled, penalised, transferred."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.scenarios.country import DAY, everyone, policy, signed, t, trust, verifier
from tests.support import signer

from trustcert.claims import BusinessLicence, Claims, Holder, StatusReference
from trustcert.identifiers import licence
from trustcert.issuer import with_status
from trustcert.report import Reason, Report, Verdict
from trustcert.status import snapshot
from trustcert.status.causes import Cause
from trustcert.status.changes import Order, Successor, Wanted, change
from trustcert.status.ledger import Ledger, create
from trustcert.status.publishing import confirm, current, publish
from trustcert.wording import describe

NOW = t("2026-03-02 09:00")
CODE = "91350100M000100Y43"
TYPE = "11100000000013338W011"
SICHUAN, GUANGDONG, HUNAN = "510100", "440300", "11430000006122244L"
OLD = licence.build(type_code=TYPE, issuer=SICHUAN, serial="7")
NEW = licence.build(type_code=TYPE, issuer=SICHUAN, serial="7", version=2)
MOVED = licence.build(type_code=TYPE, issuer=GUANGDONG, serial="99")
RULES = policy(recognises=everyone("business_licence"), rules={"business_licence": {}})


def issued(identifier: licence.LicenceId, *, issuer: str = "CN-51", **changed: object) -> Claims:
    details = BusinessLicence(title="营业执照", number=CODE, identifier=str(identifier))
    return Claims(
        issuer=issuer,
        issued_at=NOW - DAY,
        expires=NOW + 300 * DAY,
        holder=Holder(name="成都小餐馆有限公司", organisation_code=CODE),
        details=dataclasses.replace(details, **changed),  # type: ignore[arg-type]
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = create(tmp_path / "ledger", issuer="CN-51", random=lambda size: bytes(range(size)))
    yield made
    made.close()


class Office:
    """Sichuan's registrar: one licence, its ledger, and what a verifier elsewhere says."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        (self.claims,) = with_status([issued(OLD)], ledger, signer("CN-51"))
        self.text = signed(self.claims)

    def orders(self, cause: Cause, successor: Successor | None = None) -> None:
        place = self.claims.status
        assert place is not None
        wanted = Wanted(number=place.list, index=place.index, successor=successor)
        change(self.ledger, [wanted], Order(cause=cause, actor="desk-7", at=NOW))

    def said(self) -> Report:
        confirm(self.ledger, publish(self.ledger, at=NOW))
        place = self.claims.status
        assert isinstance(place, StatusReference)
        content = current(self.ledger)[f"CN-51/status/{place.list}.snapshot"]
        held = snapshot.decode(content, issuer="CN-51", number=place.list)
        return verifier(RULES, trust("CN-51", lists=[held])).check(self.text, at=NOW)


@pytest.fixture
def office(ledger: Ledger) -> Office:
    return Office(ledger)


def test_valid_withheld_released_valid(office: Office) -> None:
    assert office.said().verdict is Verdict.VALID
    office.orders(Cause.WITHHELD)
    assert office.said().reasons == (Reason.SUSPENDED,)
    office.orders(Cause.RELEASED)
    assert office.said().verdict is Verdict.VALID


@pytest.mark.parametrize("cause", [Cause.CANCELLED, Cause.PENALISED, Cause.ANNULLED])
def test_an_end_is_final(office: Office, cause: Cause) -> None:
    office.orders(cause)
    assert (office.said().verdict, office.said().reasons) == (Verdict.INVALID, (Reason.REVOKED,))


def test_a_change_makes_a_new_version(office: Office) -> None:
    office.orders(Cause.CHANGED)
    found = office.said()
    assert found.reasons == (Reason.SUPERSEDED,)
    renewed = issued(NEW, version=2, replaces=str(OLD))
    assert verifier(RULES).check(signed(renewed), at=NOW).verdict is Verdict.VALID


def test_a_transfer_says_where_to_look(office: Office) -> None:
    office.orders(Cause.TRANSFERRED, Successor(issuer="CN-44"))
    found = office.said()
    assert (found.verdict, found.reasons) == (Verdict.INVALID, (Reason.MOVED,))
    assert "CN-44" in found.objections[0].detail
    assert "转到其他地区" in describe(Reason.MOVED, "zh").what
    new = issued(MOVED, issuer="CN-44", replaces=str(OLD))
    credential = verifier(RULES).verify(signed(new), at=NOW)
    assert isinstance(credential.claims.details, BusinessLicence)
    assert credential.claims.details.replaces == str(OLD)
    office.orders(Cause.TRANSFER_CANCELLED)
    assert office.said().verdict is Verdict.VALID


def test_an_identifier_of_another_province_is_refused() -> None:
    stolen = dataclasses.replace(issued(OLD, issuer="CN-44"), id=b"12345678")
    from trustcert.formats import compact

    found = verifier(RULES).check(compact.encode(stolen, signer("CN-44")), at=NOW)
    assert (found.verdict, found.reasons) == (Verdict.INVALID, (Reason.IDENTIFIER_MISMATCH,))
