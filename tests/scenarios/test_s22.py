"""S22: a gun scanner types the code, through a keyboard layout and an input method."""

from __future__ import annotations

import pytest
from tests.scenarios.country import policy, proof, signed, t, verifier

from trustcert.gate import Shift
from trustcert.report import Verdict

NOW = t("2026-03-02 09:00")
TEXT = signed(proof(NOW - 3600))
WIDE = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in TEXT)


@pytest.mark.parametrize(
    "typed",
    [TEXT, TEXT.lower(), WIDE, TEXT + "\r\n", "\ufeff" + TEXT, TEXT + "\0", TEXT + TEXT,
     "TC1:" + TEXT, "]Q1" + TEXT, "  " + TEXT + "  "],
    ids=["plain", "lower", "wide", "crlf", "bom", "nul", "twice", "prefix", "aim", "spaces"],
)  # fmt: skip
def test_what_scanners_do_is_healed(typed: str) -> None:
    assert Shift(verifier(policy()), name="gz").scan(typed, at=NOW).report.verdict is Verdict.VALID


def test_what_is_no_code_is_denied_and_counted() -> None:
    shift = Shift(verifier(policy()), name="gz")
    assert shift.scan("https://example.org", at=NOW).report.verdict is Verdict.INVALID
    assert shift.tally().by_verdict[Verdict.INVALID] == 1
