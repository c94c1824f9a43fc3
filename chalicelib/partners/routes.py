"""`/admin/partners` and what lies below a partner: keys and the audit log."""

from typing import TypeVar

from chalice.app import Blueprint, Request, Response

from chalicelib.core.credentials import Accepted, CredentialRefused, presented
from chalicelib.core.http.credentials import unauthorized
from chalicelib.core.http.lists import answer_list
from chalicelib.core.http.parse import path_name, validated
from chalicelib.core.http.request import json_body
from chalicelib.core.http.respond import answer
from chalicelib.core.http.surfaces import Surface, render_coded
from chalicelib.partners import service
from chalicelib.partners.schemas import (
    AuditRead,
    KeyCreate,
    KeyCreated,
    KeyRead,
    PartnerCreate,
    PartnerRead,
    PartnerUpdate,
)

T = TypeVar("T")
BASE = "/admin/partners"

_ACCEPTED = Accepted("admin key")

routes = Blueprint(__name__)
surface = Surface(name="admin", render_error=render_coded)


def require_admin(request: Request) -> None:
    """Raises `Unauthorized` unless the request carries the admin key as a Bearer credential."""
    try:
        service.require_admin(presented(request.headers, _ACCEPTED))
    except CredentialRefused as error:
        raise unauthorized(error, realm="Spacegarden admin") from error


@routes.route(BASE, methods=["POST"])
def create_partner() -> Response:
    """Creates a partner."""
    require_admin(routes.current_request)
    body = validated(PartnerCreate, json_body(routes.current_request))
    return answer(PartnerRead.model_validate(service.create_partner(body)))


@routes.route(BASE, methods=["GET"])
def list_partners() -> Response:
    """Lists partners, newest first."""
    require_admin(routes.current_request)
    return answer_list(
        routes.current_request,
        BASE,
        lambda limit, after: service.list_partners(limit=limit, after=after),
        PartnerRead,
    )


@routes.route(BASE + "/{origin}", methods=["GET"])
def get_partner(origin: str) -> Response:
    """Shows a partner."""
    require_admin(routes.current_request)
    return answer(PartnerRead.model_validate(service.get_partner(path_name(origin))))


@routes.route(BASE + "/{origin}", methods=["PATCH"])
def update_partner(origin: str) -> Response:
    """Changes a partner's name, contact, or budget of collections."""
    require_admin(routes.current_request)
    body = validated(PartnerUpdate, json_body(routes.current_request))
    return answer(PartnerRead.model_validate(service.update_partner(path_name(origin), body)))


@routes.route(BASE + "/{origin}/keys", methods=["POST"])
def create_key(origin: str) -> Response:
    """Creates an API key; this answer alone shows it whole."""
    require_admin(routes.current_request)
    body = validated(KeyCreate, json_body(routes.current_request))
    row, text = service.create_key(path_name(origin), body)
    return answer(KeyCreated(**KeyRead.model_validate(row).model_dump(), key=text))


@routes.route(BASE + "/{origin}/keys", methods=["GET"])
def list_keys(origin: str) -> Response:
    """Lists a partner's keys, newest first, without their secrets."""
    require_admin(routes.current_request)
    partner = path_name(origin)
    return answer_list(
        routes.current_request,
        f"{BASE}/{partner}/keys",
        lambda limit, after: service.list_keys(partner, limit=limit, after=after),
        KeyRead,
    )


@routes.route(BASE + "/{origin}/keys/{id}", methods=["GET"])
def get_key(origin: str, id: str) -> Response:
    """Shows a key without its secret."""
    require_admin(routes.current_request)
    return answer(KeyRead.model_validate(service.get_key(path_name(origin), path_name(id))))


@routes.route(BASE + "/{origin}/keys/{id}", methods=["DELETE"])
def revoke_key(origin: str, id: str) -> Response:
    """Revokes a key for good."""
    require_admin(routes.current_request)
    return answer(KeyRead.model_validate(service.revoke_key(path_name(origin), path_name(id))))


@routes.route(BASE + "/{origin}/audit", methods=["GET"])
def list_audit(origin: str) -> Response:
    """Lists the changes made to a partner and all that is its, newest first."""
    require_admin(routes.current_request)
    partner = path_name(origin)
    return answer_list(
        routes.current_request,
        f"{BASE}/{partner}/audit",
        lambda limit, after: service.list_audit(partner, limit=limit, after=after),
        AuditRead,
    )
