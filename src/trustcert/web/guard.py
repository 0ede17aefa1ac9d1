"""What every request goes through before a handler sees it.

- The Host header must be an address that the program listens on (DNS rebinding).
- A request that changes something must come from the page itself (Origin, Sec-Fetch-Site).
- A body has at most the bytes of its route, and must arrive in time.
- Every answer forbids scripts, frames and requests of other origins (Content-Security-Policy).
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADERS", "BodyError", "Guard", "read_body"]

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
"""The headers of every answer."""

_BODY_SECONDS: Final = 20
"""For how long a body may take to arrive."""


class Guard:
    """ASGI middleware; ``hosts`` are the values of Host that are answered, None for all."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str] | None, same_origin: bool) -> None:
        """Wrap ``app``; ``same_origin`` demands that POST requests come from its own page."""
        self.app = app
        self.hosts = hosts
        self.same_origin = same_origin

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Refuse the request, or pass it on and add the headers to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in HEADERS.items()
                        if name.lower().encode() not in known
                    ),
                ]
            await send(message)

        refusal = self._refusal(Request(scope))
        if refusal is not None:
            await refusal(scope, receive, with_headers)
            return
        await self.app(scope, receive, with_headers)

    def _refusal(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        if self.hosts is not None and host not in self.hosts:
            return _refused(403, "this address is not served here")
        if not self.same_origin or request.method in {"GET", "HEAD"}:
            return None
        origin = request.headers.get("origin")
        site = request.headers.get("sec-fetch-site")
        if origin != f"{request.url.scheme}://{host}" or site not in {None, "same-origin"}:
            return _refused(403, "the request does not come from this page")
        return None


class BodyError(Exception):
    """A body was too large, too slow, or broken off; ``status`` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.status = status


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body of a request.

    Raises:
        BodyError: it has over ``limit`` bytes (413), or does not arrive in time (408).
    """
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()) or int(declared) > limit:
        raise BodyError(413, f"the body has over {limit} bytes")
    data = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for piece in request.stream():
                data += piece
                if len(data) > limit:
                    raise BodyError(413, f"the body has over {limit} bytes")
    except TimeoutError:
        raise BodyError(408, "the body did not arrive in time") from None
    return bytes(data)


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status_code=status)
