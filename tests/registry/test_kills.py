"""A command that is killed (kill -9) anywhere: the next one works, and nothing was made twice."""

# ruff: noqa: ISC004 - long lines of commands in tables
from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from tests.registry.simulator import URL, Mirror

from trustcert.cli import run
from trustcert.registry import publish
from trustcert.registry.repository import Repository
from trustcert.store import TrustStore
from trustcert.sync import sync

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")

KILLS = int(os.environ.get("TRUSTCERT_KILLS", "0"))
PLACES = range(KILLS) if KILLS else (0, 2, 5, 9, 14)
"""The changes of the disk at which each command is killed."""

WRITING = frozenset({"open", "os.rename", "os.remove", "os.mkdir"})
COMMANDS = (
    "registry add-issuer reg CN-31 --key other.pem.pub --type health_proof",
    "registry key add reg CN-51 other.pem.pub",
    "registry sign reg --key hub.pem --key wang.pem",
    "registry rotate reg CN-51 --key other.pem.pub",
    "registry renew reg targets CN-51",
    "registry discard reg targets",
    "registry withdraw reg CN-51",
    "registry accept reg CN-51 in.zip",
    "registry publish reg www --key online.pem",
    "registry pull sichuan www",
    "registry submit sichuan CN-51 in.zip",
    "registry init fresh --root-key hub.pem.pub --targets-key hub.pem.pub"
    " --online-key online.pem.pub",
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make, once, a hub with drafts open, its publication, a province's copy and a submission."""
    folder = tmp_path_factory.mktemp("kills")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TRUSTCERT_PASSWORD", "secret")
        for name in ("hub", "online", "wang", "signing", "other"):
            assert run(["keygen", f"{name}.pem", "--algorithm", "Ed25519"]) == 0
        for line in (
            "registry init reg --root-key hub.pem.pub --targets-key hub.pem.pub"
            " --online-key online.pem.pub",
            "registry add-issuer reg CN-51 --key wang.pem.pub --type health_proof",
            "registry sign reg --key hub.pem",
            "registry publish reg www --key online.pem",
            "registry pull sichuan www --root www/metadata/1.root.json",
            "registry key add sichuan CN-51 signing.pem.pub",
            "registry sign sichuan --key wang.pem",
            "registry submit sichuan CN-51 in.zip",
            "registry renew reg targets",
            "registry sign reg --key hub.pem",
        ):
            assert run(line.split()) == 0, line
    return folder


def killed(line: str, at: int) -> bool:
    """Run a command in a process that is killed at its ``at``-th change of the disk."""
    child = os.fork()
    if child == 0:
        left = [at]

        def count(event: str, details: tuple[object, ...]) -> None:
            writes = event != "open" or (isinstance(details[2], int) and details[2] & os.O_ACCMODE)
            if event in WRITING and writes:
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        os._exit(run(line.split()))
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("line", COMMANDS)
def test_the_next_command_works(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("TRUSTCERT_PASSWORD", "secret")
    monkeypatch.chdir(tmp_path)
    kills = 0
    for number in PLACES:
        kills += check(desk, tmp_path / str(number), line, number)
    assert kills > 0


def check(desk: Path, place: Path, line: str, number: int) -> bool:
    """Kill ``line`` once in a copy of the desk, then do it again, publish, and sync.

    Returns whether it was killed before it had ended.
    """
    shutil.copytree(desk, place)
    os.chdir(place)
    was_killed = killed(line, number)
    assert run(["registry", "show", "reg"]) in {0, 3}
    if was_killed:
        code = run(line.split())
        assert code in {0, 4}, "done again, or told that it is done already"
    assert run(["registry", "publish", "reg", "www", "--key", "online.pem"]) == 0
    files = {name: publish.Folder(Path("www"))[name] for name in publish.Folder(Path("www"))}
    sync(TrustStore("store"), URL, root=files["metadata/1.root.json"], fetcher=Mirror(files))
    for folder in ("reg", "sichuan"):
        left = [*Path(folder).rglob("*.unfinished")]
        Repository.load(Path(folder)).save(Path(folder))
        assert not left or not [*Path(folder).rglob("*.unfinished")]
    return was_killed
