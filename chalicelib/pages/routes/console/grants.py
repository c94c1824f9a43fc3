"""`/console/grants`: the applications that may act for the partner, and the end of that."""

from chalice.app import Response

from chalicelib.oauth.domain import REFRESH_SECONDS
from chalicelib.oauth.service import grants as service
from chalicelib.pages.routes.console.calls import ConsoleCall, address, form, page
from chalicelib.pages.routes.console.forms import Form

GRANTS = "/console/grants"
_PAGE = 25


@page(GRANTS, "grants")
def list_grants(call: ConsoleCall) -> Response:
    """Lists the partner's grants that stand."""
    after = call.query.get("after")
    found = service.list_grants(call.origin, limit=_PAGE, after=after)
    unused_days = REFRESH_SECONDS // 86_400
    older = address("grants", after=found.items[-1].id) if found.has_more else None
    return call.show("grants.html", grants=found.items, older=older, is_first=after is None, unused_days=unused_days)


@form(GRANTS + "/{id}/end", "grants")
def end_grant(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Ends a grant for good."""
    del fields
    service.end_grant(call.origin, id)
    return call.done(GRANTS, "grant-ended")
