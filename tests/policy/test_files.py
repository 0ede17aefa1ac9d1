"""Policies as files: TOML and JSON say the same, and an error says file, path and value."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustcert.encoding import json
from trustcert.errors import LimitExceededError, MalformedError
from trustcert.limits import REGISTRY_DOCUMENT_BYTES
from trustcert.policy import to_document
from trustcert.policy.files import load

EXAMPLES = Path(__file__).parents[2] / "examples" / "policies"
TOML = """# Guangdong
destination = "CN-44"
issued = 2020-03-09T00:00:00+08:00

[[recognises]]
issuer = "CN-51"
types = ["health_proof"]

[[recognises]]
issuer = "CN-42"
types = ["health_proof"]
[[recognises.excludes]]
division = "CN-42-05"
[[recognises.excludes]]
division = "CN-42-01"

[rules.health_proof]
colours = [
  "green",
]
[rules.health_proof.test]
hours = 72
origin = "sampled"
inclusive = true

[vocabularies."CN-00"]
"未见异常" = "green"
"""


def written(folder: Path, text: str, name: str = "gd.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(MalformedError) as caught:
        load(path)
    return str(caught.value).removeprefix(f"{path.parent}/")


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    policy = load(written(tmp_path, TOML))
    pretty = json.encode_pretty(to_document(policy)).decode()
    assert load(written(tmp_path, pretty, "gd.json")) == policy


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*[!s].toml")), ids=lambda path: path.name)
def test_the_examples_are_policies(path: Path) -> None:
    if ".cases" not in path.name:
        assert load(path).destination is not None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hours = 72", "hours = 100000",
         "gd.toml: rules.health_proof.test.hours: must be 1 to 8784 (found: 100000)"),
        ('"CN-42-01"', '"CN-4201"', "gd.toml: recognises[1].excludes[1].division: "),
        ('"sampled"', '"taken"', "gd.toml: rules.health_proof.test.origin: must be one of: "),
        ('"green",', '"white",', "gd.toml: rules.health_proof.colours[0]: must be one of: "),
        ('issuer = "CN-51"\n', "", "gd.toml: recognises[0].issuer: is missing"),
        ("[rules.health_proof.test]", "[rules.health_proof.tset]",
         "gd.toml: rules.health_proof.tset: unknown field"),
        ('= "green"', '= "grün"', "gd.toml: vocabularies.CN-00.未见异常: must be one of: "),
        ('destination = "CN-44"', "destination = 44",
         "gd.toml: destination: must be a text (found: 44)"),
        ('destination = "CN-44"', "destination = ", "gd.toml: not TOML: "),
        ('destination = "CN-44"', 'note = """\n[rules]\n"""', "gd.toml: note: unknown field"),
    ],
)  # fmt: skip
def test_toml_errors_name_the_path(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TOML
    found = refusal(written(tmp_path, TOML.replace(old, new, 1)))
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (
            '"hours": 72',
            '"hours": 0',
            "rules.health_proof.test.hours: must be 1 to 8784 (found: 0",
        ),
        ('"CN-42-01"', '"CN-4201"', "recognises[1].excludes[1].division: "),
        ('"inclusive": true', '"inclusive": 1', "rules.health_proof.test.inclusive: "),
        ('"未见异常": "green"', '"未见异常": "grün"', "vocabularies.CN-00.未见异常: "),
    ],
)
def test_json_errors_name_the_path(tmp_path: Path, old: str, new: str, place: str) -> None:
    pretty = json.encode_pretty(to_document(load(written(tmp_path, TOML)))).decode()
    assert old in pretty
    spoilt = pretty.replace(old, new, 1)
    assert refusal(written(tmp_path, spoilt, "gd.json")).startswith(f"gd.json: {place}")


def test_what_is_no_map_and_what_is_too_large(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "[]", "gd.json")) == "gd.json: must be a map"
    assert refusal(written(tmp_path, '{"a": 1, "a": 2}', "gd.json")).startswith("gd.json: a: ")
    (tmp_path / "big.json").write_bytes(b" " * (REGISTRY_DOCUMENT_BYTES + 1))
    with pytest.raises(LimitExceededError):
        load(tmp_path / "big.json")
    deep = "x = " + "[" * 40 + "]" * 40
    with pytest.raises(MalformedError):
        load(written(tmp_path, deep))


def test_a_value_is_said_in_short(tmp_path: Path) -> None:
    found = refusal(written(tmp_path, TOML.replace('"sampled"', f'"{"s" * 500}"')))
    assert len(found) < 300


def test_a_dotted_key_is_found(tmp_path: Path) -> None:
    text = 'destination = "CN-44"\nages.warn_hours = 9\nages.hold_hours = 0\n'
    assert refusal(written(tmp_path, text)).startswith("gd.toml: ages.hold_hours: ")
