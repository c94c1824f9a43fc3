"""The mission system: missions, users, verifications, evidence and jobs."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from chalicelib.core.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthorized
from chalicelib.core.reference import (
    WRONG_PATH,
    CodedError,
    Operation,
    Parameter,
    Section,
    access_token,
    api_key,
    variable,
)
from chalicelib.core.schemas import Name, Wire
from chalicelib.space3 import dialects
from chalicelib.space3.domain.answers import Reason, Verdict
from chalicelib.space3.routes import mission_system as routes
from chalicelib.space3.schemas import (
    BESIDE,
    EvidenceRead,
    MissionCreate,
    MissionUpdate,
    TrialBody,
    UserCreate,
    UserUpdate,
    VerdictRead,
    VerifyBody,
    VerifyManyBody,
)
from chalicelib.space3.service.verification import ALL_SECONDS, PAUSES, TRY_SECONDS


class _Named(BaseModel):
    """An admin key names the partner in the body, or in the query."""

    origin: Name | None = None


_OPTIONS = {name: schema for name in dialects.names() if (schema := dialects.dialect(name).options) is not None}


def _change_of(options: type[BaseModel]) -> Any:
    """The schema of a change of options: each may be left out, and null ends it."""
    fields: dict[str, Any] = {}
    for name, info in options.model_fields.items():
        stated = info.asdict()
        kind = or_(stated["annotation"], None)
        fields[name] = Annotated[(kind, *stated["metadata"], Field(**stated["attributes"]))], None
    return create_model(f"{options.__name__}Change", __base__=Wire, __doc__=options.__doc__, **fields)


def _lifted(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options may also stand in an object named after the dialect; the first that there were, beside other fields."""
    return {
        "options": (reduce(or_, options.values(), None), None),
        **{name: (schema | None, None) for name, schema in options.items()},
        **dict.fromkeys(BESIDE, (Name | None, None)),
    }


def _named(name: str, body: type[BaseModel], fields: Mapping[str, Any] | None = None) -> Any:
    """The schema of a body in which an admin key may name the partner, with more fields."""
    return create_model(name, __base__=(_Named, body), __doc__=body.__doc__, **(fields or {}))


NamedMissionCreate = _named("NamedMissionCreate", MissionCreate, _lifted(_OPTIONS))
_CHANGES = {name: _change_of(schema) for name, schema in _OPTIONS.items()}
NamedMissionUpdate = _named("NamedMissionUpdate", MissionUpdate, _lifted(_CHANGES))
NamedUserCreate = _named("NamedUserCreate", UserCreate)
NamedUserUpdate = _named("NamedUserUpdate", UserUpdate)
Verify = _named("Verify", VerifyBody)
Trial = _named("Trial", TrialBody)
VerifyMany = _named("VerifyMany", VerifyManyBody)


class Try(BaseModel):
    """One call to the partner."""

    number: int
    at: str
    method: Literal["GET", "POST"]
    url: str
    status: int | None
    latency_ms: int
    sha256: str | None
    head: str
    verdict: Verdict
    reason: Reason | None
    detail: str


class EvidenceShown(EvidenceRead):
    """A verification with every try."""

    tries: list[Try]  # type: ignore[assignment]  # as the service lays them out


class TrialPart(VerdictRead):
    """What was said of one user."""

    expected: Verdict
    ok: bool
    latency_ms: int
    detail: str


class TrialReport(BaseModel):
    """Whether the partner keeps the contract."""

    ok: bool
    format_ok: bool
    latency_ms: int
    completed: TrialPart
    not_completed: TrialPart


_MISSION_ID, _EVIDENCE_ID = "msn_01JXA8Z7Q2W4E6R8T0Y2", "evd_01JXA8Z7Q2W4E6R8T0Y2"
_JOB_ID = "job_01JXA8Z7Q2W4E6R8T0Y2"
_UID, _OTHER_UID = "660acc89142ce43bb232a3e5", "660acc89142ce43bb232a3e6"
_BY_ADMIN = Parameter("origin", "The partner; needed where an admin key calls.", Name)
_MISSION: dict[str, Any] = {
    "id": _MISSION_ID,
    "name": "Check in",
    "kind": "simple",
    "url_template": "https://partner.example/check/<Email>?wallet=<wallet>",
    "headers": ["x-api-key"],
    "dialect": "space3",
    "options": {},
    "send_window": False,
    "zealy": None,
    "result_path": None,
    "lowercase_wallet": False,
    "counting": "sum",
    "target": 1,
    "starts_at": None,
    "ends_at": None,
    "recurrence": "once",
    "created_at": "2025-06-08T20:12:00Z",
}
_USER = {
    "uid": _UID,
    "email": "ada@example.com",
    "wallet": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "discord_id": None,
    "discord_username": None,
    "x_id": None,
    "x_username": None,
    "telegram_id": None,
    "created_at": "2025-06-08T20:12:00Z",
}
_DONE: dict[str, Any] = {"verdict": "done", "reason": None, "progress": 1, "target": 1}
_VERDICT = {**_DONE, "evidence_id": _EVIDENCE_ID}
_EVIDENCE = {
    "id": _EVIDENCE_ID,
    "mission_id": _MISSION_ID,
    "uid": _UID,
    "at": "2025-06-08T20:12:00Z",
    **_DONE,
    "fromDate": "1970-01-01T00:00:00.000Z",
    "toDate": "2025-06-08T20:12:00.000Z",
    "tries": [
        {
            "number": 1,
            "at": "2025-06-08T20:12:00.000Z",
            "method": "GET",
            "url": "https://partner.example/check/<Email>?wallet=<wallet>",
            "status": 200,
            "latency_ms": 84,
            "sha256": "c955e57777ec0d73639dca6748560d00aa5eb8e12f13ebb2ed9656a28f1dff42",
            "head": '{"success": true}',
            "verdict": "done",
            "reason": None,
            "detail": "",
        }
    ],
}
_JOB = {
    "job_id": _JOB_ID,
    "mission_id": _MISSION_ID,
    "status": "running",
    "total": 10000,
    "processed": 2400,
    "done": 1700,
    "not_done": 650,
    "unknown": 50,
    "created_at": "2025-06-08T20:12:00Z",
}
_PART = {**_VERDICT, "expected": "done", "ok": True, "latency_ms": 84, "detail": ""}
_NO_MISSION, _NO_USER = NotFound("There is no such mission."), NotFound("There is no such user.")

