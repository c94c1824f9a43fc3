"""`/oauth/grants`, where an account sees and ends what applications may do for it; the operator's view is below it."""

from collections.abc import Callable, Collection

from chalice.app import Blueprint, Response

from chalicelib.core.credentials import Accepted, CredentialRefused, Reason, presented
from chalicelib.core.http.credentials import unauthorized
from chalicelib.core.http.lists import answer_list
from chalicelib.core.http.parse import path_name
from chalicelib.core.http.respond import answer
from chalicelib.core.http.surfaces import Surface, render_coded
from chalicelib.core.http.transport import require_https
from chalicelib.oauth.domain import key_may_consent, key_may_consent_to_any
from chalicelib.oauth.schemas import GrantRead
from chalicelib.oauth.service import grants as service
from chalicelib.partners import service as partners
from chalicelib.partners.domain import Credential
from chalicelib.partners.routes import BASE, require_admin

GRANTS = "/oauth/grants"
OF_PARTNER = BASE + "/{origin}/oauth_grants"
_ACCEPTED = Accepted("API key", key_header=True)

routes = Blueprint(__name__)
admin_routes = Blueprint(__name__)
surface = Surface(name="grants", render_error=render_coded)


@routes.route(GRANTS, methods=["GET"])
def list_grants() -> Response:
    """Lists the grants of the key's account, newest first: those that the key could itself consent to."""
    credential = _account()
    return answer_list(
        routes.current_request,
        GRANTS,
        lambda limit, after: service.list_grants(
            credential.origin, limit=limit, after=after, may_see=_may_see(credential)
        ),
        GrantRead,
    )


@routes.route(GRANTS + "/{id}", methods=["GET"])
def get_grant(id: str) -> Response:
    """Shows a grant."""
    credential = _account()
    return _grant_answer(service.get_grant(credential.origin, path_name(id), may_see=_may_see(credential)))


@routes.route(GRANTS + "/{id}", methods=["DELETE"])
def end_grant(id: str) -> Response:
    """Ends a grant: its refresh token at once, its access tokens soon after."""
    credential = _account()
    return _grant_answer(service.end_grant(credential.origin, path_name(id), may_see=_may_see(credential)))


@admin_routes.route(OF_PARTNER, methods=["GET"])
def list_grants_of_partner(origin: str) -> Response:
    """Lists what a partner allows applications, newest first."""
    require_admin(admin_routes.current_request)
    partner = path_name(origin)
    return answer_list(
        admin_routes.current_request,
        f"{BASE}/{partner}/oauth_grants",
        lambda limit, after: service.list_grants(partner, limit=limit, after=after),
        GrantRead,
    )


@admin_routes.route(OF_PARTNER + "/{id}", methods=["GET"])
def get_grant_of_partner(origin: str, id: str) -> Response:
    """Shows a grant of a partner."""
    require_admin(admin_routes.current_request)
    return _grant_answer(service.get_grant(path_name(origin), path_name(id)))


@admin_routes.route(OF_PARTNER + "/{id}", methods=["DELETE"])
def end_grant_of_partner(origin: str, id: str) -> Response:
    """Ends a grant of a partner: its refresh token at once, its access tokens soon after."""
    require_admin(admin_routes.current_request)
    return _grant_answer(service.end_grant(path_name(origin), path_name(id)))


def _account() -> Credential:
    """Whose API key it is. Raises `Unauthorized`, or `Forbidden` for a key that could consent to nothing."""
    require_https(routes.current_request)
    try:
        credential = partners.authenticate(presented(routes.current_request.headers, _ACCEPTED))
        if not key_may_consent_to_any(credential.scopes):
            raise CredentialRefused(
                Reason.LACKS_SCOPE, "The API key lacks the scope spaces or missions.", scope="spaces missions"
            )
    except CredentialRefused as error:
        raise unauthorized(error, realm="Spacegarden") from error
    return credential


def _may_see(credential: Credential) -> Callable[[Collection[str]], bool]:
    """The test which grants a key may see and end: those that it could consent to."""
    return lambda scopes: key_may_consent(credential.scopes, scopes)


def _grant_answer(grant: service.Grant) -> Response:
    return answer(GrantRead.model_validate(grant))
