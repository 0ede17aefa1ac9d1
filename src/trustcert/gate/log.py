"""The log of a shift: one JSON line a scan, each chained to the line before.

::

    {"schema": "trustcert.shift.v2", "number": 0, "kind": "begin", "at": …, "checkpoint": …,
     "destination": …, "previous": "", "digest": …}
    {"schema": …, "number": 1, "kind": "scan", "at": …, "signal": "PASS", …}
    {"schema": …, "number": 2, "kind": "end", "at": …, "numbers": {…}, "key": …, "signature": …}

``digest`` is SHA-256 over the line without its digest (and signature), with the digest of the line
before in ``previous``: a line that was changed, taken out or put in breaks the chain. The last
line says that the shift ended; the gate's own key signs its digest. A log without a last line may
have been cut. Whoever holds the file and not the key can write another chain, but cannot sign it:
keep the digest or the public key elsewhere.

No line holds a fact about a person. ``credential`` tells one credential from another by a digest
under a key that is kept in a file beside the log, and removed when the shift ends: with that file
a shift that was broken off goes on with its numbers.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trustcert.encoding import json
from trustcert.errors import MalformedError, TrustcertError, TrustError
from trustcert.files import disk, write_whole
from trustcert.keys import PrivateKey, PublicKey
from trustcert.limits import SHIFT_LOG_LINE_BYTES
from trustcert.values import PublicValue

__all__ = [
    "SCHEMA",
    "LogCheck",
    "ShiftLog",
    "broken_off",
    "check_log",
    "load_or_make_key",
    "read_lines",
]

SCHEMA: Final = "trustcert.shift.v2"
"""Name and version of the log's JSON lines."""

_KEY_BYTES: Final = 32
_OUTSIDE: Final = frozenset({"digest", "key", "signature"})
"""The fields of a line that its digest does not cover."""


class LogCheck(PublicValue, frozen=True, kw_only=True):
    """What a log shows: its lines, whether it was ended, and who signed its end.

    ``signer`` is the SubjectPublicKeyInfo of the gate's key in hexadecimal, None where the log was
    not ended.
    """

    lines: int
    scans: int
    is_ended: bool
    signer: str | None = None
    digest: str = ""


