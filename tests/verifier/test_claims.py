"""What the step "claims" can give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.support import (
    SHANGHAI,
    SICHUAN,
    judge,
    objection,
    proof,
    report,
    sealed,
    signed,
    trusted,
    world,
)

from trustcert.claims.labels import CREDENTIAL
from trustcert.report import Reason, Step, Verdict

VALID, INVALID, HELD = Verdict.VALID, Verdict.INVALID, Verdict.INDETERMINATE


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda c: c.pop(1), "claims.iss"),
        (lambda c: c.pop(6), "claims.iat"),
        (lambda c: c.pop(CREDENTIAL), "claims.-65537"),
        (lambda c: c.update({4: 1.5}), "claims"),
        (lambda c: c.update({4: -1}), "claims.exp"),
        (lambda c: c.update({4: 1 << 63}), "claims.exp"),
        (lambda c: c.update({6: "2020"}), "claims.iat"),
        (lambda c: c.update({5: True}), "claims.nbf"),
        (lambda c: c.update({1: b"CN-51"}), "claims.iss"),
        (lambda c: c.update({7: b"short"}), "claims.cti"),
        (lambda c: c[CREDENTIAL].pop(0), "claims.credential.type"),
        (lambda c: c[CREDENTIAL].pop(11), "claims.credential.colour"),
        (lambda c: c[CREDENTIAL].update({3: ""}), "claims.credential.name"),
        (lambda c: c[CREDENTIAL].update({1: [3]}), "claims.credential.status"),
    ],
)
def test_claims_malformed(change: Callable[[dict[Any, Any]], object], where: str) -> None:
    found = judge(signed(change))
    assert objection(found) == (INVALID, Step.CLAIMS, Reason.CLAIMS_MALFORMED)
    assert found.objections[0].where == where
    assert found.holder is None


@pytest.mark.parametrize("payload", ["", "80", "a0", "00", "a10000", "a1016143", "bf00ff"])
def test_claims_malformed_where_the_payload_is_no_cwt(payload: str) -> None:
    found = judge(sealed(bytes.fromhex(payload)))
    assert objection(found) == (INVALID, Step.CLAIMS, Reason.CLAIMS_MALFORMED)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update({99: 1}),
        lambda c: c.update({"credential": {}}),
        lambda c: c.update({"status": {}}),
        lambda c: c[CREDENTIAL].update({0: 19}),
        lambda c: c[CREDENTIAL].update({11: 77}),
        lambda c: c[CREDENTIAL].update({200: 1}),
        lambda c: c[CREDENTIAL].update({"colour": 1}),
    ],
)
def test_unsupported(change: Callable[[dict[Any, Any]], object]) -> None:
    """A newer issuer may know it: held, not denied, and never valid."""
    found = judge(signed(change))
    assert objection(found) == (HELD, Step.CLAIMS, Reason.UNSUPPORTED)


def test_issuer_mismatch() -> None:
    found = report(proof(issuer=SHANGHAI))
    assert objection(found) == (INVALID, Step.CLAIMS, Reason.ISSUER_MISMATCH)
    assert found.objections[0].where == "claims.iss"
    assert "CN-31" not in found.objections[0].detail
    assert found.issuer is None


def test_an_alias_names_the_issuer_too() -> None:
    trust = world(keys=(trusted(names=frozenset({SICHUAN, "四川省"})),))
    found = report(proof(issuer="四川省"), trust=trust)
    assert (found.verdict, found.issuer) == (VALID, SICHUAN)


@pytest.mark.parametrize("types", [frozenset(), frozenset({"licence"})])
def test_type_not_allowed(types: frozenset[str]) -> None:
    found = report(trust=world(keys=(trusted(types=types),)))
    assert objection(found) == (INVALID, Step.CLAIMS, Reason.TYPE_NOT_ALLOWED)
    assert found.issuer == SICHUAN


def test_types_none_is_any_type() -> None:
    assert report(trust=world(keys=(trusted(types=None),))).verdict is VALID
