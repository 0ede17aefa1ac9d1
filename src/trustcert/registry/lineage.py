"""That a state of a registry follows the one before it: versions rise, states of keys worsen.

TUF keeps the versions of roles from going back. What stands in their files can go back all the
same: a status list of a ledger that was restored from a backup, a key set from before a key was
stolen. Whoever publishes holds the new state against what is published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from tuf.api.metadata import Metadata

from trustcert.errors import TrustcertError, TrustError
from trustcert.registry import layout, model
from trustcert.registry.trust import KeyState
from trustcert.status import paths, snapshot

__all__ = ["check_list", "check_lists", "restored_issuers", "restored_keys"]

_WORSE: Final = {
    KeyState.ACTIVE: 0,
    KeyState.RETIRED: 1,
    KeyState.WITHDRAWN: 2,
    KeyState.COMPROMISED: 3,
}

Read = Callable[[str], bytes | None]
"""Returns the target at a path, or None where there is none."""


def check_lists(
    before: Metadata[Any] | None, after: Metadata[Any], read_before: Read, read_after: Read
) -> None:
    """Return if each status list that one role signs follows the list that it signed before.

    Raises:
        TrustError: a list goes back, or is another one of the same version.
    """
    targets: Mapping[str, Any] = getattr(before.signed, "targets", {}) if before else {}
    for path, target in getattr(after.signed, "targets", {}).items():
        old = targets.get(path)
        if old is None or old.hashes == target.hashes:
            continue
        was, now = read_before(path), read_after(path)
        if was is not None and now is not None:
            check_list(path, was, now)


def check_list(path: str, was: bytes, now: bytes) -> None:
    """Return if the status list ``now`` at ``path`` follows the list ``was``.

    Raises:
        TrustError: it goes back, or is another one of the same version.
    """
    try:
        status = paths.parse(path)
        if not status.is_snapshot:
            return
        old = snapshot.decode(was, issuer=status.issuer, number=status.number).version
        new = snapshot.decode(now, issuer=status.issuer, number=status.number).version
    except TrustError:
        raise
    except TrustcertError:
        return  # no list: what reads it says so
    if new > old or was == now:
        return
    told = f"goes back from version {old} to {new}" if new < old else f"is another version {old}"
    raise TrustError(
        f"{path}: {told} than is published: the ledger is older than what it published (a restored "
        "backup?); run `trustcert status recover LEDGER --registry DIR`, then publish it again"
    )


def restored_keys(before: model.KeySet, after: model.KeySet) -> Iterator[str]:
    """Yield each key whose state is better in the key set ``after`` than it was ``before``."""
    states = {record.key: record.state for record in before.keys}
    for record in after.keys:
        old = states.get(record.key, KeyState.ACTIVE)
        if _WORSE[record.state] < _WORSE[old]:
            path, kid = layout.keys_path(after.issuer), record.key.kid.hex()
            yield f"{path}: key {kid} would be {record.state.value} again, after {old.value}"


def restored_issuers(
    before: Iterable[model.Issuer], after: Iterable[model.Issuer]
) -> Iterator[str]:
    """Yield each issuer that was withdrawn ``before`` and is not so ``after``."""
    states = {issuer.id: issuer.state for issuer in before}
    for issuer in after:
        old = states.get(issuer.id, KeyState.ACTIVE)
        if _WORSE[issuer.state] < _WORSE[old]:
            yield f"{issuer.id} would be {issuer.state.value} again, after {old.value}"
