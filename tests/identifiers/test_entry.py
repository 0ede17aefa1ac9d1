from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.errors import LimitExceededError
from trustcert.identifiers import citizen
from trustcert.identifiers.entry import Change, normalise

SAMPLE = "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "changes"),
    [
        (SAMPLE, ()),
        (SAMPLE.lower(), (Change.LOWER_CASE,)),
        ("１１０１０５１９４９１２３１００２Ｘ", (Change.FULL_WIDTH,)),
        ("１１０１０５１９４９１２３１００２ｘ", (Change.FULL_WIDTH, Change.LOWER_CASE)),
        (" 110105 19491231 002X\r\n", (Change.SPACES,)),
        ("\ufeff110105\u300019491231\u00a0002X\x00", (Change.SPACES,)),
        ("\u202d11010519491231002x\u202c", (Change.SPACES, Change.LOWER_CASE)),
        ("１1０105　19491231 002ｘ", tuple(Change)),
    ],
)
def test_slips_are_healed_and_said(typed: str, changes: tuple[Change, ...]) -> None:
    healed = normalise(typed)
    assert healed.changes == changes
    assert citizen.parse(healed.text).number == SAMPLE
    assert SAMPLE not in repr(healed)


@pytest.mark.parametrize("typed", ["١١٠١٠٥", "110-105", "１１０—１", "ıſ", "𝟏𝟏𝟎"])
def test_nothing_else_is_guessed(typed: str) -> None:
    healed = normalise(typed)
    assert Change.LOWER_CASE not in healed.changes
    assert not healed.text.isalnum() or not healed.text.isascii()


def test_a_very_long_text_is_refused_unread() -> None:
    with pytest.raises(LimitExceededError):
        normalise("1" * 129)


@given(st.text(max_size=128))
def test_normalising_twice_changes_nothing_more(typed: str) -> None:
    once = normalise(typed)
    again = normalise(once.text)
    assert (again.text, again.changes) == (once.text, ())
    assert bool(once.changes) == (once.text != typed)
