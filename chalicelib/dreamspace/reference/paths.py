"""Every path of the API: the roots, and each relation below its model.

The paths are made from the routing table, so an added relation or method is described automatically.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, create_model

from chalicelib.core.errors import ApiError, BadRequest, NotFound
from chalicelib.core.pagination import MAX_ARRAY_LIMIT
from chalicelib.core.reference import ARRAY_LIMIT, LINK, Operation, Parameter
from chalicelib.dreamspace.domain.filters import FILTERS, Filter, read_event_type, read_flag, read_integer, read_text
from chalicelib.dreamspace.domain.models import EVENT_TYPES, MAX_STAMPS, Model
from chalicelib.dreamspace.domain.paths import RELATIONS, Hop, Reach, creates_document, methods_of
from chalicelib.dreamspace.examples import BODIES, CHANGES, SHOWN
from chalicelib.dreamspace.routes.calls import decided_by_path
from chalicelib.dreamspace.schemas.documents import DocumentCreate
from chalicelib.dreamspace.schemas.events import CREATES, READS, UPDATES
from chalicelib.dreamspace.schemas.users import UserRead, WalletRead
from chalicelib.dreamspace.service.resources import CREATE, READ_SCHEMAS, UPDATE

_FILTER_TYPES: Mapping[Any, Any] = {read_integer: int, read_text: str, read_flag: bool}
_EVENT_TYPE = Annotated[str, Field(json_schema_extra={"enum": list(EVENT_TYPES)})]
_PAGE = (
    ARRAY_LIMIT,
    Parameter("starting_after", "The id after which the page begins; it need not exist.", Annotated[int, Field(ge=0)]),
)
_WRONG = BadRequest("name: must be a text")
# The field of a body that names another object, and what it names.
_NAMED = {"user_id": "user", "owner_id": "user", "document_id": "document"}
_FIELDS: Mapping[Model, Mapping[str, Any]] = {model: creation.schema.model_fields for model, creation in CREATE.items()}
_UPSERT = "A known `twitch_id` updates that user and answers it; fields that are not given stay."


def paths() -> Mapping[str, Mapping[str, Operation]]:
    """The operations by path and method."""
    found: dict[str, dict[str, Operation]] = {}
    for model in Model:
        _add(found, f"/{model}", [Hop(model, Reach.MANY)])
        _add(found, f"/{model}/{{{model.id_field}}}", [Hop(model, Reach.MANY, 1)])
        for via, relation in RELATIONS[model].items():
            start = Hop(model, Reach.MANY, 1)
            base = f"/{model}/{{{model.id_field}}}/{via}"
            _add(found, base, [start, Hop(relation.model, relation.reach, via=via, field=relation.field)])
            if relation.reach is Reach.MANY:
                one = Hop(relation.model, relation.reach, 1, via, relation.field)
                _add(found, f"{base}/{{{relation.model.id_field}}}", [start, one])
    return found


def _add(found: dict[str, dict[str, Operation]], path: str, hops: list[Hop]) -> None:
    found[path] = {method: _operation(method, hops) for method in methods_of(hops)}


def _operation(method: str, hops: list[Hop]) -> Operation:
    last, parent = hops[-1], hops[0] if len(hops) > 1 else None
    refusals: list[ApiError] = [NotFound(hop.model.unknown) for hop in hops if hop.id is not None]
    if parent is not None and last.reach is Reach.ONE:
        refusals.append(NotFound(f"The {parent.model.noun} has no {last.via}."))
    if last.reach is Reach.WALLET:
        balance = {"user_id": 1, "balance": 250}
        return Operation(summary="Shows a user's balance", answer=WalletRead, example=balance, refusals=refusals)
    if last.reach is Reach.INVENTORY:
        summary = "Shows a user's inventory, which is empty"
        return Operation(summary=summary, answer=list[Any], example=[], refusals=refusals)
    if method == "GET" and last.reach is Reach.MANY and last.id is None:
        return _list(last, parent, refusals)
    if method not in ("GET", "DELETE"):
        return _write(method, last, parent, refusals, attaches=creates_document(hops))
    verb, description = "Shows", ""
    if method == "DELETE":
        verb, description = "Deletes", _DELETED.get(last.model, "") + "Answers the object as it was."
    return Operation(
        summary=f"{verb} {_one(last, parent)}",
        description=description,
        answer=_read(last.model),
        example=SHOWN[last.model],
        refusals=refusals,
    )


_DELETED = {
    Model.USERS: "The user's transactions and specimens go too; events stay without their user. ",
    Model.DOCUMENTS: "Its stamps go too; events that pointed to it get null. ",
    Model.EVENTS: "Its document stays. ",
}


def _list(last: Hop, parent: Hop | None, refusals: list[ApiError]) -> Operation:
    item: Any = UserRead if last.model is Model.USERS else _read(last.model)
    shown = {name: value for name, value in SHOWN[last.model].items() if name in UserRead.model_fields}
    filters = {name: each for name, each in FILTERS[last.model].items() if parent is None or name != last.field}
    return Operation(
        summary=f"Lists {last.model.value}" + (f" of {_article(parent.model.noun)}" if parent else ""),
        parameters=(*_filters(filters), *_PAGE),
        answer=list[item],
        example=[shown if last.model is Model.USERS else SHOWN[last.model]],
        answer_headers=LINK,
        refusals=[*refusals, BadRequest(f"limit: must be a whole number from 1 to {MAX_ARRAY_LIMIT}")],
    )


def _filters(filters: Mapping[str, Filter]) -> Iterator[Parameter]:
    for name, each in filters.items():
        if each.read in _FILTER_TYPES:
            said = "Only where this is set, or not." if each.read is read_flag else f"Only where `{name}` is this."
            yield Parameter(name, said, _FILTER_TYPES[each.read])
        elif each.read is read_event_type:
            yield Parameter(name, "Only events of this type.", _EVENT_TYPE)
        else:
            side = "later" if name.endswith("_after") else "earlier"
            yield Parameter(name, f"Only where `{each.field}` is {side} than this.", datetime)


def _write(method: str, last: Hop, parent: Hop | None, refusals: list[ApiError], *, attaches: bool) -> Operation:
    model, key = last.model, last.field if parent is not None and last.reach is Reach.MANY else None
    whose = "" if parent is None else f" of {_article(parent.model.noun)}"
    dropped = frozenset() if key is None else decided_by_path(model, key)
    sends: Any = {name: value for name, value in BODIES[model].items() if name not in dropped}
    body: Any = _body(CREATES, CREATE, model, key)
    answer: Any = _read(model)
    example: Any = SHOWN[model]
    # The fields of the body that refer to another object.
    named = [name for name in _NAMED if name in _FIELDS[model] and name != key]
    if method == "PUT":
        summary, description = f"Adds stamps{whose}", "Adds them all or none, and answers the added ones in order."
        body, answer = Annotated[list[body], Field(max_length=MAX_STAMPS)], list[answer]
        sends, example = [sends], [example]
    elif method == "PATCH":
        body, sends = _body(UPDATES, UPDATE, model, key), CHANGES[model]
        summary, description = f"Changes {_one(last, parent)}", ""
    elif attaches:
        body, sends, named = DocumentCreate, BODIES[model], []
        summary, description = "Creates an event's document", "The event must have none."
        refusals = [*refusals, BadRequest("document: the event has one already")]
    else:
        summary = f"Creates {_article(model.noun)}{whose}"
        description = _UPSERT if model is Model.USERS else ""
    return Operation(
        summary=summary,
        description=description,
        body=body,
        sends=sends,
        answer=answer,
        example=example,
        refusals=[*refusals, _WRONG, *(NotFound(f"{name}: there is no such {_NAMED[name]}") for name in named)],
    )


def _one(last: Hop, parent: Hop | None) -> str:
    if parent is None:
        return _article(last.model.noun)
    if last.reach is Reach.ONE:
        what = "current specimen" if last.via == "specimen" else last.via
        return f"{_article(parent.model.noun)}'s {what}"
    return f"{_article(last.model.noun)} of {_article(parent.model.noun)}"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def _read(model: Model) -> Any:
    return reduce(or_, READS.values()) if model is Model.EVENTS else READ_SCHEMAS[model]


def _body(of_events: Mapping[str, Any], of_models: Mapping[Model, Any], model: Model, key: str | None) -> Any:
    """The schemas of a body as one type; below a parent, whose `key` the path decides, as they are read there."""
    schemas = list(of_events.values()) if model is Model.EVENTS else [of_models[model].schema]
    if key is not None:
        schemas = [_without(schema, decided_by_path(model, key), key) for schema in schemas]
    return reduce(or_, schemas)


_made: dict[str, Any] = {}


def _without(schema: Any, dropped: frozenset[str], key: str) -> Any:
    """The schema of a body below a parent, which ignores these fields."""
    name = f"{schema.__name__}Below{_NAMED[key].capitalize()}"
    if name not in _made:
        ignored: Any = (Any, Field(default_factory=type(None), description="Ignored: the path decides."))
        fields: dict[str, Any] = dict.fromkeys(sorted(dropped), ignored)
        _made[name] = create_model(name, __base__=schema, __module__=__name__, __doc__=schema.__doc__, **fields)
    return _made[name]
