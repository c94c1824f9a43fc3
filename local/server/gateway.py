"""API Gateway's part of a local run: from a request to the app's event, and from its answer to bytes.

It stands in for `chalice.local.LocalGateway`, from which it differs where that would mislead: the event has
all the fields of a REST proxy event, what belongs to no route is an event of the resource `/{proxy+}`, every
method of a path is the app's to answer, and path parameters of a route that did not match are not left in the
event.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from time import time
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from chalice.app import Chalice

from chalicelib.core.http.application import UNROUTED, Application
from chalicelib.core.logging import logger
from local.engine import REGION
from local.queues.lambda_events import ACCOUNT_ID, LambdaContext

_log = logger("local.server.gateway")
_TIMEOUT_SECONDS = 29.0
_DEFAULT_STAGE = "api"


@dataclass(frozen=True)
class Answer:
    """What goes back to the client. `headers` holds every header but Content-Length."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


class MalformedAnswer(Exception):
    """The app returned what API Gateway would refuse: no status, or a header that cannot be sent."""


class Gateway:
    """Answers requests to one app. `stage` is the gateway's stage, Chalice's `api_gateway_stage`."""

    def __init__(self, app: Chalice, *, stage: str = _DEFAULT_STAGE) -> None:
        self._app = app
        self._stage = stage
        self._routes = _RouteIndex(app.routes)

    def handle(
        self,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: bytes | None,
        *,
        source_ip: str,
    ) -> Answer:
        """Answers one request; `target` is the request line's, raw. Never raises."""
        path, _, query = _origin_form(target).partition("?")
        match = self._routes.find(path)
        if match is None and not isinstance(self._app, Application):
            return self.refuse(target, HTTPStatus.NOT_FOUND)
        match = match or _Match(UNROUTED, {"proxy": path.removeprefix("/")})
        context = LambdaContext(self._app.app_name, timeout_seconds=_TIMEOUT_SECONDS, region=REGION)
        event = self._event(method, path, query, headers, body, match=match, source_ip=source_ip)
        event["requestContext"]["requestId"] = context.aws_request_id
        try:
            return _answer(self._app(event, context))
        except Exception:
            _log.exception("the app failed", extra={"method": method, "path": path})
            return self.refuse(target, HTTPStatus.BAD_GATEWAY)

    def refuse(self, target: str, status: int) -> Answer:
        """The answer to a request that the app never sees, worded by the app if it can. Never raises."""
        path = _origin_form(target).partition("?")[0]
        if isinstance(self._app, Application):
            try:
                return _answer(self._app.render_refusal(path, int(status)).to_dict(self._app.api.binary_types))
            except Exception:
                _log.exception("the app could not render an error", extra={"status": int(status)})
        message = json.dumps({"message": HTTPStatus(status).phrase}).encode()
        return Answer(int(status), [("Content-Type", "application/json")], message)

    def _event(
        self,
        method: str,
        path: str,
        query: str,
        headers: Sequence[tuple[str, str]],
        body: bytes | None,
        *,
        match: "_Match",
        source_ip: str,
    ) -> dict[str, Any]:
        last = {name.lower(): value for name, value in headers}
        every: dict[str, list[str]] = {}
        for name, value in headers:
            every.setdefault(name.lower(), []).append(value)
        # Decoded by the gateway, unlike path parameters, and null where there is none.
        values = parse_qs(query, keep_blank_values=True) or None
        binary = body is not None and _is_binary(last.get("content-type", ""), self._app.api.binary_types)
        return {
            "resource": match.route,
            "path": path,
            "httpMethod": method,
            "headers": last,
            "multiValueHeaders": every,
            "queryStringParameters": values and {name: value[-1] for name, value in values.items()},
            "multiValueQueryStringParameters": values,
            "pathParameters": match.captured,
            "stageVariables": None,
            "requestContext": {
                "accountId": ACCOUNT_ID,
                "apiId": "local",
                "resourcePath": match.route,
                "httpMethod": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "stage": self._stage,
                "requestId": "",
                "extendedRequestId": str(uuid4()),
                "requestTimeEpoch": int(time() * 1000),
                "identity": {"sourceIp": source_ip, "userAgent": last.get("user-agent")},
            },
            # Text stays bytes as in `chalice local`; Chalice's `raw_body` reads both, and the app sees broken
            # UTF-8.
            "body": base64.b64encode(body or b"").decode() if binary else body,
            "isBase64Encoded": binary,
        }


@dataclass(frozen=True)
class _Match:
    route: str
    captured: dict[str, str]


class _RouteIndex:
    """Finds a path's route in Chalice's own order: literal parts come before variables."""

    def __init__(self, routes: Iterable[str]) -> None:
        self._by_length: dict[int, list[tuple[str, list[str]]]] = {}
        for route in sorted(routes):
            parts = route.split("/")
            self._by_length.setdefault(len(parts), []).append((route, parts))

    def find(self, path: str) -> _Match | None:
        """The route of a path, one trailing slash ignored as API Gateway does, and its raw parameters."""
        parts = (path[:-1] if path != "/" and path.endswith("/") else path).split("/")
        for route, wanted in self._by_length.get(len(parts), []):
            if all(want == part or want.startswith("{") for want, part in zip(wanted, parts, strict=True)):
                return _Match(
                    route,
                    {want[1:-1]: part for want, part in zip(wanted, parts, strict=True) if want.startswith("{")},
                )
        return None


def _origin_form(target: str) -> str:
    """The path and query of a request target, also where the client sent a whole address."""
    for scheme in ("http://", "https://"):
        if target.lower().startswith(scheme):
            _, slash, rest = target[len(scheme) :].partition("/")
            return slash + rest or "/"
    return target


def _is_binary(content_type: str, binary_types: Iterable[str]) -> bool:
    given = content_type.partition(";")[0].strip().lower()
    return any(given == kind or (kind.endswith("/*") and given.startswith(kind[:-1])) for kind in binary_types)


def _answer(response: dict[str, Any]) -> Answer:
    """An app's answer, as its `__call__` returns it, made ready to send. Raises `MalformedAnswer`."""
    status = response.get("statusCode")
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise MalformedAnswer(f"The status {status!r} is none.")
    headers: list[tuple[str, str]] = []
    for name, value in {**response.get("headers", {}), **response.get("multiValueHeaders", {})}.items():
        headers.extend((name, str(item)) for item in (value if isinstance(value, list) else [value]))
    for name, text in headers:
        if not text.isprintable() or not text.isascii():
            raise MalformedAnswer(f"The header {name} cannot be sent: {text!r}.")
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    body = response.get("body") or b""
    if response.get("isBase64Encoded"):
        try:
            body = base64.b64decode(body)
        except (binascii.Error, ValueError) as error:
            raise MalformedAnswer("The body is not base64.") from error
    return Answer(status, headers, body.encode() if isinstance(body, str) else body)
