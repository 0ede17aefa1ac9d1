"""What the step "signature" can give."""

from __future__ import annotations

import pytest
from tests.support import (
    binary,
    compact,
    header_of,
    judge,
    objection,
    parts_of,
    proof,
    signer,
    token,
)

from trustcert import cose, formats
from trustcert.issuer import issue
from trustcert.keys import ED25519, ESP256, ESP384, Algorithm
from trustcert.report import Reason, Step, Verdict

VALID, INVALID, HELD = Verdict.VALID, Verdict.INVALID, Verdict.INDETERMINATE


def test_signature_wrong() -> None:
    raw = bytearray(binary(issue(proof(), signer())))
    raw[-1] ^= 1
    found = judge(compact(bytes(raw)))
    assert objection(found) == (INVALID, Step.SIGNATURE, Reason.SIGNATURE_WRONG)
    assert found.objections[0].where == "signature"
    assert (found.issuer, found.holder, found.type) == (None, None, None)


def test_signature_wrong_where_a_trusted_kid_stands_over_another_key_s_signature() -> None:
    forger, victim = signer("forger"), signer()
    protected = header_of(ESP256, victim.public_key.kid)
    payload = formats.decode(issue(proof(), victim)).payload
    signature = forger.sign(cose.to_be_signed(protected, payload))
    found = judge(compact(cose.join(protected, payload, signature)))
    assert objection(found) == (INVALID, Step.SIGNATURE, Reason.SIGNATURE_WRONG)


@pytest.mark.parametrize("size", [1, 3, 63, 65, 96])
def test_signature_wrong_where_its_length_is(size: int) -> None:
    protected, payload, _, _ = parts_of(binary(issue(proof(), signer())))
    found = judge(compact(cose.join(protected, payload, bytes(size))))
    assert objection(found) == (INVALID, Step.SIGNATURE, Reason.SIGNATURE_WRONG)
    assert found.objections[0].detail == f"must have 64 bytes, has {size}"


@pytest.mark.parametrize("row", [ED25519, ESP384])
def test_algorithm_mismatch(row: Algorithm) -> None:
    key = signer()
    protected = header_of(row, key.public_key.kid)
    payload = formats.decode(issue(proof(), key)).payload
    signature = key.sign(cose.to_be_signed(protected, payload))
    found = judge(compact(cose.join(protected, payload, signature)))
    assert objection(found) == (INVALID, Step.SIGNATURE, Reason.ALGORITHM_MISMATCH)


def test_algorithm_mismatch_in_a_jwt() -> None:
    header = {"alg": "EdDSA", "kid": signer().public_key.kid.hex(), "typ": "tc+jwt"}
    found = judge(token(header, {}))
    assert objection(found) == (INVALID, Step.SIGNATURE, Reason.ALGORITHM_MISMATCH)


def test_a_code_without_a_signature_is_invalid() -> None:
    protected, payload, _, _ = parts_of(binary(issue(proof(), signer())))
    found = judge(compact(cose.join(protected, payload, b"")))
    assert found.verdict is INVALID
    assert set(found.reasons) <= {Reason.NOT_SIGNED, Reason.SIGNATURE_WRONG}
