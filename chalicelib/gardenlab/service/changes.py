"""Changes of a deployed contract: royalties, metadata, locks of tokens. The chain worker makes them.

The collection's row has the final state. Changes of one collection are made one after another, in the order of calls.
"""

from typing import Final

from chalicelib.chain.domain.changes import COLLECTION, Change
from chalicelib.chain.metadata import cid_of, collection_document, document_cid, metadata_uri
from chalicelib.chain.service.changing import enqueue_change
from chalicelib.chain.service.documents import read_document
from chalicelib.chain.service.outbox import TokenReference
from chalicelib.core.errors import BadRequest, Conflict, existing
from chalicelib.core.json_reader import read_json
from chalicelib.core.numbers import read_whole
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import until_unchanged
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.change_schemas import ChangeCreate, ChangeRead
from chalicelib.gardenlab.domain import picture_scheme
from chalicelib.gardenlab.errors import field_refusal
from chalicelib.gardenlab.models import MINTED, CollectionRow
from chalicelib.gardenlab.models.changes import ChangeRow
from chalicelib.gardenlab.repository import changes as repository
from chalicelib.gardenlab.repository import tokens as token_rows
from chalicelib.gardenlab.service.administration import Unknown, get_collection
from chalicelib.idempotency.service import Guard
from chalicelib.partners.audits import audit

# What the fields that describe a collection are called in its metadata.
_DESCRIBED: Final = {"description": "description", "imgUrl": "image", "external_url": "external_link"}
_FIELDS: Final = {
    "royalties": ("royalty_receiver", "royalty_basis_points"),
    "metadata": (*_DESCRIBED, "contract_uri"),
    "lock": ("token_id",),
    "unlock": ("token_id",),
}
_MOST = 10**10 - 1


class Unchangeable(Conflict):
    """The contract cannot be changed so."""


def create_change(origin: str, contract_id: str, body: ChangeCreate, guard: Guard) -> ChangeRead:
    """Queues a change of the collection's contract. Raises `Unknown`, `Unchangeable`, `BadRequest`."""
    _require_fields(body)

    def once() -> ChangeRead:
        guard.unseal()  # by a try that did not commit
        collection = get_collection(origin, contract_id)
        _require_changeable(collection, body)
        document = _document(collection, body)
        uri = body.contract_uri if document is None else metadata_uri(cid_of(document))
        change = Change(body.kind, body.token_id, uri, body.royalty_receiver, body.royalty_basis_points)
        transaction = Transaction()
        row = repository.add_change(transaction, collection, **change._asdict())
        contract = TokenReference(origin, contract_id, COLLECTION, collection.chain, collection.contract)
        enqueue_change(transaction, contract, change, number=row.number, document=document)
        shown = ChangeRead.model_validate(row)
        audit(
            transaction,
            origin,
            action="collection.change",
            target=f"{contract_id}/{shown.id}",
            before=None,
            after=shown.model_dump(mode="json", exclude_none=True),
        )
        guard.seal(transaction, shown.model_dump(mode="json"))
        transaction.commit()
        return shown

    return until_unchanged("the collection", once)


def get_change(origin: str, contract_id: str, change_id: str) -> ChangeRow:
    """Raises `Unknown`."""
    get_collection(origin, contract_id)
    return _existing(origin, contract_id, change_id)


def list_changes(origin: str, contract_id: str, *, limit: int, after: str | None = None) -> Page[ChangeRow]:
    """Newest first. Raises `Unknown`, `BadRequest`."""
    get_collection(origin, contract_id)
    before = None
    if after is not None:
        before = read_whole(after, least=1, most=_MOST)
        if before is None:
            raise BadRequest("starting_after: is not an id of this list", param="starting_after")
    return repository.list_changes(origin, contract_id, limit=limit, before=before)


def metadata_of(collection: CollectionRow) -> dict[str, str]:
    """The fields of the collection's metadata if we serve them, else their address: one request, or none."""
    uri = collection.contract_uri or ""
    document = read_document(cid) if (cid := document_cid(uri)) else None
    if document is None:
        return {"contract_uri": uri}
    said = read_json(document)
    return {field: said.get(name, "") for field, name in _DESCRIBED.items()}


def _existing(origin: str, contract_id: str, change_id: str) -> ChangeRow:
    number = read_whole(change_id, least=1, most=_MOST)
    row = None if number is None else repository.find_change(origin, contract_id, number)
    return existing(row, otherwise=Unknown(f"The collection has no change {change_id}."))


def _require_fields(body: ChangeCreate) -> None:
    for name in sorted(body.model_fields_set - {"kind", *_FIELDS[body.kind]}):
        raise field_refusal(name, f"has no part in a change of the kind {body.kind}.")
    if body.kind == "royalties":
        _require_royalties(body)
    elif body.kind == "metadata":
        _require_metadata(body)
    elif body.token_id is None:
        raise field_refusal("token_id", "is required.")


def _require_royalties(body: ChangeCreate) -> None:
    if "royalty_receiver" not in body.model_fields_set:
        raise field_refusal("royalty_receiver", "is required; null ends the royalties.")
    if body.royalty_receiver is None and body.royalty_basis_points:
        raise field_refusal("royalty_receiver", "is required where there are royalties.")


def _require_metadata(body: ChangeCreate) -> None:
    described = [name for name in _DESCRIBED if name in body.model_fields_set]
    if body.contract_uri is None:
        if not described:
            raise field_refusal("contract_uri", "or what the metadata is to say is required.")
        return
    if described:
        raise field_refusal(described[0], "has no effect beside contract_uri.")
    if picture_scheme(body.contract_uri) is None:
        raise field_refusal("contract_uri", "must be an address that begins with https:// or ipfs://.")


def _require_changeable(collection: CollectionRow, body: ChangeCreate) -> None:
    if collection.contract_version != "v2":
        raise Unchangeable("The collection's contract is of version 1, of which nothing can be changed.")
    if body.token_id is None:
        return
    if collection.lock != "token":
        why = "every token is locked for ever" if collection.lock == "collection" else "no token can be locked"
        raise Unchangeable(f"The contract was deployed with the lock {collection.lock or 'none'}: {why}.")
    token = token_rows.find_token(collection.origin, collection.contract_id, body.token_id)
    if token is None or token.token_id != body.token_id:
        raise Unknown(f"The collection has no NFT {body.token_id}.")
    if token.status != MINTED or token.burned_at is not None:
        state = "was burned" if token.burned_at is not None else "is not minted yet"
        raise Unchangeable(f"The NFT {body.token_id} {state}.")


def _document(collection: CollectionRow, body: ChangeCreate) -> bytes | None:
    """The metadata that we serve; None where the change is of another kind, or names its own."""
    if body.kind != "metadata" or body.contract_uri is not None:
        return None
    return collection_document(
        name=collection.name,
        symbol=collection.symbol,
        description=body.description,
        image=body.imgUrl,
        external_link=body.external_url,
    )
