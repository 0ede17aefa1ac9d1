from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest
from msgspec import structs
from tests.strategies import FIELDS
from tests.support import proof, signer

from trustcert import formats
from trustcert.claims import Claims, CredentialType, Holder
from trustcert.claims.fields import labels_of
from trustcert.claims.labels import BY_NAME, CREDENTIAL, LABELS, STATUS, TYPE, TYPE_CODES
from trustcert.claims.types import TYPES, Details
from trustcert.encoding import cbor
from trustcert.errors import MalformedError
from trustcert.formats import sdjwt

KNOWN_LABELS = """
    0 type 1 status 2 presentation 3 name 4 name_latin 5 document_type 6 document_tail
    7 document_digest 8 birth_date 9 nationality 10 organisation_code 11 colour 12 result
    13 sampled_at 14 reported_at 15 site 16 method 17 disease 18 vaccine 19 dose 20 doses
    21 given_on 22 number 23 title 24 identifier 25 authority 26 scope 27 version 28 level
    29 assigned_by 30 rule 31 assigned_until 32 appeal 33 maker 34 lot 35 positive_on
    36 valid_from 37 valid_until 38 source 40 label 41 division 42 name_aliases
    43 name_variants 44 guardians 45 guardian_consent 46 as_of 47 window_days 48 places
    49 replaces 50 address 51 representative 52 project 53 file_name 54 file_size
    55 file_digest 56 opinion 57 major 58 completed_on 59 position 60 since 61 proved_on
    62 principal 63 principal_code 64 powers
"""
KNOWN_TYPES = """
    1 health_code 2 health_proof 3 test_result 4 vaccination 5 recovery 6 health_record 7 travel
    20 licence 21 qualification 22 identity 24 business_licence 25 food_permit
    26 staff_health_certificate 27 environmental_approval 28 degree 29 personnel_certificate
    30 proof_of_life 31 agent_authorisation
"""


def numbered(text: str) -> dict[int, str]:
    words = text.split()
    return {int(number): name for number, name in zip(words[::2], words[1::2], strict=True)}


def test_labels_are_never_changed() -> None:
    assert {row.label: row.name for row in LABELS} == numbered(KNOWN_LABELS)
    assert len(LABELS) == len(BY_NAME)


def test_types_keep_their_codes() -> None:
    assert {code: kind.value for code, kind in TYPE_CODES.items()} == numbered(KNOWN_TYPES)
    assert set(TYPES) == set(CredentialType)
    assert all(details.type is kind for kind, details in TYPES.items())


def test_a_label_has_one_name_and_one_kind_wherever_it_is_declared() -> None:
    declared = defaultdict(set)
    for cls in (Claims, Holder, *TYPES.values()):
        for row in labels_of(cls):
            declared[row.label].add((row.name, id(row.kind), row.says))
    assert [label for label, found in declared.items() if len(found) > 1] == []
    assert all(row.says for row in LABELS)


def test_which_types_are_treated_how() -> None:
    def those(flag: str) -> set[str]:
        return {kind.value for kind, details in TYPES.items() if getattr(details, flag)}

    health = {
        "health_code", "health_proof", "test_result", "vaccination", "recovery", "health_record",
        "travel",
    }  # fmt: skip
    assert those("is_health") == health
    assert those("of_bodies") == {
        "licence", "business_licence", "food_permit", "environmental_approval",
    }  # fmt: skip
    assert those("tells_causes") == {kind.value for kind in TYPES} - health - {"identity"}


def test_what_may_restrict_is_never_hidable() -> None:
    rows = {row for cls in (Claims, Holder, *TYPES.values()) for row in labels_of(cls)}
    assert {row.name for row in rows if row.hidable} == {
        "name", "name_latin", "nationality", "name_aliases", "name_variants", "appeal", "site",
        "maker", "lot", "authority", "representative", "opinion", "major", "position",
    }  # fmt: skip
    assert not any(row.hidable and row.required for row in rows)


@pytest.mark.parametrize(
    "name",
    ["birth_date", "document_digest", "document_tail", "division", "guardians", "presentation",
     "source", "result", "colour", "sampled_at"],
)  # fmt: skip
def test_an_issuer_cannot_let_a_holder_hide_what_may_restrict(name: str) -> None:
    with pytest.raises(MalformedError, match="must always be shown"):
        sdjwt.issue(proof(), signer(), hidden=[f"credential.{name}"])


def test_by_default_an_sd_jwt_hides_what_only_describes() -> None:
    holder = Holder(name="胡志君", birth_date=date(1990, 1, 31), nationality="CHN")
    text = sdjwt.issue(proof(holder=holder), signer())
    bare = formats.open_claims(formats.decode(sdjwt.present(text, ())))
    assert bare.holder == Holder(birth_date=date(1990, 1, 31))
    assert formats.open_claims(formats.decode(text)).holder == holder


def test_what_every_health_proof_carries_costs_one_byte_a_label() -> None:
    for name in ("type", "status", "name", "document_tail", "document_digest", "colour"):
        assert BY_NAME[name].label < 24
    assert (TYPE, STATUS, CREDENTIAL) == (0, 1, -65537)
    assert len(cbor.encode(CREDENTIAL)) == 5


@pytest.mark.parametrize("cls", [*TYPES.values(), Holder])
def test_every_field_is_declared_with_its_label(cls: type[Details | Holder]) -> None:
    assert [row.name for row in labels_of(cls)] == [field.name for field in structs.fields(cls)]
    assert {row.name for row in labels_of(cls)} <= FIELDS.keys()


def test_the_claims_that_every_type_may_have() -> None:
    assert [row.name for row in labels_of(Claims)] == ["presentation", "source"]
