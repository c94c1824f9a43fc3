"""Collections, user categories, interaction windows, and codes that holders use themselves."""

from chalicelib.core.errors import BadRequest, Conflict, NotFound, Unavailable
from chalicelib.core.reference import Operation, variable
from chalicelib.gardenlab.admin_schemas import CategoryCreate
from chalicelib.gardenlab.reference.partners_api import CONTRACT, INTERACTION, TRANSACTION, WALLET
from chalicelib.gardenlab.reference.usage import USAGE
from chalicelib.gardenlab.routes import admin as routes
from chalicelib.gardenlab.routes import changes, codes, jobs
from chalicelib.idempotency.reference import IDEMPOTENCY_KEY
from chalicelib.partners.reference import ADMIN_UNKNOWN, ORIGIN, operators_section

_COLLECTION = {
    "contract_id": "summer_party",
    "contract": CONTRACT,
    "chain": "polygon",
    "name": "Summer Party",
    "symbol": "PARTY",
    "level_thresholds": None,
    "xp_follows": "reservation",
    "may_change_token_id": False,
    "contract_version": "v2",
    "contract_uri": "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/metadata.json",
    "royalty_receiver": WALLET,
    "royalty_basis_points": 250,
    "lock": "none",
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
_CODE = {
    "id": "01JXA8Z7Q2W4E6R8T0Y2",
    "interaction_id": "IQ0LuundpiAvnfDcQ21Y",
    "name": "At the entrance",
    "password": "OPEN SESAME",
    "expires_at": "2025-07-08T20:12:00Z",
    "max_uses": 1000,
    "per_holder": 1,
    "used": 0,
    "created_at": "2025-06-08T20:12:00Z",
    "revoked_at": None,
    "code": "4F9RZ0AYC2LWT7UQE1XB",
    "url": "https://api.example.com/i/4F9RZ0AYC2LWT7UQE1XB",
    "password_url": "https://api.example.com/i?partner=spacex",
}
_JOB = {
    "id": "7-mint-1",
    "cursor": "d2FpdHMgMDE3NDk0MTM1MjAwMDAwMDAgNy1taW50LTE",
    "contract_id": "summer_party",
    "token_id": "7",
    "kind": "mint",
    "change": None,
    "state": "waiting",
    "recipient": WALLET,
    "uri": "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/metadata.json",
    "waits_for": "out_of_funds",
    "why": "The signer has too few coins; it goes on once it has more.",
    "error": "InsufficientFunds: the signer has 0.001, and a transaction may cost 0.02",
    "failures": 3,
    "created_at": "2025-06-08T20:12:00Z",
    "transaction_hash": None,
    "transaction_url": None,
    "nonce": None,
    "max_fee_gwei": None,
    "tip_gwei": None,
    "gas": None,
    "bids": None,
    "most_cost": None,
    "most_share": None,
    "most_share_value": None,
    "currency": None,
}
_CHANGE = {
    "id": "3",
    "kind": "royalties",
    "token_id": None,
    "contract_uri": None,
    "royalty_receiver": WALLET,
    "royalty_basis_points": 250,
    "state": "queued",
    "created_at": "2025-06-08T20:12:00Z",
    "ended_at": None,
    "transaction_hash": None,
    "transaction_url": None,
    "code": None,
    "error": None,
}
_SILENT = Unavailable("The chain does not answer: connection refused")

COLLECTIONS = operators_section(
    name="Collections",
    slug="collections",
    description=(
        "Collections of NFTs, each one contract on a chain; their user categories, which are templates of NFTs; and "
        "the times between which interactions apply. For the operator."
    ),
    refusals_of_addresses=(*ADMIN_UNKNOWN, NotFound("The partner has no collection summer_party.")),
    variables=(
        ORIGIN,
        variable("id", "The collection's alias.", "summer_party"),
        variable("category", "The user category.", "VIP"),
        variable("interaction", "The interaction's id, or its `action_id`.", "IQ0LuundpiAvnfDcQ21Y"),
        variable("code", "The code's id.", "01JXA8Z7Q2W4E6R8T0Y2"),
        variable("job", "The job's id.", "7-mint-1"),
        variable("change", "The change's id.", "3"),
    ),
    operations={
        routes.create_collection: Operation(
            description=(
                "Without `contract` one is deployed. After ten seconds the answer comes before the chain has mined it: "
                "the address is known, `…/status` says when the contract is there, and mints wait for it. One that "
                "exists must hold code and give our signer the role to mint. `description`, `imgUrl`, `external_url`, "
                "the royalties and `lock` are for a contract of version 2 that is deployed now; `contract_uri` then "
                "names metadata that are served at `/ipfs/{cid}/metadata.json`."
            ),
            sends={
                "contract_id": "summer_party",
                "name": "Summer Party",
                "symbol": "PARTY",
                "royalty_receiver": WALLET,
                "royalty_basis_points": 250,
            },
            example=_COLLECTION,
            refusals=(
                BadRequest("contract: there is no contract at this address"),
                Conflict("The collection summer_party exists already."),
                _SILENT,
            ),
        ),
        routes.list_collections: Operation(example=_COLLECTION),
        routes.get_collection: Operation(example=_COLLECTION),
        routes.get_collection_status: Operation(
            example={
                "contract_id": "summer_party",
                "contract": CONTRACT,
                "chain": "polygon",
                "deployed": True,
                "may_mint": True,
                "signer": WALLET,
                "chain_id": 137,
                "error": None,
            },
        ),
        routes.update_collection: Operation(
            sends={"level_thresholds": [0, 100, 250, 500], "may_change_token_id": True},
            example={**_COLLECTION, "level_thresholds": [0, 100, 250, 500], "may_change_token_id": True},
        ),
        changes.create_change: Operation(
            description=(
                "The answer comes at once; a transaction follows, like that of a mint, and is among the open jobs "
                "until it is final. It counts as an update in the gas budget. `collection.updated` tells the partner "
                "of its end. Changes of one collection are made one after the other, and so are those of one token; "
                "the latest stands last. The contract must be of version 2, and our signer have its admin role: it "
                "has where we deployed it. Which tokens can be locked at all was chosen at deployment, for good."
            ),
            parameters=(IDEMPOTENCY_KEY,),
            sends={"kind": "royalties", "royalty_receiver": WALLET, "royalty_basis_points": 250},
            example=_CHANGE,
            refusals=(
                BadRequest("royalty_receiver: is required where there are royalties."),
                Conflict("The collection's contract is of version 1, of which nothing can be changed."),
                changes.key_reused(),
            ),
        ),
        changes.list_changes: Operation(example=_CHANGE),
        changes.get_change: Operation(
            example={
                **_CHANGE,
                "state": "done",
                "ended_at": "2025-06-08T20:14:00Z",
                "transaction_hash": TRANSACTION,
                "transaction_url": f"https://polygonscan.com/tx/{TRANSACTION}",
            },
        ),
        jobs.list_jobs: Operation(
            description=(
                "`starting_after` takes an entry's `cursor`, not its id: jobs end and move on while they are listed. "
                "Such a one may be missing on the next page, or be there again; no other is left out."
            ),
            example=_JOB,
        ),
        jobs.retry_job: Operation(
            description="Its tries are counted anew, and so are the 24 hours after which it is given up.",
            example={**_JOB, "failures": 0},
            refusals=(
                NotFound("There is no open job 7-mint-1."),
                Conflict("The job 7-mint-1 is on its way. It needs no other try."),
            ),
        ),
        jobs.cancel_job: Operation(
            description=(
                "The partner is told of the failure, with the code `cancelled`, and may ask for the mint again. A job "
                "that was ever sent cannot be cancelled: its transaction may be mined yet."
            ),
            example=_JOB,
            refusals=(
                NotFound("There is no open job 7-mint-1."),
                Conflict("The job 7-mint-1 was sent to the chain, which alone decides how it ends."),
            ),
        ),
        routes.create_category: Operation(
            sends={name: _CATEGORY[name] for name in CategoryCreate.model_fields},
            example={**_CATEGORY, "issued": 0},
            refusals=(Conflict("The user category VIP exists already."),),
        ),
        routes.list_categories: Operation(example=_CATEGORY),
        routes.get_category: Operation(example=_CATEGORY),
        routes.update_category: Operation(sends={"max_supply": 600}, example={**_CATEGORY, "max_supply": 600}),
        routes.delete_category: Operation(example=_CATEGORY),
        routes.list_interactions: Operation(example=INTERACTION),
        routes.get_interaction: Operation(example={**INTERACTION, **_WINDOW}),
        codes.create_code: Operation(
            description="Holders open `url`, perhaps from its QR code, or type the password at `password_url`.",
            sends={"name": "At the entrance", "password": "OPEN SESAME", "max_uses": 1000},
            example=_CODE,
            refusals=(Conflict("Another of your codes has this password."),),
        ),
        codes.list_codes: Operation(example=_CODE),
        codes.get_code: Operation(example=_CODE),
        codes.revoke_code: Operation(example={**_CODE, "revoked_at": "2025-07-01T08:00:00Z"}),
        routes.get_usage: USAGE,
        routes.set_window: Operation(sends=_WINDOW, example={**INTERACTION, **_WINDOW}),
    },
)
