"""A province on the command line: a key, a JWK set to trust, a claims file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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


@pytest.fixture
def trustcert(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run ``trustcert`` as its entry point does, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUSTCERT_PASSWORD", PASSWORD)
    monkeypatch.setenv("TRUSTCERT_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("TRUSTCERT_DESTINATION", raising=False)

    def call(*arguments: str, stdin: str | bytes | None = None) -> Outcome:
        result: Result = CliRunner().invoke(_entry, list(arguments), input=stdin)
        return Outcome(code=result.exit_code, out=result.stdout, err=result.stderr)

    return call


class _Entry:
    """What CliRunner takes for a command: the program's own ``run``, exit code and all."""

    name = "trustcert"

    def main(self, args: list[str], **_ignored: object) -> None:
        raise SystemExit(run(args))


_entry = _Entry()  # type: ignore[var-annotated,unused-ignore]


@pytest.fixture
def issued(trustcert: Call, tmp_path: Path) -> str:
    """Return the text of a proof; its key, picture and JWK set lie in the folder."""
    assert trustcert("keygen", "issuing.pem").code == 0
    key = json.decode(trustcert("keygen", "other.pem").out.splitlines()[0], limit=9999)
    (tmp_path / "stranger.json").write_bytes(json.encode({"issuer": "CN-51", "keys": [key]}))
    (tmp_path / "claims.json").write_bytes(json.encode(APPLICATION))
    result = trustcert(
        "issue", "claims.json", "--key", "issuing.pem", "--at", EVENING, "--qr", "proof.png"
    )
    assert result.code == 0, result.err
    own = tmp_path / "keys.json"
    own.write_bytes(
        json.encode({"issuer": "CN-51", "keys": [_public(tmp_path / "issuing.pem.pub")]})
    )
    return result.out.strip()


def _public(path: Path) -> object:
    from trustcert import PublicKey

    return PublicKey.from_pem(path.read_bytes()).to_jwk()
