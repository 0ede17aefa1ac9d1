"""Downloads for TUF over one ``requests`` session: retried, counted, and over in time.

Proxies and private certificate authorities come from the usual variables (``HTTPS_PROXY``,
``NO_PROXY``, ``REQUESTS_CA_BUNDLE``), as ``requests`` reads them. A redirect is followed only to
the same scheme, host and port. Nothing is decompressed on the way: a byte on the wire is a byte
counted.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator
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

__all__ = ["HttpFetcher", "Patience"]

_log = logging.getLogger(__name__)

_CHUNK: Final = 64 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


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
        with self._in_time(url):
            self._response = response = self._answer(url)
        if response.status_code != requests.codes.ok:
            response.close()
            status = response.status_code
            raise exceptions.DownloadHTTPError(f"{url}: HTTP status {status}", status)
        return self._pieces(url, response)

    def _answer(self, url: str) -> requests.Response:
        target = url
        for _ in range(self._patience.redirects + 1):
            _log.debug("GET %s", urlsplit(target).path)  # an address may hold a password
            response = self._session.get(
                target,
                stream=True,
                allow_redirects=False,
                timeout=(self._patience.connect, self._patience.read),
            )
            if response.status_code not in _REDIRECTS:
                return response
            response.close()
            target = urljoin(target, response.headers.get("Location", ""))
            if _origin(target) != _origin(url):
                raise exceptions.DownloadError(f"{url}: redirected to another host; refused")
        raise exceptions.DownloadError(f"{url}: redirected over {self._patience.redirects} times")

    def _pieces(self, url: str, response: requests.Response) -> Iterator[bytes]:
        announced = response.headers.get("Content-Length", "")
        received = 0
        with response, self._in_time(url):
            while piece := response.raw.read1(_CHUNK):
                received += len(piece)
                self.bytes += len(piece)
                if self.bytes > self._limit:
                    raise exceptions.DownloadLengthMismatchError(
                        f"{url}: over {self._limit} bytes in one sync"
                    )
                if self._progress:
                    self._progress(url, received)
                yield piece
        if announced.isdigit() and received != int(announced):
            raise exceptions.DownloadError(f"{url}: cut off after {received} of {announced} bytes")

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
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if time.monotonic() >= self._ends:
                raise late from error
            raise exceptions.DownloadError(f"{url}: {_plain(error)}") from error
        finally:
            timer.cancel()

    def _count(self) -> None:
        self.requests += 1


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
