"""The demo's 588 people in every form that an office keeps: the same claims from each.

The forms written by LibreOffice need ``soffice`` and are skipped without it.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from trustcert.bulk import RefusedRow, Row, read_applications
from trustcert.claims import Claims, codec, confirm_document

EXAMPLES = Path(__file__).parents[2] / "examples"
TRAIN = EXAMPLES / "data" / "train.csv"
EVENING = 1_772_380_800
TYPE = {"type": "health_proof"}

needs_libreoffice = pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="LibreOffice is not installed (Debian: apt-get install libreoffice-calc)",
)
CONVERSIONS = {
    # token 9 is the separator, the next the encoding, as LibreOffice numbers them
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "gb18030": "csv:Text - txt - csv (StarCalc):44,34,85,1,,0,false,true",
    "utf-16": "csv:Text - txt - csv (StarCalc):9,34,65535,1,,0,false,true",
    "semicolons": "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true",
}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the files that examples/make_people.py writes, by their names."""
    folder = tmp_path_factory.mktemp("people")
    return {path.name: path for path in made().write_all(folder)}


def made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_people", EXAMPLES / "make_people.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path: Path) -> list[Row | RefusedRow]:
    return list(read_applications(path, issuer="CN-51", issued_at=EVENING, defaults=TYPE))


def said(row: Row | RefusedRow) -> tuple[int, Any]:
    """Return all that a row says; the salted digest of its number is another each time."""
    if isinstance(row, RefusedRow):
        return row.line, (row.where, row.problem)
    shown = codec.to_json(row.claims)
    digest = shown["credential"].pop("document_digest")
    assert digest
    return row.line, shown


@pytest.fixture(scope="module")
def expected() -> list[tuple[int, Any]]:
    return [said(row) for row in read(TRAIN)]


@pytest.mark.parametrize(
    "name", ["workbook.xlsx", "gb18030.csv", "utf-16.csv", "semicolons.csv", "utf-8.csv"]
)
def test_every_form_gives_the_same_claims(
    people: dict[str, Path], name: str, expected: list[tuple[int, Any]]
) -> None:
    found = read(people[name])
    assert len(found) == 588
    assert [said(row) for row in found] == expected
    good = next(row for row in found if isinstance(row, Row))
    assert confirms(good.claims, people)


def confirms(claims: Claims, people: dict[str, Path]) -> bool:
    """Decide whether the first person's number is the one that was digested."""
    line = people["utf-8.csv"].read_text(encoding="utf-8").splitlines()[1]
    return confirm_document(claims.holder, line.split(",")[3])


@needs_libreoffice
@pytest.mark.timeout(300)
@pytest.mark.parametrize("form", CONVERSIONS)
def test_what_libreoffice_writes_gives_the_same_claims(
    people: dict[str, Path], form: str, expected: list[tuple[int, Any]], tmp_path: Path
) -> None:
    profile = (tmp_path / "profile").as_uri()
    result = subprocess.run(
        [str(shutil.which("soffice")), f"-env:UserInstallation={profile}", "--headless",
         "--convert-to", CONVERSIONS[form], "--outdir", str(tmp_path / form),
         str(people["workbook.xlsx"])],
        capture_output=True, check=False, timeout=280,
    )  # fmt: skip
    (written,) = (tmp_path / form).iterdir()
    assert result.returncode == 0
    found = read(written)
    assert [said(row) for row in found] == expected
