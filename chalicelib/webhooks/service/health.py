"""What an endpoint's answers do to its breaker, and what the partner is told of it.

Successes of a healthy endpoint are counted in memory alone; they reach the row with the next failure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.logging import logger
from chalicelib.core.metrics import emit
from chalicelib.core.retrying import RowChanged, until_unchanged
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks import breaker
from chalicelib.webhooks.breaker import CLOSED, OPEN, SECOND, WINDOW_SECONDS, Health
from chalicelib.webhooks.domain import DISABLED_REASONS, DisabledCode
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.repository import endpoints as endpoint_rows
from chalicelib.webhooks.repository import health as repository
from chalicelib.webhooks.service import audits, notices, operational
from chalicelib.webhooks.service.endpoints import end_hook, forget_endpoints

T = TypeVar("T")
_log = logger("webhooks.health")
_REMEMBERED = 4096


@dataclass
class _Tally:
    """Successes since a time."""

    since: int
    count: int = 0


_lock = Lock()
_successes: dict[str, _Tally] = {}


def note(endpoint: EndpointRow, *, succeeded: bool, probe: bool) -> None:
    """Counts an answer: may open or close the breaker, tell the partner, and in the end disable the endpoint.

    No request for the success of an endpoint without trouble. Never raises: the delivery is yet to be settled. Called
    before that, since a worker that dies in between costs a repeated delivery, while an answer that is not counted
    might leave a breaker open until there is another event.
    """
    try:
        if succeeded and not endpoint.known_health.in_trouble:
            _remember(endpoint.id)
        else:
            _change(endpoint, succeeded=succeeded, probe=probe)
    except Exception:  # whatever it is, the next answer tells as much, and a probe's lease ends
        _log.exception("answer not counted", extra={"endpoint": endpoint.id})


def disable_asked(endpoint: EndpointRow, *, code: DisabledCode) -> bool:
    """Disables an endpoint whose receiver wants that, and tells the partner; False if it is gone or has another URL.

    A REST hook ends by that, as hooks do, and nobody is told.
    """
    if end_hook(endpoint):
        return True

    def once() -> bool:
        row = endpoint_rows.find_endpoint(endpoint.origin, endpoint.id)
        if row is None or row.url != endpoint.url:
            return False
        if not row.enabled:
            return True
        told = breaker.noticed(row.known_health, notices.LAST, at=epoch_micros(now()))
        _write(row, told, letter=notices.LAST, disabled_for=code)
        forget_endpoints(endpoint.origin)
        return True

    return _until_unchanged(endpoint, once)


def _change(endpoint: EndpointRow, *, succeeded: bool, probe: bool) -> None:
    ok_before = _taken(endpoint.id)
    scale = settings().seconds_scale

    def once() -> None:
        row = endpoint_rows.find_endpoint(endpoint.origin, endpoint.id)
        if row is None or row.url != endpoint.url or not row.enabled:
            return
        before, at = row.known_health, epoch_micros(now())
        if succeeded and not before.in_trouble:
            _remember(endpoint.id, ok_before + 1)
            after = before
        elif succeeded:
            after = breaker.after_success(before, at=at, ok_before=ok_before, probe=probe, scale=scale)
        else:
            after = breaker.after_failure(before, at=at, ok_before=ok_before, probe=probe, scale=scale)
        if after != before:
            _store(row, before, after, at=at, scale=scale)
        forget_endpoints(endpoint.origin)

    _until_unchanged(endpoint, once)


def _until_unchanged(endpoint: EndpointRow, once: Callable[[], T]) -> T:
    return until_unchanged("the endpoint's health", once, at=("endpoint", endpoint.id))


def _store(row: EndpointRow, before: Health, after: Health, *, at: int, scale: float) -> None:
    """Stores the change with the letter that follows from it, and does what else follows. Raises `RowChanged`."""
    letter = breaker.notice_due(after, at=at, scale=scale)
    if letter is not None:
        after = breaker.noticed(after, letter, at=at)
    disable = breaker.must_disable(after, at=at, scale=scale)
    _write(row, after, letter=letter, disabled_for="failures" if disable else None)
    if before.state != after.state:
        _log.info("breaker", extra={"endpoint": row.id, "was": before.state, "is": after.state})
        emit({"breaker_changes": (1, "Count")}, state=after.state)
    if disable:
        _log.warning(f"endpoint disabled after {DISABLED_REASONS['failures']}", extra={"endpoint": row.id})


def _write(row: EndpointRow, health: Health, *, letter: int | None, disabled_for: DisabledCode | None) -> None:
    """Stores the state with the disabling, event and letter that go with it; sends the letter. Raises `RowChanged`."""
    opens = row.known_health.state == CLOSED and health.state == OPEN
    if letter is None and disabled_for is None and not opens:
        if not repository.replace_health(row, health):
            raise RowChanged
        return
    transaction, sent = Transaction(), None
    if disabled_for is not None:
        repository.add_disabling(transaction, row, health)
        before = audits.shown(row)
        after = {**before, "enabled": False, "reason": DISABLED_REASONS[disabled_for]}
        audits.ENDPOINTS.add(transaction, row, "disable", before=before, after=after)
        operational.add_disabled(transaction, row, code=disabled_for)
    else:
        repository.add_health(transaction, row, health)
        if opens:
            operational.add_failing(transaction, row, health)
    if letter is not None:
        sent = notices.add(transaction, row, letter)
    transaction.commit()
    if sent is not None:
        notices.tell(sent)


def _remember(endpoint_id: str, count: int = 1) -> None:
    at = epoch_micros(now())
    with _lock:
        tally = _successes.get(endpoint_id)
        if tally is None or at - tally.since > settings().scaled(WINDOW_SECONDS) * SECOND:
            if len(_successes) >= _REMEMBERED:
                _successes.clear()
            tally = _successes[endpoint_id] = _Tally(at)
        tally.count += count


def _taken(endpoint_id: str) -> int:
    with _lock:
        tally = _successes.pop(endpoint_id, None)
    return 0 if tally is None else tally.count
