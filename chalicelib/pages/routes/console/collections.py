"""`/console/collections`: a partner's collections with their levels and categories."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from chalice.app import Response

from chalicelib.core.errors import BadRequest
from chalicelib.core.side_by_side import side_by_side
from chalicelib.gardenlab.admin_schemas import (
    CategoryCreate,
    CategoryRead,
    CategoryUpdate,
    CollectionCreate,
    CollectionRead,
    CollectionUpdate,
)
from chalicelib.gardenlab.domain import picture_scheme
from chalicelib.gardenlab.service import administration, collections, search
from chalicelib.pages.routes.console.calls import ConsoleCall, address, form, page
from chalicelib.pages.routes.console.forms import EMPTY, Form, plain_number
from chalicelib.partners import service as partners

COLLECTIONS = "/console/collections"
ONE = COLLECTIONS + "/{id}"
CATEGORIES = ONE + "/categories"
CATEGORY = CATEGORIES + "/{item}"
_PAGE = 25
_QUEUE = 100
_LATEST = 10
_NEW_CATEGORY = Form({"attributes": "{}"})


def _category_form(call: ConsoleCall, fields: Form, id: str, category: CategoryRead | None) -> Response:
    row = collections.find(call.origin, id) or administration.get_collection(call.origin, id)
    return call.show("category.html", form=fields, collection=row, category=category)


@page(COLLECTIONS, "collections")
def list_collections(call: ConsoleCall, fields: Form = EMPTY) -> Response:
    """Lists the partner's collections."""
    found = administration.list_collections(call.origin, limit=_PAGE, after=call.query.get("after"))
    return call.show(
        "collections.html",
        collections=found.items,
        form=fields,
        budget=int(partners.get_partner(call.origin).collection_budget),
        **call.links(found, "collections", by="contract_id"),
    )


@form(COLLECTIONS, "collections", refused=list_collections)
def create_collection(call: ConsoleCall, fields: Form) -> Response:
    """Deploys a collection, within the budget that the operator set."""
    value = {
        **{name: fields.text(name) for name in ("contract_id", "name", "symbol", "description", "imgUrl")},
        "royalty_receiver": fields.optional("royalty_receiver"),
        "royalty_basis_points": fields.whole("royalty_basis_points") or 0,
        "lock": fields.text("lock") or "none",
    }
    _note_picture(fields, stored=None)
    row = administration.deploy_within_budget(call.origin, fields.validated(CollectionCreate, value))
    return call.done(address("collections", row.contract_id), "collection-created")


@page(ONE, "collections")
def show_collection(call: ConsoleCall, id: str, fields: Form = EMPTY) -> Response:
    """Shows a collection with its categories and newest NFTs."""
    row = administration.get_collection(call.origin, id)
    categories = administration.list_categories(call.origin, id, limit=_PAGE, after=call.query.get("after"))
    nfts, _ = search.newest_nfts(row, below=None, limit=5)
    shown = CollectionRead.model_validate(row)
    levels = ", ".join(plain_number(level) for level in shown.level_thresholds or ())
    return call.show(
        "collection.html",
        collection=shown,
        categories=[CategoryRead.model_validate(each) for each in categories.items],
        nfts=nfts,
        form=fields if "level_thresholds" in fields else Form({"level_thresholds": levels}),
        **call.links(categories, "collections", id, by="user_category_id"),
    )


@page(ONE + "/status", "collections")
def show_status(call: ConsoleCall, id: str) -> Response:
    """Asks the chain about a collection's contract."""
    state = administration.status_of_collection(call.origin, id)
    return call.show("collection_status.html", state=state, contract_id=id)


@page(ONE + "/queue", "collections")
def show_queue(call: ConsoleCall, id: str) -> Response:
    """Shows the jobs of a collection that are not on the chain yet, and why."""
    # Reading transactions is heavy; this rare page loads it when it is called.
    from chalicelib.chain.service.budget_limits import find_budget
    from chalicelib.chain.service.open_jobs import purse_of
    from chalicelib.gardenlab.service import costs, jobs

    row = administration.get_collection(call.origin, id)
    reads: dict[str, Callable[[], Any]] = {
        "found": partial(jobs.jobs_of, row, limit=_QUEUE),
        "mints": partial(costs.latest_mints, row, limit=_LATEST),
        "budget": partial(find_budget, call.origin, row.chain),
    }
    shown = dict(zip(reads, side_by_side(list(reads.values())), strict=True))
    return call.show("queue.html", collection=row, purse=purse_of(row.chain), **shown)


