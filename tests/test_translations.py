"""The Chinese pages have the structure and the commands of the English ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.pages import blocks

ROOT = Path(__file__).parents[1]
PAIRS = [(ROOT / "README.md", ROOT / "README.zh-CN.md")] + [
    (ROOT / "docs" / name, ROOT / "docs" / "zh" / name)
    for name in ("province.md", "office.md", "checkpoint.md")
]
HEADING = re.compile(r"^#+ ", re.MULTILINE)
ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
COMMENT = re.compile(r"  +#(?! exit).*")


def test_every_chinese_page_is_compared() -> None:
    assert {path.name for path in (ROOT / "docs" / "zh").iterdir()} == {
        "province.md", "office.md", "checkpoint.md", "developer.md",
    }  # fmt: skip


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda path: path.name)
def test_structure_and_commands_are_the_same(english: Path, chinese: Path) -> None:
    one, other = (path.read_text(encoding="utf-8") for path in (english, chinese))
    assert HEADING.findall(one) == HEADING.findall(other)
    assert len(ROW.findall(one)) == len(ROW.findall(other))
    of_one, of_other = (
        [(block.note, block.language, COMMENT.sub("", block.text)) for block in blocks(path)]
        for path in (english, chinese)
    )
    assert of_one == of_other


def test_the_developers_first_steps_are_those_of_the_readme() -> None:
    (readme,) = [b.text for b in blocks(ROOT / "README.md") if b.language == "python"]
    (steps,) = [b.text for b in blocks(ROOT / "docs/zh/developer.md") if b.language == "python"]
    assert readme == steps
