"""``trustcert sheet``: codes onto paper."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click
from msgspec.structs import replace

from trustcert import formats, policy
from trustcert.cli import EXIT_INVALID, output
from trustcert.cli.options import FILE, PATH, at_option, force_option
from trustcert.cli.trust_options import WHAT_IS_PINNED, IssuersFile, pinned_trust
from trustcert.encoding import json
from trustcert.encoding.fields import required, typed
from trustcert.errors import (
    LimitExceededError,
    MalformedError,
    TrustcertError,
    VerificationError,
)
from trustcert.limits import TEXT_CHARACTERS
from trustcert.report import Reason, Verdict
from trustcert.values import Value
from trustcert.verifier import Verifier

if TYPE_CHECKING:
    from trustcert.qr.layouts import Layout
    from trustcert.qr.sheets import SheetEntry

__all__ = ["command"]

_STREAM: Final = "-"
_LINE_BYTES: Final = 8 * TEXT_CHARACTERS
_PROBE_BYTES: Final = 4096
_LEVELS: Final = ("L", "M", "Q", "H")
_PAPERS: Final = {
    "A4": (210.0, 297.0),
    "A5": (148.0, 210.0),
    "A6": (105.0, 148.0),
    "A3": (297.0, 420.0),
    "LETTER": (215.9, 279.4),
}


class _Pair(click.ParamType[tuple[float, float]]):
    """Two numbers, as ``63.5x38.1``; or a name that stands for two."""

    def __init__(self, name: str, names: dict[str, tuple[float, float]] | None = None) -> None:
        self.name = name
        self._names = names or {}

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """Return both numbers."""
        if isinstance(value, tuple):
            return value
        if value.upper() in self._names:
            return self._names[value.upper()]
        try:
            first, second = value.lower().replace("×", "x").split("x")
            return float(first), float(second)
        except ValueError:
            named = f" or one of {', '.join(self._names)}" if self._names else ""
            self.fail(f"must be two numbers, as {self.name}{named}", param, ctx)


class _Code(Value, frozen=True, kw_only=True):
    """One code of the input, its own captions, and its name in the head of its page."""

    text: str
    captions: tuple[str, ...] = ()
    serial: str = ""


@click.command(name="sheet")
@click.argument(
    "codes", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    nargs=-1, required=True,
)  # fmt: skip
@click.option("-o", "--output", "target", type=PATH, required=True, help="The sheet, a .pdf file.")
@click.option("--title", default="", help="Words at the head of every page.")
@click.option(
    "--grid", type=_Pair("3x4"), help="Columns and rows of a page to cut; by default 3x4."
)
@click.option("--label", type=_Pair("63.5x38.1"), help="Labels of this width and height in mm.")
@click.option("--gap", type=_Pair("2.5x0"), help="Millimetres between labels, across and down.")
@click.option("--document", is_flag=True, help="One credential a page, with fields and a photo.")
@click.option("--purpose", default="", help="With --document: what this copy may be used for.")
@click.option("--paper", type=_Pair("210x297", _PAPERS), default="A4", show_default=True)
@click.option(
    "--captions",
    type=click.Choice(["claims", "column", "none"]),
    default="claims",
    show_default=True,
    help="From the claims, masked; from the columns after the code; or none.",
)
@click.option("--caption-lines", type=click.IntRange(0, 10), default=3, show_default=True)
@click.option("--level", type=click.Choice(_LEVELS), default="M", show_default=True)
@click.option(
    "--module-min", type=float, default=0.25, show_default=True, help="Least mm of a module."
)
@click.option("--font", "fonts", type=FILE, multiple=True, help="Font file to use; repeatable.")
@click.option(
    "--trust",
    "pinned",
    type=IssuersFile(),
    multiple=True,
    help=f"{WHAT_IS_PINNED}: print only codes that are valid under it; repeatable.",
)
@force_option
@at_option
def command(  # noqa: PLR0913 - one parameter an option
    *,
    codes: tuple[Path, ...],
    target: Path,
    title: str,
    grid: tuple[float, float] | None,
    label: tuple[float, float] | None,
    gap: tuple[float, float] | None,
    document: bool,
    purpose: str,
    paper: tuple[float, float],
    captions: str,
    caption_lines: int,
    level: str,
    module_min: float,
    fonts: tuple[Path, ...],
    pinned: tuple[tuple[str | None, Path], ...],
    force: bool,
    at: int,
) -> int:
    """Print CODES on sheets as PDF: each is a text file, a picture, or - for stdin.

    A text file has one code a line, with captions after it in columns parted by tabs; the JSON
    lines of `trustcert issue` serve too. A bad line is named and loses no other; then the exit
    code is 1.
    """
    if sum(map(bool, (grid, label, document))) > 1:
        raise click.UsageError("give one of --grid, --label and --document")
    if gap and not label:
        raise click.UsageError("--gap goes with --label")
    if purpose and not document:
        raise click.UsageError("--purpose goes with --document")
    layout = _layout(grid, label, gap or (0.0, 0.0), paper, caption_lines, document=document)
    layout = replace(layout, error_correction=level, module_min=module_min)
    from trustcert.qr.sheets import open_sheet

    verifier = Verifier(pinned_trust(pinned, (), at), policy=policy.PINNED) if pinned else None
    if captions != "claims" and document:
        raise click.UsageError("--document shows the claims: leave --captions out")
    refused = 0
    given = fonts or None
    with open_sheet(target, at=at, layout=layout, title=title, fonts=given, force=force) as sheet:
        for place, line in _lines(codes):
            try:
                found = _parsed(line)
                if verifier is not None:
                    _refuse_invalid(found.text, verifier, at)
                sheet.add(_entry(found, captions, purpose))
            except TrustcertError as error:
                output.talk(f"trustcert: {place}: {error}")
                refused += 1
    if not pinned:
        output.talk("no signature was verified: to print only valid codes, name keys with --trust")
    files = ", ".join(map(str, sheet.files))
    output.talk(f"{files}: pages: {sheet.pages}, codes: {sheet.codes}, refused: {refused}")
    return EXIT_INVALID if refused else 0


def _layout(  # noqa: PLR0913 - what the options say
    grid: tuple[float, float] | None,
    label: tuple[float, float] | None,
    gap: tuple[float, float],
    paper: tuple[float, float],
    caption_lines: int,
    *,
    document: bool,
) -> Layout:
    from trustcert.qr.layouts import A4, DOCUMENT, labels

    width, height = paper
    if document:
        margin = DOCUMENT.left * width / DOCUMENT.width
        return replace(DOCUMENT, width=width, height=height, left=margin, top=margin)
    if label:
        return labels(*label, gap_x=gap[0], gap_y=gap[1], page=paper, caption_lines=caption_lines)
    columns, rows = grid or (A4.columns, A4.rows)
    if not (float(columns).is_integer() and float(rows).is_integer()):
        raise MalformedError("whole numbers of columns and rows", where="--grid")
    return replace(
        A4,
        columns=int(columns),
        rows=int(rows),
        width=width,
        height=height,
        caption_lines=caption_lines,
    )


def _lines(paths: tuple[Path, ...]) -> Iterator[tuple[str, bytes | TrustcertError]]:
    """Yield each line of the text files and each code of the pictures, and where it stands."""
    for path in paths:
        if str(path) == _STREAM:
            yield from _of_stream("stdin", sys.stdin.buffer)
            continue
        with path.open("rb") as file:
            is_text = b"\0" not in file.read(_PROBE_BYTES)
            file.seek(0)
            if is_text:
                yield from _of_stream(str(path), file)
        if not is_text:
            yield from _of_picture(path)


def _of_stream(name: str, file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    number = 0
    while line := file.readline(_LINE_BYTES):
        number += 1
        if line.strip():
            yield f"{name} line {number}", line


def _of_picture(path: Path) -> Iterator[tuple[str, bytes | TrustcertError]]:
    from trustcert.qr import scan

    try:
        texts = scan(path).texts
    except TrustcertError as error:
        yield str(path), error
        return
    for number, text in enumerate(texts, start=1):
        yield f"{path} #{number}", text.encode()
    if not texts:
        yield str(path), MalformedError("no code in this picture")


def _parsed(line: bytes | TrustcertError) -> _Code:
    """Return the code of one line: JSON as ``issue`` prints it, or columns parted by tabs."""
    from trustcert.qr import heal

    if isinstance(line, TrustcertError):
        raise line
    if len(line) >= _LINE_BYTES:
        raise LimitExceededError(f"is of over {_LINE_BYTES} bytes")
    try:
        words = line.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise MalformedError("is not UTF-8") from None
    if words.startswith("{"):
        fields = typed(json.decode(words, limit=_LINE_BYTES), dict)
        text = required(fields, "text", str)
        number = fields.get("line", "")
        return _Code(text=text, serial=str(number) if isinstance(number, int | str) else "")
    text, *columns = words.split("\t")
    found = _Code(text=heal(text), captions=tuple(filter(None, map(str.strip, columns))))
    if formats.recognise(found.text) is None:
        raise MalformedError("no credential format begins like this")
    return found


def _refuse_invalid(text: str, verifier: Verifier, at: int) -> None:
    """Refuse a code that is not valid; whether it was revoked need not be known to print it.

    Raises:
        VerificationError: it is not valid.
    """
    report = verifier.check(text, at=at)
    unknown = report.verdict is Verdict.INDETERMINATE
    if report.verdict is Verdict.INVALID or (
        unknown and set(report.reasons) != {Reason.STATUS_UNKNOWN}
    ):
        raise VerificationError(report)


def _entry(code: _Code, captions: str, purpose: str) -> SheetEntry:
    from trustcert.qr.printed import entry_of
    from trustcert.qr.sheets import SheetEntry

    if captions == "column":
        return SheetEntry(text=code.text, captions=code.captions, serial=code.serial)
    if captions == "none":
        return SheetEntry(text=code.text, serial=code.serial)
    claims = formats.open_claims(formats.decode(code.text))
    return entry_of(claims, code.text, purpose=purpose, serial=code.serial)
