"""Any row of the table."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import Row, index


class ChainRow(Row):
    """Any row of the table."""

    table = "chain"

    # What must be looked at again: jobs that nobody took up, transactions that are not final.
    due = index("due", due_shard=UnicodeAttribute, due_at=UnicodeAttribute, holds=["chain", "contract", "kind"])
    due_shard = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    chain = UnicodeAttribute(null=True)
    contract = UnicodeAttribute(null=True)
    kind = UnicodeAttribute(null=True)
