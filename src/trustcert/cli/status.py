"""``trustcert status``: an issuer's ledger of status lists, and its publication."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from trustcert.cli import EXIT_INVALID, credential_files, output, status_lists
from trustcert.cli.ledgers import NEW_LEDGER, ledger_argument
from trustcert.cli.options import FILE, Instant, at_option
from trustcert.encoding.instants import rfc3339
from trustcert.ledger import changes, overview, storage
from trustcert.ledger.changes import Order, Outcome, Row
from trustcert.ledger.planning import Successor, Wanted
from trustcert.ledger.selection import Selection
from trustcert.ledger.storage import Ledger
from trustcert.status.causes import RULES, Cause
from trustcert.status.statuslist import State
from trustcert.tables.encodings import ENCODINGS

Rows = list[Row]

_KID: Final = re.compile(r"[0-9a-fA-F]{8}", re.ASCII)
_SHOWN: Final = 20
ASKED_FROM: Final = 100
"""Credentials that are changed at once without a question."""


class _Kid(click.ParamType[bytes]):
    """A key id, as keygen shows it."""

    name = "hex"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """Return its bytes."""
        if isinstance(value, bytes):
            return value
        if not _KID.fullmatch(value):
            self.fail("must be 8 hexadecimal digits", param, ctx)
        return bytes.fromhex(value)


@click.group(name="status")
def command() -> None:
    """Keep status lists: who is revoked, suspended, superseded; and publish them."""


@command.command(name="create")
@click.argument("ledger_place", metavar="LEDGER", type=NEW_LEDGER)
@click.option("--issuer", required=True, help="Whose lists these are, as CN-51.")
@click.option("--list-size", type=int, default=storage.LIST_SIZE, show_default=True)
def create(ledger_place: Path | str, issuer: str, list_size: int) -> None:
    """Make a new LEDGER: a file, or in a database postgresql://user@host/name that is empty.

    Keep it private, and back it up.
    """
    storage.create(ledger_place, issuer=issuer, list_size=list_size).close()
    output.talk(f"ledger of {issuer} in {storage.shown(ledger_place)}")


def _changing(state: State, help_text: str) -> Callable[[Callable[..., int]], click.Command]:
    causes = [cause.value for cause, rule in RULES.items() if rule.state is state]
    options = [
        ledger_argument,
        click.argument("credentials", metavar="[CREDENTIAL]...", nargs=-1),
        click.option("--cause", type=click.Choice(causes), required=True),
        click.option("--by", "actor", required=True, help="Account or office that decides."),
        click.option("--note", default="", help="File number or sentence for the auditor."),
        click.option(
            "--issuer-key", type=FILE, help="Public key that CREDENTIAL codes must verify with."
        ),
        click.option("--file", "table", type=FILE, help="A table of credentials; see the docs."),
        click.option(
            "--encoding",
            type=click.Choice(list(ENCODINGS)),
            help="Of the table, where it cannot be told.",
        ),
        click.option("--all-or-none", is_flag=True, help="If one is refused, change none."),
        click.option("--dry-run", is_flag=True, help="Only count what would change."),
        click.option("--yes", is_flag=True, help=f"Do not ask, even for over {ASKED_FROM}."),
        click.option("--batch", help="All that were issued in this run."),
        click.option("--kid", type=_Kid(), help="All that this key signed (8 hex digits)."),
        click.option("--site", help="All of this site."),
        click.option("--issued-from", type=Instant(), help="All issued from this time on."),
        click.option("--issued-until", type=Instant(), help="All issued before this time."),
        click.option("--successor", help="What takes their place: CN-44, or CN-44:3:678."),
        at_option,
    ]

    def decorate(function: Callable[..., int]) -> click.Command:
        for option in reversed(options):
            function = option(function)
        return click.command(name=function.__name__, help=help_text)(function)

    return decorate


@_changing(State.INVALID, "Revoke CREDENTIALs for good: codes, pictures, or list:index.")
def revoke(**given: Any) -> int:
    """Revoke credentials."""
    return _change(**given)


@_changing(State.SUSPENDED, "Suspend CREDENTIALs until they are released.")
def suspend(**given: Any) -> int:
    """Suspend credentials."""
    return _change(**given)


@_changing(State.VALID, "Release CREDENTIALs that were suspended, or call a transfer off.")
def release(**given: Any) -> int:
    """Release credentials."""
    return _change(**given)


@_changing(State.SUPERSEDED, "Supersede CREDENTIALs by a new version or a transfer.")
def supersede(**given: Any) -> int:
    """Supersede credentials."""
    return _change(**given)


for _command in (revoke, suspend, release, supersede, *status_lists.COMMANDS):
    command.add_command(_command)


@command.command(name="show")
@ledger_argument
@click.argument("place", metavar="LIST:INDEX")
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
def show(ledger_place: Path | str, place: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Show what happened to one credential: when, why, who decided."""
    number, index = credential_files.place_of(place)
    with storage.open_ledger(ledger_place) as book:
        entries = changes.history(book, number, index)
    for entry in entries:
        told = {
            "at": rfc3339(entry.at),
            "state": entry.state.name.lower(),
            "cause": entry.cause.value,
            "term": RULES[entry.cause].name,
            "code": RULES[entry.cause].code,
            "by": entry.actor,
            "note": entry.note,
            "successor": _named(entry.successor),
        }
        if as_json:
            output.data(told)
        else:
            click.echo("  ".join(part for part in told.values() if part))
    if not entries:
        output.talk("valid; nothing was ever changed")


