"""Codes that others made: the pictures of the EU's certificate test data, each with its text."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from trustcert import qr

ROOT = Path(__file__).parents[2]
VECTORS = Path(os.environ.get("TRUSTCERT_VECTORS", ROOT.parent / "shared" / "vectors"))
PICTURES = VECTORS / "eu-dcc" / "png"
ANOTHER_CODE = {"ES_2DCode_raw_501.png", "ES_2DCode_raw_502.png"}  # than the text beside it


@pytest.fixture
def texts() -> dict[str, str]:
    index = PICTURES / "index.json"
    if not index.is_file():
        pytest.skip("vectors eu-dcc are not here (name their folder in TRUSTCERT_VECTORS)")
    return {each["png"]: each["text"] for each in json.loads(index.read_text(encoding="utf-8"))}


def test_the_codes_of_member_states_read(texts: dict[str, str]) -> None:
    assert len(texts) == 60
    read = {name: qr.scan(PICTURES / name).texts for name in texts}
    assert {name for name, text in texts.items() if read[name] != (text,)} == ANOTHER_CODE
    assert all(found[0].startswith("HC1:") for found in read.values())


def test_their_texts_need_no_healing_and_survive_a_scanner(texts: dict[str, str]) -> None:
    for text in texts.values():
        assert qr.heal(text) == text
        assert qr.heal(text.lower() + "\r\n") == text
