from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from trustcert import qr
from trustcert.encoding import json
from trustcert.qr.scanner_input import LAYOUTS

from .conftest import NOW, Call

TRUSTED = ("--trust", "keys.json", "--at", NOW)


def verdict(line: str) -> dict[str, object]:
    found: dict[str, object] = json.decode(line, limit=100_000)
    return found


def test_a_picture_passes(trustcert: Call, issued: str) -> None:
    result = trustcert("verify", "proof.png", *TRUSTED)
    assert issued.startswith("TC1:")
    assert result.code == 0
    assert result.out.startswith("✓ PASS  古***木 · health_proof · CN-51 · proof.png")
    assert "valid until 2026-03-08 00:00" in result.out


def test_json_has_a_versioned_schema_and_claims_of_the_valid_alone(
    trustcert: Call, issued: str
) -> None:
    good = verdict(trustcert("verify", issued, "--json", *TRUSTED).out)
    assert good["schema"] == "trustcert.report.v1"
    assert good["verdict"] == "valid"
    assert good["claims"]["credential"]["name"] == "古丽娜尔·阿不都热依木"  # type: ignore[index]
    late = trustcert(
        "verify", issued, "--json", "--trust", "keys.json", "--at", "2027-01-01T00:00Z"
    )
    bad = verdict(late.out)
    assert late.code == 1
    assert bad["reasons"] == ["expired"]
    assert "claims" not in bad
    assert "古丽娜尔" not in late.out


def test_an_unknown_key_is_held_with_its_own_exit_code(trustcert: Call, issued: str) -> None:
    result = trustcert("verify", issued, "--trust", "stranger.json", "--at", NOW)
    assert result.code == 3
    assert "? HOLD" in result.out
    assert "does not know who signed" in result.out


def test_chinese(trustcert: Call, issued: str) -> None:
    result = trustcert(
        "verify", issued, "--trust", "keys.json", "--at", "2027-01-01T00:00Z", "--language", "zh"
    )
    assert "凭证已过期。" in result.out


def test_a_gun_scanner_types_codes_one_a_line(trustcert: Call, issued: str) -> None:
    typed = f"{issued}\r\n\r\n{issued.lower()}\r\nhello\r\n{issued[:-4]}\r\n"
    result = trustcert("verify", "-", "--json", *TRUSTED, stdin=typed)
    found = [verdict(line)["verdict"] for line in result.out.splitlines()]
    assert found == ["valid", "valid", "invalid", "invalid"]
    assert result.code == 1


_US_KEYS = (
    "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
    '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_text_typed_with_another_keyboard_layout_passes_and_the_layout_is_said(
    layout: str, trustcert: Call, issued: str
) -> None:
    typed = issued.translate(dict(zip(map(ord, _US_KEYS), LAYOUTS[layout], strict=True)))
    result = trustcert("verify", "-", *TRUSTED, stdin=typed + "\n")
    assert result.code == 0
    assert f"keyboard layout {layout}" in result.err
    forged = typed[:40] + ("z" if typed[40] != "z" else "y") + typed[41:]
    refused = trustcert("verify", "-", *TRUSTED, stdin=forged + "\n")
    assert refused.code == 1
    assert "keyboard layout" not in refused.err


def test_two_texts_in_one_line_are_judged_apart(trustcert: Call, issued: str) -> None:
    other = issued[:40] + ("0" if issued[40] != "0" else "1") + issued[41:]
    result = trustcert("verify", "-", "--json", *TRUSTED, stdin=issued + other + "\n")
    found = [verdict(line)["verdict"] for line in result.out.splitlines()]
    assert found == ["valid", "invalid"]


def test_a_picture_of_a_valid_and_a_torn_code_is_no_success(trustcert: Call, issued: str) -> None:
    page = Image.new("L", (900, 500), 255)
    page.paste(Image.open(io.BytesIO(qr.png(issued, scale=4))).convert("L"), (10, 10))
    torn = Image.open(io.BytesIO(qr.png("TC1:" + "0" * 300, scale=4))).convert("L")
    torn.paste(255, (60, 60, 170, 170))
    page.paste(torn, (500, 10))
    page.save("page.png")
    result = trustcert("verify", "page.png", *TRUSTED)
    assert result.code == 4
    assert "✓ PASS" in result.out
    assert "codes seen and not read: 1" in result.err


