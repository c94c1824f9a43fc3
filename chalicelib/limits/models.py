"""The `limits` table: one row a limit, subject and window, gone soon after the window.

| access pattern | by | cost |
| --- | --- | --- |
| count a use, or refuse it | conditional UpdateItem, alone or in a transaction | 1 write unit, or 2 |
"""

from pynamodb.attributes import NumberAttribute, TTLAttribute

from chalicelib.core.tables import Row


class UseRow(Row):
    """pk: `{limit}#{digest of the subject}`; sk: the number of the window."""

    table = "limits"

    used = NumberAttribute()
    ttl = TTLAttribute()


ROWS = (UseRow,)
