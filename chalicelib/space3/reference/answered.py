"""Missions that we answer for: the endpoint that mission systems ask, and its administration."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.core.errors import BadRequest, Conflict, MethodNotAllowed, NotFound, Unauthorized
from chalicelib.core.reference import (
    ADMIN_KEY,
    PAGE,
    WRONG_PATH,
    CodedError,
    Listed,
    Operation,
    Parameter,
    PlainError,
    Reply,
    Section,
)
from chalicelib.core.reference import variable as path_variable
from chalicelib.partners.reference import ADMIN_INPUT, ADMIN_REFUSALS, ADMIN_UNKNOWN, ORIGIN
from chalicelib.partners.routes import surface
from chalicelib.space3.admin_schemas import AnsweredCreate, AnsweredRead, AnsweredUpdate
from chalicelib.space3.routes import admin, partner_endpoint


class Simple(BaseModel):
    """Space3: whether a simple mission is done."""

    success: bool


class Entry(BaseModel):
    """Space3: one entry of an accumulative mission."""

    timestamp: str
    completedTimes: int


class QuestnResult(BaseModel):
    """The result."""

    result: bool


class Questn(BaseModel):
    """QuestN's answer."""

    data: QuestnResult


class TaskonResult(BaseModel):
    """The result."""

    isValid: bool


class Taskon(BaseModel):
    """TaskOn's answer."""

    result: TaskonResult


class Zealy(BaseModel):
    """Zealy's answer; the status says whether the mission is done."""

    message: str


class Account(BaseModel):
    """An account elsewhere."""

    model_config = ConfigDict(extra="allow")

    id: Any = None


class Accounts(BaseModel):
    """A user's accounts, as Zealy sends them."""

    model_config = ConfigDict(extra="allow")

    email: Any = None
    wallet: Any = None
    discord: Account | Any = None
    twitter: Account | Any = None
    telegram: Account | Any = None
    zealy_connect: Any = Field(default=None, alias="zealy-connect")


class ZealyQuestion(BaseModel):
    """What Zealy asks; fields that are not known here are passed over."""

    model_config = ConfigDict(extra="allow")

    accounts: Accounts
    userId: Any = None
    communityId: Any = None
    subdomain: Any = None
    questId: Any = None
    requestId: Any = None


