"""Output in encodings that lack characters, the log, and the traceback of a bug."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from trustcert.cli import run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "try"
    assert run(["quickstart", str(folder)]) == 0
    return folder


def trustcert(folder: Path, *words: str, encoding: str = "utf-8") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "trustcert", *words],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        check=False,
        capture_output=True,
    )
    return done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding)


VERIFY = ("verify", "proof.png", "--store", "store", "--destination", "CN-44")


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "张"), ("gbk", "张"), ("big5", "\\u5f20"), ("cp1252", "\\u5f20")],
)
def test_a_verdict_can_be_read_in_every_encoding(made: Path, encoding: str, name: str) -> None:
    sign = "✓" if encoding == "utf-8" else "OK"
    code, out, _ = trustcert(made, *VERIFY, encoding=encoding)
    assert code == 0
    assert out.startswith(f"{sign} PASS  {name}*")
    code, out, _ = trustcert(made, "verify", "TC1:ABC", *VERIFY[2:], encoding=encoding)
    assert code == 1
    assert out.startswith("✗ DENY" if encoding == "utf-8" else "NO DENY")
    for language in ("en", "zh"):
        code, out, _ = trustcert(made, *VERIFY, "--language", language, encoding=encoding)
        assert code == 0


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "big5", "cp1252"])
def test_json_says_the_same_in_every_encoding(made: Path, encoding: str) -> None:
    code, out, _ = trustcert(made, *VERIFY, "--json", encoding=encoding)
    assert code == 0
    assert "张*" in json.dumps(json.loads(out), ensure_ascii=False)


def test_the_log_is_off_until_it_is_asked_for_and_holds_no_person(made: Path) -> None:
    assert trustcert(made, *VERIFY)[2] == ""
    _, _, log = trustcert(made, "--debug", *VERIFY)
    lines = [re.sub(r"^\S+ \S+ ", "", line) for line in log.splitlines()]
    assert lines == [
        "INFO trustcert.cli: command verify",
        "INFO trustcert.cli: ended with exit code 0",
    ]
    assert "张" not in log


def test_a_bug_shows_its_traceback_only_on_demand(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(_ctx: object, _name: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("trustcert.cli._LazyGroup.get_command", lambda _self, a, b: broken(a, b))
    assert run(["verify"]) == 70
    told = capfd.readouterr().err
    assert "this is a bug: ZeroDivisionError" in told
    assert "Traceback" not in told
    assert run(["--debug", "verify"]) == 70
    assert "Traceback" in capfd.readouterr().err
