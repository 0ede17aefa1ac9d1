"""A hundred thousand made-up identifiers, each read back as it was made."""

from __future__ import annotations

from collections import Counter

from trustcert.identifiers import citizen, licence, mrz, passport, uscc
from trustcert.identifiers.citizen import Holder

from .synthetic import Generate

GENERATE = Generate()


def test_citizen_ids() -> None:
    for _ in range(50_000):
        number = GENERATE.citizen_id()
        value = citizen.parse(number)
        assert (value.number, value.holder) == (number, Holder.CITIZEN)
        assert (value.division, f"{value.born:%Y%m%d}") == (number[:6], number[6:14])
        assert value.sex.value == (1 if number[16] in "13579" else 2)


def test_permits_and_cards() -> None:
    seen: Counter[Holder] = Counter()
    for _ in range(5_000):
        for number in (GENERATE.residents_permit(), GENERATE.foreigners_card()):
            value = citizen.parse(number)
            assert value.number == number
            seen[value.holder] += 1
    assert seen[Holder.FOREIGNER] == 5_000
    assert seen[Holder.HK_MACAU_RESIDENT] + seen[Holder.TAIWAN_RESIDENT] == 5_000
    assert Holder.CITIZEN not in seen


def test_credit_codes() -> None:
    for _ in range(20_000):
        number = GENERATE.credit_code()
        value = uscc.parse(number)
        assert (value.number, value.division) == (number, number[2:8])


def test_passport_numbers() -> None:
    for _ in range(5_000):
        number = GENERATE.passport()
        value = passport.parse(number)
        assert value.number == number
        assert value.masked == "*" * (len(number) - 3) + number[-3:]


def test_licence_ids() -> None:
    for _ in range(10_000):
        kind, issuer, serial, version = GENERATE.licence_parts()
        made = licence.build(type_code=kind, issuer=issuer, serial=serial, version=version)
        assert licence.parse(str(made)) == made
        assert (made.type_code, made.issuer, made.serial) == (kind, issuer, serial)


def test_zones() -> None:
    for _ in range(5_000):
        text = GENERATE.passport_zone()
        value = mrz.parse(text)
        assert text.startswith(f"P<{value.issuing_state}{value.surname}<<{value.given_names}")
        assert f"\n{value.number}" in text
        assert f"{value.birth}" in text
