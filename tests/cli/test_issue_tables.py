from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from trustcert import formats
from trustcert.bulk.book import Book
from trustcert.bulk.rows import Application, applications, columns_of
from trustcert.encoding import json
from trustcert.ledger import journal
from trustcert.ledger.storage import open_ledger
from trustcert.qr import scan
from trustcert.tables import open_table

from .conftest import EVENING, PASSWORD, Call

KILLS = int(os.environ.get("TRUSTCERT_KILLS", "4"))
NUMBER = "11010519491231002X"
HEADER = "姓名,证件类型,证件号码,颜色,采样时间"
ISSUE = ("issue", "people.csv", "--key", "issuing.pem", "--issuer", "CN-51", "--type",
         "health_proof", "--valid-for", "7d", "--at", EVENING)  # fmt: skip
LEDGER = ("--ledger", "book")


def row(name: str, number: str = NUMBER, sampled: str = "2026/3/1 9:00") -> str:
    return f"{name},身份证,{number},绿码,{sampled}"


def table(*rows: str, path: str = "people.csv", encoding: str = "utf-8") -> None:
    Path(path).write_bytes("\r\n".join((HEADER, *rows, "")).encode(encoding))


def lines(out: str) -> list[dict[str, Any]]:
    return [json.decode(line, limit=99_999) for line in out.splitlines()]


def people(count: int) -> list[str]:
    return [row(f"王{chr(0x4E00 + n % 5000)}{chr(0x4E00 + n // 5000)}") for n in range(count)]


@pytest.fixture
def office(trustcert: Call, issued: str) -> Call:
    """Return the command, in a folder with keys and a ledger."""
    assert issued
    assert trustcert("status", "create", "book", "--issuer", "CN-51").code == 0
    return trustcert


def test_an_office_s_own_file_is_issued_and_verified(office: Call) -> None:
    table(row(" 张伟 "), "", row("李娜", sampled="2026年3月1日"), encoding="gb18030")
    result = office(*ISSUE, *LEDGER, "--qr-dir", "codes")
    assert result.code == 0, result.err
    assert "people.csv: CSV in GB18030, separated by commas" in result.err
    assert "2 issued, 0 refused" in result.err
    found = lines(result.out)
    assert [line["line"] for line in found] == [2, 4]
    assert [line["qr"] for line in found] == ["codes/000002.png", "codes/000004.png"]
    assert {line["expires"] for line in found} == {"2026-03-08T20:00:00+08:00"}
    assert len({(line["list"], line["index"]) for line in found}) == 2
    (code,) = scan("codes/000002.png").texts
    assert code == found[0]["text"]
    claims: Any = formats.open_claims(formats.decode(code))
    assert (claims.holder.name, claims.details.sampled_at) == ("张伟", 1_772_326_800)


def test_refused_rows_come_back_in_the_same_form_and_can_be_issued(office: Call) -> None:
    table(row("张伟"), row("李娜", "110105194912310021"), row("王芳", "1.10105E+17"),
          encoding="gb18030")  # fmt: skip
    first = office(*ISSUE, *LEDGER, "--batch", "monday")
    assert first.code == 1
    back = Path("people.refused.csv")
    text = back.read_bytes().decode("gb18030")
    assert text.splitlines()[0] == f"原因 reason,{HEADER}"
    assert "line 3: document_number: fails its check digit" in text
    assert "a spreadsheet shortened this number" in text
    mended = text.replace("110105194912310021", NUMBER).replace("1.10105E+17", NUMBER)
    Path("people.csv").write_bytes(mended.encode("gb18030"))
    second = office(*ISSUE, *LEDGER, "--batch", "monday")
    assert (second.code, len(lines(second.out))) == (0, 2), second.err


def test_refused_rows_of_a_workbook_come_back_as_a_workbook(office: Call) -> None:
    book = openpyxl.Workbook()
    for cells in (HEADER.split(","), row("张伟").split(","), row("李娜", "1").split(",")):
        book.worksheets[0].append(cells)
    book.save("people.xlsx")
    result = office(ISSUE[0], "people.xlsx", *ISSUE[2:], *LEDGER)
    assert (result.code, len(lines(result.out))) == (1, 1), result.err
    back = openpyxl.load_workbook("people.refused.xlsx").worksheets[0]
    rows = list(back.iter_rows(values_only=True))
    assert rows[0] == ("原因 reason", *HEADER.split(","))
    assert rows[1][1:] == tuple(row("李娜", "1").split(","))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (row("李娜", "").replace("身份证,,", "身份证,,"), "document_number: is missing, but"),
        (row("李\u202e娜"), "name: holds the invisible character U+202E (--accept invisible"),
        (row("李?"), "name: holds a character that stands for one that was lost"),
        (row("ÕÅÎ°"), "name: was decoded wrongly once before"),
    ],
)
def test_what_may_be_a_mistake_is_refused_with_the_way_to_accept_it(
    office: Call, bad: str, said: str
) -> None:
    table(bad, row("张伟"))
    result = office(*ISSUE, *LEDGER)
    assert (result.code, len(lines(result.out))) == (1, 1)
    assert said in result.err