_IDENTITIES = (
    Parameter("uid", "The user at the mission system, or with the partner.", str, "660acc89142ce43bb232a3e5"),
    Parameter("email", "The user's e-mail address.", str, "ada@example.com"),
    Parameter("wallet", "The user's wallet.", str, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    Parameter("discordId", "The user's id on Discord."),
    Parameter("xId", "The user's id on X."),
    Parameter("twitterId", "The same as `xId`."),
    Parameter("telegramId", "The user's id on Telegram."),
    Parameter("address", "The user's wallet, in other dialects than Space3's."),
    Parameter("fromDate", "ISO 8601: what was done before does not count.", str, "2025-06-01T00:00:00.000Z"),
    Parameter("toDate", "ISO 8601: what was done from then on does not count.", str, "2025-07-01T00:00:00.000Z"),
)
_ANSWER = Simple | list[Entry] | Questn | Taskon | int
_NOT_DONE = {
    400: Reply(Zealy, {"message": "Quest not completed yet"}, "Zealy's word for not done; or the question is wrong.")
}
_ZEALY_ASKS = {
    "userId": "4f1c",
    "communityId": "spacex",
    "subdomain": "spacex",
    "questId": "q1",
    "requestId": "r1",
    "accounts": {"email": "ada@example.com", "discord": {"id": "80351110224678912"}},
}
_WRONG_METHOD = MethodNotAllowed("This address is asked by GET.", allowed=("GET",))
_DATES = (BadRequest("fromDate: is later than toDate"),)
_MISSION = path_variable("mission", "The mission's number, perhaps with a dialect before it (`questn:1`).", "1")

ENDPOINT = Section(
    name="Missions",
    slug="missions",
    description=(
        "Where mission systems ask how far somebody is. Every identity may come in the query; several are taken "
        "together. Empty values and placeholders that nobody filled are passed over. The last part of the path is the "
        "mission's number, with a dialect before it where that is not Space3's: `galxe:1`, `zealy:1`, `questn:1`, "
        "`taskon:1`."
    ),
    surface=partner_endpoint.surface,
    error=PlainError,
    security=({"missionSecret": ()}, {}),
    refusals=(Unauthorized("The mission's secret is missing or wrong: x-api-key."), _WRONG_METHOD),
    refusals_of_addresses=(WRONG_PATH, NotFound("There is no such mission.")),
    refusals_of_input=_DATES,
    variables=(ORIGIN, _MISSION),
    operations={
        (partner_endpoint.ask, "GET"): Operation(
            description="A simple mission is answered by `{success}`, an accumulative one by entries, newest first.",
            parameters=(path_variable("subject", _MISSION.description, "1"), *_IDENTITIES),
            answer=_ANSWER,
            example={"success": True},
        ),
        (partner_endpoint.ask, "POST"): Operation(
            summary="Tells Zealy how far a user is with a mission",
            parameters=(path_variable("subject", "`zealy:` and the mission's number.", "zealy:1"), *_IDENTITIES),
            body=ZealyQuestion,
            sends=_ZEALY_ASKS,
            answer=Zealy,
            example={"message": "Quest completed"},
            replies=_NOT_DONE,
        ),
        (partner_endpoint.ask_by_email, "GET"): Operation(
            description="A simple mission is answered by `{success}`, an accumulative one by entries, newest first.",
            parameters=(path_variable("subject", "The user's e-mail address.", "ada@example.com"), *_IDENTITIES),
            answer=_ANSWER,
            example=[{"timestamp": "2025-06-08T20:12:00.000Z", "completedTimes": 2}],
        ),
        (partner_endpoint.ask_by_email, "POST"): Operation(
            summary="Tells Zealy how far a user is, named in the path as well",
            parameters=(
                path_variable("subject", "The user's e-mail address.", "ada@example.com"),
                path_variable("mission", "`zealy:` and the mission's number.", "zealy:1"),
                *_IDENTITIES,
            ),
            body=ZealyQuestion,
            sends=_ZEALY_ASKS,
            answer=Zealy,
            example={"message": "Quest completed"},
            replies=_NOT_DONE,
        ),
    },
)

_BASE = "https://api.example.com/missions/spacex"
_ANSWERED = {
    "mission": 1,
    "kind": "simple",
    "activity": "gardenlab:summer_party:event_checkin",
    "target": 1,
    "counting": "per_day",
    "has_secret": True,
    "reward_contract_id": "summer_party",
    "reward_action_id": "quest_done",
    "created_at": "2025-06-08T20:12:00Z",
    "url": f"{_BASE}/<Email>/1?wallet=<wallet>",
    "urls": {dialect: f"{_BASE}/{dialect}:1" for dialect in ("space3", "galxe", "zealy", "questn", "taskon")},
}

ANSWERED = Section(
    name="Answered missions",
    slug="answered",
    description="The missions that mission systems ask about, each counting one activity. For the operator.",
    surface=surface,
    error=CodedError,
    security=ADMIN_KEY,
    refusals=ADMIN_REFUSALS,
    refusals_of_addresses=(*ADMIN_UNKNOWN, NotFound("The partner has no such mission.")),
    refusals_of_input=ADMIN_INPUT,
    variables=(ORIGIN, path_variable("id", "The mission's number.", 1, int)),
    operations={
        admin.create_mission: Operation(
            body=AnsweredCreate,
            sends={
                "mission": 1,
                "kind": "simple",
                "activity": "gardenlab:summer_party:event_checkin",
                "secret": "a-secret-of-the-partner",
                "reward_contract_id": "summer_party",
                "reward_action_id": "quest_done",
            },
            answer=AnsweredRead,
            example=_ANSWERED,
            refusals=(
                BadRequest(
                    "activity: unknown is the action 'chekin' of the collection 'summer_party' "
                    "(allow_unknown: true takes what does not exist yet)"
                ),
                BadRequest("reward_contract_id and reward_action_id belong together"),
                BadRequest(
                    "reward_action_id: unknown is the action 'bonus' of the collection 'summer_party' "
                    "(allow_unknown: true takes what does not exist yet)"
                ),
                Conflict("The mission 1 exists already."),
            ),
        ),
        admin.list_missions: Operation(answer=Listed(AnsweredRead), example=_ANSWERED, parameters=PAGE),
        admin.get_mission: Operation(answer=AnsweredRead, example=_ANSWERED),
        admin.update_mission: Operation(
            body=AnsweredUpdate,
            sends={"target": 3},
            answer=AnsweredRead,
            example={**_ANSWERED, "target": 3},
            refusals=(
                BadRequest(
                    "activity: unknown is the collection 'sumer_party' "
                    "(allow_unknown: true takes what does not exist yet)"
                ),
            ),
        ),
        admin.delete_mission: Operation(answer=AnsweredRead, example=_ANSWERED),
    },
)
