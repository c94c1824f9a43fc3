"""`/console/sign-in`: an API key starts a session, which ends after half an hour without use."""

from chalice.app import Response

from chalicelib.core.credentials import CredentialRefused
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.http.parse import query_of
from chalicelib.core.http.request import source_ip
from chalicelib.core.settings import settings
from chalicelib.limits.service import LimitReached
from chalicelib.pages.routes import visits
from chalicelib.pages.routes.console.calls import HOME, SIGN_IN, blueprint_of, console_path
from chalicelib.pages.service import console as service
from chalicelib.pages.service import sessions
from chalicelib.pages.service.console import CONSOLE

routes = blueprint_of(__name__)


@routes.route(SIGN_IN, methods=["GET"])
def show_sign_in() -> Response:
    """Shows the sign-in form."""
    visit = visits.visit_of(routes.current_request, CONSOLE)
    then = console_path(query_of(routes.current_request.query_params).get("then", HOME))
    if service.operator_of(visit, is_present=True) is not None:
        return visits.see_other(visit, then)
    return _sign_in_page(visit, then)


@routes.route(SIGN_IN, methods=["POST"])
def sign_in() -> Response:
    """Signs in with an API key. The key is checked and not stored."""
    request = routes.current_request
    visit = visits.visit_of(request, CONSOLE)
    fields = visits.form_of(request, visit)
    then = console_path(fields.get("then", HOME))
    try:
        signed_in = service.sign_in(visit, fields.get("key", "").strip(), address=source_ip(request))
    except CredentialRefused as error:
        return _sign_in_page(visit, then, problem=str(error))
    except LimitReached as error:
        raise TooManyRequests(
            "There were too many tries to sign in. Please wait a few minutes.", retry_after=error.retry_after
        ) from error
    return visits.see_other(signed_in, then)


@routes.route("/console/sign-out", methods=["POST"])
def sign_out() -> Response:
    """Ends the session."""
    request = routes.current_request
    visit = visits.visit_of(request, CONSOLE)
    visits.form_of(request, visit)
    sessions.sign_out(visit)
    return visits.see_other(visit, SIGN_IN)


def _sign_in_page(visit: sessions.Visit, then: str, *, problem: str | None = None) -> Response:
    demo_key = settings().demo_key if settings().is_local else None
    status = 401 if problem else 200
    return visits.page(visit, "console/sign_in.html", status=status, then=then, problem=problem, demo_key=demo_key)
