"""`/console/grants`: the applications that may act for the partner, and the end of that."""

from chalice.app import Response

from chalicelib.oauth.domain import REFRESH_SECONDS
from chalicelib.oauth.service import grants as service
from chalicelib.pages.routes.console.calls import ConsoleCall, form, page
from chalicelib.partners.service import key_names

GRANTS = "/console/grants"
_PAGE = 25


@page(GRANTS, "grants")
def list_grants(call: ConsoleCall) -> Response:
    """Lists the partner's grants that have not ended."""
    found = service.list_grants(call.origin, limit=_PAGE, after=call.query.get("after"))
    return call.show(
        "grants.html",
        grants=found.items,
        key_names=key_names(call.origin) if found.items else {},
        unused_days=REFRESH_SECONDS // 86_400,
        **call.links(found, "grants"),
    )


@form(GRANTS + "/{id}/end", "grants")
def end_grant(call: ConsoleCall, id: str) -> Response:
    """Ends a grant."""
    service.end_grant(call.origin, id)
    return call.done(GRANTS, "grant-ended")
