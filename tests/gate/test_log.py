"""The log of a shift: chained, ended with a signature, and whole after a kill at any moment."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from trustcert.errors import SyncError, TrustError
from trustcert.gate import ShiftLog, check_log, load_or_make_key
from trustcert.keys import PublicKey

LINE = {"signal": "PASS", "credential": "ab", "type": "health_proof", "region": "CN-51"}


def written(path: Path, *, scans: int = 3, ends: bool = True) -> bytes:
    log = ShiftLog.begin(path, checkpoint="gz", destination="CN-44", at=100)
    for number in range(scans):
        log.write("scan", 101 + number, LINE)
    if ends:
        log.end(200, {"scans": scans}, load_or_make_key(path.with_name("gate.key")))
    else:
        log.close()
    return path.read_bytes()


def test_a_whole_log_is_told_and_by_whom_it_was_signed(tmp_path: Path) -> None:
    data = written(tmp_path / "a.jsonl")
    key = load_or_make_key(tmp_path / "gate.key").public_key
    assert PublicKey.from_pem((tmp_path / "gate.pub").read_bytes()) == key
    found = check_log(data, key=key)
    assert (found.lines, found.scans, found.is_ended) == (5, 3, True)
    assert found.signer == key.spki.hex()
    other = load_or_make_key(tmp_path / "other.key").public_key
    with pytest.raises(TrustError, match="another key"):
        check_log(data, key=other)


def test_a_log_that_was_cut_is_told_from_a_whole_one(tmp_path: Path) -> None:
    lines = written(tmp_path / "a.jsonl").splitlines(keepends=True)
    assert not check_log(b"".join(lines[:-1])).is_ended
    with pytest.raises(TrustError, match="unfinished"):
        check_log(b"".join(lines)[:-5])
    with pytest.raises(TrustError, match="lines are missing"):
        check_log(b"".join(lines[1:]))


@pytest.mark.parametrize("place", range(5))
def test_a_line_that_was_changed_taken_out_or_put_in_is_named(tmp_path: Path, place: int) -> None:
    lines = written(tmp_path / "a.jsonl").splitlines(keepends=True)
    changed = json.loads(lines[place]) | {"at": 1}
    altered = [*lines[:place], json.dumps(changed).encode() + b"\n", *lines[place + 1 :]]
    with pytest.raises(TrustError, match=f"line {place + 1}: was changed"):
        check_log(b"".join(altered))
    if place < 4:
        with pytest.raises(TrustError, match=f"line {place + 1}"):
            check_log(b"".join([*lines[:place], *lines[place + 1 :]]))
    with pytest.raises(TrustError, match=f"line {place + 2}"):
        check_log(b"".join([*lines[: place + 1], lines[place], *lines[place + 1 :]]))


def test_an_end_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    lines = written(tmp_path / "a.jsonl").splitlines(keepends=True)
    for change in ({"signature": "00" * 64}, {"key": "zz"}, {"key": None}):
        last = json.dumps(json.loads(lines[-1]) | change).encode() + b"\n"
        with pytest.raises(TrustError, match="not signed"):
            check_log(b"".join([*lines[:-1], last]))


def test_a_shift_that_ended_does_not_go_on_and_its_key_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    written(path)
    assert not path.with_name("a.jsonl.key").exists()
    with pytest.raises(TrustError, match="has ended"):
        ShiftLog.resume(path)


def test_a_log_is_never_written_over(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", ends=False)
    with pytest.raises(SyncError):
        ShiftLog.begin(tmp_path / "a.jsonl", checkpoint="gz", destination=None, at=1)


def test_only_its_owner_may_read_what_is_private(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", ends=False)
    load_or_make_key(tmp_path / "gate.key")
    for name in ("a.jsonl", "a.jsonl.key", "gate.key"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_a_full_disk_leaves_the_log_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = ShiftLog.begin(tmp_path / "a.jsonl", checkpoint="gz", destination=None, at=1)
    log.write("scan", 2, LINE)

    class Full:
        def __init__(self, below: Any) -> None:
            self.below = below

        def write(self, data: bytes) -> None:
            self.below.write(data[: len(data) // 2])
            self.below.flush()
            raise OSError(28, "No space left on device")

        def __getattr__(self, name: str) -> Any:
            return getattr(self.below, name)

    with monkeypatch.context() as full:
        full.setattr(log, "_file", Full(log._file), raising=True)
        with pytest.raises(OSError, match="No space"):
            log.write("scan", 3, LINE)
        reopened = log._file
    log._file.close()
    log._file = reopened
    log.write("scan", 4, LINE)
    log.close()
    assert check_log((tmp_path / "a.jsonl").read_bytes()).scans == 2


WRITER = """
import sys
from pathlib import Path
from trustcert.gate import ShiftLog
path = Path(sys.argv[1])
if path.exists():
    log, lines = ShiftLog.resume(path)
    number = len(lines)
else:
    log, number = ShiftLog.begin(path, checkpoint="gz", destination=None, at=1), 1
while True:
    log.write("scan", number, {"signal": "PASS", "credential": None, "type": None, "region": None})
    print(number, flush=True)
    number += 1
"""


def test_a_killed_writer_loses_no_line_that_was_answered(tmp_path: Path) -> None:
    path, answered = tmp_path / "a.jsonl", 0
    luck = random.Random(7)  # noqa: S311 - chooses moments
    for _ in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(luck.random() / 20)
        writer.send_signal(signal.SIGKILL)
        rest = writer.communicate()[0].splitlines()
        answered = max([answered, *(int(line) for line in rest if line)])
    log, lines = ShiftLog.resume(path)
    assert [line["number"] for line in lines] == list(range(len(lines)))
    assert len(lines) > answered
    log.end(9, {}, load_or_make_key(tmp_path / "gate.key"))
    assert check_log(path.read_bytes()).is_ended
