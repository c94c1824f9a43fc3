"""The `idempotency` table: one row a used key, gone after 24 hours.

| access pattern | by | cost |
| --- | --- | --- |
| store an answer with the change it guards | Put in the change's transaction | its size, doubled |
| find the answer of a used key | GetItem, strongly consistent | its size |
"""

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from chalicelib.core.tables import Bytes, JsonText, Row


class AnswerRow(Row):
    """pk: digest of partner, route and key; sk: `ANSWER`.

    `sealed_answer` is the answer, which may hold a secret that is shown once; older rows have `answer`, not sealed.
    `body_digest` is of the body, `target_digest` of method, concrete path and query; older rows lack the latter.
    """

    table = "idempotency"

    body_digest = UnicodeAttribute()
    target_digest = UnicodeAttribute(null=True)
    answer = JsonText(null=True)
    sealed_answer = Bytes(null=True)
    expires_at = NumberAttribute()
    ttl = TTLAttribute()


ROWS = (AnswerRow,)
