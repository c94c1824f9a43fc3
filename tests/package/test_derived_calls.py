"""What the code may come to, whatever the tests took."""

from pathlib import Path

import pytest

from chalicelib import inventory
from infra.roles import permissions
from infra.roles.derived_calls import derived
from infra.roles.permissions import Call, dead_letters
from infra.roles.reach import Code, Definition

_APP = """
from chalicelib import tasks, decoration
from chalicelib.service import Worker

@decoration.marked
def handle(event):
    from chalicelib import late
    return tasks.work(event) or late.run()
"""
_SERVICE = """
from chalicelib.facade import handed_on

class Worker:
    def run(self): return handed_on(key=chosen)

def chosen(): return CONSTANT

def nobody(): pass

CONSTANT = 1
"""
_PACKAGE = {
    "__init__": "",
    "tasks": "from chalicelib.service import Worker\n\ndef work(event):\n    if event: return Worker().run\n",
    "service": _SERVICE,
    "facade": "from chalicelib.origin import handed_on\n",
    "origin": "def handed_on(key): pass\n",
    "late": "def run(): pass\n",
    "decoration": "def marked(function): return function\n",
}


@pytest.fixture
def code(tmp_path: Path) -> Code:
    """An app that reaches some of its code, by every way there is."""
    (tmp_path / "app.py").write_text(_APP)
    (tmp_path / "chalicelib").mkdir()
    for name, content in _PACKAGE.items():
        (tmp_path / "chalicelib" / f"{name}.py").write_text(content)
    return Code(tmp_path)


def test_code_is_reached_through_calls_classes_callbacks_and_late_imports(code: Code) -> None:
    assert code.reached([Definition("app", "handle")]) == {
        Definition("app", "handle"),
        Definition("chalicelib.tasks", "work"),
        Definition("chalicelib.service", "Worker"),
        Definition("chalicelib.service", "chosen"),
        Definition("chalicelib.service", "CONSTANT"),
        Definition("chalicelib.origin", "handed_on"),
        Definition("chalicelib.late", "run"),
    }


@pytest.mark.parametrize(
    "call",
    [
        # An event of an endpoint in trouble is delivered by the slow worker.
        Call("work_chain_jobs", "sqs", "SendMessage", "webhooks-slow"),
        # A job that is not done within a batch goes on with a message of its own.
        Call("verify_users", "sqs", "SendMessage", "space3-jobs"),
        # The letter about an endpoint in trouble.
        Call("deliver_slow_webhooks", "ses", "SendEmail", "sender"),
        Call("sweep_chain", "dynamodb", "Query", "chain/index/due"),
    ],
    ids=str,
)
def test_a_branch_that_no_test_takes_is_allowed(call: Call) -> None:
    assert call in derived()


@pytest.mark.parametrize(
    "call",
    [
        # A mapping's `get` beside a row.
        Call("read_chains", "dynamodb", "GetItem", "chain"),
        # The watch notes where a chain stands, and applies nothing.
        Call("watch_chains", "dynamodb", "PutItem", "chain"),
        Call("watch_chains", "dynamodb", "DeleteItem", "chain"),
    ],
    ids=str,
)
def test_what_no_branch_does_is_not(call: Call) -> None:
    assert call not in derived()


def test_every_worker_may_put_messages_among_the_dead_letters_of_its_queue_and_no_other() -> None:
    found = {call.resource for call in derived() if call.action == "SendMessage" and call.resource.endswith("/dead")}
    assert found == {dead_letters(queue.name) for queue in inventory.queues()}
    by_worker = [call.function for call in derived() if call.action == "SendMessage" and "/dead" in call.resource]
    assert len(by_worker) == len(set(by_worker)) == len(inventory.queues())


def test_what_is_derived_is_close_to_what_is_seen() -> None:
    """A reader that had gone blind, or took all for reached, would show here."""
    seen = {call for call in permissions.load() if call.service == "dynamodb"}
    read = {call for call in derived() if call.service == "dynamodb"}
    assert len(seen - read) <= len(seen) // 10, sorted(seen - read)
    assert len(read - seen) <= len(seen) // 10, sorted(read - seen)
