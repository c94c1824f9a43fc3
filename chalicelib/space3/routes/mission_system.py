"""`/space3`: the mission system, its users, verifications, evidence and jobs."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from chalice.app import Blueprint, Request, Response

from chalicelib.core.credentials import Accepted, CredentialRefused, presented, require_scope
from chalicelib.core.errors import BadRequest, Forbidden, NotFound
from chalicelib.core.http.credentials import unauthorized
from chalicelib.core.http.parse import path_value, query_of, validated
from chalicelib.core.http.request import json_body
from chalicelib.core.http.respond import answer, read_many
from chalicelib.core.http.surfaces import Surface, render_coded
from chalicelib.core.pagination import Page, envelope, parse_list_limit
from chalicelib.oauth import service as oauth
from chalicelib.partners import service as partners
from chalicelib.space3.schemas import (
    EvidenceRead,
    JobRead,
    MissionCreate,
    MissionCreated,
    MissionRead,
    MissionUpdate,
    TrialBody,
    UserCreate,
    UserRead,
    UserUpdate,
    VerdictRead,
    VerifyBody,
    VerifyManyBody,
)
from chalicelib.space3.service import jobs, missions, trials, verification

T = TypeVar("T")
SCOPE = "missions"
MISSIONS, USERS = "/space3/missions", "/space3/users"
EVIDENCE, JOBS = "/space3/evidence", "/space3/jobs"
_MISSION_ID = re.compile(r"msn_[0-9A-Z]{20}")
_EVIDENCE_ID = re.compile(r"evd_[0-9A-Z]{20}")
_JOB_ID = re.compile(r"job_[0-9A-Z]{20}")
_UID = re.compile(r"[0-9a-f]{24}")

_ACCEPTED = Accepted("API key or access token", key_header=True)

routes = Blueprint(__name__)
surface = Surface(name="space3", render_error=render_coded)


def caller_of(request: Request, named: Any = None) -> str:
    """The partner on whose behalf the request is made: a key's own, or the `origin` that an admin key names.

    Raises `Unauthorized` without a valid credential, `Forbidden` for one without the scope or of another partner,
    `BadRequest` where an admin key names nobody, `NotFound` where it names a partner that does not exist.
    """
    try:
        text = presented(request.headers, _ACCEPTED)
        if partners.is_admin(text):
            return _named_by_admin(named)
        credential = oauth.authenticate_any(text)
        require_scope(credential, SCOPE)
    except CredentialRefused as error:
        raise unauthorized(error, realm="Space3") from error
    if named is not None and named != credential.origin:
        raise Forbidden("origin: is not the partner of this credential.", param="origin")
    return credential.origin


def _is_admin(request: Request) -> bool:
    try:
        return partners.is_admin(presented(request.headers, _ACCEPTED))
    except CredentialRefused:
        return False


def _named_by_admin(named: Any) -> str:
    if not isinstance(named, str) or not 1 <= len(named) <= 128:
        raise BadRequest("origin: an admin key must name the partner", param="origin")
    return partners.get_partner(named).origin


def _caller() -> str:
    """The caller of a request without a body."""
    request = routes.current_request
    return caller_of(request, query_of(request.query_params).get("origin"))


def _posted() -> tuple[str, Any]:
    """The caller of a request with a body, and the body without the `origin` that an admin key may put there."""
    request = routes.current_request
    in_query = query_of(request.query_params).get("origin")
    if in_query is not None:
        return caller_of(request, in_query), json_body(request)
    if not _is_admin(request):
        caller_of(request)  # nothing of a stranger's body is read
    value = json_body(request)
    named = value.pop("origin", None) if isinstance(value, dict) else None
    return caller_of(request, named), value


@routes.route(MISSIONS, methods=["POST"])
def create_mission() -> Response:
    """Creates a mission; this answer alone shows the secret that its calls are signed with."""
    origin, value = _posted()
    body = validated(MissionCreate, value)
    row, secret = missions.create_mission(origin, body)
    shown = MissionRead.model_validate(row).model_dump()
    return answer(MissionCreated.model_construct(**shown, signing_secret=secret))


@routes.route(MISSIONS, methods=["GET"])
def list_missions() -> Response:
    """Lists missions, newest first."""
    origin = _caller()
    return _listed(MISSIONS, partial(missions.list_missions, origin), MissionRead, _MISSION_ID)


@routes.route(MISSIONS + "/{id}", methods=["GET"])
def get_mission(id: str) -> Response:
    """Shows a mission."""
    origin = _caller()
    return answer(MissionRead.model_validate(missions.get_mission(origin, _mission_id(id))))


@routes.route(MISSIONS + "/{id}", methods=["PATCH"])
def update_mission(id: str) -> Response:
    """Changes a mission."""
    origin, value = _posted()
    body = validated(MissionUpdate, value)
    row = missions.update_mission(origin, _mission_id(id), body)
    return answer(MissionRead.model_validate(row))


@routes.route(MISSIONS + "/{id}", methods=["DELETE"])
def delete_mission(id: str) -> Response:
    """Deletes a mission; its evidence stays."""
    origin = _caller()
    return answer(MissionRead.model_validate(missions.delete_mission(origin, _mission_id(id))))


@routes.route(MISSIONS + "/{id}/verify", methods=["POST"])
def verify(id: str) -> Response:
    """Asks the partner whether a user has done a mission."""
    origin, value = _posted()
    body = validated(VerifyBody, value)
    return answer(VerdictRead.model_validate(verification.verify(origin, _mission_id(id), body.uid)))


@routes.route(MISSIONS + "/{id}/test", methods=["POST"])
def try_mission(id: str) -> Response:
    """Tells whether the partner keeps the contract, before the mission goes live."""
    origin, value = _posted()
    body = validated(TrialBody, value)
    report = trials.report(
        origin, _mission_id(id), completed_uid=body.completed_uid, not_completed_uid=body.not_completed_uid
    )
    return answer(report)


@routes.route(MISSIONS + "/{id}/verify_many", methods=["POST"])
def verify_many(id: str) -> Response:
    """Begins to verify many users."""
    origin, value = _posted()
    body = validated(VerifyManyBody, value)
    return answer(JobRead.model_validate(jobs.create_job(origin, _mission_id(id), body.uids)))


@routes.route(JOBS + "/{id}", methods=["GET"])
def get_job(id: str) -> Response:
    """Shows how far a job is."""
    origin = _caller()
    job_id = path_value(id)
    if not _JOB_ID.fullmatch(job_id):
        raise NotFound("There is no such job.")
    return answer(JobRead.model_validate(jobs.get_job(origin, job_id)))


@routes.route(EVIDENCE + "/{id}", methods=["GET"])
def get_evidence(id: str) -> Response:
    """Shows a verification with every try."""
    origin = _caller()
    evidence_id = path_value(id)
    row = verification.get_evidence(origin, evidence_id) if _EVIDENCE_ID.fullmatch(evidence_id) else None
    if row is None:
        raise NotFound("There is no such evidence.")
    return answer(EvidenceRead.model_validate(row).model_dump(mode="json", by_alias=False))


@routes.route(USERS, methods=["POST"])
def create_user() -> Response:
    """Creates a user."""
    origin, value = _posted()
    body = validated(UserCreate, value)
    return answer(UserRead.model_validate(missions.create_user(origin, body)))


@routes.route(USERS, methods=["GET"])
def list_users() -> Response:
    """Lists users, newest first."""
    origin = _caller()
    return _listed(USERS, partial(missions.list_users, origin), UserRead, _UID)


@routes.route(USERS + "/{id}", methods=["GET"])
def get_user(id: str) -> Response:
    """Shows a user."""
    origin = _caller()
    return answer(UserRead.model_validate(missions.get_user(origin, _uid(id))))


@routes.route(USERS + "/{id}", methods=["PATCH"])
def update_user(id: str) -> Response:
    """Changes a user."""
    origin, value = _posted()
    body = validated(UserUpdate, value)
    return answer(UserRead.model_validate(missions.update_user(origin, _uid(id), body)))


def _mission_id(raw: str) -> str:
    """A path variable that may name a mission: what cannot is unknown without asking."""
    mission_id = path_value(raw)
    if not _MISSION_ID.fullmatch(mission_id):
        raise missions.MissionUnknown
    return mission_id


def _uid(raw: str) -> str:
    """The same of a user."""
    uid = path_value(raw).lower()
    if not _UID.fullmatch(uid):
        raise missions.UserUnknown
    return uid


def _listed(path: str, page: Callable[..., Page[Any]], model: type[Any], cursor: re.Pattern[str]) -> Response:
    query = query_of(routes.current_request.query_params)
    limit = parse_list_limit(query.get("limit"))
    after = query.get("starting_after")
    if after is not None and not cursor.fullmatch(after):
        raise BadRequest("starting_after: is not an id of this list", param="starting_after")
    rows = page(limit=limit, after=after)
    return answer(envelope(Page(read_many(model, rows.items), rows.has_more), url=path))
