"""What the terminal says.

Rules: data to stdout, talk to stderr; a verdict is a word and a sign beside its colour, so that
nobody needs to see colours; no claim of a person but the masked name, unless the credential is
valid and JSON is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import click

from trustcert.encoding import instants, json, texts
from trustcert.report import Report, Verdict
from trustcert.wording import describe, explain

_SIGNS: Final = {
    Verdict.VALID: ("✓", "green"),
    Verdict.INDETERMINATE: ("?", "yellow"),
    Verdict.INVALID: ("✗", "red"),
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
    """Write one JSON value as a line."""
    written = json.encode(value).decode()
    if not written.isascii():
        written = "".join(_in_json(c) if texts.unprintable(c) else c for c in written)
    click.echo(written)


def result(schema: str, fields: Mapping[str, Any], told: Iterable[str], *, as_json: bool) -> None:
    """Say what a command did: one JSON object on stdout, or sentences to the person.

    ``schema`` names the object's fields and their version, as ``registry-publish/1``; they are
    listed in ``docs/registry.md``.
    """
    if as_json:
        data({"schema": schema, **fields})
        return
    for sentence in told:
        talk(sentence)


def _in_json(letter: str) -> str:
    """Return ``letter`` as JSON escapes it."""
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def report_as_text(name: str, report: Report, language: str) -> str:
    """Return one verdict for people: the signal, what it is about, and each objection."""
    sign, colour = _SIGNS[report.verdict]
    head = click.style(f"{sign} {report.verdict.signal}", fg=colour, bold=True)
    about = [part for part in (report.holder, report.type, report.issuer) if part]
    lines = ["  ".join((head, texts.escaped(" · ".join((*about, name)))))]
    if report.valid_until is not None:
        lines.append(f"  valid until {instants.spoken(report.valid_until)}")
    for line in explain(report, language):
        detail = f" ({line.detail})" if line.detail else ""
        lines.append(texts.escaped(f"  {line.step.value}: {line.what}{detail} → {line.next}"))
    for finding in report.warnings:
        words = describe(finding.reason, language)
        told = f"  warning: {words.what} ({finding.detail}) → {words.next}"
        lines.append(texts.escaped(told))
    ages = ", ".join(f"{name} {seconds // 3600} h" for name, seconds in report.ages.items())
    if ages:
        lines.append(f"  data held here is this old: {ages}")
    return "\n".join(lines)
