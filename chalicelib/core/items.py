"""Calls on items, by a shorter way through botocore.

For each call botocore checks and walks its parameters, works out the endpoint, signs a request put together by events,
and walks the answer: three quarters of a warm call's time, for steps that are always the same in these eight
operations. Here the parameters are the body, the endpoint is the client's, the signature is of one fixed form, and the
JSON of the answer is the answer.

Only what goes well, or fails by a condition, is answered here. Anything else - throttling, a 5xx, a lost connection, an
error nobody expects - is asked again by botocore itself, with its retries, its back-off and its errors. Credentials,
endpoint, certificates and proxies are botocore's throughout, and so are the hooks around a call: `before-call`,
`before-send`, `response-received`, `after-call`. `item_connections` sends and receives the bytes.
`SPACEGARDEN_PLAIN_BOTOCORE=1` goes the long way always, and so does a process with another version of botocore than
this was written for.
"""

import json
import time
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import ConnectionError, HTTPClientError
from botocore.parsers import create_parser

from chalicelib.core.item_connections import ItemAnswer, ItemConnections

WRITTEN_FOR: Final = "botocore 1.44"
_OPERATIONS = frozenset(
    {
        "BatchGetItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)
# Errors that answer a condition or tell of a conflict: the caller decides whether to try again.
_ANSWERS = frozenset(
    {"ConditionalCheckFailedException", "TransactionCanceledException", "TransactionConflictException"}
)
_TARGET = "DynamoDB_20120810"
_CONTENT_TYPE = "application/x-amz-json-1.0"


class ItemCalls:
    """A base that stands before botocore's own in the class of a DynamoDB client."""

    meta: Any
    exceptions: Any
    _endpoint: Any
    _request_signer: Any

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        config = self.meta.config
        self._connections = ItemConnections(
            self._endpoint.http_session,
            self.meta.endpoint_url,
            read_timeout=config.read_timeout,
            most_idle=config.max_pool_connections,
        )

    def close(self) -> None:
        """Closes the connections."""
        self._connections.close()
        super().close()  # type: ignore[misc]  # the client's

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> Any:
        if operation_name in _OPERATIONS:
            parsed = self._ask(operation_name, api_params)
            if parsed is not None:
                return parsed
        return super()._make_api_call(operation_name, api_params)  # type: ignore[misc]  # the client's

    def _ask(self, operation: str, parameters: dict[str, Any]) -> Any:
        """The parsed answer; None where botocore is to ask."""
        if operation == "TransactWriteItems" and "ClientRequestToken" not in parameters:
            return None  # botocore makes one
        credentials = self._request_signer._credentials
        if credentials is None:
            return None  # botocore has the words for it
        model, events = self.meta.service_model.operation_model(operation), self.meta.events
        body = _ENCODER.encode(parameters).encode()
        context: dict[str, Any] = {"client_region": self.meta.region_name, "client_config": self.meta.config}
        extra = {"User-Agent": self.meta.config.user_agent}
        handed = {"url": self.meta.endpoint_url, "method": "POST", "headers": extra, "body": body, "context": context}
        signer = self._request_signer
        _, given = events.emit_until_response(
            f"before-call.dynamodb.{operation}", model=model, params=handed, request_signer=signer, context=context
        )
        if given is None:
            signed = _signed_headers(
                credentials.get_frozen_credentials(),
                region=self.meta.region_name,
                host=_host(self.meta.endpoint_url),
                target=f"{_TARGET}.{operation}",
                body=body,
                at=time.time(),
            )
            given = self._exchange(operation, model, HeadersDict({**extra, **signed}), body)
        if given is None:
            return None
        response, parsed = given
        events.emit(
            f"after-call.dynamodb.{operation}", http_response=response, parsed=parsed, model=model, context=context
        )
        if response.status_code >= 300:
            raise self.exceptions.from_code(parsed.get("Error", {}).get("Code"))(parsed, operation)
        return parsed

    def _exchange(
        self, operation: str, model: Any, headers: HeadersDict, body: bytes
    ) -> tuple[AWSResponse | ItemAnswer, dict[str, Any]] | None:
        url = self.meta.endpoint_url.rstrip("/") + "/"
        request = AWSPreparedRequest("POST", url, headers, body, False)
        try:
            heard = self.meta.events.emit(f"before-send.dynamodb.{operation}", request=request)
            response = next((answer for _, answer in heard if answer is not None), None)
            if response is None:
                response = self._connections.send(request)
            content = response.content
        except (HTTPClientError, ConnectionError, OSError):
            return None
        parsed = _parsed(response, content, model)
        self.meta.events.emit(f"response-received.dynamodb.{operation}", parsed_response=parsed, exception=None)
        return None if parsed is None else (response, parsed)


def _parsed(response: AWSResponse | ItemAnswer, content: bytes, model: Any) -> dict[str, Any] | None:
    if response.status_code == 200:
        try:
            parsed: dict[str, Any] = json.loads(content)
        except ValueError:
            return None
        headers = response.headers
        parsed["ResponseMetadata"] = {
            "RequestId": headers.get("x-amzn-requestid"),
            "HTTPStatusCode": 200,
            "HTTPHeaders": {name.lower(): value for name, value in headers.items()},
            "RetryAttempts": 0,
        }
        return parsed
    if response.status_code != 400:
        return None
    raw = {"headers": HeadersDict(response.headers), "body": content, "status_code": 400, "context": {}}
    error: dict[str, Any] = _parser().parse(raw, model.output_shape)
    code = error["Error"]["Code"]
    if code not in _ANSWERS:
        return None
    error.update(_parser().parse(raw, model.service_model.shape_for_error_code(code)))
    error["ResponseMetadata"]["RetryAttempts"] = 0
    return error


def _signed_headers(credentials: Any, *, region: str, host: str, target: str, body: bytes, at: float) -> dict[str, str]:
    """The headers of AWS Signature Version 4, for a POST of JSON to `/`."""
    stamp = _stamp(int(at))
    headers = {"content-type": _CONTENT_TYPE, "host": host, "x-amz-date": stamp}
    if credentials.token:
        headers["x-amz-security-token"] = credentials.token
    headers["x-amz-target"] = target
    names = ";".join(headers)  # in alphabetical order, as they were put
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n/\n\n{lines}\n{names}\n{sha256(body).hexdigest()}"
    scope = f"{stamp[:8]}/{region}/dynamodb/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    signature = digest(_signing_key(credentials.secret_key, stamp[:8], region), text.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


@lru_cache(maxsize=8)
def _stamp(second: int) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    derived = f"AWS4{secret}".encode()
    for part in (day, region, "dynamodb", "aws4_request"):
        derived = digest(derived, part.encode(), "sha256")
    return derived


@lru_cache(maxsize=8)
def _host(endpoint: str) -> str:
    address = urlsplit(endpoint)
    default = {"http": 80, "https": 443}.get(address.scheme)
    return f"{address.hostname}" if address.port in (None, default) else f"{address.hostname}:{address.port}"


@lru_cache(maxsize=1)
def _parser() -> Any:
    return create_parser("json")


def _base64(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is not a value of DynamoDB")


_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), default=_base64)
