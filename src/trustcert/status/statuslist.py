"""Status lists in memory: the state of each credential that one issuer put on one list.

A credential names its place by two signed numbers, list and index. Only indices that are not
VALID are held, one compact set a state (:mod:`trustcert.status.indices`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from msgspec import field

from trustcert.errors import TrustError
from trustcert.status.causes import Cause, State
from trustcert.status.indices import IndexSet, changed, empty
from trustcert.values import Value

__all__ = ["State", "StatusList", "advanced", "blank"]

K = TypeVar("K")
_VALID: Final = State.VALID


class StatusList(Value, frozen=True, kw_only=True):
    """One version of one status list.

    ``number`` is unique for its ``issuer``; ``size`` is how many indices there are; ``as_of`` is
    when the issuer stated these states (Unix seconds). ``states`` has a non-empty set for each
    state but VALID that occurs; the sets are disjoint. ``moved`` says of superseded credentials
    whose successor another issuer keeps which issuer that is. (The successor itself is not named:
    it would link two credentials for everybody.) ``causes`` says why credentials are in their
    state, where the issuer tells. ``lineage`` is the random name of the ledger that the list comes
    from, None where it is not told: two ledgers of one issuer are told apart by it.
    """

    _shown = ("issuer", "number", "version", "size", "as_of")

    issuer: str
    number: int
    version: int
    size: int
    as_of: int
    states: Mapping[State, IndexSet]
    moved: Mapping[str, IndexSet] = field(default_factory=dict)
    causes: Mapping[Cause, IndexSet] = field(default_factory=dict)
    lineage: bytes | None = None

    def state(self, index: int) -> State | None:
        """Return the state at ``index``, or None where the list does not reach: never valid."""
        if not 0 <= index < self.size:
            return None
        for state, indices in self.states.items():
            if indices.has(index):
                return state
        return State.VALID

    def successor(self, index: int) -> str | None:
        """Return which issuer keeps the successor of the superseded credential at ``index``.

        None where ``index`` is not superseded.
        """
        if self.state(index) is not State.SUPERSEDED:
            return None
        for issuer, indices in self.moved.items():
            if indices.has(index):
                return issuer
        return self.issuer

    def cause(self, index: int) -> Cause | None:
        """Return why the credential at ``index`` is in its state.

        None where the list does not tell: never of what is valid, nor of a transfer.
        """
        if not 0 <= index < self.size:
            return None
        for cause, indices in self.causes.items():
            if indices.has(index):
                return cause
        return None

    def counts(self) -> dict[State, int]:
        """Return how many indices are in each state."""
        found = {state: len(indices) for state, indices in self.states.items()}
        valid = self.size - sum(found.values())
        return {state: found.get(state, 0) if state.value else valid for state in State}

    @property
    def memory(self) -> int:
        """Bytes that the sets take."""
        held = (*self.states.values(), *self.moved.values(), *self.causes.values())
        return sum(indices.memory for indices in held)


def blank(
    *, issuer: str, number: int, size: int, as_of: int, lineage: bytes | None = None
) -> StatusList:
    """Return version 0 of a list on which everything is valid: the base of every history."""
    return StatusList(
        issuer=issuer,
        number=number,
        version=0,
        size=size,
        as_of=as_of,
        states={},
        lineage=lineage,
    )


def check_lineage(issuer: str, known: bytes | str | None, told: bytes | str | None) -> None:
    """Return if a list of ``issuer`` that says ``told`` may follow one that said ``known``.

    A list that does not tell its lineage may be followed by one that does.

    Raises:
        TrustError: it comes from another ledger than the one before.
    """
    if known is not None and told != known:
        raise TrustError(
            f"a status list of {issuer} comes from another ledger than those still held: "
            "two ledgers of one issuer must not both publish"
        )


def advanced(  # noqa: PLR0913 - what one version says
    old: StatusList,
    *,
    version: int,
    as_of: int,
    states: Mapping[State, Sequence[int]],
    moved: Mapping[str, Sequence[int]],
    causes: Mapping[Cause, Sequence[int]],
) -> StatusList:
    """Return ``old`` with each index of ``states`` in its new state; all ascend, none occurs twice.

    ``moved`` names which of the newly superseded ones have a successor at which other issuer,
    ``causes`` why those that are no longer valid are so, where that is told.
    """
    touched = sorted(index for indices in states.values() for index in indices)
    return StatusList(
        issuer=old.issuer,
        number=old.number,
        version=version,
        size=old.size,
        as_of=as_of,
        states=_moved_on(
            old.states, {s: i for s, i in states.items() if s.value}, touched, old.size
        ),
        moved=_moved_on(old.moved, moved, touched, old.size),
        causes=_moved_on(old.causes, causes, touched, old.size),
        lineage=old.lineage,
    )


def _moved_on(
    old: Mapping[K, IndexSet], new: Mapping[K, Sequence[int]], touched: Sequence[int], size: int
) -> dict[K, IndexSet]:
    """Take ``touched`` out of every set of ``old`` and put ``new`` in; empty sets are left out."""
    found: dict[K, IndexSet] = {}
    for key in dict.fromkeys((*old, *new)):
        coming = new.get(key, ())
        staying = frozenset(coming)
        drop = [index for index in touched if index not in staying]
        indices = changed(old.get(key) or empty(size), add=coming, drop=drop)
        if indices:
            found[key] = indices
    return found
