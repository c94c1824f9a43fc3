"""The `chain` table.

| access pattern | by | cost |
| --- | --- | --- |
| queue a job | Put in the surface's transaction | 1 KB, doubled |
| open jobs of a token | Query of `{origin}#{contract_id}#{token_id}`, strong; finished jobs are gone | its open jobs |
| a signer's next nonce | GetItem `SIGNER#{chain}#{address}`/`SIGNER`, strong | 1 read unit |
| a transaction by signer and nonce | GetItem `SIGNER#{chain}#{address}`/`TX#{nonce}`, strong | its size |
| due jobs and transactions | Query of index `due`, one of eight shards | what is due |
| a fresh document by its CID | GetItem `DOCUMENT#{cid}`/`DOCUMENT` | its size |

Signers and documents belong to no partner: a signer serves a chain, and equal metadata is stored once for everybody.
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib.core.tables import JsonText, Row, RowMeta

MINT, UPDATE = "mint", "update"
WAITING, SENT = "waiting", "sent"
PENDING, FINAL, LOST = "pending", "final", "lost"


class DueIndex(GlobalSecondaryIndex["ChainRow"]):
    """What must be looked at again: jobs that nobody took up, transactions that are not final."""

    class Meta:
        """PynamoDB's description of the index."""

        index_name = "due"
        projection = IncludeProjection(["chain"])

    due_shard = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class ChainRow(Row):
    """Any row of the table."""

    class Meta(RowMeta):
        """Filled in by `Row`."""

    table = "chain"

    due = DueIndex()
    due_shard = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    chain = UnicodeAttribute(null=True)


class JobRow(ChainRow):
    """pk: `{origin}#{contract_id}#{token_id}`; sk: `MINT#{attempt}` or `UPDATE#{scan number}`.

    `uri` is the mint's; `signer` and `nonce` name the transaction once the job is sent. Deleted when it ends.
    """

    kind = UnicodeAttribute()
    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    token_id = UnicodeAttribute()
    contract = UnicodeAttribute()
    number = NumberAttribute()
    recipient = UnicodeAttribute(null=True)
    uri = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    transaction_pk = UnicodeAttribute(null=True)
    transaction_sk = UnicodeAttribute(null=True)
    failures = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute()


class SubmissionRow(ChainRow):
    """pk: `SIGNER#{chain}#{address}`; sk: `TX#{nonce in 12 digits}`: a signed transaction, kept for ever.

    `jobs` lists [pk, sk] of the jobs it carries. It is stored before it is broadcast.
    """

    nonce = NumberAttribute()
    raw = UnicodeAttribute()
    hash = UnicodeAttribute()
    uri = UnicodeAttribute(null=True)
    jobs = JsonText()
    state = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()


class SignerRow(ChainRow):
    """pk: `SIGNER#{chain}#{address}`; sk: `SIGNER`."""

    next_nonce = NumberAttribute()


class DocumentRow(ChainRow):
    """pk: `DOCUMENT#{cid}`; sk: `DOCUMENT`: metadata on its way to object storage."""

    document = UnicodeAttribute()


ROWS = (ChainRow,)
