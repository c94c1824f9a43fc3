"""One attempt of one delivery: claim the row, send, store the outcome.

    before the claim    nothing happened; the row is due and swept
    after the claim     the row is leased; if the worker dies it is swept when the lease is over
    after the answer    the same: the receiver may get the event again, with the same `webhook-id`
    after the health    the same, and the answer is counted a second time
    after the outcome   delivered, or due again; a message that was not sent is made up for by the sweep

A message is a hint: whether an attempt is due is decided by the row alone, so repeated, late and reordered
messages do nothing.
"""

import math
import random
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.egress.exchange import Exchange, OutboundRequest
from chalicelib.core.egress.shared import egress
from chalicelib.core.logging import logger
from chalicelib.core.metrics import emit
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.breaker import SECOND
from chalicelib.webhooks.domain import (
    ABORT,
    API_KEY_HEADER,
    CLOCK_SKEW_SECONDS,
    DISABLE,
    HEAD_BYTES,
    HEADER_CHARACTERS,
    INSTRUCTION_HEADER,
    LEASE_SECONDS,
    MAX_FAULTS,
    RECENT_ATTEMPTS,
    Verdict,
    hold_seconds,
    judge,
    kept_answer_headers,
    parse_instructions,
    parse_retry_after,
    short_attempt,
)
from chalicelib.webhooks.models.deliveries import AttemptRow, DeliveryRow
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.queues import SLOW, deliver_message, sweep_grace
from chalicelib.webhooks.repository import attempts as attempt_rows
from chalicelib.webhooks.repository import deliveries as repository
from chalicelib.webhooks.service import gate, health, operational, ordering, sealed
from chalicelib.webhooks.service.bodies import keep_body
from chalicelib.webhooks.service.contents import Contents
from chalicelib.webhooks.service.endpoints import endpoint_to_call
from chalicelib.webhooks.service.lanes import Batch
from chalicelib.webhooks.service.statistics import Attempted
from chalicelib.webhooks.signing import live_secrets, request_headers, signature_header

DEADLINE_SECONDS = 15.0
_LONGEST_QUEUE_DELAY = 900.0
_AGAIN_SECONDS = 1.0
_RETRY_AFTER = "retry-after"
_HEAD_INSIDE = 256  # characters of an answer's body that the delivery's row holds
_ANSWER_INSIDE = 320  # together with its headers

_log = logger("webhooks.deliverer")


class _RowMoved(Exception):
    """The delivery was taken over, canceled or begun anew while this worker was sending it."""


def deliver(
    origin: str, delivery_id: str, batch: Batch, contents: Contents, *, may_call: bool = True
) -> Attempted | None:
    """Makes the delivery's next attempt if one is due and no other worker is at it; None where it made none.

    `batch` notes the call while it is open; without `may_call` the delivery is put off instead. Whatever the receiver
    does is an outcome to store. What raises here is a fault of ours: the row stays leased and is swept later.
    """
    row = _claim(origin, delivery_id)
    if row is None:
        _log.info("not due, settled, or in other hands", extra={"delivery": delivery_id})
        return None
    if row.faults > MAX_FAULTS:
        _log.error("given up: workers kept failing at this delivery", extra={"delivery": delivery_id})
        _settle(row, Verdict(repository.EXHAUSTED))
        return None
    if not keep_body(row, at=now()):
        _log.error("given up: the event has expired", extra={"delivery": delivery_id})
        _settle(row, Verdict(repository.EXHAUSTED))
        return None
    endpoint = endpoint_to_call(origin, row.endpoint_id)
    if endpoint is None:
        _settle(row, Verdict("disabled"))
        return None
    if row.subject is not None:
        turn = ordering.turn_of(row)
        if turn.before is not None:
            if not ordering.wait(row, turn.before):
                _settle(row, Verdict("scheduled", _AGAIN_SECONDS))  # canceled meanwhile, or in other hands
            return None
        row.sequence = turn.number
    passage = gate.admit(endpoint, cleared=row.cleared) if may_call else gate.place(endpoint)
    if passage.wait_until is not None:
        _put_off(row, passage, passage.wait_until)
        return None
    body = contents.of(row)
    started = now()
    with batch.calling(endpoint):
        exchange = _send(row, endpoint, body, at=started)
    instructions = parse_instructions(exchange.headers.get(INSTRUCTION_HEADER))
    gone = _disabled_by(exchange, instructions, endpoint)
    row.tries += 1
    row.attempts_made += 1
    verdict = judge(
        succeeded=exchange.succeeded,
        aborted=ABORT in instructions,
        gone=gone,
        schedule=endpoint.schedule,
        tries=int(row.tries),
        retry_after_seconds=parse_retry_after(exchange.headers.get(_RETRY_AFTER), at=now()),
        jitter=random.uniform(-1, 1),
        scale=settings().seconds_scale,
    )
    if not gone:
        health.note(endpoint, succeeded=exchange.succeeded, probe=passage.is_probe)
    _settle(row, verdict, attempt=_attempt(int(row.attempts_made), exchange, instructions, at=started))
    emit({"attempt_latency": (exchange.latency_ms, "Milliseconds"), f"attempts_{verdict.status}": (1, "Count")})
    return Attempted(origin, endpoint.id, started, exchange.succeeded, exchange.latency_ms)


