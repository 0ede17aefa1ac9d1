from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import claims, unhurried
from tests.support import EXPIRES, ISSUED, SAMPLED, proof, signer

from trustcert.claims import Claims, HealthProof, Holder, StatusReference, codec
from trustcert.claims.labels import CREDENTIAL
from trustcert.encoding import base64url, cbor, json
from trustcert.errors import MalformedError, UnsupportedError
from trustcert.limits import STATUS_LIST_ID, STATUS_LIST_SIZE, TIME_MAX

Change = Callable[[dict[Any, Any]], object]


@settings(unhurried, max_examples=200)
@given(claims())
def test_claims_read_back_in_both_forms(given_: Claims) -> None:
    packed = cbor.encode(codec.to_cbor(given_))
    assert codec.from_cbor(packed) == given_
    assert codec.from_cbor(packed) == given_  # by its form
    shown = json.decode(json.encode(codec.to_json(given_)), limit=100_000)
    assert codec.from_names(shown) == given_


@unhurried
@given(claims())
def test_what_can_be_written_is_shown_as_it_is_written(given_: Claims) -> None:
    assert codec.shown(given_) == codec.to_json(given_)


def test_what_cannot_be_written_is_shown_all_the_same() -> None:
    unfit = proof(issuer="https://example.org", id=b"U" * 49)
    with pytest.raises(MalformedError):
        codec.to_json(unfit)
    assert codec.shown(unfit)["iss"] == "https://example.org"
    assert codec.shown(unfit)["jti"] == base64url.encode(b"U" * 49)


def test_the_cwt_of_a_health_proof() -> None:
    assert codec.to_cbor(proof(subject="holder 7", not_before=ISSUED, id=b"12345678")) == {
        1: "CN-51",
        2: "holder 7",
        4: EXPIRES,
        5: ISSUED,
        6: ISSUED,
        7: b"12345678",
        CREDENTIAL: {0: 2, 1: [3, 5], 3: "胡志君", 11: 1, 12: 4, 13: SAMPLED},
    }


def test_the_jwt_claims_of_a_health_proof() -> None:
    key = signer().public_key
    jwk = key.to_jwk()
    assert codec.to_json(proof(id=b"12345678", holder_key=key)) == {
        "iss": "CN-51",
        "iat": ISSUED,
        "exp": EXPIRES,
        "jti": "MTIzNDU2Nzg",
        "status": {"status_list": {"idx": 5, "uri": "CN-51/status/3"}},
        "cnf": {"jwk": {name: jwk[name] for name in ("kty", "crv", "x", "y")}},
        "credential": {
            "type": "health_proof",
            "name": "胡志君",
            "colour": "green",
            "result": "no_abnormality",
            "sampled_at": SAMPLED,
        },
    }


