"""The transport itself: redirects, retries, slow and endless servers, over real sockets."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.registry.simulator import World, world
from tests.sync.conftest import Served
from tuf.api import exceptions

from trustcert.registry import publish
from trustcert.store import TrustStore
from trustcert.sync import HttpFetcher, Patience, sync

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def got(url: str, patience: Patience | None = None, limit: int = 1_000_000) -> tuple[bytes, int]:
    fetcher = HttpFetcher(patience or Patience(retries=0, whole=5), limit=limit)
    try:
        return fetcher.download_bytes(url, 1_000_000), fetcher.requests
    finally:
        fetcher.close()


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def test_a_redirect_on_the_same_host_is_followed() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/a":
            reply(handler, 302, Location="/b")
        else:
            reply(handler, 200, b"here")

    with serving(answer) as url:
        assert got(f"{url}a") == (b"here", 2)


def test_a_redirect_to_another_host_or_without_end_is_refused() -> None:
    asked: list[str] = []

    def other(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        reply(handler, 200, b"evil")

    with serving(other) as elsewhere:
        with (
            serving(lambda handler: reply(handler, 302, Location=f"{elsewhere}x")) as url,
            pytest.raises(exceptions.DownloadError, match="redirected to another host; refused"),
        ):
            got(f"{url}a")
        assert asked == []
    with (
        serving(lambda handler: reply(handler, 302, Location="/a")) as url,
        pytest.raises(exceptions.DownloadError, match="redirected over 5 times"),
    ):
        got(f"{url}a")


def test_a_busy_server_is_asked_again_but_does_not_say_when() -> None:
    asked: list[float] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(time.monotonic())
        if len(asked) < 3:
            reply(handler, 503, b"", **{"Retry-After": "3600"})
        else:
            reply(handler, 200, b"now")

    with serving(answer) as url:
        assert got(url, Patience(retries=3, backoff=0.01, whole=20)) == (b"now", 3)


def test_a_compressed_answer_is_not_inflated() -> None:
    import gzip

    bomb = gzip.compress(bytes(1_000_000))
    with serving(lambda handler: reply(handler, 200, bomb, **{"Content-Encoding": "gzip"})) as url:
        assert got(url)[0] == bomb


def test_all_downloads_together_are_bounded() -> None:
    with (
        serving(lambda handler: reply(handler, 200, bytes(5_000))) as url,
        pytest.raises(exceptions.DownloadLengthMismatchError, match="over 4000 bytes in one sync"),
    ):
        got(url, limit=4_000)


def test_a_cut_connection_is_told_as_one() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")

    with (
        serving(answer) as url,
        pytest.raises(exceptions.DownloadError, match=r"4 bytes read|cut off after 4 of 100"),
    ):
        got(url)


@pytest.mark.parametrize("place", ["in the header", "in the body"])
def test_slow_retrieval_ends_with_the_patience(place: str) -> None:
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.recv(4_096)
        head = b"HTTP/1.1 200 OK\r\nX-Drip: " if place == "in the header" else (
            b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"
        )  # fmt: skip
        try:
            connection.sendall(head)
            while not over.wait(0.05):
                connection.sendall(b"x")
        except OSError:
            pass
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: drip(listener.accept()[0]))
        thread.start()
        began = time.monotonic()
        with pytest.raises(exceptions.SlowRetrievalError, match=r"not finished in 0\.5 s"):
            got(f"http://127.0.0.1:{listener.getsockname()[1]}/", Patience(whole=0.5))
        took = time.monotonic() - began
        over.set()
        thread.join()
    assert took < 5


@pytest.fixture
def published(www: Path) -> World:
    made = world()
    publish.write(publish.render(made.repository), www)
    return made


def conformance(*arguments: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "trustcert.registry.conformance", *arguments],
        capture_output=True,
        check=False,
    ).returncode


def test_the_conformance_client_speaks_its_protocol(
    published: World, server: Served, tmp_path: Path
) -> None:
    root = tmp_path / "first.json"
    root.write_bytes(published.root)
    folder, targets = tmp_path / "metadata", tmp_path / "targets"
    targets.mkdir()
    base = ["--metadata-dir", str(folder)]
    assert conformance(*base, "init", str(root)) == 0
    assert server.asked == []
    online = [*base, "--metadata-url", f"{server.url}metadata"]
    assert conformance(*online, "refresh") == 0
    for name in ("root", "timestamp", "snapshot", "targets"):
        assert (folder / f"{name}.json").exists()
    assert len(server.asked) == 4
    wanted = ["--target-name", "issuers.json", "--target-name", "CN-51/keys.json"]
    where = ["--target-base-url", f"{server.url}targets", "--target-dir", str(targets)]
    for new in (3, 0):
        server.asked.clear()
        assert conformance(*online, *wanted, *where, "download") == 0
        fetched = [path for path in server.asked if "root" not in path and "timestamp" not in path]
        assert len(fetched) == new
    assert conformance(*online, "--target-name", "none", *where, "download") == 1
    assert len(list(targets.iterdir())) == 2


def test_far_behind_the_archive_is_one_request_more(
    www: Path, server: Served, tmp_path: Path
) -> None:
    made = world([f"CN-{n}" for n in (31, 44, 51, 11, 12, 13, 14, 15, 21, 22)])
    publish.write(publish.render(made.repository), www)
    store = TrustStore(tmp_path / "store")
    sync(store, server.url, root=made.root)
    for issuer in made.repository.issuers:
        made.new_key(issuer.id)
    made.publish()
    publish.write(publish.render(made.repository), www)
    result = sync(store)
    assert len(result.roles) == 12
    assert result.requests <= 5
    assert store.open(at=made.at).read_everything() == ()
