"""The Chalice application with one place where every error is rendered.

Chalice turns an exception in a view into its own answer before middleware can see it, unless the exception is a
`ChaliceUnhandledError`. So views are wrapped to carry any exception out, and the one `http` middleware gives it,
and Chalice's own refusals, the form of the surface that owns the path.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from time import perf_counter
from typing import Any, Final, NamedTuple

from chalice.app import Blueprint, Chalice, ChaliceUnhandledError, Request, Response

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


class Part(NamedTuple):
    """Routes that are loaded together, and the surfaces that word the errors beneath their paths."""

    blueprints: Sequence[Blueprint]
    surfaces: Sequence[Surface] = ()


LoadPart = Callable[[], Part]
THE_REST: Final = "/"


class Application(Chalice):
    """Chalice, with errors worded by surface, views free to read any content type, and routes loaded in parts.

    `parts` maps prefixes of paths, in whole segments, to what loads the routes beneath them; the longest wins, and
    `THE_REST` is every path's. A part is loaded with the first call of one of its paths, unless it was before.
    """

    def __init__(self, app_name: str, *, parts: Mapping[str, LoadPart] | None = None) -> None:
        super().__init__(app_name, configure_logs=False)
        self.surfaces: list[Surface] = []
        self._parts = parts or {}
        self._loaded: set[LoadPart] = set()
        self.register_middleware(self._answer, "http")

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """Answers an event of API Gateway; Chalice has words for any other."""
        if path := event.get("requestContext", {}).get("resourcePath"):
            self.load_for(path)
        return super().__call__(event, context)

    def load_for(self, path: str) -> None:
        """Loads the part that a path belongs to."""
        prefix = path
        while prefix and prefix not in self._parts:
            prefix = prefix.rpartition("/")[0]
        self._load(self._parts.get(prefix or THE_REST))

    def load_all(self) -> None:
        """Loads every part, for those who look at the whole table of routes."""
        for load in self._parts.values():
            self._load(load)

    def _load(self, load: LoadPart | None) -> None:
        if load is None or load in self._loaded:
            return
        self.add(load())
        self._loaded.add(load)

    def add(self, part: Part) -> None:
        """Adds a part's routes and surfaces."""
        for blueprint in part.blueprints:
            self.register_blueprint(blueprint)
        self.surfaces += part.surfaces

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