def _change(  # noqa: PLR0913 - one parameter an option
    *,
    ledger_place: Path | str,
    credentials: tuple[str, ...],
    cause: str,
    actor: str,
    note: str,
    issuer_key: Path | None,
    table: Path | None,
    encoding: str | None,
    all_or_none: bool,
    dry_run: bool,
    yes: bool,
    successor: str | None,
    at: int,
    **selection: Any,
) -> int:
    order = Order(cause=Cause(cause), actor=actor, at=at, note=note)
    following = None if successor is None else _successor(successor)
    selected = {name: value for name, value in selection.items() if value is not None}
    if sum((bool(credentials), table is not None, bool(selected))) != 1:
        raise click.UsageError("name credentials, or a --file, or what they have in common")
    if table is not None and following is not None:
        raise click.UsageError("in a file, successors stand behind their credentials")
    with storage.open_ledger(ledger_place) as book:
        if selected:
            wanted: Selection | Rows = Selection(**selected)
        elif table is not None:
            wanted = credential_files.read(table, issuer_key, encoding)
        else:
            wanted = _named_here(credentials, issuer_key, following)
        preview = _applied(book, wanted, order, following, dry_run=True)
        if not (preview.changed or preview.unchanged or preview.refused):
            return _nothing(book, wanted)
        if dry_run:
            return _told(preview, "would change")
        if preview.refused and all_or_none:
            output.talk("nothing was changed")
            return _told(preview, "would change")
        if preview.changed > ASKED_FROM and not yes:
            _ask(preview.changed, cause)
        return _told(_applied(book, wanted, order, following), "changed")


def _applied(
    book: Ledger,
    wanted: Selection | Rows,
    order: Order,
    successor: Successor | None,
    *,
    dry_run: bool = False,
) -> Outcome:
    if isinstance(wanted, Selection):
        return changes.change(
            book, wanted, order, successor=successor, partial=True, dry_run=dry_run
        )
    return changes.change_rows(book, wanted, order, partial=True, dry_run=dry_run)


def _named_here(
    credentials: tuple[str, ...], issuer_key: Path | None, successor: Successor | None
) -> Rows:
    rows: list[Row] = []
    for line, text in enumerate(credentials, 1):
        number, index = credential_files.reference(text, issuer_key)
        rows.append((line, Wanted(number=number, index=index, successor=successor)))
    return rows


def _ask(count: int, cause: str) -> None:
    """Ask whether so many are meant; where nobody can answer, say which option does.

    Raises:
        UsageError: there is no terminal.
        Abort: the answer is no.
    """
    if not sys.stdin.isatty():
        raise click.UsageError(
            f"this would change {count} credentials: look with --dry-run, then give --yes"
        )
    click.confirm(f"{cause}: change {count} credentials?", abort=True, err=True)


def _nothing(book: Ledger, wanted: Selection | Rows) -> int:
    """Say that nothing was found, and what there is."""
    if not isinstance(wanted, Selection):
        output.talk("the file names no credential; nothing was changed")
        return EXIT_INVALID
    output.talk("no credential was issued so; nothing was changed")
    found = overview.origins(book)
    for name, given in (("batch", wanted.batch), ("site", wanted.site)):
        known = [*dict.fromkeys(value for o in found if (value := getattr(o, name)))]
        if given is not None and given not in known and known:
            near = difflib.get_close_matches(given, known, _SHOWN, 0.5)
            shown = (near or known)[:_SHOWN]
            more = f" … {len(known) - len(shown)} more" if len(known) > len(shown) else ""
            output.talk(f"no {name} {given}; there are: {', '.join(shown)}{more}")
    if wanted.kid is not None and all(o.kid != wanted.kid for o in found):
        kids = [*dict.fromkeys(o.kid.hex() for o in found if o.kid)]
        output.talk(f"no key {wanted.kid.hex()}; there are: {', '.join(kids[:_SHOWN]) or 'none'}")
    output.talk("`trustcert status batches` lists what was issued")
    return EXIT_INVALID


def _told(outcome: Outcome, done: str) -> int:
    for refusal in outcome.refusals[:_SHOWN]:
        place = f"line {refusal.line}: " if refusal.line else ""
        output.talk(f"{place}{refusal.problem}")
    if outcome.refused > _SHOWN:
        output.talk(f"… {outcome.refused - _SHOWN} more refused")
    output.talk(
        f"{outcome.changed} {done}, {outcome.unchanged} were so already, {outcome.refused} refused"
    )
    return EXIT_INVALID if outcome.refused else 0


def _named(successor: Successor | None) -> str:
    if successor is None:
        return ""
    if successor.number is None:
        return successor.issuer
    return f"{successor.issuer}:{successor.number}:{successor.index}"


def _successor(text: str) -> Successor:
    issuer, _, place = text.partition(":")
    if not place:
        return Successor(issuer=issuer)
    number, index = credential_files.place_of(place)
    return Successor(issuer=issuer, number=number, index=index)
