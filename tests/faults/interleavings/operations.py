"""What can change anything: the operations of the API and its pages, the consumers of queues, the schedules."""

import re

from chalice.app import Chalice

from local.queues.event_sources import queue_sources, schedule_sources
from tests.answers import logical, reference
from tests.safe_calls import DECLARED

_METHODS = ("POST", "PUT", "PATCH", "DELETE")
_CAPTURED = re.compile(r"\{\w+\}")


def mutating(app: Chalice) -> set[str]:
    """Every operation that may change something, such as `PATCH /stamps/{stamp_id}` or `task sweep_chain`.

    The API's are those that the reference describes; paths of pages are those of the route table. A GET is one only
    where it is declared to change something.
    """
    described = reference(app).operations()
    addresses = {name.partition(" ")[2] for name in described}
    pages = {
        f"{method} {path}"
        for path, methods in app.routes.items()
        for method in methods
        if path not in addresses and "{p2}" not in path
    }
    tasks = {source.name for source in queue_sources(app, concurrency=1)}
    tasks |= {source.name for source in schedule_sources(app, seconds_scale=1)}
    changing = {name for name in described | pages if name.startswith(_METHODS)}
    reading = {name for name in DECLARED if name in described | pages}
    return changing | reading | {f"task {name}" for name in tasks}


def named(app: Chalice, call: str) -> str:
    """The operation that a step's call comes down to; the call itself where there is none."""
    method, _, path = call.partition(" ")
    path = logical(path.partition("?")[0])
    candidates = [name for name in mutating(app) if _matches(name, method, path)]
    return min(candidates, key=lambda name: name.count("{"), default=call)


def _matches(name: str, method: str, path: str) -> bool:
    other, _, address = name.partition(" ")
    pattern = "[^/]+".join(map(re.escape, _CAPTURED.split(address)))
    return other == method and re.fullmatch(pattern, path) is not None