def test_no_expiry_and_no_ledger_are_asked_for(office: Call) -> None:
    table(row("张伟"))
    without = office(*ISSUE)
    assert (without.code, without.out) == (2, "")
    assert "without --ledger nothing that is signed now can be revoked" in without.err
    endless = tuple(word for word in ISSUE if word not in {"--valid-for", "7d"})
    refused = office(*endless, *LEDGER)
    assert refused.code == 1
    assert "expires: is missing: it would be valid for ever (--accept no-expiry" in refused.err
    accepted = office(*endless, "--accept", "no-expiry", "--accept", "no-ledger")
    assert (accepted.code, len(lines(accepted.out))) == (0, 1)
    longest = office(*endless, *LEDGER, "--valid-for", "90d")
    assert "over 31 days after the start, the most for health_proof" in longest.err


def test_a_row_is_issued_once_under_a_batch(office: Call) -> None:
    table(row("张伟"), row("李娜"), row("张伟"))
    first = office(*ISSUE, *LEDGER, "--qr-dir", "codes")
    assert [("text" in line, line.get("same_as_line")) for line in lines(first.out)] == [
        (True, None), (True, None), (False, 2),
    ]  # fmt: skip
    again = office(*ISSUE, *LEDGER, "--qr-dir", "codes")
    assert "0 issued, 0 refused, 3 issued before" in again.err
    known = lines(again.out)
    assert known[1] == {
        "line": 3, "issued_before": True, "list": 1, "index": lines(first.out)[1]["index"],
        "expires": "2026-03-08T20:00:00+08:00", "qr": "codes/000003.png",
    }  # fmt: skip
    told = office(*ISSUE, *LEDGER, "--again", "--qr-dir", "codes")
    assert "2 issued" in told.err
    assert lines(told.out)[0]["qr"] == "codes/000002-2.png"
    other = office(*ISSUE, *LEDGER, "--batch", "another")
    assert "2 issued" in other.err


def test_pictures_and_sheets_of_another_run_are_kept(office: Call) -> None:
    table(row("张伟"))
    unlisted = (*ISSUE, "--accept", "no-ledger")
    assert office(*unlisted, "--qr-dir", "codes").code == 0
    before = Path("codes/000002.png").read_bytes()
    again = office(*unlisted, "--qr-dir", "codes")
    assert again.code == 2
    assert "codes holds pictures already" in again.err
    assert Path("codes/000002.png").read_bytes() == before
    Path("proofs.pdf").write_bytes(b"mine")
    assert office(*ISSUE, *LEDGER, "--sheet", "proofs.pdf").code == 2
    assert Path("proofs.pdf").read_bytes() == b"mine"


def test_a_sheet_holds_every_code(office: Call) -> None:
    table(*people(14))
    result = office(*ISSUE, *LEDGER, "--sheet", "proofs.pdf")
    assert result.code == 0, result.err
    assert Path("proofs.pdf").read_bytes().startswith(b"%PDF-")
    assert "proofs.pdf" in result.err
    with open_ledger(Path("book")) as book:
        assert not journal.open_leases(book)


def test_a_column_that_nobody_knows_is_left_out_only_when_told(office: Call) -> None:
    Path("people.csv").write_text(f"序号,{HEADER}\n1,{row('张伟')}\n", encoding="utf-8")
    refused = office(*ISSUE, *LEDGER)
    assert refused.code == 4
    assert "column 1, '序号', is unknown" in refused.err
    assert office(*ISSUE, *LEDGER, "--ignore", "序号").code == 0


