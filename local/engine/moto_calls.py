"""Takes a call on items of the embedded engine from botocore's request to moto's handler, and back, by a short way.

moto turns each into a request of another library, walks its parameters and answer by the service's model, looks for an
account in IAM and reads the body as a query string too. Here the JSON of the request is the parameters, and the
answer is written as JSON as it stands. What is refused is put into words by moto, and all other calls go moto's way.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import cache, lru_cache, wraps
from secrets import token_hex
from threading import RLock
from typing import Any, Final

from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionContext, ActionResult
from moto.core.utils import get_service_model
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.utilities import dynamo_to_dict
from moto.dynamodb.responses import DynamoHandler, DynamoResult
from moto.utilities.aws_headers import gen_amz_crc32
from werkzeug.exceptions import HTTPException

_METHODS = {
    "BatchGetItem": "batch_get_item",
    "BatchWriteItem": "batch_write_item",
    "DeleteItem": "delete_item",
    "GetItem": "get_item",
    "PutItem": "put_item",
    "Query": "query",
    "TransactGetItems": "transact_get_items",
    "TransactWriteItems": "transact_write_items",
    "UpdateItem": "update_item",
}
_ADDRESS = re.compile(r"https?://dynamodb\.([a-z0-9-]+)\.amazonaws\.com(?::443)?/?")
_TARGET = "DynamoDB_20120810."
_CONTENT_TYPE = "application/x-amz-json-1.0"


# Held while a call on tables is answered. Re-entrant, because a transaction calls other actions.
TABLES_LOCK: Final = RLock()


def shorten_calls() -> None:
    """Makes moto answer calls on items by the short way. Called once a process."""
    process, execute = BotocoreStubber.process_request, ActionResult.execute_result

    @wraps(process)
    def answered(self: BotocoreStubber, request: AWSPreparedRequest) -> Any:
        operation, region = _operation(request), _region(request.url)
        if operation not in _METHODS or region is None or not isinstance(request.body, bytes):
            return process(self, request)
        handler = _handler(request, region)
        with TABLES_LOCK:
            return _answer(handler, operation)

    def keep(self: DynamoResult, result: object) -> None:
        ActionResult.__init__(self, result)

    def execute_plainly(self: DynamoResult, context: ActionContext) -> Any:
        self._result = dynamo_to_dict(self._result)
        return execute(self, context)

    BotocoreStubber.process_request = answered
    # Results are converted only where moto writes them; `_answer` writes them as they stand.
    DynamoResult.__init__ = keep
    DynamoResult.execute_result = execute_plainly


def _operation(request: AWSPreparedRequest) -> str:
    target = request.headers.get("x-amz-target") or ""
    text: str = target.decode() if isinstance(target, bytes) else target
    return text.removeprefix(_TARGET)


@lru_cache(maxsize=64)
def _region(address: str) -> str | None:
    found = _ADDRESS.fullmatch(address)
    return found and found[1]


def _handler(request: AWSPreparedRequest, region: str) -> DynamoHandler:
    """moto's handler as it is before it acts, for the one account that there is."""
    handler = DynamoHandler()
    told = {"X-Amz-Target": _TARGET + _operation(request), "Content-Type": _CONTENT_TYPE}
    handler.headers, handler.querystring, handler.uri_match = HeadersDict(told), {}, {}
    handler.region, handler.current_account = region, DEFAULT_ACCOUNT_ID
    handler.response_headers = {"server": "amazon.com"}
    body = request.body
    handler.params = json.loads(body, object_hook=_with_bytes if b'"B' in body else None)
    return handler


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    """A JSON object as it is, or an attribute's value of base64 text (`B`, `BS`) as bytes."""
    match value:
        case {"B": str(text)} if len(value) == 1:
            return {"B": b64decode(text)}
        case {"BS": [*texts]} if len(value) == 1 and all(isinstance(text, str) for text in texts):
            return {"BS": [b64decode(text) for text in texts]}
    return value


@cache
def _fields(operation: str) -> frozenset[str]:
    """The fields of an answer by the service's model; moto puts in others too."""
    return frozenset(get_service_model("dynamodb").operation_model(operation).output_shape.members)


def _answer(handler: DynamoHandler, operation: str) -> tuple[int, dict[str, str], str]:
    method = _METHODS[operation]
    handler.body = handler.params
    try:
        result = getattr(handler, method)()
    except (ServiceException, HTTPException) as error:
        setattr(handler, method, _raising(error))
        status, headers, body = handler.call_action()
        return status, headers, body
    known = _fields(operation)
    text = json.dumps({name: value for name, value in result.result.items() if name in known}, default=_plain)
    headers = {**handler.response_headers, "Content-Type": _CONTENT_TYPE, "x-amzn-requestid": token_hex(26).upper()}
    gen_amz_crc32(text, headers)
    return 200, headers, text


def _raising(error: Exception) -> Callable[[], Any]:
    def raise_again() -> Any:
        raise error

    return raise_again


def _plain(value: Any) -> Any:
    if isinstance(value, DynamoType):
        return {value.type: value.value}
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value.to_json()
