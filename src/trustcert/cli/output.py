"""What the terminal says.

Rules: data to stdout, talk to stderr; a verdict is a word and a sign beside its colour, so that
nobody needs to see colours; no claim of a person but the masked name, unless the credential is
valid and JSON is asked for.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from trustcert.cli.terminal import escaped
from trustcert.encoding import instants, json
from trustcert.report import Report, Verdict
from trustcert.wording import describe, explain

_SIGNS: Final = {
    Verdict.VALID: ("✓", "green"),
    Verdict.INDETERMINATE: ("?", "yellow"),
    Verdict.INVALID: ("✗", "red"),
}


def talk(message: str) -> None:
    """Say something to the person at the terminal."""
    click.echo(message, err=True)


def data(value: Any) -> None:
    """Write one JSON value as a line: exact in any encoding, since JSON can escape characters."""
    written = json.encode(value).decode()
    try:
        written.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        written = "".join(c if c.isascii() else escaped(c) for c in written)
    click.echo(written)


def report_as_text(name: str, report: Report, language: str) -> str:
    """Return one verdict for people: the signal, what it is about, and each objection."""
    sign, colour = _SIGNS[report.verdict]
    head = click.style(f"{sign} {report.verdict.signal}", fg=colour, bold=True)
    about = [part for part in (report.holder, report.type, report.issuer) if part]
    lines = ["  ".join((head, " · ".join((*about, name))))]
    if report.valid_until is not None:
        lines.append(f"  valid until {instants.spoken(report.valid_until)}")
    for line in explain(report, language):
        detail = f" ({line.detail})" if line.detail else ""
        lines.append(f"  {line.step.value}: {line.what}{detail} → {line.next}")
    for finding in report.warnings:
        words = describe(finding.reason, language)
        lines.append(f"  warning: {words.what} ({finding.detail}) → {words.next}")
    ages = ", ".join(f"{name} {seconds // 3600} h" for name, seconds in report.ages.items())
    if ages:
        lines.append(f"  data held here is this old: {ages}")
    return "\n".join(lines)
