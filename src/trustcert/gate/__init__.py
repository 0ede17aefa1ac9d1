"""A checkpoint's shift: scanner input, verdicts, duplicates, tallies, receipts; nothing of people.

:class:`Shift` judges what a scanner types and keeps count; :mod:`~trustcert.gate.desk` is an
office's desk, :mod:`~trustcert.gate.receipts` are records of use (用证). What they remember or
write holds no name, no number and nothing by which strangers could link two uses.
"""

from trustcert.gate.receipts import Receipt, ReceiptBook, check_chain, monthly, uses_of
from trustcert.gate.shift import Freshness, Passage, Shift, Tally

__all__ = [
    "Freshness",
    "Passage",
    "Receipt",
    "ReceiptBook",
    "Shift",
    "Tally",
    "check_chain",
    "monthly",
    "uses_of",
]
