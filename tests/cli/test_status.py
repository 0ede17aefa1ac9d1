"""Status lists from the command line: from the ledger over the registry to a checkpoint."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import openpyxl
import pytest
from tests.cli.conftest import Call, Outcome, call
from tests.registry.simulator import Mirror

from trustcert.keys import PublicKey
from trustcert.ledger import allocation, storage
from trustcert.ledger.allocation import allocate_many
from trustcert.ledger.partition import Issuance
from trustcert.status import State, bitstring_credential, ietf_token
from trustcert.store import TrustStore
from trustcert.sync import sync

NOW = "2026-03-02T14:30:00+08:00"
AT = 1_772_433_000
DAY = 86_400
LICENCE = Issuance(type="licence", issued_at=AT - DAY, expires=AT + 400 * DAY)


class Desk:
    """The office that keeps the ledger of Sichuan."""

    def __init__(self, folder: Path, issued: list[tuple[int, int]]) -> None:
        self.folder = folder
        self.issued = [f"{number}:{index}" for number, index in issued]

    def __call__(self, line: str, *more: str, code: int = 0, at: str = NOW) -> Outcome:
        found = call("status", *line.split(), *more, *(() if at == "" else ("--at", at)))
        assert found.code == code, found
        return found

    def order(self, line: str, *more: str, code: int = 0) -> Outcome:
        return self(line, *more, "--by", "desk-7", code=code)

    def state(self, place: str) -> str:
        """Return what the ledger says of one credential now."""
        out = self(f"show CN-51.ledger {place} --json", at="").out
        lines = out.splitlines()
        return str(json.loads(lines[-1])["state"]) if lines else "valid"


@pytest.fixture
def desk(trustcert: Call, tmp_path: Path) -> Desk:
    made = trustcert("status", "create", "CN-51.ledger", "--issuer", "CN-51", "--list-size", "5000")
    assert made.code == 0, made
    with storage.open_ledger(tmp_path / "CN-51.ledger") as book:
        issued = allocate_many(book, LICENCE, 50)
    return Desk(tmp_path, issued)


def test_a_licence_is_withheld_released_and_withdrawn_for_good(desk: Desk) -> None:
    one = desk.issued[0]
    told = desk.order(f"suspend CN-51.ledger {one} --cause withheld --note", "file 12/2026")
    assert told.err == "1 changed, 0 were so already, 0 refused\n"
    assert desk.state(one) == "suspended"
    desk.order(f"release CN-51.ledger {one} --cause released")
    assert desk.state(one) == "valid"
    desk.order(f"revoke CN-51.ledger {one} --cause penalised")
    refused = desk.order(f"release CN-51.ledger {one} --cause released", code=1)
    assert "needs one that is withheld, this one is invalid" in refused.err
    shown = desk(f"show CN-51.ledger {one}", at="").out
    assert [line.split("  ")[1:4] for line in shown.splitlines()] == [
        ["suspended", "withheld", "暂扣"],
        ["valid", "released", "发还"],
        ["invalid", "penalised", "吊销"],
    ]
    assert "desk-7" in shown
    assert "file 12/2026" in shown


def test_a_transfer_names_its_successor(desk: Desk) -> None:
    one = desk.issued[0]
    without = desk.order(f"supersede CN-51.ledger {one} --cause transferred", code=1)
    assert "a transfer names its successor" in without.err
    desk.order(f"supersede CN-51.ledger {one} --cause transferred --successor CN-44:3:678")
    entry = json.loads(desk(f"show CN-51.ledger {one} --json", at="").out)
    assert (entry["state"], entry["successor"], entry["code"]) == (
        "superseded",
        "CN-44:3:678",
        "06",
    )
    desk.order(f"release CN-51.ledger {one} --cause transfer_cancelled")
    assert desk.state(one) == "valid"


def test_a_cause_of_another_command_is_a_usage_error(desk: Desk) -> None:
    wrong = desk.order(f"revoke CN-51.ledger {desk.issued[0]} --cause withheld", code=2)
    assert "penalised" in wrong.err
    both = desk.order(f"revoke CN-51.ledger {desk.issued[0]} --cause lost --batch x", code=2)
    assert "what they have in common" in both.err
    desk.order("revoke CN-51.ledger --cause lost", code=2)
    desk.order("revoke CN-51.ledger --cause lost --kid xyz", code=2)


def test_every_bad_line_is_named_and_loses_no_other(desk: Desk) -> None:
    lines = [place.replace(":", ",") for place in desk.issued[:3]]
    bad = [lines[0], "# a remark", "", "nonsense", lines[1], "9,1", "1,4999999", lines[2], "1,丢失"]
    Path("lost.txt").write_bytes("\n".join(bad).encode())
    order = "revoke CN-51.ledger --cause lost --file lost.txt --encoding utf-8"
    looked = desk.order(f"{order} --dry-run", code=1)
    assert "3 would change, 0 were so already, 4 refused" in looked.err
    refused = desk.order(f"{order} --all-or-none", code=1)
    named = re.findall(r"^line (\d+): (.*)", refused.err, re.MULTILINE)
    assert [int(line) for line, _ in named] == [4, 6, 7, 9]
    assert named[1][1] == "there is no such list, or it has expired"
    assert named[2][1] == "the index was never given out"
    assert "nothing was changed" in refused.err
    assert [desk.state(place) for place in desk.issued[:3]] == ["valid"] * 3
    partly = desk.order(order, code=1)
    assert "CSV in UTF-8, separated by" in partly.err
    assert "3 changed, 0 were so already, 4 refused" in partly.err
    assert [desk.state(place) for place in desk.issued[:3]] == ["invalid"] * 3
    again = "supersede CN-51.ledger --cause renewed --file lost.txt --successor CN-44"
    assert "successors stand behind" in desk.order(again, code=2).err


def test_a_table_may_have_a_header_another_encoding_and_be_a_workbook(desk: Desk) -> None:
    one, two, three = (place.split(":") for place in desk.issued[:3])
    text = f"名单;序号\n{one[0]};{one[1]}\n{two[0]};{two[1]}\n"
    Path("lost.csv").write_bytes(text.encode("gb18030"))
    told = desk.order("revoke CN-51.ledger --cause lost --file lost.csv")
    assert "CSV in GB18030, separated by" in told.err
    assert "line 1 is taken as a header" in told.err
    assert "2 changed, 0 were so already, 0 refused" in told.err
    book = openpyxl.Workbook()
    sheet = book.create_sheet("list", 0)
    sheet.append(["list", "index"])
    sheet.append([int(three[0]), int(three[1])])
    book.save("lost.xlsx")
    told = desk.order("revoke CN-51.ledger --cause lost --file lost.xlsx")
    assert "1 changed, 0 were so already, 0 refused" in told.err
    Path("empty.csv").write_text("list,index\n", encoding="ascii")
    told = desk.order("revoke CN-51.ledger --cause lost --file empty.csv", code=1)
    assert "names no credential" in told.err


def test_many_bad_lines_are_counted(desk: Desk) -> None:
    Path("bad.txt").write_text("1,x\n" * 30, encoding="ascii")
    refused = desk.order("revoke CN-51.ledger --cause lost --file bad.txt", code=1)
    assert "… 10 more refused" in refused.err


def test_what_matches_nothing_says_what_there_is(desk: Desk) -> None:
    with storage.open_ledger(Path("CN-51.ledger")) as book:
        kid = bytes.fromhex("0a0b0c0d")
        for batch, site in (("2026-03-02-morning", "clinic-3"), ("2026-03-02-evening", "clinic-4")):
            known = {"type": "licence", "expires": AT + 400 * DAY, "kid": kid}
            allocate_many(book, Issuance(issued_at=AT, batch=batch, site=site, **known), 2)  # type: ignore[arg-type]
    wrong = desk.order("revoke CN-51.ledger --cause lost --batch 2026-03-02-mornin", code=1)
    assert "no batch 2026-03-02-mornin; there are: 2026-03-02-morning" in wrong.err
    wrong = desk.order("revoke CN-51.ledger --cause lost --site clinic-9 --dry-run", code=1)
    assert "there are: clinic-" in wrong.err
    wrong = desk.order("revoke CN-51.ledger --cause lost --kid 01020304", code=1)
    assert "no key 01020304; there are: 0a0b0c0d" in wrong.err
    wrong = desk.order(f"revoke CN-51.ledger --cause lost --issued-from {AT + DAY}", code=1)
    assert "no credential was issued so; nothing was changed" in wrong.err
    told = desk("batches CN-51.ledger", at="").out.splitlines()
    assert "batch 2026-03-02-evening  site clinic-4  key 0a0b0c0d  2 issued" in told[0]
    assert "batch -  site -  key -  50 issued" in told[2]
    rows = [
        json.loads(line) for line in desk("batches CN-51.ledger --json", at="").out.splitlines()
    ]
    assert [row["issued"] for row in rows] == [2, 2, 50]


def test_over_a_hundred_need_a_yes(desk: Desk) -> None:
    with storage.open_ledger(Path("CN-51.ledger")) as book:
        allocate_many(book, LICENCE, 60)
    every = f"revoke CN-51.ledger --cause annulled --issued-until {AT}"
    assert "110 would change" in desk.order(f"{every} --dry-run").err
    asked = desk.order(every, code=2)
    assert "would change 110 credentials: look with --dry-run, then give --yes" in asked.err
    assert desk.state(desk.issued[0]) == "valid"
    assert "110 changed" in desk.order(f"{every} --yes").err
    assert "110 were so already" in desk.order(every).err


def test_a_bad_batch_goes_by_batch_key_site_and_time(desk: Desk) -> None:
    with storage.open_ledger(Path("CN-51.ledger")) as book:

        def issue(issued_at: int, **more: object) -> str:
            issuance = Issuance(type="licence", issued_at=issued_at, expires=AT + 400 * DAY, **more)  # type: ignore[arg-type]
            number, index = allocation.allocate(book, issuance)
            return f"{number}:{index}"

        run = issue(AT - DAY, batch="run-7")
        clinic = [issue(AT - hours * 3600, site="clinic-3") for hours in (30, 20, 10)]
        keyed = issue(AT - DAY, kid=bytes.fromhex("0a0b0c0d"))
    told = desk.order("suspend CN-51.ledger --cause investigated --batch run-7")
    assert "1 changed" in told.err
    desk.order("revoke CN-51.ledger --cause key_compromised --kid 0A0B0C0D")
    interval = f"--issued-from {AT - 25 * 3600} --issued-until {AT - 10 * 3600}"
    desk.order(f"revoke CN-51.ledger --cause annulled --site clinic-3 {interval}")
    assert [desk.state(place) for place in (run, *clinic, keyed)] == [
        "suspended", "valid", "invalid", "valid", "invalid"]  # fmt: skip
    assert desk.state(desk.issued[0]) == "valid"


def test_the_causes_are_listed_with_their_official_names(desk: Desk) -> None:
    told = desk("causes", at="").out
    for name in ("暂扣", "撤销", "注销", "吊销", "转出", "发还", "取消转出"):
        assert name in told
    assert "until released" in told
    assert "for good" in told
    (penalised,) = [line for line in told.splitlines() if line.startswith("penalised")]
    assert penalised.split() == ["penalised", "invalid", "07", "7", "吊销", "for", "good"]
    (transferred,) = [line for line in told.splitlines() if line.startswith("transferred")]
    assert transferred.split()[:4] == ["transferred", "superseded", "06", "-"]


def registry(at: str = NOW) -> None:
    """Make a registry with Sichuan, whose status role has a key of its own."""
    for name in ("root", "hub", "online", "sichuan", "status", "signing"):
        assert call("keygen", name, "--algorithm", "Ed25519").code == 0
    for line in (
        "init reg --root-key root.pub --targets-key hub.pub --online-key online.pub",
        "add-issuer reg CN-51 --key sichuan.pub --type licence",
        "delegate-status reg CN-51 --key status.pub",
        "key add reg CN-51 signing.pub",
    ):
        made = call("registry", *line.split(), "--at", at)
        assert made.code == 0, (line, made)


def published(desk: Desk, at: str) -> str:
    """Publish the ledger, then the registry, and return what the first said."""
    told = desk("publish CN-51.ledger --registry reg --key status", at=at).err
    signed = call("registry", "sign", "reg", "--key", "root", "--key", "hub", "--key", "sichuan")
    assert signed.code == 0, signed
    done = call("registry", "publish", "reg", "www", "--key", "online", "--at", at)
    assert done.code == 0, done
    return told


def files() -> dict[str, float]:
    return {str(path): path.stat().st_mtime_ns for path in Path("reg").rglob("*") if path.is_file()}


def test_publishing_touches_only_what_changed_and_reaches_a_checkpoint(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(time.time()) - 3 * 3_600
    with storage.open_ledger(Path("CN-51.ledger")) as book:
        live = Issuance(type="health_code", issued_at=now, expires=now + 10 * DAY)
        issued = [f"2:{index}" for _, index in allocate_many(book, live, 3)]
    registry(at=str(now))
    desk.order(f"revoke CN-51.ledger {issued[0]} --cause lost")
    assert published(desk, str(now)) == "2 files written, 0 taken back\n"
    before = files()
    assert published(desk, str(now + 3_600)) == "0 files written, 0 taken back\n"
    changed = {name for name, when in files().items() if before.get(name) != when}
    assert not any("status" in name for name in changed)
    desk.order(f"suspend CN-51.ledger {issued[1]} --cause withheld")
    assert published(desk, str(now + 7_200)) == "2 files written, 0 taken back\n"
    changed = {name for name, when in files().items() if before.get(name) != when}
    lists = {Path(name).name.partition(".")[2] for name in changed if "targets" in name}
    assert lists == {"2.snapshot", "2.1-2.delta"}
    www = {str(p.relative_to("www")): p.read_bytes() for p in Path("www").rglob("*") if p.is_file()}
    monkeypatch.setattr("tests.registry.simulator.URL", "https://cn.invalid/")
    store = TrustStore("store")
    sync(store, "https://cn.invalid/", root=www["metadata/1.root.json"], fetcher=Mirror(www))
    held = store.open(at=now + 7_200).status_list("CN-51", 2)
    assert held is not None
    states = [held.list.state(int(place.partition(":")[2])) for place in issued]
    assert states == [State.INVALID, State.SUSPENDED, State.VALID]


def test_a_night_without_changes_renews_the_signature_in_time(desk: Desk) -> None:
    registry()
    published(desk, NOW)
    assert "renewed" not in published(desk, "2026-03-05T02:00:00+08:00")
    assert "0 files written" in (told := published(desk, "2026-03-06T03:00:00+08:00"))
    assert told.endswith("signature renewed\n")
    newest = max(Path("reg").rglob("*.CN-51-status.json"), key=lambda path: path.stat().st_mtime)
    role = json.loads(newest.read_bytes())
    assert role["signed"]["expires"] == "2026-03-12T19:00:00Z"


def test_the_next_period_is_prepared_before_its_first_credential(desk: Desk) -> None:
    prepare = "prepare CN-51.ledger --type health_proof --lifetime 25d --ahead 7d"
    assert desk(prepare).err == "lists 2, 3 are open\n"
    assert desk(prepare).err == "lists 2, 3 are open\n"
    assert "never published" in desk("lists CN-51.ledger", at="").out
    shown = [json.loads(line) for line in desk("lists CN-51.ledger --json", at="").out.splitlines()]
    assert (shown[0]["list"], shown[0]["type"], shown[0]["given"]) == (1, "licence", 50)
    assert {facts["type"] for facts in shown[1:]} == {"health_proof"}
    desk("prepare CN-51.ledger --type nonsense", code=2)


def test_a_list_is_written_for_others_in_three_forms(desk: Desk) -> None:
    assert call("keygen", "signer").code == 0
    key = PublicKey.from_pem(Path("signer.pub").read_bytes())
    places = [int(place.partition(":")[2]) for place in desk.issued]
    desk.order(f"revoke CN-51.ledger {desk.issued[0]} --cause lost")
    desk.order(f"suspend CN-51.ledger {desk.issued[1]} --cause withheld")
    export = "export CN-51.ledger 1 --uri https://sc.example/1 --key signer"
    assert "is not published" in desk(f"{export} --as jwt", code=4).err
    registry()
    published(desk, NOW)
    uri = "https://sc.example/1"
    text = desk(f"{export} --as jwt --ttl 12h --aggregation https://sc.example/all").out
    token = ietf_token.open_jwt(text, key, uri=uri, at=AT)
    assert (token.ttl, token.aggregation_uri) == (43_200, "https://sc.example/all")
    desk(f"{export} --as cwt --lifetime 7d --out list.cwt")
    same = ietf_token.open_cwt(Path("list.cwt").read_bytes(), key, uri=uri, at=AT)
    assert same.expires == AT + 7 * DAY
    assert same.list == token.list
    states = [token.list.state(index) for index in places[:3]]
    assert states == [State.INVALID, State.SUSPENDED, State.VALID]
    for purpose, place, state in (
        ("revocation", places[0], State.INVALID),
        ("suspension", places[1], State.SUSPENDED),
    ):
        w3c = f"{export} --as w3c --issuer-url https://sc.example --purpose {purpose}"
        found = bitstring_credential.open_jwt(desk(w3c).out, key, uri=uri, at=AT)
        assert found.list.state(place) is state
        assert found.list.state(places[2]) is State.VALID
    assert "names its issuer" in desk(f"{export} --as w3c", code=2).err
    addresses = desk("aggregation https://a.example/1 https://a.example/2", at="").out
    assert ietf_token.read_aggregation(addresses.encode()) == (
        "https://a.example/1", "https://a.example/2")  # fmt: skip


def test_a_credential_is_revoked_by_its_code_if_the_issuer_s_key_signed_it(
    issued: str,
) -> None:
    made = call("status", "create", "book", "--issuer", "CN-51")
    assert made.code == 0
    proof = call("issue", "claims.json", "--key", "issuing.pem", "--ledger", "book", "--at",
                 "2026-03-01T20:00:00+08:00", "--qr", "new.png")  # fmt: skip
    assert proof.code == 0, proof.err
    order = ("--cause", "lost", "--by", "desk-7", "--at", NOW)
    text = proof.out.strip()
    assert call("status", "revoke", "book", text, *order).code == 2
    other = call("status", "revoke", "book", text, *order, "--issuer-key", "other.pem.pub")
    assert other.code == 4
    assert "was not signed with" in other.err
    mine = call("status", "revoke", "book", "new.png", *order, "--issuer-key", "issuing.pem.pub")
    assert mine.code == 0, mine.err
    none = call("status", "revoke", "book", issued, *order, "--issuer-key", "issuing.pem.pub")
    assert "no place on a status list" in none.err


def test_a_restored_ledger_publishes_nothing_until_it_is_recovered(desk: Desk) -> None:
    registry()
    published(desk, NOW)
    backup = Path("CN-51.ledger").read_bytes()
    desk.order(f"revoke CN-51.ledger {desk.issued[0]} --cause lost")
    published(desk, NOW)
    for path in Path().glob("CN-51.ledger*"):
        path.unlink()
    Path("CN-51.ledger").write_bytes(backup)
    before = {path: path.read_bytes() for path in Path("reg").rglob("*") if path.is_file()}
    refused = desk("publish CN-51.ledger --registry reg --key status", code=4)
    assert "the registry has version 2 of list 1, this ledger has published up to" in refused.err
    assert "status recover" in refused.err
    after = {path: path.read_bytes() for path in Path("reg").rglob("*") if path.is_file()}
    assert after == before
    told = desk.order("recover CN-51.ledger --registry reg")
    assert "1 states taken over from the registry" in told.err
    assert desk.state(desk.issued[0]) == "invalid"
    assert "closed to issuing" in desk("lists CN-51.ledger", at="").out
    desk("publish CN-51.ledger --registry reg --key status")


def test_a_ledger_is_moved_and_the_old_one_says_where_to(desk: Desk) -> None:
    told = desk("move CN-51.ledger new.ledger", at="")
    assert "each compared" in told.err
    closed = desk.order(f"revoke CN-51.ledger {desk.issued[0]} --cause lost", code=4)
    assert "this ledger is closed: it was moved to new.ledger" in closed.err
    desk.order(f"revoke new.ledger {desk.issued[0]} --cause lost")
    again = desk("move CN-51.ledger new.ledger", at="", code=4)
    assert "there is a ledger at the new place already" in again.err
