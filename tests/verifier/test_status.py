"""What the step "status" can give."""

from __future__ import annotations

import pytest
from tests.support import (
    DAY,
    HOUR,
    NOW,
    SHANGHAI,
    SICHUAN,
    held,
    objection,
    proof,
    report,
    status_list,
    world,
)

from trustcert.claims import (
    StatusReference,
)
from trustcert.report import Reason, Step, Verdict

VALID, INVALID, HELD = Verdict.VALID, Verdict.INVALID, Verdict.INDETERMINATE


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        (7, Reason.REVOKED),
        (8, Reason.SUSPENDED),
        (9, Reason.SUPERSEDED),
        (10, Reason.MOVED),
    ],
)
def test_revoked_suspended_and_superseded(index: int, reason: Reason) -> None:
    found = report(proof(status=StatusReference(list=3, index=index)))
    assert objection(found) == (INVALID, Step.STATUS, reason)
    assert found.holder == "胡*君"


@pytest.mark.parametrize(("index", "keeper"), [(9, SICHUAN), (10, SHANGHAI)])
def test_superseded_says_who_keeps_the_newer_one(index: int, keeper: str) -> None:
    found = report(proof(status=StatusReference(list=3, index=index)))
    assert found.objections[0].detail.endswith(f"{keeper} keeps the newer one")


@pytest.mark.parametrize("number", [0, 2, 4])
def test_status_unknown(number: int) -> None:
    found = report(proof(status=StatusReference(list=number, index=5)))
    assert objection(found) == (HELD, Step.STATUS, Reason.STATUS_UNKNOWN)


def test_status_unknown_where_only_another_issuer_has_the_list() -> None:
    trust = world(lists=(held(list=status_list(issuer=SHANGHAI)),))
    assert objection(report(trust=trust)) == (HELD, Step.STATUS, Reason.STATUS_UNKNOWN)


def test_status_out_of_range() -> None:
    last = report(proof(status=StatusReference(list=3, index=999)))
    assert last.verdict is VALID
    found = report(proof(status=StatusReference(list=3, index=1000)))
    assert objection(found) == (HELD, Step.STATUS, Reason.STATUS_OUT_OF_RANGE)


def test_status_stale() -> None:
    for age, verdict in ((48 * HOUR - 1, VALID), (48 * HOUR, HELD)):
        found = report(trust=world(lists=(held(as_of=NOW - age),)))
        assert found.verdict is verdict
        assert found.ages["status"] == age
    assert objection(found) == (HELD, Step.STATUS, Reason.STATUS_STALE)


def test_status_stale_where_the_list_s_metadata_expired() -> None:
    assert report(trust=world(lists=(held(good_until=NOW + 1),))).verdict is VALID
    found = report(trust=world(lists=(held(good_until=NOW),)))
    assert objection(found) == (HELD, Step.STATUS, Reason.STATUS_STALE)


def test_a_stale_list_still_revokes() -> None:
    claims = proof(status=StatusReference(list=3, index=7))
    found = report(claims, trust=world(lists=(held(as_of=NOW - 9 * DAY),)))
    assert found.verdict is INVALID
    assert found.reasons == (Reason.REVOKED, Reason.STATUS_STALE)


def test_a_credential_without_a_reference_asks_no_list() -> None:
    found = report(proof(status=None), trust=world(lists=()))
    assert found.verdict is VALID
    assert "status" not in found.ages