MISSION_SYSTEM = Section(
    name="Space3",
    slug="space3",
    description=(
        "The mission system: it asks partners whether users have done missions, keeps every answer as evidence, and "
        "never takes a partner's failure for a user's. Calls to partners are signed. An admin key may call for a "
        "partner that it names by `origin`."
    ),
    surface=routes.surface,
    error=CodedError,
    security=(*api_key("missions"), *access_token("missions"), {"adminKey": ()}),
    refusals=(
        BadRequest("origin: an admin key must name the partner"),
        Unauthorized("The API key is unknown, or was revoked."),
        Forbidden("The credential lacks the scope missions."),
        NotFound("There is no partner spacex."),
    ),
    refusals_of_addresses=(WRONG_PATH, _NO_MISSION),
    refusals_of_input=(BadRequest("uid: String should match pattern '^[0-9a-f]{24}$'"),),
    parameters=(_BY_ADMIN,),
    variables=(variable("id", "The mission's id.", _MISSION_ID),),
    operations={
        routes.create_mission: Operation(
            body=NamedMissionCreate,
            sends={
                "name": "Check in",
                "kind": "simple",
                "url_template": "https://partner.example/check/<Email>?wallet=<wallet>",
                "headers": {"x-api-key": "the partner's secret"},
            },
            example={**_MISSION, "signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw1p4nE6d0mQ8="},
            refusals=(BadRequest("url_template: there is no placeholder <Name>"),),
        ),
        routes.list_missions: Operation(example=_MISSION),
        routes.get_mission: Operation(example=_MISSION),
        routes.update_mission: Operation(
            body=NamedMissionUpdate,
            sends={"target": 3},
            example={**_MISSION, "target": 3},
        ),
        routes.delete_mission: Operation(example=_MISSION),
        routes.verify: Operation(
            description=(
                f"At most {len(PAUSES)} calls to the partner, of {TRY_SECONDS:g} seconds each and {ALL_SECONDS:g} in "
                "all. A failure of the partner's is `unknown` with a `reason`."
            ),
            body=Verify,
            sends={"uid": _UID},
            example=_VERDICT,
            refusals=(_NO_USER,),
        ),
        routes.try_mission: Operation(
            body=Trial,
            sends={"completed_uid": _UID, "not_completed_uid": _OTHER_UID},
            answer=TrialReport,
            example={
                "ok": True,
                "format_ok": True,
                "latency_ms": 84,
                "completed": _PART,
                "not_completed": {**_PART, "verdict": "not_done", "progress": 0, "expected": "not_done"},
            },
            refusals=(_NO_USER,),
        ),
        routes.verify_many: Operation(
            body=VerifyMany,
            sends={"uids": [_UID, _OTHER_UID]},
            example={**_JOB, "status": "queued", "processed": 0, "done": 0, "not_done": 0, "unknown": 0},
        ),
        routes.get_job: Operation(
            parameters=(variable("id", "The job's id.", _JOB_ID),),
            example=_JOB,
            refusals=(NotFound("There is no such job."),),
        ),
        routes.get_evidence: Operation(
            parameters=(variable("id", "The evidence's id.", _EVIDENCE_ID),),
            answer=EvidenceShown,
            example=_EVIDENCE,
            refusals=(NotFound("There is no such evidence."),),
        ),
        routes.create_user: Operation(
            body=NamedUserCreate,
            sends={"uid": _UID, "email": "ada@example.com"},
            example=_USER,
            refusals=(Conflict(f"The user {_UID} exists already."),),
        ),
        routes.list_users: Operation(example=_USER),
        routes.get_user: Operation(
            parameters=(variable("id", "The user's uid.", _UID),),
            example=_USER,
            refusals=(_NO_USER,),
        ),
        routes.update_user: Operation(
            parameters=(variable("id", "The user's uid.", _UID),),
            body=NamedUserUpdate,
            sends={"wallet": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"},
            example=_USER,
            refusals=(_NO_USER,),
        ),
    },
)
