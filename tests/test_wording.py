from __future__ import annotations

import ast
import json
import pickle
import re
import string
from pathlib import Path

import pytest
from tests import make_locale
from tests.support import proof, report, world

from trustcert import wording
from trustcert.report import Reason, Step
from trustcert.sentences import sentence
from trustcert.wording import describe, explain, translated

LANGUAGES = ("en", "zh")
SOURCE = Path(wording.__file__).parent


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


def templates() -> set[str]:
    """Return every template of a sentence in the source."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "sentence":
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"
                found.add(str(node.args[0].value))
    return found


def names(template: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("language", ["zh", "zh-Hant"])
def test_every_sentence_stands_in_the_catalogue_of_a_language(language: str) -> None:
    path = SOURCE / "locale" / f"sentences.{language}.json"
    catalogue = json.loads(path.read_text(encoding="utf-8"))
    assert set(catalogue) == templates()
    for template, text in catalogue.items():
        assert names(text) == names(template), template
        assert text


def test_the_catalogues_in_traditional_characters_are_those_that_are_converted() -> None:
    opencc = pytest.importorskip("opencc", reason="OpenCC is not installed")
    for path, text in make_locale.converted(opencc.OpenCC("s2twp").convert).items():
        assert path.read_text(encoding="utf-8") == text, "run python -m tests.make_locale"


def test_each_reason_has_words_in_traditional_characters() -> None:
    for reason in Reason:
        assert describe(reason, "zh-Hant").what


def test_a_detail_is_said_in_the_language_with_its_values() -> None:
    found = report(proof(issuer="CN-31", expires=None), trust=world(as_of=0))
    (first, *_) = explain(found, "zh")
    assert first.detail.startswith("由 CN-51")
    assert first.detail.endswith("的密钥签署，但内容未写明该机关")
    inner = sentence("{said}; ask {issuer}", said=sentence("withdrawn"), issuer="CN-51")
    assert translated(inner, "zh") == "停用；请向 CN-51 查询"
    assert translated(inner, "en") == inner == "withdrawn; ask CN-51"
    assert translated("of a parser", "zh") == "of a parser"
    with pytest.raises(KeyError):
        translated(inner, "xx")


def test_a_sentence_survives_being_sent_to_another_process() -> None:
    told = sentence("part {number} of {total}", number=1, total=2)
    sent = pickle.loads(pickle.dumps(told))  # noqa: S301 - made here
    assert translated(sent, "zh") == "共 2 部分，此为第 1 部分"
