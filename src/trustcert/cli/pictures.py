"""Codes in the files that people have: pictures, documents, text files.

What was seen and not read is said on stderr, and makes the result incomplete.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import click

from trustcert import formats
from trustcert.cli import output
from trustcert.errors import TrustcertError
from trustcert.limits import DOCUMENT_CODES, IMAGE_CODES, MESSAGE_CHARACTERS

__all__ = ["ALL_BUDGET", "FileTexts", "all_option", "file_texts"]

ALL_BUDGET: Final = 5.0
"""Seconds of CPU time a page where all codes of it are asked for."""

_TEXT_BYTES: Final = 8 * MESSAGE_CHARACTERS

all_option = click.option(
    "--all",
    "every",
    is_flag=True,
    help=f"Read up to {DOCUMENT_CODES} codes a file instead of {IMAGE_CODES}, and look longer.",
)


class FileTexts(NamedTuple):
    """The texts in a file as they stand in its codes, and whether nothing is missing."""

    texts: tuple[str, ...]
    complete: bool


def file_texts(
    path: Path,
    *,
    accept: Callable[[str], bool] | None = None,
    budget: float | None = None,
    every: bool = False,
) -> FileTexts:
    """Return the texts of the codes in a picture or document, or those in a text file."""
    from trustcert.qr import BUDGET, scan

    typed = _typed(path)
    if typed:
        return FileTexts(typed, complete=True)
    try:
        found = scan(
            path,
            accept=accept,
            budget=budget if budget is not None else ALL_BUDGET if every else BUDGET,
            max_codes=DOCUMENT_CODES if every else IMAGE_CODES,
        )
    except TrustcertError as error:
        output.talk(f"trustcert: {path}: {error}")
        return FileTexts((), complete=False)
    for sentence in found.missing:
        advice = "" if every else "; --all reads more and looks longer"
        output.talk(f"trustcert: {path}: {sentence}{advice}")
    if not found.texts and not found.missing:
        output.talk(
            f"trustcert: {path}: no code in this picture ({len(found.tried)} looks); take it again,"
            " closer, sharp and in even light"
        )
    return FileTexts(found.texts, complete=bool(found.texts) and not found.missing)


def _typed(path: Path) -> tuple[str, ...]:
    """Return the texts in a text file: one a line, or one over all lines; none in another file."""
    from trustcert.qr import heal

    try:
        with path.open("rb") as file:
            data = file.read(_TEXT_BYTES + 1)
        text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ()
    plain = text.replace("\r", "").replace("\n", "").replace("\t", "")
    markup = text.lstrip()[:1] in {"<", "%"}
    if len(data) > _TEXT_BYTES or not plain.strip() or not plain.isprintable() or markup:
        return ()
    lines = tuple(line for line in text.splitlines() if line.strip())
    if all(formats.recognise(heal(line)) is not None for line in lines):
        return lines
    return (text,)
