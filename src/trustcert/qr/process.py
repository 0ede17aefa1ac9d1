"""Reading pictures in a process that can be killed.

A picture that was made for it can keep a decoder busy, fill the memory or crash a library in C. The
process reads one picture after another, with limits of memory set by the operating system where
it has them. When its time is up it is killed, and the next picture gets a new process.

Parent and child speak in messages of msgpack, each behind its length in four bytes. The parent
takes no more from the child than texts and places: what a taken-over child says is as untrusted
as the picture. Signatures are checked in the parent.
"""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from types import TracebackType
from typing import IO, Final, Self

import msgspec

from trustcert.errors import (
    LimitExceededError,
    MalformedError,
    SyncError,
    TrustcertError,
    UnsupportedError,
)
from trustcert.limits import IMAGE_BYTES, IMAGE_CODES, TEXT_CHARACTERS
from trustcert.qr.picture import Picture, contents
from trustcert.qr.reader import BUDGET, scan
from trustcert.qr.search import SYMBOLOGIES, Scan

__all__ = ["ReaderProcess", "serve"]

_MEMORY: Final = 1024 * 1024 * 1024
_MESSAGE_BYTES: Final = 64 * 1024 * 1024
_ERRORS: Final = {
    kind.__name__: kind
    for kind in (LimitExceededError, MalformedError, SyncError, UnsupportedError)
}


class _Task(msgspec.Struct):
    """A picture to read; ``asks`` says that texts are to be put to the parent."""

    picture: bytes
    asks: bool
    symbologies: tuple[str, ...]
    budget: float
    max_codes: int


class _Answer(msgspec.Struct):
    """A text to be accepted, or what was found, or the name and message of an error."""

    ask: str | None = None
    found: Scan | None = None
    error: str | None = None
    message: str = ""


class ReaderProcess:
    """Reads pictures like :func:`trustcert.qr.scan`, in another process.

    Use it as a context manager, or call :meth:`close`. Several threads may share one; pictures
    are read one at a time.
    """

    def __init__(self, *, seconds: float = 5.0, memory: int = _MEMORY) -> None:
        """Give each picture at most ``seconds``, and the process ``memory`` bytes of addresses.

        The process starts with the first picture.
        """
        self._seconds = seconds
        self._memory = memory
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self.close()

    def close(self) -> None:
        """End the process; a later :meth:`scan` starts another."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with suppress(OSError):  # what was not sent any more
                        pipe.close()

    def scan(
        self,
        picture: Picture,
        *,
        accept: Callable[[str], bool] | None = None,
        symbologies: Collection[str] = SYMBOLOGIES[:2],
        budget: float = BUDGET,
        max_codes: int = IMAGE_CODES,
    ) -> Scan:
        """Return the codes in ``picture``; ``accept`` is called in this process.

        Raises:
            LimitExceededError: more bytes or pixels than allowed, or the time was up.
            MalformedError: not a whole picture, or one that ended the reader.
            SyncError: the path or the file object cannot be read, or no process can be started.
            UnsupportedError: a kind of file that needs a library which is not installed.
        """
        task = _Task(
            picture=_as_file(picture),
            asks=accept is not None,
            symbologies=tuple(symbologies),
            budget=budget,
            max_codes=max_codes,
        )
        with self._lock:
            whole = False
            try:
                found = self._ask(task, accept)
                whole = True
            except tuple(_ERRORS.values()) as error:
                whole = not isinstance(error, _EndedError)
                raise
            finally:
                if not whole:
                    self.close()
        return found

    def _ask(self, task: _Task, accept: Callable[[str], bool] | None) -> Scan:
        child = self._child = self._child or _start(self._memory)
        late = threading.Event()

        def end() -> None:
            late.set()
            child.kill()

        timer = threading.Timer(self._seconds, end)
        timer.start()
        try:
            return _talk(child, task, accept)
        except (EOFError, OSError, msgspec.MsgspecError) as error:
            if late.is_set():
                raise _TooLongError(f"reading the picture took over {self._seconds:g} s") from error
            raise _EndedError("the picture ended the reader") from error
        finally:
            timer.cancel()


class _EndedError(MalformedError):
    """The process is gone."""


class _TooLongError(_EndedError, LimitExceededError):
    """The process was killed."""


def _as_file(picture: Picture) -> bytes:
    from PIL import Image

    if not isinstance(picture, Image.Image):
        return contents(picture, IMAGE_BYTES)
    file = io.BytesIO()
    plain = picture if picture.mode in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"} else None
    (plain or picture.convert("RGB")).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _start(memory: int) -> subprocess.Popen[bytes]:
    code = f"from trustcert.qr.process import serve; serve({memory})"
    try:
        return subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise SyncError(f"cannot start the reader's process: {error.strerror}") from error


def _talk(
    child: subprocess.Popen[bytes], task: _Task, accept: Callable[[str], bool] | None
) -> Scan:
    stdin, stdout = child.stdin, child.stdout
    if stdin is None or stdout is None:
        raise EOFError
    _send(stdin, task)
    while True:
        answer = msgspec.msgpack.decode(_receive(stdout), type=_Answer)
        if answer.found is not None:
            return answer.found
        if answer.error is not None:
            raise _ERRORS.get(answer.error, MalformedError)(answer.message)
        text = answer.ask or ""
        taken = accept is not None and len(text) <= 2 * TEXT_CHARACTERS and accept(text)
        _send(stdin, taken)


def _send(pipe: IO[bytes], message: object) -> None:
    data = msgspec.msgpack.encode(message)
    pipe.write(len(data).to_bytes(4, "big") + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    head = pipe.read(4)
    length = int.from_bytes(head, "big")
    if len(head) < 4 or length > _MESSAGE_BYTES:
        raise EOFError
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data


def serve(memory: int) -> None:
    """Read pictures from stdin and write what was found to stdout, until stdin ends."""
    _limit(memory)
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer

    def ask(text: str) -> bool:
        _send(stdout, _Answer(ask=text))
        return msgspec.msgpack.decode(_receive(stdin), type=bool)

    while True:
        try:
            task = msgspec.msgpack.decode(_receive(stdin), type=_Task)
        except EOFError:
            return
        try:
            found = scan(
                task.picture,
                accept=ask if task.asks else None,
                symbologies=task.symbologies,
                budget=task.budget,
                max_codes=task.max_codes,
            )
            answer = _Answer(found=found)
        except TrustcertError as error:
            answer = _Answer(error=type(error).__name__, message=str(error))
        _send(stdout, answer)


def _limit(memory: int) -> None:
    """Have the operating system refuse more memory, files and core dumps, where it can."""
    try:
        import resource
    except ImportError:
        return
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
