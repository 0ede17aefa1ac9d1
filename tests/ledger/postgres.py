"""A real PostgreSQL server for tests: Debian's, from a scratch directory, on a free port."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_USER = "postgres"
_SECONDS = 30


class Server:
    """One server; it can be killed and started again with what it has on disk."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None
        self._names = (f"ledger{number}" for number in itertools.count())
        initdb = ["-D", str(folder / "data"), "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
        _run("initdb", *initdb, "--locale=C", folder=folder)

    def start(self) -> None:
        options = [f"-p{self.port}", "-h127.0.0.1", f"-k{self.folder}", "-cmax_connections=60"]
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                _command("postgres", "-D", str(self.folder / "data"), *options, *self.options),
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        until = time.monotonic() + _SECONDS
        while _ready(self.port) != 0:
            assert time.monotonic() < until, (self.folder / "log").read_text()
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill the server as a power cut would: its processes get no chance to write."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for process in (pid, *map(int, children)):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        assert self.process is not None
        self.process.wait()
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    @property
    def url(self) -> str:
        """The URL of the server's own database."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/postgres"

    def place(self) -> str:
        """Return the URL of a place for a ledger: a new schema, which is made faster than more."""
        name = next(self._names)
        self.sql(f"CREATE SCHEMA {name}")
        return f"{self.url}?options=-csearch_path%3D{name}"

    def sql(self, statement: str) -> str:
        """Return what the server answers."""
        command = ["-qtAX", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url]
        return _run("psql", *command, folder=self.folder).strip()


@contextmanager
def running(*options: str) -> Iterator[Server]:
    """Yield a server that runs; skip the test where PostgreSQL is not installed."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    if not _BINARIES:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("PostgreSQL does not run as root, and there is no runuser")
    folder = Path(tempfile.mkdtemp(prefix="trustcert-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        server = Server(folder, *options)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ready(port: int) -> int:
    return subprocess.call(
        [_BINARIES[-1] / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
    )


def _run(name: str, *arguments: str, folder: Path) -> str:
    done = subprocess.run(
        _command(name, *arguments), check=True, capture_output=True, text=True, cwd=folder
    )
    return done.stdout


def _command(name: str, *arguments: str) -> list[str]:
    command = [str(_BINARIES[-1] / name), *arguments]
    return ["runuser", "-u", _USER, "--", *command] if os.geteuid() == 0 else command
