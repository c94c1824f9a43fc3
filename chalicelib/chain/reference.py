"""What the API reference says of metadata, signers and the local chain."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from chalicelib.chain.errors import NoSuchChain
from chalicelib.chain.routes import admin, public
from chalicelib.core.errors import NotFound
from chalicelib.core.http.surfaces import PLAIN
from chalicelib.core.reference import WRONG_PATH, Operation, PlainError, Section, variable
from chalicelib.partners.reference import ADMIN_UNKNOWN, ORIGIN, operators_section


class Attribute(BaseModel):
    """One attribute of an NFT."""

    trait_type: str
    """The attribute's name; `level` and `xp` are always there."""
    value: Any
    """The attribute's value."""


class MetadataRead(BaseModel):
    """The metadata of an NFT, as wallets and marketplaces read it."""

    name: str
    """The NFT's name."""
    description: str
    """The NFT's description."""
    image: str
    """The address of its image."""
    external_url: str
    """The address of its public page."""
    attributes: list[Attribute]
    """Level, XP, and the NFT's own attributes."""


WhereGiven = Annotated[str, Field(exclude_if=lambda text: not text)]


class CollectionMetadataRead(BaseModel):
    """The metadata of a collection (EIP-7572); what was not given is absent."""

    name: str
    """The collection's name."""
    symbol: str
    """The token's symbol."""
    description: WhereGiven
    """What wallets and marketplaces say of the collection."""
    image: WhereGiven
    """The address of its image."""
    external_link: WhereGiven
    """The address of its own page."""


class ChainRpcRead(BaseModel):
    """Where the local chain answers."""

    url: str
    """The address of the chain's JSON-RPC."""


_BUDGET = {
    "chain": "polygon",
    "mints": 500,
    "updates": None,
    "coins": "2.5",
    "day": "2025-06-08",
    "spent_mints": 31,
    "spent_updates": 112,
    "spent_coins": "0.0837",
    "spent_value": "0.019251",
    "currency": "EUR",
    "held_mints": 2,
    "held_updates": 0,
    "held_coins": "0.0121",
}
_SIGNER = {
    "chain": "polygon",
    "address": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "key": "alias/spacegarden-prod-signer-polygon",
    "balance": "12.5",
    "low": False,
    "next_nonce": 42,
    "in_flight": 1,
    "waits_for": None,
    "error": None,
    "nodes": [
        {"host": "polygon-node.example", "state": "used", "head": 79123456},
        {"host": "other-node.example", "state": "lagging", "head": 79123401},
    ],
}

SECTIONS = (
    Section(
        name="Metadata",
        slug="metadata",
        description="The documents that NFTs and collections point to, under their IPFS addresses; for everybody.",
        surface=PLAIN,
        error=PlainError,
        refusals_of_addresses=(NotFound("There is no such document."),),
        variables=(
            variable("cid", "The document's CID.", "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"),
        ),
        operations={
            public.get_document: Operation(
                answer=MetadataRead | CollectionMetadataRead,
                example={
                    "name": "Summer Party VIP",
                    "description": "A guest of the summer party.",
                    "image": "https://spacex.example/vip.png",
                    "external_url": "https://api.example.com/nft/0x5FbDB2315678afecb367f032d93F642f64180aa3/7",
                    "attributes": [
                        {"trait_type": "level", "value": 2},
                        {"trait_type": "xp", "value": 120},
                        {"trait_type": "tier", "value": "gold"},
                    ],
                },
            ),
        },
    ),
    operators_section(
        name="Chains",
        slug="chains",
        description="The signers of the chains that collections live on. For the operator.",
        refusals_of_addresses=(WRONG_PATH, NoSuchChain("mars", ("polygon",))),
        variables=(variable("chain", "The chain's name.", "polygon"),),
        operations={
            admin.list_signers: Operation(example=_SIGNER),
            admin.get_signer: Operation(example=_SIGNER),
            admin.get_chain_rpc: Operation(
                answer=ChainRpcRead,
                example={"url": "http://127.0.0.1:8545"},
                refusals=(NotFound("There is no local chain here."),),
            ),
        },
    ),
    operators_section(
        name="Gas budgets",
        slug="gas-budgets",
        description=(
            "What a partner may spend on a chain a day (UTC): mints, updates of URIs, coins. What the budget has no "
            "room for waits, as `waiting_for_budget`, and goes on with the next day, or within minutes after a raise; "
            "other partners' jobs pass it. A partner without a budget spends without limit."
        ),
        refusals_of_addresses=ADMIN_UNKNOWN,
        variables=(ORIGIN, variable("chain", "The chain's name.", "polygon")),
        operations={
            admin.list_budgets: Operation(example=_BUDGET),
            admin.set_budget: Operation(
                description=(
                    "What is not given stays. Coins count by the most that a transaction may cost until it is final, "
                    "then by what it cost. A transaction on its way that must bid more may pass the limit: others wait "
                    "behind it."
                ),
                sends={"mints": 500, "coins": "2.5"},
                example=_BUDGET,
                refusals=(NoSuchChain("mars", ("polygon",)),),
            ),
            admin.remove_budget: Operation(example=_BUDGET, refusals=(NotFound("spacex has no budget on polygon."),)),
        },
    ),
)
