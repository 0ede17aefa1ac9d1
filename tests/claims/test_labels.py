from __future__ import annotations

import pytest
from msgspec import structs
from tests.strategies import FIELDS

from trustcert.claims import Holder
from trustcert.claims.labels import BY_NAME, CREDENTIAL, LABELS, STATUS, TYPE, TYPE_CODES
from trustcert.claims.plans import PLANS
from trustcert.claims.profiles import PROFILES, Details
from trustcert.claims.vocabulary import CredentialType
from trustcert.encoding import cbor


def test_labels_and_names_are_unique() -> None:
    assert len({row.label for row in LABELS}) == len(LABELS) == len(BY_NAME)


def test_numbers_are_never_changed() -> None:
    known = """
        0 type 1 status 2 presentation 3 name 4 name_latin 5 document_type 6 document_tail
        7 document_digest 8 birth_date 9 nationality 10 organisation_code 11 colour 12 result
        13 sampled_at 14 reported_at 15 site 16 method 17 disease 18 vaccine 19 dose 20 doses
        21 given_on 22 number 23 title 24 identifier 25 authority 26 scope 27 version 28 level
        29 assigned_by 30 rule 31 assigned_until 32 appeal 33 maker 34 lot 35 positive_on
        36 valid_from 37 valid_until 38 source
    """
    words = known.split()
    for label, name in zip(words[::2], words[1::2], strict=True):
        assert BY_NAME[name].label == int(label)


def test_types_keep_their_codes() -> None:
    assert set(TYPE_CODES.values()) == set(CredentialType) == set(PLANS)
    for code, name in (
        (1, "health_code"), (2, "health_proof"), (3, "test_result"), (4, "vaccination"),
        (20, "licence"), (21, "qualification"),
    ):  # fmt: skip
        assert TYPE_CODES[code].value == name


def test_what_every_health_proof_carries_costs_one_byte_a_label() -> None:
    for name in ("type", "status", "name", "document_tail", "document_digest", "colour"):
        assert BY_NAME[name].label < 24
    assert (TYPE, STATUS, CREDENTIAL) == (0, 1, -65537)
    assert len(cbor.encode(CREDENTIAL)) == 5


@pytest.mark.parametrize("profile", PROFILES)
def test_every_field_of_a_profile_has_a_label_and_a_strategy(profile: type[Details]) -> None:
    for field in (*structs.fields(profile), *structs.fields(Holder)):
        assert field.name in BY_NAME
        assert field.name in FIELDS


def test_every_label_is_somebody_s() -> None:
    used = {field.name for profile in (*PROFILES, Holder) for field in structs.fields(profile)}
    assert {row.name for row in LABELS} - used == {"type", "status", "presentation", "source"}
