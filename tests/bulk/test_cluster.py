"""Issuing on a real Dask cluster: a scheduler and two workers, each a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from trustcert import PrivateKey, formats
from trustcert.bulk.book import Book
from trustcert.bulk.issuing import IssuedRow, Job, KnownRow, Result, issue_rows
from trustcert.bulk.rows import Application, RefusedRow
from trustcert.bulk.workers import Cluster
from trustcert.cli.signing import KeyOpener
from trustcert.errors import SyncError
from trustcert.ledger.storage import create
from trustcert.limits import KEY_FILE_BYTES

pytest.importorskip("distributed", reason="the extra dask is not installed")

PASSWORD = b"correct horse battery staple"
AT = 1_772_366_400


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def started(stack: ExitStack, *arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"TRUSTCERT_PASSWORD": PASSWORD.decode()}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "distributed.cli." + arguments[0], *arguments[1:]],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Yield the scheduler's address, and its two workers."""
    address = f"tcp://127.0.0.1:{free_port()}"
    with ExitStack() as stack:
        host, _, port = address.removeprefix("tcp://").partition(":")
        started(stack, "dask_scheduler", "--host", host, "--port", port, "--no-dashboard")
        workers = [
            started(
                stack, "dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                "--local-directory", str(tmp_path_factory.mktemp(name)),
            )
            for name in ("one", "two")
        ]  # fmt: skip
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with ExitStack() as attempt:
                try:
                    found = Cluster(address)
                except SyncError:
                    continue
                attempt.callback(found.close)
                if found.count == 2:
                    break
            time.sleep(0.2)
        yield address, workers


def rows(count: int) -> Iterator[Application | RefusedRow]:
    for line in range(2, count + 2):
        if line % 100 == 0:
            yield RefusedRow(line=line, where="row", problem="is bad", cells=("x",))
            continue
        fields: dict[str, Any] = {
            "type": "health_proof",
            "name": "张伟",
            "colour": "green",
            "site": f"site {line}" if line % 2 else "站",
        }
        yield Application(line=line, fields=fields, cells=())


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "issuing.pem"
    path.write_bytes(PrivateKey.generate("ESP256").to_pem(PASSWORD))
    path.chmod(0o600)
    return path


def job(key: Path) -> Job:
    return Job(
        issuer="CN-51",
        issued_at=AT,
        signer=KeyOpener(key=key),
        lifetime=86_400,
        picture=True,
        accepted=frozenset({"no-number"}),
    )


def test_equal_rows_without_a_ledger_are_each_signed(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], key: Path
) -> None:
    same = {"type": "health_proof", "name": "张伟", "colour": "green"}
    equal = [Application(line=line, fields=same, cells=()) for line in range(2, 602)]
    dask = Cluster(cluster[0])
    try:
        found = [result for part in issue_rows(job(key), equal, dask) for result in part]
    finally:
        dask.close()
    assert len({result.text for result in found if isinstance(result, IssuedRow)}) == 600


def test_a_worker_that_dies_loses_no_row_and_doubles_none(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], key: Path, tmp_path: Path
) -> None:
    address, workers = cluster
    signer = PrivateKey.from_pem(key.read_bytes()[:KEY_FILE_BYTES], PASSWORD)
    found: list[Result] = []
    with create(tmp_path / "book", issuer="CN-51") as ledger, ExitStack() as stack:
        book = Book(ledger, batch="monday", kid=signer.public_key.kid)
        dask = Cluster(address)
        stack.callback(dask.close)
        assert dask.count == 2
        for place, part in enumerate(issue_rows(job(key), rows(2_000), dask, book=book)):
            found += part
            if place == 1:
                workers[0].send_signal(signal.SIGKILL)
    assert [result.line for result in found] == list(range(2, 2_002))
    refused = [result for result in found if isinstance(result, RefusedRow)]
    assert [result.line for result in refused] == list(range(100, 2_001, 100))
    issued = [result for result in found if isinstance(result, IssuedRow)]
    # Half of the rows say the same: those that are in hand at once are issued once.
    known = [result for result in found if isinstance(result, KnownRow)]
    assert len(issued) + len(known) + len(refused) == 2_000
    assert sum(result.line % 2 for result in issued) == 1_000
    assert len({result.text for result in issued}) == len(issued)
    assert len({str(result.claims.status) for result in issued}) == len(issued)
    for result in issued[:: len(issued) // 20]:
        envelope = formats.decode(result.text)
        signer.public_key.verify(envelope.signature, envelope.signed)
        assert isinstance(result.picture, bytes)
        assert result.picture.startswith(b"\x89PNG")


def test_a_scheduler_that_is_not_there_is_said() -> None:
    from trustcert.bulk import workers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "CONNECT", "1s")
        with pytest.raises(SyncError, match="no Dask scheduler answers at"):
            Cluster(f"tcp://127.0.0.1:{free_port()}")
