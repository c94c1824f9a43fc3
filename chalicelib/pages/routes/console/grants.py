"""`/console/grants`: the applications that may act for the partner, and the end of that."""

from chalice.app import Response

from chalicelib.oauth.domain import REFRESH_SECONDS
from chalicelib.oauth.service import grants as service
from chalicelib.pages.routes.console.desk import Desk, address, form, page
from chalicelib.pages.routes.console.forms import Form

GRANTS = "/console/grants"
_PAGE = 25


@page(GRANTS, "grants")
def list_grants(desk: Desk) -> Response:
    """Lists the partner's grants that stand."""
    after = desk.query.get("after")
    found = service.list_grants(desk.origin, limit=_PAGE, after=after)
    unused_days = REFRESH_SECONDS // 86_400
    older = address("grants", after=found.items[-1].id) if found.has_more else None
    return desk.show("grants.html", grants=found.items, older=older, is_first=after is None, unused_days=unused_days)


@form(GRANTS + "/{id}/end", "grants")
def end_grant(desk: Desk, fields: Form, id: str) -> Response:
    """Ends a grant for good."""
    del fields
    service.end_grant(desk.origin, id)
    return desk.done(GRANTS, "grant-ended")
