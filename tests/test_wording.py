from __future__ import annotations

import re

import pytest
from tests.support import proof, report, world

from trustcert.report import Reason, Step
from trustcert.wording import describe, explain

LANGUAGES = ("en", "zh")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_in_both_languages(reason: Reason, language: str) -> None:
    words = describe(reason, language)
    ends = "." if language == "en" else "。"
    assert words.what.endswith(ends)
    assert words.next.endswith(ends) or reason is Reason.OK
    han = re.search(r"[\u4e00-\u9fff]", words.what + words.next) is not None
    assert han == (language == "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_reasons_say_the_same(language: str) -> None:
    said = [describe(reason, language).what for reason in Reason]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_short_and_have_no_jargon(language: str) -> None:
    jargon = re.compile(r"kid|COSE|CBOR|JWT|base45|metadata|\bnull\b|exception", re.IGNORECASE)
    for reason in Reason:
        words = describe(reason, language)
        assert max(map(len, words)) <= 90
        assert not jargon.search(" ".join(words))


def test_an_unknown_language_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        describe(Reason.OK, "xx")


def test_a_report_is_explained_gravest_first() -> None:
    found = report(proof(issuer="CN-31", expires=None), trust=world(as_of=0))
    lines = explain(found)
    assert [line.step for line in lines] == [Step.CLAIMS, Step.ISSUER]
    assert lines[0].what == describe(Reason.ISSUER_MISMATCH).what
    assert lines[0].next == "Do not accept it."
    assert lines[0].detail.startswith("signed with a key of CN-51")
    assert [line.what for line in explain(found, "zh")] == [
        describe(reason, "zh").what for reason in found.reasons
    ]
    assert explain(report()) == ()
