"""Reports in words: English (``en``), Chinese in simplified (``zh``) and traditional (``zh-Hant``).

The words of each reason stand in :mod:`trustcert.reasons`; those in traditional characters are
converted from them and stand in ``locale/zh-Hant.json``.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from trustcert.reasons import Reason, Step, Words
from trustcert.report import Report

__all__ = ["LANGUAGES", "Line", "Words", "describe", "explain"]

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


class Line(NamedTuple):
    """One objection in words: its step, what is the matter, the detail, what to do next."""

    step: Step
    what: str
    detail: str
    next: str


def explain(report: Report, language: str = "en") -> tuple[Line, ...]:
    """Return the objections of ``report``, the gravest first.

    Details name rules, times and regions, in English only.

    Raises:
        KeyError: a language outside :data:`LANGUAGES`.
    """
    lines = []
    for finding in report.objections:
        words = describe(finding.reason, language)
        lines.append(Line(finding.step, words.what, finding.detail, words.next))
    return tuple(lines)