def test_a_template_is_filled_in_and_issued(office: Call) -> None:
    form = subprocess.run(
        [sys.executable, "-m", "trustcert", "issue", "template", "--type", "health_proof"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    Path("form.xlsx").write_bytes(form)
    book = openpyxl.load_workbook("form.xlsx")
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    filled = {
        "凭证类型 type": "health_proof", "姓名 name": "张伟", "颜色 colour": "green",
        "证件类型 document_type": "citizen_id", "证件号码 document_number": NUMBER,
    }  # fmt: skip
    sheet.append([filled.get(str(name)) for name in header])
    book.save("form.xlsx")
    result = office(ISSUE[0], "form.xlsx", *ISSUE[2:], *LEDGER)
    assert (result.code, len(lines(result.out))) == (0, 1), result.err


@pytest.mark.parametrize("kind", ["health_code", "vaccination", "business_licence", "degree"])
def test_a_form_of_any_type_names_columns_that_are_read(office: Call, kind: str) -> None:
    result = office("issue", "template", "--type", kind, "--csv")
    Path("form.csv").write_text(result.out, encoding="utf-8")
    with open_table(Path("form.csv")) as form:
        columns = columns_of(next(iter(form)), form.form)
    assert all(column is not None for column in columns.columns)


def started(*arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"TRUSTCERT_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "trustcert", *arguments]
    return subprocess.Popen(
        command, env=environment, bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_a_reader_that_leaves_uses_up_nothing(office: Call) -> None:
    table(*people(600))
    process = started(*ISSUE, *LEDGER)
    assert process.stdout is not None
    first = process.stdout.readline()
    process.stdout.close()
    process.wait()
    assert process.stderr is not None
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.returncode == 4
    assert "with --ledger the same command goes on here" in said
    assert "Traceback" not in said
    rest = lines(office(*ISSUE, *LEDGER).out)
    assert [line["line"] for line in rest] == list(range(2, 602))
    seen = {line["index"] for line in rest}
    assert len(seen) == 600
    assert json.decode(first, limit=9_999)["index"] in seen


@pytest.mark.usefixtures("office")
def test_ctrl_c_ends_after_the_rows_in_hand_with_a_summary() -> None:
    table(*people(3_000))
    process = started(*ISSUE, *LEDGER)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 4
    said = err.decode()
    assert "stopping after the rows that are being signed" in said
    assert "stopped after line " in said
    issued = 1 + len(out.splitlines())
    assert f"{issued} issued, 0 refused" in said
    assert issued < 3_000
    with open_ledger(Path("book")) as book:
        assert not journal.open_leases(book)


@pytest.mark.usefixtures("office")
@pytest.mark.timeout(120 + 3 * KILLS)
def test_killed_at_random_it_issues_every_row_once() -> None:
    table(*people(2_000))
    Path("people.csv").write_bytes(Path("people.csv").read_bytes() + row("坏", "1").encode())
    command = [sys.executable, "-m", "tests.cli.killing", str(Path.cwd()), str(KILLS)]
    root = Path(__file__).parents[2]
    result = subprocess.run(command, cwd=root, capture_output=True, check=False)
    assert result.returncode == 1, result.stderr
    places: dict[int, set[tuple[int, int]]] = {}
    for line in Path("out.jsonl").read_bytes().splitlines():
        try:
            told = json.decode(line, limit=9_999)
        except ValueError:
            continue  # cut off by the kill
        if "list" in told:
            places.setdefault(told["line"], set()).add((told["list"], told["index"]))
    assert sorted(places) == list(range(2, 2_002))
    assert all(len(of_line) == 1 for of_line in places.values())
    assert len(set.union(*places.values())) == 2_000
    assert recorded() == {place for of_line in places.values() for place in of_line}
    texts = sum(b'"text"' in line for line in Path("out.jsonl").read_bytes().splitlines())
    assert texts >= 2_000
    assert len(list(Path("codes").glob("0*.png"))) == 2_000


def recorded() -> set[tuple[int, int]]:
    """Return the places of all rows of people.csv that are in the journal."""
    with open_ledger(Path("book")) as ledger, open_table(Path("people.csv")) as found:
        assert not journal.open_leases(ledger)
        told = iter(found)
        columns = columns_of(next(told), found.form)
        book = Book(ledger, batch=batch(), kid=b"1234")
        given = {"type": "health_proof"}
        digests = [
            book.digest(entry.fields)
            for entry in applications(told, columns, defaults=given)
            if isinstance(entry, Application)
        ]
        rows = journal.find(ledger, batch(), digests)
    return {(entry.number, entry.index) for entry in rows.values()}


def batch() -> str:
    """Return the batch that the run told."""
    for line in Path("err.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("batch: "):
            return line.removeprefix("batch: ")
    raise AssertionError


@pytest.mark.usefixtures("office")
def test_processes_issue_what_one_does_and_a_killed_one_loses_nothing() -> None:
    table(*people(1_500))
    process = started(*ISSUE, *LEDGER, "--jobs", "2")
    assert process.stdout is not None
    assert process.stderr is not None
    first = process.stdout.readline()
    assert first
    workers = children(process.pid)
    os.kill(workers[-1], signal.SIGKILL)
    out, err = process.communicate()
    assert process.returncode == 0, err.decode()
    found = lines((first + out).decode())
    assert [line["line"] for line in found] == list(range(2, 1_502))
    assert len({line["index"] for line in found}) == 1_500
    assert len({line["text"] for line in found}) == 1_500


def children(process: int) -> list[int]:
    """Return the worker processes of a process, those of its tracker of resources left out."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
        found = [
            int(child)
            for child in listed.split()
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError
