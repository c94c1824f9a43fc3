"""The wire of the Gardenlab Partners API."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    computed_field,
)

from chalicelib.chain.addresses import checksum_address
from chalicelib.core.clock import MOMENT_SCHEMA, epoch_micros, moment_of
from chalicelib.core.errors import BadRequest
from chalicelib.core.http.parse import parse_json
from chalicelib.core.numbers import read_whole
from chalicelib.core.schemas import HEX_ADDRESS, WHOLE_NUMBER, Email, IsoTime, Name, Read, Wire
from chalicelib.core.settings import settings
from chalicelib.gardenlab.domain import LARGEST_TOKEN_ID, json_size, xp_micros, xp_number

MAX_ATTRIBUTES_BYTES = 16 * 1024
_ZERO_ADDRESS = "0x" + "0" * 40


def _token_id(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or read_whole(text, least=0, most=LARGEST_TOKEN_ID) is None:
        raise ValueError("must be a decimal number from 0 to 2^256 - 1")
    return text


def _address(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be an EVM address: 0x and 40 hex digits")
    return checksum_address(value)


def _holder(value: Any) -> str:
    address = _address(value)
    if address == _ZERO_ADDRESS:
        raise ValueError("must not be the zero address")
    return address


def _xp(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    xp_micros(value)
    return value


def _attributes(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = parse_json(value.encode("utf-8"))
        except BadRequest:
            value = None
    if not isinstance(value, dict):
        raise ValueError("must be an object, or a string that holds a JSON object")
    if json_size(value) > MAX_ATTRIBUTES_BYTES:
        raise ValueError(f"must have at most {MAX_ATTRIBUTES_BYTES} bytes as JSON")
    return value


# What the validators take, as the API reference says it.
_Decimal = Annotated[str, StringConstraints(pattern=WHOLE_NUMBER)] | Annotated[int, Field(ge=0)]
_HexAddress = Annotated[str, StringConstraints(pattern=HEX_ADDRESS)]
_XpNumber = Annotated[int | float, Field(ge=0, le=10**9)]

TokenId = Annotated[str, BeforeValidator(_token_id, json_schema_input_type=_Decimal)]
Address = Annotated[str, BeforeValidator(_address, json_schema_input_type=_HexAddress)]
HolderAddress = Annotated[str, BeforeValidator(_holder, json_schema_input_type=_HexAddress)]
Xp = Annotated[int | float, BeforeValidator(_xp, json_schema_input_type=_XpNumber)]
Uid = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Description = Annotated[str, StringConstraints(max_length=4096)]
Url = Annotated[str, StringConstraints(max_length=2048)]
Attributes = Annotated[dict[str, Any], BeforeValidator(_attributes, json_schema_input_type=dict[str, Any] | str)]
AttributesShown = Annotated[
    dict[str, Any], Field(description=f"The NFT's attributes: an object of at most {MAX_ATTRIBUTES_BYTES // 1024} KiB.")
]
NftStatus = Literal["reserved", "minting", "minted", "mint_failed"]
ScanLimit = Annotated[int, Field(ge=-1, le=2**53 - 1)]


class CollectionReference(Wire):
    """Names a collection: by the partner's alias, by its address, or by both where they agree."""

    origin: Name
    """The partner; must be the one that the credential belongs to."""
    contract_id: Name | None = None
    """The collection by the partner's alias. This or `contract` is required; both must agree."""
    contract: Address | None = None
    """The collection by its contract's address. A mixed-case address must pass EIP-55."""


class InteractionBody(Wire):
    """An interaction as the partner writes it; closed."""

    type: Name
    """The attribute of the NFT that counts up with each application."""
    name: Name
    """Its name as people read it."""
    description: Description = ""
    """A text about it."""
    xpIncrement: Xp = 0
    """How many XP an application gives; at most six decimals."""
    noXp: bool = False
    """True: only the attribute counts, XP never moves."""
    customXpIncrement: bool = False
    """True: the caller's `xpIncrement` is honoured."""
    authScanCount: Annotated[ScanLimit, AfterValidator(lambda count: _not_zero(count))] = -1
    """How often it can be applied to one NFT; −1: without limit."""
    action_id: Name | None = None
    """The interaction by the name that the partner triggers it with; unique in the collection."""


