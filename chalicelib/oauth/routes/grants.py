"""`/oauth/grants`, where an account sees and ends what applications may do for it; the operator's view is below it."""

from collections.abc import Callable, Collection

from chalice.app import Request

from chalicelib.core.credentials import Accepted, CredentialRefused, Reason, presented
from chalicelib.core.http.credentials import unauthorized
from chalicelib.core.http.surfaces import Surface, render_coded
from chalicelib.core.http.transport import require_https
from chalicelib.core.http.views import Views
from chalicelib.core.pagination import Page
from chalicelib.oauth.domain import key_may_consent, key_may_consent_to_any
from chalicelib.oauth.schemas import GrantRead
from chalicelib.oauth.service import grants as service
from chalicelib.partners import service as partners
from chalicelib.partners.domain import Credential
from chalicelib.partners.routes import BASE, AdminViews

GRANTS = "/oauth/grants"
OF_PARTNER = BASE + "/{origin}/oauth_grants"
_ACCEPTED = Accepted("API key", key_header=True)


class GrantViews(Views):
    """Routes of an account, which presents an API key."""

    def authenticate(self, request: Request) -> tuple[Credential]:
        """Whose API key it is. Raises `Unauthorized`, or `Forbidden` for a key that could consent to nothing."""
        require_https(request)
        try:
            credential = partners.authenticate(presented(request.headers, _ACCEPTED))
            if not key_may_consent_to_any(credential.scopes):
                raise CredentialRefused(
                    Reason.LACKS_SCOPE, "The API key lacks the scope spaces or missions.", scope="spaces missions"
                )
        except CredentialRefused as error:
            raise unauthorized(error, realm="Spacegarden") from error
        return (credential,)


routes = GrantViews(__name__)
admin_routes = AdminViews(__name__)
surface = Surface(name="grants", render_error=render_coded)


@routes.get(GRANTS)
def list_grants(credential: Credential, limit: int, after: str | None) -> Page[GrantRead]:
    """Lists the grants of the key's account, newest first: those that the key could itself consent to."""
    return service.list_grants(credential.origin, limit=limit, after=after, may_see=_may_see(credential))


@routes.get(GRANTS + "/{id}")
def get_grant(credential: Credential, id: str) -> GrantRead:
    """Shows a grant."""
    return service.get_grant(credential.origin, id, may_see=_may_see(credential))


@routes.delete(GRANTS + "/{id}")
def end_grant(credential: Credential, id: str) -> GrantRead:
    """Ends a grant: its refresh token at once, its access tokens soon after."""
    return service.end_grant(credential.origin, id, may_see=_may_see(credential))


@admin_routes.get(OF_PARTNER)
def list_grants_of_partner(origin: str, limit: int, after: str | None) -> Page[GrantRead]:
    """Lists what a partner allows applications, newest first."""
    return service.list_grants(origin, limit=limit, after=after)


@admin_routes.get(OF_PARTNER + "/{id}")
def get_grant_of_partner(origin: str, id: str) -> GrantRead:
    """Shows a grant of a partner."""
    return service.get_grant(origin, id)


@admin_routes.delete(OF_PARTNER + "/{id}")
def end_grant_of_partner(origin: str, id: str) -> GrantRead:
    """Ends a grant of a partner: its refresh token at once, its access tokens soon after."""
    return service.end_grant(origin, id)


def _may_see(credential: Credential) -> Callable[[Collection[str]], bool]:
    """The test which grants a key may see and end: those that it could consent to."""
    return lambda scopes: key_may_consent(credential.scopes, scopes)
