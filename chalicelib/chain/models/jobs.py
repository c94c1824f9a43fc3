"""Mints, updates of metadata and changes of contracts that are to be done, and the metadata that they name."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.chain.models import ChainRow
from chalicelib.core.tables import JsonText

MINT, UPDATE, CHANGE = "mint", "update", "change"

WAITING, SENT = "waiting", "sent"


class JobRow(ChainRow):
    """pk: `{origin}#{contract_id}#{token_id}`; sk: `MINT#{attempt}`, `UPDATE#{scan number}` or `CHANGE#{number}`.

    `token_id` is `collection` of a change that is no token's; `change` is a `domain.changes.Change`. `uri` is the
    mint's, or the metadata's. `transaction_*` name the latest transaction that carried the job, also while it waits
    again; `alone` forbids it to share the next one; `waits_for` and `error` are why it waits, code and words; its
    24 hours count from `trying_since`, where that is set. Deleted when it ends.
    """

    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    token_id = UnicodeAttribute()
    number = NumberAttribute()
    recipient = UnicodeAttribute(null=True)
    uri = UnicodeAttribute(null=True)
    change = JsonText(null=True)
    state = UnicodeAttribute()
    transaction_pk = UnicodeAttribute(null=True)
    transaction_sk = UnicodeAttribute(null=True)
    failures = NumberAttribute(default=0)
    alone = BooleanAttribute(null=True)
    waits_for = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
    trying_since = UTCDateTimeAttribute(null=True)
    created_at = UTCDateTimeAttribute()


class DocumentRow(ChainRow):
    """pk: `DOCUMENT#{cid}`; sk: `DOCUMENT`: metadata that may not have reached object storage yet."""

    document = UnicodeAttribute()
