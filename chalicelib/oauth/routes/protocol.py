"""`/oauth/…` and the documents in which clients find the server's addresses and public keys."""

import re
from urllib.parse import urlsplit

from chalice.app import Blueprint, Request, Response

from chalicelib.core.errors import ApiError, BadRequest, NotFound
from chalicelib.core.http.forms import FORM_TYPE, flat_form, form_pairs
from chalicelib.core.http.parse import content_type, path_value
from chalicelib.core.http.request import raw_body
from chalicelib.core.http.respond import answer
from chalicelib.core.http.surfaces import Surface, json_body, wording
from chalicelib.core.http.transport import require_https
from chalicelib.core.settings import settings
from chalicelib.oauth.domain import CHALLENGE_METHOD, SCOPES
from chalicelib.oauth.service import keys

AUTHORIZE, TOKEN, REVOKE, JWKS = "/oauth/authorize", "/oauth/token", "/oauth/revoke", "/oauth/jwks.json"
METADATA = "/.well-known/oauth-authorization-server"
LARGEST_FORM = 64 * 1024
_CODES = {400: "invalid_request", 401: "invalid_client", 500: "server_error", 503: "temporarily_unavailable"}
_UNDESCRIBABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")  # in an error_description (RFC 6749 § 5.2)


def _render(error: ApiError, request_id: str) -> Response:
    description = _UNDESCRIBABLE.sub("?", wording(error, request_id))
    content = {"error": _CODES.get(error.status, "invalid_request"), "error_description": description}
    return json_body(content, status=error.status, headers={"Cache-Control": "no-store"})


routes = Blueprint(__name__)
surface = Surface(name="oauth", render_error=_render)


@routes.route(AUTHORIZE, methods=["GET"])
def show_authorization() -> Response:
    """Asks an account to sign in and to consent."""
    require_https(routes.current_request)
    from chalicelib.oauth.routes.authorization import authorize  # here and below: oauthlib, which no other call needs

    return authorize(routes.current_request, {})


@routes.route(AUTHORIZE, methods=["POST"])
def answer_authorization() -> Response:
    """Takes the account's key, then its decision."""
    request = routes.current_request
    require_https(request)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise BadRequest("This form can be sent from our own page only.")
    from chalicelib.oauth.routes.authorization import authorize

    return authorize(request, flat_form(_form(request)))


@routes.route(TOKEN, methods=["POST"])
def issue_token() -> Response:
    """Gives tokens for a code, a refresh token, or the application's own credentials."""
    require_https(routes.current_request)
    from chalicelib.oauth.service.protocol import answer_token_request

    return _protocol_answer(answer_token_request(*_posted(routes.current_request)))


@routes.route(REVOKE, methods=["POST"])
def revoke_token() -> Response:
    """Ends a token (RFC 7009)."""
    require_https(routes.current_request)
    from chalicelib.oauth.service.protocol import answer_revocation

    return _protocol_answer(answer_revocation(*_posted(routes.current_request)))


@routes.route(JWKS, methods=["GET"])
def show_keys() -> Response:
    """Shows the public keys that access tokens are signed with (RFC 7517)."""
    return answer(keys.key_set(), headers={"Cache-Control": f"public, max-age={keys.JWKS_SECONDS}"})


@routes.route(METADATA, methods=["GET"])
def show_metadata() -> Response:
    """Describes this authorization server (RFC 8414)."""
    return _metadata()


@routes.route(METADATA + "/{p1}", methods=["GET"])
def show_metadata_of_path(p1: str) -> Response:
    """Describes this authorization server where its issuer has a path, which stands behind (RFC 8414, section 3.1)."""
    return _metadata(p1)


@routes.route(METADATA + "/{p1}/{p2}", methods=["GET"])
def show_metadata_of_longer_path(p1: str, p2: str) -> Response:
    """Describes this authorization server where its issuer has a path of two parts."""
    return _metadata(p1, p2)


def _metadata(*path: str) -> Response:
    if path and "".join(f"/{path_value(part)}" for part in path) != urlsplit(settings().public_url).path:
        raise NotFound("There is no such issuer here.")
    return answer(metadata(settings().public_url), headers={"Cache-Control": f"public, max-age={keys.JWKS_SECONDS}"})


def metadata(base: str) -> dict[str, object]:
    """The server's metadata (RFC 8414) where the API has the address `base`."""
    ways = ["client_secret_basic", "client_secret_post", "none"]
    return {
        "issuer": base,
        "authorization_endpoint": base + AUTHORIZE,
        "token_endpoint": base + TOKEN,
        "revocation_endpoint": base + REVOKE,
        "jwks_uri": base + JWKS,
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": ways,
        "revocation_endpoint_auth_methods_supported": ways,
        "code_challenge_methods_supported": [CHALLENGE_METHOD],
        "authorization_response_iss_parameter_supported": True,
    }


def _form(request: Request) -> list[tuple[str, str]]:
    if content_type(request.headers) != FORM_TYPE:
        raise BadRequest(f"The body must be a form: Content-Type: {FORM_TYPE}.")
    return form_pairs(raw_body(request), max_bytes=LARGEST_FORM)


def _posted(request: Request) -> tuple[list[tuple[str, str]], str | None]:
    return _form(request), request.headers.get("authorization")


def _protocol_answer(given: tuple[dict[str, str], str, int]) -> Response:
    headers, text, status = given
    return Response(
        text or "{}",
        status_code=status,
        headers={"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache", **headers},
    )
