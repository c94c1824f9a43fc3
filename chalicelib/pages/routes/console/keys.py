"""`/console/keys`: a partner's own keys."""

from chalice.app import Response

from chalicelib.pages.routes.console.calls import ConsoleCall, form, page
from chalicelib.pages.routes.console.forms import EMPTY, Form
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
def list_keys(call: ConsoleCall, fields: Form = EMPTY) -> Response:
    """Lists the partner's keys."""
    found = service.list_keys(call.origin, limit=_PAGE, after=call.query.get("after"))
    return call.show(
        "keys.html",
        form=fields,
        keys=found.items,
        scopes=[(name, MEANINGS[name]) for name in SCOPES],
        **call.links(found, "keys"),
    )


@form(KEYS, "keys", refused=list_keys)
def create_key(call: ConsoleCall, fields: Form) -> Response:
    """Makes a key, and shows it whole this once."""
    scopes = fields.ticked("scope")
    if not scopes:
        fields.note("scopes", "tick at least one")
    chosen = None if set(scopes) == set(SCOPES) else scopes
    body = fields.validated(KeyCreate, {"name": fields.text("name"), "scopes": chosen})
    row, text = service.create_key(call.origin, body)
    return call.show("key_created.html", key=row, text=text)


@form(KEYS + "/{id}/revoke", "keys")
def revoke_key(call: ConsoleCall, id: str) -> Response:
    """Revokes a key. Revoking the key of the sign-in ends the session."""
    service.revoke_key(call.origin, id)
    return call.done(KEYS, "revoked")
