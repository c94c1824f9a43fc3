"""CPU of a warm call, with storage answered from memory: `python -m bench.warm`.

The embedded engine records the requests and answers of two calls. Then the app, loaded without that engine, repeats
them with the recorded answers, in turn with the minimum: a handler that reads the body, sends the very same requests
by a plain botocore client, and writes an answer.
"""

import argparse
import gc
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from botocore.awsrequest import AWSResponse

from bench.webhooks.throughput import log_to_nowhere

CALLS_A_ROUND = 200
ROUNDS = 12
_HEADERS = {"content-type": "application/x-amz-json-1.0"}
_WRITES = ("TransactWriteItems", "PutItem", "DeleteItem")

NOBODY = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing" * 6}

Call = Callable[[], Any]
Recording = dict[str, Any]


def main() -> None:
    """Records in one process, measures in another, prints a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.warm")
    parser.add_argument("--quick", action="store_true", help="one round of four calls: a look, not a figure")
    parser.add_argument(
        "--instructions", action="store_true", help="count them by valgrind: the same on a busy machine"
    )
    parser.add_argument("--tls", action="store_true", help="storage answers over HTTPS, from a process of its own")
    given = parser.parse_args()
    size = (4, 1) if given.quick else (CALLS_A_ROUND, ROUNDS)
    with recording() as path:
        if given.instructions:
            from bench.warm_instructions import counted

            for name, (ours, floor) in counted(path).items():
                print(f"| {name} | {ours:.2f} million | {floor:.2f} million | {ours / floor:.2f} |")
            return
        command = [sys.executable, "-m", "bench.warm", "measure", path, *map(str, size)]
        if not given.tls:
            subprocess.run(command, check=True)
            return
        from bench.warm_tls import serving

        with serving(path) as environment:
            subprocess.run([*command, "tls"], env=environment, check=True)


@contextmanager
def recording() -> Iterator[str]:
    """The path of a file with both calls and the answers of storage to them."""
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "recording.json")
        subprocess.run([sys.executable, "-m", "bench.warm", "record", path], check=True)
        yield path


def record(path: str) -> None:
    """Makes both calls once with empty caches, and stores the events and every recorded answer."""
    from local.engine import start_engine

    start_engine()  # before anything that makes a botocore client
    from tests.platform import start_platform

    logging.disable(logging.CRITICAL)
    platform = start_platform()
    partner = platform.new_partner()
    partner.save_interaction()
    token = partner.announce().json["tokenId"]
    query = {"origin": partner.origin, "contract_id": "summer_party", "tokenId": token}
    calls = {"newActionForUser": partner.act, "getNftByTokenId": lambda: partner.get("getNftByTokenId", **query)}
    recorded = {name: _recorded(platform.app, call) for name, call in calls.items()}
    Path(path).write_text(json.dumps(recorded))
    platform.close()


def _recorded(app: Any, call: Call) -> Recording:
    from chalicelib.core import aws
    from chalicelib.core.cache import TtlCache

    events: list[Any] = []
    heard: list[tuple[str, str, str]] = []
    gc.unfreeze()  # the app hides from the collector what it has loaded
    for remembered in gc.get_objects():
        if isinstance(remembered, TtlCache):
            remembered.clear()
    view = type(app).__call__

    def listen(self: Any, event: Any, context: Any) -> Any:
        events.append(event)
        return view(self, event, context)

    client = aws.client("dynamodb")

    def note(event_name: str, params: Any, context: Any, **_: Any) -> None:
        context["asked"] = (event_name.rpartition(".")[2], _text(params["body"]))

    def keep(context: Any, parsed: Any, **_: Any) -> None:
        operation, body = context["asked"]
        heard.append((operation, body, json.dumps({k: v for k, v in parsed.items() if k != "ResponseMetadata"})))

    client.meta.events.register_last("before-call.dynamodb", note)
    client.meta.events.register_last("after-call.dynamodb", keep)
    type(app).__call__ = listen
    try:
        assert call().status == 200
        warm_from = len(heard)
        assert call().status == 200
    finally:
        type(app).__call__ = view
        client.meta.events.unregister("before-call.dynamodb", note)
        client.meta.events.unregister("after-call.dynamodb", keep)
    event = {**events[0], "body": (events[0]["body"] or b"").decode()}  # a string, as API Gateway gives it
    return {"event": event, "heard": heard, "warm": heard[warm_from:]}


def measure(path: str, calls: int, rounds: int, *, tls: bool = False) -> None:
    """Makes each call in turn with its minimum, and prints the medians of CPU time."""
    print(f"| warm call, storage answered {'over TLS' if tls else 'from memory'} | CPU, µs | floor, µs | ratio |")
    print("| --- | --- | --- | --- |")
    for name, call, least in subjects(path, from_memory=not tls):
        ours, floor = _in_turn(call, least, calls=calls, rounds=rounds)
        ratios = [one / other for one, other in zip(ours, floor, strict=True)]
        print(f"| {name} | {median(ours):.0f} | {median(floor):.0f} | {median(ratios):.2f} |")


def read_recordings(path: str) -> dict[str, Recording]:
    """What was recorded of each call."""
    recorded: dict[str, Recording] = json.loads(Path(path).read_text())
    return recorded


def subjects(path: str, *, from_memory: bool = True) -> Iterator[tuple[str, Call, Call]]:
    """Each call's name, the call and its minimum, which can be made until the next is asked for.

    Storage answers within the process if `from_memory`, else at the address that the environment names.
    """
    import botocore.session

    from local import attach

    for part in ("before_app", "after_app"):  # no engine, chain or pump beside what is measured
        setattr(attach, part, lambda *_: None)
    from app import app
    from chalicelib.core import aws

    log_to_nowhere()
    answered = _answered if from_memory else _asked_elsewhere
    for name, recording in read_recordings(path).items():
        bare = botocore.session.get_session().create_client("dynamodb")
        with answered(aws.client("dynamodb"), recording), answered(bare, recording):
            yield name, _function(app, recording), _floor(bare, recording)


def _function(app: Any, recording: Recording) -> Call:
    event = recording["event"]

    class Context:
        aws_request_id = "bench"
        function_name = "bench"
        memory_limit_in_mb = 512

    def call() -> None:
        answer = app(event, Context())
        assert answer["statusCode"] == 200, answer

    return call


def _floor(client: Any, recording: Recording) -> Call:
    event = recording["event"]
    requests = [(operation, json.loads(body)) for operation, body, _ in recording["warm"]]

    def call() -> None:
        json.loads(event["body"] or "{}")
        answers = [client._make_api_call(operation, parameters) for operation, parameters in requests]
        answer = {"statusCode": 200, "body": json.dumps(answers[0].get("Items", answers[0].get("Item")))}
        assert answer["body"]

    return call


def _in_turn(*apps: Call, calls: int, rounds: int) -> Iterator[list[float]]:
    figures: list[list[float]] = [[] for _ in apps]
    for call in apps:
        for _ in range(calls // 4):
            call()
    for _ in range(rounds):
        for call, found in zip(apps, figures, strict=True):
            begun = time.process_time()
            for _ in range(calls):
                call()
            found.append((time.process_time() - begun) / calls * 1e6)
    return iter(figures)


class RecordedAnswers:
    """A read or a write of an item is answered as recorded, a transaction with an empty answer."""

    def __init__(self, recording: Recording) -> None:
        heard = recording["heard"]
        self._reads = {(operation, body): text.encode() for operation, body, text in heard}
        self._writes = {_written(body): text.encode() for operation, body, text in heard if operation == "UpdateItem"}

    def find(self, operation: str, body: bytes) -> bytes | None:
        """The answer, None where nothing like it was asked."""
        if operation in _WRITES:
            return b"{}"
        if operation == "UpdateItem":
            return self._writes.get(_written(body))
        return self._reads.get((operation, _text(body)))


@contextmanager
def _asked_elsewhere(_: Any, __: Recording) -> Iterator[None]:
    yield


@contextmanager
def _answered(client: Any, recording: Recording) -> Iterator[None]:
    answers = RecordedAnswers(recording)

    def answer(request: Any, event_name: str, **_: Any) -> AWSResponse:
        content = answers.find(event_name.rpartition(".")[2], request.body)
        assert content is not None, request.body
        return AWSResponse(request.url, 200, _HEADERS, _Raw(content))

    client.meta.events.register_first("before-send.dynamodb", answer)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send.dynamodb", answer)


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The content in one piece."""
        yield self._content


def _text(body: Any) -> str:
    return json.dumps(json.loads(body), separators=(",", ":"), sort_keys=True)


def _written(body: Any) -> str:
    return json.dumps(json.loads(body)["Key"], sort_keys=True)


if __name__ == "__main__":
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    match sys.argv[1:]:
        case ["record", path]:
            record(path)
        case ["measure", path, calls, rounds, *tls]:
            os.environ.update(NOBODY)
            measure(path, int(calls), int(rounds), tls=bool(tls))
        case _:
            main()
