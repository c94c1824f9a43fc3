"""The API reference of links."""

from chalicelib.activity import routes
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.reference import Operation, variable
from chalicelib.partners.reference import ADMIN_UNKNOWN, ORIGIN, operators_section

_PAIR = {"a": {"kind": "email", "value": "ada@example.com"}, "b": {"kind": "discord", "value": "80351110224678912"}}
_LINK = {"id": "01JXA8Z7Q2W4E6R8T0Y2", **_PAIR, "created_at": "2025-06-08T20:12:00Z"}
_OF_ONE = (*ADMIN_UNKNOWN, NotFound("The partner has no such link."))

SECTIONS = (
    operators_section(
        name="Links",
        slug="links",
        description=(
            "Which identities are one person's. The ledger of acts counts a person's acts over all of them. E-mail "
            "and uid are linked when a user is announced, e-mail and wallet by a final mint, and any others here."
        ),
        refusals_of_addresses=ADMIN_UNKNOWN,
        variables=(ORIGIN, variable("id", "The link's id.", "01JXA8Z7Q2W4E6R8T0Y2")),
        operations={
            routes.create_link: Operation(
                sends=_PAIR,
                example=_LINK,
                refusals=(Conflict("These identities are linked already."),),
            ),
            routes.list_links: Operation(example=_LINK),
            routes.get_link: Operation(example=_LINK, refusals=_OF_ONE),
            routes.delete_link: Operation(example=_LINK, refusals=_OF_ONE),
        },
    ),
)
