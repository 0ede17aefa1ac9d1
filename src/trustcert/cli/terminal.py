r"""Output in the terminal's encoding, and the log.

A terminal may write GBK, Big5 or cp1252. Characters that its encoding lacks are written in another
way, so that no output ends in an error: the signs of verdicts as words, any other character as
``\uXXXX``, which JSON reads back as the same character.
"""

from __future__ import annotations

import codecs
import io
import logging
import sys
from typing import Final

__all__ = ["accept_every_character", "escaped", "start_log"]

_ERRORS: Final = "trustcert"
_WORDS: Final = {"✓": "OK", "✗": "NO", "→": "->", "·": "-", "…": "..."}
_LOG: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def accept_every_character() -> None:
    """Let stdout and stderr write every character, whatever their encoding."""
    codecs.register_error(_ERRORS, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors != _ERRORS:
            stream.reconfigure(errors=_ERRORS)


def start_log(level: int) -> None:
    """Write the log of this library to stderr, from ``level`` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(_LOG))
    log = logging.getLogger("trustcert")  # a library adds no handler by itself
    log.handlers = [handler]
    log.setLevel(level)
    log.propagate = False


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """Return what is written for characters that an encoding lacks, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_WORDS.get(letter) or escaped(letter) for letter in lacking), error.end


def escaped(letter: str) -> str:
    r"""Return ``letter`` as ``\uXXXX``, as two of them beyond the first plane."""
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
