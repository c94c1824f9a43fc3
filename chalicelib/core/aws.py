"""One botocore session, and one client for each service, shared by the whole process.

A client costs about 55 ms to make and botocore's session is not safe to share while clients are being made,
so both happen under a lock, once. Time-outs are short because the gateway gives up after 29 s, and longer in a local
run, whose machine is busy with all else; retries are botocore's standard mode, which backs off on throttling.

Calls on items of DynamoDB go a shorter way (`chalicelib.core.items`). For the other services two settings save time:
with a fixed user agent botocore does not build one, twice a request, and it looks up no endpoints by account.
"""

from functools import lru_cache
from threading import Lock
from typing import Any

import botocore
import botocore.session
from botocore.config import Config

from chalicelib.core.fences import is_as_written_for
from chalicelib.core.items import WRITTEN_FOR, ItemCalls
from chalicelib.core.settings import settings

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
_OF_A_LOCAL_ENGINE = Config(connect_timeout=10, read_timeout=30)
# A call on an item has been tried once when botocore gets it.
_AFTER_A_FIRST_TRY = Config(retries={"mode": "standard", "total_max_attempts": 3})
_lock = Lock()


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    if _are_calls_shortened():
        session.register("creating-client-class.dynamodb", _shorten)
    return session


@lru_cache(maxsize=1)
def _are_calls_shortened() -> bool:
    return not settings().plain_botocore and is_as_written_for(WRITTEN_FOR, botocore.__version__)


def _shorten(base_classes: list[type], **_: Any) -> None:
    base_classes.insert(0, ItemCalls)


@lru_cache(maxsize=32)
def _cached_client(service: str) -> Any:
    config = _CONFIG.merge(_OF_A_LOCAL_ENGINE) if settings().is_local else _CONFIG
    if service == "dynamodb" and _are_calls_shortened():
        config = config.merge(_AFTER_A_FIRST_TRY)
    return _session().create_client(service, config=config)


def client(service: str) -> Any:
    """The process's client of an AWS service, such as "dynamodb" or "sqs"."""
    with _lock:
        return _cached_client(service)


def forget_clients() -> None:
    """Drops the session and all clients; the next call makes new ones against the present environment."""
    with _lock:
        _cached_client.cache_clear()
        _session.cache_clear()
        _are_calls_shortened.cache_clear()
