"""Users, specimens and transactions."""

from typing import Any, Self

from pydantic import Field, model_validator

from chalicelib.core.schemas import Read, Wire
from chalicelib.dreamspace.schemas.fields import Description, Integer, Long, Moment, Short


class UserCreate(Wire):
    """POST /users, and a user inside another body."""

    twitch_id: Short | None
    """The user's id on Twitch. A known one updates that user."""
    name: Short | None
    """The user's name; null where there is none."""
    preferences: Long | None = None
    """A text of the client's own."""


class UserUpdate(Wire):
    """PATCH /users/{id}."""

    twitch_id: Short | None = None
    """The user's id on Twitch; null where there is none."""
    name: Short | None = None
    preferences: Long | None = None


class TransactionCreate(Wire):
    """POST /transactions."""

    user_id: Integer
    """The user."""
    amount: Integer
    """How much; may be negative."""
    description: Description
    """What it was for."""
    reference: Short | None = None
    """A text of the client's own."""


class SpecimenCreate(Wire):
    """POST /specimens: `owner_id` or `owner`."""

    owner_id: Integer = Field(default_factory=int)  # never read: it or `owner` is given
    """The user who owns it. This or `owner`."""
    owner: UserCreate | None = None
    """The user who owns it, made or updated by `twitch_id`. This or `owner_id`."""
    born_at: Moment | None = None
    """When it was born; without it, now."""
    forgotten_at: Moment | None = None
    """When it was forgotten; null: it is not."""

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
    """The user's id on Twitch; null where there is none."""
    name: str | None
    preferences: str | None
    created_at: str
    """When the server made it."""


class SpecimenRead(Read):
    """A specimen."""

    specimen_id: int
    """The specimen's id."""
    owner_id: int
    owner: UserRead
    """The user who owns it."""
    born_at: str
    forgotten_at: str | None


class UserDetails(UserRead):
    """A user by itself. `wallet` is null while there are no transactions."""

    specimen: SpecimenRead | None
    """The current specimen: not forgotten, and born last; or null."""
    inventory: list[Any]
    """Always empty."""
    wallet: int | None
    """The sum of the user's transactions; null while there are none."""


class WalletRead(Read):
    """GET /users/{id}/wallet."""

    user_id: int
    balance: int | None
    """The sum of the user's transactions; null while there are none."""


class TransactionRead(Read):
    """A transaction."""

    transaction_id: int
    """The transaction's id."""
    user_id: int
    user: UserRead
    """The user."""
    amount: int
    description: str
    reference: str | None
    created_at: str


def refuse_null(value: Any, *names: str) -> Any:
    """Returns a body; raises `ValueError` for a null field that may only be absent."""
    if isinstance(value, dict):
        for name in names:
            if name in value and value[name] is None:
                raise ValueError(f"{name}: must not be null")
    return value


def require_one(body: Wire, key: str, inline: str) -> None:
    """Raises `ValueError` unless exactly one of the two fields is given."""
    given = {key, inline} & body.model_fields_set
    if len(given) != 1:
        raise ValueError(f"{key} and {inline}: {'only one of them may' if given else 'one of them must'} be given")
