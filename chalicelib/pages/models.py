"""The `pages` table.

| access pattern | by | cost |
| --- | --- | --- |
| who sends this cookie | GetItem of `SESSION#{hash}`, strong | 1 read unit |
| begin, end a session | Put, Delete | 1 write unit |
| prolong a session, at most once in five minutes | UpdateItem | 1 write unit |
| ask for a mailed code | transaction: Put of `CODE#{hash}`, and the uses of two limits | 6 write units |
| try a mailed code | UpdateItem of `CODE#{hash}`, which counts the try | 1 write unit |
| let a wallet sign a message, once | Put of `SESSION#{hash}`/`NONCE#{nonce}`, Delete with the mint | 1, 2 write units |

A cookie holds 256 random bits, of which only the hash lies here. Rows end by TTL, and count no longer from
`expires_at` on.
"""

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from chalicelib.core.tables import JsonText, Row


class PagesRow(Row):
    """Any row of the table."""

    table = "pages"

    expires_at = NumberAttribute()
    ttl = TTLAttribute()


class SessionRow(PagesRow):
    """pk: `SESSION#{hash of the cookie}`; sk: `SESSION`. `content` says who is signed in, as the realm needs it."""

    realm = UnicodeAttribute()
    content = JsonText()


class MailedCodeRow(PagesRow):
    """pk: `CODE#{hash of the cookie}`; sk: `CODE`. One code is open for a browser; the last one mailed.

    `answer` is what the browser's secret makes of the code, so that the row alone tells nobody the code.
    """

    email = UnicodeAttribute()
    answer = UnicodeAttribute()
    tries = NumberAttribute()


class NonceRow(PagesRow):
    """pk: the session's; sk: `NONCE#{nonce}`. A message that this session's wallet may sign, once."""


ROWS = (PagesRow,)
