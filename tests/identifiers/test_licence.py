from __future__ import annotations

import pytest

from trustcert.errors import LimitExceededError, MalformedError
from trustcert.identifiers import licence
from trustcert.identifiers.check_digits import mod_37_36
from trustcert.identifiers.licence import Deviation
from trustcert.identifiers.problems import Problem

ROOT = "1.2.156.3005.2"
HUNAN = f"{ROOT}.11100000000013338W011.11430000006122244L.20230000403.001.U"
HEFEI = f"{ROOT}.11100000MB03271699022.340100.000000016.001.9"
JILIN = f"{ROOT}.11100000000013338W032.11220000013544541J.2430599.001.F"
SHANDONG = f"{ROOT}.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"


@pytest.mark.parametrize(
    ("text", "province", "deviations"),
    [
        (HUNAN, "43", ()),
        (HEFEI, "34", (Deviation.DIVISION_AS_ISSUER,)),
        (JILIN, "22", ()),
    ],
)
def test_identifiers_in_circulation(
    text: str, province: str, deviations: tuple[Deviation, ...]
) -> None:
    value = licence.parse(text)
    assert str(value) == text
    assert value.province.code == province
    assert value.warnings == deviations


def test_the_parts() -> None:
    value = licence.parse(HUNAN)
    assert (value.type_code, value.defined_by) == ("11100000000013338W011", "11100000000013338W")
    assert (value.issuer, value.serial) == ("11430000006122244L", "20230000403")
    assert (value.version, value.check) == ("001", "U")


def test_a_wrong_check_character_is_an_error_with_a_way_out() -> None:
    with pytest.raises(MalformedError) as caught:
        licence.parse(SHANDONG)
    assert caught.value.problem is Problem.CHECK_DIGIT
    value = licence.parse(SHANDONG, strict_check=False)
    assert value.warnings == (Deviation.CHECK_DIGIT,)
    assert value.check == "M"
    assert str(value) == SHANDONG
    right = licence.build(type_code=value.type_code, issuer=value.issuer, serial=value.serial)
    assert right.check == "D"


def test_a_wrong_credit_code_inside_is_found_although_the_last_character_is_right() -> None:
    wrong = HUNAN.replace("11430000006122244L", "11430000006122244M")
    body = wrong.removeprefix(ROOT + ".").removesuffix(".U")
    text = f"{ROOT}.{body}.{mod_37_36(body.replace('.', ''))}"
    with pytest.raises(MalformedError) as caught:
        licence.parse(text)
    assert caught.value.problem is Problem.CHECK_DIGIT
    assert licence.parse(text, strict_check=False).warnings == (Deviation.CHECK_DIGIT,)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem.EMPTY),
        (HUNAN.lower(), Problem.LOWER_CASE),
        (HUNAN.replace(".", "．"), Problem.FULL_WIDTH),
        (HUNAN + " ", Problem.SPACES),
        (HUNAN.replace("20230000403", "2023-0403"), Problem.CHARACTERS),
        (HUNAN.replace(ROOT, "1.2.156.3005.3"), Problem.LICENCE_ROOT),
        (HUNAN.removeprefix(ROOT + "."), Problem.LICENCE_ROOT),
        (ROOT, Problem.LICENCE_ROOT),
        (HUNAN.removesuffix(".U"), Problem.LICENCE_PARTS),
        (HUNAN.removesuffix("U"), Problem.LICENCE_PARTS),
        (HUNAN + ".0", Problem.LICENCE_PARTS),
        (HUNAN + "U", Problem.LICENCE_PARTS),
        (HUNAN.removesuffix("U") + "0.OFD", Problem.LICENCE_FILE_NAME),
        (HUNAN.removesuffix("U") + "0.ofd", Problem.LICENCE_FILE_NAME),
        (HUNAN + ".0.OFD", Problem.LICENCE_FILE_NAME),
        (HUNAN + ".pdf", Problem.LICENCE_FILE_NAME),
        (HUNAN.removesuffix("U") + "0", Problem.CHECK_DIGIT),
        (HUNAN.replace(".001.", ".000."), Problem.LICENCE_VERSION),
        (HUNAN.replace(".001.", ".1."), Problem.LICENCE_VERSION),
        (HUNAN.replace(".001.", ".00A."), Problem.LICENCE_VERSION),
        (HUNAN.replace("W011", "W01"), Problem.LICENCE_TYPE),
        (HUNAN.replace("W011", "W01A"), Problem.LICENCE_TYPE),
        (HUNAN.replace("11100000000013338W", "O1100000000013338W"), Problem.LICENCE_TYPE),
        (HUNAN.replace("11430000006122244L", "4300"), Problem.LICENCE_ISSUER),
        (HUNAN.replace("11430000006122244L", "1143000000612224OL"), Problem.LICENCE_ISSUER),
        (HEFEI.replace("340100", "160100"), Problem.UNKNOWN_DIVISION),
        (HEFEI.replace("340100", "34010A"), Problem.UNKNOWN_DIVISION),
    ],
)
def test_refused_with_the_problem(text: str, problem: Problem) -> None:
    with pytest.raises(MalformedError) as caught:
        licence.parse(text)
    assert caught.value.problem is problem


@pytest.mark.parametrize("strict", [True, False])
def test_the_check_character_left_out_is_never_read_from_what_follows(*, strict: bool) -> None:
    for ending in (".0.OFD", ".OFD", "", "."):
        with pytest.raises(MalformedError):
            licence.parse(HUNAN.removesuffix(".U") + ending, strict_check=strict)


def test_an_endless_text_is_refused_unread() -> None:
    with pytest.raises(LimitExceededError):
        licence.parse(HUNAN + "0" * 1_000)


def test_the_province_of_the_issuer_is_held_against_the_one_that_signed() -> None:
    assert licence.parse(HUNAN).issued_in("43")
    assert licence.parse(HUNAN).issued_in("430100")
    assert not licence.parse(HUNAN).issued_in("44")
    assert licence.parse(HEFEI).issued_in("34")


@pytest.mark.parametrize("alias", ["00", "10", "100000", "000000"])
def test_a_ministry_is_national_under_both_codes(alias: str) -> None:
    ministry = licence.build(
        type_code="11100000000013338W011", issuer="11100000000013338W", serial="1"
    )
    assert ministry.issued_in(alias)
    assert not ministry.issued_in("11")


@pytest.mark.parametrize(
    ("serial", "version"), [("", 1), ("a", 1), ("1.2", 1), ("1", 0), ("1", 1000)]
)
def test_nothing_is_built_that_would_not_be_read(serial: str, version: int) -> None:
    with pytest.raises(MalformedError):
        licence.build(
            type_code="11100000000013338W011",
            issuer="11430000006122244L",
            serial=serial,
            version=version,
        )
