"""The `chain` table.

| access pattern | by | cost |
| --- | --- | --- |
| queue a job | Put in the surface's transaction | 1 KB, doubled |
| open jobs of a token | Query of `{origin}#{contract_id}#{token_id}`, strong; finished jobs are gone | its open jobs |
| a signer's next nonce | GetItem `SIGNER#{chain}#{address}`/`SIGNER`, strong | 1 read unit |
| the next look at a signer's transactions | GetItem `SIGNER#{chain}#{address}`/`LOOK`, strong | 1 read unit |
| a transaction by signer and nonce | GetItem `SIGNER#{chain}#{address}`/`TX#{nonce}`, strong | its size |
| raw bytes of a replaced transaction | GetItem `SIGNER#{chain}#{address}`/`RAW#{hash}` | its size |
| due jobs and transactions | Query of index `due`, one of eight shards | what is due |
| waiting mints of one contract | Query of index `due`, its shard, filtered | a page of what waits there |
| how far a chain's events are applied, its collections' contracts, and what waits | Query of `EVENTS#{chain}`, strong \
| 1 read unit for some 20 contracts |
| open jobs of a contract | Query of index `due`, its shard, filtered; its signer's row, look and pending \
transactions | what waits in the shard up to the limit, and at most 32 transactions |
| a partner's budget on a chain | GetItem `BUDGET#{origin}#{chain}`/`BUDGET`, strong, where it has one | 1 read unit |
| who has a budget on a chain | with the signer's row; `BUDGETED#{chain}`/`BUDGETED` once for each signer | none |
| a fresh document by its CID | GetItem `DOCUMENT#{cid}`/`DOCUMENT` | its size |

All jobs of a contract lie in one shard, so that those which can share a transaction are found together.
Signers and documents belong to no partner: a signer serves a chain, and equal metadata is stored once for everybody.
"""

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


ROWS = (ChainRow,)
