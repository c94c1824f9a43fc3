"""Indexes and replicas that follow late, as DynamoDB's may by moments. For the embedded engine alone."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse

from local.engine import REGION
from local.engine.moto_calls import TABLES_LOCK
from local.queues.lambda_events import ACCOUNT_ID
from tests.faults.wire import answering, body_of, response


@contextmanager
def indexes_standing_still() -> Iterator[None]:
    """Within the block every index is as it was when the block began; the tables themselves are as they are."""
    with (
        _past() as ask,
        answering("dynamodb.Query", lambda request: ask(request) if "IndexName" in body_of(request) else None),
    ):
        yield


@contextmanager
def replicas_standing_still() -> Iterator[None]:
    """Within the block a batch that need not be consistent is answered as when the block began."""
    with _past() as ask, answering("dynamodb.BatchGetItem", ask):
        yield


@contextmanager
def _past() -> Iterator[Callable[[Any], AWSResponse]]:
    """Answers queries of indexes, and what batches do not read consistently, from a copy of the tables."""
    from moto.dynamodb.models import dynamodb_backends

    tables = dynamodb_backends[ACCOUNT_ID][REGION].tables
    past = {name: copy.deepcopy(table.items) for name, table in tables.items()}
    asker = botocore.session.get_session().create_client("dynamodb")

    def ask(request: Any) -> AWSResponse:
        body = body_of(request)
        wanted = body.get("RequestItems", {})
        old = [name for name in wanted if not wanted[name].get("ConsistentRead")] if wanted else [body["TableName"]]
        with TABLES_LOCK:  # else what another thread writes meanwhile goes into the past
            present = {name: tables[name].items for name in old}
            try:
                for name in old:
                    tables[name].items = past[name]
                found = asker.batch_get_item(**body) if wanted else asker.query(**body)
            finally:
                for name, items in present.items():
                    tables[name].items = items
        del found["ResponseMetadata"]
        return response(request, found)

    yield ask