def _not_zero(count: int) -> int:
    if count == 0:
        raise ValueError("must be -1 (no limit) or at least 1")
    return count


class SaveActionInteraction(CollectionReference):
    """POST /saveActionInteraction."""

    interaction: InteractionBody
    """The interaction with every field."""
    interactionId: Annotated[str, StringConstraints(max_length=128)] | None = None
    """The interaction to replace; absent or empty: a new one."""


class AdditionalFields(Wire):
    """Limits of one NFT."""

    expiration_date: IsoTime | None = None
    """ISO 8601; no interaction applies afterwards. It may lie in the past."""
    max_level: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None
    """An interaction that would lift the level above it is refused."""


class NftInfo(Wire):
    """What replaces the category's template; attributes merge by key."""

    imgUrl: Url | None = None
    """The address of the image."""
    name: Name | None = None
    description: Description | None = None
    attributes: Attributes | None = None
    """Attributes to merge over the category's: an object, or a string that holds a JSON object."""


class NewUser(CollectionReference):
    """POST /newUserForPartner: one request."""

    email: Email
    """The person's e-mail address, answered as first given. Two are one where they differ only in the case of ASCII
    letters, in Unicode's composition (NFC), or in how the domain is written."""
    uid: Uid
    """The person's id with the partner."""
    user_category_id: Name
    """The category whose NFT is distributed."""
    additional_fields: AdditionalFields = Field(default_factory=AdditionalFields)
    """Limits of this NFT."""
    nft_info: NftInfo = Field(default_factory=NftInfo)
    """What replaces the category's template; attributes merge by key."""


class Guest(Wire):
    """Whose NFT: by e-mail, by uid, or by both where they belong together."""

    email: Email | None = None
    uid: Uid | None = None


class TokenChoice(CollectionReference):
    """A body that may name a token, in either spelling."""

    token_id: TokenId | None = None
    """The NFT's number. The same as `tokenId`; both given must agree."""
    tokenId: TokenId | None = None
    """The NFT's number. The same as `token_id`; both given must agree."""


class NewAction(TokenChoice):
    """POST /newActionForUser."""

    action_id: Name
    guest: Guest
    """Whose NFT: `email`, `uid`, or both where they belong together."""
    xpIncrement: Xp | None = None
    """XP for this time; ignored unless the interaction has `customXpIncrement`."""


class MintToken(TokenChoice):
    """POST /mintTokenForUser."""

    email: Email
    uid: Uid
    user_addr: HolderAddress
    """The wallet that the NFT is minted to."""


class NftQuery(Wire):
    """GET /getNftByTokenId."""

    origin: Name | None = None
    contract_id: Name | None = None
    contract: Address | None = None
    token_id: TokenId | None = None
    tokenId: TokenId | None = None


class ListQuery(CollectionReference):
    """GET /getAllInteractions."""

    limit: str | None = None
    starting_after: str | None = None


class TokenListQuery(ListQuery):
    """GET /getAllInteractionScansForToken and /getBlockchainTxForToken."""

    token_id: TokenId | None = None
    tokenId: TokenId | None = None


def chosen_token(body: Any, *, required: bool = False) -> str | None:
    """The token that a request names by `tokenId`, `token_id`, or both where they agree. Raises `BadRequest`."""
    if body.tokenId is not None and body.token_id is not None and body.tokenId != body.token_id:
        raise BadRequest("tokenId: does not agree with token_id", param="tokenId")
    token: str | None = body.tokenId if body.tokenId is not None else body.token_id
    if token is None and required:
        raise BadRequest("tokenId: is required", param="tokenId")
    return token


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        value = epoch_micros(value)
    return None if value is None else moment_of(value)


Moment = Annotated[Annotated[dict[str, int], WithJsonSchema(MOMENT_SCHEMA)] | None, BeforeValidator(_moment)]
XpNumber = Annotated[int | float, BeforeValidator(xp_number)]


