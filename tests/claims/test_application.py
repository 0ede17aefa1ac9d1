from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from tests.strategies import claims, unhurried

from trustcert.claims import Claims, Colour, Holder, codec, confirm_document, from_application
from trustcert.claims.application import FIELDS
from trustcert.claims.types import TYPES, Details
from trustcert.errors import LimitExceededError, MalformedError, UnsupportedError
from trustcert.identifiers.digest import digest
from trustcert.identifiers.documents import DocumentType

ISSUED = 1_583_024_400
NUMBER = "11010519491231002X"
GOOD = {
    "type": "health_proof",
    "name": "胡志君",
    "document_type": "citizen_id",
    "document_number": NUMBER,
    "colour": "green",
    "sampled_at": "2020-03-01T08:00:00+08:00",
    "expires": "2020-03-08T00:00:00+08:00",
}


def read(fields: Mapping[str, Any], **named: Any) -> Claims:
    return from_application(fields, issuer="CN-51", issued_at=ISSUED, **named)


def refused(fields: Mapping[str, Any]) -> tuple[str, str]:
    with pytest.raises(MalformedError) as caught:
        read(fields)
    assert NUMBER not in str(caught.value)
    return caught.value.where, caught.value.problem


def test_an_application_becomes_claims() -> None:
    found = read(GOOD, random=bytes)
    assert (found.issuer, found.issued_at, found.expires) == ("CN-51", ISSUED, 1_583_596_800)
    assert (found.subject, found.id, found.status) == (None, None, None)
    assert found.type.value == "health_proof"
    assert found.details.colour is Colour.GREEN  # type: ignore[attr-defined]  # of this type
    assert found.details.sampled_at == ISSUED - 3600  # type: ignore[attr-defined]
    holder = found.holder
    assert (holder.name, holder.document_type) == ("胡志君", DocumentType.CITIZEN_ID)


def test_of_a_number_only_its_tail_and_its_salted_digest_are_kept() -> None:
    holder = read(GOOD, random=lambda size: b"\x05" * size).holder
    assert holder.document_tail == "002X"
    assert holder.document_digest == b"\x01" + b"\x05" * 8 + digest(NUMBER, b"\x05" * 8)
    assert confirm_document(holder, NUMBER)
    assert confirm_document(holder, " １１0105 19491231 002x")
    assert not confirm_document(holder, "110105194912310038")
    assert read(GOOD).holder.document_digest != read(GOOD).holder.document_digest


@pytest.mark.parametrize("cost", [0, 1, 2])
def test_the_cost_of_the_digest_is_the_issuer_s_choice(cost: int) -> None:
    holder = read(GOOD, cost=cost).holder
    assert holder.document_digest is not None
    assert holder.document_digest[0] == cost
    assert confirm_document(holder, NUMBER)


def test_a_holder_without_a_digest_is_not_confirmed() -> None:
    assert not confirm_document(Holder(name="胡志君"), NUMBER)
    with pytest.raises(UnsupportedError):
        confirm_document(Holder(document_digest=bytes((9,)) + bytes(16)), NUMBER)
    digested = Holder(document_digest=bytes(17))
    with pytest.raises(MalformedError):
        confirm_document(digested, "")
    with pytest.raises(LimitExceededError):
        confirm_document(digested, "1" * 129)


