"""The settings that a collection's contract is deployed with, and those that are stored with the collection."""

from typing import Any, Final

from chalicelib.chain.contract_v2 import LockPolicy, Settings
from chalicelib.chain.metadata import collection_document, metadata_uri
from chalicelib.chain.service.documents import store_document
from chalicelib.gardenlab.admin_schemas import CollectionCreate
from chalicelib.gardenlab.errors import field_refusal

_OF_VERSION_2: Final = ("description", "imgUrl", "external_url", "royalty_receiver", "royalty_basis_points", "lock")


def require_settings_that_fit(body: CollectionCreate) -> None:
    """Raises `BadRequest` for a setting that the contract cannot have."""
    if body.contract is not None and body.contract_version is not None:
        raise field_refusal("contract_version", "a contract that exists says so itself.")
    if body.contract is not None or body.contract_version == "v1":
        for name in _OF_VERSION_2:
            if name in body.model_fields_set:
                raise field_refusal(name, "is set when a contract of version 2 is deployed.")
    if body.royalty_basis_points and body.royalty_receiver is None:
        raise field_refusal("royalty_receiver", "is required where there are royalties.")


def settings_of(body: CollectionCreate) -> Settings | None:
    """What the contract is deployed with, having stored its metadata; None for one of version 1."""
    if body.contract_version == "v1":
        return None
    document = collection_document(
        name=body.name,
        symbol=body.symbol,
        description=body.description,
        image=body.imgUrl,
        external_link=body.external_url,
    )
    return Settings(
        contract_uri=metadata_uri(store_document(document)),
        royalty_receiver=body.royalty_receiver,
        royalty_basis_points=body.royalty_basis_points,
        lock=LockPolicy(body.lock),
    )


def kept_of(settings: Settings | None) -> dict[str, Any]:
    """The fields of the collection's row that say what its contract is."""
    if settings is None:
        return {"contract_version": "v1"}
    return {"contract_version": "v2", **settings._asdict(), "lock": settings.lock.value}
