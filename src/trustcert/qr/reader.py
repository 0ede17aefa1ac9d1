"""Pictures to the texts of the QR and Aztec codes in them.

The first look is zxing-cpp's at the plain picture, for QR codes only: five times faster than all
symbologies, and no phantom linear codes. Looking goes on while it may bring something and the
budget lasts:

1. the plain picture, then the other symbologies that were asked for;
2. the looks of :mod:`trustcert.qr.looks` at the whole picture, and at each symbol that was located
   and not read (zxing-cpp says where), made square;
3. parts at full size where the picture has over 4 megapixels;
4. what the grey picture does not show: colours one by one, transparency on black;
5. zbar, where it is installed.

It ends when a text was accepted and every symbol that was located is read. What was located and
never read stands in ``Scan.unread``: nothing is lost silently.

A reader miscorrects about one code in a thousand into another text, and only a signature can
tell. So a caller that holds keys passes ``accept``; what it refused is reported apart.

The budget is CPU time of this thread. A look starts only if what it is expected to take is left:
its cost by the table of looks, times how slow the looks before it were. The first look always
runs. On a picture that was made to be slow a single look may take longer than expected, at most
some seconds; who reads strangers' pictures uses :class:`trustcert.qr.ReaderProcess`.

What a symbol holds is bytes. ``Code.raw`` has them exactly as they stand in the symbol.
``Code.text`` is their text: by the character set that the symbol declares (ECI, kanji mode), as
UTF-8 where nothing is declared and the bytes are UTF-8, and otherwise zxing-cpp's guess, which for
eight-bit bytes may be wrong: formats that travel as bytes read ``raw``. zbar hands over text only:
there ``raw`` is that text in UTF-8, exact for ASCII.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Final

from trustcert.errors import MalformedError
from trustcert.limits import IMAGE_BYTES, IMAGE_CODES, IMAGE_PIXELS
from trustcert.qr.picture import Picture, pages
from trustcert.qr.search import SYMBOLOGIES, Code, Found, Scan, Search, pyzbar
from trustcert.values import PublicValue

__all__ = ["BUDGET", "SYMBOLOGIES", "Code", "ReaderLibrary", "Scan", "reader_libraries", "scan"]

BUDGET: Final = 0.5
"""Seconds of CPU time for one page, unless told otherwise."""


def scan(  # noqa: PLR0913 - one argument a limit
    picture: Picture,
    *,
    accept: Callable[[str], bool] | None = None,
    symbologies: Collection[str] = SYMBOLOGIES[:2],
    budget: float = BUDGET,
    clock: Callable[[], float] = time.thread_time,
    max_bytes: int = IMAGE_BYTES,
    max_pixels: int = IMAGE_PIXELS,
    max_codes: int = IMAGE_CODES,
) -> Scan:
    """Return the codes in ``picture``; none found is an empty scan, not an error.

    ``budget`` is in seconds of CPU time on ``clock`` for each page, reading it included; 0 allows
    the first look alone. A page that cannot be opened is a problem of the scan where the document
    has others.

    Raises:
        LimitExceededError: more bytes, pixels or pages than allowed.
        MalformedError: a file that is no picture, or a damaged one; an unknown symbology.
        SyncError: the path or the file object cannot be read.
        UnsupportedError: a kind of file that needs a library which is not installed.
    """
    if not set(symbologies) <= set(SYMBOLOGIES) or not symbologies:
        raise MalformedError(f"not among {', '.join(SYMBOLOGIES)}", where="symbologies")
    found = Found(accept, max_codes)
    opening = pages(picture, max_bytes=max_bytes, max_pixels=max_pixels)
    number, failed = 0, None
    while True:
        deadline = clock() + budget
        page = next(opening, None)
        if page is None:
            break
        number += 1
        try:
            Search(
                found, number=number, symbologies=symbologies, clock=clock, deadline=deadline
            ).run(page)
        except MalformedError as error:
            failed = error
            found.problems.append(f"page {number}: {error}")
        if found.over_limit:
            break
    if failed is not None and number == 1:
        raise failed
    return found.scan()


class ReaderLibrary(PublicValue, frozen=True, kw_only=True):
    """A library that reads codes, and why it is not there where it is not."""

    name: str
    available: bool
    problem: str = ""


def reader_libraries() -> tuple[ReaderLibrary, ...]:
    """Return the libraries in the order in which they look."""
    zbar = pyzbar() is not None
    return (
        ReaderLibrary(name="zxing-cpp", available=True),
        ReaderLibrary(
            name="zbar", available=zbar, problem="" if zbar else "libzbar is not installed"
        ),
    )
