from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.errors import MalformedError
from trustcert.identifiers import check_digits, citizen, licence, uscc
from trustcert.identifiers.check_digits import ALPHANUMERIC, CREDIT

from .synthetic import Generate, citizen_check, credit_check, hybrid_is_right, zone_check

SEEDS = st.integers(0, 2**32)


def changes(text: str, alphabet: str) -> Iterator[str]:
    for i, before in enumerate(text):
        for after in alphabet:
            if after != before:
                yield text[:i] + after + text[i + 1 :]


def swaps(text: str) -> Iterator[str]:
    for i in range(len(text) - 1):
        if text[i] != text[i + 1]:
            yield text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def refused(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except MalformedError:
        return True
    return False


def seeded(seed: int) -> Generate:
    generate = Generate()
    generate.source.seed(seed)
    return generate


@given(st.text("0123456789", min_size=17, max_size=17))
def test_mod_11_2_is_the_weighted_sum_of_the_standard(digits: str) -> None:
    assert check_digits.mod_11_2(digits) == citizen_check(digits)


@given(st.text(CREDIT, min_size=17, max_size=17))
def test_mod_31_is_the_weighted_sum_of_the_standard(text: str) -> None:
    assert check_digits.mod_31_3(text) == credit_check(text)


@given(st.text(ALPHANUMERIC, max_size=80))
def test_mod_37_36_ends_the_recursion_of_the_standard_in_one(text: str) -> None:
    assert hybrid_is_right(text + check_digits.mod_37_36(text))


@given(st.text(ALPHANUMERIC + "<", max_size=50))
def test_the_zone_digit_is_the_weighted_sum_of_the_standard(text: str) -> None:
    assert check_digits.weights_731(text) == zone_check(text)


@given(SEEDS)
def test_a_citizen_id_catches_every_change_and_every_swap(seed: int) -> None:
    generate = seeded(seed)
    for number in (generate.citizen_id(), generate.residents_permit(), generate.foreigners_card()):
        citizen.parse(number)
        for wrong in (*changes(number, "0123456789X"), *swaps(number)):
            assert refused(citizen.parse, wrong)


@given(SEEDS)
def test_a_credit_code_catches_every_change_and_every_swap(seed: int) -> None:
    number = seeded(seed).credit_code()
    uscc.parse(number)
    for wrong in (*changes(number, CREDIT), *swaps(number)):
        assert refused(uscc.parse, wrong)


@given(SEEDS)
def test_a_licence_id_catches_every_change_and_nearly_every_swap(seed: int) -> None:
    kind, issuer, serial, version = seeded(seed).licence_parts()
    made = licence.build(type_code=kind, issuer=issuer, serial=serial, version=version)
    body = kind + issuer + serial + made.version + made.check
    for wrong in changes(body, ALPHANUMERIC):
        assert not hybrid_is_right(wrong)
    for wrong in swaps(str(made)):
        bare = wrong.removeprefix(licence.ROOT + ".").replace(".", "")
        assert refused(licence.parse, wrong) or hybrid_is_right(bare)


@given(SEEDS)
def test_a_licence_id_with_one_changed_character_is_refused(seed: int) -> None:
    kind, issuer, serial, version = seeded(seed).licence_parts()
    text = str(licence.build(type_code=kind, issuer=issuer, serial=serial, version=version))
    for wrong in changes(text, "05AQZ"):
        assert refused(licence.parse, wrong)


def test_swaps_that_mod_37_36_misses_are_rare() -> None:
    generate = Generate()
    caught = missed = 0
    for _ in range(400):
        body = generate.text(ALPHANUMERIC, 30)
        for wrong in swaps(body + check_digits.mod_37_36(body)):
            caught, missed = (
                (caught, missed + 1) if hybrid_is_right(wrong) else (caught + 1, missed)
            )
    assert missed > 0
    assert missed / (missed + caught) < 0.002


@pytest.mark.parametrize("text", ["a", "Ａ", "-"])
def test_a_character_outside_the_alphabet_is_the_callers_fault(text: str) -> None:
    with pytest.raises(KeyError):
        check_digits.mod_37_36(text)
