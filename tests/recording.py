"""What each deployed function asks of AWS, heard at botocore while the tests drive the real entry points.

The whole run is compared with the calls that the deployed roles allow: those of `infra/roles/permissions.json`,
and those that the code may come to. A call that no role allows fails any run, of few tests or of all: a deployed
function would be refused. A recorded call that nobody makes any more is told where every test ran, and fails `make
check-permissions`. `make permissions` writes the file anew.

A call belongs to the function whose entry point is on the stack: the app itself (`api_handler`), or a handler of a
queue or schedule. What tests do besides is nobody's.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import botocore.handlers
import pytest
from chalice.app import Chalice, EventSourceHandler

from chalicelib.core.cache import TtlCache
from infra.roles.allowed import allowed
from infra.roles.permissions import (
    API,
    CATALOGUE,
    DEAD_LETTERS,
    NEW_KEYS,
    SECRETS_KEY,
    SIGNER_KEYS,
    TOKEN_ALIASES,
    TOKEN_KEYS,
    Call,
    dead_letters,
    lacking,
    load,
    store,
    unused,
)

# The module of the deployed app; tests make apps of their own besides.
_ENTRY = "app"
_REWRITE = "SPACEGARDEN_WRITE_PERMISSIONS"
_STRICT = "SPACEGARDEN_CHECK_PERMISSIONS"
_function: ContextVar[str | None] = ContextVar("deployed_function", default=None)
_calls: set[Call] = set()
_lock = Lock()


@contextmanager
def inside(function: str | None) -> Iterator[None]:
    """The block is a deployed function at work; its threads belong to it too."""
    token = _function.set(function)
    try:
        yield
    finally:
        _function.reset(token)


def begin() -> None:
    """Listens to every client of AWS that is made from now on, and marks the entry points."""
    botocore.handlers.BUILTIN_HANDLERS.append(("before-call", _hear))
    _mark(Chalice, lambda app: API if app is deployed_app() else None)
    _mark(EventSourceHandler, _handler_name)
    _remember_apart()
    submit = ThreadPoolExecutor.submit

    def submit_inside(pool: ThreadPoolExecutor, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        return submit(pool, copy_context().run, task, *given, **named)

    ThreadPoolExecutor.submit = submit_inside  # type: ignore[method-assign,assignment]  # for the length of the run


def deployed_app() -> Chalice | None:
    """The app that is deployed, once it is loaded."""
    return getattr(sys.modules.get(_ENTRY), "app", None)


def _handler_name(handler: EventSourceHandler) -> str | None:
    """The name under which Lambda finds a handler in the deployed app's module; None for any other handler."""
    name = str(handler.func.__name__)
    return name if getattr(sys.modules.get(_ENTRY), name, None) is handler else None


def heard() -> set[Call]:
    """What was heard so far."""
    with _lock:
        return set(_calls)


def _mark(owner: type, name_of: Callable[[Any], str | None]) -> None:
    original: Any = owner.__call__

    def called(this: Any, event: Any, context: Any) -> Any:
        with inside(name_of(this)):
            return original(this, event, context)

    owner.__call__ = called  # type: ignore[method-assign]


def _remember_apart() -> None:
    """Each function remembers what it has read itself, as on AWS, where none finds what another one has read.

    What one forgets all forget, so that tests need not wait until a memory ends.
    """
    get, put, forget = TtlCache.get, TtlCache.put, TtlCache.forget

    def get_own(cache: Any, key: Any, load: Any) -> Any:
        return get(cache, (_function.get(), key), load)

    def put_own(cache: Any, key: Any, value: Any) -> None:
        put(cache, (_function.get(), key), value)

    def forget_everywhere(cache: Any, key: Any) -> None:
        for other in [each for each in list(cache._entries) if each[1] == key] or [(None, key)]:
            forget(cache, other)

    # For the length of the run.
    TtlCache.get = get_own  # type: ignore[method-assign,assignment]
    TtlCache.put = put_own  # type: ignore[method-assign,assignment]
    TtlCache.forget = forget_everywhere  # type: ignore[method-assign,assignment]


def _hear(model: Any, params: dict[str, Any], **_: Any) -> None:
    function = _function.get()
    if function is not None:
        service = str(model.service_model.service_name)
        found = {Call(function, service, action, resource) for action, resource in _asked(service, model.name, params)}
        with _lock:
            _calls.update(found)


