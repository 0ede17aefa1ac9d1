"""One document a page: heading, photograph, fields, code, and how to check it.

Everything is drawn for a page 210 mm wide and scaled to the width of the layout's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from trustcert.errors import LimitExceededError, inside
from trustcert.qr.pages import Line, Pages

__all__ = ["Document"]

_WIDTH: Final = 210.0
_PHOTO: Final = (35.0, 45.0)  # of GA 461 certificate photographs, rounded: any photo of 33 by 48
_LABEL: Final = 40.0
_CODE: Final = 75.0


class Document:
    """The places of one page, found before anything is drawn.

    ``code`` is left, top and side of the square for the code with its quiet zone.
    """

    def __init__(  # noqa: PLR0913 - what stands on the page
        self,
        pages: Pages,
        *,
        size: tuple[float, float],
        margins: tuple[float, float],
        heading: str,
        fields: Sequence[tuple[str, str]],
        notes: Sequence[str],
        photo: bool,
    ) -> None:
        """Find a place for everything.

        Raises:
            LimitExceededError: it does not fit one page, or one of its lines; ``where`` says what.
            MalformedError: a character that no page shows.
            UnsupportedError: a character that no font here has.
        """
        self._pages = pages
        self._scale = scale = size[0] / _WIDTH
        self._left, top = margins
        self._inner = size[0] - 2 * self._left
        self._photo = photo
        self._heading_at = top + 14 * scale
        self._body_at = top + 24 * scale
        with inside("heading"):
            self._heading = pages.fitted([heading], room=self._inner, points=22 * scale, lines=1)
        self._fields = [self._field(label, value) for label, value in fields]
        with inside("notes"):
            self._notes = pages.fitted(
                notes, room=self._inner, points=max(6.0, 9 * scale), lines=12
            )
        lines = sum(len(value) for _, value in self._fields)
        body = max(8 * scale * lines, (_PHOTO[1] + 4) * scale if photo else 0.0)
        side = min(_CODE * scale, self._inner)
        self._notes_at = self._body_at + body + side + 8 * scale
        end = self._notes_at + 5 * scale * len(self._notes)
        if end > size[1] - top:
            raise LimitExceededError("is too much for one page", where="fields")
        self.code = ((size[0] - side) / 2, self._body_at + body + 2 * scale, side)

    def _field(self, label: str, value: str) -> tuple[list[Line], list[Line]]:
        scale = self._scale
        taken = _LABEL + (_PHOTO[0] + 6 if self._photo else 0)
        with inside(f"fields.{label}"):
            names = self._pages.fitted(
                [label], room=_LABEL * scale, points=max(6.0, 10 * scale), lines=1
            )
            room = self._inner - taken * scale
            return names, self._pages.fitted([value], room=room, points=12 * scale, lines=8)

    def draw(self) -> None:
        """Draw everything but the code."""
        pages, scale, left = self._pages, self._scale, self._left
        middle = left + self._inner / 2
        for line in self._heading:
            pages.text(line, middle, self._heading_at, align="center")
        pages.rule(left, self._heading_at + 4 * scale, self._inner)
        y = self._body_at
        for names, values in self._fields:
            pages.text(names[0], left, y + 5 * scale)
            for line in values:
                pages.text(line, left + _LABEL * scale, y + 5 * scale)
                y += 8 * scale
        if self._photo:
            width, height = _PHOTO[0] * scale, _PHOTO[1] * scale
            x = left + self._inner - width
            pages.box(x, self._body_at, width, height)
            word = ("照片 Photo", 10 * scale)
            pages.text(word, x + width / 2, self._body_at + height / 2, align="center")
        for number, line in enumerate(self._notes):
            pages.text(line, left, self._notes_at + 5 * scale * (number + 1))
