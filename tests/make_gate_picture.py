"""Write docs/images/gate.png, the gate page: ``python -m tests.make_gate_picture``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright
from tests.web.conftest import Checkpoint, answer, begun, gate_at, launched

PICTURE: Final = Path(__file__).parents[1] / "docs" / "images" / "gate.png"


def main() -> None:
    """Scan three codes of the demo in a real browser, and photograph the last answer."""
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        launched(playwright) as browser,
    ):
        checkpoint = Checkpoint(Path(folder) / "scene")
        with gate_at(checkpoint, Path(folder) / "gate") as (_, address):
            page = begun(browser, address)
            page.set_viewport_size({"width": 1100, "height": 640})
            for name, signal in (("shanghai", "HOLD"), ("altered", "DENY"), ("0003", "PASS")):
                page.keyboard.type(checkpoint.codes[name])
                page.keyboard.press("Enter")
                answer(page, signal=signal)
            page.wait_for_timeout(1000)  # until the answer has slid into its place
            PICTURE.parent.mkdir(exist_ok=True)
            page.screenshot(path=PICTURE)


if __name__ == "__main__":
    main()