def _asked(service: str, operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The IAM actions of a request, each with the resource it touches, stage and account left out."""
    if service == "dynamodb":
        yield from _on_tables(operation, json.loads(params["body"]))
    elif service == "sqs":
        yield from _on_queues(operation, json.loads(params["body"]))
    elif service == "s3":
        bucket, _, key = urlsplit(params["url"]).path.strip("/").partition("/")
        yield ("ListBucket" if operation == "HeadBucket" else operation), f"{_own(bucket)}{'/*' if key else ''}"
        # Without it S3 says of an object that is absent that it is forbidden.
        if operation == "GetObject":
            yield "ListBucket", _own(bucket)
    elif service == "kms":
        yield from _on_keys(operation)
    elif service == "secretsmanager":
        yield operation, "secrets"
    elif service == "ses":
        yield operation, "sender"
    else:
        yield operation, "*"


_TRANSACTION_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}


def _on_tables(operation: str, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if operation in ("TransactWriteItems", "TransactGetItems"):
        for item in body["TransactItems"]:
            [(kind, asked)] = item.items()
            yield _TRANSACTION_ACTIONS.get(kind, "ConditionCheckItem"), _own(asked["TableName"])
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for table in body["RequestItems"]:
            yield operation, _own(table)
    else:
        index = f"/index/{body['IndexName']}" if "IndexName" in body else ""
        yield operation, _own(body["TableName"]) + index


def _on_queues(operation: str, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    name = body.get("QueueName") or body["QueueUrl"].rpartition("/")[2]
    queue = _own(name.removesuffix(".fifo"))
    if queue.endswith("-dead"):
        if operation == "GetQueueUrl":
            return  # what is then done there says which queues are meant
        # A message is put among the dead letters of its own queue; who looks at one such queue looks at any.
        queue = dead_letters(queue.removesuffix("-dead")) if operation.startswith("SendMessage") else DEAD_LETTERS
    yield operation.removesuffix("Batch"), queue
    # The address is asked for once a process, by whoever comes first.
    yield "GetQueueUrl", queue


def _on_keys(operation: str) -> Iterator[tuple[str, str]]:
    if operation in ("Encrypt", "Decrypt"):
        yield operation, SECRETS_KEY
        return
    if operation == "UpdateAlias":  # the rotation of a key that signs tokens: one is made, the replaced one goes
        yield from ((operation, resource) for resource in (TOKEN_ALIASES, TOKEN_KEYS))
        yield from ((action, NEW_KEYS) for action in ("CreateKey", "TagResource"))
        yield "ScheduleKeyDeletion", TOKEN_KEYS
    # Otherwise it is a local run that makes its keys, or finds that another has made them.
    elif operation not in ("CreateKey", "CreateAlias", "ScheduleKeyDeletion"):
        keys = TOKEN_KEYS if _feature() == "oauth" else SIGNER_KEYS
        yield operation, keys
        # The public key is kept for the life of a process.
        if operation == "Sign":
            yield from ((name, keys) for name in ("DescribeKey", "GetPublicKey"))


def _feature() -> str:
    """The feature whose code is at work."""
    frame: Any = sys._getframe()
    while frame is not None:
        package, _, rest = str(frame.f_globals.get("__name__", "")).partition(".")
        feature = rest.partition(".")[0]
        if package == "chalicelib" and feature != "core":
            return feature
        frame = frame.f_back
    return ""


def _own(name: str) -> str:
    """A resource's name without `spacegarden-<stage>-`."""
    return name.split("-", 2)[-1]


# What follows are pytest's hooks: workers hand their calls to the one process that compares.


def pytest_configure(config: pytest.Config) -> None:
    """Begins before anything makes a client."""
    del config
    begin()


def pytest_testnodedown(node: Any) -> None:
    """Takes what a worker has heard."""
    _calls.update(Call(*each) for each in getattr(node, "workeroutput", {}).get("calls", ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Compares, where this is not a worker."""
    config = session.config
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output["calls"] = [tuple(call) for call in heard()]
        return
    if os.environ.get(_REWRITE):
        store(heard())
        return
    made = heard()
    # What the code may come to is read from all sources, for which only a call that no test made before is a reason.
    refused = lacking(made, load()) and lacking(made, allowed())
    ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    needless = unused(made, load()) if ended and ran_everything(config) else []
    config.stash[_COMPLAINTS] = [f"not allowed: {call}" for call in refused]
    config.stash[_COMPLAINTS] += [f"allowed, never called: {call}" for call in needless]
    if refused or (needless and os.environ.get(_STRICT)):
        session.exitstatus = max(int(exitstatus), int(pytest.ExitCode.TESTS_FAILED))


_COMPLAINTS = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Says what the roles lack and what they have for nothing."""
    complaints = config.stash.get(_COMPLAINTS, [])
    if complaints:
        name = Path(CATALOGUE).name
        terminalreporter.section(f"roles differ from what was called; `make permissions` writes {name} anew", red=True)
        for complaint in complaints:
            terminalreporter.line(complaint)


def ran_everything(config: pytest.Config) -> bool:
    """True where no test was left out, on the first engine."""
    options = config.option
    narrowed: Iterable[Any] = (options.keyword, options.markexpr, options.deselect, os.environ.get("AWS_ENDPOINT_URL"))
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(narrowed)
