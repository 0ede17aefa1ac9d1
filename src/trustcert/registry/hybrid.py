"""A role that neither a broken classical scheme nor a broken new one can forge alone.

TUF counts signatures and does not ask of what kind they are. With more signatures asked for than
there are keys of either kind, every quorum holds both: one and one with a threshold of two, two
and two with three.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from trustcert.errors import MalformedError
from trustcert.keys import ML_DSA_44, ML_DSA_65, PublicKey
from trustcert.registry.roles import RoleKeys

__all__ = ["hybrid", "is_hybrid"]

_POST_QUANTUM: Final = frozenset({ML_DSA_44, ML_DSA_65})


def hybrid(keys: Iterable[PublicKey]) -> RoleKeys:
    """Return ``keys`` with the least threshold that needs a classical and an ML-DSA signature.

    Raises:
        MalformedError: all keys are of one kind, or one stands there twice.
    """
    given = tuple(keys)
    new = sum(key.algorithm in _POST_QUANTUM for key in given)
    if not 0 < new < len(given):
        raise MalformedError("must be of both kinds, classical and ML-DSA", where="keys")
    return RoleKeys(keys=given, threshold=max(new, len(given) - new) + 1)


def is_hybrid(keys: RoleKeys) -> bool:
    """Return whether every quorum of ``keys`` holds a classical and an ML-DSA signature."""
    new = sum(key.algorithm in _POST_QUANTUM for key in keys.keys)
    return keys.threshold > max(new, len(keys.keys) - new)
