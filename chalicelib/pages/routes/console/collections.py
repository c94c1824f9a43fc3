"""`/console/collections`: a partner's collections, their levels, and the categories whose NFTs they give out."""

import json
from typing import Any

from chalice.app import Response

from chalicelib.core.errors import ApiError, BadRequest
from chalicelib.core.http.parse import validated
from chalicelib.gardenlab.admin_schemas import (
    CategoryCreate,
    CategoryRead,
    CategoryUpdate,
    CollectionRead,
    CollectionUpdate,
)
from chalicelib.gardenlab.domain import picture_scheme
from chalicelib.gardenlab.service import administration, collections, search
from chalicelib.pages.routes.console.desk import Desk, address, form, page
from chalicelib.pages.routes.console.forms import Form, plain_number

COLLECTIONS = "/console/collections"
ONE = COLLECTIONS + "/{id}"
CATEGORIES = ONE + "/categories"
CATEGORY = CATEGORIES + "/{item}"
_PAGE = 25


@page(COLLECTIONS, "collections")
def list_collections(desk: Desk) -> Response:
    """Lists the partner's collections."""
    after = desk.query.get("after")
    found = administration.list_collections(desk.origin, limit=_PAGE, after=after)
    older = address("collections", after=found.items[-1].contract_id) if found.has_more else None
    return desk.show("collections.html", collections=found.items, older=older, is_first=after is None)


@page(ONE, "collections")
def show_collection(desk: Desk, id: str) -> Response:
    """Shows a collection with its categories and newest NFTs."""
    return _collection(desk, id, Form({}))


@page(ONE + "/status", "collections")
def show_status(desk: Desk, id: str) -> Response:
    """Asks the chain about a collection's contract."""
    state = administration.status_of_collection(desk.origin, id)
    return desk.show("collection_status.html", state=state, contract_id=id)


@form(ONE + "/levels", "collections")
def set_levels(desk: Desk, fields: Form, id: str) -> Response:
    """Sets the XP that each level needs."""
    try:
        body = validated(CollectionUpdate, {"level_thresholds": _thresholds(fields)})
    except BadRequest as error:
        return _collection(desk, id, fields.refused(error), status=error.status)
    administration.update_collection(desk.origin, id, body)
    return desk.done(address("collections", id), "saved")


@form(ONE + "/token-ids", "collections")
def set_token_ids(desk: Desk, fields: Form, id: str) -> Response:
    """Says whether an NFT may take another token id where somebody else minted its own."""
    body = CollectionUpdate(may_change_token_id=fields.flag("may_change_token_id"))
    administration.update_collection(desk.origin, id, body)
    return desk.done(address("collections", id), "saved")


@page(CATEGORIES, "collections")
def new_category(desk: Desk, id: str) -> Response:
    """Asks for a new category."""
    return _category_form(desk, id, Form({"attributes": "{}"}))


@form(CATEGORIES, "collections")
def create_category(desk: Desk, fields: Form, id: str) -> Response:
    """Adds a category."""
    try:
        body = validated(
            CategoryCreate, {"user_category_id": fields.text("user_category_id"), **_template(fields, None)}
        )
        administration.create_category(desk.origin, id, body)
    except ApiError as error:
        return _category_form(desk, id, fields, error)
    return desk.done(address("collections", id), "category-created")


@page(CATEGORY, "collections")
def edit_category(desk: Desk, id: str, item: str) -> Response:
    """Shows a category to be changed."""
    shown = _category(desk, id, item)
    fields = {**shown.model_dump(), "attributes": json.dumps(shown.attributes, ensure_ascii=False, indent=2)}
    return _category_form(desk, id, Form(fields), category=shown)


@form(CATEGORY, "collections")
def update_category(desk: Desk, fields: Form, id: str, item: str) -> Response:
    """Changes the template of a category's NFTs to come."""
    shown = _category(desk, id, item)
    try:
        template = _template(fields, shown)
        if shown.max_supply is None:
            template.pop("max_supply")  # a supply is limited from the first NFT or never
        body = validated(CategoryUpdate, template)
        administration.update_category(desk.origin, id, item, body)
    except ApiError as error:
        return _category_form(desk, id, fields, error, category=shown)
    return desk.done(address("collections", id), "saved")


@form(CATEGORY + "/delete", "collections")
def delete_category(desk: Desk, fields: Form, id: str, item: str) -> Response:
    """Ends a category."""
    del fields
    administration.delete_category(desk.origin, id, item)
    return desk.done(address("collections", id), "category-deleted")


def _collection(desk: Desk, contract_id: str, fields: Form, *, status: int = 200) -> Response:
    row = administration.get_collection(desk.origin, contract_id)
    after = desk.query.get("after")
    categories = administration.list_categories(desk.origin, contract_id, limit=_PAGE, after=after)
    nfts, _ = search.newest_nfts(row, below=None, limit=5)
    shown = CollectionRead.model_validate(row)
    levels = ", ".join(plain_number(level) for level in shown.level_thresholds or ())
    older = None
    if categories.has_more:
        older = address("collections", contract_id, after=categories.items[-1].user_category_id)
    return desk.show(
        "collection.html",
        status=status,
        collection=shown,
        categories=[CategoryRead.model_validate(each) for each in categories.items],
        older=older,
        is_first=after is None,
        nfts=nfts,
        form=fields if "level_thresholds" in fields else Form({"level_thresholds": levels}),
    )


def _category_form(
    desk: Desk, contract_id: str, fields: Form, error: ApiError | None = None, *, category: CategoryRead | None = None
) -> Response:
    row = collections.find(desk.origin, contract_id) or administration.get_collection(desk.origin, contract_id)
    return desk.show(
        "category.html",
        status=error.status if error else 200,
        form=fields.refused(error) if error else fields,
        collection=row,
        category=category,
    )


def _category(desk: Desk, contract_id: str, name: str) -> CategoryRead:
    return CategoryRead.model_validate(administration.get_category(desk.origin, contract_id, name))


def _template(fields: Form, stored: CategoryRead | None) -> dict[str, Any]:
    """The template as it was typed. Raises `BadRequest` for a new address of the picture that is none."""
    picture = fields.text("imgUrl")
    if picture and picture_scheme(picture) is None and (stored is None or picture != stored.imgUrl):
        raise BadRequest("imgUrl: must be an address that begins with https:// or ipfs://", param="imgUrl")
    return {
        "name": fields.text("name"),
        "description": fields.text("description"),
        "imgUrl": picture,
        "attributes": fields.text("attributes") or "{}",
        "max_supply": fields.whole("max_supply"),
    }


def _thresholds(fields: Form) -> list[int | float] | None:
    parts = [part for part in fields.text("level_thresholds").replace(",", " ").split() if part]
    if not parts:
        return None
    return [_threshold(part) for part in parts]


def _threshold(text: str) -> int | float:
    value = Form({"level_thresholds": text}).number("level_thresholds")
    return 0 if value is None else value
