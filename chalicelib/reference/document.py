"""Builds the OpenAPI 3.1 document from the routes and the declared operations."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from chalicelib.core.errors import ApiError, PayloadTooLarge, ServerError, TooManyRequests
from chalicelib.core.http.parse import MAX_BODY_BYTES
from chalicelib.core.http.surfaces import gateway_error
from chalicelib.core.reference import FORM, JSON, GatewayError, Listed, Operation, Parameter, PlainError, Section
from chalicelib.reference import contents, guide
from chalicelib.reference.components import Components, Mode, Schema
from chalicelib.version import VERSION

_REQUEST_ID: Final = "01JXA8Z7Q2W4E6R8T0Y2"
_LOOPING: Final = {"message": "This is a webhook of this service. It must not lead to a call of this service."}
_THROTTLED: Final = gateway_error(429, "Too many requests. Please try again in a moment.")
_CONTENDED: Final = TooManyRequests(
    "Too many calls are changing the same thing at the same time. Please send the request again.", retry_after=2
)
_RETRY_AFTER: Final[Schema] = {
    "description": "The seconds after which the call may be sent again; the gateway does not say.",
    "schema": {"type": "integer"},
}

Routes = Mapping[str, Mapping[str, Any]]


class Described(NamedTuple):
    """A declared operation with its method, path and unique `id`."""

    id: str
    method: str
    path: str
    summary: str
    section: Section
    operation: Operation

    @property
    def whole(self) -> Operation:
        """The operation together with the declarations of its section."""
        return self.section.whole(self.operation, self.method)


def described(routes: Routes) -> list[Described]:
    """All declared operations of these routes, sorted by section and path."""
    sections = contents.sections()
    found = [each for section in sections for each in _of_section(section, routes)]
    order = {section.slug: number for number, section in enumerate(sections)}
    return sorted(found, key=lambda each: order[each.section.slug])


def undescribed(routes: Routes) -> list[str]:
    """The routes that are neither declared operations nor pages."""
    known = {(each.method, each.path) for each in described(routes)}
    generic = {section.stands_for for section in contents.sections()}
    return [
        f"{method} {path}"
        for path, entries in routes.items()
        for method, entry in entries.items()
        if (method, path) not in known and not contents.is_page(path) and _plain_view(entry).__module__ not in generic
    ]


def build(routes: Routes, *, url: str) -> dict[str, Any]:
    """The document of an app with these routes, served at `url`."""
    operations, hooks = described(routes), contents.hooks()
    components = Components(contents.words())
    for each in operations:
        for kind, mode in _kinds(each):
            components.ask(kind, mode)
    for hook in hooks:
        components.ask(hook.body, "serialization")
    components.ask(PlainError, "serialization")
    components.ask(GatewayError, "serialization")
    for header in guide.WEBHOOK_HEADERS:
        components.ask(header.type, "validation")
    schemas = components.make()
    paths: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for each in operations:
        paths[each.path][each.method.lower()] = _Writer(each, components).written()
    looping = {
        "description": "The request is one of this service's own that has come back: it carries our `webhook-id`.",
        "content": {JSON: _content(components.schema(PlainError, "serialization"), _LOOPING)},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Spacegarden", "version": VERSION, "summary": guide.SUMMARY, "description": guide.GUIDE},
        "servers": [{"url": url}],
        "tags": [
            *({"name": section.name, "description": section.description} for section in contents.sections()),
            {"name": guide.SENT, "description": guide.SENT_DESCRIPTION},
        ],
        "paths": paths,
        # By reference, as OpenAPI allows: of webhooks that stand here in full, openapi-generator makes operations whose
        # parameters have no types, which is not valid Python.
        "webhooks": {hook.event_type: {"$ref": f"#/components/pathItems/{hook.event_type}"} for hook in hooks},
        "components": {
            "pathItems": {hook.event_type: {"post": _hook(hook, components)} for hook in hooks},
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": guide.security_schemes(url),
            "headers": {
                "X-Request-Id": {"description": "Names this answer in our logs.", "schema": {"type": "string"}}
            },
            "responses": {"LoopDetected": looping, **_shared(operations, paths)},
        },
    }


def _shared(operations: Iterable[Described], paths: Mapping[str, Any]) -> dict[str, Any]:
    """Moves errors that several operations share into components; returns them by name."""
    places: defaultdict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for each in operations:
        responses = paths[each.path][each.method.lower()]["responses"]
        for status, response in responses.items():
            if status >= "4" and "$ref" not in response:
                places[each.section.slug, status, json.dumps(response)].append(responses)
    shared: dict[str, Any] = {}
    for (slug, status, _), found in places.items():
        if len(found) > 1:
            name = f"{slug}_{status}"
            name += f"_{sum(other.startswith(name) for other in shared) + 1}"
            shared[name] = found[0][status]
            for responses in found:
                responses[status] = {"$ref": f"#/components/responses/{name}"}
    return shared


def _of_section(section: Section, routes: Routes) -> Iterator[Described]:
    for path, entries in routes.items():
        for method, entry in entries.items():
            operation = contents.operation_of(section, entry.view_function, method)
            if operation is not None:
                view = _plain_view(entry)
                several = (view, method) in section.operations
                name = f"{section.slug}_{view.__name__}" + (f"_{method.lower()}" if several else "")
                summary = operation.summary or str(view.__doc__).strip().splitlines()[0]
                yield Described(name, method, path, summary, section, operation)
    for path, methods in section.paths.items():
        for method, operation in methods.items():
            yield Described(_id_of(section, method, path), method, path, operation.summary, section, operation)


def _plain_view(entry: Any) -> Any:
    return getattr(entry.view_function, "__wrapped__", entry.view_function)


def _id_of(section: Section, method: str, path: str) -> str:
    """Such as `dreamspace_get_users_user_id_events`."""
    parts = [part.strip("{}") for part in path.strip("/").split("/")]
    return "_".join([section.slug, method.lower(), *parts])


def _kinds(each: Described) -> Iterator[tuple[Any, Mode]]:
    operation = each.whole
    yield _item(operation.answer), "serialization"
    yield each.section.error, "serialization"
    for reply in operation.replies.values():
        yield reply.type, "serialization"
    if operation.body is not None:
        yield operation.body, "validation"
    for parameter in (*operation.parameters, *each.section.variables):
        yield parameter.type, "validation"


def _item(kind: Any) -> Any:
    return kind.item if isinstance(kind, Listed) else kind


class _Writer:
    """Writes one operation."""

    def __init__(self, each: Described, components: Components) -> None:
        self._each = each
        self._operation, self._section = each.whole, each.section
        self._components = components
        names = {part[1:-1] for part in each.path.split("/") if part.startswith("{")}
        own = {parameter.name for parameter in self._operation.parameters if parameter.place == "path"}
        self._variables = [
            parameter for parameter in self._section.variables if parameter.name in names and parameter.name not in own
        ]

    def written(self) -> dict[str, Any]:
        """The Operation object."""
        operation = self._operation
        written: dict[str, Any] = {
            "operationId": self._each.id,
            "tags": [self._section.name],
            "summary": self._each.summary.removesuffix("."),
            "security": [{name: list(scopes) for name, scopes in one.items()} for one in operation.security or ()],
        }
        if operation.description:
            written["description"] = operation.description
        parameters = [*self._variables, *operation.parameters]
        if parameters:
            written["parameters"] = [parameter_object(each, self._components) for each in parameters]
        if operation.body is not None:
            written["requestBody"] = {
                "required": not operation.body_is_optional,
                "content": {kind: self._sent(kind) for kind in operation.sent_as or ()},
            }
        written["responses"] = self._responses()
        return written

    def _sent(self, media_type: str) -> dict[str, Any]:
        """The Media Type object of a body; in a form, what nests is written with brackets (`items[0][quantity]=2`)."""
        body, components = self._operation.body, self._components
        is_form = media_type == FORM
        has_own_schema = is_form and len(self._operation.sent_as or ()) > 1
        schema = components.form(body) if has_own_schema else components.schema(body, "validation")
        content = _content(schema, self._operation.sends)
        if is_form and (nested := components.nested(body)):
            content["encoding"] = {name: {"style": "deepObject", "explode": True} for name in nested}
        return content

    def _responses(self) -> dict[str, Any]:
        operation = self._operation
        headers: dict[str, Any] = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
        for name, description in operation.answer_headers.items():
            headers[name] = {"description": description, "schema": {"type": "string"}}
        responses: dict[str, Any] = {
            "200": {
                "description": "It worked.",
                "headers": headers,
                "content": {operation.answered_as: _content(*self._success())},
            }
        }
        for status, reply in operation.replies.items():
            schema = self._components.schema(reply.type, "serialization")
            responses[str(status)] = {
                "description": reply.description,
                "content": {operation.answered_as: _content(schema, reply.example)},
            }
        self._add_refusals(responses)
        responses["429"] = self._too_many()
        responses["508"] = {"$ref": "#/components/responses/LoopDetected"}
        return dict(sorted(responses.items()))

    def _success(self) -> tuple[Schema, Any]:
        operation, kind = self._operation, self._operation.answer
        schema = self._components.schema(_item(kind), "serialization")
        if not isinstance(kind, Listed):
            return schema, operation.example
        url = kind.url or quote(_filled(self._each.path, self._variables))
        example = {"object": "list", "count": 1, "has_more": False, "url": url, "data": [operation.example]}
        return _envelope(schema), example

    def _add_refusals(self, responses: dict[str, Any]) -> None:
        section, grouped = self._section, defaultdict[str, list[tuple[ApiError, Any]]](list)
        for error in self._refusals():
            answer = section.surface.render_error(error, _REQUEST_ID)
            body = json.loads(answer.body) if section.error_as == JSON else answer.body
            grouped[str(answer.status_code)].append((error, body))
        schema = self._components.schema(section.error, "serialization")
        for status, refusals in grouped.items():
            if status in responses:  # a dialect has its own answer of this status; ours is added to it
                theirs = responses[status]["content"][JSON]["schema"]
                ours = schema if theirs == schema else {"anyOf": [theirs, schema]}
                examples = {"answer": {"value": responses[status]["content"][JSON]["example"]}}
                responses[status]["content"] = {JSON: {"schema": ours, "examples": examples | _examples(refusals)}}
                continue
            responses[status] = {
                "description": " ".join(dict.fromkeys(type(error).__doc__ or "" for error, _ in refusals)).strip(),
                "content": {section.error_as: {"schema": schema, "examples": _examples(refusals)}},
            }

    def _too_many(self) -> dict[str, Any]:
        """The 429 answers: of the gateway, and of the surface for contended writes."""
        section = self._section
        answer = section.surface.render_error(_CONTENDED, _REQUEST_ID)
        theirs = self._components.schema(GatewayError, "serialization")
        ours = self._components.schema(section.error, "serialization")
        content: dict[str, Any] = {JSON: {"schema": theirs, "examples": {"gateway": {"value": _THROTTLED}}}}
        if section.error_as == JSON:
            content[JSON]["examples"][_CONTENDED.code] = {"value": json.loads(answer.body)}
            content[JSON]["schema"] = theirs if ours == theirs else {"anyOf": [theirs, ours]}
        else:
            content[section.error_as] = {"schema": ours, "examples": {_CONTENDED.code: {"value": answer.body}}}
        return {
            "description": (
                "Too many calls are changing the same thing at the same time, and nothing was changed by this one; or "
                "the stage's limit is reached, which the gateway answers."
            ),
            "headers": {"Retry-After": _RETRY_AFTER},
            "content": content,
        }

    def _refusals(self) -> Iterator[ApiError]:
        section, operation = self._section, self._operation
        yield from section.refusals
        has_input = operation.body is not None or any(each.place == "query" for each in operation.parameters)
        if has_input:
            yield from section.refusals_of_input
        if "{" in self._each.path:
            yield from section.refusals_of_addresses
        yield from operation.refusals
        if operation.body is not None:
            yield PayloadTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes.")
        yield ServerError("")


def parameter_object(parameter: Parameter, components: Components) -> dict[str, Any]:
    """The Parameter object."""
    written: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "required": parameter.required,
        "schema": components.schema(parameter.type, "validation"),
    }
    if parameter.example is not None:
        written["example"] = parameter.example
    return written


def _examples(refusals: Iterable[tuple[ApiError, Any]]) -> dict[str, Any]:
    """Named by the error's code, and by a number where several have one."""
    examples: dict[str, Any] = {}
    for error, body in refusals:
        name = error.code if error.code not in examples else f"{error.code}_{len(examples) + 1}"
        if body not in [example["value"] for example in examples.values()]:
            examples[name] = {"value": body}
    return examples


