"""Many credentials at once: tables of applications in, codes out; codes in, reports out.

:mod:`~trustcert.bulk.rows` reads applications from a table, :mod:`~trustcert.bulk.issuing` issues
them row by row on any number of :mod:`~trustcert.bulk.workers`, and
:mod:`~trustcert.bulk.checking` judges codes over any executor.
"""

from trustcert.bulk.checking import check_many, in_chunks, issue_many
from trustcert.bulk.rows import RefusedRow, Row, read_applications

__all__ = ["RefusedRow", "Row", "check_many", "in_chunks", "issue_many", "read_applications"]
