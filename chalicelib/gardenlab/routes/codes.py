"""`/admin/partners/{origin}/collections/{id}/interactions/{interaction}/codes`: codes that holders use themselves."""

from typing import TypeVar

from chalice.app import Blueprint, Response

from chalicelib.core.http.lists import answer_list
from chalicelib.core.http.parse import path_name, validated
from chalicelib.core.http.request import json_body
from chalicelib.core.http.respond import answer
from chalicelib.gardenlab.code_schemas import CodeCreate, CodeRead
from chalicelib.gardenlab.routes.admin import INTERACTIONS, interaction_place
from chalicelib.gardenlab.service import codes
from chalicelib.partners.routes import BASE, require_admin

T = TypeVar("T")
CODES = INTERACTIONS + "/{interaction}/codes"

routes = Blueprint(__name__)


@routes.route(CODES, methods=["POST"])
def create_code(origin: str, id: str, interaction: str) -> Response:
    """Makes a code by which holders apply the interaction themselves, as a QR code or by a password."""
    require_admin(routes.current_request)
    body = validated(CodeCreate, json_body(routes.current_request))
    row = codes.create_code(*interaction_place(origin, id, interaction), body)
    return answer(CodeRead.model_validate(row))


@routes.route(CODES, methods=["GET"])
def list_codes(origin: str, id: str, interaction: str) -> Response:
    """Lists an interaction's codes, newest first."""
    require_admin(routes.current_request)
    place = interaction_place(origin, id, interaction)
    return answer_list(
        routes.current_request,
        f"{BASE}/{place[0]}/collections/{place[1]}/interactions/{place[2]}/codes",
        lambda limit, after: codes.list_codes(*place, limit=limit, after=after),
        CodeRead,
    )


@routes.route(CODES + "/{code}", methods=["GET"])
def get_code(origin: str, id: str, interaction: str, code: str) -> Response:
    """Shows a code, and how often it was used."""
    require_admin(routes.current_request)
    place = (*interaction_place(origin, id, interaction), path_name(code))
    return answer(CodeRead.model_validate(codes.get_code(*place)))


@routes.route(CODES + "/{code}", methods=["DELETE"])
def revoke_code(origin: str, id: str, interaction: str, code: str) -> Response:
    """Revokes a code for good."""
    require_admin(routes.current_request)
    place = (*interaction_place(origin, id, interaction), path_name(code))
    return answer(CodeRead.model_validate(codes.revoke_code(*place)))
