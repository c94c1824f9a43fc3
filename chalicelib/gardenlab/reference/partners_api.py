"""The eight routes of the partners' API."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from chalicelib.core.clock import moment_of
from chalicelib.core.errors import BadRequest, Forbidden, NotFound
from chalicelib.core.reference import (
    ARRAY_LIMIT,
    LINK,
    CodedError,
    ErrorDetail,
    Operation,
    Parameter,
    Section,
    api_key,
    query_of,
)
from chalicelib.gardenlab import errors
from chalicelib.gardenlab.routes import partners_api as routes
from chalicelib.gardenlab.schemas import (
    InteractionRead,
    ListQuery,
    MintRead,
    MintToken,
    NewAction,
    NewUser,
    NftBrief,
    NftQuery,
    NftRead,
    SaveActionInteraction,
    ScanRead,
    TokenListQuery,
    TransactionRead,
)
from chalicelib.idempotency.reference import IDEMPOTENCY_KEY


class InteractionSaved(BaseModel):
    """The interaction as it was saved, defaults filled in; it can be sent again."""

    type: str
    name: str
    description: str
    xpIncrement: int | float
    noXp: bool
    customXpIncrement: bool
    authScanCount: int
    action_id: str


class Saved(BaseModel):
    """What saveActionInteraction answers."""

    interaction: InteractionSaved
    id: str


class ItemError(BaseModel):
    """One item of an array that was refused."""

    error: ErrorDetail
    """Why this item was refused; its neighbours stand."""


class DryRunAnswer(ScanRead, NftBrief):
    """The answer of a dry run: the NFT after the interaction, and its scan."""


CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
TRANSACTION = "0x8a1c5f2b7d3e4961a0b4c8d2e6f7a19384756201bcdef3459876a0b1c2d3e4f5"
URI = "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/metadata.json"
MICROS = 1_749_413_520_123_000
MOMENT = moment_of(MICROS)

_COLLECTION = {"origin": "spacex", "contract_id": "summer_party"}
_INTERACTION: dict[str, Any] = {
    "type": "IRL Event",
    "name": "Event check-in",
    "description": "Applied when a guest enters the event.",
    "xpIncrement": 5,
    "noXp": False,
    "customXpIncrement": False,
    "authScanCount": 1,
    "action_id": "event_checkin",
}
INTERACTION = {"id": "IQ0LuundpiAvnfDcQ21Y", **_INTERACTION}
_NFT = {
    "contract": CONTRACT,
    "tokenId": "7",
    "attributes": {"tier": "gold", "IRL Event": 1},
    "url": f"https://api.example.com/nft/{CONTRACT}/7",
    "uid": "u123456789",
    "email": "ada@example.com",
}
_SCAN = {
    "at": MOMENT,
    "xpBefore": 115,
    "xpAfter": 120,
    "lvlBefore": 2,
    "lvlAfter": 2,
    "maxLvlReached": False,
    "interactionName": "Event check-in",
    "type": "IRL Event",
}

_PAGE = (
    ARRAY_LIMIT,
    Parameter("starting_after", "Where the page begins, as the `Link` header of the page before says."),
)
_ASKED = {**_COLLECTION, "tokenId": "7"}
_UNKNOWN = errors.ResourceNotFound("You have no such collection.")
_REUSED = errors.MiscError("This Idempotency-Key was used for another request.")

PARTNERS_API = Section(
    name="Gardenlab",
    slug="gardenlab",
    description=(
        "A partner announces users, and an NFT is prepared for each; interactions give it XP; the user claims it, and "
        "it is minted on chain. A collection is named by its alias (`contract_id`) or by its address (`contract`).\n\n"
        "Access tokens need `read_write` for POST. Refusals are 400 with a `code`; a missing or foreign thing is 400 "
        "`RESOURCE_NOT_FOUND`, and 404 on `getNftByTokenId` alone."
    ),
    surface=routes.surface,
    error=CodedError,
    security=(*api_key("gardenlab"), {"accessToken": ("read_only",)}),
    security_of_writes=(*api_key("gardenlab"), {"accessToken": ("read_write",)}),
    refusals=(Forbidden("The API key is unknown, or was revoked."),),
    refusals_of_input=(BadRequest("contract_id: must not be empty"), _UNKNOWN),
    operations={
        routes.save_action_interaction: Operation(
            description="With `interactionId` the interaction is replaced; the times between which it applies stay.",
            parameters=(IDEMPOTENCY_KEY,),
            body=SaveActionInteraction,
            sends={**_COLLECTION, "interaction": _INTERACTION},
            answer=Saved,
            example={"interaction": _INTERACTION, "id": "IQ0LuundpiAvnfDcQ21Y"},
            refusals=(errors.MiscError("Another interaction of this collection has this action_id."), _REUSED),
        ),
        routes.new_user_for_partner: Operation(
            description=(
                f"One request, or an array of 1 to {routes.MAX_USERS}. The answer has the same shape and order; in an "
                "array an item that is refused is `{error}` at its place, and the others stand. The same user again "
                "answers the NFT there is."
            ),
            parameters=(IDEMPOTENCY_KEY,),
            body=NewUser | Annotated[list[NewUser], Field(min_length=1, max_length=routes.MAX_USERS)],
            sends={
                **_COLLECTION,
                "email": "ada@example.com",
                "uid": "u123456789",
                "user_category_id": "VIP",
                "additional_fields": {"expiration_date": "2030-09-18T12:34:56.123Z", "max_level": 15},
                "nft_info": {"name": "Summer Party VIP", "attributes": {"seat": "A1"}},
            },
            answer=NftBrief | list[NftBrief | ItemError],
            example={**_NFT, "attributes": {"tier": "gold", "seat": "A1"}},
            refusals=(
                errors.MiscError("This uid is known in the collection with another e-mail."),
                errors.MiscError("Every NFT of this user category has been issued."),
                _REUSED,
            ),
        ),
        routes.new_action_for_user: Operation(
            description=(
                "XP, level and the attribute change together, and a scan is left. Without `tokenId` the guest's newest "
                "NFT that has not expired is taken. A minted or minting NFT gets its new metadata on chain."
            ),
            parameters=(
                IDEMPOTENCY_KEY,
                Parameter("dry_run", "True: only tells what would happen, with the scan's fields.", bool, False),
            ),
            body=NewAction,
            sends={**_COLLECTION, "action_id": "event_checkin", "guest": {"uid": "u123456789"}},
            answer=NftBrief | DryRunAnswer,
            example=_NFT,
            refusals=(
                errors.MiscError("This e-mail belongs to several uids; name the uid."),
                errors.NftIsExpired("The NFT is past its expiration date."),
                errors.InteractionNotYetValid("The interaction does not apply yet."),
                errors.InteractionNoLongerValid("The interaction applies no longer."),
                errors.InteractionConsumed("The interaction was applied to this NFT as often as it may be."),
                errors.MaxLevelReached("The interaction would lift the NFT above its max_level 15."),
                _REUSED,
            ),
        ),
        routes.mint_token_for_user: Operation(
            description=(
                "Answers at once; `newBcNftMint` tells when the mint is final. Again with the same wallet: the same "
                "answer and no second mint. After a failure `token_taken` somebody else has the NFT's token. Where the "
                "collection has `may_change_token_id`, the next free `tokenId` is minted for the NFT; the answer "
                "and the webhooks name it beside the `reservedTokenId`, and both lead to the NFT from then on."
            ),
            parameters=(IDEMPOTENCY_KEY,),
            body=MintToken,
            sends={**_COLLECTION, "email": "ada@example.com", "uid": "u123456789", "user_addr": WALLET},
            answer=MintRead,
            example={"userAddr": WALLET, "contract": CONTRACT, "tokenId": "7", "tokenUrl": URI},
            refusals=(
                errors.MiscError("The NFT was claimed for another address."),
                errors.MiscError(
                    "Somebody else minted the token 7 on the chain. The NFT can be minted under another token id where "
                    "its collection allows that (may_change_token_id), which it does not."
                ),
                _REUSED,
            ),
        ),
        routes.get_nft_by_token_id: Operation(
            parameters=query_of(NftQuery, _ASKED),
            answer=NftRead,
            example={
                "contract": CONTRACT,
                "contract_id": "summer_party",
                "tokenId": "7",
                "url": f"https://api.example.com/nft/{CONTRACT}/7",
                "tokenUrl": URI,
                "name": "Summer Party VIP",
                "description": "A guest of the summer party.",
                "imgUrl": "https://spacex.example/vip.png",
                "attributes": {"tier": "gold", "IRL Event": 1},
                "xp": 120,
                "level": 2,
                "maxLvlReached": False,
                "status": "minted",
                "owner": WALLET,
                "uid": "u123456789",
                "email": "ada@example.com",
                "user_category_id": "VIP",
                "expiration_date": "2030-09-18T12:34:56.123Z",
                "max_level": 15,
                "createdAt": {"_seconds": 1749400000, "_nanoseconds": 0},
                "mintedAt": MOMENT,
            },
            refusals=(NotFound("There is no such NFT."),),
        ),
        routes.get_all_interactions: Operation(
            parameters=query_of(ListQuery, _COLLECTION, *_PAGE),
            answer=list[InteractionRead],
            example=[INTERACTION],
            answer_headers=LINK,
        ),
        routes.get_all_interaction_scans_for_token: Operation(
            parameters=query_of(TokenListQuery, _ASKED, *_PAGE),
            answer=list[ScanRead],
            example=[_SCAN],
            answer_headers=LINK,
        ),
        routes.get_blockchain_tx_for_token: Operation(
            parameters=query_of(TokenListQuery, _ASKED, *_PAGE),
            answer=list[TransactionRead],
            example=[
                {
                    **_SCAN,
                    "txHash": TRANSACTION,
                    "transactionUrl": f"https://polygonscan.com/tx/{TRANSACTION}",
                    "newUri": URI,
                }
            ],
            answer_headers=LINK,
        ),
    },
)
