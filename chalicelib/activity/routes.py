"""`/admin/partners/{origin}/links`: links between identities of one person."""

from typing import TypeVar

from chalice.app import Blueprint, Response

from chalicelib.activity.schemas import LinkCreate, LinkRead
from chalicelib.activity.service import links as service
from chalicelib.core.http.lists import answer_list
from chalicelib.core.http.parse import path_name, validated
from chalicelib.core.http.request import json_body
from chalicelib.core.http.respond import answer
from chalicelib.partners.routes import BASE, require_admin

T = TypeVar("T")
LINKS = BASE + "/{origin}/links"

routes = Blueprint(__name__)


@routes.route(LINKS, methods=["POST"])
def create_link(origin: str) -> Response:
    """Creates a link between two identities of one person."""
    require_admin(routes.current_request)
    body = validated(LinkCreate, json_body(routes.current_request))
    return answer(LinkRead.model_validate(service.create_link(path_name(origin), body)))


@routes.route(LINKS, methods=["GET"])
def list_links(origin: str) -> Response:
    """Lists the links that were set up, newest first."""
    require_admin(routes.current_request)
    partner = path_name(origin)
    return answer_list(
        routes.current_request,
        f"{BASE}/{partner}/links",
        lambda limit, after: service.list_links(partner, limit=limit, after=after),
        LinkRead,
    )


@routes.route(LINKS + "/{id}", methods=["GET"])
def get_link(origin: str, id: str) -> Response:
    """Shows a link."""
    require_admin(routes.current_request)
    return answer(LinkRead.model_validate(service.get_link(path_name(origin), path_name(id))))


@routes.route(LINKS + "/{id}", methods=["DELETE"])
def delete_link(origin: str, id: str) -> Response:
    """Deletes a link."""
    require_admin(routes.current_request)
    return answer(LinkRead.model_validate(service.delete_link(path_name(origin), path_name(id))))
