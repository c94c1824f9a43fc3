"""The wire of the mission system."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    StringConstraints,
    computed_field,
    model_validator,
)

from chalicelib.chain.addresses import checksum_address
from chalicelib.core.schemas import HEX_24, Email, IsoTime, Name, Read, Wire
from chalicelib.space3 import dialects
from chalicelib.space3.domain.answers import Counting, Kind, Reason, Verdict
from chalicelib.space3.domain.windows import Recurrence

MAX_JOB = 10_000
# Options that could stand beside the other fields before there were `options`.
BESIDE = ("community_id", "subdomain", "quest_id", "result_path")


def _same_case(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _known(name: str) -> str:
    if name not in dialects.names():
        raise ValueError(f"must be one of {', '.join(dialects.names())}")
    return name


def _enumerate(schema: dict[str, Any]) -> None:
    schema["enum"] = list(dialects.names())


DialectName = Annotated[str, AfterValidator(_known), Field(json_schema_extra=_enumerate)]
UserId = Annotated[str, BeforeValidator(_same_case), StringConstraints(pattern=HEX_24)]
Wallet = Annotated[str, AfterValidator(checksum_address)]
AccountId = Annotated[str, StringConstraints(min_length=1, max_length=128)]
UrlTemplate = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
HeaderName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
HeaderValue = Annotated[str, StringConstraints(max_length=2048)]
Headers = Annotated[dict[HeaderName, HeaderValue], Field(max_length=20)]
Target = Annotated[int, Field(ge=1, le=2**53 - 1)]


class MissionUpdate(Wire):
    """PATCH /space3/missions/{id}: the given fields change; null removes an optional one."""

    name: Name = ""
    kind: Kind = "simple"
    url_template: UrlTemplate = ""
    headers: Headers = Field(default_factory=dict)
    dialect: DialectName = dialects.OWN
    options: Annotated[dict[str, Any], Field(max_length=20)] | None = None
    send_window: bool = False
    lowercase_wallet: bool = False
    counting: Counting = "sum"
    target: Target = 1
    starts_at: IsoTime | None = None
    ends_at: IsoTime | None = None
    recurrence: Recurrence = "once"

    @model_validator(mode="before")
    @classmethod
    def _lift(cls, value: Any) -> Any:
        """Options may also stand beside the other fields, or in an object named after the dialect."""
        if not isinstance(value, dict):
            return value
        lifted = dict(value)
        found: dict[str, Any] = {}
        for name in dialects.names():
            given = lifted.pop(name, None)
            if given is not None and not isinstance(given, dict):
                raise ValueError(f"{name}: must be an object")
            if given and lifted.get("dialect", name) != name:
                raise ValueError(f"{name}: the mission has another dialect")
            found |= given or {}
        found |= {name: lifted.pop(name) for name in BESIDE if name in lifted}
        options = lifted.get("options")
        if found and (options is None or isinstance(options, dict)):
            lifted["options"] = {**(options or {}), **found}
        return lifted


class MissionCreate(MissionUpdate):
    """POST /space3/missions."""

    name: Name
    url_template: UrlTemplate


class MissionRead(Read):
    """A mission; of its headers only the names."""

    id: str
    name: str
    kind: Kind
    url_template: str
    headers: list[str] = Field(validation_alias="header_names")
    dialect: DialectName
    options: dict[str, Any] = Field(validation_alias=AliasChoices("chosen", "options"))
    send_window: Annotated[bool, BeforeValidator(bool)]
    lowercase_wallet: bool
    counting: Counting
    target: int
    starts_at: str | None
    ends_at: str | None
    recurrence: Recurrence
    created_at: datetime

    @computed_field
    def zealy(self) -> dict[str, Any] | None:
        """The same as `options`, for Zealy."""
        return self.options or None if self.dialect == "zealy" else None

    @computed_field
    def result_path(self) -> str | None:
        """The same as in `options`."""
        path: str | None = self.options.get("result_path")
        return path


class MissionCreated(MissionRead):
    """The one answer that holds the signing secret."""

    signing_secret: str


class UserUpdate(Wire):
    """PATCH /space3/users/{uid}: the given fields change; null removes one."""

    email: Email | None = None
    wallet: Wallet | None = None
    discord_id: AccountId | None = None
    discord_username: AccountId | None = None
    x_id: AccountId | None = None
    x_username: AccountId | None = None
    telegram_id: AccountId | None = None


class UserCreate(UserUpdate):
    """POST /space3/users."""

    uid: UserId | None = None


class UserRead(Read):
    """A user."""

    uid: str
    email: str | None
    wallet: str | None
    discord_id: str | None
    discord_username: str | None
    x_id: str | None
    x_username: str | None
    telegram_id: str | None
    created_at: datetime


class VerifyBody(Wire):
    """POST …/verify."""

    uid: UserId


class TrialBody(Wire):
    """POST …/test: a user who has done it, and one who has not."""

    completed_uid: UserId
    not_completed_uid: UserId


class VerifyManyBody(Wire):
    """POST …/verify_many."""

    uids: Annotated[list[UserId], Field(min_length=1, max_length=MAX_JOB)]


class VerdictRead(Read):
    """A verdict. `progress` is null where nothing is known."""

    verdict: Verdict
    reason: Reason | None
    progress: int | None
    target: int
    evidence_id: str = Field(validation_alias="id")


class EvidenceRead(Read):
    """A verification with every try."""

    id: str
    mission_id: str
    uid: str
    at: datetime
    verdict: Verdict
    reason: Reason | None
    progress: int | None
    target: int
    fromDate: str | None = Field(validation_alias="from_date")
    toDate: str | None = Field(validation_alias="to_date")
    tries: list[dict[str, Any]]


class JobRead(Read):
    """How far a job is."""

    job_id: str = Field(validation_alias="id")
    mission_id: str
    status: Literal["queued", "running", "completed"]
    total: int
    processed: int
    done: int
    not_done: int
    unknown: int
    created_at: datetime
