"""Pages of black and white pixels into a PDF, one page at a time.

PDF 1.4 (ISO 32000-1 describes it): per page a page object, a content stream that paints one
image over the whole page, and the image itself, one bit a sample, deflated. Object 1 is the
catalog and object 2 the list of pages; both are written last, when all pages are known. No dates
and no random identifier: the same pages always give the same file.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image


def write_pdf(pages: Iterable[Image.Image], file: BinaryIO, *, dpi: int) -> int:
    """Write ``pages`` (mode ``1``) to ``file`` as they come and return how many there were.

    One page is held at a time.
    """
    written = _Objects(file)
    file.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    kids = []
    for page in pages:
        number = len(written.places) + 3
        kids.append(b"%d 0 R" % number)
        width, height = (f"{side * 72 / dpi:.3f}".encode() for side in page.size)
        written.add(
            number,
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R"
            b"/Resources<</XObject<</P %d 0 R>>>>>>" % (width, height, number + 1, number + 2),
        )
        paint = b"%s 0 0 %s 0 0 cm /P Do" % (width, height)
        written.add(number + 1, _stream(b"", paint))
        image = (
            b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 1"
            b"/ColorSpace/DeviceGray/Filter/FlateDecode" % page.size
        )
        written.add(number + 2, _stream(image, zlib.compress(page.tobytes(), 6)))
    written.add(1, b"<</Type/Catalog/Pages 2 0 R>>")
    written.add(2, b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids)))
    written.finish()
    return len(kids)


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


class _Objects:
    """Objects of one file and where each begins (ISO 32000-1 section 7.5.4)."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.places: dict[int, int] = {}

    def add(self, number: int, body: bytes) -> None:
        self.places[number] = self.file.tell()
        self.file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def finish(self) -> None:
        start = self.file.tell()
        count = len(self.places) + 1
        table = [b"xref\n0 %d\n0000000000 65535 f \n" % count]
        table += [b"%010d 00000 n \n" % self.places[number] for number in range(1, count)]
        trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
        self.file.write(b"".join(table) + trailer)
