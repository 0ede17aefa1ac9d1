"""The checking service: its answers, its document, and what it refuses."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from examples import train
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.web.conftest import Checkpoint, picture, served

from trustcert.ledger import storage
from trustcert.web import app

DOCUMENT = json.loads(
    (Path(train.__file__).parents[1] / "src/trustcert/web/openapi.json").read_text("utf-8")
)


@contextmanager
def client_of(application: Any) -> Iterator[httpx.Client]:
    with served(application, 0) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"} | {"components": DOCUMENT["components"]}


@pytest.fixture(scope="module")
def client(checkpoint: Checkpoint) -> Iterator[httpx.Client]:
    with client_of(app(checkpoint.store, "CN-44")) as found:
        yield found


def test_texts_are_judged_in_order_with_words_in_each_language(
    client: httpx.Client, checkpoint: Checkpoint
) -> None:
    names = ("0003", "altered", "shanghai", "forged")
    found = client.post("/v1/check", json={"texts": [checkpoint.codes[name] for name in names]})
    assert found.status_code == 200
    results = found.json()["results"]
    assert [row["signal"] for row in results] == ["PASS", "DENY", "HOLD", "HOLD"]
    assert results[0]["claims"]["credential"]["type"] == "health_proof"
    assert all("claims" not in row for row in results[1:])
    assert results[1]["words"]["zh"][0]["what"].startswith("签名不符")
    assert results[1]["words"]["zh-Hant"][0]["what"].startswith("簽名不符")
    jsonschema.validate(found.json(), schema("CheckAnswer"))


def test_the_codes_in_a_picture_are_judged(
    client: httpx.Client, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    data = picture(checkpoint.codes["0003"], tmp_path / "a.png").read_bytes()
    found = client.post("/v1/check", content=data, headers={"Content-Type": "image/png"})
    assert [row["signal"] for row in found.json()["results"]] == ["PASS"]
    bad = client.post("/v1/check", content=b"x", headers={"Content-Type": "image/png"})
    assert (bad.status_code, "picture" in bad.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "either text or texts"),
        ({"text": "a", "texts": ["b"]}, "either text or texts"),
        ({"texts": []}, "length"),
        ({"text": "a", "languages": ["xx"]}, "languages"),
        ({"text": "a", "departed_at": "yesterday"}, "departed_at"),
        ({"text": "a", "colour": "green"}, "colour"),
        ({"text": None}, "either text or texts"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(
    client: httpx.Client, body: dict[str, Any], says: str
) -> None:
    found = client.post("/v1/check", json=body)
    assert found.status_code == 400
    assert says in found.json()["error"]


def test_other_kinds_of_bodies_are_refused(client: httpx.Client) -> None:
    found = client.post("/v1/check", content=b"a=b", headers={"Content-Type": "text/plain"})
    assert found.status_code == 415


def test_the_state_of_trust_data_is_told(client: httpx.Client) -> None:
    found = client.get("/v1/trust").json()
    jsonschema.validate(found, schema("TrustState"))
    assert found["ready"] is True
    assert found["recognised"] == ["CN-31", "CN-51"]
    assert client.get("/readyz").json() == {"ready": True, "problem": None}
    assert client.get("/healthz").text == "ok\n"


def test_it_is_not_ready_where_everything_would_be_held(checkpoint: Checkpoint) -> None:
    late = int(time.time()) + 100 * 3600
    for destination, clock in (("CN-44", lambda: late), ("CN-99", lambda: int(time.time()))):
        with client_of(app(checkpoint.store, destination, clock=clock)) as client:
            assert client.get("/readyz").status_code == 503


def test_counters_name_nobody(client: httpx.Client, checkpoint: Checkpoint) -> None:
    client.post("/v1/check", json={"text": checkpoint.codes["altered"]})
    text = client.get("/metrics").text
    assert 'trustcert_checks_total{signal="DENY",reason="signature_wrong"}' in text
    assert "trustcert_check_seconds_bucket" in text
    assert "许" not in text


def test_a_token_is_needed_where_tokens_are_given(checkpoint: Checkpoint) -> None:
    token = "0123456789abcdef"
    with client_of(app(checkpoint.store, "CN-44", tokens=[token])) as client:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": token}):
            found = client.get("/v1/trust", headers=headers)
            assert (found.status_code, found.headers["www-authenticate"]) == (401, "Bearer")
        allowed = client.get("/v1/trust", headers={"Authorization": f"Bearer {token}"})
        assert allowed.status_code == 200
        assert client.get("/healthz").status_code == 200


def test_it_can_be_mounted_in_an_application(checkpoint: Checkpoint) -> None:
    outer = Starlette(routes=[Mount("/trust", app=app(checkpoint.store, "CN-44"))])
    with client_of(outer) as client:
        found = client.post("/trust/v1/check", json={"text": checkpoint.codes["0003"]})
        assert found.json()["results"][0]["signal"] == "PASS"


def test_the_document_names_every_route() -> None:
    jsonschema.Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"]["CheckRequest"])
    assert set(DOCUMENT["paths"]) == {
        "/v1/check", "/v1/trust", "/healthz", "/readyz", "/metrics", "/openapi.json",
    }  # fmt: skip


def test_new_data_is_taken_up_under_load_and_no_request_fails(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "made")
    scene = checkpoint.scene
    text, ended = checkpoint.codes["0004"], threading.Event()
    with served(app(checkpoint.store, "CN-44"), 0) as address:

        def ask(_: int) -> set[str]:
            seen = set()
            with httpx.Client(base_url=address) as client:
                while not ended.is_set():
                    found = client.post("/v1/check", json={"text": text})
                    assert found.status_code == 200
                    seen.add(found.json()["results"][0]["signal"])
            return seen

        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(ask, number) for number in range(4)]
            time.sleep(0.3)
            scene.now += 60
            with storage.open_ledger(scene.folder / "sichuan.ledger") as book:
                train.revoke(book, checkpoint.claims[checkpoint.names.index("0004")], scene.now)
                train.announce(book, scene)
            checkpoint.take_in()
            time.sleep(0.5)
            ended.set()
            assert [future.result() for future in asked] == [{"PASS", "DENY"}] * 4
