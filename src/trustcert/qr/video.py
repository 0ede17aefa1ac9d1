"""A reader for the frames of a video, which keeps what it learnt from the last ones.

One frame gets little time and the next comes soon, so the looks are spread over the frames:

- Frames get a quick look (no inversion, no smaller scales) and a full look in turn; every eighth
  frame gets one of the cheap looks that change the pixels instead.
- Where a symbol was located and not read, the rest of the frame's time goes to looks at it, the
  one that helped last first.
- The squares of a symbol that stays unread are averaged over the frames: noise differs from frame
  to frame, the code does not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from trustcert.limits import IMAGE_BYTES, IMAGE_CODES, IMAGE_PIXELS, LOOK_PIXELS
from trustcert.qr.corners import Corners, Region
from trustcert.qr.looks import LOOKS, REGION_LOOKS, Look, within
from trustcert.qr.picture import Picture, pages
from trustcert.qr.search import Found, Scan, Search, Step

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["FRAME_BUDGET", "Reader"]

FRAME_BUDGET: Final = 0.02
"""Seconds of CPU time a frame: half of the time between two frames at 25 a second."""

_CHEAP: Final = LOOKS[:5]
_TURNS: Final = 8
_FORGET: Final = 15  # frames without the symbol after which its average is dropped
_SIDE: Final = 320


class Reader:
    """Reads one code after another from a stream of frames; for one thread."""

    def __init__(
        self,
        *,
        accept: Callable[[str], bool] | None = None,
        budget: float = FRAME_BUDGET,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        """Begin a stream; ``accept`` and ``clock`` are those of :func:`trustcert.qr.scan`.

        ``budget`` is the CPU time in seconds that looks after the first may take of a frame.
        """
        self._accept = accept
        self._budget = budget
        self._clock = clock
        self._frames = 0
        self._looks = list(REGION_LOOKS)
        self._mean: Image.Image | None = None
        self._averaged = 0
        self._last_seen = 0

    def look(self, frame: Picture) -> Scan:
        """Return the codes in ``frame``; most frames of a video have none.

        Raises:
            LimitExceededError: more bytes or pixels than allowed.
            MalformedError: a file that is no picture, or a damaged one.
            SyncError: the path or the file object cannot be read.
        """
        deadline = self._clock() + self._budget
        page = next(iter(pages(frame, max_bytes=IMAGE_BYTES, max_pixels=IMAGE_PIXELS)))
        full = page.grey()
        pixels = within(full, LOOK_PIXELS)
        found = Found(self._accept, IMAGE_CODES)
        search = Search(found, clock=self._clock, deadline=deadline)
        search.take(self._first(search, pixels, pixels.width / full.width), must=True)
        self._frames += 1
        if search.unread:
            self._last_seen = self._frames
            self._again(search, full, search.unread[0])
        elif found.count or self._frames - self._last_seen > _FORGET:
            self._mean = None
        return search.end()

    def _first(self, search: Search, pixels: Image.Image, scale: float) -> Step:
        """Return the look of this frame's turn."""
        turn = self._frames % _TURNS
        if turn == _TURNS - 1:
            return search.changed(_CHEAP[self._frames // _TURNS % len(_CHEAP)], pixels, scale)
        return search.full(pixels, scale) if turn % 2 else search.quick(pixels, scale)

    def _again(self, search: Search, full: Image.Image, corners: Corners) -> None:
        """Look again at a symbol that was located, and at its mean over the frames."""
        region = Region(full, corners, side=_SIDE)
        mean = self._meant(region)
        for look in list(self._looks):
            for square in (mean, region):
                if corners in search.unread and square is not None:
                    search.take(search.inside(look, square, corners))
            if corners not in search.unread:
                self._prefer(look)
                return

    def _prefer(self, look: Look) -> None:
        self._looks.remove(look)
        self._looks.insert(0, look)
        self._mean = None

    def _meant(self, region: Region) -> Region | None:
        """Return the mean of this and the last frames' squares, or ``None`` for the first."""
        from PIL import Image

        try:
            square = region.square()
        except ValueError:
            return None
        if self._mean is None:
            self._mean, self._averaged = square, 1
            return None
        self._averaged = min(self._averaged + 1, _FORGET)
        self._mean = Image.blend(self._mean, square, 1 / self._averaged)
        return Region.of(self._mean)
