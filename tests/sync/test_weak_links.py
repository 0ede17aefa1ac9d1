"""Weak links over real sockets: bodies that are cut off, servers without Range, login pages."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.registry.simulator import World, world
from tuf.api import exceptions

from trustcert.errors import SyncError, TrustError
from trustcert.status import State, StatusList, snapshot
from trustcert.status.indices import from_indices
from trustcert.store import TrustStore
from trustcert.sync import HttpFetcher, Patience, SyncResult, sync

QUICK = Patience(retries=3, backoff=0.001, whole=30)
ONCE = Patience(retries=0, backoff=0.001, whole=30)


class Link:
    """A web server behind a link that cuts bodies; ``cut`` says where, or None for not at all."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.cut: Callable[[str, int], int | None] = lambda _name, _length: None
        self.ranges = True
        self.sent = 0
        self.asked: list[tuple[str, str | None]] = []
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.removeprefix("/")
        wanted = handler.headers.get("Range")
        self.asked.append((name, wanted))
        data = self.files.get(name)
        if data is None:
            handler.send_error(404)
            return
        tag, start = f'"{hash(data)}"', 0
        if wanted and self.ranges and handler.headers.get("If-Range") == tag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            handler.send_response(200)
        body = data[start:]
        handler.send_header("ETag", tag)
        handler.send_header("Date", formatdate(usegmt=True))
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        end = self.cut(name, len(body))
        handler.wfile.write(body[:end])
        self.sent += len(body[:end])
        handler.close_connection = end is not None


@contextmanager
def linked(files: dict[str, bytes]) -> Iterator[Link]:
    link = Link(files)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            link.answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    link.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield link
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def large_list(issuer: str, *, version: int = 1, more: int = 0, seed: int = 1) -> bytes:
    size, rng = 1 << 20, random.Random(seed)  # noqa: S311 - the same lists in every run
    revoked = rng.sample(range(size), 20_000 + more)
    states = {State.INVALID: from_indices(revoked, size=size)}
    return snapshot.encode(
        StatusList(issuer=issuer, number=1, version=version, size=size, as_of=1, states=states)
    )


def country(*issuers: str) -> World:
    made = world(issuers or ("CN-51", "CN-44", "CN-31"))
    for issuer in made.repository.issuers:
        made.repository.put_status(issuer.id, 1, large_list(issuer.id, version=2), at=made.at)
    made.publish()
    return made


def brought(  # noqa: PLR0913 - each is a question that one sync answers
    store: TrustStore,
    link: Link,
    made: World,
    patience: Patience = QUICK,
    *,
    archive: bool = True,
    lists: list[str] | None = None,
) -> SyncResult:
    fetcher = HttpFetcher(patience)
    try:
        return sync(store, link.url, root=made.root, fetcher=fetcher, archive=archive, lists=lists)
    finally:
        fetcher.close()


def body(link: Link, name: str, patience: Patience = QUICK) -> bytes:
    fetcher = HttpFetcher(patience)
    try:
        return fetcher.download_bytes(link.url + name, 1_000_000)
    finally:
        fetcher.close()


def test_a_body_that_is_cut_off_is_resumed_where_it_ended() -> None:
    data = random.Random(1).randbytes(300_000)  # noqa: S311
    with linked({"a": data}) as link:
        link.cut = lambda _name, length: 100_000 if length > 100_000 else None
        assert body(link, "a") == data
        assert [wanted for _, wanted in link.asked] == [None, "bytes=100000-", "bytes=200000-"]
        assert link.sent == len(data)


def test_a_server_without_range_is_asked_anew_and_told_apart() -> None:
    data = random.Random(1).randbytes(300_000)  # noqa: S311
    with linked({"a": data}) as link:
        link.ranges = False
        cuts = iter([100_000, 50_000, None])
        link.cut = lambda _name, _length: next(cuts)
        assert body(link, "a") == data
        assert link.sent == 150_000 + len(data)
        link.cut = lambda _name, _length: 5_000
        with pytest.raises(
            exceptions.DownloadError,
            match=r"cut off after 5000 of 300000 bytes .*cannot go on where it stopped \(no Range",
        ):
            body(link, "a")


