"""Other people's NFTs: rows that make a collection large, written past the API."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.gardenlab.repository.tokens import email_key, token_key, uid_key
from tests.budgets.calls import COLLECTION
from tests.platform import Partner

_BATCH = 25
_SIDE_BY_SIDE = 8
_FIRST = 10_000_000


@contextmanager
def filled(partner: Partner, number: int) -> Iterator[None]:
    """So many more NFTs in the partner's collection while the block runs."""
    template = partner.announce("filling").json["tokenId"]
    fill(partner, number, template=template)
    try:
        yield
    finally:
        keys = [{"pk": {"S": _pk(partner, one)}, "sk": {"S": "NFT"}} for one in range(number)]
        _write([{"DeleteRequest": {"Key": key}} for key in keys])


def fill(partner: Partner, number: int, *, template: str) -> None:
    """Copies an NFT so many times, each for a guest of its own."""
    key = {"pk": {"S": token_key(partner.origin, COLLECTION, template)}, "sk": {"S": "NFT"}}
    item = aws.client("dynamodb").get_item(TableName=_table(), Key=key)["Item"]
    _write([{"PutRequest": {"Item": _copy(partner, item, one)}} for one in range(number)])


def _copy(partner: Partner, item: dict[str, Any], number: int) -> dict[str, Any]:
    uid = f"filling{number}"
    place = (partner.origin, COLLECTION)
    texts = {
        "pk": _pk(partner, number),
        "token_id": str(_FIRST + number),
        "uid": uid,
        "uid_key": uid_key(*place, uid),
        "email_key": email_key(*place, f"{uid}@example.com"),
        "created_key": f"{item['created_key']['S'].partition('#')[0]}#{_FIRST + number:020}",
    }
    return {**item, **{name: {"S": text} for name, text in texts.items()}}


def _pk(partner: Partner, number: int) -> str:
    return token_key(partner.origin, COLLECTION, str(_FIRST + number))


def _table() -> str:
    return f"{settings().prefix}gardenlab"


def _write(requests: Sequence[dict[str, Any]]) -> None:
    batches = [requests[start : start + _BATCH] for start in range(0, len(requests), _BATCH)]
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        list(threads.map(_write_batch, batches))


def _write_batch(batch: Sequence[dict[str, Any]]) -> None:
    waiting: dict[str, Any] = {_table(): list(batch)}
    while waiting:
        waiting = aws.client("dynamodb").batch_write_item(RequestItems=waiting).get("UnprocessedItems") or {}