def _put_off(row: DeliveryRow, passage: gate.Passage, until: int) -> None:
    """Leaves the delivery for later without an attempt: its endpoint is not to be called now."""
    row.cleared = passage.cleared
    delay = max(0.0, (until - epoch_micros(now())) / SECOND)
    _settle(row, Verdict("scheduled", delay))
    emit({"deliveries_put_off": (1, "Count")})


def _claim(origin: str, delivery_id: str) -> DeliveryRow | None:
    at = now()
    lease_until = at + timedelta(seconds=LEASE_SECONDS)
    row = repository.claim(
        origin,
        delivery_id,
        token=secrets.token_hex(8),
        at=at,
        due_by=at + timedelta(seconds=settings().scaled(CLOCK_SKEW_SECONDS)),
        lease_until=lease_until,
    )
    if row is not None and row.faults == 1 and row.due_at < lease_until:
        repository.hold(row, until=lease_until)
    elif row is not None and row.faults > 1:
        _log.warning("claimed again unsettled", extra={"delivery": delivery_id, "faults": row.faults})
        repository.hold(row, until=lease_until + timedelta(seconds=hold_seconds(int(row.faults) - 1)))
    return row


def _send(row: DeliveryRow, endpoint: EndpointRow, body: bytes, *, at: datetime) -> Exchange:
    timestamp = int(at.timestamp())
    live = live_secrets(sealed.secrets_of(endpoint), at=at)
    header = sealed.api_key_header_of(endpoint)
    partners = dict(sealed.headers_of(endpoint))
    if header is not None:
        partners[API_KEY_HEADER] = header
    request = OutboundRequest(
        "POST",
        endpoint.url,
        own_headers=request_headers(
            row.event_id,
            timestamp=timestamp,
            signature=signature_header(live, message_id=row.event_id, timestamp=timestamp, body=body),
            sequence=row.sequence,
        ),
        body=body,
        partner_headers=partners,
        wanted_headers=frozenset({INSTRUCTION_HEADER, _RETRY_AFTER}),
    )
    return egress().send(request, deadline_seconds=DEADLINE_SECONDS)


def _disabled_by(exchange: Exchange, instructions: Sequence[str], endpoint: EndpointRow) -> bool:
    """Disables the endpoint where its receiver asks for that, also in a success, or answers 410."""
    if DISABLE in instructions:
        return health.disable_asked(endpoint, code="asked")
    return exchange.status == 410 and health.disable_asked(endpoint, code="gone")


def _attempt(number: int, exchange: Exchange, instructions: Sequence[str], *, at: datetime) -> dict[str, Any]:
    text = exchange.head.decode(errors="replace")
    told = {
        "instructions": list(instructions),
        "detail": exchange.detail,
        "headers": kept_answer_headers(exchange.headers, room=HEADER_CHARACTERS),
    }
    return {
        **{name: value for name, value in told.items() if value},
        "number": number,
        "at": at,
        "status": exchange.status,
        "latency_ms": exchange.latency_ms,
        "error": str(exchange.error) if exchange.error else None,
        "head": text.encode()[:HEAD_BYTES].decode(errors="ignore"),
    }


