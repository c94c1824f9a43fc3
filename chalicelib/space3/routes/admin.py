"""`/admin/partners/{origin}/missions`: the missions that we answer for."""

from typing import TypeVar

from chalice.app import Blueprint, Response

from chalicelib.core.errors import BadRequest
from chalicelib.core.http.lists import answer_list
from chalicelib.core.http.parse import path_name, validated
from chalicelib.core.http.request import json_body
from chalicelib.core.http.respond import answer
from chalicelib.core.pagination import Page
from chalicelib.partners.routes import BASE, require_admin
from chalicelib.space3.admin_schemas import AnsweredCreate, AnsweredRead, AnsweredUpdate
from chalicelib.space3.service import answered as service

T = TypeVar("T")
MISSIONS = BASE + "/{origin}/missions"

routes = Blueprint(__name__)


@routes.route(MISSIONS, methods=["POST"])
def create_mission(origin: str) -> Response:
    """Sets up a mission; answers the addresses to register with mission systems as well."""
    require_admin(routes.current_request)
    body = validated(AnsweredCreate, json_body(routes.current_request))
    return answer(service.shown(service.create_answered(path_name(origin), body)))


@routes.route(MISSIONS, methods=["GET"])
def list_missions(origin: str) -> Response:
    """Lists a partner's missions by number."""
    require_admin(routes.current_request)
    partner = path_name(origin)

    def page(limit: int, after: str | None) -> Page[AnsweredRead]:
        position = None if after is None else _position(after)
        found = service.list_answered(partner, limit=limit, after=position)
        return Page([service.shown(row) for row in found.items], found.has_more)

    return answer_list(routes.current_request, f"{BASE}/{partner}/missions", page, AnsweredRead)


@routes.route(MISSIONS + "/{id}", methods=["GET"])
def get_mission(origin: str, id: str) -> Response:
    """Shows a mission."""
    require_admin(routes.current_request)
    return answer(service.shown(service.get_answered(path_name(origin), _number(id))))


@routes.route(MISSIONS + "/{id}", methods=["PATCH"])
def update_mission(origin: str, id: str) -> Response:
    """Changes a mission."""
    require_admin(routes.current_request)
    body = validated(AnsweredUpdate, json_body(routes.current_request))
    return answer(service.shown(service.update_answered(path_name(origin), _number(id), body)))


@routes.route(MISSIONS + "/{id}", methods=["DELETE"])
def delete_mission(origin: str, id: str) -> Response:
    """Ends a mission."""
    require_admin(routes.current_request)
    return answer(service.shown(service.delete_answered(path_name(origin), _number(id))))


def _number(raw: str) -> int:
    name = path_name(raw)
    if not service.MISSION_NUMBER.fullmatch(name):
        raise service.AnsweredUnknown
    return int(name)


def _position(after: str) -> int:
    if not service.MISSION_NUMBER.fullmatch(after):
        raise BadRequest("starting_after: must be the number of a mission", param="starting_after")
    return int(after)
