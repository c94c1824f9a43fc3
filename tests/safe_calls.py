"""What a GET changes is declared, with its reason; a run in which one changes anything else fails.

Whatever a request of the deployed app asks of AWS is heard at botocore, its threads' requests too. Asking is what IAM
calls so; anything else is a change, also of a message or a letter.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

import botocore.handlers
import pytest
from chalice.app import Chalice

from tests.recording import deployed_app, ran_everything

_ASKING = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Scan", "TransactGet")
_ASKING_KEYS = ("Decrypt", "Encrypt", "GenerateDataKey", "Sign", "Verify")
_SAFE = ("GET", "HEAD")

# What any call may change.
EVERYWHERE = {
    "pages SESSION": "a console that is used stays signed in",
    "partners KEY": "a key's last use",
    "spaces SECRET": "a stage's key, made by whoever needs it first",
    "gardenlab CODES": "a stage's key, made by whoever needs it first",
    **dict.fromkeys(
        ("kms.CreateKey", "kms.CreateAlias", "kms.ScheduleKeyDeletion"),
        "a local run makes its keys by need; a deployed function may not",
    ),
}
_OWED = {
    "activity": "who has done a mission is owed its reward",
    "sqs.SendMessageBatch": "the reward's task",
    "webhooks": "the event that the mission is completed, where an endpoint names it",
}
_SUMS = {"gardenlab": "the sums by day, kept for the next who asks"}
_SEALED = {"webhooks": "secrets and headers that a row of before holds unsealed"}
# What else a GET may change, by its route. Each is an operation of the interleavings.
DECLARED = {
    "GET /admin/partners/{origin}/usage": _SUMS,
    "GET /usage": _SUMS,
    "GET /console": _SUMS,
    "GET /console/figures": _SUMS,
    "GET /missions/{origin}/{subject}": _OWED,
    "GET /missions/{origin}/{subject}/{mission}": _OWED,
    "GET /webhooks/endpoints": _SEALED,
    "GET /webhooks/stream": {"webhooks": "that a call waits: a partner's may be so many at once"},
    "GET /webhooks/endpoints/{id}": _SEALED,
}

Changes = Counter[tuple[str, str]]
"""By a GET's route, and what it changed."""

_of_run: Changes = Counter()
_heard: ContextVar[Changes] = ContextVar("changes", default=_of_run)
_route: ContextVar[str | None] = ContextVar("safe_route", default=None)
_lock = Lock()


@contextmanager
def collected() -> Iterator[Changes]:
    """What is changed within the block, which is then no part of the run."""
    changes: Changes = Counter()
    token = _heard.set(changes)
    try:
        yield changes
    finally:
        _heard.reset(token)


@contextmanager
def by_somebody_else() -> Iterator[None]:
    """What a test changes while a call is under way, which is not the call's doing."""
    token = _route.set(None)
    try:
        yield
    finally:
        _route.reset(token)


def undeclared(changes: Changes) -> list[str]:
    """What was changed by a call that should not, in sentences."""
    return [
        f"{route} changes {what}"
        for route, what in sorted(changes)
        if what not in EVERYWHERE and what not in DECLARED.get(route, {})
    ]


def _hear(model: Any, params: dict[str, Any], **_: Any) -> None:
    route = _route.get()
    if route is not None:
        with _lock:
            _heard.get().update(
                (route, what) for what in _changed(model.service_model.service_name, model.name, params)
            )


def _changed(service: str, operation: str, params: dict[str, Any]) -> Iterator[str]:
    """What a request changes, such as `pages SESSION`: the table, and what its row's key begins with."""
    if operation.startswith(_ASKING) or (service == "kms" and operation.startswith(_ASKING_KEYS)):
        return
    if service != "dynamodb":
        yield f"{service}.{operation}"
        return
    body = json.loads(params["body"])
    if operation == "TransactWriteItems":
        for item in body["TransactItems"]:
            [(kind, write)] = item.items()
            if kind != "ConditionCheck":
                yield _row(write)
    else:
        yield _row(body)


def _row(write: dict[str, Any]) -> str:
    """A table's name without its stage, and the kind of the row where the key begins with it."""
    table = str(write["TableName"]).split("-", 2)[-1]
    kind = str((write.get("Key") or write.get("Item") or {}).get("pk", {}).get("S", "")).partition("#")[0]
    return f"{table} {kind}" if kind.isupper() else table


# What follows are pytest's hooks: workers hand what they heard to the one process that tells.


def pytest_configure(config: pytest.Config) -> None:
    """Listens to every client that is made from now on, and to the app."""
    del config
    botocore.handlers.BUILTIN_HANDLERS.append(("before-call", _hear))
    original: Any = Chalice.__call__

    def called(app: Chalice, event: Any, context: Any) -> Any:
        asked = event.get("requestContext", {}) if isinstance(event, dict) and app is deployed_app() else {}
        is_safe = asked.get("httpMethod") in _SAFE
        token = _route.set(f"GET {asked['resourcePath']}" if is_safe else None)
        try:
            return original(app, event, context)
        finally:
            _route.reset(token)

    Chalice.__call__ = called  # type: ignore[method-assign,assignment]  # for the length of the run


def pytest_testnodedown(node: Any) -> None:
    """Takes what a worker has heard."""
    _of_run.update(tuple(each) for each in getattr(node, "workeroutput", {}).get("changes", ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fails the run for what is not declared, a whole run also for what is declared for nothing."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["changes"] = [list(each) for each in _of_run]
        return
    told = undeclared(_of_run)
    if exitstatus == 0 and ran_everything(session.config):
        told += [
            f"{route} is declared to change {what}, and never does"
            for route, whats in DECLARED.items()
            for what in whats
            if (route, what) not in _of_run
        ]
    session.config.stash[_TOLD] = told
    if told:
        session.exitstatus = max(int(exitstatus), int(pytest.ExitCode.TESTS_FAILED))


_TOLD = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Says what is wrong."""
    told = config.stash.get(_TOLD, [])
    if told:
        terminalreporter.section("calls that read change something", red=True)
        for each in told:
            terminalreporter.line(each)
