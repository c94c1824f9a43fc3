"""The `activity` table.

| access pattern | by | cost |
| --- | --- | --- |
| record an act | its day's row, in the transaction of what was done | 2 write units |
| record one of a full day | the same, and the act's own row | 4 write units |
| take an act back | GetItem of its day, then as above | 1 read unit more |
| acts by the hour, and those that lie in their days | Query of `{origin}#DAY#{identity}#{activity}`, range of sk \
| 1 read unit for 4 to 25 days |
| acts in rows of their own, newest first | Query of `{origin}#ACT#{identity}#{activity}`, range of sk | what it reads |
| an e-mail's links | Query of `{origin}#LINK#{identity}` | its links |
| any other identity's links | Query of index `reverse` | its links |
| one link that was set up, all of them | GetItem `{origin}#LINKS`/`{id}`, Query | its page |
| add a reward | transaction of the reward and a claim for each identity | 3 + 2 for each |
| the rewards of a person | BatchGet `{origin}#CLAIM#{identity}`/`{mission}` | 1 read unit for each identity |
| the rewards of an identity | Query of `{origin}#CLAIM#{identity}` | its rewards |
| one reward | GetItem `{origin}#REWARD#{id}`/`REWARD` | 1 read unit |
| whether a collection has rewards | GetItem `{origin}#PAYS`/`{contract_id}`, cached 5 s | 1 read unit |
| rewards that are due | Query of `due`, each of 4 shards | ½ unit for an empty shard |

A link is one row with the e-mail first. A link of two other identities, or of two e-mails, is stored in both
directions, so that one query reads all links of an identity.

A day's row counts the acts of each hour. Full hours of a window are counted by these rows, whatever the number of acts.
The row also keeps the first acts of its day; the others have rows of their own, and so have all acts from before days
kept any, and those that release 1.0 has to read (`Settings.older_release`).
"""

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)

from chalicelib.core.tables import JsonText, Row, index

DUE_SHARDS = 4
OWED, GRANTED, REFUSED = "owed", "granted", "refused"
HOUR_NAMES = [f"h{hour:02d}" for hour in range(24)]


class ActivityRow(Row):
    """Any row of the table."""

    table = "activity"

    # Links seen from their second identity.
    reverse = index(
        "reverse",
        reverse_pk=UnicodeAttribute,
        reverse_sk=UnicodeAttribute,
        holds=["first_kind", "first_value", "second_kind", "second_value", "automatic"],
    )
    # Open rewards by the time of their next check.
    due = index("due", due_shard=UnicodeAttribute, due_at=UTCDateTimeAttribute, holds=["id", "origin"])
    reverse_pk = UnicodeAttribute(null=True)
    reverse_sk = UnicodeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)


class ActRow(ActivityRow):
    """pk: `{origin}#ACT#{identity}#{activity}`; sk: the act's position in 18 digits, then its source.

    An act that its day's row does not keep.
    """

    at_micros = NumberAttribute()
    source = UnicodeAttribute()


class DayRow(ActivityRow):
    """pk: `{origin}#DAY#{identity}#{activity}`; sk: the day's number in 7 digits.

    `acts` counts the whole day, `h00` to `h23` the hours; an hour without acts is absent or 0. `kept` are acts of the
    day that have no row of their own: the microsecond of the day in 11 digits, then the source.
    """

    acts = NumberAttribute(default=0)
    kept = UnicodeSetAttribute(null=True)
    # One attribute per hour, so that each is incremented without a read.
    locals().update({name: NumberAttribute(null=True) for name in HOUR_NAMES})


class LinkRow(ActivityRow):
    """pk: `{origin}#LINK#{identity}` of the first; sk: kind and digest of the second."""

    first_kind = UnicodeAttribute()
    first_value = UnicodeAttribute()
    second_kind = UnicodeAttribute()
    second_value = UnicodeAttribute()
    automatic = BooleanAttribute(default=True)


class SetLinkRow(ActivityRow):
    """pk: `{origin}#LINKS`; sk: `{id}`: a link that the operator set up."""

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    a = JsonText()
    b = JsonText()
    created_at = UTCDateTimeAttribute()


class RewardingRow(ActivityRow):
    """pk: `{origin}#PAYS`; sk: `{contract_id}`: a mission has a reward in this collection."""


class ClaimRow(ActivityRow):
    """pk: `{origin}#CLAIM#{identity}`; sk: `{mission}`: this identity's person has the mission's reward."""

    reward_id = UnicodeAttribute()
    contract_id = UnicodeAttribute()


class RewardRow(ActivityRow):
    """pk: `{origin}#REWARD#{id}`; sk: `REWARD`. `due_at` is when the sweep checks an open reward."""

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    mission = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    action_id = UnicodeAttribute()
    identities = JsonText()
    status = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    token_id = UnicodeAttribute(null=True)
    tries = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute()
    settled_at = UTCDateTimeAttribute(null=True)


ROWS = (ActivityRow,)
