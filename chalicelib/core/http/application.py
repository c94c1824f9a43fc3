"""The Chalice application with one place where every error is rendered.

Chalice turns an exception in a view into its own answer before middleware can see it, unless the exception is a
`ChaliceUnhandledError`. So views are wrapped to carry any exception out, and the one `http` middleware gives it,
and Chalice's own refusals, the form of the surface that owns the path.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from time import perf_counter
from typing import Any

from chalice.app import Chalice, ChaliceUnhandledError, Request, Response

from chalicelib.core import logging
from chalicelib.core.errors import ApiError, ServerError, error_for_status
from chalicelib.core.http.surfaces import Surface, surface_of
from chalicelib.core.ids import sortable_id

_log = logging.logger("http")
_MESSAGES = {
    404: "There is nothing at this address.",
    405: "This address does not answer that method.",
    413: "The request body is too large.",
    415: "This address does not read that content type.",
}


class _Carried(ChaliceUnhandledError):
    """Carries a view's exception past Chalice's own handling; the exception is its cause."""


class Application(Chalice):
    """Chalice, with errors worded by surface and views free to read any content type."""

    def __init__(self, app_name: str, *, surfaces: Sequence[Surface]) -> None:
        super().__init__(app_name, configure_logs=False)
        self.surfaces = surfaces
        self.register_middleware(self._answer, "http")

    def _register_route(
        self, name: str, user_handler: Callable[..., Any], kwargs: Any, **unused: dict[str, Any]
    ) -> None:
        # Chalice would answer 415 in words of its own, and lets no surface read forms beside JSON.
        kwargs["kwargs"].setdefault("content_types", [])
        super()._register_route(name, _carrying(user_handler), kwargs, **unused)

    def render_unrouted(self, method: str, path: str, status: int) -> Response:
        """The answer to what never reaches a view: an unknown path (404), a method without a route (405), a size."""
        del method
        error = error_for_status(status, _MESSAGES.get(status, "The request was refused."))
        return surface_of(path, self.surfaces).render_error(error, sortable_id())

    def _answer(self, event: Request, get_response: Callable[[Request], Response]) -> Response:
        request_id = str(event.context.get("requestId") or sortable_id())
        surface = surface_of(event.path or "/", self.surfaces)
        logging.unbind()
        logging.bind(request_id=request_id, surface=surface.name, method=event.method, route=event.path)
        started = perf_counter()
        try:
            response = get_response(event)
        except _Carried as carried:
            error = carried.__cause__
            if not isinstance(error, ApiError):
                _log.error("unexpected error", exc_info=error)
                error = ServerError("")
            response = surface.render_error(error, request_id)
        else:
            if _is_chalices_own(response):
                message = _MESSAGES.get(response.status_code, "The request was refused.")
                response = surface.render_error(error_for_status(response.status_code, message), request_id)
        if event.method == "HEAD":
            response.body = ""
        response.headers.setdefault("X-Request-Id", request_id)
        milliseconds = round((perf_counter() - started) * 1000, 1)
        _log.info("answered", extra={"status": response.status_code, "ms": milliseconds})
        return response


def _is_chalices_own(response: Response) -> bool:
    """True of the bodies that Chalice makes itself: `{"Code", "Message"}` under an error status."""
    return response.status_code >= 400 and isinstance(response.body, dict) and "Code" in response.body


def _carrying(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def carried(**arguments: Any) -> Any:
        try:
            return view(**arguments)
        except Exception as error:
            raise _Carried from error

    return carried
