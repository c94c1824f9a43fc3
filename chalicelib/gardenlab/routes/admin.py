"""`/admin/partners/{origin}/collections` and what lies below a collection."""

from typing import TypeVar

from chalice.app import Blueprint, Response

from chalicelib.core.http.lists import answer_list
from chalicelib.core.http.parse import path_name, validated
from chalicelib.core.http.request import json_body
from chalicelib.core.http.respond import answer
from chalicelib.gardenlab.admin_schemas import (
    CategoryCreate,
    CategoryRead,
    CategoryUpdate,
    CollectionCreate,
    CollectionRead,
    CollectionStatus,
    CollectionUpdate,
    WindowUpdate,
)
from chalicelib.gardenlab.schemas import InteractionRead
from chalicelib.gardenlab.service import administration as service
from chalicelib.partners.routes import BASE, require_admin

T = TypeVar("T")
COLLECTIONS = BASE + "/{origin}/collections"
CATEGORIES = COLLECTIONS + "/{id}/categories"
INTERACTIONS = COLLECTIONS + "/{id}/interactions"

routes = Blueprint(__name__)


@routes.route(COLLECTIONS, methods=["POST"])
def create_collection(origin: str) -> Response:
    """Registers a collection, on a contract that exists or on one deployed now."""
    require_admin(routes.current_request)
    body = validated(CollectionCreate, json_body(routes.current_request))
    return answer(CollectionRead.model_validate(service.create_collection(path_name(origin), body)))


@routes.route(COLLECTIONS, methods=["GET"])
def list_collections(origin: str) -> Response:
    """Lists a partner's collections by alias."""
    require_admin(routes.current_request)
    partner = path_name(origin)
    return answer_list(
        routes.current_request,
        f"{BASE}/{partner}/collections",
        lambda limit, after: service.list_collections(partner, limit=limit, after=after),
        CollectionRead,
    )


@routes.route(COLLECTIONS + "/{id}", methods=["GET"])
def get_collection(origin: str, id: str) -> Response:
    """Shows a collection."""
    require_admin(routes.current_request)
    row = service.get_collection(path_name(origin), path_name(id))
    return answer(CollectionRead.model_validate(row))


@routes.route(COLLECTIONS + "/{id}/status", methods=["GET"])
def get_collection_status(origin: str, id: str) -> Response:
    """Asks the chain whether a collection's contract is there and lets our signer mint."""
    require_admin(routes.current_request)
    state = service.status_of_collection(path_name(origin), path_name(id))
    return answer(CollectionStatus.model_validate(state))


@routes.route(COLLECTIONS + "/{id}", methods=["PATCH"])
def update_collection(origin: str, id: str) -> Response:
    """Changes a collection's settings."""
    require_admin(routes.current_request)
    body = validated(CollectionUpdate, json_body(routes.current_request))
    row = service.update_collection(path_name(origin), path_name(id), body)
    return answer(CollectionRead.model_validate(row))


@routes.route(CATEGORIES, methods=["POST"])
def create_category(origin: str, id: str) -> Response:
    """Adds a user category: the template of its NFTs."""
    require_admin(routes.current_request)
    body = validated(CategoryCreate, json_body(routes.current_request))
    row = service.create_category(path_name(origin), path_name(id), body)
    return answer(CategoryRead.model_validate(row))


@routes.route(CATEGORIES, methods=["GET"])
def list_categories(origin: str, id: str) -> Response:
    """Lists a collection's user categories by name."""
    require_admin(routes.current_request)
    partner, contract_id = path_name(origin), path_name(id)
    return answer_list(
        routes.current_request,
        f"{BASE}/{partner}/collections/{contract_id}/categories",
        lambda limit, after: service.list_categories(partner, contract_id, limit=limit, after=after),
        CategoryRead,
    )


@routes.route(CATEGORIES + "/{category}", methods=["GET"])
def get_category(origin: str, id: str, category: str) -> Response:
    """Shows a user category."""
    require_admin(routes.current_request)
    row = service.get_category(path_name(origin), path_name(id), path_name(category))
    return answer(CategoryRead.model_validate(row))


@routes.route(CATEGORIES + "/{category}", methods=["PATCH"])
def update_category(origin: str, id: str, category: str) -> Response:
    """Changes the template of NFTs to come."""
    require_admin(routes.current_request)
    body = validated(CategoryUpdate, json_body(routes.current_request))
    row = service.update_category(path_name(origin), path_name(id), path_name(category), body)
    return answer(CategoryRead.model_validate(row))


@routes.route(CATEGORIES + "/{category}", methods=["DELETE"])
def delete_category(origin: str, id: str, category: str) -> Response:
    """Ends a user category; its NFTs stay."""
    require_admin(routes.current_request)
    row = service.delete_category(path_name(origin), path_name(id), path_name(category))
    return answer(CategoryRead.model_validate(row))


@routes.route(INTERACTIONS, methods=["GET"])
def list_interactions(origin: str, id: str) -> Response:
    """Lists a collection's interactions, oldest first."""
    require_admin(routes.current_request)
    partner, contract_id = path_name(origin), path_name(id)
    return answer_list(
        routes.current_request,
        f"{BASE}/{partner}/collections/{contract_id}/interactions",
        lambda limit, after: service.list_interactions(partner, contract_id, limit=limit, after=after),
        InteractionRead,
    )


@routes.route(INTERACTIONS + "/{interaction}", methods=["GET"])
def get_interaction(origin: str, id: str, interaction: str) -> Response:
    """Shows an interaction with its window."""
    require_admin(routes.current_request)
    row = service.get_interaction(*interaction_place(origin, id, interaction))
    return answer(InteractionRead.model_validate(row))


@routes.route(INTERACTIONS + "/{interaction}", methods=["PATCH"])
def set_window(origin: str, id: str, interaction: str) -> Response:
    """Sets or lifts the times between which an interaction applies."""
    require_admin(routes.current_request)
    body = validated(WindowUpdate, json_body(routes.current_request))
    row = service.set_window(*interaction_place(origin, id, interaction), body)
    return answer(InteractionRead.model_validate(row))


def interaction_place(origin: str, id: str, interaction: str) -> tuple[str, str, str]:
    """The path's variables as names; an interaction may be named by its `action_id` too."""
    partner, contract_id = path_name(origin), path_name(id)
    return partner, contract_id, service.interaction_id_of(partner, contract_id, path_name(interaction))
