"""The `space3` table.

| access pattern | by | cost |
| --- | --- | --- |
| a mission that a partner answers for | GetItem `{origin}#ANSWERED`/`{mission}`, cached 5 s | 1 read unit |
| all of them | Query of `{origin}#ANSWERED`, a page | its page |
| a mission that we verify | GetItem `{origin}#MISSION#{id}`/`MISSION`, or BatchGet with its users | 1 read unit |
| users | GetItem or BatchGet `{origin}#USER#{uid}`/`USER` | 1 read unit each |
| all of a partner's missions, or users | Query of index `listing`, a page | its page |
| a mission's evidence, newest first | Query of index `listing`, a page | its page |
| store, read evidence | PutItem, GetItem `{origin}#EVIDENCE#{id}`/`EVIDENCE` | 2 units a KB, or 1 for 4 KB |
| begin a job | transaction of the job and its users, 250 to a row | 2 a KB |
| work a slice of a job | GetItem of the job and of its users, UpdateItem of the job | 3 read, 2 write units |
| jobs that are due | Query of `due`, each of 4 shards | ½ unit for an empty shard |
"""

from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from chalicelib.core.tables import JsonText, Row, has_expired, index

DUE_SHARDS = 4
QUEUED, RUNNING, COMPLETED = "queued", "running", "completed"


class Space3Row(Row):
    """Any row of the table."""

    table = "space3"

    # A partner's missions, or users, or a mission's evidence, by creation.
    listing = index("listing", list_key=UnicodeAttribute, list_sort=UnicodeAttribute)
    # Jobs that a sweep must look at, by when; only unfinished ones are in it.
    due = index(
        "due",
        due_shard=UnicodeAttribute,
        due_at=UTCDateTimeAttribute,
        holds=["id", "origin", "host"],
    )
    list_key = UnicodeAttribute(null=True)
    list_sort = UnicodeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)


class AnsweredRow(Space3Row):
    """pk: `{origin}#ANSWERED`; sk: `{mission in 16 digits}`: a mission whose verification we answer for the partner.

    `id` tells a mission from a later one of the same number. `version` counts changes; older rows have none until their
    next change. Of the secret only the hash is kept.
    """

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    mission = NumberAttribute()
    kind = UnicodeAttribute()
    activity = UnicodeAttribute()
    target = NumberAttribute()
    counting = UnicodeAttribute()
    secret_sha256 = UnicodeAttribute(null=True)
    reward_contract_id = UnicodeAttribute(null=True)
    reward_action_id = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    version = NumberAttribute(null=True)

    @property
    def has_secret(self) -> bool:
        """Whether callers must send a secret."""
        return self.secret_sha256 is not None


class MissionRow(Space3Row):
    """pk: `{origin}#MISSION#{id}`; sk: `MISSION`: a mission that we verify by calling the partner.

    `sealed` holds the signing secret and the headers' values, encrypted; `version` moves with every change. Rows from
    before there were `options` have them in `zealy` and `result_path` until the options change.
    """

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    url_template = UnicodeAttribute()
    header_names = JsonText()
    sealed = UnicodeAttribute()
    dialect = UnicodeAttribute()
    zealy = JsonText(null=True)
    result_path = UnicodeAttribute(null=True)
    options = JsonText(null=True)
    send_window = BooleanAttribute(null=True)
    lowercase_wallet = BooleanAttribute()
    counting = UnicodeAttribute()
    target = NumberAttribute()
    starts_at = UnicodeAttribute(null=True)
    ends_at = UnicodeAttribute(null=True)
    recurrence = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    version = NumberAttribute()

    @property
    def chosen(self) -> dict[str, Any]:
        """The options of the mission's dialect."""
        if self.options is not None:
            return dict(self.options)
        return {**(self.zealy or {}), **({"result_path": self.result_path} if self.result_path else {})}


class UserRow(Space3Row):
    """pk: `{origin}#USER#{uid}`; sk: `USER`."""

    uid = UnicodeAttribute()
    origin = UnicodeAttribute()
    email = UnicodeAttribute(null=True)
    wallet = UnicodeAttribute(null=True)
    discord_id = UnicodeAttribute(null=True)
    discord_username = UnicodeAttribute(null=True)
    x_id = UnicodeAttribute(null=True)
    x_username = UnicodeAttribute(null=True)
    telegram_id = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()


class EvidenceRow(Space3Row):
    """pk: `{origin}#EVIDENCE#{id}`; sk: `EVIDENCE`: one verification with every try.

    It expires at `ttl`; rows from before do not.
    """

    id = UnicodeAttribute()
    mission_id = UnicodeAttribute()
    uid = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    verdict = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    progress = NumberAttribute(null=True)
    target = NumberAttribute()
    from_date = UnicodeAttribute(null=True)
    to_date = UnicodeAttribute(null=True)
    tries = JsonText()
    ttl = TTLAttribute(null=True)

    def is_past(self, at: datetime) -> bool:
        """Whether it has expired, though it may be there still."""
        return has_expired(self.ttl, at)


class JobRow(Space3Row):
    """pk: `{origin}#JOB#{id}`; sk: `JOB`. `processed` users have their verdict, in the order of the job's users."""

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    mission_id = UnicodeAttribute()
    host = UnicodeAttribute()
    status = UnicodeAttribute()
    total = NumberAttribute()
    processed = NumberAttribute(default=0)
    done = NumberAttribute(default=0)
    not_done = NumberAttribute(default=0)
    unknown = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute()


class JobUsersRow(Space3Row):
    """pk: `{origin}#JOB#{id}`; sk: `USERS#{number in 4 digits}`: 250 users of a job."""

    uids = JsonText()


ROWS = (Space3Row,)
