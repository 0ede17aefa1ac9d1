"""Many credentials in chunks: checked or issued over any executor.

Work is handed out in chunks of this module's own, because an executor's ``map`` may ignore its
``chunksize`` and single tasks cost more than a check. Threads help by about two thirds on two
cores, since signatures are verified outside the interpreter lock; processes by more, given a
function that makes the verifier in each of them.
"""

from __future__ import annotations

import functools
import itertools
import pickle
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, Final, TypeVar

from trustcert.claims import Claims
from trustcert.formats import compact
from trustcert.issuer import issue
from trustcert.keys import Signer
from trustcert.report import Report

if TYPE_CHECKING:  # who only issues needs no verifier
    from trustcert.verifier import Verifier

__all__ = ["check_many", "in_chunks", "issue_many", "opened"]

T = TypeVar("T")
R = TypeVar("R")

CHUNK: Final = 1_000
"""Credentials a task: below 100 handing out costs as much as checking, above 2,000 the last task
leaves other cores idle."""

CHUNK_SIGNED: Final = 50
"""Credentials a task of issuing: a token answers tens to thousands a second."""

_AHEAD: Final = 64
"""Tasks handed out before the first is waited for: bounds memory on endless input."""


def check_many(
    verifier: Verifier | Callable[[], Verifier],
    texts: Iterable[str | bytes],
    *,
    at: int,
    executor: Executor | None = None,
    chunk: int = CHUNK,
) -> Iterator[Report]:
    """Yield the report of each text, in order.

    For an executor of threads give the verifier; for one of processes a picklable function that
    makes it (as ``functools.partial(open_verifier, path)``): each process calls it once.
    """
    task = functools.partial(_check_chunk, verifier, at)
    return itertools.chain.from_iterable(in_chunks(task, texts, executor=executor, chunk=chunk))


def issue_many(
    claims: Iterable[Claims],
    signer: Signer | Callable[[], Signer],
    *,
    format: str = compact.NAME,  # noqa: A002 - the word of the field
    executor: Executor | None = None,
    chunk: int = CHUNK_SIGNED,
) -> Iterator[str]:
    """Yield the text of each of ``claims``, in order.

    For a key on a token or in a service give an executor of as many threads as it has sessions:
    each waits for its own signature. For an executor of processes or of a cluster give a picklable
    function that opens the key: each process calls it once. What fails ends the run; what came
    before it is whole.

    Raises:
        MalformedError: as :func:`trustcert.issuer.issue`.
        SigningError: the token or the service did not sign.
    """
    task = functools.partial(_issue_chunk, signer, format)
    return itertools.chain.from_iterable(in_chunks(task, claims, executor=executor, chunk=chunk))


def _issue_chunk(
    signer: Signer | Callable[[], Signer], form: str, claims: list[Claims]
) -> list[str]:
    key = opened(signer)
    return [issue(entry, key, format=form) for entry in claims]


def in_chunks(
    task: Callable[[list[T]], R],
    items: Iterable[T],
    *,
    executor: Executor | None = None,
    chunk: int = CHUNK,
) -> Iterator[R]:
    """Yield ``task`` of each list of ``chunk`` items, in order, with a bounded number ahead."""
    source = iter(items)
    chunks = iter(lambda: list(itertools.islice(source, chunk)), [])
    if executor is None:
        yield from map(task, chunks)
        return
    ahead: list[Future[R]] = []
    for part in chunks:
        ahead.append(executor.submit(task, part))
        if len(ahead) >= _AHEAD:
            yield ahead.pop(0).result()
    for future in ahead:
        yield future.result()


def _check_chunk(
    verifier: Verifier | Callable[[], Verifier], at: int, texts: list[str | bytes]
) -> list[Report]:
    judge: Verifier = _made_here(verifier) if callable(verifier) else verifier
    return [judge.check(text, at=at) for text in texts]


_made: Final[dict[bytes, Any]] = {}


def opened(signer: Signer | Callable[[], Signer]) -> Signer:
    """Return the key, opened in this process where ``signer`` is a function that opens it."""
    found: Signer = _made_here(signer) if callable(signer) else signer
    return found


def _made_here(make: Callable[[], T]) -> T:
    """Return what ``make`` makes in this process: called once, by whichever task comes first."""
    name = pickle.dumps(make)
    if name not in _made:
        _made[name] = make()
    found: T = _made[name]
    return found
