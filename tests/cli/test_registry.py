"""The registry by hand: each officer with one key, then a checkpoint."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.registry.simulator import Mirror

from trustcert.cli import run
from trustcert.store import TrustStore
from trustcert.sync import sync

POLICY = {
    "destination": "CN-44",
    "recognises": [{"issuer": "CN-51", "types": ["health_proof"]}],
    "rules": {"health_proof": {"colours": ["green"], "results": ["no_abnormality"]}},
}


class Desk:
    """A folder in which commands run."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self.capfd = capfd

    def __call__(self, line: str, *, code: int = 0) -> tuple[str, str]:
        self.capfd.readouterr()
        found = run(line.split())
        out, err = self.capfd.readouterr()
        assert found == code, (line, out, err)
        return out, err


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUSTCERT_PASSWORD", "secret")
    at = Desk(capfd)
    for name in ("root1", "root2", "hub", "online", "sichuan", "guangdong", "signing", "next"):
        at(f"keygen {name} --algorithm Ed25519")
    at("registry init reg --root-key root1.pub --root-key root2.pub --root-threshold 2"
       " --targets-key hub.pub --online-key online.pub")  # fmt: skip
    at("registry add-issuer reg CN-51 --key sichuan.pub --type health_proof")
    at("registry add-issuer reg CN-44 --key guangdong.pub --type health_proof")
    at("registry key add reg CN-51 signing.pub")
    Path("policy.json").write_text(json.dumps(POLICY), encoding="utf-8")
    at("registry set-policy reg CN-44 policy.json")
    return at


def published(at: Desk) -> None:
    at("registry sign reg --key root1 --key root2 --key hub --key sichuan --key guangdong")
    at("registry publish reg www --key online")


def test_from_keys_to_a_store_by_hand(desk: Desk) -> None:
    _, err = desk("registry publish reg www --key online", code=4)
    assert "root.json: signed by 0 of the 2 keys" in err
    assert not Path("www").exists()
    out, _ = desk("registry show reg", code=3)
    assert "needs 2 more" in out
    desk("registry sign reg/drafts/root.json --key root1")
    desk("registry sign reg/drafts/root.json --key root2")
    published(desk)
    desk("registry show reg")
    root = Path("reg/metadata/1.root.json").read_bytes()
    served = {str(p.relative_to("www")): p.read_bytes() for p in Path("www").rglob("*.*")
              if p.is_file()}  # fmt: skip
    sync(TrustStore("store"), "https://mirror.invalid/cn/", root=root, fetcher=Mirror(served))
    out, _ = desk("store show --store store")
    assert "CN-51" in out
    assert "recognises CN-51: health_proof" in out
    out, _ = desk("store show --store store --json")
    assert {issuer["id"] for issuer in json.loads(out)["issuers"]} == {"CN-51", "CN-44"}
    desk("store export all.zip --store store")
    desk("store import all.zip --store other --root reg/metadata/1.root.json")
    out, _ = desk("store import all.zip --store other")
    assert "nothing new" in out
    _, err = desk("store import all.zip --store third", code=4)
    assert "no root is pinned yet" in err


def test_a_private_key_where_a_public_one_belongs_is_refused_before_anything_is_written(
    desk: Desk,
) -> None:
    before = {path: path.read_bytes() for path in Path("reg").rglob("*") if path.is_file()}
    for line in (
        "registry init new --root-key root1 --targets-key hub.pub --online-key online.pub",
        "registry add-issuer reg CN-31 --key sichuan --type health_proof",
        "registry key add reg CN-51 next",
        "registry key rotate reg CN-51 00000000 next",
        "registry rotate reg root --key root1",
        "registry delegate-status reg CN-51 --key sichuan",
    ):
        _, err = desk(line, code=4)
        assert "this is a private key; only the public part belongs here" in err
    assert not Path("new").exists()
    assert {p: p.read_bytes() for p in Path("reg").rglob("*") if p.is_file()} == before


def test_a_key_is_followed_and_another_taken_out(desk: Desk) -> None:
    published(desk)
    out, _ = desk("registry key list reg CN-51 --json")
    kid = json.loads(out)["kid"]
    _, err = desk(f"registry key rotate reg CN-51 {kid} next.pub --overlap 7d")
    assert f"key {kid} signs on until" in err
    out, _ = desk("registry check reg", code=1)
    assert "error: CN-44/keys.json: has no key that may sign now → trustcert registry key" in out
    desk("registry key add reg CN-44 hub.pub")
    published(desk)
    desk("registry check reg")
    out, _ = desk("registry check reg --at 2099-01-01T00:00:00Z --json", code=1)
    assert json.loads(out.splitlines()[0])["level"] == "error"
    _, err = desk(f"registry key remove reg CN-51 {kid} --since 2026-01-01T00:00:00Z")
    assert "ever signed is refused (key_compromised)" in err
    published(desk)
    desk("registry withdraw reg CN-51")
    _, err = desk("registry key retire reg CN-51 ffffffff", code=4)
    assert "has no key ffffffff" in err


def test_a_submission_goes_to_the_hub(desk: Desk) -> None:
    published(desk)
    import shutil

    shutil.copytree("reg", "sichuan-reg")
    desk("registry key add sichuan-reg CN-51 next.pub")
    out, _ = desk("registry diff reg sichuan-reg")
    assert "of CN-51 is new: active, all types" in out
    _, err = desk("registry submit sichuan-reg CN-51 in.zip", code=4)
    assert "CN-51: has not reached its threshold" in err
    desk("registry sign sichuan-reg --key sichuan")
    desk("registry submit sichuan-reg CN-51 in.zip")
    desk("registry accept reg CN-51 in.zip")
    desk("registry publish reg www --key online")
    out, _ = desk("registry key list reg CN-51 --json")
    assert len(out.splitlines()) == 2


def test_other_root_keys_need_the_old_ones(desk: Desk) -> None:
    published(desk)
    _, err = desk("registry rotate reg root --key next.pub --key hub.pub --threshold 2")
    assert "signatures are missing on: root" in err
    desk("registry sign reg --key next --key hub")
    _, err = desk("registry publish reg www --key online")
    assert "not published: the draft of root: 2 signature(s) are missing" in err
    assert not Path("www/metadata/2.root.json").exists()
    desk("registry sign reg --key root1 --key root2")
    desk("registry publish reg www --key online")
    assert Path("www/metadata/2.root.json").exists()
