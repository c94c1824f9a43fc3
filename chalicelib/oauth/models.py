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

Nothing secret is stored: codes, tickets, refresh tokens and client secrets lie here as SHA-256 of random bits, so many
that nobody guesses them. The key that consented is checked in each
transaction (ConditionCheck of its row), so nothing comes of it once it is revoked. Rows are found before the partner is
known, so keys begin with the random part. All but
applications and the rotation end by TTL.
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
    key_id = UnicodeAttribute(null=True)
    key_scopes = JsonText()
    request_digest = UnicodeAttribute()
    expires_at = NumberAttribute()


class CodeRow(OAuthRow):
    """pk: `CODE#{hash}`; sk: `CODE`. `grant_id` is what redeeming it begins; a used one stays, to tell of its reuse."""

    client_id = UnicodeAttribute()
    origin = UnicodeAttribute()
    key_id = UnicodeAttribute(null=True)
    redirect_uri = UnicodeAttribute()
    redirect_uri_given = BooleanAttribute()
    scopes = JsonText()
    surfaces = JsonText()
    challenge = UnicodeAttribute(null=True)
    grant_id = UnicodeAttribute()
    used = BooleanAttribute(default=False)
    expires_at = NumberAttribute()


class GrantRow(OAuthRow):
    """pk: `GRANT#{id}`; sk: `GRANT`. What an account allowed an application: the family of all that came of a code.

    Listed under `GRANTS#{origin}` until it is ended. It ends by itself with the key that consented, and where it is not
    used until `expires_at`, when its refresh token ends.
    """

    id = UnicodeAttribute()
    client_id = UnicodeAttribute()
    origin = UnicodeAttribute()
    key_id = UnicodeAttribute(null=True)
    scopes = JsonText()
    revoked = BooleanAttribute(default=False)
    created_at = UTCDateTimeAttribute()
    last_used_at = UTCDateTimeAttribute(null=True)
    expires_at = UTCDateTimeAttribute(null=True)


class RefreshRow(OAuthRow):
    """pk: `REFRESH#{hash}`; sk: `REFRESH`. A refresh token of a grant; a used one stays, to tell of its reuse.

    A used one keeps when it was used and the salt of its successor, which its holder may be given again for as long as
    the application's grace lasts.
    """

    grant_id = UnicodeAttribute()
    client_id = UnicodeAttribute()
    origin = UnicodeAttribute()
    key_id = UnicodeAttribute(null=True)
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

    `alias` names the new key instead of `replaced_key_id`; `made_key_id` is there once the key is made. A row without
    `rotation_id` is of the time before a rotation had steps, and done.
    """

    rotated_at = NumberAttribute()
    rotation_id = UnicodeAttribute(null=True)
    alias = UnicodeAttribute(null=True)
    replaced_key_id = UnicodeAttribute(null=True)
    made_key_id = UnicodeAttribute(null=True)
    done = BooleanAttribute(null=True)


ROWS = (OAuthRow,)
