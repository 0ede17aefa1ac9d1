"""Which encoding a text file has: found by decoding all of it, never by a likelihood.

UTF-8 and UTF-16 are known by a byte order mark. A file without a mark is UTF-8 if all of it is,
else GB18030 if all of it is. Bytes that are Chinese in GB18030 and Latin letters in UTF-8 (卢毛 is
also ¬ë) are refused: only the person who wrote the file can tell.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO, Final

from trustcert.errors import MalformedError

__all__ = ["ENCODINGS", "encoding_of"]

_CHUNK: Final = 1 << 20

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

ENCODINGS: Final = {
    "utf-8": "utf-8-sig",  # also reads a file without the mark
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
}
"""The encodings that may be named, with Python's name of each."""


def encoding_of(file: BinaryIO, named: str | None = None) -> str:
    """Return Python's name of the encoding of ``file``, whose whole content fits it.

    ``named`` is a key of :data:`ENCODINGS`, for a person who knows it. The file is read to its
    end and set back to its start.

    Raises:
        MalformedError: the content fits no encoding, not the named one, or two that differ.
    """
    file.seek(0)
    head = file.read(4)
    if named is not None:
        encoding = ENCODINGS[named]
    else:
        encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    if head == codecs.BOM_UTF32_LE:
        raise MalformedError("is UTF-32: save it as UTF-8")
    if encoding:
        _refuse_unless(_fits(file, encoding), encoding)
    else:
        encoding = _without_mark(file)
    file.seek(0)
    return encoding


def _without_mark(file: BinaryIO) -> str:
    if b"\x00" in _sample(file):
        raise MalformedError(
            "holds zero bytes: if it is UTF-16 without a mark, name --encoding utf-16-le"
        )
    if _fits(file, "utf-8"):
        if _is_simple_chinese(file):
            raise MalformedError(
                "is text in UTF-8 and other text in GB18030: name the right one with --encoding"
            )
        return "utf-8-sig"
    _refuse_unless(_fits(file, "gb18030"), "UTF-8 or GB18030")
    return "gb18030"


def _refuse_unless(fits: bool, encoding: str) -> None:  # noqa: FBT001 - the answer of _fits
    if not fits:
        name = next((name for name, known in ENCODINGS.items() if known == encoding), encoding)
        raise MalformedError(
            f"holds bytes that are not {name}: save it again as UTF-8, or name its --encoding"
        )


def _sample(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(_CHUNK)


def _fits(file: BinaryIO, encoding: str) -> bool:
    try:
        for _ in _decoded(file, encoding):
            pass
    except UnicodeError:
        return False
    return True


def _is_simple_chinese(file: BinaryIO) -> bool:
    """Decide whether all that is not ASCII is text of GB 2312, and there is some."""
    found = False
    try:
        for part in _decoded(file, "gb2312"):
            found = found or not part.isascii()
    except UnicodeError:
        return False
    return found


def _decoded(file: BinaryIO, encoding: str) -> Iterator[str]:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    while part := file.read(_CHUNK):
        yield decoder.decode(part)
    yield decoder.decode(b"", final=True)
