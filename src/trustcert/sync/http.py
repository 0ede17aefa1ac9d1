"""Downloads for TUF over one ``requests`` session: retried, resumed, counted, and over in time.

A body that is cut off is asked for from where it ended (``Range`` with ``If-Range``). Where the
server sends all of it again, what was received before must be its beginning, by SHA-256; nothing
that was handed on is ever mixed with another file.

Proxies and private certificate authorities come from the usual variables (``HTTPS_PROXY``,
``NO_PROXY``, ``REQUESTS_CA_BUNDLE``), as ``requests`` reads them. A redirect is followed only to
the same scheme, host and port. Nothing is decompressed on the way: a byte on the wire is a byte
counted.
"""

from __future__ import annotations

import hashlib
import logging
import re
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from tuf.api import exceptions
from tuf.ngclient import FetcherInterface
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from trustcert.limits import REGISTRY_BYTES
from trustcert.values import PublicValue

__all__ = ["ChangedError", "HttpFetcher", "Patience"]

_log = logging.getLogger(__name__)

_CHUNK: Final = 64 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PARTIAL: Final = 206
_CONTENT_RANGE: Final = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/(?:[0-9]{1,18}|\*)")
_PAGE: Final = re.compile(rb"\s*<(?:!doctype\s+html|html|head|script)", re.IGNORECASE)
_PORTAL: Final = (
    "Does this network ask for a login, or a proxy for a permission? See it in a browser"
)


class Patience(PublicValue, frozen=True, kw_only=True):
    """How long to wait, in seconds, and how often to try again.

    ``whole`` bounds everything, so that a server that drips a byte now and then gains nothing.
    """

    connect: float = 10
    read: float = 20
    whole: float = 600
    retries: int = 3
    backoff: float = 0.5
    redirects: int = 5


