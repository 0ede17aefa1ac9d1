"""A security officer's mistakes: each a sentence, an exit code, and the folder byte for byte."""

# ruff: noqa: ISC004, E501 - long lines of commands in tables
from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from trustcert.cli import run
from trustcert.errors import SyncError
from trustcert.registry import workfolder
from trustcert.registry.repository import Repository

KEYS = ("root1", "root2", "hub", "online", "wang", "li", "lists", "signing", "other", "city")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make, once, a desk: keys, a published registry, a province's copy, some other files."""
    folder = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TRUSTCERT_PASSWORD", "secret")
        for name in KEYS:
            label = ["--label", name] if name in {"wang", "li", "root1", "root2"} else []
            assert run(["keygen", f"{name}.pem", "--algorithm", "ed25519", *label]) == 0
        for line in (
            "registry init reg --root-key root1.pem.pub --root-key root2.pem.pub"
            " --root-threshold 2 --targets-key hub.pem.pub --online-key online.pem.pub",
            "registry add-issuer reg CN-51 --key wang.pem.pub --key li.pem.pub --threshold 2"
            " --type health_proof",
            "registry add-issuer reg CN-15 --key other.pem.pub --type health_proof",
            "registry sign reg --key root1.pem --key root2.pem --key hub.pem",
            "registry publish reg www --key online.pem",
            "registry pull sichuan www --root www/metadata/1.root.json",
            "registry key add sichuan CN-51 signing.pem.pub",
            "registry delegate-status sichuan CN-51 --key lists.pem.pub",
            "registry sign sichuan --key wang.pem --key li.pem",
            "registry submit sichuan CN-51 in.zip",
            "registry accept reg CN-51 in.zip",
            "registry publish reg www --key online.pem",
            "registry key add sichuan CN-51 other.pem.pub",
        ):
            assert run(line.split()) == 0, line
        policy = {"destination": "CN-51", "recognises": [], "rules": {}}
        Path("policy.json").write_text(json.dumps(policy), encoding="utf-8")
        Path("strange").mkdir()
        Path("strange/letter.txt").write_text("hello", encoding="utf-8")
        Path("empty").mkdir()
        Path("old/metadata").mkdir(parents=True)
        Path("old/metadata/root.json").write_text("{}", encoding="utf-8")
        shutil.copytree("reg", "future")
        Path("future/work-folder.json").write_text('{"layout": 9}', encoding="utf-8")
        Path("keys.csv").write_text("issuer,file\nCN-15,city.pem.pub\nCN-51,gone.pub\n")
        Path("wrong.csv").write_text("who,file\nCN-15,city.pem.pub\n")
        Path("gbk.csv").write_bytes("issuer,file\n四川,x".encode("gbk"))
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock"
    }


