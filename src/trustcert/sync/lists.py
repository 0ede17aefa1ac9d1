"""Status lists in a sync: the newest one made from the one that is held, where that is cheaper.

Deltas are applied to a copy in memory. What comes out must be, byte for byte, the snapshot that the
registry signs for; so it is kept, and verified again, like a download. Whatever goes wrong on the
way (a delta that is missing, damaged, another list's, does not fit or leads elsewhere) is told as a
note, and the snapshot itself is fetched instead.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import field
from tuf.api import exceptions
from tuf.api.metadata import TargetFile

from trustcert.errors import TrustcertError, TrustError
from trustcert.registry.chain import Chain
from trustcert.registry.metadata import check_bytes
from trustcert.status import paths, planner, snapshot
from trustcert.status.statuslist import StatusList
from trustcert.values import PublicValue

__all__ = ["CatchUp"]

_Fetch = Callable[[TargetFile], bytes]
"""Downloads a target and verifies it by its length and hash."""


class CatchUp(PublicValue, frozen=True, kw_only=True):
    """What is held, what the registry has now, and how to fetch a target of it.

    ``notes`` takes what was refused on the way.
    """

    held: Chain
    now: Chain
    fetch: _Fetch
    notes: list[str] = field(default_factory=list)

    def made(self, role: str, path: str) -> bytes | None:
        """Return the snapshot at ``path`` of ``role``, made from the one that is held.

        None where it is to be fetched as it is: it is no snapshot, nothing is held, it is smaller
        than the deltas, or these were refused.
        """
        try:
            status = paths.parse(path)
        except TrustcertError:
            return None
        if not status.is_snapshot:
            return None
        try:
            return self._followed(role, path, status)
        except (TrustcertError, exceptions.RepositoryError, exceptions.DownloadError) as error:
            self.notes.append(f"{path}: deltas refused, so the whole list was fetched: {error}")
            return None

    def _followed(self, role: str, path: str, status: paths.Target) -> bytes | None:
        issuer, number = status.issuer, status.number
        base = self._base(role, path, status)
        if base is None:
            return None
        targets = self.now.roles[role].targets
        offered = {name: targets[name].length for name in self.now.paths(role)}
        way = planner.plan(issuer, number, held=base.version, offered=offered)
        if way == (path,):
            return None
        files = [(name, self.fetch(targets[name])) for name in way]
        data = snapshot.encode(planner.follow(issuer, number, held=base, files=files))
        try:
            check_bytes(data, targets[path].length, targets[path].hashes, path)
        except TrustError:
            raise TrustError("they do not lead to the list that the registry has") from None
        return data

    def _base(self, role: str, path: str, status: paths.Target) -> StatusList | None:
        """Return the list as it is held."""
        known = self.held.roles.get(role)
        target = known.target(path) if known else None
        data = self.held.read(path, target) if target else None
        if data is None:
            return None
        return snapshot.decode(data, issuer=status.issuer, number=status.number)
