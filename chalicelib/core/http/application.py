"""The Chalice application with one place where every error is rendered.

Chalice turns an exception in a view into its own answer before middleware can see it, unless the exception is a
`ChaliceUnhandledError`. So views are wrapped to carry any exception out, and the one `http` middleware gives it,
and Chalice's own refusals, the form of the surface that owns the path.

API Gateway hands over every method of a path. Which of them are answered is decided here, by the table of routes and
the rules of `methods`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from time import perf_counter
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from chalice.app import Blueprint, Chalice, ChaliceUnhandledError, Request, Response

from chalicelib.core import acting, logging
from chalicelib.core.egress.shared import note_gateway
from chalicelib.core.errors import ApiError, LoopDetected, MethodNotAllowed, ServerError, error_for_status
from chalicelib.core.http.loops import refuse_loops
from chalicelib.core.http.methods import OPEN_HEADERS, answered_methods, preflight
from chalicelib.core.http.request import hashed_source, template_of
from chalicelib.core.http.surfaces import PLAIN, Surface, is_beneath, render_plain
from chalicelib.core.ids import sortable_id
from chalicelib.core.metrics import count_failures

_log = logging.logger("http")
_MESSAGES = {
    404: "There is nothing at this address.",
    413: "The request body is too large.",
    415: "This address does not read that content type.",
}


class _Carried(ChaliceUnhandledError):
    """Carries a view's exception past Chalice's own handling; the exception is its cause."""


class Part(NamedTuple):
    """Routes that are loaded together, and the surface that words errors at and beneath their paths.

    `open_to_browsers` are the prefixes of paths, in whole segments, that scripts of any web site may call.
    """

    blueprints: Sequence[Blueprint]
    surface: Surface = PLAIN
    open_to_browsers: Sequence[str] = ()


LoadPart = Callable[[], Part]
# The gateway's resource for every path that has no other.
UNROUTED: Final = "/{proxy+}"
_MOST_DECODINGS: Final = 4


class Application(Chalice):
    """Chalice with errors worded by surface, views that may read any content type, and routes loaded in parts.

    `parts` maps prefixes of paths, in whole segments, to what loads the routes beneath them; the longest wins. A part
    is loaded with the first call beneath its prefix, unless it was before, and its surface words whatever is answered
    there. Those `at_start` have no prefix: they are loaded before any other, and own their routes and what is beneath.
    """

    def __init__(
        self, app_name: str, *, parts: Mapping[str, LoadPart] | None = None, at_start: Sequence[LoadPart] = ()
    ) -> None:
        super().__init__(app_name, configure_logs=False)
        self._surfaces: dict[str, Surface] = {}
        self._open_to_browsers: list[str] = []
        self._parts = parts or {}
        self._at_start = at_start
        self._loaded: set[LoadPart] = set()
        self.register_middleware(self._answer, "http")

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """Answers an event of API Gateway; any other is left to Chalice."""
        asked = event.get("requestContext", {})
        path, method = asked.get("resourcePath"), asked.get("httpMethod")
        if path:
            self.load_for(_asked_path(event) if path == UNROUTED else path)
        if api_id := asked.get("apiId"):
            note_gateway(api_id)
        try:
            if method == "HEAD":
                return self._answer_head(event, context, path)
            return super().__call__(event, context)
        finally:
            acting.act_as_nobody()

    def _answer_head(self, event: dict[str, Any], context: Any, path: str) -> dict[str, Any]:
        """Answers HEAD as the route declares it, else as GET, in either case without a body."""
        declared = self.routes.get(path, {})
        if "GET" in declared and "HEAD" not in declared:
            event = {**event, "requestContext": {**event["requestContext"], "httpMethod": "GET"}}
        return {**super().__call__(event, context), "body": ""}

    def load_at_start(self) -> None:
        """Loads the parts that every process of the API begins with."""
        for load in self._at_start:
            self._load(load, ())

    def load_for(self, path: str) -> None:
        """Loads the part that a path belongs to."""
        self.load_at_start()
        load = self._parts.get(self._owned(path))
        if load is not None:
            self._load(load, [prefix for prefix, each in self._parts.items() if each is load])

    def load_all(self) -> None:
        """Loads every part, for those who look at the whole table of routes."""
        self.load_at_start()
        for prefix in self._parts:
            self.load_for(prefix)

    def _load(self, load: LoadPart, prefixes: Sequence[str]) -> None:
        if load not in self._loaded:
            self.add(load(), prefixes)
            self._loaded.add(load)

    def add(self, part: Part, prefixes: Sequence[str] = ()) -> None:
        """Adds a part's routes; its surface owns them and all that is beneath these prefixes."""
        known = set(self.routes)
        for blueprint in part.blueprints:
            self.register_blueprint(blueprint)
        self._surfaces.update(dict.fromkeys((*prefixes, *(self.routes.keys() - known)), part.surface))
        self._open_to_browsers += part.open_to_browsers

    def surface_of(self, path: str) -> Surface:
        """The surface that words what is answered at a path whose part is loaded; the plain form where none owns it."""
        return self._surfaces.get(self._owned(path), PLAIN)

    def _owned(self, path: str) -> str:
        """The longest beginning of a path, in whole segments, that a part owns; empty where none does."""
        while path and path not in self._surfaces and path not in self._parts:
            path = path.rpartition("/")[0]
        return path

    def _register_route(
        self, name: str, user_handler: Callable[..., Any], kwargs: Any, **unused: dict[str, Any]
    ) -> None:
        # By default Chalice reads JSON alone, and answers 415 in words of its own to forms.
        kwargs["kwargs"].setdefault("content_types", [])
        super()._register_route(name, _carrying(user_handler), kwargs, **unused)

    def render_refusal(self, path: str, status: int) -> Response:
        """The answer to a request that a server refuses before it is an event: it cannot be read, or is too large."""
        request_id = sortable_id()
        self.load_for(path)
        surface = self.surface_of(path)
        logging.unbind()
        logging.bind(request_id=request_id, surface=surface.name)
        return _finished(_refused(surface, status, request_id), request_id, is_open=self._is_open(path))

    def _is_open(self, path: str) -> bool:
        beginnings = tuple(self._open_to_browsers)  # a quick check, which most paths fail
        return path.startswith(beginnings) and any(is_beneath(path, prefix) for prefix in beginnings)

    def _answer(self, event: Request, get_response: Callable[[Request], Response]) -> Response:
        request_id = str(event.context.get("requestId") or sortable_id())
        route = template_of(event)
        path = _asked_path(event.to_original_event()) if route == UNROUTED else route
        surface, is_open = self.surface_of(path), self._is_open(path)
        logging.unbind()
        logging.bind(request_id=request_id, surface=surface.name, method=_asked_method(event), route=route)
        logging.bind(source=hashed_source(event))
        started = perf_counter()
        declared = self.routes.get(route, {})
        try:
            refuse_loops(event, surface)
            if route == UNROUTED:
                response = _refused(surface, 404, request_id)
            elif declared and event.method not in declared:
                response = self._answer_undeclared(event, declared, is_open=is_open)
            else:
                response = get_response(event)
        except LoopDetected as loop:
            response = render_plain(loop, request_id)
        except _Carried as carried:
            error = carried.__cause__
            if not isinstance(error, ApiError):
                _log.error("unexpected error", exc_info=error)
                error = ServerError("")
            elif error.status >= 500:
                _log.error("what we stand on refused", exc_info=error)
            response = surface.render_error(error, request_id)
            response.headers.update(error.headers)
            if isinstance(error, MethodNotAllowed):
                allowed = answered_methods(error.allowed, declared=declared, open_to_browsers=is_open)
                response.headers["Allow"] = ", ".join(allowed)
        else:
            if _is_chalices_own(response):
                response = _refused(surface, response.status_code, request_id)
        return _finished(response, request_id, is_open=is_open, started=started)

    def _answer_undeclared(self, event: Request, declared: Collection[str], *, is_open: bool) -> Response:
        """Answers a method that the route does not declare: OPTIONS where the path is open to browsers, else 405."""
        if event.method == "OPTIONS" and is_open:
            methods = answered_methods(declared, declared=declared, open_to_browsers=True)
            return preflight(methods, event.headers.get("access-control-request-headers", ""))
        raise _Carried from MethodNotAllowed("This address does not answer that method.", allowed=declared)


