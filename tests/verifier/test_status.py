"""What the step "status" can give."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.support import (
    DAY,
    HOUR,
    NOW,
    SHANGHAI,
    SICHUAN,
    FakeTrust,
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
from trustcert.registry.anchors import ForeignTrust
from trustcert.report import Reason, Step, Verdict
from trustcert.status.causes import RULES, Cause
from trustcert.status.indices import from_indices
from trustcert.status.statuslist import State

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


INDEX = {State.INVALID: 7, State.SUSPENDED: 8, State.SUPERSEDED: 9}


def telling(cause: Cause, index: int) -> FakeTrust:
    """Return the world where the list names the cause of ``index``, and offices can be asked."""
    causes = {cause: from_indices((index,), size=1000)}
    contacts = {SICHUAN: "028-8611", SHANGHAI: "021-6321"}
    return world(lists=(held(list=replace(status_list(), causes=causes)),), contacts=contacts)


@pytest.mark.parametrize(
    ("cause", "reason", "told"),
    [
        (Cause.CANCELLED, Reason.CANCELLED, "cancelled (注销); ask CN-51 (028-8611)"),
        (Cause.ANNULLED, Reason.ANNULLED, "annulled (撤销); ask CN-51 (028-8611)"),
        (Cause.PENALISED, Reason.PENALISED, "penalised (吊销); ask CN-51 (028-8611)"),
        (Cause.LAPSED, Reason.LAPSED, "lapsed (失效); ask CN-51 (028-8611)"),
        (Cause.LOST, Reason.REVOKED, "lost (挂失); ask CN-51 (028-8611)"),
        (
            Cause.KEY_COMPROMISED,
            Reason.REVOKED,
            "key_compromised (密钥泄露); ask CN-51 (028-8611)",
        ),
        (Cause.OTHER, Reason.REVOKED, "other (其他); ask CN-51 (028-8611)"),
        (Cause.WITHHELD, Reason.SUSPENDED, "withheld (暂扣); ask CN-51 (028-8611)"),
        (
            Cause.INVESTIGATED,
            Reason.UNDER_INVESTIGATION,
            "investigated (核查); ask CN-51 (028-8611)",
        ),
        (
            Cause.CHANGED,
            Reason.SUPERSEDED,
            "changed (变更); CN-51 keeps the newer one (028-8611)",
        ),
        (
            Cause.RENEWED,
            Reason.SUPERSEDED,
            "renewed (延续); CN-51 keeps the newer one (028-8611)",
        ),
    ],
)
def test_a_cause_is_a_reason_of_its_own_and_the_detail_says_where_to_look(
    cause: Cause, reason: Reason, told: str
) -> None:
    state = RULES[cause].state
    index = INDEX[state]
    claims = proof(status=StatusReference(list=3, index=index))
    for trust in (telling(cause, index), ForeignTrust(telling(cause, index))):
        found = report(claims, trust=trust)  # type: ignore[arg-type]
        assert objection(found) == (INVALID, Step.STATUS, reason)
        said = f"status list 3 of CN-51 says {state.name.lower()}: {told}"
        assert found.objections[0].detail == said


def test_of_what_moved_the_other_issuer_can_be_asked() -> None:
    claims = proof(status=StatusReference(list=3, index=10))
    transferred = report(claims, trust=telling(Cause.CHANGED, 9))
    assert objection(transferred) == (INVALID, Step.STATUS, Reason.MOVED)
    said = "says superseded; CN-31 keeps the newer one (021-6321)"
    assert transferred.objections[0].detail.endswith(said)
    changed = report(claims, trust=telling(Cause.CHANGED, 10))
    assert objection(changed) == (INVALID, Step.STATUS, Reason.MOVED)
    assert "says superseded: changed (变更); CN-31 keeps" in changed.objections[0].detail


def test_without_a_cause_or_a_contact_the_issuer_is_named() -> None:
    found = report(proof(status=StatusReference(list=3, index=7)))
    assert found.objections[0].detail == "status list 3 of CN-51 says invalid; ask CN-51"


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
