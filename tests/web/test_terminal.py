"""The shift on a terminal, and a stream of codes: each line at its own time and trust."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from examples import train
from tests.web.conftest import Checkpoint

from trustcert.gate import check_log
from trustcert.ledger import storage


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint(tmp_path / "made")


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "trustcert", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, encoding="utf-8", bufsize=1,
    )  # fmt: skip


def test_a_code_that_is_revoked_while_the_stream_is_read_is_refused(checkpoint: Checkpoint) -> None:
    options = ("--destination", "CN-44", "--store", str(checkpoint.store.folder), "--json")
    with started("verify", "-", *options) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(checkpoint.codes["0004"] + "\n")
        assert json.loads(running.stdout.readline())["signal"] == "PASS"
        scene = checkpoint.scene
        scene.now += 60
        with storage.open_ledger(scene.folder / "sichuan.ledger") as book:
            train.revoke(book, checkpoint.claims[checkpoint.names.index("0004")], scene.now)
            train.announce(book, scene)
        checkpoint.take_in()
        running.stdin.write(checkpoint.codes["0004"] + "\n")
        assert json.loads(running.stdout.readline())["signal"] == "DENY"
        running.stdin.close()
        assert running.wait(30) == 1


def test_a_shift_on_a_terminal_goes_on_after_it_was_broken_off(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    folder = tmp_path / "gate"
    options = ("--destination", "CN-44", "--store", str(checkpoint.store.folder),
               "--folder", str(folder), "--terminal", "--language", "zh")  # fmt: skip
    with started("gate", *options) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(checkpoint.codes["0003"] + "\n")
        assert "放行" in running.stdout.readline()
        running.kill()
    with started("gate", *options) as running:
        out, said = running.communicate(checkpoint.codes["altered"] + "\n", timeout=60)
    assert "goes on, 1 scans" in said
    assert json.loads(out.splitlines()[-1])["scans"] == 2
    (log,) = folder.glob("*.jsonl")
    assert check_log(log.read_bytes()).is_ended