def _refused(surface: Surface, status: int, request_id: str) -> Response:
    """A refusal with a status that the server or Chalice chose, worded by the surface."""
    return surface.render_error(error_for_status(status, _MESSAGES.get(status, "The request was refused.")), request_id)


def _finished(response: Response, request_id: str, *, is_open: bool, started: float | None = None) -> Response:
    """The response with the headers that every answer has; writes its line of the access log."""
    # A loop is the caller's fault, though its status is a 5xx.
    if response.status_code >= 500 and response.status_code != LoopDetected.status:
        count_failures(1)
    if is_open:
        response.headers.update(OPEN_HEADERS)
    response.headers.setdefault("X-Request-Id", request_id)
    took = {} if started is None else {"ms": round((perf_counter() - started) * 1000, 1)}
    _log.info("answered", extra={"status": response.status_code, **took})
    return response


def _asked_path(event: Mapping[str, Any]) -> str:
    """The path of a request that no route has, percent-decoded `_MOST_DECODINGS` times.

    Some gateways hand it over as it was sent, others decoded. The same surface has to answer both.
    """
    path: str = "/" + event["pathParameters"]["proxy"]
    for _ in range(_MOST_DECODINGS):
        path = unquote(path)
    return path


def _asked_method(event: Request) -> str:
    """The method that the client sent, which for HEAD is not always the one that the view sees."""
    return str(event.to_original_event().get("httpMethod", event.method))


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
