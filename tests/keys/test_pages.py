"""docs/key-ceremony.md, played with SoftHSM2, and the table of docs/algorithms.md, measured."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.keys.sm2_reference import ReferenceSigner
from tests.registry.simulator import URL, Mirror
from tests.softhsm import OFFICER_PIN, PIN, softhsm
from tests.support import proof

from trustcert import qr
from trustcert.claims import Holder
from trustcert.encoding.instants import rfc3339
from trustcert.errors import LimitExceededError
from trustcert.issuer import issue
from trustcert.keys import ALGORITHMS, SM2, Algorithm, PrivateKey, PublicKey, Signer
from trustcert.policy import PINNED
from trustcert.registry.repository import Repository
from trustcert.report import Verdict
from trustcert.store import TrustStore
from trustcert.sync import sync
from trustcert.verifier import Verifier

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"<!-- (\w+): ([\w.]+) -->\n```\w+\n(.*?)```", re.DOTALL)
MODULE = "/usr/lib/softhsm/libsofthsm2.so"


def ceremony() -> list[tuple[str, str, str]]:
    return BLOCK.findall((DOCS / "key-ceremony.md").read_text(encoding="utf-8"))


def test_the_ceremony_ends_with_a_code_that_verifies(tmp_path: Path) -> None:
    hsm = softhsm(tmp_path / "hsm")
    secrets = {"TRUSTCERT_PASSWORD": "correct horse", "TRUSTCERT_PIN": PIN}
    environment = os.environ | hsm.environment | secrets
    shown: list[str] = []
    for kind, name, body in ceremony():
        if kind == "file":
            today = rfc3339(int(time.time()) - 3600)
            (tmp_path / name).write_text(body.replace("TODAY", today), encoding="utf-8")
            continue
        for line in body.splitlines():
            words = shlex.split(line.removeprefix("$ ").replace(MODULE, hsm.module))
            if words[0] == "softhsm2-util":  # asks at a terminal, which there is none of here
                command = [hsm.utility, *words[1:], "--pin", PIN, "--so-pin", OFFICER_PIN]
            else:
                assert words[0] == "trustcert", line
                command = [sys.executable, "-m", "trustcert", *words[1:]]
            run = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert run.returncode == 0, (line, run.stdout, run.stderr)
            assert PIN not in run.stdout + run.stderr
            shown.append(run.stdout)
    assert "Sichuan" in shown[1]

    issuing = PublicKey.from_pem((tmp_path / "issuing-2026.pub").read_bytes())
    repository = Repository.load(tmp_path / "registry")
    assert [record.key for record in repository.key_set("CN-51").keys] == [issuing]
    assert repository.root.roles["root"].threshold == 2
    (text,) = qr.scan(tmp_path / "proof.png").texts
    store = TrustStore(tmp_path / "store")
    sync(store, URL, root=repository.roots[1], fetcher=Mirror(published(tmp_path / "www")))
    at = int(time.time())
    judge = Verifier(store.open(at=at), policy=PINNED)
    assert judge.check(text, at=at).verdict is Verdict.VALID


def published(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def version(text: str, level: str, folder: Path) -> str:
    try:
        return str(qr.save(text, folder / "code.png", error_correction=level).version)
    except LimitExceededError:
        return "-"


def test_the_table_of_sizes_is_what_comes_out(tmp_path: Path) -> None:
    page = (DOCS / "algorithms.md").read_text(encoding="utf-8")
    table = page.partition("<!-- table: qr -->\n")[2].partition("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table]
    claims = proof(holder=Holder(name="古丽娜尔·阿不都热依木"))
    measured = []
    for row in ALGORITHMS:
        signer: Signer = ReferenceSigner(7) if row is SM2 else PrivateKey.generate(row)
        for form in ("compact", "jwt"):
            text = issue(claims, signer, format=form)
            levels = [version(text, level, tmp_path) for level in "LMQ"]
            measured.append([row.name, form, str(len(text)), *levels])
    assert rows == measured


@pytest.mark.parametrize("row", ALGORITHMS, ids=lambda row: row.name)
def test_the_table_of_identifiers_is_that_of_the_code(row: Algorithm) -> None:
    page = (DOCS / "algorithms.md").read_text(encoding="utf-8")
    (line,) = [line for line in page.splitlines() if line.startswith(f"| `{row.name}` | -")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert int(cells[1].split()[0]) == row.cose
    assert cells[2].split()[0] == f"`{row.jose}`"
    assert cells[3] == (f"{row.kty} `{row.crv}`" if row.crv else row.kty)
    assert int(cells[4]) == row.signature_bytes
    key: Signer = ReferenceSigner(7) if row is SM2 else PrivateKey.generate(row)
    assert int(cells[5]) == len(key.public_key.spki)
