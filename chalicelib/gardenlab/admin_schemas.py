"""The wire of collections, categories and interaction windows (admin surface)."""

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo

from chalicelib.core.schemas import PATH_PART, IsoTime, Name, Read, Wire
from chalicelib.gardenlab.domain import DEFAULT_STEP_XP, xp_micros, xp_number
from chalicelib.gardenlab.schemas import Address, Attributes, AttributesShown, Description, HolderAddress, Url, Xp


def _path_segment(alias: str) -> str:
    if alias in (".", ".."):
        raise ValueError("must not be . or .., which clients remove from a path")
    return alias


def _not_reserved(alias: str) -> str:
    if alias == "COLLECTIONS":  # under this name lies the partner's list of collections
        raise ValueError("is a reserved word")
    return alias


Alias = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128, pattern=PATH_PART),
    AfterValidator(_path_segment),
]
CollectionAlias = Annotated[Alias, AfterValidator(_not_reserved)]
XpFollows = Literal["reservation", "holder"]
ContractVersion = Literal["v1", "v2"]
Lock = Literal["none", "token", "collection"]
MOST_BASIS_POINTS = 10_000
Supply = Annotated[int, Field(ge=1, le=2**53 - 1)]


def _rising(thresholds: list[int | float]) -> list[int | float]:
    micros = [xp_micros(threshold) for threshold in thresholds]
    if micros[0] != 0:
        raise ValueError("must begin with 0")
    if any(lower >= higher for lower, higher in pairwise(micros)):
        raise ValueError("must rise strictly")
    return thresholds


LevelThresholds = Annotated[list[Xp], Field(min_length=1, max_length=1000), AfterValidator(_rising)]


class CollectionCreate(Wire):
    """POST …/collections. Without `contract` one is deployed."""

    contract_id: CollectionAlias
    name: Name
    symbol: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    """The token's symbol on chain."""
    chain: Name | None = None
    """The chain that the contract lives on."""
    contract: Address | None = None
    from_block: Annotated[int, Field(ge=0, le=2**53 - 1)] | None = None
    """The block that `contract` was deployed in: the events before it need not be read."""
    contract_version: ContractVersion | None = None
    """Which version of the contract is deployed; null: v2. One that exists says so itself."""
    description: Description = ""
    """What wallets and marketplaces say of the collection."""
    imgUrl: Url = ""
    """The collection's picture."""
    external_url: Url = ""
    """The collection's own page."""
    royalty_receiver: HolderAddress | None = None
    """Who is to receive a share of each sale (EIP-2981). Marketplaces decide whether they keep to it."""
    royalty_basis_points: Annotated[int, Field(ge=0, le=MOST_BASIS_POINTS)] = 0
    """The share in basis points, which are hundredths of a percent."""
    lock: Lock = "none"
    """Which tokens cannot be transferred (EIP-5192), for good: `none`; `token`, those that are
    locked by a change; `collection`, all of them. The holder may burn a token in any case."""
    level_thresholds: LevelThresholds | None = Field(
        default=None,
        description=(
            f"XP that each level needs: begins with 0, rises strictly. Null: {DEFAULT_STEP_XP}·n·(n−1) for level n."
        ),
    )
    xp_follows: XpFollows = "reservation"
    """Whose act an applied interaction is, once the NFT is minted: `reservation`, of the person that it was reserved
    to, or `holder`, of the wallet that holds its token then."""
    may_change_token_id: bool = False
    """Whether an NFT takes the next free token id where somebody else minted its own, once its mint is asked for again.
    False: that call is refused."""


class CollectionUpdate(Wire):
    """PATCH …/collections/{contract_id}."""

    level_thresholds: LevelThresholds | None = None
    xp_follows: XpFollows = "reservation"
    may_change_token_id: bool = False


