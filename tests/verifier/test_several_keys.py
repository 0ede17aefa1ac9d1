"""Several keys under one kid, several issuers of one key."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.support import (
    GUANGDONG,
    SHANGHAI,
    SICHUAN,
    FakeTrust,
    objection,
    proof,
    report,
    signer,
    trusted,
    world,
)

from trustcert.limits import KEYS_PER_KID
from trustcert.registry.trust import KeyState
from trustcert.report import Reason, Step, Verdict

VALID, INVALID, HELD = Verdict.VALID, Verdict.INVALID, Verdict.INDETERMINATE


def test_each_key_under_one_kid_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [signer(f"other {i}").public_key for i in range(KEYS_PER_KID - 1)]
    wanted = signer().public_key
    for entries in ((*others, wanted), (wanted, *others)):
        trust = world(keys=tuple(trusted(key) for key in entries))
        monkeypatch.setattr(FakeTrust, "keys_for", lambda self, _kid: self.keys)
        assert report(trust=trust).verdict is VALID


def test_no_more_keys_are_tried_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [signer(f"other {i}").public_key for i in range(KEYS_PER_KID)]
    trust = world(keys=tuple(trusted(key) for key in (*others, signer().public_key)))
    monkeypatch.setattr(FakeTrust, "keys_for", lambda self, _kid: self.keys)
    found = report(trust=trust)
    assert objection(found) == (HELD, Step.SIGNATURE, Reason.KEY_UNKNOWN)
    assert "not all were tried" in found.objections[0].detail


def test_of_too_many_keys_those_of_the_named_issuer_are_tried_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [signer(f"other {i}").public_key for i in range(KEYS_PER_KID)]
    keys = (*(trusted(key, issuer=SHANGHAI) for key in others), trusted(signer().public_key))
    monkeypatch.setattr(FakeTrust, "keys_for", lambda self, _kid: self.keys)
    assert report(trust=world(keys=keys)).verdict is VALID


def test_a_key_of_several_issuers_signs_for_whom_the_payload_names() -> None:
    shared = tuple(trusted(issuer=issuer) for issuer in (SHANGHAI, SICHUAN))
    found = report(trust=world(keys=shared))
    assert (found.verdict, found.issuer) == (VALID, SICHUAN)
    found = report(proof(issuer=GUANGDONG), trust=world(keys=shared))
    assert objection(found) == (INVALID, Step.CLAIMS, Reason.ISSUER_MISMATCH)
    assert "CN-31, CN-51" in found.objections[0].detail


def test_a_key_of_several_issuers_has_the_state_that_the_named_one_gives_it() -> None:
    keys = (
        trusted(issuer=SHANGHAI, state=KeyState.COMPROMISED),
        trusted(issuer=SICHUAN),
    )
    assert report(trust=world(keys=keys)).verdict is VALID
    keys = (replace(keys[0], state=KeyState.ACTIVE), trusted(state=KeyState.COMPROMISED))
    assert report(trust=world(keys=keys)).reasons == (Reason.KEY_COMPROMISED,)


def test_one_key_listed_twice_may_sign_what_either_entry_allows() -> None:
    keys = (trusted(types=frozenset({"licence"})), trusted(types=frozenset({"health_proof"})))
    assert report(trust=world(keys=keys)).verdict is VALID


def test_a_withdrawn_key_beside_the_one_that_signed_changes_nothing() -> None:
    beside = trusted(signer("shanghai").public_key, state=KeyState.WITHDRAWN)
    assert report(trust=world(keys=(beside, trusted()))).verdict is VALID
