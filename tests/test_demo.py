"""The demo's own functions, with its numbers asserted."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections import Counter
from pathlib import Path
from types import ModuleType

import pypdfium2
import pytest

from trustcert import qr
from trustcert.identifiers.masking import mask_name

EXAMPLE = Path(__file__).parent.parent / "examples" / "train.py"


@pytest.fixture(scope="module")
def train() -> ModuleType:
    spec = importlib.util.spec_from_file_location("train", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["train"] = module
    spec.loader.exec_module(module)
    return module


def test_the_train_ends_as_its_counts_say(train: ModuleType, tmp_path: Path) -> None:
    scene = train.set_up(tmp_path, int(time.time()))
    issued, refused = train.issue_proofs(scene)

    assert len(issued) == 587
    assert [(row.line, row.where) for row in refused] == [(314, "document_number")]

    train.add_strangers(scene, issued[0].claims)
    pictures = train.draw(scene)
    sheet = train.print_sheet(scene, issued)
    train.fetch(scene)
    reports = train.read_and_judge(scene, pictures)
    signals, reasons = train.summary(reports)

    assert signals == Counter(PASS=585, DENY=3, HOLD=2)
    assert reasons == Counter(
        revoked=1, expired=1, signature_wrong=1, key_unknown=1, not_recognised=1
    )
    refused_codes = {name: r.reasons[0].value for name, r in reports.items() if r.reasons}
    assert refused_codes == {
        "0011": "revoked",
        "0401": "expired",
        "forged": "key_unknown",
        "altered": "signature_wrong",
        "shanghai": "not_recognised",
    }
    assert (sheet.codes, sheet.pages, sheet.files) == (587, 49, [tmp_path / "sheet.pdf"])
    with pypdfium2.PdfDocument(sheet.files[0]) as document:
        page = document[48]
        shown = page.get_textpage().get_text_range()
        read = qr.scan(page.render(scale=150 / 72).to_pil().convert("L")).texts
    assert len(read) == 11
    assert set(read) <= set(scene.codes.values())
    assert "0579 – 0589" in shown
    names = [row.claims.holder.name for row in issued[-11:]]
    assert all(mask_name(name) in shown and name not in shown for name in names)


def test_the_people_of_the_file_are_those_that_it_promises(train: ModuleType) -> None:
    text = train.WORKERS.read_text(encoding="utf-8")
    assert text.count("\n") == 589
    assert "胡𠅤𬭎" in text
    assert "古丽娜尔·阿不都热依木" in text
    assert ",passport," in text
    assert ",hk_macau_residents_permit," in text
    namesakes = [line.split(",")[3] for line in text.splitlines() if line.startswith("张伟,")]
    births = Counter(number[6:14] for number in namesakes)
    assert births["19880517"] == 2
    assert len(set(namesakes)) == len(namesakes)
