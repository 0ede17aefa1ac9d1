"""Reports in words, in English (``"en"``) and Chinese (``"zh"``).

The words of each reason stand in :mod:`trustcert.reasons`.
"""

from __future__ import annotations

from typing import NamedTuple

from trustcert.reasons import Reason, Step, Words
from trustcert.report import Report

__all__ = ["LANGUAGES", "Line", "Words", "describe", "explain"]

LANGUAGES = ("en", "zh")


def describe(reason: Reason, language: str = "en") -> Words:
    """Return what ``reason`` means and what to do next.

    Raises:
        KeyError: a language outside :data:`LANGUAGES`.
    """
    return {"en": reason.en, "zh": reason.zh}[language]


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
