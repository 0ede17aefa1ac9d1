"""The profiles of the civil services, guardians and paper: written, read, and their own rules."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from msgspec import structs
from tests.scenarios.country import DAY, about, person, signed, t

from trustcert.claims import (
    AgentAuthorisation,
    BusinessLicence,
    Colour,
    HealthCode,
    Holder,
    Licence,
    StaffHealthCertificate,
    birthday,
    check,
    digest_of,
    from_application,
    matches_file,
)
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.identifiers import licence

NOW = t("2026-03-02 09:00")
CODE = "91350100M000100Y43"
SICHUAN = licence.build(type_code="11100000000013338W011", issuer="510100", serial="7")


def refused(details: Any, **more: Any) -> str:
    claims = about(details, NOW, issuer="CN-51", holder=more.pop("holder", person()), **more)
    with pytest.raises(MalformedError) as caught:
        check(claims)
    return caught.value.where


def test_each_profile_keeps_its_own_rule() -> None:
    firm = Holder(name="公司", organisation_code=CODE)
    shop = BusinessLicence(title="执照", number="1")
    assert refused(shop) == "credential.organisation_code"
    agent = AgentAuthorisation(principal="公司", principal_code=CODE, powers=("sign",))
    assert refused(agent) == "exp"
    wrong = structs.replace(agent, principal_code="91350100M000100Y44")
    assert refused(wrong, expires=NOW + DAY) == "credential.principal_code"
    staff = StaffHealthCertificate(number="1")
    assert refused(staff) == "exp"
    assert refused(staff, expires=NOW + 367 * DAY) == "exp"
    named = structs.replace(shop, identifier=str(SICHUAN), replaces=str(SICHUAN))
    assert refused(named, holder=firm) == "credential.replaces"
    spoilt = structs.replace(shop, identifier=str(SICHUAN)[:-1] + "?")
    assert refused(spoilt, holder=firm) == "credential.identifier"
    code = HealthCode(colour=Colour.RED, assigned_by="郑州")
    assert refused(code) == "credential.assigned_by"
    assert refused(code, holder=person(division="武汉")).startswith("credential.")


def test_an_issuer_by_another_name_may_sign_an_identifier() -> None:
    details = Licence(title="许可证", number="1", identifier=str(SICHUAN))
    check(about(details, NOW, issuer="四川", holder=person()))
    check(about(details, NOW, issuer="CN-51-01", holder=person()))
    with pytest.raises(MalformedError):
        check(about(details, NOW, issuer="CN-44", holder=person()))


def test_a_table_may_hold_lists_and_flags() -> None:
    claims = from_application(
        {
            "type": "agent_authorisation", "name": "李芳",
            "principal": "公司", "principal_code": CODE,
            "powers": "open_account;close_account", "expires": str(NOW + DAY),
            "guardian_consent": "true",
        },
        issuer="CN-31",
        issued_at=NOW,
    )  # fmt: skip
    assert isinstance(claims.details, AgentAuthorisation)
    assert claims.details.powers == ("open_account", "close_account")
    assert claims.holder.guardian_consent is True
    assert signed(structs.replace(claims, issuer="CN-51")).startswith("TC1:")


def test_birthdays_at_the_ends_of_time() -> None:
    assert birthday(date(1900, 1, 1), 18) == 0
    assert birthday(date(9990, 1, 1), 18) == 253_402_300_799
    assert birthday(date(1970, 1, 1), 0) == 0


def test_a_file_of_an_unknown_function_is_not_compared() -> None:
    value, size = digest_of(io.BytesIO(b"x"))
    with pytest.raises(UnsupportedError):
        matches_file(b"\x09" + value[1:], size, io.BytesIO(b"x"))
