"""A TUF repository of any shape, in memory, served over HTTP, and misbehaving at will."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

SOON = dt.datetime(2038, 1, 1, tzinfo=dt.UTC)
PAST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
TOP = ("root", "timestamp", "snapshot", "targets")


@cache
def signer(name: str) -> CryptoSigner:  # noqa: ARG001 - what tells one from another
    """Return the key of this name, made once a run."""
    return CryptoSigner.generate_ed25519()


class Repository:
    """What a server hands out: each file is signed anew when it is asked for, but roots."""

    def __init__(self) -> None:
        self.root = Root(expires=SOON)
        self.timestamp = Timestamp(expires=SOON)
        self.snapshot = Snapshot(expires=SOON)
        self.roles: dict[str, Targets] = {"targets": Targets(expires=SOON)}
        self.signers: dict[str, list[CryptoSigner]] = {}
        self.files: dict[str, bytes] = {}
        self.roots: list[bytes] = []
        self.hashed = False
        self.asked: list[str] = []
        for role in TOP:
            self.let_sign(role, [role])
        self.publish_root()

    def let_sign(self, role: str, keys: Iterable[str], *, threshold: int = 1) -> None:
        """Let the keys of these names sign a top-level ``role``, in root and in deed."""
        for keyid in list(self.root.roles[role].keyids):
            self.root.revoke_key(keyid, role)
        self.root.roles[role].threshold = threshold
        self.signers[role] = [signer(key) for key in keys]
        for key in self.signers[role]:
            self.root.add_key(key.public_key, role)

    def publish_root(self, *, by: Iterable[str] | None = None) -> bytes:
        """Sign the root as it is; the next one has the next version."""
        keys = self.signers["root"] if by is None else [signer(name) for name in by]
        self.roots.append(signed(self.root, keys))
        self.root.version += 1
        return self.roots[-1]

    def delegate(
        self, above: str, name: str, paths: list[str], *, terminating: bool = False
    ) -> Targets:
        """Let the role ``name`` under ``above`` sign for ``paths``; return its targets."""
        self.roles.setdefault(name, Targets(expires=SOON))
        self.signers[name] = [signer(name)]
        key = signer(name).public_key
        held = self.roles[above].delegations or Delegations(keys={}, roles={})
        held.keys[key.keyid] = key
        assert held.roles is not None
        held.roles[name] = DelegatedRole(name, [key.keyid], 1, terminating, paths)
        self.roles[above].delegations = held
        return self.roles[name]

    def put(self, role: str, path: str, data: bytes) -> None:
        """Let ``role`` sign for ``data`` at ``path``."""
        target = TargetFile.from_data(path, data, ["sha256"])
        self.roles[role].targets[path] = target
        folder, slash, name = path.rpartition("/")
        self.files[f"{folder}{slash}{target.hashes['sha256']}.{name}"] = data

    def publish(self) -> None:
        """Put every targets role into the next snapshot, and that into the next timestamp."""
        for role, targets in self.roles.items():
            self.snapshot.meta[f"{role}.json"] = self._meta(targets, role)
        self.snapshot.version += 1
        self.stamp()

    def stamp(self) -> None:
        """Name the snapshot as it is in the next timestamp."""
        self.timestamp.snapshot_meta = self._meta(self.snapshot, "snapshot")
        self.timestamp.version += 1

    def _meta(self, part: Targets | Snapshot, role: str) -> MetaFile:
        if not self.hashed:
            return MetaFile(part.version)
        return MetaFile.from_data(part.version, signed(part, self.signers[role]), ["sha256"])

    def serve(self, path: str) -> bytes | None:
        """Return the file at ``path``, or None."""
        kind, _, name = unquote(path).removeprefix("/").partition("/")
        if kind == "targets":
            return self.files.get(name)
        version, dot, role = name.removesuffix(".json").partition(".")
        if not dot:
            return signed(self.timestamp, self.signers["timestamp"])
        if role == "root":
            return self.roots[int(version) - 1] if int(version) <= len(self.roots) else None
        part = self.snapshot if role == "snapshot" else self.roles.get(role)
        return None if part is None else signed(part, self.signers[role])

    @property
    def metadata_asked(self) -> list[str]:
        """The metadata files that were asked for, in order."""
        return [path.rpartition("/")[2] for path in self.asked if path.startswith("/metadata/")]


def signed(part: Any, keys: Iterable[CryptoSigner]) -> bytes:
    metadata: Metadata[Any] = Metadata(part)
    for key in keys:
        metadata.sign(key, append=True)
    return metadata.to_bytes()


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        repository = self.server.repository
        repository.asked.append(self.path)
        data = repository.serve(self.path)
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(data or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
        pass


class Server(ThreadingHTTPServer):
    """Serves one repository on loopback."""

    daemon_threads = True

    def __init__(self, repository: Repository) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repository = repository

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"
