"""A store, as people and programs see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import call
from tests.registry.simulator import URL, World, world

from trustcert.store import TrustStore
from trustcert.sync import sync


@pytest.fixture
def made() -> World:
    made = world()
    recognised = {"issuer": "CN-51", "types": ["health_proof"]}
    policy = {"destination": "CN-44", "recognises": [recognised], "rules": {}}
    made.repository.put_policy("CN-44", policy, at=made.at)
    made.publish()
    return made


def test_a_store_is_shown_as_tables_and_as_json(made: World, tmp_path: Path) -> None:
    store = tmp_path / "store"
    sync(TrustStore(store), URL, root=made.root, fetcher=made.mirror())
    kid = made.keys["CN-51-signs"].public_key.kid.hex()
    shown = call("store", "show", "--store", str(store), "--at", str(made.at + 7_380))
    assert shown.code == 0, shown.err
    lines = shown.out.splitlines()
    for title in ("Registries", "Issuers", "Keys", "Status lists", "Recognitions", "Expires next"):
        assert any(line.strip() == title for line in lines), title
    for words in (
        ("registry", "2 h 3 min", "all"),
        ("CN-51", "四川省 Sichuan", "active", "health_proof, test_result", "1"),
        ("CN-51", kid, "ESP256", "active"),
        ("CN-51", "1", "1,000".replace(",", ""), "2 h 3 min"),
        ("CN-44", "recognises CN-51: health_proof"),
        ("registry", "timestamp"),
    ):
        assert any(all(word in line for word in words) for line in lines), words
    assert max(map(len, lines)) <= 160
    as_json = call("store", "show", "--store", str(store), "--at", str(made.at), "--json")
    held = json.loads(as_json.out)
    assert {issuer["id"] for issuer in held["issuers"]} == {"CN-51", "CN-44", "CN-31"}
    assert held["next"][0]["role"] == "timestamp"
    assert held["registries"][0]["age"] == 0
