"""Running an ASGI application from the command line: a socket, uvicorn, a graceful stop."""

from __future__ import annotations

import socket
from typing import Any

from trustcert.errors import SyncError

__all__ = ["listening", "run_until_stopped"]


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host`` and ``port``; port 0 is any free one.

    Raises:
        SyncError: the port is taken, or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        hint = "; give another --port, or 0 for any free one" if port else ""
        raise SyncError(f"{host}:{port}: {error.strerror}{hint}") from error
    return found


def run_until_stopped(application: Any, listener: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM; requests that are being answered are finished first."""
    import uvicorn

    config = uvicorn.Config(
        application,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=256,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=64 * 1024,
    )
    uvicorn.Server(config).run(sockets=[listener])
