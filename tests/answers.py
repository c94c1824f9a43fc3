"""Every answer of the app during a run is compared with the API reference, and so is every request that was accepted.

An answer must have a status that its operation declares, the declared content type, and a body that fits the schema
and holds no field that the schema does not name. A run in which one differs fails; so does a whole run in which an
operation was never seen to succeed.

So is the body of every webhook that is recorded, but for those that a test makes up.

Bodies are compared by their shape (fields, types, words of enumerations), each shape of an operation once, so that a
run of many thousand calls costs a few seconds.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from threading import Lock
from typing import Any

import pytest
from chalice.app import Chalice
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.recording import deployed_app, ran_everything

_MOST_SHAPES = 60  # of one operation and status; tests with random input make ever new ones
_DOCUMENT = "document"
_complaints: Counter[str] = Counter()
_succeeded: set[str] = set()
_described: set[str] = set()
_lock = Lock()
_made_up: ContextVar[bool] = ContextVar("made_up", default=False)


class Reference:
    """The document of the app under test, with every schema closed."""

    def __init__(self, app: Chalice) -> None:
        from chalicelib.reference.document import build

        built = build(app.routes, url="http://spacegarden.test")
        self.document: dict[str, Any] = json.loads(json.dumps(built))
        self.enumerations = frozenset(_close(self.document))
        resource = DRAFT202012.create_resource(self.document)
        self._registry: Registry[Any] = Registry().with_resource(_DOCUMENT, resource)
        self._seen: dict[str, set[Any]] = {}

    def operation(self, method: str, route: str, path: str) -> tuple[str, Mapping[str, Any]] | None:
        """The operation that a request addresses, with its name; None for pages and what nobody serves."""
        address = route if route in self.document["paths"] else logical(path)
        found = self.document["paths"].get(address, {}).get(method.lower())
        return None if found is None else (f"{method} {address}", found)

    def operations(self) -> set[str]:
        """The names of all of them."""
        return {f"{method.upper()} {path}" for path, methods in self.document["paths"].items() for method in methods}

    def complaints(self, name: str, operation: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with an answer."""
        status = str(answer["statusCode"])
        response = operation["responses"].get(status)
        if response is None:
            yield f"{name} answers {status}, which is not declared"
            return
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        headers = {key.lower(): value for key, value in answer["headers"].items()}
        kind = str(headers.get("content-type", "")).partition(";")[0]
        declared = {each.partition(";")[0]: content for each, content in response.get("content", {}).items()}
        if kind not in declared:
            yield f"{name} answers {status} as {kind or 'nothing'}, which is not declared"
        elif kind == "application/json":
            yield from self.differences(f"{name}, {status}", json.loads(answer["body"]), declared[kind]["schema"])

    def differences(self, place: str, value: Any, schema: Mapping[str, Any], *, once: bool = True) -> Iterator[str]:
        """Where a value does not fit; of a shape that was seen before at this place, nothing."""
        if once and not self._is_new(place, value):
            return
        rooted = _rooted(schema)
        for error in Draft202012Validator(rooted, registry=self._registry).iter_errors(value):
            deepest = _deepest(error)
            yield f"{place}: {deepest.json_path} {deepest.message[:200]}"

    def _is_new(self, place: str, value: Any) -> bool:
        shape = _shape(value, self.enumerations)
        with _lock:
            seen = self._seen.setdefault(place, set())
            if shape in seen or len(seen) >= _MOST_SHAPES:
                return False
            seen.add(shape)
        return True


def logical(path: str) -> str:
    """The described address that a path of Dreamspace comes down to: the root, or the last relation."""
    from chalicelib.core.errors import ApiError
    from chalicelib.core.http.parse import path_value
    from chalicelib.dreamspace.domain.models import Model
    from chalicelib.dreamspace.domain.paths import NoSuchPath, Reach, read_path

    segments = path.strip("/").split("/")
    if segments[0] not in {model.value for model in Model}:
        return path
    try:
        *before, last = read_path([path_value(segment) for segment in segments])
    except (ApiError, NoSuchPath):
        return path
    address = f"/{last.model}"
    if before:
        parent = before[-1].model
        address = f"/{parent}/{{{parent.id_field}}}/{last.via}"
    picks_one = last.reach is Reach.MANY and last.id is not None
    return f"{address}/{{{last.model.id_field}}}" if picks_one else address


@lru_cache(maxsize=1)
def reference(app: Chalice) -> Reference:
    """The reference of the app, made with its first answer."""
    made = Reference(app)
    _described.update(made.operations())
    return made


