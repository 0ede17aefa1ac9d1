"""The entries of the reasons, and their page in the docs."""

from __future__ import annotations

from tests.reasons_doc import PAGE, page

from trustcert.report import Reason, Step, Verdict


def test_the_page_of_reasons_is_what_the_entries_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_reason_says_its_steps_verdicts_and_words() -> None:
    for reason in Reason:
        assert reason.steps, reason
        assert set(reason.steps) <= set(Step)
        assert reason.verdicts, reason
        assert reason.en.what, reason
        assert reason.zh.what, reason
        assert Reason(reason.value) is reason


def test_only_what_warns_may_come_with_a_pass() -> None:
    passing = {reason for reason in Reason if Verdict.VALID in reason.verdicts}
    assert passing == {Reason.OK, Reason.REGISTRY_OLD, Reason.STATUS_OLD}
