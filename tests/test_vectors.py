"""The project's own vectors come out as they say, and are what the tool writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.make_vectors import ALL, files
from tests.vector import VECTORS, circumstances_of, trust_of, verdict_of

from trustcert.report import Reason, Verdict
from trustcert.verifier import Verifier

DIRECTORIES = sorted(path.parent for path in VECTORS.glob("*/*/case.json"))


@pytest.mark.parametrize(
    "directory", DIRECTORIES, ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_a_vector_comes_out_as_it_says(directory: Path) -> None:
    case = json.loads((directory / "case.json").read_text(encoding="utf-8"))
    expected = case["expected"]
    text = (directory / "code.txt").read_bytes().decode()
    verifier = Verifier(trust_of(case), destination=case["destination"])
    found = verifier.check(text, at=case["at"], circumstances=circumstances_of(case))
    assert found.verdict.value == expected["verdict"]
    assert [reason.value for reason in found.reasons] == expected["reasons"]
    assert all(f.verdict in f.reason.verdicts and f.step in f.reason.steps for f in found.findings)
    assert verdict_of(directory.name) is found.verdict


def test_a_name_and_what_is_expected_agree() -> None:
    for directory in DIRECTORIES:
        case = json.loads((directory / "case.json").read_text(encoding="utf-8"))
        expected = case["expected"]
        assert Verdict(expected["verdict"]) is verdict_of(directory.name), directory
        assert all(Reason(reason) for reason in expected["reasons"])
        assert bool(expected["reasons"]) == (expected["verdict"] != "valid"), directory
        readme = (directory / "README.md").read_text(encoding="utf-8")
        assert readme.startswith(f"# {directory.name.replace('_', ' ')}\n\n")
        assert readme.rstrip().endswith(".")


def test_every_directory_is_what_the_tool_writes_and_none_is_stray() -> None:
    written = {
        path.relative_to(VECTORS): path.read_bytes()
        for form in ALL
        for path in (VECTORS / form).rglob("*")
        if path.is_file()
    }
    made = files()
    assert written.keys() == made.keys()
    assert [path for path in made if made[path] != written[path]] == []


def test_names_are_used_once_and_there_are_enough() -> None:
    for form, least in (("compact", 40), ("jwt", 15), ("sd_jwt", 60)):
        names = [vector.name for vector in ALL[form]]
        assert len(set(names)) == len(names)
        assert len(names) >= least
        assert {verdict_of(name) for name in names} == set(Verdict)