def observe(app: Chalice, event: Any, answer: Any) -> None:
    """Compares one answer, and the body that brought it."""
    if not isinstance(event, dict) or not isinstance(answer, dict) or "statusCode" not in answer:
        return
    context = event["requestContext"]
    if context["httpMethod"] in ("HEAD", "OPTIONS") or answer["statusCode"] == 304:
        return
    known = reference(app)
    path = context["resourcePath"]
    for name, value in (event.get("pathParameters") or {}).items():
        path = path.replace(f"{{{name}}}", value)
    found = known.operation(context["httpMethod"], context["resourcePath"], path)
    if found is None:
        return
    name, operation = found
    told = list(known.complaints(name, operation, answer))
    if answer["statusCode"] == 200:
        with _lock:
            _succeeded.add(name)
        told += _of_request(known, name, operation, event, answer)
    with _lock:
        _complaints.update(told)


def observe_event(app: Chalice, event_type: str, content: Any) -> None:
    """Compares the body of a webhook with the schema of its type."""
    known = reference(app)
    described = known.document["components"]["pathItems"][event_type]["post"]["requestBody"]
    told = list(known.differences(f"webhook {event_type}", content, described["content"]["application/json"]["schema"]))
    with _lock:
        _complaints.update(told)


def _of_request(
    known: Reference, name: str, operation: Mapping[str, Any], event: Mapping[str, Any], answer: Mapping[str, Any]
) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    kind = str({key.lower(): value for key, value in event["headers"].items()}.get("content-type", ""))
    if content is None or not event["body"] or "form" in kind or event.get("isBase64Encoded"):
        return
    value, told = json.loads(event["body"]), json.loads(answer["body"])
    if isinstance(value, list) and isinstance(told, list):  # what was refused stands as an error at its place
        value = [each for each, outcome in zip(value, told, strict=False) if "error" not in outcome]
    if value != []:
        yield from known.differences(f"{name}, accepted request", value, content["schema"])


def _shape(value: Any, enumerations: frozenset[str], name: str = "") -> Any:
    if isinstance(value, dict):
        return frozenset((key, _shape(child, enumerations, key)) for key, child in value.items())
    if isinstance(value, list):
        return ("[]", frozenset(_shape(child, enumerations, name) for child in value))
    return value if name in enumerations and isinstance(value, str) else type(value).__name__


def _close(schema: Any) -> Iterator[str]:
    """Refuses in place what a schema does not name; gives the properties that have words of their own."""
    if isinstance(schema, list):
        for each in schema:
            yield from _close(each)
    elif isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict) and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
            yield from (name for name, each in properties.items() if {"enum", "const"} & set(each))
        for key, each in schema.items():
            if key not in ("example", "examples"):
                yield from _close(each)


def _rooted(schema: Any) -> Any:
    """The schema with its references into the document."""
    if isinstance(schema, dict):
        return {key: f"{_DOCUMENT}{each}" if key == "$ref" else _rooted(each) for key, each in schema.items()}
    return [_rooted(each) for each in schema] if isinstance(schema, list) else schema


def _deepest(error: Any) -> Any:
    """The part of a refused union that came closest."""
    while error.context:
        error = max(error.context, key=lambda each: len(each.absolute_path))
    return error


# What follows are pytest's hooks: workers hand what they saw to the one process that tells.


def pytest_configure(config: pytest.Config) -> None:
    """Listens to the app."""
    del config
    original: Any = Chalice.__call__

    def called(app: Chalice, event: Any, context: Any) -> Any:
        answer = original(app, event, context)
        if app is deployed_app():
            observe(app, event, answer)
        return answer

    Chalice.__call__ = called  # type: ignore[method-assign,assignment]  # for the length of the run
    _hear_events()


def _hear_events() -> None:
    """Listens to what is recorded as an event, but for what tests make up."""
    from chalicelib.webhooks.repository import events

    recorded = events.event_row

    def event_row(origin: str, event_id: str, *, event_type: str, content: str, **rest: Any) -> Any:
        app = deployed_app()
        if app is not None and not _made_up.get():
            observe_event(app, event_type, json.loads(content))
        return recorded(origin, event_id, event_type=event_type, content=content, **rest)

    events.event_row = event_row  # for the length of the run


@contextmanager
def made_up_bodies() -> Iterator[None]:
    """Events with bodies that only a test would record."""
    token = _made_up.set(True)
    try:
        yield
    finally:
        _made_up.reset(token)


def pytest_testnodedown(node: Any) -> None:
    """Takes what a worker has seen."""
    output = getattr(node, "workeroutput", {})
    _complaints.update(output.get("complaints", {}))
    _succeeded.update(output.get("succeeded", ()))
    _described.update(output.get("described", ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fails the run for what differs."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output |= {"complaints": dict(_complaints), "succeeded": sorted(_succeeded), "described": sorted(_described)}
        return
    if exitstatus == 0 and ran_everything(session.config):
        _complaints.update(f"{name} was never seen to succeed" for name in _described - _succeeded)
    if _complaints:
        session.exitstatus = max(int(exitstatus), int(pytest.ExitCode.TESTS_FAILED))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says what differs."""
    if _complaints:
        terminalreporter.section("answers differ from the API reference", red=True)
        for complaint, count in sorted(_complaints.items()):
            terminalreporter.line(f"{complaint} ({count} times)" if count > 1 else complaint)