class InteractionRead(Read):
    """An interaction with every field; the window only where one is set."""

    id: str
    """The interaction's id."""
    type: str
    name: str
    description: str
    xpIncrement: XpNumber = Field(validation_alias="xp_micros")
    noXp: bool = Field(validation_alias="no_xp")
    customXpIncrement: bool = Field(validation_alias="custom_xp")
    authScanCount: int = Field(validation_alias="auth_scan_count")
    action_id: str
    valid_from: str | None = Field(exclude_if=lambda value: value is None)
    """ISO 8601; the interaction applies from then on. Shown only where it is set."""
    valid_until: str | None = Field(exclude_if=lambda value: value is None)
    """ISO 8601; the interaction applies until just before. Shown only where it is set."""


class NftBrief(Read):
    """What newUserForPartner and newActionForUser answer."""

    contract: str
    place: str = Field(exclude=True)
    tokenId: str = Field(validation_alias=AliasChoices("token_id", "tokenId"))
    attributes: AttributesShown = Field(validation_alias=AliasChoices("attributes_map", "attributes"))

    @computed_field
    def url(self) -> str:
        """The NFT's public page."""
        return nft_url(self.place, self.tokenId)

    uid: str
    email: str


ReservedId = Annotated[str | None, Field(exclude_if=lambda value: value is None)]


class NftRead(Read):
    """GET /getNftByTokenId."""

    contract: str
    place: str = Field(exclude=True)
    contract_id: str
    tokenId: str = Field(validation_alias="token_id")
    reservedTokenId: ReservedId = Field(validation_alias="reserved_id")
    """The `tokenId` that the NFT was reserved under; only where it has another one now."""

    @computed_field
    def url(self) -> str:
        """The NFT's public page."""
        return nft_url(self.place, self.tokenId)

    tokenUrl: str | None = Field(validation_alias="token_url")
    """The metadata's address, `ipfs://…`; null before the mint is final."""
    name: str
    description: str
    imgUrl: str = Field(validation_alias="img_url")
    attributes: AttributesShown = Field(validation_alias="attributes_map")
    xp: XpNumber = Field(validation_alias="xp_micros")
    """Experience points."""
    level: int
    """The level that the XP come to; a new NFT has 1."""
    maxLvlReached: bool = Field(validation_alias="max_level_reached")
    """True once `max_level` is reached; false without one."""
    status: NftStatus
    """Where the NFT is on its way to the chain."""
    owner: str | None
    """The wallet that holds the minted NFT, also after sales and gifts; null before, and once it is burned."""
    uid: str
    email: str
    user_category_id: str
    expiration_date: str | None
    max_level: int | None
    createdAt: Moment = Field(validation_alias="created_at")
    """When the NFT was prepared."""
    mintedAt: Moment = Field(validation_alias="minted_at")
    """When the mint was final; null before."""
    burnedAt: Annotated[Moment, Field(exclude_if=lambda value: value is None)] = Field(validation_alias="burned_at")
    """When the token was burned; only where it was."""


class ScanRead(Read):
    """One application of an interaction."""

    at: Moment = Field(validation_alias="at_micros")
    """When it happened."""
    xpBefore: XpNumber = Field(validation_alias="xp_before")
    """XP before."""
    xpAfter: XpNumber = Field(validation_alias="xp_after")
    """XP afterwards."""
    lvlBefore: int = Field(validation_alias="level_before")
    """Level before."""
    lvlAfter: int = Field(validation_alias="level_after")
    """Level afterwards."""
    maxLvlReached: bool = Field(validation_alias="max_level_reached")
    interactionName: str = Field(validation_alias="interaction_name")
    """The interaction's name; `mint` for the mint."""
    type: str


class TransactionRead(ScanRead):
    """A final transaction and the scan that it carried."""

    txHash: str = Field(validation_alias="tx_hash")
    """The transaction's hash."""
    transactionUrl: str = Field(validation_alias="transaction_url")
    """The transaction in the chain's explorer."""
    newUri: str = Field(validation_alias="new_uri")
    """The metadata's address that the transaction wrote."""


class MintRead(Read):
    """What mintTokenForUser answers."""

    userAddr: str
    """The wallet that the NFT is minted to."""
    contract: str
    tokenId: str
    reservedTokenId: ReservedId
    tokenUrl: str
    """The metadata's address as it is minted, `ipfs://…`."""


def nft_url(place: str, token_id: str) -> str:
    """The absolute address of an NFT's public page, by its contract's `place`."""
    return f"{settings().public_url}/nft/{place}/{token_id}"
