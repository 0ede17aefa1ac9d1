"""The command line with keys on tokens and in files: PINs, permissions, what is never written."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.softhsm import PIN, SoftHsm, softhsm

from trustcert.cli import EXIT_COULD_NOT_RUN, run
from trustcert.encoding import json
from trustcert.keys import PrivateKey, PublicKey
from trustcert.keys.pkcs11 import key_uri

COLUMNS = "type,name,result,sampled_at,method"


@pytest.fixture
def hsm(tmp_path: Path) -> SoftHsm:
    made = softhsm(tmp_path / "hsm")
    made.add_token("Sichuan")
    return made


def trustcert(
    hsm: SoftHsm, folder: Path, *words: str, pin: str | None = PIN
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, as a module reads its configuration once."""
    environment = os.environ | hsm.environment | ({} if pin is None else {"TRUSTCERT_PIN": pin})
    return subprocess.run(
        [sys.executable, "-m", "trustcert", *words], cwd=folder, env=environment,
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=100,
    )  # fmt: skip


def keygen(hsm: SoftHsm, folder: Path, *more: str, pin: str | None = PIN) -> str:
    words = ("token", "keygen", "issuing.pub", "--module", hsm.module, "--token", "Sichuan")
    done = trustcert(hsm, folder, *words, "--label", "issuing", *more, pin=pin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def batch(folder: Path, rows: int) -> str:
    sampled = int(time.time()) - 3_600
    line = f"test_result,张伟,negative,{sampled},nucleic_acid"
    (folder / "batch.csv").write_text("\n".join([COLUMNS, *[line] * rows]), encoding="utf-8")
    return "batch.csv"


def test_a_batch_is_issued_from_a_token(hsm: SoftHsm, tmp_path: Path) -> None:
    printed = json.decode(keygen(hsm, tmp_path).encode(), limit=4_096)
    public = PublicKey.from_pem((tmp_path / "issuing.pub").read_bytes())
    assert PublicKey.from_jwk(printed) == public
    uri = key_uri(hsm.module, "Sichuan", "issuing")
    words = (
        "issue",
        batch(tmp_path, 200),
        "--issuer",
        "CN-51",
        "--accept",
        "no-ledger",
        "--valid-for",
        "1d",
        "--key",
        uri,
    )
    done = trustcert(hsm, tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 200
    assert "200 issued, 0 refused" in done.stderr


def test_the_pin_comes_from_a_file_too(hsm: SoftHsm, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.touch(mode=0o600)
    pin.write_text(PIN + "\n")
    keygen(hsm, tmp_path, "--pin-file", str(pin), pin=None)
    uri = f"{key_uri(hsm.module, 'Sichuan', 'issuing')}&pin-source=file:{pin}"
    words = (
        "issue",
        batch(tmp_path, 2),
        "--issuer",
        "CN-51",
        "--accept",
        "no-ledger",
        "--valid-for",
        "1d",
        "--key",
        uri,
    )
    done = trustcert(hsm, tmp_path, *words, pin=None)
    assert done.returncode == 0, done.stderr
    assert "others can read" not in done.stderr
    pin.chmod(0o644)
    assert "others can read" in trustcert(hsm, tmp_path, *words, pin=None).stderr


@pytest.mark.parametrize(
    ("pin", "told"), [("0000-wrong", "wrong PIN, number 1"), ("", "the PIN is empty")]
)
def test_a_wrong_pin_signs_nothing(hsm: SoftHsm, tmp_path: Path, pin: str, told: str) -> None:
    keygen(hsm, tmp_path)
    uri = key_uri(hsm.module, "Sichuan", "issuing")
    words = (
        "issue",
        batch(tmp_path, 2),
        "--issuer",
        "CN-51",
        "--accept",
        "no-ledger",
        "--valid-for",
        "1d",
        "--key",
        uri,
    )
    done = trustcert(hsm, tmp_path, *words, pin=pin)
    assert done.returncode == EXIT_COULD_NOT_RUN
    assert done.stdout == ""
    assert told in done.stderr


def test_a_key_is_made_once(hsm: SoftHsm, tmp_path: Path) -> None:
    keygen(hsm, tmp_path)
    words = ("token", "keygen", "--module", hsm.module, "--token", "Sichuan", "--label", "issuing")
    again = trustcert(hsm, tmp_path, *words, "issuing.pub")
    assert again.returncode == EXIT_COULD_NOT_RUN
    assert "never overwritten" in again.stderr
    other = trustcert(hsm, tmp_path, *words, "other.pub")
    assert other.returncode == EXIT_COULD_NOT_RUN
    assert "already" in other.stderr
    assert not (tmp_path / "other.pub").exists()
    listed = trustcert(hsm, tmp_path, "token", "list", "--module", hsm.module)
    assert listed.stdout.splitlines() == ["Sichuan"]


def test_a_pin_in_a_uri_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = "pkcs11:token=a;object=b?module-path=/x.so&pin-value=987654"
    name = str(tmp_path / batch(tmp_path, 1))
    assert run(["issue", name, "--issuer", "CN-51", "--accept", "no-ledger", "--key", uri]) == 2
    told = capsys.readouterr().err
    assert "never stands in a URI" in told
    assert "987654" not in told


@pytest.mark.skipif(os.name != "posix", reason="permissions of files are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_file_that_others_can_read_is_refused(
    mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRUSTCERT_PASSWORD", "correct horse")
    key = tmp_path / "key.pem"
    assert run(["keygen", str(key)]) == 0
    assert key.stat().st_mode & 0o777 == 0o600
    name = str(tmp_path / batch(tmp_path, 1))
    words = [
        "issue",
        name,
        "--issuer",
        "CN-51",
        "--accept",
        "no-ledger",
        "--valid-for",
        "1d",
        "--key",
        str(key),
    ]
    assert run(words) == 0
    key.chmod(mode)
    assert run(words) == EXIT_COULD_NOT_RUN
    assert "chmod 600" in capsys.readouterr().err


@pytest.mark.parametrize("algorithm", ["SM2", "ML-DSA-44", "ML-DSA-65"])
def test_keygen_makes_every_kind_and_never_overwrites(
    algorithm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if algorithm == "SM2":
        pytest.importorskip("tongsuopy", reason="tongsuopy is not installed (the extra sm2)")
    monkeypatch.setenv("TRUSTCERT_PASSWORD", "correct horse")
    key = tmp_path / "key.pem"
    assert run(["keygen", str(key), "--algorithm", algorithm]) == 0
    before = key.read_bytes()
    made = PrivateKey.from_pem(before, b"correct horse")
    assert made.public_key.algorithm.name == algorithm
    assert PublicKey.from_pem((tmp_path / "key.pem.pub").read_bytes()) == made.public_key
    assert run(["keygen", str(key), "--algorithm", algorithm]) == EXIT_COULD_NOT_RUN
    (tmp_path / "key.pem.pub").unlink()
    assert run(["keygen", str(key), "--algorithm", algorithm]) == EXIT_COULD_NOT_RUN
    assert key.read_bytes() == before