def _content(schema: Schema, example: Any) -> dict[str, Any]:
    return {"schema": schema, "example": example}


def _envelope(item: Schema) -> Schema:
    return {
        "type": "object",
        "description": "A page of a list.",
        "properties": {
            "object": {"const": "list", "type": "string", "description": "Always `list`."},
            "count": {"type": "integer", "description": "How many entries are on this page."},
            "has_more": {"type": "boolean", "description": "True where more follows in the direction asked for."},
            "url": {"type": "string", "description": "The address of the list."},
            "data": {"type": "array", "items": item, "description": "The entries."},
        },
        "required": ["object", "count", "has_more", "url", "data"],
    }


def _filled(path: str, variables: Iterable[Parameter]) -> str:
    for each in variables:
        path = path.replace(f"{{{each.name}}}", str(each.example))
    return path


def _hook(hook: Any, components: Components) -> dict[str, Any]:
    return {
        "operationId": f"webhook_{hook.event_type.replace('.', '_')}",
        "tags": [guide.SENT],
        "summary": hook.summary,
        "description": hook.description,
        "security": [],
        "parameters": [parameter_object(each, components) for each in guide.WEBHOOK_HEADERS],
        "requestBody": {
            "required": True,
            "content": {JSON: _content(components.schema(hook.body, "serialization"), hook.example)},
        },
        "responses": {
            "2XX": {"description": "Delivered, whatever the body says."},
            "410": {"description": "The endpoint is disabled at once."},
            "default": {"description": "Not delivered: it is tried again by the endpoint's schedule."},
        },
    }
