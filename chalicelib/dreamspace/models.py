"""The `dreamspace` table.

Rows of a user share the user's partition key, and rows of a document the document's. So one strongly consistent Query
reads a parent with its children, and finds every row of a deleted parent. A small `place` row finds a child by its id.
Ids in keys have 15 digits, times 18, so that both sort as numbers do.

| row | pk | sk |
| --- | --- | --- |
| user, its wallet | `{origin}#U#{user}` | `USER`, `WALLET` |
| transaction, event, specimen | `{origin}#U#{user}` | `TRANSACTION#{id}`, `EVENT#{id}`, `SPECIMEN#{id}` |
| copy of a specimen that is not forgotten | `{origin}#U#{user}` | `UNFORGOTTEN#{born}#{id}`, just before `USER` |
| who has a twitch_id | `{origin}#TWITCH#{digest}` | `USER` |
| place of a transaction, event, specimen | `{origin}#{TRANSACTION, …}#{id}` | `PLACE` |
| document with its first stamps | `{origin}#D#{document}` | `DOCUMENT` |
| what lists and conditions need of it | `{origin}#D#{document}` | `ENTRY` |
| further stamps, as they were added | `{origin}#D#{document}` | `STAMPS#{generation}#{name}` |
| stamp | `{origin}#STAMP#{id}` | `STAMP` |
| object in storage that nothing refers to | `{origin}#D#{document}` | `OBJECT#{name}` |
| what is to be tidied up | `{origin}#U#{user}`, `{origin}#D#{document}` | `PENDING` |
| next ids, in blocks | `{origin}#COUNTER` | `{MODEL}` |

| access pattern | by | cost |
| --- | --- | --- |
| a user with specimen and wallet | Query of the user's key, the last three rows of it, strong | their size |
| a user by twitch_id | GetItem `TWITCH`, then the user | 2 read units |
| a child by id | GetItem `PLACE`, then BatchGet of it and what it refers to, strong | 1 read unit and theirs |
| a user's events, specimens, transactions | Query of the user's key, prefix, strong | a page |
| a document with all its stamps | Query of the document's key, strong | their size |
| a stamp by id | GetItem, then `ENTRY` of its document, strong | 2 read units |
| all of a model, by id | Query of index `listed` | a page |
| event_type, seal, forgotten, stamp_type | Query of index `by_trait`, by id | a page of what matches |
| document_id of events; documents by stamp_type | Query of index `by_document` | a page of what matches |
| document_seal of events | Query of index `by_seal`, by id | a page of what matches |
| created_…, born_… | Query of index `by_time`, the range | what matches |
| occurred_…, forgotten_… | Query of index `by_moment`, the range | what matches |
| name, metadata, description, reference, user_name alone | Query of index `listed` | the partner's rows of the model |
| rows to be tidied up | Query of index `due`, one of eight shards | what is due |

A list reads an index or a parent's key, and then the referenced rows in one BatchGet. The BatchGet decides: an object
whose user or document is missing is not shown, even if an index still has it. Behind an index it need not be strongly
consistent, unless something was removed a moment ago: the same batch asks the partner's last removal
(`chalicelib/partners/removals.py`), which is noted before whatever hides objects is committed.
"""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import JsonText, Row, WholeNumber, index


class DreamspaceRow(Row):
    """Any row of the table.

    `posted_by` is who posted the object, as `core.acting` names them; rows from before do not say.
    """

    table = "dreamspace"

    # All objects of one model, by id.
    listed = index("listed", list_key=UnicodeAttribute, id_key=UnicodeAttribute)
    # Objects with one trait in common, such as an event type, by id.
    by_trait = index("by_trait", trait_key=UnicodeAttribute, id_key=UnicodeAttribute)
    # Events whose documents have one seal, by id.
    by_seal = index("by_seal", seal_key=UnicodeAttribute, id_key=UnicodeAttribute)
    # Events of one document, by id; stamps of one type, by document.
    by_document = index("by_document", document_key=UnicodeAttribute, document_sort=UnicodeAttribute)
    # All objects of one model, by creation or birth.
    by_time = index("by_time", list_key=UnicodeAttribute, time_key=UnicodeAttribute)
    # Events by when they occurred, specimens by when they were forgotten.
    by_moment = index("by_moment", list_key=UnicodeAttribute, moment_key=UnicodeAttribute)
    # Rows that the sweep must process, by due time.
    due = index("due", due_shard=UnicodeAttribute, due_at=UnicodeAttribute, holds=[])
    list_key = UnicodeAttribute(null=True)
    id_key = UnicodeAttribute(null=True)
    trait_key = UnicodeAttribute(null=True)
    seal_key = UnicodeAttribute(null=True)
    document_key = UnicodeAttribute(null=True)
    document_sort = UnicodeAttribute(null=True)
    time_key = UnicodeAttribute(null=True)
    moment_key = UnicodeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    posted_by = UnicodeAttribute(null=True)


