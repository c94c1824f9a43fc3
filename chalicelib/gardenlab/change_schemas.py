"""The wire of changes of a collection's contract (admin surface)."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.domain.changes import ChangeKind
from chalicelib.core.schemas import Read, Wire
from chalicelib.gardenlab.admin_schemas import MOST_BASIS_POINTS
from chalicelib.gardenlab.schemas import Description, HolderAddress, TokenId, Url


class ChangeCreate(Wire):
    """POST …/changes. Fields that are another kind's are refused."""

    kind: ChangeKind
    """What is changed: `royalties`, `metadata`, or whether one token can be transferred (`lock`, `unlock`)."""
    royalty_receiver: HolderAddress | None = None
    """Royalties: who is to receive a share of each sale; null ends them."""
    royalty_basis_points: Annotated[int, Field(ge=0, le=MOST_BASIS_POINTS)] = 0
    """Royalties: the share in basis points, which are hundredths of a percent."""
    description: Description = ""
    """Metadata: what wallets and marketplaces say of the collection. What is not given is left out from then on."""
    imgUrl: Url = ""
    """Metadata: the collection's picture."""
    external_url: Url = ""
    """Metadata: the collection's own page."""
    contract_uri: Url | None = None
    """Metadata: where yours are, which begins with https:// or ipfs://, in place of the three fields above."""
    token_id: TokenId | None = None
    """Locks: the token, which must be minted."""


class ChangeRead(Read):
    """A change of a collection's contract."""

    id: Annotated[str, BeforeValidator(str)] = Field(validation_alias="number")
    """The change's number in its collection, from 1."""
    kind: ChangeKind
    """What is changed."""
    token_id: str | None
    """The token that a lock concerns."""
    contract_uri: str | None
    """Where the collection's metadata is to be."""
    royalty_receiver: str | None
    """Who is to receive royalties; null: nobody, or another kind of change."""
    royalty_basis_points: int
    """The share in basis points."""
    state: Literal["queued", "done", "failed"]
    """`queued` until it is final on the chain."""
    created_at: datetime
    """When it was asked for."""
    ended_at: datetime | None
    """When it was final, or had failed for good."""
    transaction_hash: str | None = Field(validation_alias="tx_hash")
    """The transaction that made it; null until it is final."""
    transaction_url: str | None
    """Its page in the chain's explorer."""
    code: Cause | None
    """Why it failed, as a code."""
    error: str | None
    """The same in words."""
