"""Hostile requests to the gate, each by its kind."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.web.conftest import Checkpoint, gate_at

from trustcert.limits import IMAGE_BYTES, REGISTRY_BYTES


@pytest.fixture(scope="module")
def gate(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with gate_at(checkpoint, tmp_path_factory.mktemp("gate")) as (_, address):
        yield address


def post(address: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    sent = {"Origin": address, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return httpx.post(address + path, content=content, headers=sent, timeout=30)


def test_another_host_is_refused(gate: str) -> None:
    for host in ("evil.example", "localhost:1", "127.0.0.1", ""):
        assert httpx.get(f"{gate}/gate/state", headers={"Host": host}).status_code in {400, 403}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_another_page_changes_nothing(gate: str, headers: dict[str, str]) -> None:
    found = post(gate, "/gate/begin", {"name": "x"}, **headers)
    assert found.status_code == 403
    assert httpx.get(f"{gate}/gate/state").json()["began"] is None


def test_a_request_without_an_origin_changes_nothing(gate: str) -> None:
    assert httpx.post(f"{gate}/gate/begin", json={"name": "x"}).status_code == 403


def test_a_get_changes_nothing(gate: str) -> None:
    for path in ("begin", "scan", "frame", "file", "again", "sync", "end", "bundle"):
        assert httpx.get(f"{gate}/gate/{path}").status_code in {404, 405}


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/%2e%2e/gate.py", "/..%2fgate.py", "/locale/../../gate.py",
     "/%2e%2e%2f%2e%2e%2fetc/passwd", "/gate.py", "/static/../api.py"],
)  # fmt: skip
def test_no_other_file_is_served(gate: str, path: str) -> None:
    host, _, port = gate.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode()
        )
        assert b" 404 " in wire.recv(64) + b" "


@pytest.mark.parametrize(
    ("path", "size"),
    [("/gate/scan", 1 << 20), ("/gate/begin", 1 << 15), ("/gate/frame?w=1&h=1", 5 << 20),
     ("/gate/file", max(IMAGE_BYTES, REGISTRY_BYTES) + 1)],
)  # fmt: skip
def test_a_body_over_its_bound_is_refused_before_it_is_read(
    gate: str, path: str, size: int
) -> None:
    host, _, port = gate.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as wire:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {gate}\r\n"
            f"Content-Length: {size}\r\nConnection: close\r\n\r\n"
        )
        wire.sendall(head.encode())
        assert b" 413 " in wire.recv(64)


def test_a_body_without_a_length_is_bounded_too(gate: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(2000):
            yield b"x" * 1024

    found = httpx.post(f"{gate}/gate/begin", content=endless(), headers={"Origin": gate})
    assert found.status_code == 413


def test_a_slow_body_ends(gate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from trustcert.web import guard

    monkeypatch.setattr(guard, "_BODY_SECONDS", 0.3)
    host, _, port = gate.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(
            f"POST /gate/scan HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {gate}\r\n"
            f"Content-Length: 100\r\n\r\n{{".encode()
        )
        wire.settimeout(10)
        assert b" 408 " in wire.recv(64)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"text": 1}', b'{"text": "x", "other": 1}', b"\xff\xfe",
     b'{"text":' + b"[" * 5000, b'{"text": "\\ud800"}'],
)  # fmt: skip
def test_a_body_that_is_no_request_is_named(gate: str, body: bytes) -> None:
    found = post(gate, "/gate/scan", body)
    assert found.status_code == 400
    assert "error" in found.json()


@pytest.mark.parametrize(
    "query", ["", "?w=1", "?w=x&h=1", "?w=-1&h=-1", "?w=99999&h=99999", "?w=0&h=0", "?w=2&h=3"]
)
def test_a_frame_must_be_what_it_says(gate: str, query: str) -> None:
    assert post(gate, f"/gate/frame{query}", b"12345").status_code == 400


def test_nothing_is_scanned_before_a_shift_begins(gate: str) -> None:
    for path, body in (("scan", {"text": "TC1:X"}), ("end", {}), ("again", {"scan": 1})):
        found = post(gate, f"/gate/{path}", body)
        assert found.status_code == 400, path


def test_every_answer_forbids_what_the_page_does_not_need(gate: str) -> None:
    for path in ("/", "/gate.js", "/gate/state", "/nothing"):
        headers = httpx.get(gate + path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in headers


def test_a_hostile_picture_costs_its_bound(checkpoint: Checkpoint, tmp_path: Path) -> None:
    bomb = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x00\x00\x00\x00"
    )
    with gate_at(checkpoint, tmp_path) as (_, address):
        assert post(address, "/gate/begin", {"name": "x"}).status_code == 200
        started = time.process_time()
        assert post(address, "/gate/file", bomb).status_code in {400, 409}
        assert time.process_time() - started < 5
