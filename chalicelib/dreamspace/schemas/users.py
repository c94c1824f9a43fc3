"""Users, and what is theirs: specimens and transactions."""

from typing import Any, Self

from pydantic import Field, model_validator

from chalicelib.core.schemas import Read, Wire
from chalicelib.dreamspace.schemas.fields import Description, Integer, Long, Moment, Short


class UserCreate(Wire):
    """POST /users, and a user inside another body."""

    twitch_id: Short | None
    name: Short | None
    preferences: Long | None = None


class UserUpdate(Wire):
    """PATCH /users/{id}."""

    twitch_id: Short | None = None
    name: Short | None = None
    preferences: Long | None = None


class TransactionCreate(Wire):
    """POST /transactions."""

    user_id: Integer
    amount: Integer
    description: Description
    reference: Short | None = None


class SpecimenCreate(Wire):
    """POST /specimens: `owner_id` or `owner`."""

    owner_id: Integer = Field(default_factory=int)  # never read: it or `owner` is given
    owner: UserCreate | None = None
    born_at: Moment | None = None
    forgotten_at: Moment | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_null(cls, value: Any) -> Any:
        return refuse_null(value, "owner", "born_at")

    @model_validator(mode="after")
    def _one_owner(self) -> Self:
        require_one(self, "owner_id", "owner")
        return self


class SpecimenUpdate(Wire):
    """PATCH /specimens/{id}."""

    owner_id: Integer = 0
    forgotten_at: Moment | None = None


class UserRead(Read):
    """A user inside another object, or in a list."""

    user_id: int
    twitch_id: str | None
    name: str | None
    preferences: str | None
    created_at: str


class SpecimenRead(Read):
    """A specimen."""

    specimen_id: int
    owner_id: int
    owner: UserRead
    born_at: str
    forgotten_at: str | None


class UserDetails(UserRead):
    """A user by itself. `wallet` is null while there are no transactions."""

    specimen: SpecimenRead | None
    inventory: list[Any]
    wallet: int | None


class WalletRead(Read):
    """GET /users/{id}/wallet."""

    user_id: int
    balance: int | None


class TransactionRead(Read):
    """A transaction."""

    transaction_id: int
    user_id: int
    user: UserRead
    amount: int
    description: str
    reference: str | None
    created_at: str


def refuse_null(value: Any, *names: str) -> Any:
    """`value`, a body. Raises `ValueError` for a field that may be absent but not null."""
    if isinstance(value, dict):
        for name in names:
            if name in value and value[name] is None:
                raise ValueError(f"{name}: must not be null")
    return value


def require_one(body: Wire, key: str, inline: str) -> None:
    """Raises `ValueError` unless one of the two ways to name an object is given, and only one."""
    given = {key, inline} & body.model_fields_set
    if len(given) != 1:
        raise ValueError(f"{key} and {inline}: {'only one of them may' if given else 'one of them must'} be given")
