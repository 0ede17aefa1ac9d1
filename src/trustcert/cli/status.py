"""``trustcert status``: an issuer's ledger of status lists, and its publication."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from trustcert import formats
from trustcert.cli import EXIT_INVALID, output, status_lists
from trustcert.cli.options import FILE, PATH, Instant, at_option, names_file, read_bounded
from trustcert.encoding.instants import rfc3339
from trustcert.errors import MalformedError, VerificationError, inside
from trustcert.keys import PublicKey
from trustcert.ledger import changes, storage
from trustcert.ledger.changes import Order, Outcome
from trustcert.ledger.planning import Successor, Wanted
from trustcert.ledger.selection import Selection
from trustcert.limits import KEY_FILE_BYTES
from trustcert.status.causes import RULES, Cause
from trustcert.status.statuslist import State

_PLACE: Final = re.compile(r"([0-9]{1,10})[:,]([0-9]{1,10})")
_KID: Final = re.compile(r"[0-9a-fA-F]{8}", re.ASCII)
_SHOWN_REFUSALS: Final = 20


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
@click.argument("ledger_file", metavar="LEDGER", type=PATH)
@click.option("--issuer", required=True, help="Whose lists these are, as CN-51.")
@click.option("--list-size", type=int, default=storage.LIST_SIZE, show_default=True)
def create(ledger_file: Path, issuer: str, list_size: int) -> None:
    """Make a new LEDGER; keep it private, and back it up."""
    storage.create(ledger_file, issuer=issuer, list_size=list_size).close()
    output.talk(f"ledger of {issuer} in {ledger_file}")


def _changing(state: State, help_text: str) -> Callable[[Callable[..., int]], click.Command]:
    causes = [cause.value for cause, rule in RULES.items() if rule.state is state]
    options = [
        click.argument("ledger_file", metavar="LEDGER", type=FILE),
        click.argument("credentials", metavar="[CREDENTIAL]...", nargs=-1),
        click.option("--cause", type=click.Choice(causes), required=True),
        click.option("--by", "actor", required=True, help="Account or office that decides."),
        click.option("--note", default="", help="File number or sentence for the auditor."),
        click.option(
            "--issuer-key", type=FILE, help="Public key that CREDENTIAL codes must verify with."
        ),
        click.option("--file", "lines", type=FILE, help="Credentials, one a line, as 7,12345."),
        click.option("--partial", is_flag=True, help="With bad lines, apply the good ones."),
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
@click.argument("ledger_file", metavar="LEDGER", type=FILE)
@click.argument("place", metavar="LIST:INDEX")
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
def show(ledger_file: Path, place: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Show what happened to one credential: when, why, who decided."""
    number, index = _place(place)
    with storage.open_ledger(ledger_file) as book:
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
    ledger_file: Path,
    credentials: tuple[str, ...],
    cause: str,
    actor: str,
    note: str,
    issuer_key: Path | None,
    lines: Path | None,
    partial: bool,
    successor: str | None,
    at: int,
    **selection: Any,
) -> int:
    order = Order(cause=Cause(cause), actor=actor, at=at, note=note)
    following = None if successor is None else _successor(successor)
    selected = {name: value for name, value in selection.items() if value is not None}
    if sum((bool(credentials), lines is not None, bool(selected))) != 1:
        raise click.UsageError("name credentials, or a --file, or what they have in common")
    if lines is not None and following is not None:
        raise click.UsageError("in a file, successors stand behind their credentials")
    with storage.open_ledger(ledger_file) as book:
        if lines is not None:
            with lines.open(encoding="utf-8", errors="replace") as file:
                outcome = changes.change_lines(book, file, order, partial=partial)
        elif selected:
            chosen = Selection(**selected)
            outcome = changes.change(book, chosen, order, successor=following, partial=partial)
        else:
            places = [_reference(text, issuer_key) for text in credentials]
            wanted = [Wanted(number=n, index=i, successor=following) for n, i in places]
            outcome = changes.change(book, wanted, order, partial=partial)
    return _told(outcome, partial=partial)


def _told(outcome: Outcome, *, partial: bool) -> int:
    for refusal in outcome.refusals[:_SHOWN_REFUSALS]:
        output.talk(f"line {refusal.line}: {refusal.problem}")
    if outcome.refused > _SHOWN_REFUSALS:
        output.talk(f"… {outcome.refused - _SHOWN_REFUSALS} more refused")
    output.talk(
        f"{outcome.changed} changed, {outcome.unchanged} were so already, {outcome.refused} refused"
    )
    if outcome.refused and not partial:
        output.talk("nothing was changed; --partial changes all but the refused ones")
    return EXIT_INVALID if outcome.refused else 0


def _reference(text: str, issuer_key: Path | None) -> tuple[int, int]:
    """Return list and index that ``text`` names: ``7:12345``, a code, or a picture of one."""
    if _PLACE.fullmatch(text):
        return _place(text)
    if issuer_key is None:
        raise click.UsageError("to revoke by code, give --issuer-key, so that it can be verified")
    with inside(str(issuer_key)):
        key = PublicKey.from_pem(read_bounded(issuer_key, KEY_FILE_BYTES))
    for code in _codes(text):
        envelope = formats.decode(code)
        try:
            key.verify(envelope.signature, envelope.signed)
        except VerificationError:
            raise MalformedError("this code was not signed with the issuer's key") from None
        status = formats.open_claims(envelope).status
        if status is None:
            raise MalformedError("this code has no place on a status list")
        return status.list, status.index
    raise MalformedError("no code in this picture")


def _codes(text: str) -> tuple[str, ...]:
    if not names_file(text):
        return (text,)
    from trustcert.qr import scan

    return scan(Path(text)).texts


def _place(text: str) -> tuple[int, int]:
    match = _PLACE.fullmatch(text)
    if match is None:
        raise click.UsageError("a place is LIST:INDEX, as 7:12345")
    return int(match[1]), int(match[2])


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
    number, index = _place(place)
    return Successor(issuer=issuer, number=number, index=index)
