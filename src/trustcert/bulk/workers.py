"""Where the tasks of a run are done: in this process, in others, or on a cluster.

A task is a function of a module and its arguments; it can be done twice, so that what a worker
that died had in hand is done again by another. Keys are opened where they are used: what travels
is a function that opens the key there.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from typing import Any, Final, Protocol

from trustcert.errors import SyncError

__all__ = ["Cluster", "Here", "Processes", "Task", "Workers"]

CONNECT: Final = "20s"
"""How long a scheduler has to answer."""

_TRIES: Final = 4
"""How often a task is done that kills the worker which does it."""


class Workers(Protocol):
    """Whoever does tasks."""

    count: int
    """How many tasks are done at once."""

    @property
    def executor(self) -> Executor:
        """The executor that tasks are handed to now."""
        ...

    def replace(self, broken: Executor) -> None:
        """Put another executor in the place of a ``broken`` one, unless that was done already."""
        ...

    def close(self) -> None:
        """Let the workers go."""
        ...


class Task:
    """A task that was handed out; one whose worker died is handed out again."""

    def __init__(self, workers: Workers, function: Callable[..., Any], *arguments: Any) -> None:
        """Hand out ``function`` of ``arguments``."""
        self._workers = workers
        self._what = (function, *arguments)
        self._tries = 0
        self._submit()

    def _submit(self) -> None:
        self._tries += 1
        while True:
            self._executor = self._workers.executor
            try:
                self.future: Future[Any] = self._executor.submit(*self._what)
            except BrokenExecutor:
                self._workers.replace(self._executor)
            else:
                return

    def result(self) -> Any:
        """Return what the function returned, once it has.

        Raises:
            SyncError: several workers died over it.
        """
        while True:
            try:
                return self.future.result()
            except BrokenExecutor as error:
                if self._tries == _TRIES:
                    raise SyncError(
                        "the workers of one part of the rows died again and again"
                    ) from error
                self._workers.replace(self._executor)
                self._submit()


class _Immediate(Executor):
    """An executor that does each task at once, in the thread that hands it out."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a future that is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - a future carries whatever was raised
            future.set_exception(error)
        return future


class Here:
    """This process, or the threads of an executor of the caller's."""

    def __init__(self, executor: Executor | None = None, count: int = 1) -> None:
        """Take an executor that does ``count`` tasks at once; by default tasks are done at once."""
        self.executor: Executor = executor or _Immediate()
        self.count = count

    def replace(self, broken: Executor) -> None:  # noqa: ARG002 - as all workers
        """Give up: the executor is the caller's.

        Raises:
            SyncError: always.
        """
        raise SyncError("the workers died")

    def close(self) -> None:
        """Let the owner close the executor."""


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Processes:
    """``count`` processes of this machine; where one dies all are started anew."""

    def __init__(self, count: int) -> None:
        """Start them."""
        self.count = count
        self.executor: Executor = self._started()

    def _started(self) -> Executor:
        return ProcessPoolExecutor(
            self.count,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_leave_interrupts_to_the_parent,
        )

    def replace(self, broken: Executor) -> None:
        """Start other processes, unless that was done already."""
        if broken is self.executor:
            broken.shutdown(wait=False, cancel_futures=True)
            self.executor = self._started()

    def close(self) -> None:
        """End them."""
        self.executor.shutdown(cancel_futures=True)


class Cluster:
    """The workers of a Dask cluster, which has this library installed.

    Dask hands the tasks of a worker that died to others by itself. Tasks are not pure: equal ones
    are each done, since each signs anew.
    """

    def __init__(self, address: str) -> None:
        """Connect to the scheduler at ``address``.

        Raises:
            SyncError: it does not answer, or the extra ``dask`` is not installed.
        """
        try:
            from distributed import Client
        except ImportError:
            raise SyncError("the extra is not installed: pip install 'trustcert[dask]'") from None
        try:
            self._client = Client(  # type: ignore[no-untyped-call]
                address, set_as_default=False, timeout=CONNECT
            )
        except (OSError, ValueError) as error:
            raise SyncError(f"no Dask scheduler answers at {address}") from error
        client: Any = self._client
        self.executor: Executor = client.get_executor(pure=False)
        self.count = max(1, sum(client.nthreads().values()))

    def replace(self, broken: Executor) -> None:  # noqa: ARG002 - as all workers
        """Give up: the scheduler has tried several workers.

        Raises:
            SyncError: always.
        """
        raise SyncError("the cluster's workers died")

    def close(self) -> None:
        """Disconnect."""
        self._client.close()  # type: ignore[no-untyped-call]
