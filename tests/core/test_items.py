"""The shorter way of calls on items says and hears what botocore's own way does."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ConnectionClosedError, NoCredentialsError

from chalicelib.core.items import ItemCalls, _host, _signed_headers

KEY = {"pk": {"S": "a#1"}, "sk": {"S": 'é#"1"'}}
CALLS: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "t", "Key": KEY, "ConsistentRead": True},
    "Query": {"TableName": "t", "KeyConditionExpression": "pk = :pk", "Limit": 3},
    "UpdateItem": {"TableName": "t", "Key": KEY, "UpdateExpression": "SET a = :a"},
    "PutItem": {"TableName": "t", "Item": {**KEY, "raw": {"B": b"\x00\xff"}}},
    "TransactWriteItems": {"TransactItems": [{"Delete": {"TableName": "t", "Key": KEY}}], "ClientRequestToken": "x"},
}
CONDITION = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "no", "Item": KEY}
CANCELLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message": "Transaction cancelled",
    "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Message": "no", "Item": KEY}, {"Code": "None"}],
}
CONFLICT = {"__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException", "message": "busy"}
THROTTLED = {"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "slow down"}
INVALID = {"__type": "com.amazon.coral.validate#ValidationException", "message": "wrong"}


class Engine:
    """Stands in for DynamoDB on loopback, since no engine can be told to fail: gives the answers it is handed."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self.heard: list[tuple[dict[str, str], Any]] = []
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                engine.heard.append(({name.lower(): value for name, value in self.headers.items()}, json.loads(body)))
                status, content = engine.answers.pop(0)
                if status == 0:
                    self.close_connection = True
                    return
                text = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("x-amzn-RequestId", "R1")
                self.send_header("content-type", "application/x-amz-json-1.0")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    thread = Thread(target=engine.server.serve_forever, daemon=True)
    thread.start()
    yield engine
    engine.server.shutdown()
    engine.server.server_close()


def _client(engine: Engine, *, short: bool) -> Any:
    session = botocore.session.Session()
    session.set_credentials("AKID", "secret", "token")
    if short:
        session.register("creating-client-class.dynamodb", lambda base_classes, **_: base_classes.insert(0, ItemCalls))
    config = Config(retries={"mode": "standard", "total_max_attempts": 2}, parameter_validation=False, read_timeout=2)
    return session.create_client("dynamodb", region_name="eu-central-1", endpoint_url=engine.url, config=config)


def _outcome(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    try:
        answer = client._make_api_call(operation, parameters)
    except ClientError as error:
        answer = {"class": type(error).__name__, "text": str(error), **error.response}
    answer["ResponseMetadata"].pop("RetryAttempts")
    answer["ResponseMetadata"]["HTTPHeaders"].pop("date")
    return answer


@pytest.mark.parametrize("operation", CALLS)
def test_request_is_the_one_that_botocore_sends(engine: Engine, operation: str) -> None:
    said = []
    for short in (True, False):
        engine.answers = [(200, {})]
        _client(engine, short=short)._make_api_call(operation, CALLS[operation])
        headers, body = engine.heard.pop()
        said.append((headers["x-amz-target"], headers["content-type"], headers["host"], body))
    assert said[0] == said[1]


@pytest.mark.parametrize("token", [None, "a session's token"])
@pytest.mark.parametrize("endpoint", ["https://dynamodb.eu-central-1.amazonaws.com", "http://127.0.0.1:4566"])
def test_signature_is_botocores(monkeypatch: pytest.MonkeyPatch, token: str | None, endpoint: str) -> None:
    at, body, target = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC), b'{"TableName":"t"}', "DynamoDB_20120810.GetItem"
    credentials = Credentials("AKID", "secret", token)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: at)
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": target}
    request = AWSRequest("POST", f"{endpoint}/", headers=headers, data=body)
    SigV4Auth(credentials, "dynamodb", "eu-central-1").add_auth(request)
    ours = _signed_headers(
        credentials.get_frozen_credentials(),
        region="eu-central-1",
        host=_host(endpoint),
        target=target,
        body=body,
        at=at.timestamp(),
    )
    assert ours["authorization"] == request.headers["Authorization"]