class CollectionRead(Read):
    """A collection."""

    contract_id: str
    contract: str
    chain: str
    name: str
    symbol: str
    level_thresholds: Annotated[
        list[int | float] | None,
        AfterValidator(lambda micros: None if micros is None else [xp_number(int(each)) for each in micros]),
    ]
    xp_follows: XpFollows
    may_change_token_id: Annotated[bool, BeforeValidator(bool)]
    contract_version: Annotated[ContractVersion, BeforeValidator(lambda version: version or "v1")]
    """Which version the contract is of; v1 also where it is somebody else's. The fields from here to `lock` are of v2
    alone: as the contract had them when the collection was made, and after the changes that are final since."""
    contract_uri: str | None
    """Where the contract says that the collection's metadata is (EIP-7572)."""
    royalty_receiver: str | None
    royalty_basis_points: Annotated[int, BeforeValidator(lambda points: points or 0)]
    lock: Annotated[Lock, BeforeValidator(lambda lock: lock or "none")]
    created_at: datetime
    """When it was made."""


class CollectionStatus(Read):
    """A collection's contract as the chain shows it now; what the node did not tell is null, and `error` says why."""

    contract_id: str
    contract: str
    chain: str
    deployed: bool | None = Field(validation_alias="is_deployed")
    """Whether there is code at the address."""
    may_mint: bool | None
    """Whether the platform's signer may mint."""
    signer: str | None
    """The address of the platform's signer."""
    chain_id: int | None
    """The chain's own number (EIP-155), by which wallets and verifiers know it."""
    error: str | None
    """Why something is null; null where nothing is missing."""


class CategoryCreate(Wire):
    """POST …/categories."""

    user_category_id: Alias
    name: Name
    description: Description = ""
    imgUrl: Url = ""
    attributes: Attributes = {}  # noqa: RUF012  pydantic copies defaults
    """Attributes of new NFTs: an object, or a string that holds a JSON object."""
    max_supply: Supply | None = None
    """How many NFTs of the category there can be; null: without limit."""


class CategoryUpdate(Wire):
    """PATCH …/categories/{user_category_id}."""

    name: Name = ""
    description: Description = ""
    imgUrl: Url = ""
    attributes: Attributes = {}  # noqa: RUF012  pydantic copies defaults
    max_supply: Supply | None = None


def _counted(issued: int | None, info: ValidationInfo) -> int | None:
    return None if info.data.get("max_supply") is None else issued


class CategoryRead(Read):
    """A user category."""

    user_category_id: str
    name: str
    description: str
    imgUrl: str = Field(validation_alias="img_url")
    attributes: AttributesShown = Field(validation_alias="attributes_map")
    max_supply: int | None
    issued: Annotated[int | None, AfterValidator(_counted)]
    """How many NFTs there are; null where the supply is not limited, since they are not counted there."""
    created_at: datetime


class WindowUpdate(Wire):
    """PATCH …/interactions/{id}: when the interaction applies, [valid_from, valid_until)."""

    valid_from: IsoTime | None = None
    valid_until: IsoTime | None = None


class ChainCostRead(Read):
    """What a partner's final transactions cost on one chain. Amounts are decimal text."""

    chain: str
    """The chain's name."""
    coins: str
    """The cost in the chain's coin."""
    value: str | None
    """The same in `currency`, by the present price; null where the operator gives the coin none."""
    currency: str | None
    """The currency of the value, such as EUR."""
    mints: str
    """How much of the coins was for mints."""
    updates: str
    """How much was for updates of URIs."""
    changes: str
    """How much was for changes of contracts."""


class DayUsageRead(Read):
    """What happened at a partner's on one UTC day."""

    date: date
    """The day."""
    announced: int
    """Users announced."""
    scanned: int
    """Interactions applied."""
    minted: int
    """Mints that became final."""
    updated: int
    """Scans whose update of the token's URI became final; those that shared one count each."""
    changed: int
    """Changes of contracts that became final."""
    costs: list[ChainCostRead]
    """What those cost, by chain; what nobody knows the cost of is left out."""


class UsageRead(Read):
    """What happened at a partner's by day."""

    days: list[DayUsageRead]
    """The latest days, today last."""
    is_complete: bool
    """False while some of what happened is still uncounted; the next call counts on."""
