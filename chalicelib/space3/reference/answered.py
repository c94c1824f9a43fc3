"""Missions that we answer for: the endpoint that mission systems ask, and its administration."""

from functools import reduce
from operator import or_
from typing import Any

from chalicelib.core.errors import BadRequest, Conflict, MethodNotAllowed
from chalicelib.core.reference import WRONG_PATH, Operation, Parameter, PlainError, Reply, Section
from chalicelib.core.reference import variable as path_variable
from chalicelib.partners.reference import ADMIN_UNKNOWN, ORIGIN, operators_section
from chalicelib.space3 import dialects
from chalicelib.space3.dialects.zealy import Zealy
from chalicelib.space3.routes import admin, partner_endpoint
from chalicelib.space3.service.answered import AnsweredUnknown
from chalicelib.space3.service.answering import SecretWrong

_IDENTITIES = (
    Parameter("uid", "The user at the mission system, or with the partner.", str, "660acc89142ce43bb232a3e5"),
    Parameter("email", "The user's e-mail address.", str, "ada@example.com"),
    Parameter("wallet", "The user's wallet.", str, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    Parameter("discordId", "The user's id on Discord."),
    Parameter("xId", "The user's id on X, or the handle."),
    Parameter("twitterId", "The same as `xId`."),
    Parameter("telegramId", "The user's id on Telegram."),
    Parameter("address", "The user's wallet, in other dialects than Space3's; for TaskOn, any identifier."),
    Parameter("format", "`object`: Galxe is answered by `{result}` instead of the number alone."),
    Parameter("fromDate", "ISO 8601: what was done before does not count.", str, "2025-06-01T00:00:00.000Z"),
    Parameter("toDate", "ISO 8601: what was done from then on does not count.", str, "2025-07-01T00:00:00.000Z"),
)
_SPOKEN = [dialects.dialect(name) for name in dialects.names()]
_POSTING = [each for each in _SPOKEN if "POST" in each.asks_by]
_ANSWER: Any = reduce(or_, (each.answers for each in _SPOKEN if "GET" in each.asks_by))
_POSTED: Any = reduce(or_, (each.asks for each in _POSTING))
_POST_ANSWER: Any = reduce(or_, (each.answers for each in _POSTING))
_OTHERS = ", ".join(f"`{name}:1`" for name in dialects.names() if name != dialects.OWN)
_NOT_DONE = {
    400: Reply(
        Zealy,
        {"message": "Quest not completed yet"},
        "Zealy's word for not done, for a wrong key and for an unknown mission; else the question is wrong.",
    )
}
_WRONG_METHOD = MethodNotAllowed("This address is asked by GET.", allowed=("GET",))
_DATES = (BadRequest("fromDate: is later than toDate"),)
_MISSION = path_variable("mission", "The mission's number, perhaps with a dialect before it (`questn:1`).", "1")

_NUMBER = path_variable("subject", _MISSION.description, "1")
_EMAIL = path_variable("subject", "The user's e-mail address.", "ada@example.com")


def _posting(name: str) -> Parameter:
    return path_variable(name, "A dialect that asks by POST (`zealy:`) and the mission's number.", "zealy:1")


def _asked(*variables: Parameter, example: Any) -> Operation:
    return Operation(
        description="A simple mission is answered by `{success}`, an accumulative one by entries, newest first.",
        parameters=(*variables, *_IDENTITIES),
        answer=_ANSWER,
        example=example,
    )


def _posted(summary: str, *variables: Parameter) -> Operation:
    return Operation(
        summary=summary,
        parameters=(*variables, *_IDENTITIES),
        body=_POSTED,
        sends=dialects.dialect("zealy").asks_example,
        answer=_POST_ANSWER,
        example={"message": "Quest completed"},
        replies=_NOT_DONE,
    )


ENDPOINT = Section(
    name="Missions",
    slug="missions",
    description=(
        "Where mission systems ask how far somebody is. Every identity may come in the query; several are taken "
        "together. Empty values and placeholders that nobody filled are passed over. The last part of the path is the "
        f"mission's number, with a dialect before it where that is not Space3's: {_OTHERS}."
    ),
    surface=partner_endpoint.surface,
    error=PlainError,
    security=({"missionSecret": ()}, {}),
    refusals=(
        SecretWrong(),
        _WRONG_METHOD,
    ),
    refusals_of_addresses=(WRONG_PATH, AnsweredUnknown()),
    refusals_of_input=_DATES,
    variables=(ORIGIN, _MISSION),
    operations={
        (partner_endpoint.ask, "GET"): _asked(_NUMBER, example={"success": True}),
        (partner_endpoint.ask, "POST"): _posted(
            "Tells Zealy, Galxe or Intract how far a user is with a mission", _posting("subject")
        ),
        (partner_endpoint.ask_by_email, "GET"): _asked(
            _EMAIL, example=[{"timestamp": "2025-06-08T20:12:00.000Z", "completedTimes": 2}]
        ),
        (partner_endpoint.ask_by_email, "POST"): _posted(
            "Tells Zealy, Galxe or Intract how far a user is, named in the path as well", _EMAIL, _posting("mission")
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
    "urls": {dialect: f"{_BASE}/{dialect}:1" for dialect in dialects.names()},
}

ANSWERED = operators_section(
    name="Answered missions",
    slug="answered",
    description="The missions that mission systems ask about, each counting one activity. For the operator.",
    refusals_of_addresses=(*ADMIN_UNKNOWN, AnsweredUnknown()),
    variables=(ORIGIN, path_variable("id", "The mission's number.", 1, int)),
    operations={
        admin.create_mission: Operation(
            sends={
                "mission": 1,
                "kind": "simple",
                "activity": "gardenlab:summer_party:event_checkin",
                "secret": "a-secret-of-the-partner",
                "reward_contract_id": "summer_party",
                "reward_action_id": "quest_done",
            },
            example=_ANSWERED,
            refusals=(
                BadRequest(
                    "activity: there is no action 'chekin' in the collection 'summer_party' "
                    "(allow_unknown: true takes what does not exist yet)"
                ),
                BadRequest("reward_contract_id and reward_action_id belong together"),
                BadRequest(
                    "reward_action_id: there is no action 'bonus' in the collection 'summer_party' "
                    "(allow_unknown: true takes what does not exist yet)"
                ),
                Conflict("The mission 1 exists already."),
            ),
        ),
        admin.list_missions: Operation(example=_ANSWERED),
        admin.get_mission: Operation(example=_ANSWERED),
        admin.update_mission: Operation(
            sends={"target": 3},
            example={**_ANSWERED, "target": 3},
            refusals=(
                BadRequest(
                    "activity: there is no collection 'sumer_party' (allow_unknown: true takes what does not exist yet)"
                ),
            ),
        ),
        admin.delete_mission: Operation(example=_ANSWERED),
    },
)
