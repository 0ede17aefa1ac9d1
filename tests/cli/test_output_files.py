"""What a command writes never takes the place of a file of another kind, as a private key."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import EVENING, NOW, Call
from tests.registry.simulator import URL, world

from trustcert.errors import TrustError
from trustcert.files import refuse_other
from trustcert.store import TrustStore
from trustcert.sync import sync

TABLE = "type,name,colour,document_type,document_number\nhealth_proof,,green,citizen_id,1\n"
SIGN = ("--key", "issuing.pem", "--at", EVENING, "--accept", "no-ledger")


def test_a_sheet_replaces_sheets_alone(trustcert: Call, issued: str) -> None:
    assert issued
    key = Path("other.pem")
    held = key.read_bytes()
    key.rename("s.pdf")
    done = trustcert("sheet", "proof.txt", "-o", "s.pdf", "--at", NOW)
    assert done.code == 4
    assert "s.pdf: is there and holds something else; --force replaces it" in done.err
    assert Path("s.pdf").read_bytes() == held
    for options in (("--force",), ()):
        done = trustcert("sheet", "proof.txt", "-o", "s.pdf", "--at", NOW, *options)
        assert done.code == 0, done.err
        assert Path("s.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("option", ["--refused", "--sheet"])
def test_a_table_s_outputs_leave_a_private_key(trustcert: Call, issued: str, option: str) -> None:
    assert issued
    Path("t.csv").write_text(TABLE, encoding="utf-8")
    name = "other.pdf" if option == "--sheet" else "other.pem"
    held = Path("other.pem").rename(name).read_bytes()
    done = trustcert("issue", "t.csv", "--issuer", "CN-51", *SIGN, option, name)
    assert done.code == (2 if option == "--sheet" else 4), done.err
    assert "name another file" in done.err
    assert Path(name).read_bytes() == held


def test_refused_rows_replace_those_of_an_earlier_run_and_never_the_table(
    trustcert: Call, issued: str
) -> None:
    assert issued
    Path("t.csv").write_text(TABLE, encoding="utf-8")
    issue = ("issue", "t.csv", "--issuer", "CN-51", *SIGN, "--refused")
    for _ in range(2):
        assert trustcert(*issue, "r.csv").code == 1
    assert trustcert(*issue, "t.csv").code == 4
    assert Path("t.csv").read_text(encoding="utf-8") == TABLE


def test_a_picture_leaves_a_private_key(trustcert: Call, issued: str) -> None:
    assert issued
    held = Path("other.pem").rename("other.png").read_bytes()
    done = trustcert("issue", "claims.json", *SIGN, "--qr", "other.png")
    assert done.code == 2
    assert Path("other.png").read_bytes() == held


def test_keygen_leaves_both_files(trustcert: Call, issued: str) -> None:
    assert issued
    held = Path("other.pem").read_bytes()
    assert trustcert("keygen", "other.pem").code == 4
    Path("new.pem.pub").write_bytes(held)
    assert trustcert("keygen", "new.pem").code == 4
    assert Path("other.pem").read_bytes() == Path("new.pem.pub").read_bytes() == held
    assert not Path("new.pem").exists()
    assert Path("other.pem").stat().st_mode & 0o777 == 0o600


def test_a_store_is_exported_over_registries_alone(trustcert: Call, issued: str) -> None:
    assert issued
    made = world()
    sync(TrustStore(Path("store")), URL, root=made.root, fetcher=made.mirror())
    held = Path("other.pem").read_bytes()
    done = trustcert("store", "export", "other.pem")
    assert (done.code, Path("other.pem").read_bytes()) == (4, held)
    for options in (("--force",), ()):
        done = trustcert("store", "export", "other.pem", *options)
        assert done.code == 0, done.err
    assert Path("other.pem").read_bytes() != held


def test_a_list_is_exported_over_lists_alone(trustcert: Call, issued: str) -> None:
    assert issued
    held = Path("other.pem").read_bytes()
    Path("CN-51.ledger").touch()  # refused before it is opened
    export = ("status", "export", "CN-51.ledger", "1", "--as", "jwt", "--uri", "https://a.example",
              "--key", "issuing.pem", "--out", "other.pem")  # fmt: skip
    done = trustcert(*export)
    assert done.code == 4
    assert "holds something else; --force replaces it" in done.err
    assert Path("other.pem").read_bytes() == held


def test_a_folder_and_a_stream_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="is a folder"):
        refuse_other(tmp_path, lambda _head: True, force=True)
    with pytest.raises(TrustError, match="no regular file"):
        refuse_other(Path("/dev/null"), lambda _head: True)
