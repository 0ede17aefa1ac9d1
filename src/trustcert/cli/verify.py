"""``trustcert verify``: pictures, texts or a stream of texts, judged offline."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import click

from trustcert import formats, policy
from trustcert.cli import EXIT_COULD_NOT_RUN, EXIT_INDETERMINATE, EXIT_INVALID, output
from trustcert.cli.options import (
    at_or_now_option,
    destination_option,
    names_file,
    store_option,
)
from trustcert.cli.pictures import all_option, file_texts
from trustcert.cli.trust_options import (
    WHAT_IS_PINNED,
    IssuersFile,
    hint,
    pinned_trust,
    revocations_option,
)
from trustcert.errors import MalformedError
from trustcert.limits import TEXT_CHARACTERS
from trustcert.presentation import recognises
from trustcert.report import Verdict
from trustcert.verifier import Verifier
from trustcert.verifier.answer import answer, check_with_claims
from trustcert.wording import LANGUAGES

__all__ = ["command"]

_GRAVITY: Final = (EXIT_INVALID, EXIT_COULD_NOT_RUN, EXIT_INDETERMINATE, 0)
_EXIT: Final = {
    Verdict.VALID: 0,
    Verdict.INDETERMINATE: EXIT_INDETERMINATE,
    Verdict.INVALID: EXIT_INVALID,
}
_STREAM: Final = "-"
_LINE_BYTES: Final = 8 * TEXT_CHARACTERS
"""A longer line is judged in pieces, none of which can be valid."""


@click.command(name="verify")
@click.argument("inputs", nargs=-1, required=True)
@destination_option
@store_option
@click.option(
    "--trust",
    "pinned",
    type=IssuersFile(),
    multiple=True,
    help=f"{WHAT_IS_PINNED} to trust instead of the store; repeatable.",
)
@revocations_option
@at_or_now_option
@all_option
@click.option("--json", "as_json", is_flag=True, help="One JSON line a code.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    inputs: tuple[str, ...],
    destination: str | None,
    store: Path,
    pinned: tuple[tuple[str | None, Path], ...],
    revocations: tuple[tuple[str | None, Path], ...],
    at: int | None,
    every: bool,  # noqa: FBT001 - a flag
    as_json: bool,  # noqa: FBT001 - a flag
    language: str,
) -> int:
    """Judge codes: each INPUT is a picture, PDF or text file, a code's own text, or - for stdin.

    Texts on stdin come one a line, as a gun scanner types them; each is judged at its own time by
    what the store holds then. Without a network: run `trustcert sync` before, or name keys with
    --trust.
    """
    if revocations and not pinned:
        raise click.UsageError("--revocations goes with --trust; a store has lists of its own")
    clock = _clock(at)
    if pinned:
        fixed = Verifier(pinned_trust(pinned, revocations, clock()), policy=policy.PINNED)
        current = _always(fixed)
    else:
        current = _stored(destination, store, clock)
    exits = {0}
    for name, text in _whole(_texts(inputs, current, clock, every=every)):
        if text is None:
            exits.add(EXIT_COULD_NOT_RUN)
            continue
        report, claims = check_with_claims(current(), text, at=clock())
        exits.add(_EXIT[report.verdict])
        if as_json:
            output.data(answer(name, report, claims))
        else:
            click.echo(output.report_as_text(name, report, language))
        if pinned:
            hint(report)
    return next(code for code in _GRAVITY if code in exits)


def _clock(at: int | None) -> Callable[[], int]:
    """Return the clock of the checks: the time that was given, else that of each check."""
    if at is None:
        return lambda: int(time.time())
    return lambda: at


def _always(verifier: Verifier) -> Callable[[], Verifier]:
    return lambda: verifier


def _stored(
    destination: str | None, store: Path, clock: Callable[[], int]
) -> Callable[[], Verifier]:
    """Return what gives the verifier of the store as it is at each check."""
    if destination is None:
        raise click.UsageError("name the place whose rules count: --destination CN-44")
    from trustcert.live import LiveVerifier
    from trustcert.store import TrustStore

    return LiveVerifier(TrustStore(store), destination, clock=clock).current


def _texts(
    inputs: tuple[str, ...],
    current: Callable[[], Verifier],
    clock: Callable[[], int],
    *,
    every: bool,
) -> Iterator[tuple[str, str | None]]:
    """Yield each code's name and text; None where an input gave none, which was said already."""
    from trustcert.qr import heal

    def signed(text: str) -> bool:
        return current().check(heal(text), at=clock()).is_signed

    for given in inputs:
        if given == _STREAM:
            while line := sys.stdin.buffer.readline(_LINE_BYTES):
                for text in _meant("stdin", line.decode("utf-8", "replace"), signed):
                    yield "stdin", text
        elif names_file(given):
            yield from _pictured(given, signed, every=every)
        elif formats.recognise(heal(given)) is not None:
            yield "argument", heal(given)
        else:
            output.talk(f"trustcert: {given[:80]}: no such file, and no code")
            yield given, None


def _meant(name: str, typed: str, signed: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the texts that were meant by what was typed; a keyboard layout is said."""
    from trustcert.qr import heal, signed_reading, split

    healed = heal(typed)
    if not healed:
        return ()
    parts = split(typed)
    if len(parts) > 1 and not signed(healed):
        return parts
    if formats.recognise(healed) is None:
        healed, layout = signed_reading(typed, signed)
        if layout:
            output.talk(
                f"trustcert: {name}: typed with the keyboard layout {layout}; set the scanner to"
                " this layout, or the computer to US English"
            )
    return (healed,)


def _whole(found: Iterable[tuple[str, str | None]]) -> Iterator[tuple[str, str | None]]:
    """Put codes that are parts of one credential together; parts left over come as they are."""
    parts: dict[int, list[tuple[str, str]]] = {}
    for name, text in found:
        part = None if text is None else formats.part_of(text)
        if text is None or part is None:
            yield name, text
            continue
        held = parts.setdefault(part.total, [])
        held.append((name, text))
        try:
            whole = formats.join(entry for _, entry in held)
        except MalformedError:
            continue
        yield ", ".join(entry for entry, _ in held), whole
        del parts[part.total]
    for held in parts.values():
        yield from held


def _pictured(
    path: str, signed: Callable[[str], bool], *, every: bool
) -> Iterator[tuple[str, str | None]]:
    found = file_texts(Path(path), accept=signed, every=every)
    texts = [meant for text in found.texts for meant in _meant(path, text, signed)]
    credentials = [text for text in texts if formats.recognise(text) or recognises(text)]
    if credentials and len(credentials) < len(texts):
        beside = len(texts) - len(credentials)
        output.talk(f"trustcert: {path}: {beside} more code(s) here, which are no credentials")
        texts = credentials
    for number, text in enumerate(texts, start=1):
        yield (path if len(texts) == 1 else f"{path} #{number}"), text
    if not found.complete:
        yield path, None
