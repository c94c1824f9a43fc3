"""What the API reference says of partners, keys and the audit log."""

from functools import partial

from chalicelib.core.errors import BadRequest, Conflict, NotFound, Unauthorized
from chalicelib.core.reference import ADMIN_KEY, WRONG_PATH, CodedError, Operation, Section, query_of, variable
from chalicelib.partners import routes
from chalicelib.partners.repository import LOOKED_AT
from chalicelib.partners.schemas import AuditQuery
from chalicelib.partners.service import REVOCATION_DELAY_SECONDS

ORIGIN = variable("origin", "The partner's name.", "spacex")
ADMIN_UNKNOWN = (WRONG_PATH, NotFound("There is no partner spacex."))
# A section of the reference for routes that take the admin key.
operators_section = partial(
    Section,
    surface=routes.surface,
    error=CodedError,
    security=ADMIN_KEY,
    refusals=(Unauthorized("The admin key is missing: send it as Authorization: Bearer."),),
    refusals_of_input=(BadRequest("name: must be a text"),),
)

PARTNER = {
    "origin": "spacex",
    "display_name": "Space X",
    "contact_email": "ops@spacex.example",
    "collection_budget": 3,
    "retention": {"webhook_bodies": 30, "attempts": 90, "evidence": 90},
    "created_at": "2025-06-08T20:12:00Z",
}
_KEY = {
    "id": "k3v9q2m4x8t1",
    "name": "production",
    "prefix": "sg_prod_k3v9q2m4x8t1",
    "scopes": ["gardenlab", "webhooks"],
    "revoked": False,
    "created_at": "2025-06-08T20:12:00Z",
    "last_used_at": None,
    "revoked_at": None,
}
_AUDIT = {
    "id": "01JXA8Z7Q2W4E6R8T0Y2",
    "at": "2025-06-08T20:12:00Z",
    "actor": "key:k3v9q2m4x8t1",
    "action": "endpoint.create",
    "target": "ep_01JXA8Z7Q2W4E6R8T0Y2",
    "before": None,
    "after": {"url": "https://hooks.example.com/spacegarden"},
}

SECTIONS = (
    operators_section(
        name="Partners",
        slug="partners",
        description="Partners, their API keys, and the log of every change. For the operator of the platform.",
        refusals_of_addresses=ADMIN_UNKNOWN,
        variables=(ORIGIN, variable("id", "The key's id.", "k3v9q2m4x8t1")),
        operations={
            routes.create_partner: Operation(
                sends={"origin": "spacex", "display_name": "Space X", "contact_email": "ops@spacex.example"},
                example=PARTNER,
                refusals=(Conflict("The partner spacex exists already."),),
            ),
            routes.list_partners: Operation(example=PARTNER),
            routes.get_partner: Operation(example=PARTNER),
            routes.update_partner: Operation(
                sends={"collection_budget": 3, "retention": {"webhook_bodies": 30}}, example=PARTNER
            ),
            routes.create_key: Operation(
                sends={"name": "production", "scopes": ["gardenlab", "webhooks"]},
                example={**_KEY, "key": "sg_prod_k3v9q2m4x8t1_4f9RZ0aYc2LwT7uQe1XbN8sKd5HvJ6mPgCi3oBtEyWk"},
            ),
            routes.list_keys: Operation(example=_KEY),
            routes.get_key: Operation(example=_KEY),
            routes.revoke_key: Operation(
                description=(
                    f"Processes that have just used the key take it for at most {REVOCATION_DELAY_SECONDS} seconds "
                    "more. Until then one call may be answered and the next refused."
                ),
                example={**_KEY, "revoked": True, "revoked_at": "2025-07-01T08:00:00Z"},
            ),
            routes.list_audit: Operation(
                description=(
                    f"With `who` or `what` a call looks at {LOOKED_AT} entries. So a page may be short, or empty, "
                    "while older entries follow: go on with `next_after` as `starting_after`. `since` and `until` "
                    "narrow what is looked at."
                ),
                parameters=query_of(AuditQuery, {"who": "key"}),
                example={
                    "object": "list",
                    "count": 1,
                    "has_more": False,
                    "url": "/admin/partners/spacex/audit",
                    "data": [_AUDIT],
                    "next_after": None,
                },
                refusals=(BadRequest("since: must be an ISO 8601 time, such as 2025-06-08T20:12:00+10:00"),),
            ),
        },
    ),
)
