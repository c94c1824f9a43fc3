"""`/space3`: the mission system, its users, verifications, evidence and jobs."""

import re
from typing import Annotated, Any

from chalice.app import Request
from pydantic import BaseModel

from chalicelib.core.credentials import Accepted, CredentialRefused, presented, require_scope
from chalicelib.core.errors import BadRequest, Forbidden
from chalicelib.core.http.credentials import unauthorized
from chalicelib.core.http.parse import path_value, query_of, validated
from chalicelib.core.http.request import json_body
from chalicelib.core.http.surfaces import Surface, render_coded
from chalicelib.core.http.views import Signature, Views, id_reader, position_reader
from chalicelib.core.pagination import Page
from chalicelib.oauth import service as oauth
from chalicelib.partners import service as partners
from chalicelib.space3.models import EvidenceRow, JobRow, MissionRow, UserRow
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

SCOPE = "missions"
MISSIONS, USERS = "/space3/missions", "/space3/users"
EVIDENCE, JOBS = "/space3/evidence", "/space3/jobs"
_MISSION_ID = re.compile(r"msn_[0-9A-Z]{20}")
_EVIDENCE_ID = re.compile(r"evd_[0-9A-Z]{20}")
_JOB_ID = re.compile(r"job_[0-9A-Z]{20}")
_UID = re.compile(r"[0-9a-f]{24}")

_ACCEPTED = Accepted("API key or access token", key_header=True)


class MissionSystemViews(Views):
    """Routes of a partner, who presents an API key or an access token, or of the operator on a partner's behalf."""

    def authenticate(self, request: Request) -> tuple[str]:
        """The caller of a request without a body. Raises as `caller_of` does."""
        return (caller_of(request, query_of(request.query_params).get("origin")),)

    def received(self, request: Request, signature: Signature) -> tuple[tuple[object, ...], BaseModel | None]:
        """The caller, and the body without the `origin` that an admin key may put there."""
        if signature.body is None:
            return self.authenticate(request), None
        origin, value = _posted(request)
        return (origin,), validated(signature.body, value)


routes = MissionSystemViews(__name__)
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


def _posted(request: Request) -> tuple[str, Any]:
    in_query = query_of(request.query_params).get("origin")
    if in_query is not None:
        return caller_of(request, in_query), json_body(request)
    if not _is_admin(request):
        caller_of(request)  # nothing of a stranger's body is read
    value = json_body(request)
    named = value.pop("origin", None) if isinstance(value, dict) else None
    return caller_of(request, named), value


def _uid(raw: str) -> str:
    uid = path_value(raw).lower()
    if not _UID.fullmatch(uid):
        raise missions.UserUnknown
    return uid


MissionId = Annotated[str, id_reader(_MISSION_ID, missions.MissionUnknown)]
JobId = Annotated[str, id_reader(_JOB_ID, jobs.JobUnknown)]
EvidenceId = Annotated[str, id_reader(_EVIDENCE_ID, verification.EvidenceUnknown)]
Uid = Annotated[str, _uid]


@routes.post(MISSIONS)
def create_mission(origin: str, body: MissionCreate) -> MissionCreated:
    """Creates a mission; this answer alone shows the secret that its calls are signed with."""
    row, secret = missions.create_mission(origin, body)
    shown = MissionRead.model_validate(row).model_dump()
    return MissionCreated.model_construct(**shown, signing_secret=secret)


@routes.get(MISSIONS, MissionRead)
def list_missions(
    origin: str, limit: int, after: Annotated[str | None, position_reader(_MISSION_ID)]
) -> Page[MissionRow]:
    """Lists missions, newest first."""
    return missions.list_missions(origin, limit=limit, after=after)


@routes.get(MISSIONS + "/{id}", MissionRead)
def get_mission(origin: str, id: MissionId) -> MissionRow:
    """Shows a mission."""
    return missions.get_mission(origin, id)


@routes.patch(MISSIONS + "/{id}", MissionRead)
def update_mission(origin: str, id: MissionId, body: MissionUpdate) -> MissionRow:
    """Changes a mission."""
    return missions.update_mission(origin, id, body)


@routes.delete(MISSIONS + "/{id}", MissionRead)
def delete_mission(origin: str, id: MissionId) -> MissionRow:
    """Deletes a mission; its evidence stays."""
    return missions.delete_mission(origin, id)


@routes.post(MISSIONS + "/{id}/verify", VerdictRead)
def verify(origin: str, id: MissionId, body: VerifyBody) -> EvidenceRow:
    """Asks the partner whether a user has done a mission."""
    return verification.verify(origin, id, body.uid)


@routes.post(MISSIONS + "/{id}/test")
def try_mission(origin: str, id: MissionId, body: TrialBody) -> dict[str, Any]:
    """Tells whether the partner keeps the contract, before the mission goes live."""
    return trials.report(origin, id, completed_uid=body.completed_uid, not_completed_uid=body.not_completed_uid)


@routes.post(MISSIONS + "/{id}/verify_many", JobRead)
def verify_many(origin: str, id: MissionId, body: VerifyManyBody) -> JobRow:
    """Begins to verify many users."""
    return jobs.create_job(origin, id, body.uids)


@routes.get(JOBS + "/{id}", JobRead)
def get_job(origin: str, id: JobId) -> JobRow:
    """Shows how far a job is."""
    return jobs.get_job(origin, id)


@routes.get(EVIDENCE + "/{id}")
def get_evidence(origin: str, id: EvidenceId) -> dict[str, Any]:
    """Shows a verification with every try."""
    return EvidenceRead.model_validate(verification.get_evidence(origin, id)).model_dump(mode="json", by_alias=False)


@routes.post(USERS, UserRead)
def create_user(origin: str, body: UserCreate) -> UserRow:
    """Creates a user."""
    return missions.create_user(origin, body)


@routes.get(USERS, UserRead)
def list_users(origin: str, limit: int, after: Annotated[str | None, position_reader(_UID)]) -> Page[UserRow]:
    """Lists users, newest first."""
    return missions.list_users(origin, limit=limit, after=after)


@routes.get(USERS + "/{id}", UserRead)
def get_user(origin: str, id: Uid) -> UserRow:
    """Shows a user."""
    return missions.get_user(origin, id)


@routes.patch(USERS + "/{id}", UserRead)
def update_user(origin: str, id: Uid, body: UserUpdate) -> UserRow:
    """Changes a user."""
    return missions.update_user(origin, id, body)
