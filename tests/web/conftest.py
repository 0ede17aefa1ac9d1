"""A checkpoint's store made as the demo makes it, a server over it, and a real browser."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from examples import train
from msgspec import structs

from trustcert import issue, qr
from trustcert.claims import Claims
from trustcert.keys import PrivateKey
from trustcert.store import TrustStore
from trustcert.sync import sync_file
from trustcert.web.gate import Gate

CHROMIUM = Path("/usr/bin/chromium")


class Checkpoint:
    """The demo's scene with a dozen workers: its store, its codes, and its keys."""

    def __init__(self, folder: Path, *, policy: dict[str, Any] | None = None) -> None:
        self.folder = folder
        self.now = int(time.time())
        folder.mkdir(parents=True, exist_ok=True)
        self.scene = train.set_up(folder, self.now)
        if policy is not None:
            self.scene.registry.put_policy("CN-44", policy, at=self.now)
            self.scene.registry.sign(self.scene.provinces["CN-44"].authority)
        lines = train.WORKERS.read_text(encoding="utf-8").splitlines(keepends=True)
        few = folder / "few.csv"
        few.write_text("".join(lines[:13]), encoding="utf-8")
        issued, _ = train.issue_proofs(self.scene, few)
        self.claims = [row.claims for row in issued]
        train.add_strangers(self.scene, issued[0].claims)
        self.codes = self.scene.codes
        self.names = [f"{row.line:04}" for row in issued]
        self.store = TrustStore(folder / "store")
        self.take_in()

    def take_in(self) -> None:
        """Take what was last published into the store, as a file from a stick."""
        sync_file(self.store, self.archive, root=self.scene.registry.roots[1])

    @property
    def archive(self) -> bytes:
        """The registry as last published, in one file."""
        (path,) = self.scene.www.glob("*.zip")
        return path.read_bytes()

    @property
    def key(self) -> PrivateKey:
        """The key that signs Sichuan's credentials."""
        return self.scene.provinces["CN-51"].signing

    def code(self, **changed: Any) -> str:
        """Return a code of the first worker's claims, changed, with an id of its own."""
        claims: Claims = structs.replace(self.claims[0], status=None, **changed)
        return issue(claims, self.key)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return Checkpoint(tmp_path_factory.mktemp("checkpoint"))


@contextlib.contextmanager
def served(application: Any, port: int) -> Iterator[str]:
    """Serve an ASGI application in a thread; yield its address."""
    import uvicorn

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(application, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://localhost:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextlib.contextmanager
def gate_at(checkpoint: Checkpoint, folder: Path, **changed: Any) -> Iterator[tuple[Gate, str]]:
    """Serve a gate over the store of ``checkpoint``."""
    from trustcert.web import gate_app

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given: dict[str, Any] = {
        "destination": "CN-44",
        "name": "Guangzhou South",
        "folder": folder,
    } | changed
    gate = Gate(given.pop("store", checkpoint.store), **given)
    hosts = [f"localhost:{port}", f"127.0.0.1:{port}"]
    with served(gate_app(gate, hosts=hosts), port) as address:
        yield gate, address


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    """What starts Debian's Chromium; tests are skipped where it is absent."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="module")
def browser(playwright: Any) -> Iterator[Any]:
    """A browser without a camera."""
    with launched(playwright) as found:
        yield found


@contextlib.contextmanager
def launched(playwright: Any, *arguments: str) -> Iterator[Any]:
    found = playwright.chromium.launch(
        executable_path=str(CHROMIUM), args=["--no-sandbox", *arguments]
    )
    try:
        yield found
    finally:
        found.close()


def until(page: Any, condition: str, *, seconds: float = 15) -> None:
    """Wait until ``condition`` is true; the page's own policy forbids to evaluate texts in it."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        time.sleep(0.05)


def opened(browser: Any, address: str, **options: Any) -> Any:
    """Open the page in a context of its own, without an error on its console."""
    context = browser.new_context(locale="en-GB", **options)
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on(
        "console",
        lambda message: page.errors.append(message.text) if message.type == "error" else None,
    )
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    return page


def begun(browser: Any, address: str, **options: Any) -> Any:
    page = opened(browser, address, **options)
    page.fill("#name", "Guangzhou South, platform 3")
    page.click("#start-form button[type=submit]")
    page.wait_for_selector("#view:not([hidden])")
    return page


def answer(page: Any, *, signal: str, timeout: int = 30_000) -> str:
    page.wait_for_selector(f"#answer.{signal}:not([hidden])", timeout=timeout)
    return str(page.inner_text("#answer"))


def picture(text: str, path: Path) -> Path:
    qr.save(text, path)
    return path
