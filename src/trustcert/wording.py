"""Reports in words: English (``en``), Chinese in simplified (``zh``) and traditional (``zh-Hant``).

The words of each reason stand in :mod:`trustcert.reasons`; those in traditional characters are
converted from them and stand in ``locale/zh-Hant.json``. Details and the words of the command line
are :class:`~trustcert.sentences.Sentence`, translated by ``locale/sentences.<language>.json``.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from trustcert.reasons import Reason, Step, Words
from trustcert.report import Report
from trustcert.sentences import Sentence

__all__ = ["LANGUAGES", "Line", "Words", "describe", "explain", "translated"]

LANGUAGES: Final = ("en", "zh", "zh-Hant")


def describe(reason: Reason, language: str = "en") -> Words:
    """Return what ``reason`` means and what to do next.

    Raises:
        KeyError: a language outside :data:`LANGUAGES`.
    """
    if language == "zh-Hant":
        return _traditional()[reason.value]
    return {"en": reason.en, "zh": reason.zh}[language]


@cache
def _traditional() -> dict[str, Words]:
    import json

    data = files("trustcert").joinpath("locale", "zh-Hant.json").read_text(encoding="utf-8")
    return {code: Words(*words) for code, words in json.loads(data).items()}


def translated(text: str, language: str) -> str:
    """Return ``text`` in ``language`` where it is a :class:`Sentence`, else as it is.

    What a parser says of a malformed code is for whoever makes codes, and stays English.

    Raises:
        KeyError: a language outside :data:`LANGUAGES`.
    """
    if language == "en" or not isinstance(text, Sentence):
        return str(text)
    template = _catalogue(language).get(text.template, text.template)
    values = {
        name: translated(value, language) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    return template.format_map(values)


@cache
def _catalogue(language: str) -> dict[str, str]:
    import json

    if language not in LANGUAGES:
        raise KeyError(language)
    path = files("trustcert").joinpath("locale", f"sentences.{language}.json")
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


class Line(NamedTuple):
    """One objection in words: its step, what is the matter, the detail, what to do next."""

    step: Step
    what: str
    detail: str
    next: str


def explain(report: Report, language: str = "en") -> tuple[Line, ...]:
    """Return the objections of ``report``, the gravest first.

    Raises:
        KeyError: a language outside :data:`LANGUAGES`.
    """
    lines = []
    for finding in report.objections:
        words = describe(finding.reason, language)
        lines.append(
            Line(finding.step, words.what, translated(finding.detail, language), words.next)
        )
    return tuple(lines)