@pytest.mark.usefixtures("issued")
def test_a_pdf_and_a_text_file_are_judged(trustcert: Call) -> None:
    Image.open("proof.png").convert("L").save("proof.pdf")
    result = trustcert("verify", "proof.pdf", "proof.txt", *TRUSTED)
    assert result.code == 0
    assert result.out.count("✓ PASS") == 2


def test_bytes_that_are_no_text_on_stdin_are_judged_too(trustcert: Call, issued: str) -> None:
    result = trustcert("verify", "-", *TRUSTED, stdin=b"\xff\xfe\x00TC1:\n" + issued.encode())
    assert result.code == 1
    assert "PASS" in result.out


def test_several_codes_in_one_picture(trustcert: Call, issued: str, tmp_path: Path) -> None:
    assert issued
    first = Image.open(tmp_path / "proof.png").convert("L")
    second = Image.open(io.BytesIO(qr.png("https://example.org/"))).convert("L")
    both = Image.new("L", (first.width + second.width, first.height), 255)
    both.paste(first, (0, 0))
    both.paste(second, (first.width, 0))
    both.save(tmp_path / "both.png")
    result = trustcert("verify", "both.png", "--json", *TRUSTED)
    lines = [verdict(line) for line in result.out.splitlines()]
    assert {line["input"] for line in lines} == {"both.png #1", "both.png #2"}
    assert {line["verdict"] for line in lines} == {"valid", "invalid"}
    assert result.code == 1


def test_a_picture_without_a_code_says_what_was_tried(
    trustcert: Call, issued: str, tmp_path: Path
) -> None:
    Image.new("L", (200, 200), 255).save(tmp_path / "white.png")
    result = trustcert("verify", "white.png", "proof.png", *TRUSTED)
    assert result.code == 4
    assert "white.png: no code in this picture (" in result.err
    assert "take it again, closer" in result.err
    assert "PASS" in result.out
    assert issued


def test_a_picture_that_is_none(trustcert: Call, issued: str, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes((tmp_path / "proof.png").read_bytes()[:60])
    result = trustcert("verify", "broken.png", *TRUSTED)
    assert result.code == 4
    assert "broken.png" in result.err
    assert issued


def test_what_is_neither_file_nor_code(trustcert: Call, issued: str) -> None:
    result = trustcert("verify", "missing.png", *TRUSTED)
    assert (result.code, result.out) == (4, "")
    assert "missing.png: no such file, and no code" in result.err
    assert "no such file, and no code" in trustcert("verify", "", *TRUSTED).err
    assert issued


def test_without_a_destination_it_is_a_usage_error(trustcert: Call, issued: str) -> None:
    result = trustcert("verify", issued)
    assert result.code == 2
    assert "--destination CN-44" in result.err


def test_without_a_store_it_could_not_run(trustcert: Call, issued: str) -> None:
    result = trustcert("verify", issued, "--destination", "CN-44")
    assert result.code == 4
    assert result.err.startswith("trustcert: ")


@pytest.mark.parametrize("private", ["issuing.pem"])
def test_a_private_key_is_not_taken_for_a_public_one(
    trustcert: Call, issued: str, private: str
) -> None:
    result = trustcert("verify", issued, "--trust", private, "--at", NOW)
    assert result.code == 4
    assert "private key" in result.err


def test_a_bug_does_not_look_like_a_verdict(
    trustcert: Call, issued: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trustcert.cli import verify

    monkeypatch.setattr(verify, "check_with_claims", lambda *_, **__: 1 / 0)
    result = trustcert("verify", issued, *TRUSTED)
    assert result.code == 70
    first, second = result.err.splitlines()
    assert first == "trustcert: this is a bug: ZeroDivisionError"
    assert "please report it" in second
    assert "--debug" in second


def test_scan_prints_texts_alone(trustcert: Call, issued: str) -> None:
    assert trustcert("scan", "proof.png").out.strip() == issued


def test_the_module_runs_as_the_program() -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "trustcert", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("trustcert ")
