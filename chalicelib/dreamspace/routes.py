"""The Dreamspace API: six roots, and under each the relations between the models, as deep as eight segments.

API Gateway knows no recursive paths, and `chalice local` takes `{path+}` for one segment. So every depth is a route of
its own, with one variable name a position, and all of them lead to one view, which reads the path and does the rest.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

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
from chalicelib.core.http.parse import path_value, query_of, validated, validated_as
from chalicelib.core.http.request import json_body
from chalicelib.core.http.respond import answer, answer_array
from chalicelib.core.http.surfaces import Surface, shortened, wording
from chalicelib.core.numbers import is_whole
from chalicelib.core.pagination import MAX_ARRAY_LIMIT, parse_limit
from chalicelib.core.settings import settings
from chalicelib.dreamspace.domain.filters import InvalidFilter, read_filters
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.domain.paths import Hop, NoSuchPath, Reach, creates_document, methods_of, read_path
from chalicelib.dreamspace.schemas.documents import (
    STAMP_ARRAY,
    DocumentCreate,
    DocumentUpdate,
    StampCreate,
    StampRead,
    StampUpdate,
)
from chalicelib.dreamspace.schemas.events import UPDATES, create_schema
from chalicelib.dreamspace.schemas.fields import server_zone
from chalicelib.dreamspace.schemas.users import (
    SpecimenCreate,
    SpecimenUpdate,
    TransactionCreate,
    UserCreate,
    UserUpdate,
    WalletRead,
)
from chalicelib.dreamspace.service import events, lists, stamps
from chalicelib.dreamspace.service.lists import Listing
from chalicelib.dreamspace.service.paths import Target, resolve
from chalicelib.dreamspace.service.reading import SERVICES, get_object, shown
from chalicelib.partners.domain import Credential
from chalicelib.partners.service import authenticate

T = TypeVar("T")
SCOPE = "dreamspace"
DEPTH = 8
MAX_SENTENCE = 300
MAX_DOCUMENT_BODY = 4_500_000
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
# The key that the published examples use; a local run alone knows it.
LOCAL_KEY, LOCAL_ORIGIN = "SecureToken", "spacex"
_ACCEPTED = Accepted("API key", bearer=False, key_header=True)
_INLINE = {"user_id": "user", "owner_id": "owner"}
CREATE_SCHEMAS: dict[Model, type[Any]] = {
    Model.USERS: UserCreate,
    Model.TRANSACTIONS: TransactionCreate,
    Model.SPECIMENS: SpecimenCreate,
    Model.DOCUMENTS: DocumentCreate,
    Model.STAMPS: StampCreate,
}
UPDATE_SCHEMAS: dict[Model, type[Any]] = {
    Model.USERS: UserUpdate,
    Model.SPECIMENS: SpecimenUpdate,
    Model.DOCUMENTS: DocumentUpdate,
    Model.STAMPS: StampUpdate,
}


def _render(error: ApiError, request_id: str) -> Response:
    if isinstance(error, PayloadTooLarge):
        error = BadRequest(error.message)  # this surface knows no 413
    headers: dict[str, str | list[str]] = {"Content-Type": "text/plain; charset=utf-8"}
    return Response(shortened(wording(error, request_id), MAX_SENTENCE), status_code=error.status, headers=headers)


routes = Blueprint(__name__)
surface = Surface(name="dreamspace", prefixes=tuple(f"/{model}" for model in Model), render_error=_render)


def _declare(model: Model) -> None:
    def view(**segments: str) -> Response:
        """Serves one path of the six models: lists, creates, reads, changes or removes what it stands for."""
        return _serve(model, [segments[f"p{position}"] for position in range(2, len(segments) + 2)])

    for depth in range(1, DEPTH + 1):
        path = "/".join(["", model, *(f"{{p{position}}}" for position in range(2, depth + 1))])
        routes.route(path, methods=list(METHODS), name=f"{model}_{depth}")(view)


for _model in Model:
    _declare(_model)


def _serve(model: Model, raw: list[str]) -> Response:
    request = routes.current_request
    origin = _authenticate(request).origin
    hops = _hops(model, raw)
    allowed = methods_of(hops)
    if request.method not in allowed:
        raise MethodNotAllowed("This address does not answer that method.", allowed=allowed)
    if request.method == "POST" and creates_document(hops):
        return _attach(origin, resolve(origin, hops[:-1]), request)
    target = resolve(origin, hops)
    if request.method == "GET":
        return _read(origin, target, request, hops)
    return _OPERATIONS[request.method](origin, target, request)


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


def _hops(model: Model, raw: list[str]) -> list[Hop]:
    try:
        return read_path([model, *map(path_value, raw)])
    except NoSuchPath as error:
        raise NotFound(str(error)) from error
    except BadRequest as error:
        raise NotFound("There is nothing at this address.") from error


def _read(origin: str, target: Target, request: Request, hops: list[Hop]) -> Response:
    if target.id is None:
        return _list(origin, target, request, hops)
    found = get_object(origin, target.model, target.id or 0, target.parent)
    if target.reach is Reach.INVENTORY:
        return answer(found.inventory)
    if target.reach is Reach.WALLET:
        return answer(WalletRead.model_validate(found))
    return _shown(target.model, found)


def _list(origin: str, target: Target, request: Request, hops: list[Hop]) -> Response:
    def read_query() -> tuple[dict[str, str], Listing]:
        query = query_of(request.query_params)
        query.pop(target.foreign_key or "", None)
        return query, _listing(origin, target, query)

    query, listing = _after_path(read_query, origin, target)
    page = lists.list_page(listing)
    headers = {}
    if page.next_after is not None:
        parameters = urlencode({**query, "starting_after": page.next_after})
        headers["Link"] = f'<{settings().public_url}{_address(hops)}?{parameters}>; rel="next"'
    return answer_array(page.items, headers=headers)


def _listing(origin: str, target: Target, query: dict[str, str]) -> Listing:
    try:
        values = read_filters(target.model, query, server_zone())
    except InvalidFilter as error:
        raise BadRequest(str(error)) from error
    if target.parent is not None:
        values[target.parent.field] = target.parent.id
    after = query.get("starting_after", "0")
    if not is_whole(after) or after.startswith("-"):
        raise BadRequest("starting_after: must be an id", param="starting_after")
    limit = parse_limit(query.get("limit"), default=None, maximum=MAX_ARRAY_LIMIT)
    return Listing(origin, target.model, values, int(after[:40]), limit, target.parent)


def _create(origin: str, target: Target, request: Request) -> Response:
    def read_body() -> Any:
        body = _body(request, target)
        return validated(create_schema(body) if target.model is Model.EVENTS else CREATE_SCHEMAS[target.model], body)

    return _shown(target.model, SERVICES[target.model].create(origin, _after_path(read_body, origin, target)))


def _put(origin: str, target: Target, request: Request) -> Response:
    def read_body() -> list[StampCreate]:
        value = json_body(request)
        if isinstance(value, list):
            value = [_under_path(item, target) for item in value]
        return validated_as(STAMP_ARRAY, value, name="stamps")

    bodies = _after_path(read_body, origin, target)
    if not bodies:
        lists.require_parent(Listing(origin, target.model, {}, parent=target.parent))
    return answer([StampRead.model_validate(stamp) for stamp in stamps.create_many(origin, bodies)])


def _update(origin: str, target: Target, request: Request) -> Response:
    if target.model is Model.EVENTS:
        # Which fields there are, the event itself says.
        found = events.load(origin, target.id or 0, target.parent)
        body = validated(UPDATES[found.event_type], _body(request, target, is_update=True))
        return _shown(target.model, events.update(origin, found, body, target.parent))
    schema = UPDATE_SCHEMAS[target.model]
    changes = _after_path(lambda: validated(schema, _body(request, target, is_update=True)), origin, target)
    return _shown(target.model, SERVICES[target.model].update(origin, target.id, changes, target.parent))


def _delete(origin: str, target: Target, request: Request) -> Response:
    del request
    return _shown(target.model, SERVICES[target.model].delete(origin, target.id, target.parent))


def _attach(origin: str, event: Target, request: Request) -> Response:
    def read_body() -> DocumentCreate:
        return validated(DocumentCreate, json_body(request, max_bytes=MAX_DOCUMENT_BODY))

    body = _after_path(read_body, origin, event)
    return _shown(Model.DOCUMENTS, events.attach(origin, event.id or 0, body, event.parent))


_OPERATIONS: dict[str, Callable[[str, Target, Request], Response]] = {
    "POST": _create,
    "PUT": _put,
    "PATCH": _update,
    "DELETE": _delete,
}


def _after_path(read: Callable[[], T], origin: str, target: Target) -> T:
    """What `read` gives; where it refuses, a path that leads to nothing is the refusal that comes first."""
    try:
        return read()
    except (BadRequest, PayloadTooLarge):
        if target.id is not None:
            get_object(origin, target.model, target.id or 0, target.parent)
        lists.require_parent(Listing(origin, target.model, {}, parent=target.parent))
        raise


def _body(request: Request, target: Target, *, is_update: bool = False) -> Any:
    """The body's value, with the foreign key that the path decides."""
    holds_data = target.model is Model.DOCUMENTS or (target.model is Model.EVENTS and not is_update)
    value = json_body(request, max_bytes=MAX_DOCUMENT_BODY) if holds_data else json_body(request)
    return _under_path(value, target, is_update=is_update)


def _under_path(value: Any, target: Target, *, is_update: bool = False) -> Any:
    """A body whose foreign key the path decides: its own, and the inline form, are dropped."""
    if target.parent is None or not isinstance(value, dict):
        return value
    key = target.parent.field
    dropped = decided_by_path(target.model, key)
    kept = {name: field for name, field in value.items() if name not in dropped}
    return kept if is_update else {**kept, key: target.parent.id}


def decided_by_path(model: Model, key: str) -> frozenset[str]:
    """The fields of a body that mean nothing below a parent: the foreign key and, if any, the inline form."""
    return frozenset({key} if model is Model.TRANSACTIONS else {key, _INLINE.get(key, key)})


def _shown(model: Model, found: Any) -> Response:
    return answer(shown(model, found))


def _address(hops: list[Hop]) -> str:
    segments: list[str] = []
    for hop in hops:
        segments.append(hop.via or hop.model)
        if hop.id is not None:
            segments.append(str(hop.id))
    return "/" + "/".join(segments)
