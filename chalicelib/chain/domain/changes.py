"""What of a deployed contract of version 2 can be changed, as a job keeps it."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

COLLECTION: Final = "collection"
"""Stands for a token's id where a change concerns the whole collection."""


ChangeKind = Literal["royalties", "metadata", "lock", "unlock"]
"""Who receives royalties, where the collection's metadata is, and whether one token is locked."""


class Change(NamedTuple):
    """A change. `token_id` is a lock's, `contract_uri` the metadata's; without a receiver royalties end."""

    kind: ChangeKind
    token_id: str | None = None
    contract_uri: str | None = None
    royalty_receiver: str | None = None
    royalty_basis_points: int = 0

    @property
    def concerns(self) -> str:
        """The token's id, or `COLLECTION`: changes of the same are made one after the other."""
        return self.token_id or COLLECTION


def kept_of(change: Change) -> dict[str, Any]:
    """The change as a row keeps it."""
    return {name: value for name, value in change._asdict().items() if value}


def change_of(kept: Mapping[str, Any]) -> Change:
    """The change again."""
    return Change(**kept)