def changed(change: Change, *, form: str = "cbor") -> Claims:
    if form == "cbor":
        packed = cbor.decode(cbor.encode(codec.to_cbor(proof())))
        change(packed)
        return codec.from_cbor(cbor.encode(packed))
    shown = codec.to_json(proof())
    change(shown)
    return codec.from_names(shown)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda c: c.pop(1), "iss"),
        (lambda c: c.pop(6), "iat"),
        (lambda c: c.pop(CREDENTIAL), str(CREDENTIAL)),
        (lambda c: c.update({CREDENTIAL: []}), str(CREDENTIAL)),
        (lambda c: c.update({1: ""}), "iss"),
        (lambda c: c.update({1: "x" * 129}), "iss"),
        (lambda c: c.update({2: 5}), "sub"),
        (lambda c: c.update({4: 1.5}), ""),  # no float is deterministic here
        (lambda c: c.update({4: None}), "exp"),
        (lambda c: c.update({4: TIME_MAX + 1}), "exp"),
        (lambda c: c.update({5: -1}), "nbf"),
        (lambda c: c.update({6: True}), "iat"),
        (lambda c: c.update({7: bytes(7)}), "cti"),
        (lambda c: c.update({7: bytes(33)}), "cti"),
        (lambda c: c.update({8: []}), "cnf"),
        (lambda c: c[CREDENTIAL].pop(0), "credential.type"),
        (lambda c: c[CREDENTIAL].update({0: "health_proof"}), "credential.type"),
        (lambda c: c[CREDENTIAL].pop(11), "credential.colour"),
        (lambda c: c[CREDENTIAL].update({11: "green"}), "credential.colour"),
        (lambda c: c[CREDENTIAL].update({3: None}), "credential.name"),
        (lambda c: c[CREDENTIAL].update({3: "x" * 121}), "credential.name"),
        (lambda c: c[CREDENTIAL].update({7: bytes(16)}), "credential.document_digest"),
        (lambda c: c[CREDENTIAL].update({7: bytes(18)}), "credential.document_digest"),
        (lambda c: c[CREDENTIAL].update({6: "123456789"}), "credential.document_tail"),
        (lambda c: c[CREDENTIAL].update({1: []}), "credential.status"),
        (lambda c: c[CREDENTIAL].update({1: [3]}), "credential.status"),
        (lambda c: c[CREDENTIAL].update({1: [3, 5, 7]}), "credential.status"),
        (lambda c: c[CREDENTIAL].update({1: {0: 3}}), "credential.status"),
        (lambda c: c[CREDENTIAL].update({1: [-1, 5]}), "credential.status"),
        (lambda c: c[CREDENTIAL].update({1: [3, -1]}), "credential.status"),
        (lambda c: c[CREDENTIAL].update({1: [3, True]}), "credential.status"),
        (lambda c: c[CREDENTIAL].update({1: [3, 5.0]}), ""),
        (lambda c: c[CREDENTIAL].update({1: [STATUS_LIST_ID + 1, 0]}), "credential.status"),
        (lambda c: c[CREDENTIAL].update({1: [0, STATUS_LIST_SIZE]}), "credential.status"),
    ],
)
def test_a_cwt_that_is_not_just_so_is_malformed(change: Change, where: str) -> None:
    with pytest.raises(MalformedError) as caught:
        changed(change)
    assert caught.value.where == where


@pytest.mark.parametrize("top", [None, [], "x", 1, b"x", {}])
def test_what_is_no_map_of_claims_is_malformed(top: Any) -> None:
    with pytest.raises(MalformedError):
        codec.from_cbor(cbor.encode(top))
    with pytest.raises(MalformedError):
        codec.from_names(top)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update({3: "audience"}),
        lambda c: c.update({99: 1}),
        lambda c: c.update({-65538: 1}),
        lambda c: c.update({"iss": "CN-51"}),
        lambda c: c.update({"credential": {}}),
        lambda c: c.update({"status": {}}),
        lambda c: c.update({b"1": 1}),
        lambda c: c[CREDENTIAL].update({0: 19}),
        lambda c: c[CREDENTIAL].update({0: 0}),
        lambda c: c[CREDENTIAL].update({11: 0}),
        lambda c: c[CREDENTIAL].update({11: 77}),
        lambda c: c[CREDENTIAL].update({12: 77}),
        lambda c: c[CREDENTIAL].update({5: 200}),
        lambda c: c[CREDENTIAL].update({16: 1}),
        lambda c: c[CREDENTIAL].update({17: "influenza"}),
        lambda c: c[CREDENTIAL].update({1000: 1}),
        lambda c: c[CREDENTIAL].update({"colour": 1}),
    ],
)
def test_a_label_or_code_that_nobody_reads_makes_a_cwt_unsupported(change: Change) -> None:
    with pytest.raises(UnsupportedError):
        changed(change)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda c: c.pop("iss"), "iss"),
        (lambda c: c.pop("iat"), "iat"),
        (lambda c: c.pop("credential"), "credential"),
        (lambda c: c.update({"exp": 1.0}), "exp"),
        (lambda c: c.update({"exp": "2020-03-08T00:00:00Z"}), "exp"),
        (lambda c: c.update({"iat": True}), "iat"),
        (lambda c: c.update({"nbf": None}), "nbf"),
        (lambda c: c.update({"jti": "AAAA"}), "jti"),
        (lambda c: c.update({"jti": "AAAAAAAAAAA="}), "jti"),
        (lambda c: c.update({"cnf": {"jwk": {"kty": "EC", "crv": []}}}), "cnf.jwk.crv"),
        (lambda c: c.update({"status": []}), "status"),
        (lambda c: c.update({"status": {}}), "status.status_list"),
        (lambda c: c["status"]["status_list"].pop("idx"), "status.status_list.idx"),
        (lambda c: c["status"]["status_list"].update({"idx": "5"}), "status.status_list.idx"),
        (lambda c: c["status"]["status_list"].update({"idx": -1}), "status.status_list"),
        (lambda c: c["status"]["status_list"].update({"uri": "CN-51/status/03"}),
         "status.status_list.uri"),
        (lambda c: c["status"]["status_list"].update({"uri": "CN-51/status/" + "9" * 5000}),
         "status.status_list.uri"),
        (lambda c: c["credential"].pop("type"), "credential.type"),
        (lambda c: c["credential"].pop("colour"), "credential.colour"),
        (lambda c: c["credential"].update({"colour": 1}), "credential.colour"),
        (lambda c: c["credential"].update({"name": None}), "credential.name"),
        (lambda c: c["credential"].update({"sampled_at": 1.5}), "credential.sampled_at"),
    ],
)  # fmt: skip
def test_a_claims_set_that_is_not_just_so_is_malformed(change: Change, where: str) -> None:
    with pytest.raises(MalformedError) as caught:
        changed(change, form="json")
    assert caught.value.where == where


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update({"aud": "CN-44"}),
        lambda c: c.update({"vc": {}}),
        lambda c: c.update({"cti": "AAAAAAAAAAA"}),
        lambda c: c["status"].update({"identifier_list": {}}),
        lambda c: c["status"]["status_list"].update({"more": 1}),
        lambda c: c["status"]["status_list"].update({"uri": "urn:example:status:3"}),
        lambda c: c["status"]["status_list"].update({"uri": "CN-31/status/3"}),
        lambda c: c["status"]["status_list"].update({"uri": "CN-51/status/"}),
        lambda c: c["status"]["status_list"].update({"uri": "CN-51/status/３"}),
        lambda c: c["credential"].update({"type": "diploma"}),
        lambda c: c["credential"].update({"colour": "blue"}),
        lambda c: c["credential"].update({"status": [3, 5]}),
        lambda c: c["credential"].update({"method": "antigen"}),
        lambda c: c["credential"].update({"remark": "x"}),
    ],
)
def test_a_name_or_word_that_nobody_reads_makes_a_claims_set_unsupported(change: Change) -> None:
    with pytest.raises(UnsupportedError):
        changed(change, form="json")


