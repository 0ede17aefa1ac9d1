"""What the step "format" can give."""

from __future__ import annotations

import pytest
from tests.support import (
    compact,
    judge,
    objection,
)

from trustcert import cose
from trustcert.encoding import cbor
from trustcert.limits import TEXT_CHARACTERS
from trustcert.report import Reason, Step, Verdict

VALID, INVALID, HELD = Verdict.VALID, Verdict.INVALID, Verdict.INDETERMINATE


@pytest.mark.parametrize(
    "text",
    ["", " ", "TC1", "tc1:AB", " TC1:AB", "HELLO", "eyJ", "eyJ.a", "\x00", "\ud800", "健康码"],
)
def test_not_a_code(text: str) -> None:
    assert objection(judge(text)) == (INVALID, Step.FORMAT, Reason.NOT_A_CODE)


@pytest.mark.parametrize("data", [b"", b"\xff", "健康码".encode(), b"TC1\xc3\xa9"])
def test_not_a_code_in_bytes(data: bytes) -> None:
    assert objection(judge(data)) == (INVALID, Step.FORMAT, Reason.NOT_A_CODE)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("TC1:", "cose"),
        ("TC1:lower", ""),
        ("TC1:0", ""),
        ("TC1:健", ""),
        ("TC1:" + "0" * 30, "cose"),
        ("eyJ..", "jwt.header"),
        ("eyJ\u00e9..", "jwt.header"),
    ],
)
def test_malformed(text: str, where: str) -> None:
    found = judge(text)
    assert objection(found) == (INVALID, Step.FORMAT, Reason.MALFORMED)
    assert found.objections[0].where == where
    assert (found.format, found.kid, found.issuer, found.holder) == (None, None, None, None)


def test_limit_exceeded() -> None:
    at_the_limit = "TC1:" + "0" * (TEXT_CHARACTERS - 4)
    assert judge(at_the_limit).reasons == (Reason.MALFORMED,)
    found = judge(at_the_limit + "0")
    assert objection(found) == (INVALID, Step.FORMAT, Reason.LIMIT_EXCEEDED)


def test_unsupported() -> None:
    protected = cbor.encode({1: -7, 4: b"1234"})
    found = judge(compact(cose.join(protected, b"", bytes(64))))
    assert objection(found) == (INVALID, Step.FORMAT, Reason.UNSUPPORTED)
