"""`/usage`: what happened at a partner's by day, for the partner itself."""

from chalicelib.core.http.key_views import KeyViews
from chalicelib.core.http.surfaces import Surface, render_coded
from chalicelib.gardenlab.admin_schemas import UsageRead
from chalicelib.gardenlab.routes.partners_api import SCOPE
from chalicelib.partners.service import authenticate

routes = KeyViews(__name__, authenticate=authenticate, scope=SCOPE, realm="Usage")
surface = Surface(name="usage", render_error=render_coded)


@routes.get("/usage")
def get_usage(origin: str) -> UsageRead:
    """Shows what happened at yours by day, and its cost."""
    from chalicelib.gardenlab.service import costs

    return costs.usage(origin)