@form(ONE + "/levels", "collections")
def set_levels(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Sets the XP thresholds of the levels."""
    try:
        body = fields.validated(CollectionUpdate, {"level_thresholds": _thresholds(fields)})
    except BadRequest as error:
        return show_collection(call, id, fields.refused(error))
    administration.update_collection(call.origin, id, body)
    return call.done(address("collections", id), "saved")


@form(ONE, "collections")
def set_token_ids(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Sets whether an NFT may take another token id if its own was minted by somebody else."""
    body = CollectionUpdate(may_change_token_id=fields.flag("may_change_token_id"))
    administration.update_collection(call.origin, id, body)
    return call.done(address("collections", id), "saved")


@page(CATEGORIES, "collections")
def new_category(call: ConsoleCall, id: str, fields: Form = _NEW_CATEGORY) -> Response:
    """Asks for a new category."""
    return _category_form(call, fields, id, None)


@form(CATEGORIES, "collections", refused=new_category)
def create_category(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Adds a category."""
    value = {"user_category_id": fields.text("user_category_id"), **_template(fields, None)}
    administration.create_category(call.origin, id, fields.validated(CategoryCreate, value))
    return call.done(address("collections", id), "category-created")


@page(CATEGORY, "collections")
def edit_category(call: ConsoleCall, id: str, item: str, fields: Form | None = None) -> Response:
    """Shows a category to be changed."""
    shown = _category(call, id, item)
    attributes = json.dumps(shown.attributes, ensure_ascii=False, indent=2)
    stored = Form({**shown.model_dump(), "attributes": attributes})
    return _category_form(call, stored if fields is None else fields, id, shown)


@form(CATEGORY, "collections", refused=edit_category)
def update_category(call: ConsoleCall, fields: Form, id: str, item: str) -> Response:
    """Changes a category's template, which applies to new NFTs."""
    shown = _category(call, id, item)
    template = _template(fields, shown)
    if shown.max_supply is None:
        template.pop("max_supply")  # a supply is limited from the first NFT or never
    administration.update_category(call.origin, id, item, fields.validated(CategoryUpdate, template))
    return call.done(address("collections", id), "saved")


@form(CATEGORY + "/delete", "collections")
def delete_category(call: ConsoleCall, id: str, item: str) -> Response:
    """Deletes a category."""
    administration.delete_category(call.origin, id, item)
    return call.done(address("collections", id), "category-deleted")


def _category(call: ConsoleCall, contract_id: str, name: str) -> CategoryRead:
    return CategoryRead.model_validate(administration.get_category(call.origin, contract_id, name))


def _template(fields: Form, stored: CategoryRead | None) -> dict[str, Any]:
    """The typed template; an invalid new picture address is noted."""
    _note_picture(fields, stored=stored.imgUrl if stored else None)
    return {
        "name": fields.text("name"),
        "description": fields.text("description"),
        "imgUrl": fields.text("imgUrl"),
        "attributes": fields.text("attributes") or "{}",
        "max_supply": fields.whole("max_supply"),
    }


def _note_picture(fields: Form, *, stored: str | None) -> None:
    picture = fields.text("imgUrl")
    if picture and picture != stored and picture_scheme(picture) is None:
        fields.note("imgUrl", "must be an address that begins with https:// or ipfs://")


def _thresholds(fields: Form) -> list[int | float] | None:
    parts = [part for part in fields.text("level_thresholds").replace(",", " ").split() if part]
    if not parts:
        return None
    numbers = [Form({"level": part}).number("level") for part in parts]
    if None in numbers:
        fields.note("level_thresholds", "must be numbers, such as 0, 100, 300")
    return [number for number in numbers if number is not None]
