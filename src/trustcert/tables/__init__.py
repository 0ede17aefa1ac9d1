"""Tables as offices keep them: CSV in any of China's usual encodings, and ``.xlsx`` workbooks.

:func:`open_table` reads one line by line, in constant memory, and says how it was read.
:mod:`trustcert.tables.cells` turns a cell into a text, a time or a date.
:mod:`trustcert.tables.writing` writes a table of the same form.
"""

from trustcert.tables.model import Cell, Form, Line
from trustcert.tables.reading import Table, open_table

__all__ = ["Cell", "Form", "Line", "Table", "open_table"]
