"""The gate's page in a real browser: what a guard does with it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from examples import train
from PIL import Image
from tests.web.conftest import Checkpoint, answer, begun, gate_at, launched, opened, picture, until

from trustcert import Presentation, qr
from trustcert.gate import check_log
from trustcert.store import TrustStore

POLICY: dict[str, Any] = dict(train.POLICY)
PROOF_RULE = POLICY["rules"]["health_proof"] | {"identity": True}
ASKING = POLICY | {"rules": POLICY["rules"] | {"health_proof": PROOF_RULE}}


def test_a_shift_from_beginning_to_end(
    checkpoint: Checkpoint, browser: Any, tmp_path: Path
) -> None:
    with gate_at(checkpoint, tmp_path) as (gate, address):
        page = begun(browser, address)
        for text, signal, word in (
            (checkpoint.codes["0003"], "PASS", "Health proof"),
            (checkpoint.codes["altered"], "DENY", "altered or forged"),
            (checkpoint.codes["shanghai"], "HOLD", "does not recognise"),
            (checkpoint.codes["forged"], "HOLD", "does not know who signed"),
        ):
            page.keyboard.type(text)
            page.keyboard.press("Enter")
            assert word in answer(page, signal=signal)
            page.keyboard.press("Escape")
            page.wait_for_selector("#answer", state="hidden")
        page.click("#menu-button")
        page.click("#end")
        page.wait_for_selector("#totals:not([hidden])")
        assert "Scans: 4" in page.inner_text("#totals")
        with page.expect_download() as download:
            page.click("[data-text=save_csv]")
        rows = Path(download.value.path()).read_text(encoding="utf-8-sig")
        assert "region,CN-51,PASS,1" in rows
        assert "许" not in rows
        page.click("#totals-close")
        page.wait_for_selector("#start:not([hidden])")
        assert page.errors == []
        assert gate.shift is None
    (log,) = tmp_path.glob("*.jsonl")
    found = check_log(log.read_bytes())
    assert (found.scans, found.is_ended) == (4, True)


def test_a_scanner_that_types_badly_is_understood(
    checkpoint: Checkpoint, browser: Any, tmp_path: Path
) -> None:
    with gate_at(checkpoint, tmp_path) as (_, address):
        page = begun(browser, address)
        wide = "".join(chr(ord(c) + 0xFEE0) if c > " " else c for c in checkpoint.codes["0004"])
        for text in (checkpoint.codes["0003"].lower(), f"]Q1{checkpoint.codes['0005']}", wide):
            page.evaluate("document.getElementById('gun').focus()")
            page.keyboard.insert_text(text)  # as an input method does: no Enter, no keys
            assert "Sichuan" in answer(page, signal="PASS")
            page.keyboard.press("Escape")
            page.wait_for_selector("#answer", state="hidden")
        assert page.errors == []


def test_pictures_and_texts_are_dropped_and_what_is_no_code_is_said(
    checkpoint: Checkpoint, browser: Any, tmp_path: Path
) -> None:
    with gate_at(checkpoint, tmp_path / "gate") as (_, address):
        page = begun(browser, address)
        page.set_input_files("#pick", picture(checkpoint.codes["0003"], tmp_path / "one.png"))
        answer(page, signal="PASS")
        page.click("#next")
        two = Image.new("L", (900, 450), 255)
        for place, name in ((20, "0004"), (470, "altered")):
            code = Image.open(picture(checkpoint.codes[name], tmp_path / "x.png")).resize(
                (400, 400)
            )
            two.paste(code, (place, 20))
        two.save(tmp_path / "two.png")
        page.set_input_files("#pick", tmp_path / "two.png")
        until(page, "document.getElementById('counts').textContent.includes('Scans 3')")
        (tmp_path / "none.png").write_bytes(b"no picture")
        page.set_input_files("#pick", tmp_path / "none.png")
        page.wait_for_selector("#toast:not([hidden])")
        assert "Not read" in page.inner_text("#toast")


def test_a_document_is_compared_on_the_keypad(browser: Any, tmp_path: Path) -> None:
    asking = Checkpoint(tmp_path / "asking", policy=ASKING)
    with gate_at(asking, tmp_path / "gate") as (gate, address):
        page = begun(browser, address)
        tail = asking.claims[1].holder.document_tail
        page.keyboard.type(asking.codes[asking.names[1]] + "\n")
        assert "Compare with the document" in answer(page, signal="HOLD")
        for digit in "0000":
            page.click(f".keypad button:text-is('{digit}')")
        page.click("#keypad-send")
        answer(page, signal="DENY")
        page.keyboard.type(asking.codes[asking.names[1]] + "\n")
        answer(page, signal="HOLD")
        for digit in str(tail):
            page.click(f".keypad button:text-is('{digit}')")
        page.click("#keypad-send")
        answer(page, signal="PASS")
        assert gate.shift is not None
        assert gate.shift.tally().to_json()["by_verdict"] == {"PASS": 1, "HOLD": 0, "DENY": 0}
        page.keyboard.type(asking.codes[asking.names[2]] + "\n")
        answer(page, signal="HOLD")
        page.keyboard.type(asking.codes["altered"] + "\n")  # the next person: the question is gone
        answer(page, signal="DENY")
        assert page.query_selector("#keypad-send") is None


def test_every_language_shows_every_word(
    checkpoint: Checkpoint, browser: Any, tmp_path: Path
) -> None:
    with gate_at(checkpoint, tmp_path) as (_, address):
        page = begun(browser, address)
        page.keyboard.type(checkpoint.codes["shanghai"] + "\n")
        answer(page, signal="HOLD")
        for language, word in (("zh-Hans", "暂缓"), ("zh-Hant", "暫緩"), ("en", "HOLD")):
            page.select_option("#language", language)
            until(page, f"document.documentElement.lang === '{language}'")
            assert page.inner_text("#word") == word
            missing = page.evaluate(
                "[...document.querySelectorAll('[data-text]')].filter(n => !n.textContent.trim()"
                " || n.textContent === n.dataset.text).map(n => n.dataset.text)"
            )
            assert missing == []
        assert page.errors == []


def test_what_a_code_says_is_text_and_never_markup(
    checkpoint: Checkpoint, browser: Any, tmp_path: Path
) -> None:
    hostile = checkpoint.code(
        holder=checkpoint.claims[0].holder.__class__(
            name="<img src=x onerror=alert(1)>\u202eab𠅤𠅤"
        )
    )
    with gate_at(checkpoint, tmp_path) as (_, address):
        page = begun(browser, address)
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        page.keyboard.insert_text(hostile)
        answer(page, signal="PASS")
        assert page.query_selector("#answer img") is None
        assert page.errors == []


def test_without_trust_data_the_page_says_what_to_do(browser: Any, tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "made")
    empty = TrustStore(tmp_path / "empty")
    with gate_at(checkpoint, tmp_path / "gate", store=empty) as (_, address):
        page = opened(browser, address)
        page.wait_for_selector("#problem:not([hidden])")
        assert "trustcert sync URL --root root.json" in page.inner_text("#problem")
        shutil.copytree(checkpoint.store.folder, empty.folder)
        page.wait_for_selector("#start:not([hidden])")


def test_a_sync_is_taken_up_while_the_shift_runs(browser: Any, tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "made")
    scene = checkpoint.scene
    with gate_at(checkpoint, tmp_path / "gate") as (_, address):
        page = begun(browser, address)
        page.keyboard.type(checkpoint.codes["0004"] + "\n")
        answer(page, signal="PASS")
        page.keyboard.press("Escape")
        from trustcert.ledger import storage

        scene.now += 60
        with storage.open_ledger(scene.folder / "sichuan.ledger") as book:
            train.revoke(book, checkpoint.claims[checkpoint.names.index("0004")], scene.now)
            train.announce(book, scene)
        stick = {"name": "cn.zip", "mimeType": "application/zip", "buffer": checkpoint.archive}
        page.set_input_files("#pick", [stick])
        page.wait_for_selector("#toast:not([hidden])")
        page.keyboard.type(checkpoint.codes["0004"] + "\n")
        assert "revoked" in answer(page, signal="DENY") or "annulled" in page.inner_text("#answer")
        page.keyboard.press("Escape")
        page.set_input_files("#pick", [stick | {"buffer": b"PK\x03\x04junk"}])
        until(page, "document.getElementById('toast').textContent.includes('Not read')")
        page.keyboard.type(checkpoint.codes["0003"] + "\n")
        answer(page, signal="PASS")


def test_a_broken_off_shift_goes_on_with_its_numbers(
    checkpoint: Checkpoint, browser: Any, tmp_path: Path
) -> None:
    with gate_at(checkpoint, tmp_path) as (_, address):
        page = begun(browser, address)
        page.keyboard.type(checkpoint.codes["0003"] + "\n")
        answer(page, signal="PASS")
    with gate_at(checkpoint, tmp_path) as (gate, address):
        page = opened(browser, address)
        page.click("#resume")
        page.wait_for_selector("#view:not([hidden])")
        page.keyboard.type(checkpoint.codes["0003"] + "\n")
        assert "Passed here already" in answer(page, signal="PASS")
        assert gate.shift is not None
        numbers = gate.shift.tally()
        assert (numbers.scans, numbers.duplicates) == (2, 1)


def film(frames: list[str | None], folder: Path) -> Path:
    """Return a video of 1280x720 that holds each text up for a second, ten frames each."""
    tool = shutil.which("ffmpeg")
    if tool is None:
        pytest.skip("ffmpeg is not installed (Debian: apt-get install ffmpeg)")
    for number, text in enumerate(frames):
        still = Image.new("L", (1280, 720), 190)
        if text is not None:
            code = Image.open(picture(text, folder / "code.png")).convert("L")
            still.paste(code.resize((420, 420)), (430, 150))
        for copy in range(10):
            still.convert("RGB").save(folder / f"{number * 10 + copy:05}.jpg", quality=92)
    subprocess.run(
        [tool, "-y", "-loglevel", "error", "-framerate", "10", "-i", str(folder / "%05d.jpg"),
         "-c:v", "mjpeg", "-q:v", "3", str(folder / "film.mjpeg")],
        check=True,
    )  # fmt: skip
    return folder / "film.mjpeg"


def test_codes_held_before_the_camera(
    checkpoint: Checkpoint, playwright: Any, tmp_path: Path
) -> None:
    texts = [checkpoint.codes[name] for name in ("0003", "altered", "shanghai")]
    folder = tmp_path / "film"
    folder.mkdir()
    film_file = film(
        [None, texts[0], texts[0], None, texts[1], texts[1], None, texts[2], texts[2]], folder
    )
    flags = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film_file}",
    )
    with (
        gate_at(checkpoint, tmp_path / "gate") as (gate, address),
        launched(playwright, *flags) as camera,
    ):
        page = begun(camera, address)
        for signal in ("PASS", "DENY", "HOLD"):
            answer(page, signal=signal, timeout=90_000)
        until(page, "Number(document.body.dataset.frames) > 20")
        assert page.errors == []
        page.click("#menu-button")
        page.click("#end")
        page.wait_for_selector("#totals:not([hidden])")
        numbers = gate._numbers()["numbers"]
        assert numbers["by_type"] == {"health_proof": {"PASS": 1, "HOLD": 1, "DENY": 0}}


def test_no_camera_is_said_and_everything_else_works(
    checkpoint: Checkpoint, browser: Any, tmp_path: Path
) -> None:
    with gate_at(checkpoint, tmp_path) as (_, address):
        page = begun(browser, address)
        until(page, "document.getElementById('camera-note').textContent.length > 0")
        assert "hand-held scanner" in page.inner_text("#camera-note").lower()


@pytest.mark.parametrize(
    ("width", "height"), [(390, 844), (844, 390), (1280, 720), (1080, 1920), (1920, 1080)]
)
def test_the_answer_fits_every_screen(
    checkpoint: Checkpoint, browser: Any, tmp_path: Path, width: int, height: int
) -> None:
    with gate_at(checkpoint, tmp_path) as (_, address):
        page = begun(browser, address, viewport={"width": width, "height": height})
        page.keyboard.type(checkpoint.codes["shanghai"] + "\n")
        answer(page, signal="HOLD")
        word = page.locator("#word").bounding_box()
        assert word["x"] >= 0
        assert word["x"] + word["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_live_presentation_is_asked_for(
    checkpoint: Checkpoint, browser: Any, tmp_path: Path
) -> None:
    text = checkpoint.code(presentation=Presentation.LIVE)
    with gate_at(checkpoint, tmp_path) as (_, address):
        page = begun(browser, address)
        page.keyboard.type(text + "\n")
        assert "open the code now" in answer(page, signal="HOLD")


def test_the_catalogues_are_complete_and_used() -> None:
    folder = Path(qr.__file__).parents[1] / "web" / "static"
    catalogues = {
        p.stem: json.loads(p.read_text("utf-8")) for p in (folder / "locale").glob("*.json")
    }
    assert set(catalogues) == {"en", "zh-Hans", "zh-Hant"}
    keys = set(catalogues["en"])
    for words in catalogues.values():
        assert set(words) == keys
        assert all(words.values())
