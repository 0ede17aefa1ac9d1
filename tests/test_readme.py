"""README.md, played: its files written, its commands run, its Python executed, in order."""

from __future__ import annotations

import functools
import re
import shlex
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from trustcert.cli import cli
from trustcert.encoding.instants import rfc3339

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"<!-- (\w+): ([\w.]+) -->\n```\w+\n(.*?)```", re.DOTALL)
ADDRESS = "http://localhost:8000/"


def blocks(kind: str) -> dict[str, str]:
    found = BLOCK.findall(README.read_text(encoding="utf-8"))
    return {name: body for of, name, body in found if of == kind}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "www").mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=tmp_path / "www")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def commands(block: str) -> list[tuple[list[str], list[str]]]:
    """Return each command with the output that the page shows below it."""
    out: list[tuple[list[str], list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            words = shlex.split(line[2:], comments=True)
            assert words[0] == "trustcert"
            out.append((words[1:], []))
        else:
            out[-1][1].append(line)
    return out


def test_the_commands_do_what_the_page_says(
    served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUSTCERT_PASSWORD", "correct horse")
    monkeypatch.setenv("TRUSTCERT_STORE", str(tmp_path / "store"))
    today = rfc3339(int(time.time()) - 3600)
    for name, body in blocks("file").items():
        Path(name).write_text(body.replace("TODAY", today), encoding="utf-8")

    shown = 0
    for name in ("province", "issuer", "revoke", "checkpoint"):
        for words, expected in commands(blocks("console")[name]):
            given = [word.replace(ADDRESS, served) for word in words]
            result = CliRunner().invoke(cli, given, standalone_mode=False)
            assert result.exception is None, (words, result.output, result.exception)
            if expected:
                assert result.stdout.splitlines() == expected
                assert result.return_value == 1
                shown += 1
            else:
                assert result.return_value in (None, 0), (words, result.output)
    assert shown == 1
    assert Path("proof.png").read_bytes().startswith(b"\x89PNG")


def test_the_python_runs_and_passes(
    served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    parts = blocks("python")
    for part in ("province", "issuer", "checkpoint"):
        assert len(parts[part].splitlines()) <= 20, "a dozen lines and the imports"
        exec(compile(parts[part].replace(ADDRESS, served), part, "exec"), names)  # noqa: S102
        if part == "province":
            Path("root.json").write_bytes(names["registry"].roots[1])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("PASS []")
    assert printed[1] == "张伟"
