"""Creates the tables, queues, buckets, keys and senders of a local run that are missing, and keeps the others."""

import json
from typing import Any

from chalicelib import inventory
from chalicelib.core import aws, sealing
from chalicelib.core.queues import MAX_RECEIVE_COUNT, RETENTION_SECONDS, Queue, queue_url
from chalicelib.core.settings import settings
from chalicelib.core.table_definitions import expiry_attributes, table_definitions

ROWS = inventory.rows()
QUEUES = inventory.queues()


def create_missing() -> None:
    """Creates every resource that is missing."""
    create_tables()
    for queue in QUEUES:
        create_queue(queue)
    _create_bucket()
    _create_key()
    # SES sends for verified senders alone; engines that stand in for it say yes at once.
    aws.client("ses").verify_email_identity(EmailAddress=settings().mail_sender)


def release_fifo_groups() -> None:
    """Empties the FIFO queues: a message that a killed worker of an earlier run holds would block its group.

    No work is lost. Messages are hints, and the sweep finds the rows that they named.
    """
    for queue in QUEUES:
        if queue.fifo:
            aws.client("sqs").purge_queue(QueueUrl=queue_url(queue.full_name))


def create_tables() -> None:
    """Creates the tables that are missing."""
    dynamodb = aws.client("dynamodb")
    present = {name for page in dynamodb.get_paginator("list_tables").paginate() for name in page["TableNames"]}
    for definition in table_definitions(ROWS):
        if definition["TableName"] not in present:
            dynamodb.create_table(**definition)
            dynamodb.get_waiter("table_exists").wait(
                TableName=definition["TableName"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
            )
    for table, attribute in expiry_attributes(ROWS).items():
        if table not in present:
            wanted = {"Enabled": True, "AttributeName": attribute}
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)


def create_queue(queue: Queue) -> None:
    """Creates a queue and its dead-letter queue."""
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
    if settings().bucket not in present:
        region = s3.meta.region_name
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=settings().bucket, **place)


def _create_key() -> None:
    kms = aws.client("kms")
    present = {alias["AliasName"] for page in kms.get_paginator("list_aliases").paginate() for alias in page["Aliases"]}
    if sealing.key_alias() not in present:
        key = kms.create_key(Description="Secrets of partners")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=sealing.key_alias(), TargetKeyId=key)
