"""S18: an environmental approval is bound to the file that was approved."""

from __future__ import annotations

import io

import pytest
from tests.scenarios.country import DAY, about, everyone, policy, signed, t, trust, verifier

from trustcert.claims import EnvironmentalApproval, FileDigest, Holder, digest_of
from trustcert.gate.desk import judge_file
from trustcert.report import Reason, Verdict
from trustcert.wording import describe

NOW = t("2026-03-02 09:00")
FILE = b"%PDF-1.7 approval of the project"
JUDGE = verifier(
    policy(
        recognises=everyone("environmental_approval", issuers=["CN-31"]),
        rules={"environmental_approval": {}},
    ),
    trust("CN-31"),
)


@pytest.mark.parametrize("function", list(FileDigest))
def test_the_file_as_it_was_approved(function: FileDigest) -> None:
    value, size = digest_of(io.BytesIO(FILE), function)
    details = EnvironmentalApproval(
        title="环评批文", number="2020-19", project="厂房", file_name="批文.pdf",
        file_size=size, file_digest=value, opinion="提前服务 2020-7",
    )  # fmt: skip
    holder = Holder(name="金山化工有限公司", organisation_code="91350100M000100Y43")
    text = signed(about(details, NOW - DAY, issuer="CN-31", holder=holder))
    same = judge_file(JUDGE, text, io.BytesIO(FILE), at=NOW)
    assert (same.verdict, same.reason) == (Verdict.VALID, Reason.OK)
    saved_again = judge_file(JUDGE, text, io.BytesIO(FILE + b"\n"), at=NOW)
    assert (saved_again.verdict, saved_again.reason) == (Verdict.INVALID, Reason.FILE_CHANGED)
    assert "saved again" in describe(Reason.FILE_CHANGED).what
