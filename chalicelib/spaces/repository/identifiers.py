"""The key of the MACs in ids, stored and backed up together with the rows."""

import secrets

from pynamodb.exceptions import PutError

from chalicelib.core.tables import find
from chalicelib.spaces.models import SecretRow

_PK, _SK = "SECRET", "IDS"


def read_or_make_key() -> bytes:
    """The stage's key, which the first call creates."""
    row = find(SecretRow, _PK, _SK)
    if row is None:
        made = SecretRow(_PK, _SK, secret=secrets.token_hex(32))
        try:
            made.save(condition=SecretRow.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
        row = find(SecretRow, _PK, _SK)
    assert row is not None, "it was stored just now, by us or by another"
    return bytes.fromhex(row.secret)
