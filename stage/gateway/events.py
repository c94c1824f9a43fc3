"""The event that API Gateway makes of a client's request for a function (proxy integration)."""

import base64
import gzip
import json
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

from stage.gateway.api import Api, Route

MAX_BODY_BYTES = 10 * 1024 * 1024
# What the gateway does not hand on: https://docs.aws.amazon.com/apigateway/latest/developerguide/
# api-gateway-known-issues.html, "Some request headers are dropped".
_DROPPED = frozenset({"expect", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "connection"})


class NotReadable(Exception):
    """The gateway refuses the request itself; the message is the kind of its answer."""


class Request(NamedTuple):
    """A request as it came in: `target` is the path and query as sent, beneath the stage; header names as sent."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str

    def header(self, name: str) -> str:
        """A header's value, empty where it was not sent."""
        return next((value for sent, value in self.headers if sent.lower() == name), "")


def event_of(request: Request, api: Api, route: Route, *, decoded: bool) -> bytes:
    """The JSON of the event.

    Reports disagree on whether a path's variables arrive as they were sent or decoded, so a stage runs either way;
    `decoded` chooses. Raises `NotReadable`.
    """
    path, _, query = request.target.partition("?")
    headers = [(name, value) for name, value in request.headers if name.lower() not in _DROPPED]
    body = _uncompressed(request, api)
    if body is not request.body:
        headers = [(name, value) for name, value in headers if name.lower() != "content-encoding"]
    headers += [
        ("X-Forwarded-For", request.source_ip),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
        ("X-Amzn-Trace-Id", f"Root=1-{uuid4().hex[:8]}-{uuid4().hex[:24]}"),
    ]
    variables = {name: unquote(value) if decoded else value for name, value in route.variables.items()}
    queries = parse_qsl(query, keep_blank_values=True)
    media_type = request.header("content-type").partition(";")[0].strip().lower()
    is_binary = media_type in api.binary_types or "*/*" in api.binary_types
    text = base64.b64encode(body).decode() if is_binary else body.decode("utf-8", "replace")
    request_id = str(uuid4())
    event: dict[str, Any] = {
        "resource": route.resource,
        "path": unquote(path) if decoded else path,
        "httpMethod": request.method,
        "headers": dict(headers) or None,
        "multiValueHeaders": _grouped(headers),
        "queryStringParameters": dict(queries) or None,
        "multiValueQueryStringParameters": _grouped(queries),
        "pathParameters": variables or None,
        "stageVariables": None,
        "requestContext": {
            "resourceId": "stage",
            "resourcePath": route.resource,
            "httpMethod": request.method,
            "extendedRequestId": request_id,
            "path": f"/{api.stage}{path}",
            "protocol": "HTTP/1.1",
            "stage": api.stage,
            "domainName": request.header("host").partition(":")[0],
            "requestId": request_id,
            "apiId": api.id,
            "identity": {"sourceIp": request.source_ip, "userAgent": request.header("user-agent") or None},
        },
        "body": text if body else None,
        "isBase64Encoded": bool(body) and is_binary,
    }
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _uncompressed(request: Request, api: Api) -> bytes:
    """The body without the compression that its header names, which an API with compression takes off."""
    coding = request.header("content-encoding").strip().lower()
    if not coding or coding == "identity" or api.smallest_compressed is None:
        return request.body
    try:
        if coding == "gzip":
            plain = gzip.decompress(request.body)
        elif coding == "deflate":
            plain = zlib.decompress(request.body)
        else:
            raise NotReadable("UNSUPPORTED_MEDIA_TYPE")
    except (OSError, EOFError, zlib.error) as error:
        raise NotReadable("BAD_REQUEST_BODY") from error
    if len(plain) > MAX_BODY_BYTES:
        raise NotReadable("REQUEST_TOO_LARGE")
    return plain


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]] | None:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped or None