@pytest.mark.parametrize("details", TYPES.values())
def test_every_type_has_an_application(details: type[Details]) -> None:
    @settings(unhurried, max_examples=15)
    @given(claims(details))
    def reads(wanted: Claims) -> None:
        fields = codec.to_json(wanted)["credential"]
        for computed in ("document_tail", "document_digest", "source"):
            fields.pop(computed, None)
        top = {"expires": wanted.expires, "not_before": wanted.not_before,
               "subject": wanted.subject}  # fmt: skip
        fields |= {name: value for name, value in top.items() if value is not None}
        found = from_application(fields, issuer=wanted.issuer, issued_at=wanted.issued_at)
        assert found.details == wanted.details
        assert (found.expires, found.not_before) == (wanted.expires, wanted.not_before)
        assert (found.subject, found.presentation) == (wanted.subject, wanted.presentation)
        assert codec.to_json(found)["credential"] | {"type": wanted.type.value} == {
            name: value for name, value in fields.items() if name not in top
        }

    reads()


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({}, "type"),
        (GOOD | {"type": None}, "type"),
        (GOOD | {"type": "diploma"}, "type"),
        (GOOD | {"type": 2}, "type"),
        ({name: value for name, value in GOOD.items() if name != "colour"}, "colour"),
        (GOOD | {"remark": "x"}, "remark"),
        (GOOD | {"document_digest": "AAAA"}, "document_digest"),
        (GOOD | {"document_tail": "002X"}, "document_tail"),
        (GOOD | {"status": [3, 5]}, "status"),
        (GOOD | {"source": {}}, "source"),
        (GOOD | {"issuer": "CN-44"}, "issuer"),
        (GOOD | {"dose": 1}, "dose"),
        (GOOD | {"colour": "blue"}, "colour"),
        (GOOD | {"colour": 1}, "colour"),
        (GOOD | {"name": ""}, "name"),
        (GOOD | {"name": "x" * 121}, "name"),
        (GOOD | {"name": "a\nb"}, "name"),
        (GOOD | {"sampled_at": "yesterday"}, "sampled_at"),
        (GOOD | {"sampled_at": 1.5}, "sampled_at"),
        (GOOD | {"expires": "soon"}, "expires"),
        (GOOD | {"expires": None}, "expires"),
        (GOOD | {"not_before": "2020-03-01"}, "not_before"),
        (GOOD | {"subject": ""}, "subject"),
        (GOOD | {"subject": 5}, "subject"),
        (GOOD | {"birth_date": "1990-02-30"}, "birth_date"),
        (GOOD | {"document_type": "library_card"}, "document_type"),
        (GOOD | {"document_number": 5}, "document_number"),
        (GOOD | {"document_number": ""}, "document_number"),
        (GOOD | {"document_number": "110105194912310020"}, "document_number"),
        (GOOD | {"document_number": NUMBER[:-1]}, "document_number"),
        (GOOD | {"document_type": "passport"}, "document_number"),
        ({name: value for name, value in GOOD.items() if name != "document_type"},
         "document_type"),
    ],
)  # fmt: skip
def test_a_slip_is_refused_with_the_field_s_name(fields: dict[str, Any], where: str) -> None:
    assert refused(fields)[0] == where


def test_what_is_said_of_a_slip_helps() -> None:
    assert refused(GOOD | {"name": "x" * 121})[1] == "has over 120 characters"
    assert refused(GOOD | {"name": ""})[1] == "must not be empty or hold control characters"
    assert "green, yellow" in refused(GOOD | {"colour": "blue"})[1]
    assert "document_number" in refused(GOOD | {"remark": "x"})[1]
    assert "RFC 3339" in refused(GOOD | {"expires": "soon"})[1]


VACCINATION = {
    "type": "vaccination", "name": "胡志君", "disease": "COVID-19", "vaccine": "x",
    "dose": "1", "doses": "2", "given_on": "2021-05-01",
}  # fmt: skip


def test_cells_of_a_table_may_stand_for_integers() -> None:
    found = read(VACCINATION | {"expires": "1583596800"})
    assert (found.details.dose, found.details.doses) == (1, 2)  # type: ignore[attr-defined]
    assert found.expires == 1_583_596_800
    assert read(GOOD | {"sampled_at": "1583020800"}).details.sampled_at == 1_583_020_800  # type: ignore[attr-defined]


@pytest.mark.parametrize("cell", ["0", "100", "-1", "1.0", "１", "1" * 30, "x", " 1"])
def test_cells_that_are_no_such_integer_are_refused(cell: str) -> None:
    assert refused(VACCINATION | {"dose": cell}) == ("dose", "must be an integer from 1 to 99")


def test_names_are_signed_exactly_as_given() -> None:
    for name in ("\uf900", "e\u0301", "𠅤君", "阿依古丽·买买提", "  x  "):
        assert read(GOOD | {"name": name}).holder.name == name


def test_the_fields_of_a_batch_file_are_those_of_an_application() -> None:
    assert set(GOOD) | set(VACCINATION) | {"not_before", "subject"} <= FIELDS
    assert not FIELDS & {"document_tail", "document_digest", "status", "issuer", "source"}
