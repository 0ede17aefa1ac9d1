from __future__ import annotations

import os
from pathlib import Path

import pytest

from trustcert.encoding import json

from .conftest import APPLICATION, EVENING, NOW, PASSWORD, Call

WITHOUT = ("--accept", "no-ledger")

ROWS = """type,name,document_type,document_number,colour,sampled_at
health_proof,张伟,citizen_id,11010519491231002X,green,2026-03-01T09:00:00+08:00
health_proof,李娜,citizen_id,110105194912310021,green,2026-03-01T09:00:00+08:00
health_proof,王芳,passport,E12345678,green,2026-03-01T09:00:00+08:00
"""


def write(path: Path, **changes: object) -> None:
    fields = {**APPLICATION, **changes}
    path.write_bytes(json.encode({n: v for n, v in fields.items() if v is not None}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colr": "green"}, "claims.json.colr: unknown field (known are: "),
        ({"colour": "blue"}, "claims.json.colour: must be one of: green, "),
        ({"colour": None}, "claims.json.colour: is missing"),
        ({"document_number": "110105194912310021"}, "document_number: fails its check digit"),
        ({"sampled_at": "2026-03-01T09:00:00"}, "claims.json.sampled_at: time without a zone"),
        ({"type": "passport"}, "claims.json.type: must be one of: "),
        ({"issuer": None}, "claims.json.issuer: is missing: give --issuer"),
        ({"expires": "2026-02-01T00:00:00Z"}, "exp: must be after the time of issue"),
        ({"name": "x" * 500}, "claims.json.name: has over "),
        ({"name": "a\nb"}, "claims.json.name: "),
    ],
)
def test_a_claims_file_is_refused_with_place_and_reason(
    trustcert: Call, issued: str, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    write(tmp_path / "claims.json", **changes)
    result = trustcert("issue", "claims.json", "--key", "issuing.pem", "--at", EVENING, *WITHOUT)
    assert (result.code, result.out) == (4, "")
    assert said in result.err
    assert "11010519491231" not in result.err
    assert issued


def test_the_number_is_not_signed(trustcert: Call, issued: str) -> None:
    shown = trustcert("verify", issued, "--json", "--trust", "keys.json", "--at", NOW).out
    assert "11010519491231002X" not in shown
    assert '"document_tail":"002X"' in shown


def test_many_from_csv_lose_no_good_row(trustcert: Call, issued: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("﻿" + ROWS, encoding="utf-8")
    arguments = ("issue", "people.csv", "--key", "issuing.pem", "--issuer", "CN-51", *WITHOUT)
    result = trustcert(*arguments, "--at", EVENING, "--valid-for", "7d", "--qr-dir", "codes")
    assert result.code == 1
    assert "people.csv: line 3: document_number: fails its check digit" in result.err
    assert "2 issued, 1 refused" in result.err
    lines = [json.decode(line, limit=9999) for line in result.out.splitlines()]
    assert [line["line"] for line in lines] == [2, 4]
    texts = "\n".join(line["text"] for line in lines)
    judged = trustcert("verify", "-", "--trust", "keys.json", "--at", NOW, stdin=texts)
    assert (judged.code, judged.out.count("✓ PASS")) == (0, 2)
    pictures = trustcert(
        "verify", "codes/000002.png", "codes/000004.png", "--trust", "keys.json", "--at", NOW
    )
    assert pictures.code == 0
    assert issued


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the first line must name the columns"),
        ("name,colr\n", "line 1: column 2 is unknown: rename it"),
        ("name,name\n", "line 1: names the column name twice"),
    ],
)
def test_a_csv_without_proper_columns_is_refused_whole(
    trustcert: Call, issued: str, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "people.csv").write_text(text, encoding="utf-8")
    result = trustcert("issue", "people.csv", "--key", "issuing.pem", "--issuer", "CN-51", *WITHOUT)
    assert result.code == 4
    assert said in result.err
    assert issued


def test_a_wrong_password_and_a_public_key(
    trustcert: Call, issued: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = trustcert("issue", "claims.json", "--key", "issuing.pem.pub", *WITHOUT)
    assert (public.code, public.err) == (4, "trustcert: issuing.pem.pub: holds no private key\n")
    monkeypatch.setenv("TRUSTCERT_PASSWORD", "wrong")
    wrong = trustcert("issue", "claims.json", "--key", "issuing.pem", *WITHOUT)
    assert wrong.code == 4
    assert "issuing.pem: not a private key in PEM, or not its password" in wrong.err
    assert PASSWORD not in wrong.err
    assert issued


def test_keygen_never_overwrites_and_guards_its_file(trustcert: Call, tmp_path: Path) -> None:
    assert trustcert("keygen", "key.pem").code == 0
    before = (tmp_path / "key.pem").read_bytes()
    again = trustcert("keygen", "key.pem")
    assert again.code == 4
    assert (tmp_path / "key.pem").read_bytes() == before
    assert b"ENCRYPTED PRIVATE KEY" in before
    if os.name == "posix":
        assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600


def test_a_batch_on_a_ledger_is_revoked_whole(trustcert: Call, issued: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(ROWS, encoding="utf-8")
    assert trustcert("status", "create", "ledger", "--issuer", "CN-51").code == 0
    arguments = ("issue", "people.csv", "--key", "issuing.pem", "--issuer", "CN-51")
    batch = ("--ledger", "ledger", "--batch", "monday", "--valid-for", "7d", "--at", EVENING)
    first = trustcert(*arguments, *batch)
    revoked = trustcert(
        "status", "revoke", "ledger", "--batch", "monday", "--cause", "annulled", "--by", "office"
    )
    assert (revoked.code, revoked.err) == (0, "2 changed, 0 were so already, 0 refused\n")
    code = json.decode(first.out.splitlines()[0], limit=9999)["text"]
    by_code = trustcert(
        "status", "revoke", "ledger", code, "--issuer-key", "issuing.pem.pub",
        "--cause", "annulled", "--by", "office",
    )  # fmt: skip
    assert by_code.err == "0 changed, 1 were so already, 0 refused\n"
    stranger = trustcert(
        "status", "revoke", "ledger", code, "--issuer-key", "other.pem.pub",
        "--cause", "annulled", "--by", "office",
    )  # fmt: skip
    assert (stranger.code, "not signed with the issuer's key" in stranger.err) == (4, True)
    assert issued
