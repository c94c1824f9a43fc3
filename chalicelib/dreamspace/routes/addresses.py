"""The Dreamspace API: six roots, and under each the relations between the models, as deep as eight segments.

API Gateway has no recursive paths, and `chalice local` matches `{path+}` with one segment only. So each depth is a
route of its own, with one variable per position. All routes share one view, which parses the path and runs the
operation.
"""

from collections.abc import Sequence

from chalice.app import Blueprint, Request, Response

from chalicelib.core.acting import act_as
from chalicelib.core.comparing import is_same_secret
from chalicelib.core.credentials import (
    KEY_HEADER,
    Accepted,
    CredentialRefused,
    header_value,
    presented,
    require_scope,
)
from chalicelib.core.errors import ApiError, BadRequest, Forbidden, MethodNotAllowed, NotFound, PayloadTooLarge
from chalicelib.core.http.parse import path_value
from chalicelib.core.http.surfaces import Surface, shortened, wording
from chalicelib.core.settings import settings
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.domain.paths import Hop, NoSuchPath, creates_document, methods_of, read_path
from chalicelib.dreamspace.routes import operations
from chalicelib.dreamspace.routes.calls import Call
from chalicelib.dreamspace.service.paths import follow
from chalicelib.partners.domain import Credential
from chalicelib.partners.service import authenticate

SCOPE = "dreamspace"
DEPTH = 8
MAX_SENTENCE = 300
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
# The key in the published examples; only a local run accepts it.
LOCAL_KEY, LOCAL_ORIGIN = "SecureToken", "spacex"
_ACCEPTED = Accepted("API key", bearer=False, key_header=True)


def _render(error: ApiError, request_id: str) -> Response:
    if isinstance(error, PayloadTooLarge):
        error = BadRequest(error.message)  # this surface knows no 413
    headers: dict[str, str | list[str]] = {"Content-Type": "text/plain; charset=utf-8"}
    return Response(shortened(wording(error, request_id), MAX_SENTENCE), status_code=error.status, headers=headers)


routes = Blueprint(__name__)
surface = Surface(name="dreamspace", render_error=_render)


def _declare(model: Model) -> None:
    def view(**segments: str) -> Response:
        """Serves one path of the six models: lists, creates, reads, changes or removes its object."""
        return _serve(model, [segments[f"p{position}"] for position in range(2, len(segments) + 2)])

    for depth in range(1, DEPTH + 1):
        path = "/".join(["", model, *(f"{{p{position}}}" for position in range(2, depth + 1))])
        routes.route(path, methods=list(METHODS), name=f"{model}_{depth}")(view)


for _model in Model:
    _declare(_model)


def _serve(model: Model, segments: Sequence[str]) -> Response:
    request = routes.current_request
    origin = _authenticate(request).origin
    hops = _hops(model, segments)
    allowed = methods_of(hops)
    if request.method not in allowed:
        raise MethodNotAllowed("This address does not answer that method.", allowed=allowed)
    if request.method == "POST" and creates_document(hops):
        event = hops[:-1]
        return follow(origin, event, lambda target: operations.attach_document(Call(origin, event, target, request)))
    operation = operations.METHODS[request.method]
    return follow(origin, hops, lambda target: operation(Call(origin, hops, target, request)))


def _authenticate(request: Request) -> Credential:
    key = header_value(request.headers, KEY_HEADER)
    if settings().is_local and is_same_secret(LOCAL_KEY, key):
        act_as(f"key:{LOCAL_KEY}")
        return Credential(origin=LOCAL_ORIGIN, key_id=LOCAL_KEY, scopes=frozenset({SCOPE}))
    try:
        credential = authenticate(presented(request.headers, _ACCEPTED))
        require_scope(credential, SCOPE, what="API key")
    except CredentialRefused as error:
        raise Forbidden(str(error)) from error
    return credential


def _hops(model: Model, segments: Sequence[str]) -> list[Hop]:
    try:
        return read_path([model, *map(path_value, segments)])
    except NoSuchPath as error:
        raise NotFound(str(error)) from error
    except BadRequest as error:
        raise NotFound("There is nothing at this address.") from error
