"""`/usage`: what happened at a partner's by day, for the partner itself."""

from chalice.app import Request

from chalicelib.core.credentials import Accepted, CredentialRefused, presented, require_scope
from chalicelib.core.http.credentials import forbidden
from chalicelib.core.http.surfaces import Surface, render_coded
from chalicelib.core.http.views import Views
from chalicelib.gardenlab.admin_schemas import UsageRead
from chalicelib.gardenlab.routes.partners_api import SCOPE
from chalicelib.partners.service import authenticate

_ACCEPTED = Accepted("API key", key_header=True)


class UsageViews(Views):
    """Routes of a partner, who presents an API key."""

    def authenticate(self, request: Request) -> tuple[str]:
        """The origin whose key the request carries. Raises `Forbidden` without a key that has the scope `gardenlab`."""
        try:
            credential = authenticate(presented(request.headers, _ACCEPTED))
            require_scope(credential, SCOPE, what="API key")
        except CredentialRefused as error:
            raise forbidden(error, realm="Usage") from error
        return (credential.origin,)


routes = UsageViews(__name__)
surface = Surface(name="usage", render_error=render_coded)


@routes.get("/usage")
def get_usage(origin: str) -> UsageRead:
    """Shows what happened at yours by day, and its cost."""
    from chalicelib.gardenlab.service import costs

    return UsageRead.model_validate(costs.usage(origin))
