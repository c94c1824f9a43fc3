"""Collections, user categories and interaction windows."""

from chalicelib.core.errors import BadRequest, Conflict, NotFound, Unavailable
from chalicelib.core.reference import ADMIN_KEY, CodedError, Listed, Operation, Section, variable
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
from chalicelib.gardenlab.reference.partners_api import CONTRACT, INTERACTION, WALLET
from chalicelib.gardenlab.routes import admin as routes
from chalicelib.gardenlab.schemas import InteractionRead
from chalicelib.partners.reference import ADMIN_INPUT, ADMIN_PAGE, ADMIN_REFUSALS, ADMIN_UNKNOWN, ORIGIN
from chalicelib.partners.routes import surface

_COLLECTION = {
    "contract_id": "summer_party",
    "contract": CONTRACT,
    "chain": "polygon",
    "name": "Summer Party",
    "symbol": "PARTY",
    "level_thresholds": None,
    "created_at": "2025-06-08T20:12:00Z",
}
_CATEGORY = {
    "user_category_id": "VIP",
    "name": "VIP",
    "description": "A guest of the summer party.",
    "imgUrl": "https://spacex.example/vip.png",
    "attributes": {"tier": "gold"},
    "max_supply": 500,
    "issued": 12,
    "created_at": "2025-06-08T20:12:00Z",
}
_WINDOW = {"valid_from": "2025-06-08T18:00:00Z", "valid_until": "2025-06-09T04:00:00Z"}
_SILENT = Unavailable("The chain does not answer: connection refused")

COLLECTIONS = Section(
    name="Collections",
    slug="collections",
    description=(
        "Collections of NFTs, each one contract on a chain; their user categories, which are templates of NFTs; and "
        "the times between which interactions apply. For the operator."
    ),
    surface=surface,
    error=CodedError,
    security=ADMIN_KEY,
    refusals=ADMIN_REFUSALS,
    refusals_of_addresses=(*ADMIN_UNKNOWN, NotFound("The partner has no collection summer_party.")),
    refusals_of_input=ADMIN_INPUT,
    variables=(
        ORIGIN,
        variable("id", "The collection's alias.", "summer_party"),
        variable("category", "The user category.", "VIP"),
        variable("interaction", "The interaction's id.", "IQ0LuundpiAvnfDcQ21Y"),
    ),
    operations={
        routes.create_collection: Operation(
            description=(
                "Without `contract` one is deployed, which takes as long as the chain takes. One that exists must hold "
                "code and give our signer the role to mint."
            ),
            body=CollectionCreate,
            sends={"contract_id": "summer_party", "name": "Summer Party", "symbol": "PARTY"},
            answer=CollectionRead,
            example=_COLLECTION,
            refusals=(
                BadRequest("contract: there is no contract at this address"),
                Conflict("The collection summer_party exists already."),
                _SILENT,
            ),
        ),
        routes.list_collections: Operation(answer=Listed(CollectionRead), example=_COLLECTION, parameters=ADMIN_PAGE),
        routes.get_collection: Operation(answer=CollectionRead, example=_COLLECTION),
        routes.get_collection_status: Operation(
            answer=CollectionStatus,
            example={
                "contract_id": "summer_party",
                "contract": CONTRACT,
                "chain": "polygon",
                "deployed": True,
                "may_mint": True,
                "signer": WALLET,
                "error": None,
            },
        ),
        routes.update_collection: Operation(
            body=CollectionUpdate,
            sends={"level_thresholds": [0, 100, 250, 500]},
            answer=CollectionRead,
            example={**_COLLECTION, "level_thresholds": [0, 100, 250, 500]},
        ),
        routes.create_category: Operation(
            body=CategoryCreate,
            sends={
                "user_category_id": "VIP",
                "name": "VIP",
                "description": "A guest of the summer party.",
                "imgUrl": "https://spacex.example/vip.png",
                "attributes": {"tier": "gold"},
                "max_supply": 500,
            },
            answer=CategoryRead,
            example={**_CATEGORY, "issued": 0},
            refusals=(Conflict("The user category VIP exists already."),),
        ),
        routes.list_categories: Operation(answer=Listed(CategoryRead), example=_CATEGORY, parameters=ADMIN_PAGE),
        routes.get_category: Operation(answer=CategoryRead, example=_CATEGORY),
        routes.update_category: Operation(
            body=CategoryUpdate,
            sends={"max_supply": 600},
            answer=CategoryRead,
            example={**_CATEGORY, "max_supply": 600},
        ),
        routes.delete_category: Operation(answer=CategoryRead, example=_CATEGORY),
        routes.list_interactions: Operation(answer=Listed(InteractionRead), example=INTERACTION, parameters=ADMIN_PAGE),
        routes.get_interaction: Operation(answer=InteractionRead, example={**INTERACTION, **_WINDOW}),
        routes.set_window: Operation(
            body=WindowUpdate, sends=_WINDOW, answer=InteractionRead, example={**INTERACTION, **_WINDOW}
        ),
    },
)
