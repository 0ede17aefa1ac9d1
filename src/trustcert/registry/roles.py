"""Who signs a role, for how long, and what is still missing."""

from __future__ import annotations

from trustcert.encoding.instants import DAY
from trustcert.errors import MalformedError
from trustcert.keys import PublicKey
from trustcert.registry import layout
from trustcert.values import PublicValue


class RoleKeys(PublicValue, frozen=True, kw_only=True):
    """Who may sign a role: public keys, and how many of them must.

    ``labels`` are the names that people gave their keys (``keygen --label``), by kid.
    """

    keys: tuple[PublicKey, ...]
    threshold: int = 1
    labels: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a threshold that nobody reaches, or that everybody does.

        Raises:
            MalformedError: as said, or one key stands there twice.
        """
        if len(set(self.keys)) != len(self.keys):
            raise MalformedError("one key twice", where="keys")
        if not 1 <= self.threshold <= len(self.keys):
            raise MalformedError(f"must be 1 to {len(self.keys)} (keys given)", where="threshold")


class Lifetimes(PublicValue, frozen=True, kw_only=True):
    """For how many seconds a signature on each kind of metadata is good.

    What an attacker who holds all online keys can freeze ends with the offline roles; what one
    without keys can freeze ends with the destination's hold age, long before.
    """

    root: int = 365 * DAY
    targets: int = 365 * DAY
    issuer: int = 180 * DAY
    status: int = 7 * DAY
    snapshot: int = 7 * DAY
    timestamp: int = 2 * DAY

    def of(self, role: str) -> int:
        """Return the lifetime of metadata of ``role``."""
        if role in layout.TOP_LEVEL_ROLES:
            lifetime: int = getattr(self, role)
            return lifetime
        return self.status if layout.is_status(role) else self.issuer


class Signatures(PublicValue, frozen=True, kw_only=True):
    """Who has signed a role, by the names of their keys, and how many signatures are missing.

    ``draft`` is whether the role was edited since it was last published; ``expires`` is Unix
    seconds. A key's name is its kid, with the label that it was given: ``wang (1f2e3d4c)``.
    """

    role: str
    version: int
    expires: int
    draft: bool
    signed: tuple[str, ...]
    unsigned: tuple[str, ...]
    missing: int
