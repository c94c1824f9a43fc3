"""`/console/keys`: a partner's own keys."""

from chalice.app import Response

from chalicelib.core.errors import ApiError
from chalicelib.pages.routes.console.calls import ConsoleCall, form, page
from chalicelib.pages.routes.console.forms import Form
from chalicelib.partners import service
from chalicelib.partners.domain import SCOPES
from chalicelib.partners.schemas import KeyCreate

KEYS = "/console/keys"
_PAGE = 25
MEANINGS = {
    "gardenlab": "collections, users, interactions, NFTs",
    "dreamspace": "the six models of Dreamspace",
    "webhooks": "endpoints and deliveries",
    "missions": "missions, their users and evidence",
    "spaces": "customers, invoices and events of Spaces",
}


@page(KEYS, "keys")
def list_keys(call: ConsoleCall) -> Response:
    """Lists the partner's keys."""
    return _listed(call, Form({}))


@form(KEYS, "keys")
def create_key(call: ConsoleCall, fields: Form) -> Response:
    """Makes a key, and shows it whole this once."""
    scopes = fields.ticked("scope")
    try:
        if not scopes:
            fields.note("scopes", "tick at least one")
        chosen = None if set(scopes) == set(SCOPES) else scopes
        row, text = service.create_key(
            call.origin, fields.validated(KeyCreate, {"name": fields.text("name"), "scopes": chosen})
        )
    except ApiError as error:
        return _listed(call, fields.refused(error))
    return call.show("key_created.html", key=row, text=text)


@form(KEYS + "/{id}/revoke", "keys")
def revoke_key(call: ConsoleCall, id: str) -> Response:
    """Revokes a key for good; one's own ends the session."""
    service.revoke_key(call.origin, id)
    return call.done(KEYS, "revoked")


def _listed(call: ConsoleCall, fields: Form) -> Response:
    found = service.list_keys(call.origin, limit=_PAGE, after=call.query.get("after"))
    return call.show(
        "keys.html",
        form=fields,
        keys=found.items,
        scopes=[(name, MEANINGS[name]) for name in SCOPES],
        **call.links(found, "keys"),
    )
