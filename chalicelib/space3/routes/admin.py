"""`/admin/partners/{origin}/missions`: the missions that we answer for."""

from typing import Annotated

from chalicelib.core.errors import BadRequest
from chalicelib.core.http.parse import path_name
from chalicelib.core.pagination import Page
from chalicelib.partners.routes import BASE, AdminViews
from chalicelib.space3.admin_schemas import AnsweredCreate, AnsweredRead, AnsweredUpdate
from chalicelib.space3.models import AnsweredRow
from chalicelib.space3.service import answered as service

MISSIONS = BASE + "/{origin}/missions"

routes = AdminViews(__name__)


def _number(raw: str) -> int:
    name = path_name(raw)
    if not service.MISSION_NUMBER.fullmatch(name):
        raise service.AnsweredUnknown
    return int(name)


def _position(after: str) -> int:
    if not service.MISSION_NUMBER.fullmatch(after):
        raise BadRequest("starting_after: must be the number of a mission", param="starting_after")
    return int(after)


Number = Annotated[int, _number]


@routes.post(MISSIONS, AnsweredRead)
def create_mission(origin: str, body: AnsweredCreate) -> AnsweredRow:
    """Sets up a mission; answers the addresses to register with mission systems as well."""
    return service.create_answered(origin, body)


@routes.get(MISSIONS, AnsweredRead)
def list_missions(origin: str, limit: int, after: Annotated[int | None, _position]) -> Page[AnsweredRow]:
    """Lists a partner's missions by number."""
    return service.list_answered(origin, limit=limit, after=after)


@routes.get(MISSIONS + "/{id}", AnsweredRead)
def get_mission(origin: str, id: Number) -> AnsweredRow:
    """Shows a mission."""
    return service.get_answered(origin, id)


@routes.patch(MISSIONS + "/{id}", AnsweredRead)
def update_mission(origin: str, id: Number, body: AnsweredUpdate) -> AnsweredRow:
    """Changes a mission."""
    return service.update_answered(origin, id, body)


@routes.delete(MISSIONS + "/{id}", AnsweredRead)
def delete_mission(origin: str, id: Number) -> AnsweredRow:
    """Ends a mission."""
    return service.delete_answered(origin, id)
