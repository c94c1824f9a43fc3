"""`/console/interactions`: the rules by which NFTs gain XP, and the times between which they apply."""

from typing import Any

from chalice.app import Response

from chalicelib.core.clock import now
from chalicelib.gardenlab.admin_schemas import WindowUpdate
from chalicelib.gardenlab.code_schemas import DEFAULT_LIFE, CodeCreate, CodeRead, code_url, password_url
from chalicelib.gardenlab.schemas import InteractionRead, SaveActionInteraction
from chalicelib.gardenlab.service import administration, codes
from chalicelib.gardenlab.service import interactions as service
from chalicelib.idempotency.service import Guard
from chalicelib.pages.routes.console.calls import ConsoleCall, address, form, page
from chalicelib.pages.routes.console.forms import Form, local_time
from chalicelib.pages.routes.console.gardenlab import collections_of
from chalicelib.pages.routes.nft import qr_code_response

INTERACTIONS = "/console/interactions"
OF_COLLECTION = "/console/collections/{id}/interactions"
ONE = OF_COLLECTION + "/{item}"
CODE = ONE + "/codes/{code}"
_PAGE, _CODES = 25, 10
_NEW = Form({"xpIncrement": "5"})


def _interaction_page(call: ConsoleCall, contract_id: str, shown: InteractionRead, fields: Form) -> Response:
    found = codes.list_codes(call.origin, contract_id, shown.id, limit=_CODES, after=call.query.get("after"))
    return call.show(
        "interaction.html",
        form=fields,
        contract_id=contract_id,
        interaction=shown,
        codes=[CodeRead.model_validate(row) for row in found.items],
        **call.links(found, "collections", contract_id, "interactions", shown.id),
        life=DEFAULT_LIFE,
        moment=now(),
        password_url=password_url(call.origin),
    )


def _interaction(call: ConsoleCall, contract_id: str, interaction_id: str) -> InteractionRead:
    named = administration.interaction_id_of(call.origin, contract_id, interaction_id)
    row = administration.get_interaction(call.origin, contract_id, named)
    return InteractionRead.model_validate(row)


def _fields(shown: InteractionRead) -> dict[str, Any]:
    """The fields of the page's forms, as they are stored or begun with."""
    ticked = {name: "1" for name in ("noXp", "customXpIncrement") if getattr(shown, name)}
    return {
        "max_uses": "1000",
        "per_holder": "1",
        "type": shown.type,
        "name": shown.name,
        "description": shown.description,
        "xpIncrement": shown.xpIncrement,
        "authScanCount": "" if shown.authScanCount == -1 else shown.authScanCount,
        "action_id": shown.action_id,
        **ticked,
        **_window(shown),
    }


def _window(shown: InteractionRead) -> dict[str, str]:
    return {"valid_from": local_time(shown.valid_from), "valid_until": local_time(shown.valid_until)}


def _refused_part(call: ConsoleCall, id: str, item: str, fields: Form) -> Response:
    """The page after a refused form of a window or a code; the other forms have what is stored."""
    shown = _interaction(call, id, item)
    return _interaction_page(call, id, shown, fields.beside(_fields(shown)))


@page(INTERACTIONS, "interactions")
def list_interactions(call: ConsoleCall) -> Response:
    """Lists a collection's interactions; of the first collection where none is named."""
    collections = collections_of(call.origin)
    names = [row.contract_id for row in collections]
    contract_id = call.query.get("collection") or (names[0] if names else None)
    if contract_id is None:
        return call.show("interactions.html", collections=[], contract_id=None, interactions=[], older=None)
    found = administration.list_interactions(call.origin, contract_id, limit=_PAGE, after=call.query.get("after"))
    return call.show(
        "interactions.html",
        collections=collections,
        contract_id=contract_id,
        interactions=[InteractionRead.model_validate(row) for row in found.items],
        **call.links(found, "interactions", collection=contract_id),
    )


@page(OF_COLLECTION, "interactions")
def new_interaction(call: ConsoleCall, id: str, fields: Form = _NEW) -> Response:
    """Asks for a new interaction."""
    administration.get_collection(call.origin, id)
    return call.show("interaction.html", form=fields, contract_id=id, interaction=None)