def _settle(row: DeliveryRow, verdict: Verdict, *, attempt: Mapping[str, Any] | None = None) -> None:
    """Stores the verdict, and the attempt where one was made, at once; then queues the next attempt if it is near.

    A first attempt that succeeds stands in the delivery's own row, which is one write; others have rows of their own.
    """
    own_rows: list[AttemptRow] = []
    if attempt is not None:
        row.cleared = False
        recent = {**attempt, "at": attempt["at"].isoformat()}
        is_short = row.subject is None and row.attempts_made == 1 and len(attempt["head"]) <= _HEAD_INSIDE
        if is_short and verdict.status == repository.DELIVERED:
            _shorten_headers(recent)
            row.recent_attempts = [{**recent, "inside": True}]
            if repository.settle_first(row):
                _tell_settled(row, verdict, attempt)
                return
        else:
            own_rows = [*attempt_rows.take_first_out(row), attempt_rows.attempt_row(row, attempt)]
            row.recent_attempts = [*row.recent_attempts, short_attempt(recent)][-RECENT_ATTEMPTS:]
    stored = _store(row, verdict, own_rows)
    if stored is None:
        _log.warning("the lease was lost while sending", extra={"delivery": row.id})
    else:
        _tell_settled(row, stored, attempt)
        if row.subject is not None and stored.status != repository.SCHEDULED:
            ordering.ask_for_next(row, went_well=stored.status == repository.DELIVERED)


def _shorten_headers(attempt: dict[str, Any]) -> None:
    """Leaves of the headers what fits into the delivery's row, which is to stay within its kilobyte."""
    kept = kept_answer_headers(attempt.pop("headers", {}), room=_ANSWER_INSIDE - len(attempt["head"]))
    if kept:
        attempt["headers"] = kept


def _store(row: DeliveryRow, verdict: Verdict, attempts: Sequence[AttemptRow]) -> Verdict | None:
    """Stores the verdict under the lease and gives what was stored, None where the lease is another's.

    A delivery that was canceled while it was sent stays so, but for a success.
    """
    while True:
        is_canceled = row.status == repository.CANCELED and verdict.status != repository.DELIVERED
        stored = Verdict("canceled") if is_canceled else verdict
        transaction = Transaction()
        next_at, swept_from = _next(row, stored.delay_seconds, transaction)
        if next_at is not None:
            keep_body(row, at=next_at)
        repository.settle(
            transaction,
            row,
            status=stored.status,
            next_attempt_at=next_at,
            due_at=swept_from,
            attempts=attempts,
            otherwise=_RowMoved(),
        )
        if stored.status == repository.EXHAUSTED:
            operational.add_exhausted(transaction, row)
        try:
            transaction.commit()
        except _RowMoved:
            status = repository.status_in_hand(row)
            if status is None:
                return None
            row.status = status
        else:
            return stored


def _tell_settled(row: DeliveryRow, verdict: Verdict, attempt: Mapping[str, Any] | None) -> None:
    _log.info(
        "settled",
        extra={
            "delivery": row.id,
            "endpoint": row.endpoint_id,
            "status": verdict.status,
            "attempt": attempt["number"] if attempt else None,
            "http_status": attempt["status"] if attempt else None,
            "error": attempt["error"] if attempt else None,
        },
    )


def _next(row: DeliveryRow, delay: float | None, transaction: Transaction) -> tuple[datetime | None, datetime | None]:
    """When the next attempt is due and from when a sweep looks, having queued it where SQS can wait that long.

    SQS counts whole seconds: what is due within one is left to the sweep as well, which comes sooner in a
    scaled run.
    """
    if delay is None:
        return None, None
    next_at = now() + timedelta(seconds=delay)
    if delay > _LONGEST_QUEUE_DELAY:
        return next_at, next_at
    message = deliver_message(
        row.origin, row.id, endpoint_id=row.endpoint_id, event_id=row.event_id, delay_seconds=math.ceil(delay)
    )
    transaction.enqueue(SLOW, message)
    if delay < 1:
        return next_at, next_at
    return next_at, next_at + sweep_grace()
