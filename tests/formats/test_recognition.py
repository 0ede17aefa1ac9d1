"""No text is of two formats, so it does not matter which is asked first."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from trustcert import formats
from trustcert.formats import FORMATS

VECTORS = Path(__file__).parent.parent / "vectors"
BEGINNINGS = ("TC1:", "TC2:", "HC1:", "LT1:", "shc:/", "NZCP:/1/", "eyJ", "{", "6BF", "omdk", "")


def of(text: str) -> list[str]:
    return [format_.NAME for format_ in FORMATS if format_.recognises(text)]


def test_each_code_of_the_vectors_is_of_one_format() -> None:
    codes = sorted(VECTORS.rglob("code.txt"))
    assert len(codes) > 100
    for path in codes:
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
        found = formats.recognise(text)
        assert of(text) == ([] if found is None else [found.NAME]), path


@given(st.sampled_from(BEGINNINGS), st.text(alphabet="AZaz09 .~:/{}-_=%", max_size=40))
def test_whatever_follows_a_beginning_is_of_one_format_at_most(start: str, rest: str) -> None:
    found = formats.recognise(start + rest)
    assert of(start + rest) == ([] if found is None else [found.NAME])
