"""Write results and reports to stdout, and messages to stderr.

Rules: data to stdout, talk to stderr; a verdict is a word and a sign beside its colour, so that
nobody needs to see colours; no claim of a person but the masked name, unless the credential is
valid and JSON is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

import click

from trustcert.cli.terminal import escaped
from trustcert.encoding import instants, json, texts
from trustcert.encoding.instants import HOUR
from trustcert.report import Report, Step, Verdict
from trustcert.sentences import Sentence, sentence
from trustcert.wording import describe, explain, translated

__all__ = ["data", "line", "report_as_text", "result", "talk"]

_SIGNS: Final = {
    Verdict.VALID: ("✓", "green"),
    Verdict.INDETERMINATE: ("?", "yellow"),
    Verdict.INVALID: ("✗", "red"),
}

_SIGNALS: Final = {
    Verdict.VALID: sentence("PASS"),
    Verdict.INDETERMINATE: sentence("HOLD"),
    Verdict.INVALID: sentence("DENY"),
}
_STEPS: Final = {
    Step.FORMAT: sentence("format"),
    Step.ISSUER: sentence("issuer"),
    Step.SIGNATURE: sentence("signature"),
    Step.CLAIMS: sentence("claims"),
    Step.VALIDITY: sentence("validity"),
    Step.STATUS: sentence("status"),
    Step.POLICY: sentence("policy"),
}


def talk(message: str) -> None:
    """Say one line to the person at the terminal.

    Characters that a terminal obeys are written out, here and in :func:`line`: whatever a message
    quotes can neither erase what stands above it nor look like another line.
    """
    click.echo(texts.escaped(message), err=True)


def line(text: str) -> None:
    """Write one line of data for people."""
    click.echo(texts.escaped(text))


def data(value: Any) -> None:
    """Write one JSON value as a line: exact in any encoding, since JSON can escape characters."""
    written = json.encode(value).decode()
    if not written.isascii():
        written = "".join(escaped(c) if texts.unprintable(c) else c for c in written)
    try:
        written.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        written = "".join(c if c.isascii() else escaped(c) for c in written)
    click.echo(written)


def result(schema: str, fields: Mapping[str, Any], told: Iterable[str], *, as_json: bool) -> None:
    """Say what a command did: one JSON object on stdout, or sentences to the person.

    ``schema`` names the object's fields and their version, as ``registry-publish/1``; they are
    listed in ``docs/registry.md``.
    """
    if as_json:
        data({"schema": schema, **fields})
        return
    for line_told in told:
        talk(line_told)


def _age(name: str, hours: int) -> Sentence:
    if name == "registry":
        return sentence("registry {hours} h", hours=hours)
    return sentence("status {hours} h", hours=hours)


def report_as_text(name: str, report: Report, language: str) -> str:
    """Return one verdict for people: the signal, what it is about, and each objection."""
    sign, colour = _SIGNS[report.verdict]
    head = click.style(
        f"{sign} {translated(_SIGNALS[report.verdict], language)}", fg=colour, bold=True
    )
    about = [part for part in (report.holder, report.type, report.issuer) if part]
    lines = ["  ".join((head, texts.escaped(" · ".join((*about, name)))))]
    if report.valid_until is not None:
        told = sentence("valid until {time}", time=instants.spoken(report.valid_until))
        lines.append(f"  {translated(told, language)}")
    for line in explain(report, language):
        detail = f" ({line.detail})" if line.detail else ""
        step = translated(_STEPS[line.step], language)
        lines.append(texts.escaped(f"  {step}: {line.what}{detail} → {line.next}"))
    for finding in report.warnings:
        words = describe(finding.reason, language)
        warning = sentence(
            "warning: {what} ({detail}) → {next}",
            what=words.what,
            detail=finding.detail,
            next=words.next,
        )
        lines.append(texts.escaped(f"  {translated(warning, language)}"))
    ages = ", ".join(
        translated(_age(name, seconds // HOUR), language) for name, seconds in report.ages.items()
    )
    if ages:
        told = sentence("data held here is this old: {ages}", ages=ages)
        lines.append(f"  {translated(told, language)}")
    return "\n".join(lines)
