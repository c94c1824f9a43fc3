"""One botocore session and one client a service, shared by the whole process.

A client costs about 55 ms to make and botocore's session is not safe to share while clients are being made,
so both happen under a lock, once. Time-outs are short because the gateway gives up after 29 s; retries are
botocore's standard mode, which backs off on throttling.

Two settings spare every request a fifth of botocore's own time: a user agent that is given is not put together
anew, twice a request, and endpoints by account are not asked for.
"""

from functools import lru_cache
from threading import Lock
from typing import Any

import botocore
import botocore.session
from botocore.config import Config
from botocore.parsers import JSONParser, ResponseParserFactory

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=64,
    parameter_validation=False,
    s3={"addressing_style": "path"},
    user_agent=f"Botocore/{botocore.__version__} Spacegarden",
    account_id_endpoint_mode="disabled",
)
_lock = Lock()
# What DynamoDB answers to reads and writes of items. Its JSON is the answer as it stands: no times, and of its values
# only B and BS would have to be decoded, which no row has.
_PLAIN_ANSWERS = frozenset(
    f"{operation}Output"
    for operation in (
        "BatchGetItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    )
)


class _PlainJsonParser(JSONParser):  # type: ignore[misc]  # untyped
    """Leaves out the walk through each value of an item, which takes most of the time of reading an answer."""

    def _handle_json_body(self, raw_body: bytes, shape: Any) -> Any:
        if shape.name in _PLAIN_ANSWERS:
            return self._parse_body_as_json(raw_body)
        return super()._handle_json_body(raw_body, shape)


class _Parsers(ResponseParserFactory):  # type: ignore[misc]  # untyped
    """Botocore's parsers, with ours for the JSON protocol."""

    def create_parser(self, protocol_name: str) -> Any:
        return _PlainJsonParser(**self._defaults) if protocol_name == "json" else super().create_parser(protocol_name)


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("response_parser_factory", _Parsers())
    return session


@lru_cache(maxsize=32)
def _cached_client(service: str) -> Any:
    return _session().create_client(service, config=_CONFIG)


def client(service: str) -> Any:
    """The process's client of an AWS service, such as "dynamodb" or "sqs"."""
    with _lock:
        return _cached_client(service)


def forget_clients() -> None:
    """Drops the session and all clients; the next call makes new ones against the present environment."""
    with _lock:
        _cached_client.cache_clear()
        _session.cache_clear()
