"""A province on the command line: a key, a JWK set to trust, a claims file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from trustcert.cli import run
from trustcert.encoding import json

NOW = "2026-03-02T14:30:00+08:00"
EVENING = "2026-03-01T20:00:00+08:00"
PASSWORD = "correct horse battery staple"
APPLICATION = {
    "issuer": "CN-51",
    "type": "health_proof",
    "name": "古丽娜尔·阿不都热依木",
    "document_type": "citizen_id",
    "document_number": "11010519491231002X",
    "colour": "green",
    "sampled_at": "2026-03-01T09:00:00+08:00",
    "expires": "2026-03-08T00:00:00+08:00",
}


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str


Call = Callable[..., Outcome]


def call(*arguments: str, stdin: str | bytes | None = None) -> Outcome:
    """Run ``trustcert`` as its entry point does."""
    result: Result = CliRunner().invoke(_entry, list(arguments), input=stdin)
    return Outcome(code=result.exit_code, out=result.stdout, err=result.stderr)


class _Entry:
    """What CliRunner takes for a command: the program's own ``run``, exit code and all."""

    name = "trustcert"

    def main(self, args: list[str], **_ignored: object) -> None:
        raise SystemExit(run(args))


_entry: Any = _Entry()


@pytest.fixture
def trustcert(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run ``trustcert`` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUSTCERT_PASSWORD", PASSWORD)
    monkeypatch.setenv("TRUSTCERT_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("TRUSTCERT_DESTINATION", raising=False)
    return call


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make, once, a folder with keys, a claims file, a proof as text and picture."""
    folder = tmp_path_factory.mktemp("office")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TRUSTCERT_PASSWORD", PASSWORD)
        for name, trusted in (("issuing.pem", "keys.json"), ("other.pem", "stranger.json")):
            made = call("keygen", name)
            key = json.decode(made.out.splitlines()[0], limit=9999)
            Path(trusted).write_bytes(json.encode({"issuer": "CN-51", "keys": [key]}))
        Path("claims.json").write_bytes(json.encode(APPLICATION))
        issued = call(
            "issue",
            "claims.json",
            "--key",
            "issuing.pem",
            "--at",
            EVENING,
            "--qr",
            "proof.png",
            "--accept",
            "no-ledger",
        )
        assert issued.code == 0, issued.err
        Path("proof.txt").write_text(issued.out.strip(), encoding="ascii")
    return folder


@pytest.fixture
def issued(trustcert: Call, office: Path, tmp_path: Path) -> str:  # noqa: ARG001 - its folder
    """Return the text of a proof; keys, claims file and picture lie in the folder."""
    shutil.copytree(office, tmp_path, dirs_exist_ok=True)
    return (tmp_path / "proof.txt").read_text(encoding="ascii")
