"""The issuer's ledger: which indices are given out, to what, the state of each, and publication.

:mod:`~trustcert.ledger.storage` opens one, in SQLite or PostgreSQL; no SQL stands outside of this
room. Issuing takes indices by :mod:`~trustcert.ledger.allocation`, a few or a lease of many, and
notes what became of each row in :mod:`~trustcert.ledger.journal`. Desks change states by
:mod:`~trustcert.ledger.changes`; :mod:`~trustcert.ledger.publishing` turns them into the lists of
:mod:`trustcert.status`, and :mod:`~trustcert.ledger.recovery` mends a ledger that was restored
from a backup.
"""
