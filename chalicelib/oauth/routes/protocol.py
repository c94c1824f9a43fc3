"""`/oauth/…` and the two documents by which clients find their way."""

from typing import Any
from urllib.parse import urlsplit

from chalice.app import Blueprint, Request, Response

from chalicelib.core.errors import ApiError, BadRequest
from chalicelib.core.http.forms import FORM_TYPE, flat_form, form_pairs
from chalicelib.core.http.parse import content_type
from chalicelib.core.http.request import raw_body
from chalicelib.core.http.respond import answer
from chalicelib.core.http.surfaces import Surface, json_body, wording
from chalicelib.core.http.transport import require_https
from chalicelib.core.settings import settings
from chalicelib.oauth import pages
from chalicelib.oauth.domain import MISSIONS, READ_ONLY, READ_WRITE, SCOPES
from chalicelib.oauth.service import consent, keys, protocol
from chalicelib.oauth.service.protocol import Asked

AUTHORIZE, TOKEN, REVOKE, JWKS = "/oauth/authorize", "/oauth/token", "/oauth/revoke", "/oauth/jwks.json"
METADATA = "/.well-known/oauth-authorization-server"
LARGEST_FORM = 64 * 1024
_OWN_FIELDS = ("api_key", "ticket", "decision")
_WISHES = {
    READ_ONLY: "read your customers, invoices, subscriptions and events",
    READ_WRITE: "read and change your customers, invoices, subscriptions and collections",
    MISSIONS: "tell whether your users have done what a mission asks",
}
_CODES = {400: "invalid_request", 401: "invalid_client", 500: "server_error", 503: "temporarily_unavailable"}


def _render(error: ApiError, request_id: str) -> Response:
    content = {"error": _CODES.get(error.status, "invalid_request"), "error_description": wording(error, request_id)}
    return json_body(content, status=error.status, headers={"Cache-Control": "no-store"})


routes = Blueprint(__name__)
surface = Surface(name="oauth", prefixes=("/oauth", "/.well-known"), render_error=_render)


@routes.route(AUTHORIZE, methods=["GET"])
def show_authorization() -> Response:
    """Asks an account to sign in and to consent."""
    require_https(routes.current_request)
    return _authorize(routes.current_request, {})


@routes.route(AUTHORIZE, methods=["POST"])
def answer_authorization() -> Response:
    """Takes the account's key, then its decision."""
    request = routes.current_request
    require_https(request)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise BadRequest("This form can be sent from our own page only.")
    return _authorize(request, flat_form(_form(request)))


@routes.route(TOKEN, methods=["POST"])
def issue_token() -> Response:
    """Gives tokens for a code, a refresh token, or the application's own credentials."""
    require_https(routes.current_request)
    return _protocol_answer(protocol.answer_token_request(*_posted(routes.current_request)))


@routes.route(REVOKE, methods=["POST"])
def revoke_token() -> Response:
    """Ends a token (RFC 7009)."""
    require_https(routes.current_request)
    return _protocol_answer(protocol.answer_revocation(*_posted(routes.current_request)))


@routes.route(JWKS, methods=["GET"])
def show_keys() -> Response:
    """Shows the public keys that access tokens are signed with (RFC 7517)."""
    return answer(keys.key_set(), headers={"Cache-Control": f"public, max-age={keys.JWKS_SECONDS}"})


@routes.route(METADATA, methods=["GET"])
def show_metadata() -> Response:
    """Describes this authorization server (RFC 8414)."""
    base = settings().public_url
    ways = ["client_secret_basic", "client_secret_post", "none"]
    content = {
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
        "code_challenge_methods_supported": [protocol.CHALLENGE_METHOD],
    }
    return answer(content, headers={"Cache-Control": f"public, max-age={keys.JWKS_SECONDS}"})


def _authorize(request: Request, form: dict[str, str]) -> Response:
    parameters = _parameters(request, form)
    try:
        asked = consent.ask(parameters)
        return _answered(parameters, asked, form)
    except consent.BadRequestPage as error:
        return Response(pages.render("refused.html", problem=str(error)), status_code=400, headers=pages.headers())
    except consent.GoBack as error:
        return _redirect(error.address)


def _answered(parameters: consent.Parameters, asked: Asked, form: dict[str, str]) -> Response:
    decision, api_key = form.get("decision"), form.get("api_key")
    try:
        if decision == "deny":
            return _redirect(consent.deny(parameters, asked))
        if decision == "allow":
            return _redirect(consent.allow(parameters, asked, api_key=api_key, ticket=form.get("ticket")))
        if decision is not None:
            raise BadRequest("decision: must be allow or deny", param="decision")
        if api_key is not None:
            return _consent_page(asked, consent.sign_in(parameters, asked, api_key))
    except consent.SignInAgain as error:
        return _sign_in_page(asked, problem=str(error))
    return _sign_in_page(asked)


def _sign_in_page(asked: Asked, problem: str | None = None) -> Response:
    page = pages.render("sign_in.html", application=asked.application.name, problem=problem)
    return Response(page, status_code=400 if problem else 200, headers=pages.headers(asked.redirect_uri))


def _consent_page(asked: Asked, signed_in: consent.SignedIn) -> Response:
    parts = urlsplit(asked.redirect_uri)
    page = pages.render(
        "consent.html",
        application=asked.application.name,
        account=signed_in.name,
        ticket=signed_in.ticket,
        wishes=[_WISHES[scope] for scope in asked.scopes],
        target=parts.hostname or parts.scheme,
    )
    return Response(page, status_code=200, headers=pages.headers(asked.redirect_uri))


def _redirect(address: str) -> Response:
    return Response("", status_code=302, headers={**pages.headers(), "Location": address})


def _parameters(request: Request, form: dict[str, str]) -> consent.Parameters:
    """The authorization request: of the address, and of the form where a client posts it."""
    query: Any = request.query_params or {}
    given = [(name, value) for name in query for value in query.getlist(name)]
    return given + [(name, value) for name, value in form.items() if name not in _OWN_FIELDS]


def _form(request: Request) -> list[tuple[str, str]]:
    if content_type(request.headers) != FORM_TYPE:
        raise BadRequest(f"The body must be a form: Content-Type: {FORM_TYPE}.")
    return form_pairs(raw_body(request), max_bytes=LARGEST_FORM)


def _posted(request: Request) -> tuple[str, str | None]:
    _form(request)
    return raw_body(request).decode(), request.headers.get("authorization")


def _protocol_answer(given: protocol.Answer) -> Response:
    headers, text, status = given
    return Response(
        text or "{}",
        status_code=status,
        headers={"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache", **headers},
    )
