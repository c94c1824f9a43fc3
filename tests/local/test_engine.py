"""The embedded engine: one a process, exact under threads, prompt, and unable to reach a real account."""

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import botocore.session
import pytest
from botocore.config import Config

from local.engine import Engine, start_engine

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("AWS_ENDPOINT_URL")), reason="these are tests of the embedded engine itself"
)
_THREADS = 8


def _client(service: str) -> Any:
    start_engine()
    return botocore.session.get_session().create_client(service, config=Config(max_pool_connections=32))


@pytest.fixture
def table() -> Iterator[tuple[Any, str]]:
    dynamodb, name = _client("dynamodb"), f"table-{uuid4().hex}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield dynamodb, name
    dynamodb.delete_table(TableName=name)


@pytest.fixture
def queue() -> tuple[Any, str]:
    sqs = _client("sqs")
    return sqs, sqs.create_queue(QueueName=f"queue-{uuid4().hex}")["QueueUrl"]


@pytest.fixture
def fifo_queue() -> tuple[Any, str]:
    sqs = _client("sqs")
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "1"}
    return sqs, sqs.create_queue(QueueName=f"queue-{uuid4().hex}.fifo", Attributes=attributes)["QueueUrl"]


@pytest.fixture
def fast_switching() -> Iterator[None]:
    """Lets threads take turns a thousand times as often, so that a race is lost for sure and not by luck."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


def _together(work: Callable[[int], Any]) -> list[Any]:
    barrier = threading.Barrier(_THREADS)

    def start(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(start, range(_THREADS)))


def _winners_of_one_slot(table: tuple[Any, str]) -> int:
    """How many of eight threads a round think they created the same item first; ten rounds."""
    dynamodb, name = table
    slots = uuid4().hex
    # A client makes its classes when they are first asked for, and of two threads each its own.
    lost = dynamodb.exceptions.ConditionalCheckFailedException

    def create(round_: int, _: int) -> int:
        try:
            dynamodb.put_item(
                TableName=name,
                Item={"pk": {"S": f"{slots}-{round_}"}, "payload": {"S": "x" * 1000}},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except lost:
            return 0
        return 1

    return sum(sum(_together(partial(create, round_))) for round_ in range(10))


def _counted_by_threads(table: tuple[Any, str]) -> int:
    """What a counter shows after eight threads added one to it twenty times each."""
    dynamodb, name = table
    key = {"pk": {"S": uuid4().hex}}

    def add(_: int) -> None:
        for _ in range(20):
            dynamodb.update_item(
                TableName=name,
                Key=key,
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    _together(add)
    return int(dynamodb.get_item(TableName=name, Key=key)["Item"]["n"]["N"])


def test_it_is_started_once_a_process() -> None:
    assert start_engine() is start_engine()


def test_the_developers_profile_does_not_reach_into_it() -> None:
    start_engine()
    assert "AWS_PROFILE" not in os.environ
    assert os.environ["AWS_CONFIG_FILE"] == os.devnull


def test_conditional_writes_have_one_winner_under_eight_threads(table: tuple[Any, str]) -> None:
    assert _winners_of_one_slot(table) == 10


def test_a_counter_loses_no_increment_under_eight_threads(table: tuple[Any, str]) -> None:
    assert _counted_by_threads(table) == _THREADS * 20


@pytest.mark.usefixtures("fast_switching")
def test_an_object_is_whole_while_others_write_it() -> None:
    s3, bucket = _client("s3"), f"bucket-{uuid4().hex}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    key = {"Bucket": bucket, "Key": "document"}

    def write_or_read(number: int) -> None:
        for _ in range(10):
            if number % 2:
                s3.put_object(**key, Body=str(number).encode() * 40_000)
            else:
                assert len(set(s3.get_object(**key)["Body"].read())) == 1

    s3.put_object(**key, Body=b"0" * 40_000)
    _together(write_or_read)
    s3.delete_object(**key)
    s3.delete_bucket(Bucket=bucket)
    gc.collect()  # an object that nobody closed is told of here, as a warning, which fails the test


@pytest.mark.usefixtures("fast_switching")
def test_messages_sent_while_others_are_deleted_are_not_lost(queue: tuple[Any, str]) -> None:
    sqs, url = queue
    for _ in range(10):
        entries = [{"Id": str(number), "MessageBody": "old"} for number in range(10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    old = [
        message["ReceiptHandle"]
        for _ in range(10)
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    ]

    def send_or_delete(number: int) -> None:
        for part in range(25):
            if number % 2:
                sqs.send_message(QueueUrl=url, MessageBody=f"{number}-{part}")
            else:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=old[number // 2 * 25 + part])

    _together(send_or_delete)
    kept: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        kept.extend(message["Body"] for message in messages)
    assert sorted(kept) == sorted(f"{number}-{part}" for number in (1, 3, 5, 7) for part in range(25))


def test_a_waiting_receiver_gets_a_delayed_message_when_it_is_due(queue: tuple[Any, str]) -> None:
    sqs, url = queue
    started = monotonic()
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]["Body"] == "later"
    assert 1.0 <= monotonic() - started < 15  # not when its wait ends


def test_a_fifo_group_is_blocked_for_a_receiver_that_waited_before_it_was_taken(
    fifo_queue: tuple[Any, str],
) -> None:
    sqs, url = fifo_queue
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=1) for _ in range(2)]
        sleep(0.1)
        for body in ("first", "second"):
            sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=body)
            sleep(0.1)
        bodies = [message["Body"] for future in waiting for message in future.result().get("Messages", [])]
    assert bodies == ["first"]


def test_a_fifo_group_keeps_its_order_after_a_visibility_time_out(fifo_queue: tuple[Any, str]) -> None:
    sqs, url = fifo_queue
    for body in ("first", "second", "third"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=body)
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    again = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20)["Messages"]
    assert [message["Body"] for message in again] == ["first", "second", "third"]


def test_a_wait_for_messages_can_be_interrupted(queue: tuple[Any, str]) -> None:
    sqs, url = queue
    with ThreadPoolExecutor(1) as pool:
        started = monotonic()
        waiting = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        sleep(0.2)
        start_engine().interrupt_long_polls()
        assert "Messages" not in waiting.result(timeout=60)
    assert monotonic() - started < 15


def test_a_digest_is_signed_as_it_is() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    kms = _client("kms")
    key = kms.create_key(KeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    digest = bytes(range(32))
    signature = kms.sign(KeyId=key, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, digest, ec.ECDSA(Prehashed(SHA256())))


def test_an_engine_elsewhere_is_polled_briefly_since_its_waits_cannot_be_interrupted() -> None:
    elsewhere = Engine("http://127.0.0.1:4566")
    assert not elsewhere.embedded
    assert elsewhere.long_poll_seconds == 1


def _in_a_new_process(code: str, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, "-c", f"from local.engine import start_engine; engine = start_engine()\n{code}"]
    return subprocess.run(command, env=kept | environment, check=True, capture_output=True, text=True).stdout


def test_with_an_engine_elsewhere_nothing_is_mocked_and_credentials_are_made_up() -> None:
    code = "import os, sys; print(engine.endpoint, 'moto' in sys.modules, os.environ['AWS_ACCESS_KEY_ID'])"
    elsewhere = "http://127.0.0.1:4566"
    assert _in_a_new_process(code, AWS_ENDPOINT_URL=elsewhere) == f"{elsewhere} False localonly\n"
    given = _in_a_new_process(code, AWS_ENDPOINT_URL=elsewhere, AWS_ACCESS_KEY_ID="given")
    assert given == f"{elsewhere} False given\n"


def test_a_single_service_can_be_elsewhere_while_the_others_are_embedded() -> None:
    code = """
import botocore.session
from botocore.exceptions import EndpointConnectionError
session = botocore.session.get_session()
session.create_client("sqs").create_queue(QueueName="here")
try:
    session.create_client("dynamodb").list_tables()
except EndpointConnectionError:
    print("elsewhere")
"""
    # Nothing listens on port 1.
    assert _in_a_new_process(code, AWS_ENDPOINT_URL_DYNAMODB="http://127.0.0.1:1") == "elsewhere\n"
