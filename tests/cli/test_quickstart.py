"""``trustcert quickstart``: what it leaves, and what it refuses."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from trustcert.cli import run


def test_the_code_is_verified_and_everything_stays_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["quickstart", "try"]) == 0
    told = capfd.readouterr()
    assert "✓ PASS  张* · health_proof · CN-51 · proof.png" in told.out
    assert "trustcert gate --destination CN-44 --store try/store" in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["try"]
    assert stat.S_IMODE(Path("try/password.txt").stat().st_mode) == 0o600
    capfd.readouterr()
    assert run(["verify", "try/proof.png", "--store", "try/store", "--destination", "CN-44"]) == 0


def test_each_command_it_shows_is_one_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run(["quickstart", "try"])
    shown = [line for line in capfd.readouterr().err.splitlines() if line.startswith("$ ")]
    assert len(shown) == 18
    (verify,) = (line for line in shown if line.startswith("$ trustcert verify"))
    monkeypatch.chdir("try")
    assert run(verify.split()[2:]) == 0


def test_a_folder_that_exists_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trustcert-quickstart").mkdir()
    assert run(["quickstart"]) == 2
    assert "exists already; name another folder" in capfd.readouterr().err
    assert not list(Path("trustcert-quickstart").iterdir())


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trustcert", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("trustcert 0.")
