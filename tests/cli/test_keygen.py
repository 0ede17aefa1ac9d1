from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from trustcert.cli import EXIT_COULD_NOT_RUN, run
from trustcert.errors import MalformedError
from trustcert.keys import PrivateKey, PublicKey

PASSWORD = "correct horse"


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TRUSTCERT_PASSWORD", PASSWORD)
    return PASSWORD


@pytest.mark.parametrize(
    ("option", "name"),
    [((), "ESP256"), (("--algorithm", "ES384"), "ESP384"), (("--algorithm", "Ed25519"), "Ed25519")],
)
def test_a_pair_is_made(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    password: str,
    option: tuple[str, ...],
    name: str,
) -> None:
    file = tmp_path / "sichuan.pem"
    assert run(["keygen", str(file), *option]) == 0
    out, err = capsys.readouterr()
    key = PrivateKey.from_pem(file.read_bytes(), password.encode())
    public = PublicKey.from_pem((tmp_path / "sichuan.pem.pub").read_bytes())
    assert key.public_key == public == PublicKey.from_jwk(json.loads(out))
    assert public.algorithm.name == name
    assert str(file) in err
    assert password not in out + err
    assert file.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_the_private_file_is_for_its_owner_alone(tmp_path: Path, password: str) -> None:
    assert password
    file = tmp_path / "key.pem"
    assert run(["keygen", str(file)]) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("standing", ["key.pem", "key.pem.pub"])
def test_nothing_is_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], password: str, standing: str
) -> None:
    assert password
    (tmp_path / standing).write_bytes(b"precious")
    assert run(["keygen", str(tmp_path / "key.pem")]) == EXIT_COULD_NOT_RUN
    assert (tmp_path / standing).read_bytes() == b"precious"
    assert [path.name for path in tmp_path.iterdir()] == [standing]
    assert standing in capsys.readouterr().err


def test_a_password_comes_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(PASSWORD.encode() + b"\r\n")
    file = tmp_path / "key.pem"
    options = ["--password-file", str(tmp_path / "password")]
    assert run(["keygen", str(file), *options]) == 0
    public = PublicKey.from_pem((tmp_path / "key.pem.pub").read_bytes())
    assert PrivateKey.from_pem(file.read_bytes(), PASSWORD.encode()).public_key == public


def test_an_empty_password_makes_no_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUSTCERT_PASSWORD", "")
    assert run(["keygen", str(tmp_path / "key.pem")]) == EXIT_COULD_NOT_RUN
    assert list(tmp_path.iterdir()) == []
    assert "the password is empty" in capsys.readouterr().err


def test_a_directory_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], password: str
) -> None:
    assert password
    assert run(["keygen", str(tmp_path / "none" / "key.pem")]) == EXIT_COULD_NOT_RUN
    assert "none" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["key.pem", "--algorithm", "RS256"]])
def test_a_slip_of_usage_is_exit_2(arguments: list[str]) -> None:
    assert run(["keygen", *arguments]) == 2


def test_a_key_opens_with_its_password_only(tmp_path: Path, password: str) -> None:
    assert password
    file = tmp_path / "key.pem"
    assert run(["keygen", str(file)]) == 0
    with pytest.raises(MalformedError):
        PrivateKey.from_pem(file.read_bytes(), b"wrong")
