"""The `idempotency` table: one row a used key, gone after 24 hours.

| access pattern | by | cost |
| --- | --- | --- |
| store an answer with the change it guards | Put in the change's transaction | its size, doubled |
| find the answer of a used key | GetItem, strongly consistent | its size |
"""

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from chalicelib.core.tables import Bytes, Row


class AnswerRow(Row):
    """pk: digest of partner, route and key; sk: `ANSWER`.

    `body_digest` is of the body, `target_digest` of method, concrete path and query. The answer is sealed, since it may
    hold a secret that is shown once.
    """

    table = "idempotency"

    body_digest = UnicodeAttribute()
    target_digest = UnicodeAttribute()
    sealed_answer = Bytes()
    expires_at = NumberAttribute()
    ttl = TTLAttribute()


ROWS = (AnswerRow,)
