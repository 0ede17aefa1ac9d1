"""What a person at a terminal sees of a sync."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import call
from tests.registry.simulator import World, world
from tests.sync.conftest import Served

from trustcert.registry import publish

CURSOR = "\r\x1b[K"


@pytest.fixture
def made() -> World:
    return world()


def at_a_terminal(*arguments: str) -> tuple[int, str]:
    """Run ``trustcert`` with its stderr on a terminal; return the exit code and what was said."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "trustcert", *arguments], stdout=subprocess.DEVNULL, stderr=theirs
    )
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 4096):
            said += piece
    except OSError:
        pass  # Linux says EIO when the other end is closed
    os.close(ours)
    return process.wait(timeout=60), said.decode()


def test_a_sync_shows_its_progress_on_a_terminal_and_nowhere_else(
    made: World, www: Path, server: Served, tmp_path: Path
) -> None:
    publish.write(publish.render(made.repository), www)
    (tmp_path / "root.json").write_bytes(made.root)
    command = ("sync", server.url, "--root", str(tmp_path / "root.json"), "--no-archive")
    code, said = at_a_terminal(*command, "--store", str(tmp_path / "one"))
    assert code == 0, said
    assert f"{CURSOR}timestamp.json  " in said
    assert ".keys.json  " in said
    assert said.endswith(CURSOR)
    quiet = call(*command, "--store", str(tmp_path / "other"))
    assert quiet.code == 0
    assert quiet.err == ""
    assert "roles changed" in quiet.out


def test_a_failed_sync_leaves_no_half_line_on_the_terminal(tmp_path: Path, made: World) -> None:
    (tmp_path / "root.json").write_bytes(made.root)
    code, said = at_a_terminal(
        "sync", "http://127.0.0.1:9/", "--root", str(tmp_path / "root.json"),
        "--store", str(tmp_path / "store"),
    )  # fmt: skip
    assert code == 4
    assert "nothing is held yet" in said.rpartition(CURSOR)[2]
