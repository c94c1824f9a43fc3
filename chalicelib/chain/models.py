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
| a fresh document by its CID | GetItem `DOCUMENT#{cid}`/`DOCUMENT` | its size |

All jobs of a contract lie in one shard, so that those which can share a transaction are found together.
Signers and documents belong to no partner: a signer serves a chain, and equal metadata is stored once for everybody.
"""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.tables import JsonText, Row, index

MINT, UPDATE = "mint", "update"
WAITING, SENT = "waiting", "sent"
PENDING, FINAL, LOST = "pending", "final", "lost"


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


class JobRow(ChainRow):
    """pk: `{origin}#{contract_id}#{token_id}`; sk: `MINT#{attempt}` or `UPDATE#{scan number}`.

    `uri` is the mint's. `transaction_*` name the latest transaction that carried the job, also while it waits again;
    `alone` forbids it to share the next one; `waits_for` and `error` are why it waits, code and words; its 24 hours
    count from `trying_since`, where that is set. Deleted when it ends.
    """

    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    token_id = UnicodeAttribute()
    number = NumberAttribute()
    recipient = UnicodeAttribute(null=True)
    uri = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    transaction_pk = UnicodeAttribute(null=True)
    transaction_sk = UnicodeAttribute(null=True)
    failures = NumberAttribute(default=0)
    alone = BooleanAttribute(null=True)
    waits_for = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
    trying_since = UTCDateTimeAttribute(null=True)
    created_at = UTCDateTimeAttribute()


class SubmissionRow(ChainRow):
    """pk: `SIGNER#{chain}#{address}`; sk: `TX#{nonce in 12 digits}`: what the signer did with one nonce, kept for ever.

    `jobs` lists [pk, sk] of the jobs it carries; `uris` maps a token id to the URI that its updates set. `raw` and
    `hash` are the signed transaction to send: the latest, or the one that was mined. `replaced` lists the hashes of
    the others; `cancel_hash` is that of the self-send which gives the nonce up, for the `cause` that `reason`
    puts in words. `head` to `waits_for` are its `domain.pressing.Progress`. Stored before it is broadcast.
    """

    nonce = NumberAttribute()
    raw = UnicodeAttribute()
    hash = UnicodeAttribute()
    replaced = JsonText(null=True)
    cancel_hash = UnicodeAttribute(null=True)
    cause = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    head = NumberAttribute(null=True)
    head_at = UTCDateTimeAttribute(null=True)
    waited_seconds = NumberAttribute(null=True)
    bid_head = NumberAttribute(null=True)
    unseen_head = NumberAttribute(null=True)
    waits_for = UnicodeAttribute(null=True)
    uris = JsonText(null=True)
    jobs = JsonText()
    state = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    signed_at = UTCDateTimeAttribute(null=True)


class RawRow(ChainRow):
    """pk: `SIGNER#{chain}#{address}`; sk: `RAW#{hash}`: the bytes of a transaction that another one replaced."""

    raw = UnicodeAttribute()


class SignerRow(ChainRow):
    """pk: `SIGNER#{chain}#{address}`; sk: `SIGNER`. `waits_for` is why it signed nothing when it was last asked to."""

    next_nonce = NumberAttribute()
    waits_for = UnicodeAttribute(null=True)


class LookRow(ChainRow):
    """pk: `SIGNER#{chain}#{address}`; sk: `LOOK`: the one message that looks at the signer's transactions next.

    `look_at` is when it is due, and names it; `nonce` is of the oldest transaction that may not be final; `head` is the
    newest block that was seen, first at `head_at`. No look is to come where `look_at` is absent.
    """

    look_at = UnicodeAttribute(null=True)
    nonce = NumberAttribute()
    head = NumberAttribute(null=True)
    head_at = UTCDateTimeAttribute(null=True)


class CursorRow(ChainRow):
    """pk: `EVENTS#{chain}`; sk: `CURSOR`: how far the events of the collections' contracts are applied.

    `position` is the newest block whose events are, `block_hash` its hash where it was asked for. `generation` counts
    how often they were read anew since another chain had taken its place; `edition` moves with each contract that
    joins. `noted_final` is a block that counted as final some minutes ago, with its hash; `window` how many blocks the
    node shows at a time. `listed_at` is when the contracts were last compared with the surface's.
    """

    position = NumberAttribute(null=True)
    block_hash = UnicodeAttribute(null=True)
    generation = NumberAttribute(default=0)
    edition = NumberAttribute(default=0)
    noted_final = NumberAttribute(null=True)
    noted_hash = UnicodeAttribute(null=True)
    window = NumberAttribute(null=True)
    listed_at = UTCDateTimeAttribute(null=True)


class FollowedRow(ChainRow):
    """pk: `EVENTS#{chain}`; sk: `CONTRACT#{address, lower-case}`: a collection's contract, whose events are followed.

    It has none before `from_block`. `may_mint` is False where the minter's role was taken from our signer.
    """

    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    from_block = NumberAttribute()
    may_mint = BooleanAttribute(null=True)


class LaterRow(ChainRow):
    """pk: `EVENTS#{chain}`; sk: `LATER#{position}`: what happened to a token and could not be applied yet.

    `happened` is the token, then its move, or when its URI was first asked for in vain.
    """

    happened = JsonText()


class DocumentRow(ChainRow):
    """pk: `DOCUMENT#{cid}`; sk: `DOCUMENT`: metadata on its way to object storage."""

    document = UnicodeAttribute()


ROWS = (ChainRow,)
