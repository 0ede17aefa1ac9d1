"""No personal data in a repr, an error or a report: what is asserted of a person is marked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from tests.cases_compact import GENEROUS
from tests.strategies import DETAILS, claims, unhurried
from tests.support import (
    NOW,
    POLICY,
    binary,
    compact,
    guangdong,
    judge,
    proof,
    signed,
    signer,
    trusted,
    world,
)

from trustcert import formats
from trustcert.bulk import Row, read_applications
from trustcert.claims import Claims, Holder, check, codec, from_application
from trustcert.claims.application import FIELDS
from trustcert.claims.labels import CREDENTIAL
from trustcert.errors import TrustcertError, VerificationError
from trustcert.issuer import issue
from trustcert.policy import PINNED, from_document
from trustcert.report import Report, as_json
from trustcert.verifier import Verifier
from trustcert.wording import explain

STRICT = from_document(
    GENEROUS
    | {
        "rules": {
            "vaccination": {"vaccination": {"diseases": ["x"], "vaccines": ["x"]}},
            "test_result": {"results": []},
            "travel": {"travel": {"hours": 1}},
        }
    }
)
MARK = "M\u00e4rk"
INSTITUTIONAL = {"assigned_by", "appeal", "label"}
"""Which authority set a colour, its word for it and where to object: a report names these."""
NUMBER = "11010519491231002X"
PERSON = Holder(
    name=f"{MARK}{MARK}{MARK}",
    name_latin=MARK,
    document_tail=MARK,
    document_digest=MARK.encode().ljust(17, b"!"),
    nationality=MARK[:3],
    organisation_code=MARK,
)


def marked(given_: Claims) -> Claims:
    """Return the claims with a mark in every text of the person and of the details."""
    details: dict[str, Any] = {
        field.name: MARK
        for field in structs.fields(given_.details)
        if isinstance(getattr(given_.details, field.name), str) and field.name not in INSTITUTIONAL
    }
    return structs.replace(
        given_,
        holder=PERSON,
        subject=MARK,
        details=structs.replace(given_.details, **details),
    )


def silent(*said: object) -> None:
    for thing in said:
        assert MARK not in str(thing)
        assert MARK not in repr(thing)
        assert MARK.encode().hex() not in repr(thing)


def silent_report(found: Report) -> None:
    """The holder, a masked name that its repr leaves out, is all that a report says."""
    silent(found, *found.findings, VerificationError(found), explain(found), explain(found, "zh"))
    shown = json.dumps(as_json(found) | {"holder": None}, ensure_ascii=False)
    assert MARK not in shown
    assert MARK not in str(found.holder)


@settings(unhurried, max_examples=150)
@given(claims(), st.sampled_from(["compact", "jwt"]), st.booleans())
def test_no_repr_error_or_report_tells_of_a_person(
    given_: Claims,
    form: str,
    known: bool,  # noqa: FBT001 - drawn
) -> None:
    person = marked(given_)
    silent(person, person.holder, person.details, person.status)
    key = signer()
    text = formats.WRITABLE[form].encode(person, key)
    envelope = formats.decode(text)
    silent(envelope)
    names = frozenset({person.issuer})
    trust = world(keys=(trusted(key.public_key, names=names, types=None),) if known else ())
    for policy in (from_document(POLICY), STRICT, PINNED):
        silent_report(Verifier(trust, policy=policy).check(text, at=NOW))
    try:
        check(person)
    except TrustcertError as error:
        silent(error)


def test_a_credential_shows_nothing() -> None:
    holder = structs.replace(PERSON, organisation_code=None)
    credential = guangdong().verify(issue(proof(holder=holder, subject=MARK), signer()), at=NOW)
    assert credential.claims.holder.name == PERSON.name
    silent(credential, credential.report)


ROTTEN: st.SearchStrategy[Any] = st.sampled_from(
    [None, [], {}, 1.5, True, -1, b"", "", f"{MARK}\n", MARK * 200, [MARK]]
)


@settings(unhurried, max_examples=300)
@given(st.dictionaries(st.integers(0, 64), ROTTEN | st.just(MARK), min_size=1, max_size=3))
def test_no_error_about_signed_claims_repeats_their_values(body: dict[int, Any]) -> None:
    def change(found: dict[Any, Any]) -> None:
        found[CREDENTIAL] |= {3: PERSON.name} | body

    silent_report(judge(signed(change)))


@settings(unhurried, max_examples=300)
@given(
    st.sampled_from([profile.type.value for profile in DETAILS]),
    st.dictionaries(st.sampled_from(sorted(FIELDS - {"type"})), ROTTEN | st.just(MARK)),
)
def test_no_error_about_an_application_repeats_its_values(
    kind: str, fields: dict[str, Any]
) -> None:
    application = {"type": kind, "document_type": "citizen_id"} | fields
    try:
        silent(from_application(application, issuer="CN-51", issued_at=NOW))
    except TrustcertError as error:
        silent(error)


@pytest.mark.parametrize("number", [NUMBER, NUMBER[:-1] + "1", NUMBER[:-1], "x" * 200, "\ud800"])
@pytest.mark.parametrize("kind", ["citizen_id", "passport", "hk_macau_travel_permit", "other"])
def test_no_error_repeats_a_document_number(kind: str, number: str) -> None:
    fields = {
        "type": "health_proof",
        "name": MARK,
        "colour": "green",
        "document_type": kind,
        "document_number": number,
    }
    try:
        found = from_application(fields, issuer="CN-51", issued_at=NOW)
        said = repr(found) + repr(found.holder) + json.dumps(codec.to_json(found))
    except TrustcertError as error:
        said = str(error)
    assert number[:10] not in said


def test_no_refused_row_and_no_header_error_repeats_a_cell(tmp_path: Any) -> None:
    path = tmp_path / "batch.csv"
    rows = ["type,name,colour", f"health_proof,{MARK},{MARK}", f"{MARK},{MARK},green",
            f'health_proof,"{MARK},green', f"health_proof,{MARK}", f"health_proof,{MARK}\x07,green",
            f"health_proof,{MARK},green"]  # fmt: skip
    path.write_text("\n".join(rows), encoding="utf-8")
    found = list(read_applications(path, issuer="CN-51", issued_at=NOW, encoding="utf-8"))
    assert [isinstance(row, Row) for row in found] == [False] * 5 + [True]
    silent(*found)
    path.write_text("\n".join(rows[1:]), encoding="utf-8")
    with pytest.raises(TrustcertError) as caught:
        list(read_applications(path, issuer="CN-51", issued_at=NOW, encoding="utf-8"))
    silent(caught.value)


def test_a_damaged_code_is_not_repeated() -> None:
    text = issue(proof(holder=Holder(name=PERSON.name)), signer())
    raw = binary(text)
    for altered in (text[:-3], text + text, text.lower(), compact(raw[:-10] + bytes(10))):
        found = judge(altered)
        silent_report(found)
        assert text[20:60] not in repr(found)
