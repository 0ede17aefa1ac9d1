"""``trustcert policy``: check a policy file, test it by examples, convert it for the registry."""

from __future__ import annotations

from pathlib import Path

import click

from trustcert.cli import EXIT_INVALID, output
from trustcert.cli.options import FILE
from trustcert.encoding import json
from trustcert.policy import files, json_schema, to_document
from trustcert.policy.cases import load_cases, run

__all__ = ["check", "command", "schema", "test"]


@click.group(name="policy")
def command() -> None:
    """Check and test a destination's policy before it is signed."""


@command.command(name="check")
@click.argument("policy", type=FILE)
def check(policy: Path) -> None:
    """Say whether POLICY (.toml or .json) is well-formed; print it as the registry's JSON.

    An error names the file, the path in it, what is allowed and what was found.
    """
    document = to_document(files.load(policy))
    click.echo(json.encode_pretty(document).decode(), nl=False)


@command.command(name="schema")
def schema() -> None:
    """Print the JSON schema of policies, for editors."""
    click.echo(json.encode_pretty(json_schema()).decode(), nl=False)


@command.command(name="test")
@click.argument("policy", type=FILE)
@click.argument("cases", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON line a case.")
def test(policy: Path, cases: Path, *, as_json: bool) -> int:
    """Hold POLICY against the examples in CASES; exit 0 if it says what every one expects."""
    results = list(run(files.load(policy), load_cases(cases)))
    for result in results:
        reasons = [reason.value for reason in result.reasons]
        if as_json:
            output.data(
                {
                    "case": result.name,
                    "signal": result.verdict.signal,
                    "reasons": reasons,
                    "valid_until": result.valid_until,
                    "problems": list(result.problems),
                }
            )
            continue
        sign = "✗" if result.problems else "✓"
        click.echo(f"{sign} {result.name}: {result.verdict.signal} {' '.join(reasons)}".rstrip())
        for problem in result.problems:
            click.echo(f"    {problem}")
    failed = sum(bool(result.problems) for result in results)
    output.talk(f"{len(results)} cases, {failed} failed")
    return EXIT_INVALID if failed else 0
