"""The two applications: the checking service, and the page of a gate."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from trustcert.live import LiveVerifier
from trustcert.store import TrustStore
from trustcert.web.api import Service
from trustcert.web.gate import Gate
from trustcert.web.guard import Guard

__all__ = ["app", "gate_app"]


def _now() -> int:
    return int(time.time())


def app(
    store: TrustStore | Path | str,
    destination: str,
    *,
    tokens: Iterable[str] = (),
    hosts: Iterable[str] | None = None,
    clock: Callable[[], int] = _now,
) -> Starlette:
    """Return the checking service over ``store`` by the signed rules of ``destination``.

    ``tokens`` are bearer tokens, one of which a request must have; none are asked for where none
    are given. ``hosts`` are the values of the Host header that are answered, by default all.

    Raises:
        TrustError: the store holds nothing, or something that is not signed as it must be.
    """
    held = store if isinstance(store, TrustStore) else TrustStore(store)
    service = Service(LiveVerifier(held, destination, clock=clock), tokens=frozenset(tokens))
    return Starlette(
        routes=list(service.routes()),
        middleware=[
            Middleware(Guard, hosts=None if hosts is None else frozenset(hosts), same_origin=False)
        ],
    )


def gate_app(gate: Gate, *, hosts: Iterable[str]) -> Starlette:
    """Return the page of ``gate`` and what it asks; only ``hosts`` (with the port) are answered."""
    static: Any = files("trustcert.web").joinpath("static")
    return Starlette(
        routes=[
            *gate.routes(),
            Mount("/", StaticFiles(directory=str(static), html=True)),
        ],
        middleware=[Middleware(Guard, hosts=frozenset(hosts), same_origin=True)],
        lifespan=gate.lifespan,
    )