@pytest.mark.parametrize(
    ("operation", "answers"),
    [
        pytest.param("GetItem", [(200, {"Item": {**KEY, "n": {"N": "1"}}})], id="item"),
        pytest.param("GetItem", [(200, {})], id="none"),
        pytest.param("Query", [(200, {"Items": [KEY], "Count": 1, "LastEvaluatedKey": KEY})], id="page"),
        pytest.param("UpdateItem", [(400, CONDITION)], id="condition"),
        pytest.param("TransactWriteItems", [(400, CANCELLED)], id="cancelled"),
        pytest.param("UpdateItem", [(400, CONFLICT)], id="conflict"),
        pytest.param("UpdateItem", [(400, INVALID)], id="invalid"),
        pytest.param("GetItem", [(400, THROTTLED)], id="throttled"),
        pytest.param("GetItem", [(500, {"__type": "InternalServerError", "message": "ours"})], id="broken"),
        pytest.param("GetItem", [(503, b"<html>")], id="not JSON"),
    ],
)
def test_answer_is_what_botocore_makes_of_it(engine: Engine, operation: str, answers: list[tuple[int, Any]]) -> None:
    heard = []
    for short in (True, False):
        engine.answers = answers * 3  # as often as anybody asks
        heard.append(_outcome(_client(engine, short=short), operation, CALLS[operation]))
    assert heard[0] == heard[1]


@pytest.mark.parametrize("trouble", [(400, THROTTLED), (500, b""), (503, b"<html>"), (200, b"{"), (0, b"")], ids=str)
def test_trouble_is_asked_again_by_botocore(engine: Engine, trouble: tuple[int, Any]) -> None:
    engine.answers = [trouble, (200, {"Item": KEY})]
    assert _client(engine, short=True).get_item(**CALLS["GetItem"])["Item"] == KEY
    assert len(engine.heard) == 2


def test_trouble_that_lasts_is_botocores_error(engine: Engine) -> None:
    engine.answers = [(0, b"")] * 3
    with pytest.raises(ConnectionClosedError):
        _client(engine, short=True).get_item(**CALLS["GetItem"])


@pytest.mark.parametrize("content", [CONDITION, CANCELLED, CONFLICT], ids=lambda content: content["__type"][33:])
def test_condition_that_fails_is_not_asked_again(engine: Engine, content: Any) -> None:
    engine.answers = [(400, content)]
    with pytest.raises(ClientError):
        _client(engine, short=True).update_item(**CALLS["UpdateItem"])
    assert len(engine.heard) == 1


def test_other_operations_are_botocores(engine: Engine) -> None:
    engine.answers = [(200, {"TableNames": ["t"]})]
    assert _client(engine, short=True).list_tables()["TableNames"] == ["t"]
    assert "amz-sdk-invocation-id" in engine.heard[0][0]


def test_transaction_without_a_token_is_given_botocores(engine: Engine) -> None:
    engine.answers = [(200, {})]
    _client(engine, short=True).transact_write_items(TransactItems=CALLS["TransactWriteItems"]["TransactItems"])
    assert engine.heard[0][1]["ClientRequestToken"]


def test_without_credentials_the_error_is_botocores(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    client = _client(engine, short=True)
    monkeypatch.setattr(client._request_signer, "_credentials", None)
    with pytest.raises(NoCredentialsError):
        client.get_item(**CALLS["GetItem"])


def test_hooks_of_a_call_are_heard_in_botocores_order(engine: Engine) -> None:
    heard: dict[bool, list[str]] = {}
    for short in (True, False):
        engine.answers = [(200, {})]
        client, names = _client(engine, short=short), heard.setdefault(short, [])
        for hook in ("before-call", "before-send", "response-received", "after-call"):
            client.meta.events.register(
                f"{hook}.dynamodb.GetItem", lambda event_name, names=names, **_: names.append(event_name)
            )
        client.get_item(**CALLS["GetItem"])
    assert heard[True] == heard[False]
    assert len(heard[True]) == 4


def test_answer_given_before_the_call_is_taken(engine: Engine) -> None:
    given = type("Response", (), {"status_code": 200})(), {"Item": KEY, "ResponseMetadata": {}}
    client = _client(engine, short=True)
    client.meta.events.register("before-call.dynamodb.GetItem", lambda **_: given)
    assert client.get_item(**CALLS["GetItem"])["Item"] == KEY
    assert engine.heard == []
