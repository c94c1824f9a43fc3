"""`/admin/partners/{origin}/collections` and what lies below a collection."""

from typing import Any

from chalicelib.core.pagination import Page
from chalicelib.gardenlab.admin_schemas import (
    CategoryCreate,
    CategoryRead,
    CategoryUpdate,
    CollectionCreate,
    CollectionRead,
    CollectionStatus,
    CollectionUpdate,
    UsageRead,
    WindowUpdate,
)
from chalicelib.gardenlab.models import CategoryRow, CollectionRow, InteractionRow
from chalicelib.gardenlab.schemas import InteractionRead
from chalicelib.gardenlab.service import administration as service
from chalicelib.partners.routes import BASE, AdminViews

COLLECTIONS = BASE + "/{origin}/collections"
CATEGORIES = COLLECTIONS + "/{id}/categories"
INTERACTIONS = COLLECTIONS + "/{id}/interactions"

routes = AdminViews(__name__)


@routes.post(COLLECTIONS, CollectionRead)
def create_collection(origin: str, body: CollectionCreate) -> CollectionRow:
    """Registers a collection, on a contract that exists or on one deployed now."""
    return service.create_collection(origin, body)


@routes.get(COLLECTIONS, CollectionRead)
def list_collections(origin: str, limit: int, after: str | None) -> Page[CollectionRow]:
    """Lists a partner's collections by alias."""
    return service.list_collections(origin, limit=limit, after=after)


@routes.get(COLLECTIONS + "/{id}", CollectionRead)
def get_collection(origin: str, id: str) -> CollectionRow:
    """Shows a collection."""
    return service.get_collection(origin, id)


@routes.get(COLLECTIONS + "/{id}/status", CollectionStatus)
def get_collection_status(origin: str, id: str) -> dict[str, Any]:
    """Asks the chain whether a collection's contract is there and lets our signer mint."""
    return service.status_of_collection(origin, id)


@routes.patch(COLLECTIONS + "/{id}", CollectionRead)
def update_collection(origin: str, id: str, body: CollectionUpdate) -> CollectionRow:
    """Changes a collection's settings."""
    return service.update_collection(origin, id, body)


@routes.post(CATEGORIES, CategoryRead)
def create_category(origin: str, id: str, body: CategoryCreate) -> CategoryRow:
    """Adds a user category: the template of its NFTs."""
    return service.create_category(origin, id, body)


@routes.get(CATEGORIES, CategoryRead)
def list_categories(origin: str, id: str, limit: int, after: str | None) -> Page[CategoryRow]:
    """Lists a collection's user categories by name."""
    return service.list_categories(origin, id, limit=limit, after=after)


@routes.get(CATEGORIES + "/{category}", CategoryRead)
def get_category(origin: str, id: str, category: str) -> CategoryRow:
    """Shows a user category."""
    return service.get_category(origin, id, category)


@routes.patch(CATEGORIES + "/{category}", CategoryRead)
def update_category(origin: str, id: str, category: str, body: CategoryUpdate) -> CategoryRow:
    """Changes the template of NFTs to come."""
    return service.update_category(origin, id, category, body)


@routes.delete(CATEGORIES + "/{category}", CategoryRead)
def delete_category(origin: str, id: str, category: str) -> CategoryRow:
    """Ends a user category; its NFTs stay."""
    return service.delete_category(origin, id, category)


@routes.get(INTERACTIONS, InteractionRead)
def list_interactions(origin: str, id: str, limit: int, after: str | None) -> Page[InteractionRow]:
    """Lists a collection's interactions, oldest first."""
    return service.list_interactions(origin, id, limit=limit, after=after)


@routes.get(INTERACTIONS + "/{interaction}", InteractionRead)
def get_interaction(origin: str, id: str, interaction: str) -> InteractionRow:
    """Shows an interaction with its window."""
    return service.get_interaction(origin, id, service.interaction_id_of(origin, id, interaction))


@routes.patch(INTERACTIONS + "/{interaction}", InteractionRead)
def set_window(origin: str, id: str, interaction: str, body: WindowUpdate) -> InteractionRow:
    """Sets or lifts the times between which an interaction applies."""
    return service.set_window(origin, id, service.interaction_id_of(origin, id, interaction), body)


@routes.get(BASE + "/{origin}/usage")
def get_usage(origin: str) -> UsageRead:
    """Shows what happened at a partner's by day, and its cost."""
    from chalicelib.gardenlab.service import costs  # loads for those who ask

    return costs.usage(origin)
