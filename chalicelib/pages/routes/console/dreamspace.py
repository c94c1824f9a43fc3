"""`/console/dreamspace`: the objects of the six models; documents as pictures with their stamps."""

import json
import re
from typing import Any

from chalice.app import Response

from chalicelib.core.errors import BadRequest, NotFound
from chalicelib.core.numbers import read_whole
from chalicelib.dreamspace.domain.filters import InvalidFilter, read_filters
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.schemas.fields import server_zone
from chalicelib.dreamspace.service import lists, resources
from chalicelib.dreamspace.service.lists import Listing
from chalicelib.pages.routes.console.calls import ConsoleCall, address, page
from chalicelib.pages.service.pictures import picture_of
from chalicelib.partners.errors import PositionUnknown

DREAMSPACE = "/console/dreamspace"
ONE_MODEL = DREAMSPACE + "/{id}"
ONE = ONE_MODEL + "/{item}"
_PAGE = 24
_ID = re.compile(r"[1-9][0-9]{0,14}")
_OWN_PARAMETERS = ("after", "notice")
_SHOWN_TEXT = 2_000
# A drawing that is opened on its own is an HTML-like document: it may load nothing but its own picture.
_POLICY = "default-src 'none'; img-src data:; sandbox"
FILTERS: dict[Model, tuple[str, ...]] = {
    Model.USERS: ("twitch_id", "name"),
    Model.TRANSACTIONS: ("user_id", "reference"),
    Model.SPECIMENS: ("owner_id", "forgotten"),
    Model.EVENTS: ("user_id", "event_type", "document_id"),
    Model.DOCUMENTS: ("seal", "stamp_type"),
    Model.STAMPS: ("document_id", "stamp_type"),
}


@page(DREAMSPACE, "dreamspace")
def show_models(call: ConsoleCall) -> Response:
    """Redirects to the list of events."""
    return call.redirect(address("dreamspace", Model.EVENTS.value))


@page(ONE_MODEL, "dreamspace")
def list_objects(call: ConsoleCall, id: str) -> Response:
    """Lists a model's objects, with the same filters as the API."""
    model = _model(id)
    given = {name: value for name, value in call.query.items() if name not in _OWN_PARAMETERS and value}
    after = read_whole(call.query.get("after", "0"), least=0, most=10**15 - 1)
    if after is None:
        raise PositionUnknown(call.query["after"])
    try:
        values = read_filters(model, given, server_zone())
    except InvalidFilter as error:
        raise BadRequest(str(error)) from error
    found = lists.list_page(Listing(call.origin, model, values, after=after, limit=_PAGE))
    kept = {name: value for name, value in given.items() if name in values}
    shown = _document if model is Model.DOCUMENTS else _brief
    return call.show(
        "dreamspace.html",
        models=list(Model),
        model=model,
        items=[shown(json.loads(item)) for item in found.items],
        filters=FILTERS[model],
        given=kept,
        older=address("dreamspace", model.value, after=found.next_after, **kept) if found.next_after else None,
        first=address("dreamspace", model.value, **kept),
        is_first=after == 0,
    )


@page(ONE, "dreamspace")
def show_object(call: ConsoleCall, id: str, item: str) -> Response:
    """Shows an object with the objects that it refers to."""
    model = _model(id)
    shown = _object(call, model, item)
    document = shown if model is Model.DOCUMENTS else shown.get("document")
    return call.show(
        "dreamspace_object.html",
        models=list(Model),
        model=model,
        number=item,
        item=_brief(shown),
        document=None if document is None else _document(document),
    )


@page(ONE + "/picture", "dreamspace")
def show_picture(call: ConsoleCall, id: str, item: str) -> Response:
    """Draws a document with its stamps."""
    if _model(id) is not Model.DOCUMENTS:
        raise NotFound("Only documents are drawn.")
    document = _object(call, Model.DOCUMENTS, item)
    picture = picture_of(document["document_data"])
    if picture is None:
        raise NotFound("This document's data is no picture that a browser can show.")
    headers = {"Content-Type": "image/svg+xml", "Content-Security-Policy": _POLICY}
    return call.show(
        "document.svg",
        headers=headers,
        picture=picture,
        stamps=document["stamps"],
        side=max(picture.width, picture.height) / 7,
    )


def _model(name: str) -> Model:
    try:
        return Model(name)
    except ValueError as error:
        raise NotFound("Dreamspace has no such model.") from error


def _object(call: ConsoleCall, model: Model, number: str) -> dict[str, Any]:
    if not _ID.fullmatch(number):
        raise NotFound(model.unknown)
    found = resources.get_object(call.origin, model, int(number))
    return resources.wire_object(model, found).model_dump(mode="json")


def _document(item: dict[str, Any]) -> dict[str, Any]:
    """A document with its data cut, and whether the data can be drawn."""
    return {**_brief(item), "is_picture": picture_of(item["document_data"]) is not None}


def _brief(item: dict[str, Any]) -> dict[str, Any]:
    """An object with its long texts cut: a document's data may have millions of characters."""
    shown: dict[str, Any] = {}
    for name, value in item.items():
        if isinstance(value, str) and len(value) > _SHOWN_TEXT:
            shown[name] = f"{value[:_SHOWN_TEXT]}…"
            shown[f"{name}_length"] = len(value)
        else:
            shown[name] = _brief(value) if isinstance(value, dict) else value
    return shown