class ShiftLog:
    """Appends the lines of one shift to a file, each before its answer is given."""

    def __init__(self, path: Path, *, secret: bytes, number: int, last: str) -> None:
        """Go on behind line ``number - 1``, whose digest is ``last``; see :meth:`begin`."""
        self.path = path
        self.secret = secret
        self._number = number
        self._last = last
        self._file = path.open("ab")

    @classmethod
    def begin(cls, path: Path, *, checkpoint: str, destination: str | None, at: int) -> ShiftLog:
        """Return the log of a new shift in a new file.

        Raises:
            SyncError: the file exists already, or the disk refused.
        """
        with disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            secret = secrets.token_bytes(_KEY_BYTES)
            handle = os.open(_secret_of(path), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secret)
        log = cls(path, secret=secret, number=0, last="")
        log.write("begin", at, {"checkpoint": checkpoint, "destination": destination})
        return log

    @classmethod
    def resume(cls, path: Path) -> tuple[ShiftLog, list[dict[str, Any]]]:
        """Return the log of a shift that was broken off, and its lines so far.

        A last line that a killed process left unfinished is taken off: its answer was never
        given.

        Raises:
            TrustError: the chain is broken, the shift has ended, or its key is gone.
            SyncError: the disk refused.
        """
        with disk(path):
            data = path.read_bytes()
            whole = data[: data.rfind(b"\n") + 1]
            if whole != data:
                write_whole(path, whole)
            lines = list(read_lines(whole))
            if not lines or lines[-1]["kind"] == "end":
                raise TrustError(f"{path}: the shift has ended")
            try:
                secret = _secret_of(path).read_bytes()
            except FileNotFoundError:
                raise TrustError(f"{path}: the key of the shift is gone; begin a new one") from None
        last = lines[-1]
        return cls(path, secret=secret, number=last["number"] + 1, last=last["digest"]), lines

    def write(self, kind: str, at: int, values: Mapping[str, Any]) -> None:
        """Append one line and hand it to the operating system.

        Raises:
            OSError: the disk refused; the log ends with the line before.
        """
        self._append(self._line(kind, at, values))

    def end(self, at: int, numbers: Mapping[str, Any], key: PrivateKey) -> str:
        """Write the last line, signed by the gate's ``key``; return its digest.

        Raises:
            OSError: the disk refused.
        """
        line = self._line("end", at, {"numbers": dict(numbers)})
        line["key"] = key.public_key.spki.hex()
        line["signature"] = key.sign(bytes.fromhex(line["digest"])).hex()
        self._append(line)
        os.fsync(self._file.fileno())
        self._file.close()
        _secret_of(self.path).unlink(missing_ok=True)
        return str(line["digest"])

    def close(self) -> None:
        """Close the file; the shift may go on later."""
        self._file.close()

    def _line(self, kind: str, at: int, values: Mapping[str, Any]) -> dict[str, Any]:
        line = {"schema": SCHEMA, "number": self._number, "kind": kind, "at": at}
        line |= {**values, "previous": self._last}
        return line | {"digest": _digest(line)}

    def _append(self, line: Mapping[str, Any]) -> None:
        data = json.encode(line) + b"\n"
        start = self._file.tell()
        try:
            self._file.write(data)
            self._file.flush()
        except OSError:
            self._reopen(start)
            raise
        self._number += 1
        self._last = line["digest"]

    def _reopen(self, end: int) -> None:
        """Drop what a failed write left: half a line would break the chain."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            os.truncate(self.path, end)
        self._file = self.path.open("ab")


def _secret_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.key")


def _digest(line: Mapping[str, Any]) -> str:
    covered = {name: value for name, value in line.items() if name not in _OUTSIDE}
    return hashlib.sha256(json.encode(covered)).hexdigest()


def read_lines(data: bytes) -> Iterator[dict[str, Any]]:
    """Yield the lines of a log, each checked against the one before.

    Raises:
        TrustError: a line is no line of a log, or does not follow the one before; the line is
            named, counted from 1.
    """
    last = ""
    for number, row in enumerate(data.split(b"\n")[:-1]):
        place = f"line {number + 1}"
        try:
            line = json.decode(row, limit=SHIFT_LOG_LINE_BYTES)
        except MalformedError as error:
            raise TrustError(f"{place}: {error}") from None
        if type(line) is not dict or line.get("schema") != SCHEMA:
            raise TrustError(f"{place}: is no line of a shift's log")
        if line.get("number") != number or line.get("previous") != last:
            raise TrustError(f"{place}: does not follow the line before: lines are missing")
        if line.get("digest") != _digest(line):
            raise TrustError(f"{place}: was changed after it was written")
        last = line["digest"]
        yield line


def broken_off(folder: Path, pattern: str = "shift-*.jsonl") -> Path | None:
    """Return the newest log in ``folder`` of a shift that did not end and can go on."""
    for path in sorted(folder.glob(pattern), reverse=True):
        if _secret_of(path).exists():
            return path
    return None


def check_log(data: bytes, *, key: PublicKey | None = None) -> LogCheck:
    """Return what the log in ``data`` shows; ``key`` is the gate's, where it is known.

    Raises:
        TrustError: a line was changed, is missing or is unfinished, or the end is not signed by
            the gate's key.
    """
    if not data.endswith(b"\n"):
        raise TrustError("the last line is unfinished: the log was cut, or its writer was killed")
    lines = list(read_lines(data))
    last = lines[-1]
    signer = None
    if last["kind"] == "end":
        signer = _check_end(last, key)
    return LogCheck(
        lines=len(lines),
        scans=sum(line["kind"] == "scan" for line in lines),
        is_ended=signer is not None,
        signer=signer,
        digest=last["digest"],
    )


def _check_end(line: Mapping[str, Any], key: PublicKey | None) -> str:
    try:
        named = PublicKey(bytes.fromhex(str(line.get("key"))))
        named.verify(bytes.fromhex(str(line.get("signature"))), bytes.fromhex(line["digest"]))
    except (ValueError, TrustcertError):
        raise TrustError("the last line is not signed as it must be") from None
    if key is not None and named != key:
        raise TrustError("the last line is signed by another key than the gate's")
    return named.spki.hex()


def load_or_make_key(path: Path) -> PrivateKey:
    """Return the gate's own key (Ed25519), made where there is none.

    The file holds its 32 bytes; only its owner may read it. Its public key stands beside it as PEM
    (``.pub``). The key signs the ends of logs and nothing else.

    Raises:
        MalformedError: the file holds something else.
        SyncError: the disk refused.
    """
    with disk(path):
        try:
            seed = path.read_bytes()
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            seed = secrets.token_bytes(_KEY_BYTES)
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(seed)
    if len(seed) != _KEY_BYTES:
        raise MalformedError(f"must hold {_KEY_BYTES} bytes", where=str(path))
    key = PrivateKey(Ed25519PrivateKey.from_private_bytes(seed))
    public = path.with_suffix(".pub")
    if not public.exists():
        write_whole(public, key.public_key.to_pem())
    return key
