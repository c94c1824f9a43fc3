"""`/admin/partners/{origin}/oauth_clients` and `/admin/signing_keys`."""

from typing import TypeVar

from chalice.app import Blueprint, Response

from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.core.http.lists import answer_list
from chalicelib.core.http.parse import path_name, validated
from chalicelib.core.http.request import json_body
from chalicelib.core.http.respond import answer
from chalicelib.core.pagination import Page, envelope
from chalicelib.oauth.schemas import ClientCreate, ClientCreated, ClientRead, ClientUpdate, SigningKeyRead
from chalicelib.oauth.service import applications as service
from chalicelib.oauth.service import keys, rotation
from chalicelib.partners.routes import BASE, require_admin

T = TypeVar("T")
CLIENTS = BASE + "/{origin}/oauth_clients"
SIGNING_KEYS = "/admin/signing_keys"
ROTATED_LATELY = (
    f"The keys were made or rotated less than {keys.SHORTEST_LIFE.seconds // 3600} hours ago; "
    "their tokens are still good."
)

routes = Blueprint(__name__)


@routes.route(CLIENTS, methods=["POST"])
def create_client(origin: str) -> Response:
    """Registers an OAuth application; this answer alone shows its secret."""
    require_admin(routes.current_request)
    body = validated(ClientCreate, json_body(routes.current_request))
    row, secret = service.create_application(path_name(origin), body)
    return answer(ClientCreated(**ClientRead.model_validate(row).model_dump(), client_secret=secret))


@routes.route(CLIENTS, methods=["GET"])
def list_clients(origin: str) -> Response:
    """Lists a partner's OAuth applications, newest first."""
    require_admin(routes.current_request)
    partner = path_name(origin)
    return answer_list(
        routes.current_request,
        f"{BASE}/{partner}/oauth_clients",
        lambda limit, after: service.list_applications(partner, limit=limit, after=after),
        ClientRead,
    )


@routes.route(CLIENTS + "/{id}", methods=["GET"])
def get_client(origin: str, id: str) -> Response:
    """Shows an OAuth application without its secret."""
    require_admin(routes.current_request)
    row = service.get_application(path_name(origin), path_name(id))
    return answer(ClientRead.model_validate(row))


@routes.route(CLIENTS + "/{id}", methods=["PATCH"])
def update_client(origin: str, id: str) -> Response:
    """Changes an OAuth application's name, redirect addresses or scopes."""
    require_admin(routes.current_request)
    body = validated(ClientUpdate, json_body(routes.current_request))
    row = service.update_application(path_name(origin), path_name(id), body)
    return answer(ClientRead.model_validate(row))


@routes.route(CLIENTS + "/{id}", methods=["DELETE"])
def delete_client(origin: str, id: str) -> Response:
    """Ends an OAuth application and, soon after, its tokens."""
    require_admin(routes.current_request)
    row = service.delete_application(path_name(origin), path_name(id))
    return answer(ClientRead.model_validate(row))


@routes.route(SIGNING_KEYS, methods=["GET"])
def list_signing_keys() -> Response:
    """Lists the two keys whose access tokens count, newest first."""
    require_admin(routes.current_request)
    return _signing_keys(keys.live_keys_now())


@routes.route(SIGNING_KEYS, methods=["POST"])
def rotate_signing_keys() -> Response:
    """Asks for the older signing key to be replaced, and lists the keys as they still are.

    Some seconds later the new key is in the list; it signs once everybody has had the time to fetch it.
    """
    require_admin(routes.current_request)
    try:
        rotation.ask()
    except rotation.RotatedLately as error:
        raise Conflict(ROTATED_LATELY) from error
    except rotation.NotAsked as error:
        raise Unavailable("The rotation could not be asked for. Please send the request again.") from error
    return _signing_keys(keys.live_keys())


def _signing_keys(live: tuple[keys.LiveKey, ...]) -> Response:
    signing = keys.signing()
    shown = [SigningKeyRead(kid=key.kid, created_at=key.created_at, signs=key == signing) for key in live]
    return answer(envelope(Page(shown, False), url=SIGNING_KEYS))
