"""The wire of the missions that we answer for (admin surface)."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, computed_field, model_validator

from chalicelib.core.schemas import VISIBLE, Name, Read, Wire
from chalicelib.core.settings import settings
from chalicelib.space3 import dialects

Kind = Literal["simple", "accumulative"]
Counting = Literal["per_day", "per_act", "running_total"]
MissionNumber = Annotated[int, Field(ge=0, le=10**15)]
Activity = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Target = Annotated[int, Field(ge=1, le=2**53 - 1)]
# What can stand in a header, and be typed.
Secret = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=VISIBLE)]


class AnsweredUpdate(Wire):
    """PATCH …/missions/{mission}: the given fields change; null removes an optional one."""

    kind: Kind = "simple"
    activity: Activity = ""
    target: Target = 1
    counting: Counting = "per_day"
    secret: Secret | None = None
    reward_contract_id: Name | None = None
    reward_action_id: Name | None = None
    allow_unknown: bool = False


class AnsweredCreate(AnsweredUpdate):
    """POST …/missions."""

    mission: MissionNumber
    activity: Activity

    @model_validator(mode="after")
    def _rewards_are_whole(self) -> Self:
        require_whole_reward(self.reward_contract_id, self.reward_action_id)
        return self


class AnsweredRead(Read):
    """A mission that we answer for, and where mission systems ask for it."""

    mission: int
    kind: Kind
    activity: str
    target: int
    counting: Counting
    has_secret: bool
    reward_contract_id: str | None
    reward_action_id: str | None
    created_at: datetime
    origin: str = Field(exclude=True)

    @computed_field
    def url(self) -> str:
        """The pattern to register with Space3."""
        own = dialects.dialect(dialects.OWN)
        return own.settings(self.address_of(dialects.OWN), has_secret=False)[0].value

    @computed_field
    def urls(self) -> dict[str, str]:
        """The addresses for other mission systems."""
        return {dialect: self.address_of(dialect) for dialect in dialects.names()}

    def address_of(self, dialect: str) -> str:
        """Where a dialect's platform asks."""
        return f"{settings().public_url}/missions/{self.origin}/{dialect}:{self.mission}"


def require_whole_reward(contract_id: str | None, action_id: str | None) -> None:
    """Raises `ValueError` where one half of a reward is given without the other."""
    if (contract_id is None) != (action_id is None):
        raise ValueError("reward_contract_id and reward_action_id belong together")