@given(st.sampled_from(["compact", "jwt"]), st.integers(0, STATUS_LIST_ID))
def test_a_status_reference_at_its_bounds(form: str, number: int) -> None:
    for index in (0, STATUS_LIST_SIZE - 1):
        given_ = proof(status=StatusReference(list=number, index=index))
        if form == "compact":
            assert codec.from_cbor(cbor.encode(codec.to_cbor(given_))) == given_
        else:
            assert codec.from_names(codec.to_json(given_)) == given_


@pytest.mark.parametrize(
    ("given_", "where"),
    [
        (proof(issuer="x" * 129), "iss"),
        (proof(subject="\n"), "sub"),
        (proof(issued_at=1.5), "iat"),
        (proof(expires=TIME_MAX + 1), "exp"),
        (proof(not_before=-1), "nbf"),
        (proof(id=bytes(7)), "cti"),
        (proof(status=StatusReference(list=-1, index=0)), "credential.status"),
        (proof(status=StatusReference(list=0, index=STATUS_LIST_SIZE)), "credential.status"),
        (proof(holder=Holder(document_digest=bytes(16))), "credential.document_digest"),
        (proof(details=HealthProof(colour="green")), "credential.colour"),  # type: ignore[arg-type]
    ],
)
def test_what_would_not_read_back_is_not_written(given_: Claims, where: str) -> None:
    for write in (codec.to_cbor, codec.to_json):
        with pytest.raises(MalformedError) as caught:
            write(given_)
        assert caught.value.where == where


@pytest.mark.parametrize("issuer", ["https://example.org", "a:/", ":/"])
def test_a_list_that_would_be_read_as_a_web_address_is_not_written_in_json(issuer: str) -> None:
    with pytest.raises(MalformedError, match="no list of a registry") as caught:
        codec.to_json(proof(issuer=issuer))
    assert caught.value.where == "credential.status"
    for given_ in (proof(issuer=issuer, status=None), proof(issuer=f"{issuer}x:", status=None)):
        assert codec.from_names(codec.to_json(given_)) == given_
    assert codec.from_cbor(cbor.encode(codec.to_cbor(proof(issuer=issuer)))).issuer == issuer
