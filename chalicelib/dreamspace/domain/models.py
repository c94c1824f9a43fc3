"""The six models and how they belong together."""

from enum import StrEnum
from typing import NamedTuple


class Model(StrEnum):
    """A model, by its collection's name in paths."""

    USERS = "users"
    TRANSACTIONS = "transactions"
    SPECIMENS = "specimens"
    EVENTS = "events"
    DOCUMENTS = "documents"
    STAMPS = "stamps"

    @property
    def noun(self) -> str:
        """One object of the model, such as `user`."""
        return self.value.removesuffix("s")

    @property
    def id_field(self) -> str:
        """What its id is called, such as `user_id`."""
        return f"{self.noun}_id"

    @property
    def unknown(self) -> str:
        """The message of an error about an object that does not exist."""
        return f"There is no such {self.noun}."


class Parent(NamedTuple):
    """The parent object of a path: `field` of the object that is found must be `id`.

    With `has_one`, it must be the parent's only object of that kind: a user's current specimen.
    """

    model: Model
    field: str
    id: int
    has_one: bool = False


class Referrer(NamedTuple):
    """The object whose relation a path has followed to another object.

    `user_id` is the user that it belongs to; None of a stamp.
    """

    model: Model
    id: int
    user_id: int | None


EVENT_TYPES = ("plain", "subscriber", "cheer", "raid")
MAX_INTEGER = 2**53 - 1
MAX_STAMPS = 60
