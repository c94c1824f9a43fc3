"""The tables, queues, buckets, keys and senders of a local run, made where they are missing, else left alone."""

import json
from typing import Any

import chalicelib.activity.models
import chalicelib.activity.queues
import chalicelib.chain.models
import chalicelib.chain.queues
import chalicelib.dreamspace.models
import chalicelib.dreamspace.queues
import chalicelib.gardenlab.models
import chalicelib.idempotency.models
import chalicelib.oauth.models
import chalicelib.partners.models
import chalicelib.space3.models
import chalicelib.space3.queues
import chalicelib.spaces.models
import chalicelib.webhooks.models
import chalicelib.webhooks.queues
from chalicelib.core import aws, sealing
from chalicelib.core.queues import MAX_RECEIVE_COUNT, RETENTION_SECONDS, Queue, queue_url
from chalicelib.core.settings import settings
from chalicelib.core.storage import bucket_name
from chalicelib.core.tables import Row, table_definitions

ROWS: tuple[type[Row], ...] = (
    *chalicelib.partners.models.ROWS,
    chalicelib.idempotency.models.AnswerRow,
    *chalicelib.activity.models.ROWS,
    *chalicelib.chain.models.ROWS,
    *chalicelib.webhooks.models.ROWS,
    *chalicelib.gardenlab.models.ROWS,
    *chalicelib.oauth.models.ROWS,
    *chalicelib.spaces.models.ROWS,
    *chalicelib.space3.models.ROWS,
    *chalicelib.dreamspace.models.ROWS,
)
QUEUES: tuple[Queue, ...] = (
    *chalicelib.chain.queues.QUEUES,
    *chalicelib.webhooks.queues.QUEUES,
    *chalicelib.activity.queues.QUEUES,
    *chalicelib.space3.queues.QUEUES,
    *chalicelib.dreamspace.queues.QUEUES,
)


def create_missing() -> None:
    """Makes what the platform stands on."""
    _create_tables()
    for queue in QUEUES:
        _create_queue(queue)
    _create_bucket()
    _create_key()
    # SES sends for verified senders alone; engines that stand in for it say yes at once.
    aws.client("ses").verify_email_identity(EmailAddress=settings().mail_sender)


def release_fifo_groups() -> None:
    """Empties the FIFO queues, where what a killed worker of an earlier run still holds would hold up its whole group.

    Messages are hints: the sweep finds the rows that they named.
    """
    for queue in QUEUES:
        if queue.fifo:
            aws.client("sqs").purge_queue(QueueUrl=queue_url(queue.full_name))


def _create_tables() -> None:
    dynamodb = aws.client("dynamodb")
    present = {name for page in dynamodb.get_paginator("list_tables").paginate() for name in page["TableNames"]}
    for definition in table_definitions(ROWS):
        if definition["TableName"] not in present:
            dynamodb.create_table(**definition)
            dynamodb.get_waiter("table_exists").wait(
                TableName=definition["TableName"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
            )


def _create_queue(queue: Queue) -> None:
    sqs = aws.client("sqs")
    kind = {"FifoQueue": "true"} if queue.fifo else {}
    retention = {"MessageRetentionPeriod": str(RETENTION_SECONDS)}
    dead_url = sqs.create_queue(QueueName=queue.dead_letter_name, Attributes={**kind, **retention})["QueueUrl"]
    dead = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive: dict[str, Any] = {"deadLetterTargetArn": dead, "maxReceiveCount": MAX_RECEIVE_COUNT}
    attributes = {
        **kind,
        **retention,
        "VisibilityTimeout": str(queue.visibility_seconds),
        "RedrivePolicy": json.dumps(redrive),
    }
    sqs.create_queue(QueueName=queue.full_name, Attributes=attributes)


def _create_bucket() -> None:
    s3 = aws.client("s3")
    present = {bucket["Name"] for bucket in s3.list_buckets().get("Buckets", [])}
    if bucket_name() not in present:
        region = s3.meta.region_name
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket_name(), **place)


def _create_key() -> None:
    kms = aws.client("kms")
    present = {alias["AliasName"] for page in kms.get_paginator("list_aliases").paginate() for alias in page["Aliases"]}
    if sealing.key_alias() not in present:
        key = kms.create_key(Description="Secrets of partners")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=sealing.key_alias(), TargetKeyId=key)
