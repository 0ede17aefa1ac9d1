"""What the step "issuer" can give."""

from __future__ import annotations

import pytest
from tests.support import (
    DAY,
    HOUR,
    ISSUED,
    NOW,
    SICHUAN,
    binary,
    compact,
    judge,
    objection,
    proof,
    report,
    signer,
    trusted,
    world,
)

from trustcert.issuer import issue
from trustcert.registry.trust import KeyState
from trustcert.report import Reason, Step, Verdict
from trustcert.verifier import LEEWAY

VALID, INVALID, HELD = Verdict.VALID, Verdict.INVALID, Verdict.INDETERMINATE


def test_clock_behind() -> None:
    assert report(trust=world(clock_floor=NOW + LEEWAY)).verdict is VALID
    found = report(trust=world(clock_floor=NOW + LEEWAY + 1))
    assert objection(found) == (HELD, Step.ISSUER, Reason.CLOCK_BEHIND)


def test_key_unknown() -> None:
    found = report(trust=world(keys=()))
    assert objection(found) == (HELD, Step.ISSUER, Reason.KEY_UNKNOWN)
    assert found.kid == signer().public_key.kid.hex()
    assert (found.issuer, found.holder, found.expires) == (None, None, None)
    assert [f.step for f in found.findings] == [Step.FORMAT, Step.ISSUER]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (KeyState.WITHDRAWN, Reason.KEY_WITHDRAWN),
        (KeyState.COMPROMISED, Reason.KEY_COMPROMISED),
    ],
)
@pytest.mark.parametrize("since", [None, 0, ISSUED - 1, NOW + DAY])
def test_key_withdrawn_and_key_compromised(
    state: KeyState, reason: Reason, since: int | None
) -> None:
    """Whenever it was withdrawn: a thief can date a credential back."""
    found = report(trust=world(keys=(trusted(state=state, since=since),)))
    assert objection(found) == (INVALID, Step.ISSUER, reason)
    assert found.issuer == SICHUAN


def test_a_forged_code_under_a_compromised_key_s_kid_is_just_forged() -> None:
    text = issue(proof(), signer())
    raw = bytearray(binary(text))
    raw[-1] ^= 1
    trust = world(keys=(trusted(state=KeyState.COMPROMISED),))
    found = judge(compact(bytes(raw)), trust=trust)
    assert objection(found) == (INVALID, Step.SIGNATURE, Reason.SIGNATURE_WRONG)


def test_registry_stale() -> None:
    for age, verdict in ((48 * HOUR - 1, VALID), (48 * HOUR, HELD)):
        found = report(trust=world(as_of=NOW - age))
        assert found.verdict is verdict
        assert found.ages["registry"] == age
    assert objection(found) == (HELD, Step.ISSUER, Reason.REGISTRY_STALE)


def test_registry_stale_where_the_entry_of_the_issuer_expired() -> None:
    assert report(trust=world(keys=(trusted(good_until=NOW + 1),))).verdict is VALID
    found = report(trust=world(keys=(trusted(good_until=NOW),)))
    assert objection(found) == (HELD, Step.ISSUER, Reason.REGISTRY_STALE)


def test_data_without_an_age_is_never_stale() -> None:
    found = report(trust=world(as_of=None))
    assert found.verdict is VALID
    assert "registry" not in found.ages


def test_data_from_ahead_of_the_clock_has_age_0() -> None:
    assert report(trust=world(as_of=NOW + HOUR)).ages["registry"] == 0
