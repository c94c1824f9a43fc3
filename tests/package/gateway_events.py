"""Requests as API Gateway hands them to a function."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.core.http.application import UNROUTED


def unrouted(method: str, path: str) -> dict[str, Any]:
    """The event of a request to a path that has no route."""
    return {**request(method, UNROUTED, captured={"proxy": path.removeprefix("/")}), "path": path}


def request(
    method: str,
    resource: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    captured: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The event of a request to a route, whose variables are `captured`."""
    path = resource
    for name, value in (captured or {}).items():
        path = path.replace(f"{{{name}}}", value)
    sent = {"content-type": "application/json", **(headers or {})}
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": dict(captured or {}) or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": path,
            "stage": "api",
            "requestId": "00000000-0000-0000-0000-000000000000",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
