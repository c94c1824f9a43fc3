"""One botocore session and one client a service, shared by the whole process.

A client costs about 55 ms to make and botocore's session is not safe to share while clients are being made,
so both happen under a lock, once. Time-outs are short because the gateway gives up after 29 s; retries are
botocore's standard mode, which backs off on throttling.
"""

from functools import lru_cache
from threading import Lock
from typing import Any

import botocore.session
from botocore.config import Config

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=64,
    parameter_validation=False,
    s3={"addressing_style": "path"},
)
_lock = Lock()


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


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