def test_content_that_is_swapped_between_two_tries_of_a_body_is_never_mixed() -> None:
    old, new = bytes(100_000), b"x" * 100_000
    for ranges in (True, False):
        with linked({"a": old}) as link:
            link.ranges = ranges

            def cut(_name: str, _length: int, link: Link = link) -> int | None:
                link.files["a"] = new
                return 70_000 if len(link.asked) == 1 else None

            link.cut = cut
            with pytest.raises(exceptions.DownloadError, match="changed while it was fetched"):
                body(link, "a")


def test_another_part_than_was_asked_for_is_refused() -> None:
    with linked({"a": bytes(100_000)}) as link:
        plain = link.answer

        def answer(handler: BaseHTTPRequestHandler) -> None:
            if handler.headers.get("Range"):
                handler.send_response(206)
                handler.send_header("Content-Range", "bytes 10-99999/100000")
                handler.send_header("Content-Length", "0")
                handler.end_headers()
            else:
                plain(handler)

        link.answer = answer  # type: ignore[method-assign]
        link.cut = lambda _name, _length: 70_000
        with pytest.raises(exceptions.DownloadError, match="the server sent another part of it"):
            body(link, "a")


def test_a_login_page_is_told_as_one(tmp_path: Path) -> None:
    made = world()
    page = b"\n<!DOCTYPE html><html><title>Hotel Wi-Fi</title></html>"
    with linked(dict.fromkeys(made.files, page)) as link:
        for archive in (True, False):
            with pytest.raises(
                SyncError, match=r"answered with a web page.*ask for a login.*nothing is held yet"
            ):
                brought(TrustStore(tmp_path / "store"), link, made, archive=archive)


@pytest.mark.parametrize("archive", [True, False])
def test_where_one_response_in_ten_is_cut_every_sync_ends_well(
    archive: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
) -> None:
    made, rng = country(), random.Random(7)  # noqa: S311
    with linked(made.files) as link:
        brought(TrustStore(tmp_path / "undisturbed"), link, made, archive=archive)
        undisturbed, link.sent = link.sent, 0
        link.cut = lambda _name, length: rng.randrange(length) if rng.random() < 0.1 else None
        for number in range(20):
            store = TrustStore(tmp_path / str(number))
            assert brought(store, link, made, archive=archive).problems == ()
            assert store.open(at=made.at).read_everything() == ()
        assert link.sent < 20 * 1.1 * undisturbed


def test_a_sync_that_fails_half_way_makes_the_next_shorter(tmp_path: Path) -> None:
    made, store = country(), TrustStore(tmp_path / "store")
    with linked(made.files) as link:
        stop = 12

        def cut(_name: str, _length: int) -> int | None:
            return 0 if len(link.asked) > stop else None

        link.cut = cut
        with pytest.raises(SyncError, match="cut off"):
            brought(store, link, made, ONCE, archive=False)
        assert store.names == ()
        first = {name for name, _ in link.asked[:stop]}
        link.asked.clear()
        link.cut = lambda _name, _length: None
        brought(store, link, made, ONCE, archive=False)
        again = {name for name, _ in link.asked} & first
        assert {name for name in again if "timestamp" not in name and "root" not in name} == set()
        assert store.open(at=made.at).read_everything() == ()
        kept = {path.name for path in store.folder.iterdir()}
        assert kept == {"lock", "registry.zip", "registry.files"}


def test_an_archive_that_was_cut_off_is_resumed_by_the_next_sync(tmp_path: Path) -> None:
    made, store = country(), TrustStore(tmp_path / "store")
    whole = len(made.files["registry.zip"])
    with linked(made.files) as link:
        link.cut = lambda _name, _length: whole // 2
        with pytest.raises(SyncError, match="cut off"):
            brought(store, link, made, ONCE)
        link.cut = lambda _name, _length: None
        brought(store, link, made, ONCE)
        assert link.sent == whole
        assert store.open(at=made.at).read_everything() == ()
        assert not list(store.folder.glob("*/archive.part"))


