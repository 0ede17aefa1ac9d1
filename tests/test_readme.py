"""README.md, typed into a shell in a fresh folder: each line as it is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.pages import Shell, blocks, typed

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
ELSEWHERE = {"install", "stays open", "demo"}
"""Needs an index of packages; serves a page until it is stopped; run by test_demo."""


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    opened = Shell(tmp_path)
    yield opened
    opened.close()


def test_every_line_of_the_readme_does_what_it_says(shell: Shell) -> None:
    commands, shown = 0, 0
    printed: list[str] = []
    for block in blocks(README):
        if block.language == "console" and block.note not in ELSEWHERE:
            for command, expected, code in typed(block.text):
                printed, found = shell.type(command)
                assert found == code, (command, printed)
                if expected:
                    assert printed == expected
                    shown += 1
                commands += 1
        elif block.language == "python":
            (shell.folder / "verify.py").write_text(block.text, encoding="utf-8")
            printed, found = shell.type("python verify.py")
            assert found == 0, printed
        elif block.language == "text":
            assert "\n".join(printed).startswith(block.text.rstrip("\n"))
            shown += 1
    assert (commands, shown) == (33, 3)


def test_the_developer_needs_no_more_than_ten_statements() -> None:
    (code,) = [block.text for block in blocks(README) if block.language == "python"]
    assert len([line for line in code.splitlines() if line]) <= 11


def test_no_page_has_a_link_to_a_file_that_is_not_there() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(pages) > 15
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), (page.name, target)
