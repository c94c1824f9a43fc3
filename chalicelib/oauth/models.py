"""The `oauth` table.

| access pattern | by | cost |
| --- | --- | --- |
| an application, to authenticate it or to ask its users | GetItem of `CLIENT#{id}` | 1 read unit |
| a partner's applications, newest first | Query of index `listing`, a page | its page |
| remember who signed in, until the consent | Put of `TICKET#{hash}` | 1 write unit |
| give a code | transaction: Put of `CODE#{hash}`, Delete of the ticket | 4 write units |
| redeem a code | GetItem; transaction of the code, a grant, a refresh token, the key | 1 read, 12 write units |
| refresh | GetItem of `REFRESH#{hash}`; transaction of it, its successor, the grant, the key | 1 read, 9 write units |
| an account's grants, newest first | Query of index `listing`, pages until enough of them stand | its pages |
| end a grant | GetItem; transaction of the grant, `REVOKED#{client_id}` and an audit entry | 1 read, 7 write units |
| what an application has revoked lately | Query of `REVOKED#{client_id}`, kept 50 s | what it revoked |
| rotate the signing keys | GetItem and UpdateItem of `ROTATION`, an UpdateItem a step | 1 read unit, 3 write units |

Nothing secret is stored: of codes, tickets, refresh tokens and client secrets there is only the SHA-256, and they have
256 random bits. Each transaction checks that the API key that consented is not revoked (ConditionCheck of its row).
Rows are found before the partner is known, so keys begin with the random part. All but applications and the rotation
expire by TTL.
"""

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from chalicelib.core.tables import JsonText, Row, WholeNumber, index


class OAuthRow(Row):
    """Any row of the table."""

    table = "oauth"

    # A partner's applications, and an account's grants, by creation.
    listing = index("listing", list_key=UnicodeAttribute, list_sort=UnicodeAttribute)
    list_key = UnicodeAttribute(null=True)
    list_sort = UnicodeAttribute(null=True)
    ttl = TTLAttribute(null=True)


class ClientRow(OAuthRow):
    """pk: `CLIENT#{client_id}`; sk: `CLIENT`. Listed under `CLIENTS#{origin}`. A public one has no secret."""

    client_id = UnicodeAttribute()
    origin = UnicodeAttribute()
    name = UnicodeAttribute()
    redirect_uris = JsonText()
    scopes = JsonText()
    confidential = BooleanAttribute()
    secret_sha256 = UnicodeAttribute(null=True)
    refresh_grace_seconds = WholeNumber(default=0)
    created_at = UTCDateTimeAttribute()


class TicketRow(OAuthRow):
    """pk: `TICKET#{hash}`; sk: `TICKET`. An account signed in to answer one authorization request."""

    origin = UnicodeAttribute()
    key_id = UnicodeAttribute()
    key_scopes = JsonText()
    request_digest = UnicodeAttribute()
    expires_at = NumberAttribute()


class CodeRow(OAuthRow):
    """pk: `CODE#{hash}`; sk: `CODE`. Its use begins the grant `grant_id`. A used one stays, so that reuse shows."""

    client_id = UnicodeAttribute()
    origin = UnicodeAttribute()
    key_id = UnicodeAttribute()
    redirect_uri = UnicodeAttribute()
    redirect_uri_given = BooleanAttribute()
    scopes = JsonText()
    surfaces = JsonText()
    challenge = UnicodeAttribute(null=True)
    grant_id = UnicodeAttribute()
    used = BooleanAttribute(default=False)
    expires_at = NumberAttribute()


class GrantRow(OAuthRow):
    """pk: `GRANT#{id}`; sk: `GRANT`. What an account allowed an application, with all tokens that came of the code.

    Listed under `GRANTS#{origin}` until it is ended. It ends with the key that consented, and at `expires_at`, when its
    refresh token expires unless that is used before.
    """

    id = UnicodeAttribute()
    client_id = UnicodeAttribute()
    origin = UnicodeAttribute()
    key_id = UnicodeAttribute()
    scopes = JsonText()
    revoked = BooleanAttribute(default=False)
    created_at = UTCDateTimeAttribute()
    last_used_at = UTCDateTimeAttribute()
    expires_at = UTCDateTimeAttribute()


class RefreshRow(OAuthRow):
    """pk: `REFRESH#{hash}`; sk: `REFRESH`. A refresh token of a grant. A used one stays, so that reuse shows.

    It keeps the time of its use and the salt of its successor, which it is answered with again within the application's
    grace.
    """

    grant_id = UnicodeAttribute()
    client_id = UnicodeAttribute()
    origin = UnicodeAttribute()
    key_id = UnicodeAttribute()
    scopes = JsonText()
    surfaces = JsonText()
    used = BooleanAttribute(default=False)
    used_at = WholeNumber(null=True)
    salt = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


class RevocationRow(OAuthRow):
    """pk: `REVOKED#{client_id}`; sk: a time-ordered id. `revoked` is a grant, one token (`jti`), or `*` for all."""

    revoked = UnicodeAttribute()


class RotationRow(OAuthRow):
    """pk: `ROTATION`; sk: `ROTATION`. The last rotation of the signing keys, begun at `rotated_at` (milliseconds).

    `alias` will name the new key instead of `replaced_key_id`; `made_key_id` is set once the new key exists.
    """

    rotated_at = NumberAttribute()
    rotation_id = UnicodeAttribute()
    alias = UnicodeAttribute()
    replaced_key_id = UnicodeAttribute()
    made_key_id = UnicodeAttribute(null=True)
    done = BooleanAttribute()


ROWS = (OAuthRow,)
