"""The refusals of partners and their keys, with the messages that callers read."""

from chalicelib.core.errors import BadRequest, Conflict, Forbidden, NotFound


class PartnerExists(Conflict):
    """The origin is taken."""

    def __init__(self, origin: str) -> None:
        super().__init__(f"The partner {origin} exists already.")


class PartnerUnknown(NotFound):
    """There is no such partner."""

    def __init__(self, origin: str) -> None:
        super().__init__(f"There is no partner {origin}.")


class BudgetSpent(Forbidden):
    """The partner has deployed as many collections itself as the operator allows."""

    def __init__(self) -> None:
        super().__init__("You may deploy no more collections yourself. Ask the operator of this stage for more.")


class KeyUnknown(NotFound):
    """The partner has no such key."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"The partner has no key {key_id}.")


class PositionUnknown(BadRequest):
    """The list has no entry of this id to go on after."""

    def __init__(self, after: str) -> None:
        super().__init__(f"starting_after: this list has no {after!r}", param="starting_after")
