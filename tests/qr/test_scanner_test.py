from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustcert.encoding import base45
from trustcert.qr.scanner_input import LAYOUTS
from trustcert.qr.scanner_test import TEST_TEXT, diagnose

_US = (
    "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
    '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
)


def test_the_test_text_has_every_character_and_decodes() -> None:
    assert set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:") <= set(TEST_TEXT)
    assert base45.decode(TEST_TEXT.removeprefix("TC1:"))


def test_what_comes_as_it_was_sent_is_exact() -> None:
    for end in ("", "\r", "\r\n"):
        found = diagnose(TEST_TEXT + end)
        assert (found.exact, found.undone, found.changes) == (True, True, ())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_keyboard_layout_is_named(layout: str) -> None:
    typed = TEST_TEXT.translate(dict(zip(map(ord, _US), LAYOUTS[layout], strict=True)))
    found = diagnose(typed + "\n")
    assert found.undone
    assert layout in found.changes[0]


@pytest.mark.parametrize(
    ("typed", "undone", "said"),
    [
        (TEST_TEXT.lower(), True, "Caps Lock"),
        ("]Q1" + TEST_TEXT, True, "3 characters stand in front"),
        ("2026-11-29 17:41 " + TEST_TEXT, True, "17 characters stand in front"),
        (TEST_TEXT * 2, True, "came twice"),
        (TEST_TEXT.replace(" ", ""), False, "spaces are dropped"),
        (TEST_TEXT.replace("%", "5"), False, "“%” came as “5”"),
        (TEST_TEXT.replace(":", ""), False, "“:” is missing"),
        (TEST_TEXT + "0042", False, "something stands behind"),
        (
            "".join("\u3000" if c == " " else chr(ord(c) + 0xFEE0) for c in TEST_TEXT),
            True,
            "full-width",
        ),
        ("hello", False, "not the test code"),
        ("", False, "not the test code"),
    ],
)
def test_each_change_is_said_with_its_setting(
    typed: str,
    undone: bool,  # noqa: FBT001 - a parameter
    said: str,
) -> None:
    found = diagnose(typed)
    assert not found.exact
    assert found.undone is undone
    assert said in "\n".join(found.changes)


@given(st.text(max_size=200))
def test_any_line_is_explained(typed: str) -> None:
    found = diagnose(typed)
    assert found.exact or found.changes