class UserRow(DreamspaceRow):
    """A user. `version` rises with each change of it, of its wallet and of its specimens, which are shown with it."""

    user_id = WholeNumber()
    twitch_id = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    preferences = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    version = WholeNumber()


class WalletRow(DreamspaceRow):
    """The sum of a user's transactions."""

    balance = WholeNumber()


class TwitchRow(DreamspaceRow):
    """Which user has a twitch_id."""

    user_id = WholeNumber()


class ChildRow(DreamspaceRow):
    """A row that belongs to a user. `version` rises with each change.

    `recorded_as` is the twitch_id under which the activity ledger has it.
    """

    version = WholeNumber()
    recorded_as = UnicodeAttribute(null=True)


class TransactionRow(ChildRow):
    """A change of a user's wallet."""

    transaction_id = WholeNumber()
    user_id = WholeNumber()
    amount = WholeNumber()
    description = UnicodeAttribute()
    reference = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()


class SpecimenRow(ChildRow):
    """A specimen under its owner."""

    specimen_id = WholeNumber()
    owner_id = WholeNumber()
    born_at = UnicodeAttribute()
    forgotten_at = UnicodeAttribute(null=True)


class EventRow(ChildRow):
    """An event under its user. `seal` is its document's, as the index has it."""

    event_id = WholeNumber()
    user_id = WholeNumber()
    document_id = WholeNumber(null=True)
    seal = WholeNumber(null=True)
    user_name = UnicodeAttribute(null=True)
    occurred_at = UnicodeAttribute()
    created_at = UnicodeAttribute()
    event_type = UnicodeAttribute()
    message = UnicodeAttribute(null=True)
    tier = WholeNumber(null=True)
    subscribed_length = WholeNumber(null=True)
    amount = WholeNumber(null=True)
    visitor_count = WholeNumber(null=True)


class PlaceRow(DreamspaceRow):
    """The user that a child belongs to, and the document of an event.

    `followed` rises with each change of that user or document by way of the child.
    """

    user_id = WholeNumber()
    document_id = WholeNumber(null=True)
    followed = WholeNumber(null=True)


class StampHolderRow(DreamspaceRow):
    """A row that holds stamps: a document, or a group of further stamps.

    `stamps` is a list of [stamp_id, stamp_type, pos_x, pos_y, rotation]; `generation` counts replacements of all of
    a document's stamps; stamps of an earlier generation no longer exist.
    """

    stamps = JsonText()
    generation = WholeNumber()
    version = WholeNumber()


class DocumentRow(StampHolderRow):
    """A document. Its data is `inline`, or an object in storage; `is_overflowing` where further stamps exist."""

    document_id = WholeNumber()
    inline = UnicodeAttribute(null=True)
    object_key = UnicodeAttribute(null=True)
    data_bytes = WholeNumber()
    seal = WholeNumber()
    created_at = UnicodeAttribute()
    metadata = UnicodeAttribute(null=True)
    is_overflowing = BooleanAttribute()


class StampGroupRow(StampHolderRow):
    """Stamps that were added to a document whose own row was full."""


class EntryRow(DreamspaceRow):
    """The small row of a document for indexes and conditions."""

    document_id = WholeNumber()
    seal = WholeNumber()
    generation = WholeNumber()
    metadata_digest = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()


class StampRow(DreamspaceRow):
    """The row by which a stamp is found. `holder_sk` is the sort key of the row that holds the stamp.

    Its fields are a copy for the indexes; a change is made from the holder's row, never from this copy.
    """

    stamp_id = WholeNumber()
    document_id = WholeNumber()
    stamp_type = UnicodeAttribute()
    pos_x = WholeNumber()
    pos_y = WholeNumber()
    rotation = UnicodeAttribute()
    generation = WholeNumber()
    holder_sk = UnicodeAttribute(attr_name="shelf")


class ObjectRow(DreamspaceRow):
    """An object in storage without a reference, new or old. Once `is_discarded`, it cannot be referenced any more."""

    object_key = UnicodeAttribute()
    is_discarded = BooleanAttribute(attr_name="doomed")


class PendingRow(DreamspaceRow):
    """A request to tidy up after a change of a user or document; `token` identifies the change.

    `settles_at` is when the index has all rows from before the change. Until then the row stays and the worker runs
    again. A user's row has none, since a user's rows are read without an index.
    """

    origin = UnicodeAttribute()
    owner_id = WholeNumber()
    token = UnicodeAttribute()
    settles_at = UnicodeAttribute(null=True)


class CounterRow(DreamspaceRow):
    """The id counter of a model. `last_id` is the highest id that was leased."""

    last_id = WholeNumber()


ROWS = (DreamspaceRow,)
