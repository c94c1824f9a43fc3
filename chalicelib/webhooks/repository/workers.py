"""What the workers of a lane have in hand: a row each, which the others read."""

from collections.abc import Iterable

from chalicelib.core.pynamo import connection_of
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.crowding import Name, Share, Work
from chalicelib.webhooks.models.workers import WorkerRow, workers_pk

_IN_HAND, _SLOW = 1, 2


def store_work(lane: str, work: Work) -> None:
    """Stores what a worker has in hand, over what it had before: one small write."""
    shares: dict[str, dict[str, list[float]]] = {}
    for name, share in work.shares.items():
        state = _SLOW if share.is_slow else _IN_HAND if share.in_hand else 0
        shares.setdefault(name.origin, {})[name.endpoint_id] = [state, round(share.flow, 2)]
    transaction = Transaction()
    transaction.put(WorkerRow(workers_pk(lane), work.worker, at=work.at, until=work.until, shares=shares))
    transaction.commit()


def list_work(lane: str) -> list[Work]:
    """What every worker of a lane has stored: one read."""
    items: Iterable[dict[str, dict[str, str]]] = connection_of(WorkerRow).query(workers_pk(lane), consistent_read=True)[
        "Items"
    ]
    return [_read(WorkerRow.from_raw_data(item)) for item in items]


def remove_worker(lane: str, worker: str) -> None:
    """Removes what a worker stored."""
    WorkerRow(workers_pk(lane), worker).delete()


def _read(row: WorkerRow) -> Work:
    shares = {
        Name(origin, endpoint_id): Share(state >= _IN_HAND, state == _SLOW, flow)
        for origin, endpoints in row.shares.items()
        for endpoint_id, (state, flow) in endpoints.items()
    }
    return Work(row.sk, int(row.at), int(row.until), shares)
