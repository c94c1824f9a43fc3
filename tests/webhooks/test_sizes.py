"""Whatever receivers answer, Lambda carries what we answer: 6 MB, our JSON as text within its own."""

import json
from typing import Any

import pytest

from chalicelib.core.clock import now
from chalicelib.webhooks.domain import HEADER_CHARACTERS
from chalicelib.webhooks.models.deliveries import AttemptRow, DeliveryRow, attempt_sk, delivery_pk
from chalicelib.webhooks.repository.attempts import ATTEMPTS_SHOWN
from tests.platform import Platform
from tests.receivers import Answer, Receiver
from tests.webhooks.world import Partner, drain

pytestmark = pytest.mark.usefixtures("storage")

LAMBDA_BYTES = 6 * 1024 * 1024
WORST = {
    "control characters": "\x01" * 16_384,
    "characters of four bytes": "\U0001f980" * 4_096,
    "quotes": '"' * 16_384,
}


def carried(platform: Platform, partner: Partner, path: str) -> int:
    """The size of an answer as the runtime of Python 3.11 hands it over, which escapes whatever is not ASCII."""
    answer = platform.client.http.get(path, headers={"Authorization": f"Bearer {partner.key}"})
    assert answer.status_code == 200
    return len(json.dumps({"statusCode": 200, "body": answer.body.decode()}))


@pytest.mark.parametrize("head", WORST.values(), ids=WORST)
def test_a_delivery_with_many_attempts_is_carried(platform: Platform, partner: Partner, head: str) -> None:
    with Receiver(then=Answer(500, body=head.encode())) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        delivery = partner.delivery()
        assert delivery["attempts"][0]["head"] == head
        pk = delivery_pk(partner.origin, delivery["id"])
        with AttemptRow.batch_write() as batch:
            for number in range(2, 2 + ATTEMPTS_SHOWN):
                sk = attempt_sk(number)
                answer: dict[str, Any] = {
                    "status": 500,
                    "latency_ms": 1,
                    "head": head,
                    "headers": {"x": "\xff" * HEADER_CHARACTERS},
                }
                batch.save(AttemptRow(pk, sk, number=number, at=now(), **answer))
    path = f"/webhooks/deliveries/{delivery['id']}"
    shown = partner.get(path)["attempts"]
    assert len(shown) == ATTEMPTS_SHOWN
    assert [len(attempt["head"]) for attempt in shown] == [100] * 70 + [len(head)] * 30
    assert carried(platform, partner, path) < LAMBDA_BYTES


@pytest.mark.parametrize("head", WORST.values(), ids=WORST)
def test_a_list_of_deliveries_with_many_attempts_is_carried(platform: Platform, partner: Partner, head: str) -> None:
    with Receiver() as receiver:
        partner.endpoint(receiver.url)
    partner.emit_many(100)
    attempt = {"at": now().isoformat(), "status": 500, "latency_ms": 15_000, "error": "too_slow", "head": head[:256]}
    recent = [{"number": number, **attempt} for number in range(25)]
    listed = partner.deliveries("?limit=100")
    assert len(listed) == 100
    for each in listed:
        row = DeliveryRow(delivery_pk(partner.origin, each["id"]), "DELIVERY")
        row.update(actions=[DeliveryRow.recent_attempts.set(recent)])
    # moto ends a page of an index by the size of whole rows, DynamoDB by what is copied into the index.
    shown = partner.deliveries("?limit=100")
    assert {len(each["attempts"]) for each in shown} == {25}
    assert carried(platform, partner, "/webhooks/deliveries?limit=100") * 100 / len(shown) < LAMBDA_BYTES
