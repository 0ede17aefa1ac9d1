"""The texts of codes in what a user names: a text itself, a picture, a text file, or ``-``."""

from __future__ import annotations

from pathlib import Path

import click

from trustcert import formats
from trustcert.cli.options import names_file, read_bounded
from trustcert.errors import MalformedError
from trustcert.limits import IMAGE_BYTES

__all__ = ["texts_in"]

_PICTURES = (b"\x89PNG", b"\xff\xd8", b"RIFF")
"""How pictures begin that are read: PNG, JPEG, WebP."""


def texts_in(given: str) -> tuple[str, ...]:
    """Return the texts of the codes in ``given``, healed; none where a picture shows no code.

    ``given`` is the text of a code, the name of a picture or of a text file (one code a line, or a
    ``.smart-health-card`` file), or ``-`` for such a file on standard input.

    Raises:
        MalformedError: the file is neither, or damaged; ``where`` is its name.
    """
    from trustcert.qr import heal, scan

    if given == "-":
        with click.open_file("-", "rb") as stream:
            found = _from_file(stream.read(IMAGE_BYTES), "-")
    elif not names_file(given):
        found = (given,)
    elif read_bounded(Path(given), IMAGE_BYTES).startswith(_PICTURES):
        found = scan(Path(given)).texts
    else:
        found = _from_file(read_bounded(Path(given), IMAGE_BYTES), given)
    return tuple(heal(text) for text in found)


def _from_file(data: bytes, name: str) -> tuple[str, ...]:
    try:
        return formats.from_file(data)
    except MalformedError as error:
        error.under(name)
        raise
