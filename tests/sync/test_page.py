"""docs/registry.md, command by command."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from tests.sync.conftest import Served

from trustcert.cli import run
from trustcert.registry.repository import Repository
from trustcert.registry.trust import KeyState
from trustcert.store import TrustStore

PAGE = Path(__file__).parents[2] / "docs" / "registry.md"
BLOCK = re.compile(r"<!-- console: (\w+) -->\n```console\n(.*?)```", re.DOTALL)
EXIT = re.compile(r"  # exit (\d)$")


def test_every_command_of_the_page_does_what_it_says(
    www: Path, server: Served, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(www.parent)
    monkeypatch.setenv("TRUSTCERT_PASSWORD", "correct horse")
    said: dict[str, str] = {}
    for name, body in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        for line in body.splitlines():
            code = EXIT.search(line)
            words = shlex.split(EXIT.sub("", line).removeprefix("$ "))
            if words[0] == "cp":
                shutil.copy(*words[1:])
                continue
            assert words[0] == "trustcert"
            words = [w.replace("https://registry.example/", server.url) for w in words[1:]]
            if "KID" in words:
                words[words.index("KID")] = kid()
            capfd.readouterr()
            found = run(words)
            out, err = capfd.readouterr()
            assert found == int(code[1] if code else 0), (line, out, err)
            said[name] = said.get(name, "") + out + err
    assert "needs 1 more of chengdu (" in said["root"]
    assert "root: 1 more of chengdu (" in said["root"]
    assert "of CN-51 is new: active, all types" in said["province"]
    assert "is refused (key_compromised)" in said["emergency"]
    assert "nothing new" in said["checkpoint"]
    states = [record.state for record in Repository.load(Path("registry")).key_set("CN-51").keys]
    assert states == [KeyState.COMPROMISED, KeyState.ACTIVE]
    (held,) = TrustStore("tunnel").open(at=published_at()).registries
    assert held.chain.roles["root"].version == 2


def kid() -> str:
    """Return the key id of the first issuing key of Sichuan."""
    return Repository.load(Path("sichuan")).key_set("CN-51").keys[0].key.kid.hex()


def published_at() -> int:
    """Return when the newest publication was made."""
    timestamp = json.loads(Path("www/metadata/timestamp.json").read_bytes())
    return int(timestamp["signed"]["x-trustcert-as-of"])