MISTAKES: list[tuple[str, int, str]] = [
    # a typo in the folder
    ("registry show rge", 4, "rge: there is no such folder"),
    ("registry show strange", 4, "strange: is no work folder of a registry; `trustcert registry"),
    ("registry show strange/letter.txt", 4, "not TUF metadata"),
    ("registry show empty", 4, "empty: is no work folder"),
    ("registry show www", 4, "www: is a publication, not a work folder"),
    ("registry show old", 4, "old: is a work folder of an earlier version of trustcert"),
    ("registry show future", 4, "this folder has layout 9, this program speaks 2"),
    ("registry show policy.json", 4, "not TUF metadata"),
    ("registry check nowhere", 4, "nowhere: there is no such folder"),
    ("registry publish strange www --key online.pem", 4, "strange: is no work folder"),
    ("registry publish www www --key online.pem", 4, "www: is a publication, not a work folder"),
    ("registry submit rge CN-51 out.zip", 4, "rge: there is no such folder"),
    # swapped arguments
    ("registry add-issuer CN-31 reg --key other.pem.pub --type health_proof", 2, "issuer id"),
    ("registry key add CN-51 reg signing.pem.pub", 4, "the work folder comes first, then the"),
    ("registry key list CN-51 reg", 4, "the work folder comes first, then the issuer"),
    ("registry set-policy CN-51 reg policy.json", 4, "the work folder comes first"),
    ("registry accept CN-51 reg in.zip", 4, "the work folder comes first"),
    ("registry sign wang.pem --key sichuan", 2, "sichuan"),
    ("registry pull www sichuan", 4, "www: is a publication, not a work folder"),
    ("registry diff reg www", 4, "www: is a publication, not a work folder"),
    # a publication at a wrong place
    ("registry publish reg reg --key online.pem", 2, "lies in the work folder reg"),
    ("registry publish reg reg/www --key online.pem", 2, "lies in the work folder reg"),
    ("registry publish reg . --key online.pem", 2, "holds the work folder reg"),
    ("registry publish reg sichuan --key online.pem", 2, "sichuan: is a work folder"),
    ("registry publish reg strange --key online.pem", 2, "holds other files and no publication"),
    ("registry publish reg policy.json --key online.pem", 2, "is a file; publish into a folder"),
    ("registry publish reg www2 --key wang.pem", 4, "needs; it is signed by"),
    ("registry publish reg www2 --key online.pem.pub", 4, "holds no private key"),
    ("registry publish sichuan www --key online.pem", 4, "it is older than what was published"),
    # issuers
    ("registry add-issuer reg CN51 --key other.pem.pub --type health_proof", 2, "CN51: write it with a hyphen: CN-51"),
    ("registry add-issuer reg CN --name-zh 国 --name-en C --key hub.pem.pub --type health_proof", 4,
     "CN: would stand above CN-51, whose paths it could sign"),
    ("registry add-issuer reg cn-31 --key other.pem.pub --type health_proof", 2, "must be an iss"),
    ("registry add-issuer reg CN-99 --key other.pem.pub --type health_proof", 2, "no province has"),
    ("registry add-issuer reg CN-51 --key other.pem.pub --type health_proof", 4, "listed already"),
    ("registry add-issuer reg CN-31 --type health_proof", 4, "a province needs keys of its own"),
    ("registry add-issuer reg CN-31 --key other.pem.pub --type helth_proof", 2, "did you mean hea"),
    ("registry add-issuer reg CN-44-03 --name-zh 深 --name-en S --type health_proof", 4,
     "CN-44, the province of CN-44-03, is not listed"),
    ("registry add-issuer reg CN-51-01 --name-zh 成\u202e --name-en C --type health_proof", 4,
     "holds the character U+202E"),
    ("registry add-issuer reg CN-31 --key other.pem --type health_proof", 4, "a private key; only"),
    ("registry add-issuer reg CN-31 --key nokey.pub --type health_proof", 2, "nokey.pub"),
    ("registry add-issuer reg CN-31 --key policy.json --type health_proof", 4, "policy.json"),
    ("registry withdraw reg CN-15X", 4, "CN-15X: no such issuer in this registry; did you mean"),
    ("registry withdraw reg CN51", 4, "did you mean CN-51"),
    ("registry set-types reg CN-52 --type health_proof", 4, "CN-52: no such issuer in this reg"),
    ("registry delegate-status reg cn-51 --key lists.pem.pub", 4, "did you mean CN-51"),
    ("registry set-policy reg CN-44 policy.json", 4, "CN-44: no such issuer in this registry"),
    ("registry set-policy reg CN-15 policy.json", 4, "destination: is CN-51, must be CN-15"),
    ("registry set-policy reg CN-51 keys.csv", 4, "keys.csv"),
    # issuing keys
    ("registry key add reg CN-44 signing.pem.pub", 4, "CN-44: no such issuer in this registry"),
    ("registry key add sichuan CN-51 signing.pem", 4, "signing.pem: this is a private key"),
    ("registry key add sichuan CN-51 signing.pem.pub", 4, "is there already"),
    ("registry key add sichuan CN-51 city.pem.pub city.pem.pub", 4, "is there already"),
    ("registry key list reg CN-99", 4, "CN-99: no such issuer in this registry; did you mean"),
    ("registry key rotate sichuan CN-51 00000000 city.pem.pub", 4, "CN-51 has no key 00000000"),
    ("registry key rotate sichuan CN-51 city.pem.pub city.pem.pub", 4, "CN-51 has no key"),
    ("registry key rotate sichuan CN-51 gone.pub city.pem.pub", 4, "there is no such file"),
    ("registry key retire sichuan CN-51 zz", 4, "CN-51 has no key zz (it has: "),
    ("registry key remove sichuan CN-51 ffff", 4, "CN-51 has no key ffff"),
    ("registry key remove sichuan CN-51 signing.pem.pub --since 2999-01-01T00:00:00Z", 2,
     "is in the future"),
    ("registry key remove sichuan CN-51 signing.pem.pub --since yesterday", 2, "not an RFC 3339 time"),
    ("registry import-keys reg keys.csv", 4, "nothing was added: row 3: gone.pub: there is no"),
    ("registry import-keys reg wrong.csv", 4, "has no column issuer; the first row names them"),
    ("registry import-keys reg gbk.csv", 4, "is not UTF-8; save it as CSV UTF-8"),
    # roles
    ("registry rotate reg CN-5l --key wang.pem.pub", 4, "CN-5l: no such role in this registry"),
    ("registry rotate reg tragets --key hub.pem.pub", 4, "did you mean targets"),
    ("registry rotate reg CN-51 --key wang.pem.pub --threshold 2", 4, "must be 1 to 1"),
    ("registry rotate reg CN-51 --key wang.pem.pub --key wang.pem.pub", 4, "one key twice"),
    ("registry renew reg CN-15-status", 4, "no such role in this registry; did you mean CN-51-s"),
    ("registry renew reg timestamp", 4, "each publication renews it"),
    ("registry discard reg CN-51", 4, "CN-51: no such draft in this registry; there are none yet"),
    ("registry discard sichuan targets", 4, "targets: no such draft in this registry; there are:"),
    # signatures and submissions
    ("registry sign sichuan --key hub.pem", 4, "no draft waits for these keys"),
    ("registry sign sichuan --key wang.pem --role CN-52", 4, "did you mean CN-51"),
    ("registry sign sichuan --key wang.pem --role targets", 4, "no draft of it is open"),
    ("registry sign sichuan --key wang.pem.pub", 4, "holds no private key"),
    ("registry sign sichuan --key nobody.pem", 2, "nobody.pem"),
    ("registry sign gone.json --key wang.pem", 4, "gone.json: there is no such folder"),
    ("registry submit sichuan CN-52 out.zip", 4, "CN-52: no such issuer in this registry"),
    ("registry submit sichuan CN-51 out.zip", 4, "2 signature(s) missing, of li ("),
    ("registry submit reg CN-15 out.zip", 4, "CN-15 has nothing to hand in yet; add a key"),
    ("registry submit reg CN-51 reg/in.zip", 2, "lies in the work folder reg"),
    ("registry submit reg CN-51 wang.pem", 4, "is there and holds something else; --force"),
    ("registry submit reg CN-51 strange", 4, "strange: is a folder; name a file"),
    ("registry submit reg CN-51 far/in.zip", 4, "there is no folder far"),
    ("registry accept reg CN-15 in.zip", 4, "holds nothing of CN-15, but 'CN-51'"),
    ("registry accept reg CN-51 policy.json", 4, "the archive is damaged or no archive"),
    ("registry accept reg CN-52 in.zip", 4, "CN-52: no such issuer in this registry"),
    # a copy
    ("registry pull new www", 4, "give root.json, brought by hand, with --root"),
    ("registry pull new www --root policy.json", 4, "not TUF metadata"),
    ("registry pull sichuan reg", 4, "reg: is a work folder, not a publication"),
    ("registry pull sichuan strange", 4, "strange: holds no publication"),
    ("registry pull sichuan nowhere", 4, "nowhere: there is no such folder or file"),
    ("registry pull sichuan policy.json", 4, "the archive is damaged or no archive"),
    ("registry pull strange www --root www/metadata/1.root.json", 4, "strange: is no work folder"),
    ("registry init reg --root-key root1.pem.pub --targets-key hub.pem.pub"
     " --online-key online.pem.pub", 4, "reg: is there already and not empty"),
    ("registry init strange --root-key root1.pem.pub --targets-key hub.pem.pub"
     " --online-key online.pem.pub", 4, "strange: is there already and not empty"),
    # the clock
    ("registry publish reg www --key online.pem --at 2020-01-01T00:00:00Z", 4, "the clock says"),
    ("registry publish reg www --key online.pem --at 2099-01-01T00:00:00Z", 4, "expired"),
    ("registry publish reg www --key online.pem --at tomorrow", 2, "not an RFC 3339 time"),
    # keys' files
    ("keygen wang.pem", 4, "exists and is never overwritten"),
    ("keygen new.pem --algorithm ES265", 2, "ES265: no such algorithm; did you mean"),
    ("keygen far/new.pem", 4, "far"),
    ("key passwd wang.pem.pub", 4, "holds no private key"),
    ("key passwd wang.pem", 4, "there is no terminal to ask at; give --new-password-file"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code", "sentence"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_a_sentence_and_changes_nothing(  # noqa: PLR0913, PLR0917 - a case, its place
    desk: Path,
    line: str,
    code: int,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(desk)
    monkeypatch.setenv("TRUSTCERT_PASSWORD", "secret")
    before = everything(desk)
    found = run(line.split(" "))
    out, err = capfd.readouterr()
    assert (found, sentence in out + err) == (code, True), out + err
    assert everything(desk) == before


def test_there_are_many() -> None:
    assert len(MISTAKES) >= 100


@pytest.mark.parametrize(
    "line",
    [
        "registry sign reg --key hub.pem",
        "registry publish reg www --key online.pem",
        "registry submit reg CN-51 again.zip",
        "registry accept reg CN-51 again.zip",
        "registry pull sichuan www",
        "registry renew reg CN-51",
    ],
)
def test_the_same_command_twice_is_no_mistake(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    copied = tmp_path / "desk"
    shutil.copytree(desk, copied)
    monkeypatch.chdir(copied)
    monkeypatch.setenv("TRUSTCERT_PASSWORD", "secret")
    assert run(["registry", "submit", "reg", "CN-51", "again.zip"]) == 0
    assert run(line.split()) == 0
    once = Repository.load(Path("reg"))
    assert run(line.split()) == 0
    twice = Repository.load(Path("reg"))
    for role in once.metadata:
        if role != "timestamp":
            assert twice.metadata[role].signed.version == once.metadata[role].signed.version


def test_a_full_disk_leaves_the_folder_as_it_was(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    copied = tmp_path / "desk"
    shutil.copytree(desk, copied)
    monkeypatch.chdir(copied)
    monkeypatch.setenv("TRUSTCERT_PASSWORD", "secret")
    before = everything(copied)
    staged = workfolder._staged

    def full(stop: int) -> Callable[[Path, bytes], Path | None]:
        left = [stop]

        def write(path: Path, data: bytes) -> Path | None:
            found = staged(path, data)
            if found is not None:
                left[0] -= 1
                if left[0] < 0:
                    found.unlink()
                    raise SyncError(f"{path}: No space left on device")
            return found

        return write

    for stop in range(3):
        monkeypatch.setattr(workfolder, "_staged", full(stop))
        line = "registry add-issuer reg CN-31 --key other.pem.pub --type health_proof"
        code = run(line.split())
        assert code == (4 if stop < 2 else 0)
        if code:
            assert "No space left on device" in capfd.readouterr().err
            assert everything(copied) == before