def test_an_archive_that_was_published_anew_between_two_syncs_is_fetched_anew(
    tmp_path: Path,
) -> None:
    made, store = country(), TrustStore(tmp_path / "store")
    with linked(dict(made.files)) as link:
        link.cut = lambda _name, length: length // 2
        with pytest.raises(SyncError, match="cut off"):
            brought(store, link, made, ONCE)
        made.new_key("CN-51")
        made.publish()
        link.files, link.cut = made.files, lambda _name, _length: None
        brought(store, link, made, ONCE)
        assert store.open(at=made.at).as_of == made.at


def test_a_mirror_that_swaps_content_between_two_tries_gets_nothing(tmp_path: Path) -> None:
    made, store = country(), TrustStore(tmp_path / "store")
    with linked(dict(made.files)) as link:
        link.cut = lambda name, _length: 0 if "/status/" in name else None
        with pytest.raises(SyncError, match="cut off"):
            brought(store, link, made, ONCE, archive=False)
        link.cut = lambda _name, _length: None
        for name, data in made.files.items():
            if "/status/" in name:
                link.files[name] = bytes(len(data))
        with pytest.raises((TrustError, SyncError), match=r"sha256|hash"):
            brought(store, link, made, ONCE, archive=False)
        assert store.names == ()
        link.files = made.files
        brought(store, link, made, ONCE, archive=False)
        assert store.open(at=made.at).read_everything() == ()


def test_what_was_kept_from_a_try_is_verified_before_it_is_used(tmp_path: Path) -> None:
    made, store = country(), TrustStore(tmp_path / "store")
    with linked(made.files) as link:
        link.cut = lambda _name, _length: 0 if len(link.asked) > 14 else None
        with pytest.raises(SyncError, match="cut off"):
            brought(store, link, made, ONCE, archive=False)
        kept = [path for path in store.folder.glob("registry.*/**/*") if path.is_file()]
        assert len(kept) > 5
        for path in kept:
            path.write_bytes(path.read_bytes()[:-7])
        link.cut = lambda _name, _length: None
        brought(store, link, made, ONCE, archive=False)
        assert store.open(at=made.at).read_everything() == ()


def test_only_the_lists_that_are_wanted_travel(tmp_path: Path) -> None:
    made, store = country(), TrustStore(tmp_path / "store")
    with linked(made.files) as link:
        brought(store, link, made, lists=["CN-51"])
        asked = [name for name, _ in link.asked]
        assert "registry.zip" not in asked
        assert [name.split("/")[1] for name in asked if "/status/" in name] == ["CN-51"]
        trust = store.open(at=made.at)
        assert trust.status_list("CN-51", 1) is not None
        assert trust.status_list("CN-44", 1) is None
        link.asked.clear()
        assert not brought(store, link, made, lists=["CN-51"]).changed
        assert len(link.asked) == 2


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    made, store = country(), TrustStore(tmp_path / "store")

    def state() -> dict[str, tuple[int, int]]:
        files = [p for p in store.folder.rglob("*") if p.is_file() and p.name != "lock"]
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}

    with linked(made.files) as link:
        brought(store, link, made)
        before = state()
        assert len(before) == 4
        link.asked.clear()
        assert not brought(store, link, made).changed
        assert state() == before
        assert [name.rpartition("/")[2] for name, _ in link.asked] == [
            "2.root.json", "timestamp.json",
        ]  # fmt: skip


def test_a_newer_timestamp_writes_the_index_only(tmp_path: Path) -> None:
    made, store = country(), TrustStore(tmp_path / "store")
    with linked(made.files) as link:
        brought(store, link, made)
        before = {path: path.stat().st_ino for path in store.folder.glob("registry.files/*")}
        made.publish()
        assert brought(store, link, made).changed
        assert {path: path.stat().st_ino for path in before} == before
        trust = store.open(at=made.at)
        assert trust.as_of == made.at
        assert trust.read_everything() == ()
