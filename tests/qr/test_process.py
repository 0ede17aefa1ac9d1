from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest
from PIL import Image

from trustcert import qr
from trustcert.errors import LimitExceededError, MalformedError, SyncError

TEXT = "TC1:" + "IN A PROCESS/" * 10


@pytest.fixture(scope="module")
def reader() -> qr.ReaderProcess:
    return qr.ReaderProcess(seconds=20)


@pytest.fixture(scope="module", autouse=True)
def _closed(reader: qr.ReaderProcess) -> object:
    yield
    reader.close()


def test_it_reads_what_scan_reads(reader: qr.ReaderProcess, tmp_path: Path) -> None:
    data = qr.png(TEXT)
    (tmp_path / "code.png").write_bytes(data)
    image = Image.open(io.BytesIO(data))
    for picture in (data, tmp_path / "code.png", io.BytesIO(data), image, image.convert("F")):
        assert reader.scan(picture).texts == (TEXT,)
    here, there = qr.scan(data), reader.scan(data)
    assert there.codes == here.codes
    assert there.tried == here.tried


def test_texts_are_accepted_in_the_parent(reader: qr.ReaderProcess) -> None:
    asked: list[tuple[str, int]] = []

    def accept(text: str) -> bool:
        asked.append((text, threading.get_ident()))
        return True

    assert [code.text for code in reader.scan(qr.png(TEXT), accept=accept).accepted] == [TEXT]
    assert asked == [(TEXT, threading.get_ident())]
    refused = reader.scan(qr.png(TEXT), accept=lambda _: False, budget=0.05)
    assert [code.text for code in refused.refused] == [TEXT]


def test_errors_are_those_of_scan_and_the_process_stays(reader: qr.ReaderProcess) -> None:
    reader.scan(qr.png(TEXT))
    child = reader._child
    with pytest.raises(MalformedError, match="save it as PNG or JPEG"):
        reader.scan(b"no picture")
    with pytest.raises(MalformedError, match="symbologies"):
        reader.scan(qr.png(TEXT), symbologies=("Code128",))
    with pytest.raises(SyncError):
        reader.scan("nowhere.png")
    assert reader._child is child


def test_a_failing_accept_ends_the_process_and_the_next_picture_reads(
    reader: qr.ReaderProcess,
) -> None:
    def fails(_: str) -> bool:
        raise KeyError("a bug of the caller")

    with pytest.raises(KeyError):
        reader.scan(qr.png(TEXT), accept=fails)
    assert reader.scan(qr.png(TEXT)).texts == (TEXT,)


def test_a_reader_that_is_too_slow_is_killed() -> None:
    with qr.ReaderProcess(seconds=0.05) as reader:
        with pytest.raises(LimitExceededError, match=r"took over 0\.05 s"):
            reader.scan(qr.png(TEXT))
        assert reader._child is None
        reader._seconds = 20
        assert reader.scan(qr.png(TEXT)).texts == (TEXT,)


def test_a_reader_that_dies_is_an_error_of_the_picture(reader: qr.ReaderProcess) -> None:
    reader.scan(qr.png(TEXT))
    assert reader._child is not None
    reader._child.kill()
    with pytest.raises(MalformedError, match="the picture ended the reader"):
        reader.scan(qr.png(TEXT))
    assert reader.scan(qr.png(TEXT)).texts == (TEXT,)


def test_memory_is_bounded() -> None:
    page = Image.new("RGBA", (6000, 6000), "white")
    with qr.ReaderProcess(seconds=20, memory=400 * 1024 * 1024) as reader:
        assert reader.scan(qr.png(TEXT)).texts == (TEXT,)
        with pytest.raises(MalformedError):
            reader.scan(page)
        assert reader.scan(qr.png(TEXT)).texts == (TEXT,)


def test_threads_share_a_process(reader: qr.ReaderProcess) -> None:
    texts = [f"TC1:THREAD {number}" for number in range(8)]
    read: dict[str, tuple[str, ...]] = {}

    def look(text: str) -> None:
        read[text] = reader.scan(qr.png(text)).texts

    threads = [threading.Thread(target=look, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == {text: (text,) for text in texts}
