"""No text costs much before its signature is checked, nor a payload of whoever signed it.

The budget is 50 ms of one core and 8 MiB before the signature, 150 ms in all; what is counted is
in :mod:`tests.formats.work`.
"""

from __future__ import annotations

import pytest
from tests.formats.work import CALLS, LINES, MEMORY, work_of, worst_payloads, worst_texts
from tests.support import NOW, FakeTrust, trusted

from trustcert import formats, presentation
from trustcert.policy import PINNED
from trustcert.report import Reason, Verdict
from trustcert.verifier import Verifier

TEXTS = worst_texts()
PAYLOADS = worst_payloads()
VERIFIER = Verifier(FakeTrust(keys=(trusted(types=None),)), policy=PINNED)


def decode(text: str) -> object:
    if presentation.recognises(text):
        return presentation.open_presented(text)
    return formats.decode(text)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_before_the_signature(text: str) -> None:
    work = work_of(lambda: decode(text))
    assert work.calls <= CALLS
    assert work.lines <= LINES
    assert work.memory <= MEMORY


@pytest.mark.parametrize("envelope", PAYLOADS.values(), ids=PAYLOADS)
def test_behind_the_signature(envelope: formats.Envelope) -> None:
    work = work_of(lambda: formats.open_claims(envelope))
    assert work.calls <= CALLS
    assert work.lines <= LINES
    assert work.memory <= MEMORY


def test_each_format_has_its_worst_texts() -> None:
    known = [form for text in TEXTS.values() if (form := formats.recognise(text))]
    assert {form.NAME for form in known} == {form.NAME for form in formats.FORMATS}


def test_none_of_them_is_valid_or_ends_in_a_failure_of_ours() -> None:
    for name, text in TEXTS.items():
        report = VERIFIER.check(text, at=NOW)
        assert report.verdict is not Verdict.VALID, name
        assert Reason.INTERNAL not in report.reasons, name
