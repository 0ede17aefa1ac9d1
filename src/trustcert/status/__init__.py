"""Status lists: revoked, suspended and superseded credentials, by list and index.

In memory :class:`StatusList`; on the wire :mod:`~trustcert.status.snapshot` and
:mod:`~trustcert.status.delta`, targets named by :mod:`~trustcert.status.paths`; on the issuing side
:mod:`~trustcert.ledger.storage` and :mod:`~trustcert.ledger.publishing`.
"""

from trustcert.status.statuslist import State, StatusList

__all__ = ["State", "StatusList"]
