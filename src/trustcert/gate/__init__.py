"""A checkpoint's shift: scanner input, verdicts, duplicates, tallies, receipts; nothing of people.

:class:`Shift` judges what a scanner types and keeps count; :mod:`~trustcert.gate.desk` is an
office's desk, :mod:`~trustcert.gate.receipts` are records of use (用证). What they remember or
write holds no name, no number and nothing by which strangers could link two uses.
"""

from trustcert.gate.log import LogCheck, ShiftLog, broken_off, check_log, load_or_make_key
from trustcert.gate.receipts import Receipt, ReceiptBook, check_chain, monthly, uses_of
from trustcert.gate.shift import Freshness, Passage, Shift, Tally

__all__ = [
    "Freshness",
    "LogCheck",
    "Passage",
    "Receipt",
    "ReceiptBook",
    "Shift",
    "ShiftLog",
    "Tally",
    "broken_off",
    "check_chain",
    "check_log",
    "load_or_make_key",
    "monthly",
    "uses_of",
]
