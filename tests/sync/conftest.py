from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.registry.simulator import URL, Mirror, World, world
from tuf.ngclient import FetcherInterface

from trustcert.store import TrustStore
from trustcert.sync import HttpFetcher, Patience, SyncResult, sync


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and writes down what was asked for."""

    server: Served

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
        pass


class Served(ThreadingHTTPServer):
    """A real HTTP server on loopback."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


@pytest.fixture
def www(tmp_path: Path) -> Path:
    folder = tmp_path / "www"
    folder.mkdir()
    return folder


@pytest.fixture
def server(www: Path) -> Iterator[Served]:
    with Served(www) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        yield served
        served.shutdown()
        thread.join()


class FromMirror(BaseHTTPRequestHandler):
    """Hands out what a mirror would, over the wire."""

    server: MirrorServer

    def do_GET(self) -> None:
        mirror = self.server.mirror
        name = self.path.removeprefix("/")
        data = mirror.evil(name, mirror.files.get(name))
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # a client may hang up on us
            self.wfile.write(data or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
        pass


class MirrorServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, mirror: Mirror) -> None:
        super().__init__(("127.0.0.1", 0), FromMirror)
        self.mirror = mirror


class Checkpoint:
    """A store that syncs from a mirror, in memory or over HTTP."""

    def __init__(self, store: TrustStore, made: World, server: MirrorServer | None) -> None:
        self.store, self.world, self.server = store, made, server

    def sync(
        self, mirror: Mirror, *, archive: bool = False, root: bytes | None = None
    ) -> SyncResult:
        """Sync from ``mirror``."""
        fetcher: FetcherInterface = mirror
        url = URL
        if self.server:
            self.server.mirror = mirror
            url = f"http://127.0.0.1:{self.server.server_port}/"
            fetcher = HttpFetcher(Patience(retries=0, whole=10))
        try:
            return sync(
                self.store, url, root=root or self.world.root, fetcher=fetcher, archive=archive
            )
        finally:
            if isinstance(fetcher, HttpFetcher):
                fetcher.close()

    def state(self) -> dict[str, bytes]:
        """Return every file of the store but those that are kept for the next try."""
        return {
            path.name: path.read_bytes()
            for path in self.store.folder.iterdir()
            if path.is_file() and path.name != "lock"
        }


@pytest.fixture(params=["in memory", "over HTTP"])
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Checkpoint]:
    made = world(at=None)
    store = TrustStore(tmp_path / "store")
    if request.param == "in memory":
        yield Checkpoint(store, made, None)
        return
    with MirrorServer(made.mirror()) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        yield Checkpoint(store, made, served)
        served.shutdown()
        thread.join()
