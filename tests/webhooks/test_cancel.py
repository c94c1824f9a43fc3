"""Deliveries that the partner cancels: nothing more is begun, and a success that was under way counts."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from chalicelib.webhooks import tasks
from chalicelib.webhooks.models.deliveries import MissedRow, missed_pk
from tests.faults.wire import meanwhile
from tests.platform import start_platform
from tests.receivers import Answer, Receiver
from tests.webhooks.test_crashes import heal, killed_at_each_step
from tests.webhooks.test_meanwhile import first_meanwhile
from tests.webhooks.world import Partner, drain, handle, newest, sweep, until_due

pytestmark = pytest.mark.usefixtures("storage")
_ALL = {"since": 0, "statuses": ["canceled"]}


def _act(partner: Partner, action: str) -> Any:
    return partner.call("POST", f"/webhooks/deliveries/{partner.deliveries()[0]['id']}/{action}")


def _canceled(partner: Partner) -> dict[str, Any]:
    reply = _act(partner, "cancel")
    assert reply.status == 200, reply
    shown: dict[str, Any] = reply.json
    return shown


def _notes(partner: Partner) -> int:
    """How many deliveries are noted as missed, of the partner's one endpoint."""
    [endpoint] = partner.get("/webhooks/endpoints")["data"]
    return MissedRow.count(missed_pk(partner.origin, endpoint["id"]))


def _actions(partner: Partner) -> list[str]:
    entries = start_platform().admin("GET", f"/{partner.origin}/audit").json["data"]
    return [entry["action"] for entry in entries]


@pytest.mark.parametrize("attempts", [0, 1])
def test_canceled_delivery_is_not_tried_again(partner: Partner, attempts: int) -> None:
    with Receiver(then=Answer(500)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        if attempts:
            drain()
        shown = _canceled(partner)
        assert (shown["status"], shown["next_attempt_at"], len(shown["attempts"])) == ("canceled", None, attempts)
        with travelled(timedelta(days=1)):
            drain()
            sweep()
            drain()
        assert len(receiver.requests) == attempts
    assert partner.delivery() == shown
    assert [each["status"] for each in partner.deliveries("?status=canceled")] == ["canceled"]
    assert partner.deliveries("?status=scheduled") == []
    assert partner.get("/webhooks/stats")["backlog"] == 0


def test_what_is_canceled_already_stays_so_and_what_has_ended_is_refused(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit()
    assert _canceled(partner) == _canceled(partner)
    assert _actions(partner).count("delivery.cancel") == 1
    assert _act(partner, "replay").json["status"] == "scheduled"
    drain()
    refused = _act(partner, "cancel")
    assert refused.status == 400
    assert refused.json["error"]["message"] == "The delivery is delivered; only one that is scheduled can be canceled."
    assert partner.delivery()["status"] == "delivered"


def test_deliveries_of_others_and_unknown_ones_are_not_there(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit()
    path = f"/webhooks/deliveries/{partner.deliveries()[0]['id']}/cancel"
    assert Partner().call("POST", path).status == 404
    assert partner.call("POST", "/webhooks/deliveries/dlv_00000000000000000000/cancel").status == 404
    assert partner.delivery()["status"] == "scheduled"


def test_deliveries_of_a_disabled_endpoint_can_be_canceled(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)["id"]
    partner.emit()
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": False})
    assert _canceled(partner)["status"] == "canceled"
    drain()
    assert partner.delivery()["status"] == "canceled"


@pytest.mark.parametrize(
    ("status", "comes_to", "notes"), [(204, "delivered", 0), (500, "canceled", 1), (410, "canceled", 1)]
)
def test_answer_of_an_attempt_under_way_is_stored_and_a_success_counts(
    partner: Partner, status: int, comes_to: str, notes: int
) -> None:
    def cancel() -> None:
        assert _canceled(partner)["status"] == "canceled"

    with Receiver(first_meanwhile(cancel, status)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        with travelled(timedelta(days=1)):
            sweep()
            drain()
        assert len(receiver.requests) == 1
    delivery = partner.delivery()
    assert (delivery["status"], delivery["next_attempt_at"]) == (comes_to, None)
    assert [attempt["status"] for attempt in delivery["attempts"]] == [status]
    assert [each["status"] for each in partner.deliveries(f"?status={comes_to}")] == [comes_to]
    assert _notes(partner) == notes


@pytest.mark.parametrize("status", [204, 500])
def test_attempt_under_way_counts_again_once_the_delivery_is_brought_back(partner: Partner, status: int) -> None:
    def cancel_and_replay() -> None:
        assert _canceled(partner)["status"] == "canceled"
        assert _act(partner, "replay").json["status"] == "scheduled"

    with Receiver(first_meanwhile(cancel_and_replay, status)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        assert len(receiver.requests) == 1
        delivery = partner.delivery()
        assert [attempt["status"] for attempt in delivery["attempts"]] == [status]
        assert delivery["status"] == ("delivered" if status == 204 else "scheduled")
        if status == 500:
            with travelled(until_due(delivery)):
                handle(newest(partner))
    assert partner.delivery()["status"] == "delivered"
    assert _notes(partner) == 0


def test_worker_that_dies_while_the_delivery_is_canceled_leaves_it_canceled(partner: Partner) -> None:
    class _DiedError(BaseException):
        pass

    def cancel_and_die(*_: Any, **__: Any) -> None:
        _canceled(partner)
        raise _DiedError

    with Receiver() as receiver, pytest.MonkeyPatch.context() as patch:
        partner.endpoint(receiver.url)
        partner.emit()
        patch.setattr("chalicelib.webhooks.service.deliverer._send", cancel_and_die)
        with pytest.raises(_DiedError):
            tasks.deliver({"Records": [newest(partner)]})
        patch.undo()
        with travelled(timedelta(hours=1)):
            sweep()
            drain()
            assert receiver.requests == []
            assert partner.delivery()["status"] == "canceled"
            assert _act(partner, "replay").status == 200
            drain()
    assert partner.delivery()["status"] == "delivered"


def test_cancel_that_meets_a_workers_write_is_decided_anew(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit()
    record = newest(partner)
    with meanwhile(lambda: handle(record)) as made:
        reply = _act(partner, "cancel")
    assert len(made) == 1
    assert reply.status == 400
    assert partner.delivery()["status"] == "delivered"


def test_recovery_brings_canceled_ones_back_only_where_it_names_them(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)["id"]
    partner.emit()
    _canceled(partner)
    recover = f"/webhooks/endpoints/{endpoint}/recover"
    assert partner.call("POST", recover, {"since": 0, "dry_run": True}).json == {"count": 0}
    assert partner.call("POST", recover, {**_ALL, "dry_run": True}).json == {"count": 1}
    assert partner.call("POST", recover, _ALL).json == {"count": 1}
    drain()
    assert len(receiver.requests) == 1
    assert partner.delivery()["status"] == "delivered"
    assert partner.call("POST", recover, _ALL).json == {"count": 0}


def test_cancel_is_whole_or_not_at_all_wherever_it_dies(receiver: Receiver) -> None:
    def prepare() -> Partner:
        partner = Partner()
        partner.endpoint(receiver.url)
        partner.emit()
        return partner

    statuses = set()
    for partner in killed_at_each_step(prepare, lambda partner: _act(partner, "cancel")):
        heal()
        status = partner.delivery()["status"]
        assert _notes(partner) == (status == "canceled")
        statuses.add(status)
    assert statuses == {"canceled", "delivered"}