class HttpFetcher(FetcherInterface):
    """One session; :attr:`requests` and :attr:`bytes` count what went over the wire."""

    def __init__(
        self,
        patience: Patience | None = None,
        *,
        limit: int = REGISTRY_BYTES,
        progress: Callable[[str, int], None] | None = None,
    ) -> None:
        """Open the session; ``limit`` bounds all downloads together, in bytes.

        ``progress`` is called with the address and the bytes so far, at each piece.
        """
        self.requests = 0
        self.bytes = 0
        self.last = ""
        self._patience = patience or Patience()
        self._limit = limit
        self._progress = progress
        self._ends = time.monotonic() + self._patience.whole
        self._response: requests.Response | None = None
        self._validator: str | None = None
        self._wires = _Wires(self._count)
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._patience, self._wires))
        self._session.headers["Accept-Encoding"] = "identity"
        self._session.headers["User-Agent"] = "trustcert"

    def close(self) -> None:
        """Close the connections, a download that nobody read to its end included."""
        if self._response is not None:
            self._response.close()
        self._session.close()

    def _fetch(self, url: str) -> Iterator[bytes]:
        self.last = url
        body = _Body(url)
        return self._pieces(body, self._opened(body))

    def resume(self, url: str, held: bytes, validator: str) -> Iterator[bytes]:
        """Yield what follows ``held`` at ``url``, which was cut off when it had this validator.

        Raises:
            ChangedError: another file stands there now.
            DownloadError: as a download does.
        """
        self.last = url
        body = _Body(url, held, validator)
        yield from self._pieces(body, self._opened(body))

    def validator(self, url: str) -> str | None:
        """Return what names the version of the body that was last received from ``url``."""
        return self._validator if self.last == url else None

    def _opened(self, body: _Body) -> requests.Response:
        """Return the answer, its head read; what is wrong with it is told in words."""
        with self._in_time(body.url):
            self._response = response = self._answer(body.url, body.headers())
        try:
            body.begin(response)
        except exceptions.DownloadError:
            response.close()
            raise
        self._validator = body.validator
        return response

    def _answer(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        target = url
        for _ in range(self._patience.redirects + 1):
            _log.debug("GET %s", urlsplit(target).path)  # an address may hold a password
            response = self._session.get(
                target,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(self._patience.connect, self._patience.read),
            )
            if response.status_code not in _REDIRECTS:
                return response
            response.close()
            target = urljoin(target, response.headers.get("Location", ""))
            if _origin(target) != _origin(url):
                raise exceptions.DownloadError(
                    f"{url}: redirected to another host; refused. {_PORTAL}"
                )
        raise exceptions.DownloadError(f"{url}: redirected over {self._patience.redirects} times")

    def _pieces(self, body: _Body, response: requests.Response) -> Iterator[bytes]:
        """Yield the body; where it is cut off, go on with a new request, a bounded number of times.

        The count begins anew when a try brought something worth a request.
        """
        failed = 0
        while True:
            before = body.received
            try:
                yield from self._rest(body, response)
            except _CutError as cut:
                failed = 1 if body.received - before >= _CHUNK else failed + 1
                if failed > self._patience.retries:
                    raise exceptions.DownloadError(f"{body.url}: {body.told(cut)}") from cut
            else:
                return
            self._wait(self._patience.backoff * 2 ** (failed - 1))
            response = self._opened(body)

    def _rest(self, body: _Body, response: requests.Response) -> Iterator[bytes]:
        with response:
            while piece := self._piece(body.url, response):
                self.bytes += len(piece)
                if self.bytes > self._limit:
                    raise exceptions.DownloadLengthMismatchError(
                        f"{body.url}: over {self._limit} bytes in one sync"
                    )
                fresh = body.take(piece)
                if self._progress:
                    self._progress(body.url, body.received)
                if fresh:
                    yield fresh
        body.end()

    def _piece(self, url: str, response: requests.Response) -> bytes:
        with self._in_time(url):
            try:
                return bytes(response.raw.read1(_CHUNK))
            except (requests.RequestException, HTTPError, OSError) as error:
                if time.monotonic() >= self._ends:
                    raise  # told as slow
                raise _CutError(_plain(error)) from error

    def _wait(self, seconds: float) -> None:
        time.sleep(max(0.0, min(seconds, self._ends - time.monotonic())))

    @contextmanager
    def _in_time(self, url: str) -> Iterator[None]:
        """Cut every connection when the time is up; a timeout of its own each read has anyway."""
        late = exceptions.SlowRetrievalError(f"{url}: not finished in {self._patience.whole} s")
        left = self._ends - time.monotonic()
        if left <= 0:
            raise late
        timer = threading.Timer(left, self._wires.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except _CutError:
            raise
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if time.monotonic() >= self._ends:
                raise late from error
            raise exceptions.DownloadError(f"{url}: {_plain(error)}") from error
        finally:
            timer.cancel()

    def _count(self) -> None:
        self.requests += 1


class ChangedError(exceptions.DownloadError):
    """What was begun is not what stands at its address now."""


class _CutError(Exception):
    """A body ended before its announced end."""


class _Body:
    """One body over as many requests as it takes: what was received of it, and its validator."""

    def __init__(self, url: str, held: bytes = b"", validator: str | None = None) -> None:
        self.url, self.validator = url, validator
        self.received = len(held)
        self._digest = hashlib.sha256(held)
        self._announced: int | None = None
        self._repeated: Any = None
        self._again = 0
        self._whole_again = False
        self._is_first = not held

    def headers(self) -> dict[str, str]:
        """Return the headers that ask for what is missing."""
        if not self.received or self.validator is None:
            return {}
        return {"Range": f"bytes={self.received}-", "If-Range": self.validator}

    def begin(self, response: requests.Response) -> None:
        """Read the head of an answer.

        Raises:
            DownloadError: it is no answer to what was asked.
        """
        status = response.status_code
        length = response.headers.get("Content-Length", "")
        self._repeated, self._again = None, 0
        if status == _PARTIAL:
            found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if not self.received or found is None or int(found[1]) != self.received:
                raise ChangedError(f"{self.url}: the server sent another part of it")
            self._announced = self.received + int(length) if length.isdigit() else None
            return
        if status != requests.codes.ok:
            raise exceptions.DownloadHTTPError(f"{self.url}: HTTP status {status}", status)
        self._announced = int(length) if length.isdigit() else None
        if self.received:
            self._repeated, self._whole_again = hashlib.sha256(), True
        self.validator = _validator(response)

    def take(self, piece: bytes) -> bytes:
        """Return what of ``piece`` is new.

        Raises:
            DownloadError: it is a web page, or not the file whose beginning was received.
        """
        if self._is_first and _PAGE.match(piece[:256]):
            raise exceptions.DownloadError(
                f"{self.url}: answered with a web page, not with the registry. {_PORTAL}"
            )
        self._is_first = False
        if self._repeated is not None:
            old = piece[: self.received - self._again]
            self._repeated.update(old)
            self._again += len(old)
            if self._again < self.received:
                return b""
            if self._repeated.digest() != self._digest.digest():
                raise ChangedError(f"{self.url}: changed while it was fetched")
            self._repeated, piece = None, piece[len(old) :]
        self._digest.update(piece)
        self.received += len(piece)
        return piece

    def end(self) -> None:
        """Return if all of the body was received.

        Raises:
            _CutError: it was not.
        """
        if self._repeated is not None:
            raise _CutError("cut off where it was sent again")
        if self._announced is not None and self.received != self._announced:
            raise _CutError("cut off")

    def told(self, cut: _CutError) -> str:
        """Return what happened, in words."""
        of = f" of {self._announced}" if self._announced is not None else ""
        again = (
            "; the server cannot go on where it stopped (no Range), so each try begins anew"
            if self._whole_again
            else ""
        )
        return f"cut off after {self.received}{of} bytes ({cut}){again}"


def _validator(response: requests.Response) -> str | None:
    """Return what names this version of a body: a strong entity tag, or its date."""
    tag = response.headers.get("ETag", "")
    if tag.startswith('"'):
        return tag
    return response.headers.get("Last-Modified")


def _plain(error: BaseException) -> str:
    """Return the innermost cause in words, without the objects that urllib3 puts in."""
    reason: Any = error
    while (inner := getattr(reason, "reason", None) or next(iter(reason.args), None)) is not None:
        if not isinstance(inner, BaseException):
            break
        reason = inner
    text = str(reason).rpartition(": ")[2] or type(reason).__name__
    return text[:200]


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


class _Wires:
    """The connections of one session: counted, and cut when the time is up."""

    def __init__(self, count: Callable[[], None]) -> None:
        self.count = count
        self._open: weakref.WeakSet[HTTPConnection] = weakref.WeakSet()
        self._over = False

    def opened(self, connection: HTTPConnection) -> None:
        """Know a connection that was just made; refuse it when the time is up."""
        self._open.add(connection)
        if self._over:
            self.cut()

    def cut(self) -> None:
        """Shut every connection down, whatever waits for it, and each that will be made."""
        self._over = True
        for connection in list(self._open):
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """An adapter whose pools make connections that ``wires`` knows."""

    def __init__(self, patience: Patience, wires: _Wires) -> None:
        self._pools = _pools(wires)
        retry = Retry(
            total=patience.retries,
            backoff_factor=patience.backoff,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=("GET",),
            redirect=False,
            raise_on_status=False,
            respect_retry_after_header=False,  # a server does not say how long we sleep
        )
        super().__init__(max_retries=retry)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool manager with our pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Return the manager for a proxy, with our pools."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pools(wires: _Wires) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            wires.opened(self)

        def putrequest(self, *args: Any, **kwargs: Any) -> None:
            wires.count()
            super().putrequest(*args, **kwargs)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            wires.opened(self)

        def putrequest(self, *args: Any, **kwargs: Any) -> None:
            wires.count()
            super().putrequest(*args, **kwargs)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