@form(OF_COLLECTION, "interactions", refused=new_interaction)
def create_interaction(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Adds an interaction."""
    administration.get_collection(call.origin, id)
    saved = _save(call, id, fields, None)
    return call.done(address("collections", id, "interactions", saved["id"]), "saved")


@page(ONE, "interactions")
def show_interaction(call: ConsoleCall, id: str, item: str, fields: Form | None = None) -> Response:
    """Shows an interaction to be changed, and its codes. Its `action_id` leads to it too."""
    shown = _interaction(call, id, item)
    if fields is not None:  # the window's own form stands beside it, with what is stored
        return _interaction_page(call, id, shown, fields.beside(_window(shown)))
    if shown.id != item:
        return call.redirect(address("collections", id, "interactions", shown.id))
    return _interaction_page(call, id, shown, Form(_fields(shown)))


@form(ONE, "interactions", refused=show_interaction)
def update_interaction(call: ConsoleCall, fields: Form, id: str, item: str) -> Response:
    """Replaces an interaction; its window stays."""
    shown = _interaction(call, id, item)
    _save(call, id, fields, shown.id)
    return call.done(address("collections", id, "interactions", shown.id), "saved")


@form(ONE + "/window", "interactions", refused=_refused_part)
def set_window(call: ConsoleCall, fields: Form, id: str, item: str) -> Response:
    """Sets or lifts the times between which an interaction applies."""
    shown = _interaction(call, id, item)
    times = {name: fields.moment(name, stored=getattr(shown, name)) for name in ("valid_from", "valid_until")}
    administration.set_window(call.origin, id, shown.id, fields.validated(WindowUpdate, times))
    return call.done(address("collections", id, "interactions", shown.id), "window")


@form(ONE + "/codes", "interactions", refused=_refused_part)
def create_code(call: ConsoleCall, fields: Form, id: str, item: str) -> Response:
    """Makes a code by which holders apply the interaction themselves."""
    shown = _interaction(call, id, item)
    most, each = fields.whole("max_uses"), fields.whole("per_holder")
    value = {
        "name": fields.text("code_name"),
        "password": fields.optional("password"),
        "expires_at": fields.moment("expires_at"),
        "max_uses": 1000 if most is None else most,
        "per_holder": each,
    }
    codes.create_code(call.origin, id, shown.id, fields.validated(CodeCreate, value, called={"name": "code_name"}))
    return call.done(address("collections", id, "interactions", shown.id), "code-created")


@form(CODE + "/end", "interactions")
def end_code(call: ConsoleCall, id: str, item: str, code: str) -> Response:
    """Ends a code."""
    shown = _interaction(call, id, item)
    codes.revoke_code(call.origin, id, shown.id, code)
    return call.done(address("collections", id, "interactions", shown.id), "code-ended")


@page(CODE + "/qr", "interactions")
def show_qr(call: ConsoleCall, id: str, item: str, code: str) -> Response:
    """Draws a code, to be shown or printed."""
    row = codes.get_code(call.origin, id, _interaction(call, id, item).id, code)
    picture = qr_code_response(code_url(row.public_id))
    picture.headers["Cache-Control"] = "private, max-age=86400"
    return picture


@page(CODE + "/sheet", "interactions")
def show_sheet(call: ConsoleCall, id: str, item: str, code: str) -> Response:
    """Shows a code as a large sheet to be printed, with its interaction."""
    shown = _interaction(call, id, item)
    row = codes.get_code(call.origin, id, shown.id, code)
    here = address("collections", id, "interactions", shown.id)
    return call.show(
        "code_sheet.html",
        interaction=shown,
        code=CodeRead.model_validate(row),
        picture=f"{here}/codes/{row.id}/qr",
        back=here,
        password_url=password_url(call.origin),
    )


def _save(call: ConsoleCall, contract_id: str, fields: Form, interaction_id: str | None) -> dict[str, Any]:
    limit = fields.whole("authScanCount")
    interaction = {
        "type": fields.text("type"),
        "name": fields.text("name"),
        "description": fields.text("description"),
        "xpIncrement": fields.number("xpIncrement") or 0,
        "noXp": fields.flag("noXp"),
        "customXpIncrement": fields.flag("customXpIncrement"),
        "authScanCount": -1 if limit is None else limit,
        "action_id": fields.optional("action_id"),
    }
    value = {
        "origin": call.origin,
        "contract_id": contract_id,
        "interaction": interaction,
        "interactionId": interaction_id,
    }
    return service.save(call.origin, fields.validated(SaveActionInteraction, value), Guard(None))
