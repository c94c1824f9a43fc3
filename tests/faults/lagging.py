"""Indexes that follow their tables late, as DynamoDB's may by moments. For the embedded engine alone."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse

from local.engine import REGION
from local.queues.lambda_events import ACCOUNT_ID
from tests.faults.wire import answering, body_of, response


@contextmanager
def indexes_standing_still() -> Iterator[None]:
    """Within the block every index is as it was when the block began; the tables themselves are as they are."""
    from moto.dynamodb.models import dynamodb_backends

    tables = dynamodb_backends[ACCOUNT_ID][REGION].tables
    past = {name: copy.deepcopy(table.items) for name, table in tables.items()}
    asker = botocore.session.get_session().create_client("dynamodb")

    def give(request: Any) -> AWSResponse | None:
        body = body_of(request)
        if "IndexName" not in body:
            return None
        table = tables[body["TableName"]]
        present, table.items = table.items, past[body["TableName"]]
        try:
            found = asker.query(**body)
        finally:
            table.items = present
        del found["ResponseMetadata"]
        return response(request, found)

    with answering("dynamodb.Query", give):
        yield
