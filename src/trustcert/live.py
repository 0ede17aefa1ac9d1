"""The verifier of a running program: made anew whenever the store has changed.

A check uses one verifier from its beginning to its end. A new sync is taken up at the next check
after it; a store that cannot be opened any more changes nothing and is reported.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from trustcert.errors import TrustcertError
from trustcert.store import TrustStore
from trustcert.verifier import Verifier

__all__ = ["LiveVerifier"]


class LiveVerifier:
    """The newest verifier of one store and one destination; safe to share between threads."""

    def __init__(self, store: TrustStore, destination: str, *, clock: Callable[[], int]) -> None:
        """Open the store.

        Raises:
            TrustError: nothing is held, or something is not signed as it must be.
            MalformedError: the destination's policy is not what it should be.
        """
        self.store = store
        self.destination = destination
        self.clock = clock
        self.problem: str | None = None
        """Why the store as it is now cannot be used; None while it is in use."""
        self._lock = threading.Lock()
        self._revision = store.revision()
        self._verifier = self._open()

    def current(self) -> Verifier:
        """Return the verifier of what the store holds now."""
        revision = self.store.revision()
        if revision != self._revision:
            with self._lock:
                if revision != self._revision:
                    self._take_up(revision)
        return self._verifier

    def _take_up(self, revision: tuple[tuple[str, int, int, int], ...]) -> None:
        try:
            self._verifier = self._open()
            self.problem = None
        except TrustcertError as error:
            self.problem = str(error)
        self._revision = revision

    def _open(self) -> Verifier:
        trust = self.store.open(at=self.clock())
        return Verifier(trust, destination=self.destination)
